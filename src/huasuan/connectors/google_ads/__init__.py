"""Google Ads: offline conversions by click and by call, and their adjustments."""

from huasuan.connectors.google_ads.connector import Account, requests, row_of

__all__ = ["Account", "requests", "row_of"]
