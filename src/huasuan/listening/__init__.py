"""What was heard in calls and answered in surveys."""

from huasuan.listening.tables import KINDS

__all__ = ["KINDS"]
