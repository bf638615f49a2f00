"""Touches in and out: visits, messages and forms of each customer."""

from huasuan.journeys.tables import KINDS

__all__ = ["KINDS"]
