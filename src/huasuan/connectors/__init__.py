"""Outside systems, one folder each: what they send becomes facts here, and nothing else knows their formats."""
