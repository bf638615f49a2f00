"""Touches in and out: one path for each customer, who is credited, and which ways lead to a sale."""

from huasuan.journeys.conversions import (
    CallSaid,
    Conversion,
    Goal,
    Row,
    Unsendable,
    goals_of,
    hashed,
    unsendable,
)
from huasuan.journeys.queries import (
    STEPS,
    Credited,
    Order,
    Preceded,
    Wanted,
    Way,
    WhyTouch,
    before_direct,
    check_step,
    sequences,
    side_by_side,
    why_credited,
)
from huasuan.journeys.tables import KINDS

__all__ = [
    "KINDS",
    "STEPS",
    "CallSaid",
    "Conversion",
    "Credited",
    "Goal",
    "Order",
    "Preceded",
    "Row",
    "Unsendable",
    "Wanted",
    "Way",
    "WhyTouch",
    "before_direct",
    "check_step",
    "goals_of",
    "hashed",
    "sequences",
    "side_by_side",
    "unsendable",
    "why_credited",
]
