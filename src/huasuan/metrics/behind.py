"""Behind a figure: exactly the facts it was computed from, so that they add up to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.methods.apportion import largest_remainder
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.cells import Key, rounded_costs
from huasuan.metrics.cost_plan import CostRequest, cost_select, shapes_of_kinds
from huasuan.metrics.derived.pools import SCALE
from huasuan.metrics.dimensions import DIMENSIONS, ENTRY
from huasuan.metrics.language import Additive, Base, CostBase, Metric, Quotient, Ratio, parts
from huasuan.metrics.plan import choose, day_of
from huasuan.metrics.question import Cut, Question, RowKind
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import filters, firm, period
from huasuan.metrics.variants import settle
from huasuan.warehouse import Cursor, DuckRunner

Side = Literal["numerator", "denominator"]
_KINDS = {
    "call": "call",
    "lead": "lead",
    "touch": "touch",
    "sale": "deal",
    "credit": "deal",
    "deal_open": "deal",
    "sale_back": "deal_event",
    "deal_stage": "deal_event",
    "customer_month": "deal",
    "shift": "shift",
    "agent_state": "agent_state",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact behind a figure.

    kind: that of the event (meeting …), or call, lead, touch, deal (``fact_id`` is the hash of its key), deal_event,
    shift, agent_state or cost.
    amount: what it adds to the figure, sign included: 1 for what is counted, seconds, or minor units.
    """

    base: str
    kind: str
    fact_id: int
    amount: int


def behind(
    reader: Cursor,
    snapshot: Snapshot,
    question: Question,
    *,
    cell: Mapping[str, Cut] | None = None,
    kind: RowKind | None = None,
    side: Side = "numerator",
) -> Iterator[Fact]:
    """The facts behind one side of one metric of a question, or of one cell of it; their amounts add up to it.

    Raises
    ------
    InvalidInput
        ``one_metric`` if the question names several, ``answers_hidden`` if a person could be told by an answer, and all
        errors of the question itself
    """
    if len(question.metrics) != 1:
        raise InvalidInput("one_metric", Text(zh="一次只能展开一个指标", en="open one metric at a time"))
    (metric,), _ = choose(question, METRICS)
    question = settle(question, snapshot).question
    if side == "numerator" and isinstance(metric, Ratio) and metric.least:
        raise InvalidInput("answers_hidden", Text(zh="不显示个人的回答", en="single answers are not shown"))
    narrowed = replace(question, where=_cell_filter(question, cell), by=())
    for sign, base in parts(_side(metric, side)):
        if isinstance(base, CostBase):
            cut = tuple(DIMENSIONS[key] for key in question.by) if cell is not None else ()
            shown = CostRequest(
                question=replace(question, by=()),
                dimensions=cut,
                costs=(base,),
                marketing_kinds=snapshot.rules.marketing_kinds,
                shapes=shapes_of_kinds(
                    snapshot.shapes(DuckRunner(reader), question), (base,), snapshot.rules.marketing_kinds
                ),
                tables=snapshot.tables,
            )
            entries = replace(shown, question=narrowed, dimensions=(*cut, ENTRY))
            yield from _costs(reader, snapshot, (shown, entries), kind, sign)
        elif kind != "unallocated":
            yield from _rows(reader, snapshot, narrowed, base, sign)


def _side(metric: Metric, side: Side) -> Additive:
    if isinstance(metric, Quotient):
        # A quotient has no facts of its own: behind each side stands what its numerator was added up from.
        return (metric.numerator if side == "numerator" else metric.denominator).numerator
    if isinstance(metric, Ratio):
        return metric.numerator if side == "numerator" else metric.denominator
    return metric


def _cell_filter(question: Question, cell: Mapping[str, Cut] | None) -> dict[str, tuple[str, ...]]:
    where = dict(question.where or {})
    for key, value in (cell or {}).items():
        where[key] = ("",) if value is None else (str(value).lower() if isinstance(value, bool) else str(value),)
    return where


def _rows(reader: Cursor, snapshot: Snapshot, question: Question, base: Base, sign: int) -> Iterator[Fact]:
    day = day_of(base, question)
    narrowing = [*filters(question, base.star, day), *firm(question, base.star, snapshot.tables)]
    conditions = [*base.where, *period(question, day), *narrowing]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    table = snapshot.tables[base.star]
    once = base.distinct or base.once_per
    amount = base.amount or "1"
    if once is not None:
        amount = "1" if base.amount is None else f"any_value({amount})"
        sql = f"SELECT min({base.fact}), {amount} FROM {table}{where} GROUP BY {once} ORDER BY 1"
    else:
        sql = f"SELECT {base.fact}, {amount} FROM {table}{where} ORDER BY 1"
    kind = _KINDS.get(base.star, base.star)
    for fact_id, value in _stream(reader, snapshot.then(sql)):
        yield Fact(base=base.name, kind=kind, fact_id=int(fact_id), amount=sign * int(value or 0))


def _stream(reader: Cursor, sql: str) -> Iterator[tuple[int, int]]:
    yield from reader.execute(sql).fetchall()


def _costs(
    reader: Cursor, snapshot: Snapshot, requests: tuple[CostRequest, CostRequest], kind: RowKind | None, sign: int
) -> Iterator[Fact]:
    """Each ledger line with its part of the cell.

    The row was rounded against the total of its answer, so the same answer tells what the parts must add up to.
    """
    shown, entries = requests
    shares: dict[Key, dict[int, int]] = {}
    for unplaced, *cut, entry, amount in reader.execute(snapshot.then(cost_select(entries).sql)).fetchall():
        if kind is None or unplaced == (kind == "unallocated"):
            shares.setdefault((bool(unplaced), tuple(cut)), {})[entry] = int(amount)
    rows = rounded_costs(reader.execute(snapshot.then(cost_select(shown).sql)).fetchall(), len(shown.dimensions))
    parts_of: dict[int, int] = {}
    for key, by_entry in shares.items():
        ordered = sorted(by_entry)
        exact = [Fraction(by_entry[entry], SCALE) for entry in ordered]
        for entry, minor in zip(ordered, largest_remainder(exact, rows[key]), strict=True):
            parts_of[entry] = parts_of.get(entry, 0) + minor
    for entry in sorted(parts_of):
        yield Fact(base=shown.costs[0].name, kind="cost", fact_id=entry, amount=sign * parts_of[entry])
