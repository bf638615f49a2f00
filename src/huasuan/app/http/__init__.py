"""The HTTP service under /api/v1: records in, questions answered."""
