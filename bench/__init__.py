"""Ratios measured side by side: import, HTTP intake, freshness, questions, start and rebuild."""
