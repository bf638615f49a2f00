"""Derived facts: from copied facts to star tables, whole or for what was touched, by the same statements."""

from huasuan.metrics.derived.round import derive, prepare_stars, reaches_everything
from huasuan.metrics.derived.trying import tried

__all__ = ["derive", "prepare_stars", "reaches_everything", "tried"]
