"""What Google Ads documents for offline conversions; research of November 2026 (API v25)."""

from datetime import timedelta

ROWS_A_REQUEST = 2000
MOST_IDENTIFIERS = 5
# A click or a call is known to Google after some hours only.
WAIT = timedelta(hours=6)
ADJUST_AFTER, ADJUST_UNTIL = timedelta(hours=24), timedelta(days=54)
LONGEST_CLICK_AGE = timedelta(days=90)
LONGEST_ORDER_ID = 64
CLICK, CALL, ADJUSTMENT = "uploadClickConversions", "uploadCallConversions", "uploadConversionAdjustments"
