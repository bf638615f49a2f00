"""Costs without an exchange rate: which cells of an answer they may belong to, and how much is missing there.

A cost that nobody can tell in the workspace's currency makes unknown what it may be part of, and nothing else: the
cells of its days and of what it is narrowed to, for the metrics that count its kind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text
from huasuan.kernel.workdays import is_working_day
from huasuan.metrics.cells import Key
from huasuan.metrics.cost_plan import DAYS
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.language import CostBase
from huasuan.metrics.question import Cut, Question
from huasuan.metrics.stars import SCOPE

COLUMNS = ("cost_kind", "supplier", "first_day", "last_day", "currency", "amount_minor", *SCOPE)
_OWN = frozenset({"cost_kind", "supplier"})
_NUMBERS = frozenset({"tracking_number", "caller_number"})
_NO_RATE = Text(zh="缺少汇率的费用", en="costs without an exchange rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrated:
    """A cost line without a rate; ``said`` is what it says of itself, by column.

    amount_minor: in minor units of ``currency``, None for a tariff. days: those of the question's period it is for.
    """

    said: Mapping[str, str | None]
    currency: str
    amount_minor: int | None
    days: tuple[date, ...]


def unrated_of(rows: Iterable[Sequence[Any]], question: Question) -> list[Unrated]:
    """The lines of a question's period, from rows of ``COLUMNS``; of each amount the even share of those days."""
    found = []
    for kind, supplier, first, last, currency, amount, *scope in rows:
        span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        days = tuple(day for day in span if _within(question, day))
        said = dict(zip(("cost_kind", "supplier", *SCOPE), (kind, supplier, *scope), strict=True))
        found.append(
            Unrated(
                said=said,
                currency=currency,
                amount_minor=None if amount is None else amount * len(days) // len(span),
                days=days,
            )
        )
    return [line for line in found if line.days]


def _within(question: Question, day: date) -> bool:
    return (question.date_from is None or question.date_from <= day) and (
        question.date_to is None or day < question.date_to
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """The lines that concern a question, as ``rules`` see days and kinds."""

    lines: Sequence[Unrated]
    question: Question
    rules: Rules

    def keys(self) -> list[Key]:
        """The cells that the lines tell all cuts of: shown even where nothing else is known of them."""
        found: dict[Key, None] = {}
        for line in self._mine():
            for day in line.days:
                cuts = [self._told(line, dimension, day) for dimension in self._dimensions]
                if all(len(cut) == 1 for cut in cuts):
                    found.setdefault((False, tuple(value for (value,) in cuts)))
        return list(found)

    def reasons(self, cost: CostBase, keys: Sequence[Key]) -> dict[int, Text]:
        """Why a cost is unknown in the cells in which it is."""
        lines = [line for line in self._mine() if self._counts(cost, line)]
        if not lines:
            return {}
        found = {}
        for cell, (_, cuts) in enumerate(keys):
            mine = [line for line in lines if self._reaches(line, cuts)]
            if mine:
                found[cell] = _reason(mine)
        return found

    @property
    def _dimensions(self) -> list[Dimension]:
        return [DIMENSIONS[key] for key in self.question.by]

    def _mine(self) -> Iterator[Unrated]:
        """Those the question's filters keep, or may keep."""
        for line in self.lines:
            wanted = ((DIMENSIONS[key], values) for key, values in (self.question.where or {}).items())
            if all(self._kept(line, dimension, values) for dimension, values in wanted):
                yield line

    def _kept(self, line: Unrated, dimension: Dimension, values: Sequence[str]) -> bool:
        told = {value for day in line.days for value in self._told(line, dimension, day)}
        return not told or any(_as_filter(value) in values for value in told)

    def _reaches(self, line: Unrated, cuts: Sequence[Cut]) -> bool:
        """Whether on some day it may be part of a cell."""
        pairs = list(zip(self._dimensions, cuts, strict=True))
        return any(
            all(not (told := self._told(line, dimension, day)) or cut in told for dimension, cut in pairs)
            for day in (line.days if any(dimension.key in DAYS for dimension, _ in pairs) else line.days[:1])
        )

    def _counts(self, cost: CostBase, line: Unrated) -> bool:
        kinds = self.rules.marketing_kinds if cost.kinds == "marketing" else cost.kinds
        return kinds == "all" or line.said["cost_kind"] in kinds

    def _told(self, line: Unrated, dimension: Dimension, day: date) -> tuple[Cut, ...]:
        """What a line says of a cut on a day; nothing where the facts that bear it would say it."""
        key = dimension.key
        if key in DAYS:
            return (_named_day(key, day, self.rules.calendar),)
        if key in _OWN:
            return (line.said[key],)
        if key in _NUMBERS:
            number = line.said["own_number"]
            return () if number is None else (number, None)
        value = line.said.get(dimension.column)
        return () if value is None else (value,)


def _named_day(key: str, day: date, calendar: str) -> Cut:
    """A day as cuts name it (``dimensions``)."""
    week = day.isocalendar()
    names: dict[str, Cut] = {
        "day": day.isoformat(),
        "week": f"{week.year}-W{week.week:02d}",
        "month": f"{day:%Y-%m}",
        "weekday": day.isoweekday(),
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
    }
    return is_working_day(calendar, day) if key == "working_day" else names[key]


def _as_filter(value: Cut) -> str:
    """As filters write it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _reason(lines: Sequence[Unrated]) -> Text:
    """How many lines, and what they come to in their own currencies."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.amount_minor is not None:
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
    priced = sorted({line.currency for line in lines if line.amount_minor is None})
    amounts = [f"{currency} {to_decimal(minor, currency)}" for currency, minor in sorted(sums.items())]
    zh, en = ([*amounts, *(f"{currency} {word}" for currency in priced)] for word in ("单价", "tariff"))
    count = len(lines)
    return Text(zh=f"{_NO_RATE.zh}（{count} 条：{'、'.join(zh)}）", en=f"{_NO_RATE.en} ({count}: {', '.join(en)})")
