"""Google Analytics 4: calls as events of the visitor's own session."""

from huasuan.connectors.ga4.connector import GA4

__all__ = ["GA4"]
