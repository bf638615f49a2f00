"""Google Ads: offline conversions by click and by call, and their adjustments."""

from huasuan.connectors.google_ads.connector import GOOGLE_ADS

__all__ = ["GOOGLE_ADS"]
