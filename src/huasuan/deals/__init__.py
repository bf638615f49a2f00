"""Deals as dated events, and products."""

from huasuan.deals.tables import KINDS

__all__ = ["KINDS"]
