"""What was heard in calls and answered in surveys; every judgement names who or which model made it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone

Side = Literal["agent", "customer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One line of a score card: how many of how many points, and how much they weigh."""

    criterion: str
    points: Decimal
    max_points: Decimal
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityScore:
    """A listened-to call, judged by a person or automatically (S1-8..S1-10).

    Either ``points`` of ``max_points``, or ``criteria`` from which both follow. ``critical_fail`` makes the score 0.
    The errors count those that hurt the customer, those that hurt the business, and the others. ``selection`` says how
    the call was chosen (random, complaint …).
    """

    scored_at: datetime
    call: str | None = None
    scored_by: Literal["human", "automatic"] = "human"
    points: Decimal | None = None
    max_points: Decimal | None = None
    criteria: tuple[Criterion, ...] = ()
    critical_fail: bool = False
    customer_critical_errors: int | None = None
    business_critical_errors: int | None = None
    noncritical_errors: int | None = None
    selection: str | None = None
    model: str | None = None
    model_version: str | None = None
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptHit:
    """A watched-for word or topic that was said in a call, and by which side (S0-24). ``hits``: how often."""

    call: str
    keyword: str
    side: Side
    at: datetime | None = None
    hits: int = 1
    model: str | None = None
    model_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """How one side sounded in one part of a call, from -1 (angry) to 1 (glad) (S0-24).

    Without ``part`` it is about the whole call; give parts or the whole, not both.
    """

    call: str
    side: Side
    score: Decimal
    part: Literal["start", "middle", "end"] | None = None
    at: datetime | None = None
    model: str | None = None
    model_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """An answer from 1 (bad) to 5 (good): of a customer to a call (S0-10, S0-42), or of sales to the leads (S4-22)."""

    answered_at: datetime
    score: int
    survey: Literal["customer", "sales_team"] = "customer"
    call: str | None = None
    lead: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    agent: str | None = None
    team: str | None = None
    campaign: str | None = None
