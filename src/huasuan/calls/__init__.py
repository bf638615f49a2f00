"""Calls: from legs to one logical call, and what makes a record of one possible."""

from huasuan.calls.rules import check_call, result_by_times
from huasuan.calls.tables import KINDS

__all__ = ["KINDS", "check_call", "result_by_times"]
