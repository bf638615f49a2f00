"""Lists and campaigns: whom to call, and what a voice bot made of them."""

from huasuan.dialing.tables import KINDS

__all__ = ["KINDS"]
