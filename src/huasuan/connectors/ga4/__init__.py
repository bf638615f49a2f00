"""Google Analytics 4: calls as events of the visitor's own session."""

from huasuan.connectors.ga4.connector import problems_of, row_of

__all__ = ["problems_of", "row_of"]
