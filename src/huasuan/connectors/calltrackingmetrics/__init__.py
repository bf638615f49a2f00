"""CallTrackingMetrics call logs, exported as a file: which of their columns feeds which field of a call."""
