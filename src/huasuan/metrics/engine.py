"""Answering questions: run the plan, join the cuts, divide, round to minor units, and say what is unknown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from huasuan.kernel.text import Text
from huasuan.methods.apportion import round_scaled
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.derived.pools import SCALE
from huasuan.metrics.language import Ratio
from huasuan.metrics.plan import Plan, Recipe, Terms, make_plan
from huasuan.metrics.question import Answer, Cut, Figure, Question, Row, RowKind
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import Select
from huasuan.warehouse import Runner

QUOTIENT = Decimal(1).scaleb(-12)
Key = tuple[bool, tuple[Cut, ...]]


Sums = Mapping[str, tuple[int, int, int]]
"""Of each base in one row: its figure, how many facts it has, and how many of them make it unknown."""


def answer(runner: Runner, snapshot: Snapshot, question: Question) -> Answer:
    """The answer to a question from one consistent snapshot of the warehouse, whatever engine runs the statements.

    Raises
    ------
    UnknownName, InvalidInput
        the question names what does not exist or asks for what no fact can tell
    """
    plan = make_plan(
        question,
        METRICS,
        marketing_kinds=snapshot.rules.marketing_kinds,
        shapes=snapshot.shapes(runner),
        tables=snapshot.tables,
    )
    cells: dict[Key, dict[str, tuple[int, int, int]]] = {}
    for select in plan.selects:
        _collect(runner.rows(select.sql), select, len(plan.dimensions), cells)
    if not question.by and not cells:
        cells[False, ()] = {}
    asks_costs = any(select.is_cost for select in plan.selects)
    missing_rates = snapshot.missing_rates(runner, question) if asks_costs else 0
    rows = [_row(plan, question, key, cells[key], missing_rates) for key in sorted(cells, key=_order)]
    moment = datetime.now(UTC)
    return Answer(
        question=question,
        rows=tuple(rows),
        currency=snapshot.rules.currency,
        as_of=snapshot.as_of,
        behind_seconds=max(0.0, (moment - snapshot.as_of).total_seconds()),
    )


def _collect(
    rows: Sequence[tuple[Any, ...]], select: Select, cuts: int, cells: dict[Key, dict[str, tuple[int, int, int]]]
) -> None:
    if select.is_cost:
        _collect_costs(rows, select, cuts, cells)
        return
    places = [(base.name, cuts + 3 * number) for number, base in enumerate(select.bases)]
    for row in rows:
        key: Key = (False, tuple(row[:cuts]))
        sums = cells.setdefault(key, {})
        for name, at in places:
            sums[name] = row[at : at + 3]


def _collect_costs(
    rows: Sequence[tuple[Any, ...]], select: Select, cuts: int, cells: dict[Key, dict[str, tuple[int, int, int]]]
) -> None:
    for number, base in enumerate(select.bases):
        for key, (minor, n) in rounded_costs(rows, cuts, number).items():
            cells.setdefault(key, {})[base.name] = (minor, n, 0)


def rounded_costs(rows: Sequence[tuple[Any, ...]], cuts: int, number: int = 0) -> dict[Key, tuple[int, int]]:
    """The minor units of the cost ``number`` in each row of a cost statement, and whether anything is there (0 or 1).

    All rows are rounded at once, so that they add up to the total to the last minor unit.
    """
    keys: list[Key] = [(bool(row[0]), tuple(row[1 : 1 + cuts])) for row in rows]
    amounts = {key: int(row[1 + cuts + number]) for key, row in zip(keys, rows, strict=True)}
    ordered = sorted(keys, key=_order)
    minors = round_scaled([amounts[key] for key in ordered], SCALE)
    return {key: (minor, 1 if amounts[key] else 0) for key, minor in zip(ordered, minors, strict=True)}


def _order(key: Key) -> tuple[Any, ...]:
    unplaced, cut = key
    return (unplaced, any(value is None for value in cut), tuple((value is None, _sortable(value)) for value in cut))


def _sortable(value: Cut) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, str(value))


def _row(plan: Plan, question: Question, key: Key, sums: Sums, missing_rates: int) -> Row:
    unplaced, cut = key
    kind: RowKind = "unallocated" if unplaced else "unknown" if any(value is None for value in cut) else "value"
    return Row(
        by=dict(zip(question.by, cut, strict=True)),
        kind=kind,
        values={recipe.metric.about.key: figure_of(recipe, sums, missing_rates) for recipe in plan.recipes},
    )


def figure_of(recipe: Recipe, sums: Sums, missing_rates: int = 0) -> Figure:
    """The figure of one metric from the sums of its bases."""
    top, n, reason = _additive(recipe.numerator, sums, missing_rates)
    metric = recipe.metric
    if recipe.denominator is None or not isinstance(metric, Ratio):
        return Figure(value=top, numerator=top, denominator=None, n=n, reason=reason)
    bottom, n, bottom_reason = _additive(recipe.denominator, sums, missing_rates)
    reason = reason or bottom_reason or (None if bottom else metric.zero)
    if reason is not None or top is None or not bottom:
        return Figure(value=None, numerator=top, denominator=bottom, n=n, reason=reason)
    return Figure(value=divide(top, bottom, metric.scale), numerator=top, denominator=bottom, n=n, reason=None)


def _additive(terms: Terms, sums: Sums, missing_rates: int) -> tuple[int | None, int, Text | None]:
    total = 0
    facts = 0
    for term in terms:
        value, n, missing = sums.get(term.name, _NOTHING)
        if missing and term.reason is not None:
            return None, n, _counted(term.reason, missing)
        if missing_rates and term.is_cost:
            return None, n, _counted(_NO_RATE, missing_rates)
        total += term.sign * value
        facts = max(facts, n)
    return total, facts, None


_NOTHING = (0, 0, 0)
_NO_RATE = Text(zh="缺少汇率的费用", en="costs without an exchange rate")


def _counted(reason: Text, count: int) -> Text:
    return Text(zh=f"{reason.zh}（{count} 条）", en=f"{reason.en} ({count})")


def divide(top: int, bottom: int, scale: tuple[int, int] = (1, 1)) -> Decimal:
    """An exact quotient rounded half to even at the 12th decimal."""
    exact = Decimal(top * scale[0]) / Decimal(bottom * scale[1])
    return exact.quantize(QUOTIENT, rounding=ROUND_HALF_EVEN)
