"""Questions as they enter the program; light enough for the command line's start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Basis = Literal["cohort", "event"]
RowKind = Literal["value", "unknown", "unallocated"]
Side = Literal["numerator", "denominator"]
Compare = tuple[date, date] | Literal["previous"]
Days = int | Literal["cycle"]
BEHIND_SHOWN = 1000
SMALL_BELOW = 30
MAX_BEHIND = 10_000
MAX_QUESTIONS = 50
MAX_AGE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a person or program wrote it, before its names are looked up.

    ``where`` maps a dimension to the wanted values, an empty one is "unknown". ``date_from`` is included, ``date_to``
    excluded, both local dates of the workspace; ``as_of`` means known before that day 00:00 local. ``intervals`` asks
    how sure each figure is; those made of fewer than ``small_below`` facts are marked. ``compare`` is the period to
    compare with; ``matured`` leaves out days not so many days past; ``firm`` deals that may still be returned.
    ``attribution``: the model by which sales belong to touches.
    An answer that holds everything written up to ``max_age_seconds`` ago will do.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    basis: Basis = "cohort"
    as_of: date | None = None
    intervals: bool = False
    small_below: int = SMALL_BELOW
    compare: Compare | None = None
    matured: Days | None = None
    firm: date | Literal["now"] | None = None
    attribution: str | None = None
    max_age_seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As POST /ask takes it."""
        return {
            "metrics": list(self.metrics),
            "by": list(self.by),
            "where": {name: [value or None for value in values] for name, values in self.where.items()},
            "from": self.date_from,
            "to": self.date_to,
            "basis": self.basis,
            "as_of": self.as_of,
            "intervals": self.intervals,
            "small_below": self.small_below,
            "compare": {"from": self.compare[0], "to": self.compare[1]}
            if isinstance(self.compare, tuple)
            else self.compare,
            "matured": self.matured,
            "firm": self.firm,
            "attribution": self.attribution,
            "max_age_seconds": self.max_age_seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the warehouse is behind the store."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Which figure of a question to open: without ``cell`` the whole; a ratio has two sides."""

    cell: Mapping[str, str | int | bool | None] | None = None
    kind: RowKind | None = None
    side: Side = "numerator"
    limit: int = BEHIND_SHOWN


def names_in(values: Sequence[str]) -> tuple[str, ...]:
    """Names, however they were separated: ``a,b`` and ``a`` ``b`` are the same."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def compare_in(text: str) -> Compare:
    """``previous``, or a period written ``2026-06-01..2026-07-01``.

    Raises
    ------
    InvalidInput
        ``bad_period``
    """
    if text == "previous":
        return "previous"
    first, _, end = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(end)
    except ValueError:
        raise InvalidInput(
            "bad_period",
            Text(zh=f"不是期间：{text}", en=f"not a period: {text}"),
            Text(zh="请写 previous 或 2026-06-01..2026-07-01。", en="Write previous or 2026-06-01..2026-07-01."),
        ) from None


def days_in(text: str) -> Days:
    """A number of days, or ``cycle`` for the sales cycle of the workspace.

    Raises
    ------
    InvalidInput
        ``bad_days``
    """
    if text == "cycle":
        return "cycle"
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    raise InvalidInput("bad_days", Text(zh=f"不是天数：{text}", en=f"not a number of days: {text}"))


def filters_in(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """``dimension=value`` pairs; an empty value means unknown, a dimension named twice wants either value.

    Raises
    ------
    InvalidInput
        ``bad_filter``
    """
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        name, sign, wanted = (part.strip() for part in value.partition("="))
        if not sign or not name:
            raise InvalidInput(
                "bad_filter",
                Text(zh=f"筛选条件不是 维度=值：{value}", en=f"a filter must read dimension=value, not {value}"),
                Text(zh="例如 channel=sms。", en="For example channel=sms."),
            )
        found[name] = (*found.get(name, ()), wanted)
    return found
