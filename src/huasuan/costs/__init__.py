"""The cost ledger: what was spent, for which time, on what, and who bears it."""

from huasuan.costs.tables import KINDS

__all__ = ["KINDS"]
