"""What a question would take, told before it runs: too much is refused at once, with the nearest one that works."""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS, Dimension, on_calendar
from huasuan.metrics.language import Base, parts
from huasuan.metrics.plan import day_of
from huasuan.metrics.question import Question
from huasuan.metrics.statements import filters, period
from huasuan.warehouse import Runner

# How many of each a number of days can have, as (days of one, how many more at the ends, most there are).
_TIMES: dict[str, tuple[int, int, int | None]] = {
    "day": (1, 0, None),
    "week": (7, 2, None),
    "month": (28, 2, None),
    "quarter": (90, 2, None),
    "weekday": (1, 0, 7),
    "working_day": (1, 0, 2),
}
_COARSER = {"day": "week", "week": "month", "month": "quarter"}
# What was looked up holds for so long; the tables grow far slower than that.
_HOLDS_SECONDS = 600.0
# Before anything was measured: seconds a row of a star table takes.
_FIRST_PACE = 1e-7
_MEASURABLE_ROWS = 100_000
_TRIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Most rows an answer may have, and most seconds it may be expected to take."""

    rows: int
    seconds: float


class Span(NamedTuple):
    """How many rows a star table has, and its first and last day (None: it is empty)."""

    rows: int
    first: date | None
    last: date | None


class Guard:
    """Refuses what is beyond the limits of one warehouse; remembers what its tables hold and how fast it reads them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._known: dict[Hashable, tuple[float, Any]] = {}
        self._pace = _FIRST_PACE

    def check(self, runner: Runner, question: Question) -> None:
        """Let a question pass that can be answered.

        Raises
        ------
        InvalidInput
            ``too_many_rows``, ``takes_too_long``; the remedy names the nearest question that works
        """
        rows = self._rows(runner, question)
        if rows > self._limits.rows:
            raise InvalidInput(
                "too_many_rows",
                Text(
                    zh=f"答案约有 {rows:,} 行，超过上限 {self._limits.rows:,} 行",
                    en=f"the answer would have about {rows:,} rows; the limit is {self._limits.rows:,}",
                ),
                _told(self._nearest(runner, question, lambda other: self._rows(runner, other) <= self._limits.rows)),
            )
        seconds = self._seconds(runner, question)
        if seconds > self._limits.seconds:
            raise InvalidInput(
                "takes_too_long",
                Text(
                    zh=f"预计需要 {seconds:,.0f} 秒，超过上限 {self._limits.seconds:g} 秒",
                    en=f"the answer would take about {seconds:,.0f} s; the limit is {self._limits.seconds:g} s",
                ),
                _told(
                    self._nearest(runner, question, lambda other: self._seconds(runner, other) <= self._limits.seconds)
                ),
            )

    def measured(self, runner: Runner, star: str, seconds: float) -> None:
        """A statement over a whole star table took so long."""
        rows = self._span(runner, star, "").rows
        if rows >= _MEASURABLE_ROWS:
            with self._lock:
                self._pace = 0.8 * self._pace + 0.2 * seconds / rows

    def _rows(self, runner: Runner, question: Question) -> int:
        """About how many rows the answer has: no more than its cuts have values, nor than they occur together."""
        cuts = [DIMENSIONS[key] for key in question.by]
        if not cuts:
            return 1
        return max(
            (self._rows_of(runner, question, star, day, cuts) for star, day in _stars(question, cuts)), default=1
        )

    def _rows_of(self, runner: Runner, question: Question, star: str, day: str, cuts: list[Dimension]) -> int:
        bound = min(
            math.prod(self._values(runner, question, star, day, cut) for cut in cuts),
            math.ceil(self._read(runner, question, star, day)),
        )
        if bound <= self._limits.rows:
            return bound
        asked = ", ".join(str(cut.expression(star, day)) for cut in cuts)
        conditions = [*period(question, day), *filters(question, star, day)]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT approx_count_distinct(hash({asked})) FROM {star}{where}"
        return min(bound, int(self._look_up(sql, partial(_single, runner, sql))))

    def _values(self, runner: Runner, question: Question, star: str, day: str, cut: Dimension) -> int:
        """How many values a cut can have in the answer."""
        wanted = (question.where or {}).get(cut.key)
        if wanted is not None:
            return max(1, len(wanted))
        if cut.key in _TIMES:
            each, ends, most = _TIMES[cut.key]
            found = self._days(runner, question, star, day) // each + ends
            return max(1, found if most is None else min(found, most))
        sql = f"SELECT approx_count_distinct({cut.expression(star, day)}) + 1 FROM {star}"
        return int(self._look_up(sql, partial(_single, runner, sql)))

    def _seconds(self, runner: Runner, question: Question) -> float:
        read = sum(self._read(runner, question, star, day) for star, day in _stars(question, []))
        return self._pace * read

    def _read(self, runner: Runner, question: Question, star: str, day: str) -> float:
        """About how many rows of a star table lie in the period."""
        span = self._span(runner, star, day)
        if span.first is None or span.last is None:
            return span.rows
        return span.rows * min(1.0, self._days(runner, question, star, day) / ((span.last - span.first).days + 1))

    def _days(self, runner: Runner, question: Question, star: str, day: str) -> int:
        span = self._span(runner, star, day)
        if span.first is None or span.last is None:
            return 0
        first = max(span.first, question.date_from or span.first)
        end = min(span.last + timedelta(days=1), question.date_to or date.max)
        return max(0, (end - first).days)

    def _span(self, runner: Runner, star: str, day: str) -> Span:
        ends = f"min({day}), max({day})" if day else "NULL, NULL"
        sql = f"SELECT count(*), {ends} FROM {star}"
        found: Span = self._look_up(sql, lambda: Span(*runner.rows(sql)[0]))
        return found

    def _look_up(self, key: Hashable, find: Callable[[], Any]) -> Any:  # noqa: ANN401  what the key stands for
        with self._lock:
            until, value = self._known.get(key, (0.0, None))
        if until < time.monotonic():
            value = find()
            with self._lock:
                if len(self._known) > 10_000:
                    self._known.clear()
                self._known[key] = (time.monotonic() + _HOLDS_SECONDS, value)
        return value

    def _nearest(self, runner: Runner, question: Question, works: Callable[[Question], bool]) -> Question | None:
        """The first of the questions a little smaller that works."""
        for tried, other in enumerate(self._smaller(runner, question)):
            if works(other):
                return other
            if tried == _TRIES:
                break
        return None

    def _smaller(self, runner: Runner, question: Question) -> Iterator[Question]:
        """Coarser times first, then without the cut of most values, then a shorter period, then all of it."""
        coarser = question
        while (other := _one_coarser(coarser)) is not None:
            coarser = other
            yield coarser
        fewer = question
        while len(fewer.by) > 1:
            (star, day), *_ = _stars(question, [])
            sizes = {key: self._values(runner, fewer, star, day, DIMENSIONS[key]) for key in fewer.by}
            fewer = replace(fewer, by=tuple(key for key in fewer.by if key != max(sizes, key=lambda one: sizes[one])))
            yield fewer
            while (other := _one_coarser(fewer)) is not None:
                fewer = other
                yield fewer
        for star, day in _stars(question, [])[:1]:
            days = self._days(runner, question, star, day)
            last = self._span(runner, star, day).last
            while days > 1 and last is not None:
                days = days // 2
                end = min(question.date_to or date.max, last + timedelta(days=1))
                yield replace(question, date_from=end - timedelta(days=days), date_to=end)


def _single(runner: Runner, sql: str) -> int:
    # How many, not which: any calendar does.
    return int(runner.rows(on_calendar(sql, ""))[0][0])


def _stars(question: Question, cuts: list[Dimension]) -> list[tuple[str, str]]:
    """The star tables to be read, with the columns of their days; of costs, the calls that bear most of them."""
    found: dict[tuple[str, str], None] = {}
    for key in question.metrics:
        for _, base in parts(METRICS[key]):
            place = (base.star, day_of(base, question)) if isinstance(base, Base) else ("call", "day")
            if all(cut.expression(*place) is not None for cut in cuts):
                found[place] = None
    return list(found)


def _one_coarser(question: Question) -> Question | None:
    if not any(key in _COARSER for key in question.by):
        return None
    return replace(question, by=tuple(dict.fromkeys(_COARSER.get(key, key) for key in question.by)))


def _told(question: Question | None) -> Text:
    if question is None:
        return Text(zh="请减少维度、缩短期间或增加筛选。", en="Ask for fewer cuts, a shorter period or add filters.")
    by = ", ".join(question.by) or "—"
    times = f"{question.date_from or '…'} – {question.date_to or '…'}"
    return Text(
        zh=f"最接近的可行问题：按 {by} 划分，期间 {times}；也可增加筛选。",
        en=f"The nearest that works: by {by}, from {times}; or add filters.",
    )
