"""Roll-ups: sums by day kept beside the star tables, so that a question over years reads thousands of rows."""

from huasuan.metrics.rolled.keeping import Rolls
from huasuan.metrics.rolled.seen import Seen

__all__ = ["Rolls", "Seen"]
