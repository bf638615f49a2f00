"""Answering questions: run the plan, join the cuts, divide, round to minor units, and say what is unknown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain, repeat
from operator import add, neg, sub
from typing import NamedTuple

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.cells import Cells, Column, Found, Key, cells_of
from huasuan.metrics.cost_plan import PlacedShape
from huasuan.metrics.credited import check_credit
from huasuan.metrics.fitting import Estimates, estimates, told
from huasuan.metrics.honesty import judged, of_difference
from huasuan.metrics.language import Bands, Base, CostBase, Fitted, Metric, Quotient, Ratio, parts
from huasuan.metrics.page import Page
from huasuan.metrics.plan import Plan, Recipe, Term, Terms, make_plan
from huasuan.metrics.question import Answer, Figure, Matured, Period, Question, Row
from huasuan.metrics.rolled.seen import AnyShape
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import NOW
from huasuan.metrics.unrated import Blame
from huasuan.metrics.variants import Settled, change_of, left_open, settle
from huasuan.warehouse import Runner

QUOTIENT = Decimal(1).scaleb(-12)


class _Sums(NamedTuple):
    """A sum in every cell; for the cells in which it is unknown, the facts of the base to blame and the reason."""

    totals: Sequence[int]
    facts: Sequence[int]
    unknown: Mapping[int, tuple[int, Text]]


def answer(runner: Runner, snapshot: Snapshot, question: Question) -> Answer:
    """The answer to a question from one consistent snapshot of the warehouse, whatever engine runs the statements.

    Raises
    ------
    UnknownName, InvalidInput
        the question names what does not exist or asks for what no fact can tell
    """
    page = Page(runner, snapshot)
    return _answered(page, *_prepared(page, question))


def answers(runner: Runner, snapshot: Snapshot, questions: Iterable[Question]) -> list[Answer | InvalidInput]:
    """The answers to several questions from the same snapshot, each as if it were asked alone, or why it has none."""
    planned: list[tuple[Settled, Plan] | InvalidInput] = []
    asking = Page(runner, snapshot)
    for question in questions:
        try:
            planned.append(_prepared(asking, question))
        except InvalidInput as error:
            planned.append(error)
    page = Page(runner, snapshot, chain.from_iterable(one[1].selects for one in planned if isinstance(one, tuple)))
    return [one if isinstance(one, InvalidInput) else _answered(page, *one) for one in planned]


def shapes_of(runner: Runner, snapshot: Snapshot, questions: Iterable[Question]) -> list[AnyShape]:
    """The roll-ups that answer these questions together."""
    asking = Page(runner, snapshot)
    selects = [select for question in questions for select in _prepared(asking, question)[1].selects]
    return Page(runner, snapshot, selects).shapes_wanted()


def _prepared(page: Page, question: Question) -> tuple[Settled, Plan]:
    """A question made plain and planned, if it can be answered and does not take too much."""
    check_credit(question)
    settled = settle(question, page.snapshot)
    plan = _plan(page, settled.question)
    if page.snapshot.guard is not None and question.as_of is None:
        page.snapshot.guard.check(page.runner, settled.question)
    return settled, plan


def asks_the_clock(question: Question) -> bool:
    """Whether the same facts give another answer a moment later."""
    return any(
        isinstance(base, Base) and NOW in " ".join((*base.where, base.amount or "", base.missing or ""))
        for key in question.metrics
        if key in METRICS
        for _, base in parts(METRICS[key])
    )


def _answered(page: Page, settled: Settled, plan: Plan) -> Answer:
    runner, snapshot, question = page.runner, page.snapshot, settled.question
    found = _read(page, question, plan)
    before = None if settled.before is None else _read(page, settled.before)
    cells = cells_of(found.rows, len(question.by), found.also if before is None else [*found.also, *before.keys])
    rows = _rows(found, question, cells)
    if question.intervals:
        rows = judged(runner, snapshot, question=question, plan=found.plan, cells=cells, rows=rows, fitted=found.fitted)
    if before is not None:
        rows = _compared(found.plan, rows, _rows(before, question, cells_of(before.rows, len(question.by), cells.keys)))
    moment = datetime.now(UTC)
    return Answer(
        question=question,
        rows=rows,
        currency=snapshot.rules.currency,
        as_of=snapshot.as_of,
        behind_seconds=max(0.0, (moment - snapshot.as_of).total_seconds()),
        compared=_period_of(settled.before),
        matured=_left_out(page, settled),
        firm=left_open(runner, snapshot, question),
        bands={
            ("script_version", script): Bands(fault_below=Decimal(least), fault_above=Decimal(most))
            for script, least, most in snapshot.rules.talk_bands
        },
        notes={key: fit.note for key, fit in found.fitted.items() if fit.note is not None},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the statements of a question gave."""

    plan: Plan
    rows: Sequence[Found]
    blame: Blame
    fitted: Mapping[str, Estimates]

    @property
    def also(self) -> Sequence[Key]:
        """The cells that only a cost without a rate knows of."""
        return self.blame.keys()

    @property
    def keys(self) -> Sequence[Key]:
        """The cells they know of."""
        return cells_of(self.rows, len(self.plan.dimensions), self.also).keys


def _plan(page: Page, question: Question) -> Plan:
    snapshot = page.snapshot
    return make_plan(
        question,
        METRICS,
        marketing_kinds=snapshot.rules.marketing_kinds,
        shapes=_when_wanted(page, question),
        tables=snapshot.tables,
    )


def _when_wanted(page: Page, question: Question) -> Iterator[PlacedShape]:
    """Questions without costs never look."""
    yield from page.shapes(question)


def _read(page: Page, question: Question, plan: Plan | None = None) -> _Read:
    plan = plan or _plan(page, question)
    rows = [(select, page.rows(select)) for select in plan.selects]
    asks_costs = any(select.is_cost for select in plan.selects)
    return _Read(
        plan=plan,
        rows=rows,
        blame=Blame(
            lines=page.snapshot.unrated(page.runner, question) if asks_costs else (),
            question=question,
            rules=page.snapshot.rules,
        ),
        fitted=estimates(page.runner, page.snapshot, question, plan),
    )


def _compared(plan: Plan, rows: Sequence[Row], earlier: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with what they were before; both have the same cells."""
    metrics = {recipe.metric.about.key: recipe.metric for recipe in plan.recipes}
    return tuple(
        replace(
            row,
            changes={
                key: change_of(
                    metric,
                    before.values[key],
                    row.values[key],
                    None if row.sure is None else of_difference(metric, before.values[key], row.values[key]),
                )
                for key, metric in metrics.items()
            },
        )
        for row, before in zip(rows, earlier, strict=True)
    )


def _period_of(before: Question | None) -> Period | None:
    if before is None or before.date_from is None or before.date_to is None:
        return None
    return Period(before.date_from, before.date_to)


def _left_out(page: Page, settled: Settled) -> Matured | None:
    """How much was too young; figures over costs have no number of facts and are left out."""
    until = settled.question.date_to
    if settled.question.matured is None or until is None:
        return None
    counted = tuple(key for key in settled.question.metrics if not _over_costs(METRICS[key]))
    if settled.young is None or not counted:
        return Matured(days=settled.matured_days, before=until, left_out=dict.fromkeys(counted, 0))
    found = _read(page, replace(settled.young, metrics=counted))
    (row,) = _rows(found, settled.young, cells_of(found.rows, 0, found.also))
    left_out = {key: figure.n for key, figure in row.values.items()}
    return Matured(days=settled.matured_days, before=until, left_out=left_out)


def _over_costs(metric: Metric) -> bool:
    below = metric.denominator if isinstance(metric, Ratio | Quotient) else metric
    return any(isinstance(base, CostBase) for _, base in parts(below))


def _rows(found: _Read, question: Question, cells: Cells) -> tuple[Row, ...]:
    names = [recipe.metric.about.key for recipe in found.plan.recipes]
    costs = dict.fromkeys(base for select in found.plan.selects if select.is_cost for base in select.bases)
    blamed = {base.name: found.blame.reasons(base, cells.keys) for base in costs if isinstance(base, CostBase)}
    columns = [_figures(recipe, cells, found, blamed) for recipe in found.plan.recipes]
    return tuple(
        Row(
            by=dict(zip(question.by, cut, strict=True)),
            kind="unallocated" if unplaced else "unknown" if None in cut else "value",
            values=dict(zip(names, figures, strict=True)),
        )
        for (unplaced, cut), figures in zip(cells.keys, zip(*columns, strict=True), strict=True)
    )


_Blamed = Mapping[str, Mapping[int, Text]]


def _figures(recipe: Recipe, cells: Cells, found: _Read, blamed: _Blamed) -> list[Figure]:
    """One metric in every cell."""
    metric = recipe.metric
    if recipe.sides is not None:
        above, below = (_figures(side, cells, found, blamed) for side in recipe.sides)
        return [_quotient_of(*recipe.sides, *pair) for pair in zip(above, below, strict=True)]
    top = _added(recipe.numerator, cells, blamed)
    if recipe.denominator is not None and isinstance(metric, Ratio):
        figures = _ratios(metric, top, _added(recipe.denominator, cells, blamed))
        return told(figures, cells.keys, found.fitted[metric.about.key]) if isinstance(metric, Fitted) else figures
    figures = list(map(Figure._make, zip(top.totals, top.totals, repeat(None), top.facts, repeat(None))))
    for cell, (n, reason) in top.unknown.items():
        figures[cell] = Figure(value=None, numerator=None, denominator=None, n=n, reason=reason)
    return figures


def _ratios(metric: Ratio, top: _Sums, bottom: _Sums) -> list[Figure]:
    divisors = [1] * len(bottom.totals) if metric.is_quantile else bottom.totals
    figures = [
        Figure(divide(above, by, metric.scale), above, below, n, None)
        if below
        else Figure(None, above, below, n, metric.zero)
        for above, by, below, n in zip(top.totals, divisors, bottom.totals, bottom.facts, strict=True)
    ]
    for cell in top.unknown.keys() | bottom.unknown.keys():
        figures[cell] = _unknown_quotient(top, bottom, cell)
    if metric.least:
        figures = [_hidden(metric, figure) if 0 < figure.n < metric.least else figure for figure in figures]
    return figures


def _hidden(metric: Ratio, figure: Figure) -> Figure:
    """So few stand behind the figure that it would give them away."""
    reason = Text(zh=f"不足 {metric.least} 份，不显示", en=f"fewer than {metric.least}: not shown")
    return Figure(
        value=None, numerator=None, denominator=figure.denominator, n=figure.n, reason=figure.reason or reason
    )


def _quotient_of(over: Recipe, under: Recipe, above: Figure, below: Figure) -> Figure:
    """A quotient of two quotients, divided once, from the sums they are made of."""
    reason = above.reason or below.reason or (None if below.value else _NOTHING_BELOW)
    value = None
    if reason is None:
        (top, top_by), (bottom, bottom_by) = _fraction(over.metric, above), _fraction(under.metric, below)
        value = divide(top * bottom_by, bottom * top_by)
    return Figure(value=value, numerator=above.value, denominator=below.value, n=below.n, reason=reason)


def _fraction(metric: Metric, figure: Figure) -> tuple[int, int]:
    """A known quotient as whole numbers."""
    if isinstance(metric, Fitted) and figure.value is not None:
        return Decimal(figure.value).as_integer_ratio()
    scale = metric.scale if isinstance(metric, Ratio) else (1, 1)
    by = 1 if isinstance(metric, Ratio) and metric.is_quantile else figure.denominator
    return int(figure.numerator or 0) * scale[0], int(by or 1) * scale[1]


def _unknown_quotient(top: _Sums, bottom: _Sums, cell: int) -> Figure:
    """A quotient with an unknown side; the other side is still told."""
    above = None if cell in top.unknown else top.totals[cell]
    below, n = (None, bottom.unknown[cell][0]) if cell in bottom.unknown else (bottom.totals[cell], bottom.facts[cell])
    reason = (top.unknown if cell in top.unknown else bottom.unknown)[cell][1]
    return Figure(value=None, numerator=above, denominator=below, n=n, reason=reason)


def _added(terms: Terms, cells: Cells, blamed: _Blamed) -> _Sums:
    """A sum of signed bases in every cell: as many facts as the base that has the most."""
    columns = [cells.bases[term.name] for term in terms]
    first = columns[0].figures
    totals = first if terms[0].sign > 0 else list(map(neg, first))
    for term, column in zip(terms[1:], columns[1:], strict=True):
        totals = list(map(add if term.sign > 0 else sub, totals, column.figures))
    counts = list({id(column.counts): column.counts for column in columns}.values())
    facts = counts[0] if len(counts) == 1 else list(map(max, *counts))
    unknown: dict[int, tuple[int, Text]] = {}
    for term, column in zip(terms, columns, strict=True):
        for cell, reason in _unknown(term, column, blamed):
            unknown.setdefault(cell, (column.counts[cell], reason))
    return _Sums(totals=totals, facts=facts, unknown=unknown)


def _unknown(term: Term, column: Column, blamed: _Blamed) -> Iterator[tuple[int, Text]]:
    """The cells in which a base is unknown, and why."""
    yield from blamed.get(term.name, {}).items()
    if term.reason is not None and column.missing is not None and any(column.missing):
        yield from ((cell, _counted(term.reason, count)) for cell, count in enumerate(column.missing) if count)


_NOTHING_BELOW = Text(zh="分母为零", en="the denominator is zero")


def _counted(reason: Text, count: int) -> Text:
    return Text(zh=f"{reason.zh}（{count} 条）", en=f"{reason.en} ({count})")


def divide(top: int, bottom: int, scale: tuple[int, int] = (1, 1)) -> Decimal:
    """An exact quotient rounded half to even at the 12th decimal."""
    exact = Decimal(top) / bottom if scale == (1, 1) else Decimal(top * scale[0]) / (bottom * scale[1])
    return exact.quantize(QUOTIENT, ROUND_HALF_EVEN)
