"""Our own numbers: their tags, and requests to be called back."""

from huasuan.numbers.tables import KINDS

__all__ = ["KINDS"]
