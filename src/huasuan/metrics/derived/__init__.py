"""Derived facts: from copied facts to star tables, whole or for what was touched, by the same statements."""

from huasuan.metrics.derived.round import derive, prepare_stars, reaches_everything

__all__ = ["derive", "prepare_stars", "reaches_everything"]
