"""A question and its answer, as every caller sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from huasuan.kernel.text import Text
from huasuan.metrics.language import Bands

Basis = Literal["cohort", "event"]
RowKind = Literal["value", "unknown", "unallocated"]
Cut = str | int | bool | None
# The canon greys figures made of fewer facts than this.
SMALL_BELOW = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """metrics × dimensions × filters × period × time basis.

    where: dimension → accepted values; an empty string accepts what is unknown.
    date_from is included, date_to excluded, both local days of the workspace.
    as_of: only what was known before that local day began (deals, costs, rates; calls and identities are present ones).
    intervals: say of every figure how sure it is, or why that cannot be said; figures made of fewer than
    ``small_below`` facts are marked.
    compare: another period, or the one of the same length before; each figure then has what it was and how it changed.
    matured: only days at least so many days past (``cycle``: the sales cycle), so that what came of them could come.
    firm: only deals whose return window had closed before that day (``now``: by now).
    attribution: sales and what came back of them belong to the touches that led to them, by this model
    (``metrics.attributing``), instead of to their origin call; on the cohort basis to the day of the touch.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] | None = None
    date_from: date | None = None
    date_to: date | None = None
    basis: Basis = "cohort"
    as_of: date | None = None
    intervals: bool = False
    small_below: int = SMALL_BELOW
    compare: "Period | Literal['previous'] | None" = None
    matured: int | Literal["cycle"] | None = None
    firm: date | Literal["now"] | None = None
    attribution: str | None = None


class Period(NamedTuple):
    """From a local day, included, to another one, excluded."""

    date_from: date
    date_to: date


class Figure(NamedTuple):
    """One figure; an answer may have a hundred thousand of them, so it is as light as can be.

    Money in minor units of the workspace's currency inside numerator and denominator.

    value: exact for counts and money; quotients are rounded half to even at the 12th decimal. None is unknown, and
    ``reason`` says why. n: how many facts stand behind it (behind the denominator, for a quotient).
    """

    value: Decimal | int | None
    numerator: Decimal | int | None
    denominator: Decimal | int | None
    n: int
    reason: Text | None


class Range(NamedTuple):
    """Where the true value lies in 95 of 100 repetitions (90 for a shrunken one), in the unit of the figure.

    method: a key of ``honesty.METHODS``. value: the estimate, where it is not the figure itself.
    """

    low: Decimal
    high: Decimal
    method: str
    value: Decimal | None = None


class Sure(NamedTuple):
    """How sure a figure is.

    reason: why there is no interval. small: fewer facts stand behind it than the question's ``small_below``.
    shrunken: of a small rate, the estimate after chance is taken off, drawn towards the rates of the other rows.
    """

    interval: Range | None
    reason: Text | None
    small: bool
    shrunken: Range | None


class Change(NamedTuple):
    """What a figure was in the period compared with, and how it changed; ``reason`` says why that is unknown.

    kind: ``difference`` for rates and scores (0.02: two points more), ``relative`` for the rest (0.2: a fifth more).
    """

    before: Figure
    kind: Literal["difference", "relative"]
    value: Decimal | None
    reason: Text | None
    interval: Range | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matured:
    """What was left out as too young: everything from the day ``before`` on; how many facts, by metric."""

    days: int
    before: date
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """Kept deals of the question left out: those whose return window was open, those whose receipt nobody recorded."""

    before: date
    open_deals: int
    unreceived_deals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell of the cut, with a figure for each metric asked; ``sure`` and ``changes`` only where asked for."""

    by: Mapping[str, Cut]
    kind: RowKind
    values: Mapping[str, Figure]
    sure: Mapping[str, Sure] | None = None
    changes: Mapping[str, Change] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Rows in the order of their cuts; unknown and unallocated come last. ``question`` is as it was understood.

    bands: those the business set itself, by cut and its value.
    notes: what must be read with a metric (the level of a foretold value, what it was learnt from).
    as_of: the moment of the newest fact in the answer's snapshot was taken over; behind_seconds: how old that is.
    """

    question: Question
    rows: tuple[Row, ...]
    currency: str
    as_of: datetime
    behind_seconds: float
    compared: Period | None = None
    matured: Matured | None = None
    firm: Firm | None = None
    notes: Mapping[str, Text] = field(default_factory=dict)
    bands: Mapping[tuple[str, str], Bands] = field(default_factory=dict)
