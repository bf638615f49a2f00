"""Meta ads cost reports, exported as files: which of their columns feeds which field of a cost."""
