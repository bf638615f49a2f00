"""What people agreed to."""

from huasuan.consent.tables import KINDS

__all__ = ["KINDS"]
