"""Laws every answer keeps, over a small made-up business: cuts, filters, periods and drill-down agree."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golden.small import Small, figure_of, small_business
from huasuan.app.analysis import rules_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.engine import answer
from huasuan.metrics.language import Base, Quotient, Ratio, parts
from huasuan.metrics.plan import can_cut
from huasuan.metrics.question import Question, Row
from huasuan.metrics.snapshot import NOW, TABLES, Snapshot
from huasuan.simulator.run import simulate
from huasuan.simulator.world import World
from huasuan.warehouse import Cursor, DuckRunner

WORLD = World(days=40, calls=3000, seed=5, unknown_cost_share=0.1)
# Deals are counted once whatever their lines, so a cut by line counts a deal in several rows; so are forbidden calls.
LINE_CUTS = frozenset({"product", "product_group", "promotion", "rule"})
# Different people are counted, and one may stand in several rows.
PEOPLE = frozenset(
    key
    for key, metric in METRICS.items()
    if isinstance(metric, Base) and (metric.distinct == "contact_id" or metric.star == "credit")
)
ADDITIVE = tuple(
    key for key, metric in METRICS.items() if not isinstance(metric, Ratio | Quotient) and key not in PEOPLE
)
MONEY = frozenset(key for key in ADDITIVE if METRICS[key].unit == "money")
PAIRS = (("channel", "agent"), ("month", "result"), ("list", "hour"), ("cost_kind", "province"))


@pytest.fixture(scope="module")
def business(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path_factory.mktemp("laws")) as small:
        simulate(small.store, small.workspace, WORLD)
        # Nobody can bear these: no call on the tracking number, no such list.
        small.give(
            "cost",
            {"key": "u1", "cost_kind": "ads", "service_from": WORLD.day(3), "amount": "333.33", "channel": "nowhere"},
            {"key": "u2", "cost_kind": "other", "service_from": WORLD.day(4), "amount": "0.07", "driver": "none"},
        )
        yield small


def possible(cut: tuple[str, ...], keys: Sequence[str] = ADDITIVE) -> tuple[str, ...]:
    """The metrics that can be cut so; without those of deals where a deal stands in several rows."""
    return tuple(
        key
        for key in keys
        if all(can_cut(METRICS[key], DIMENSIONS[name]) for name in cut)
        and not (LINE_CUTS & set(cut) and any(_counts_deals(base) for _, base in parts(METRICS[key])))
    )


def _counts_deals(base: Any) -> bool:
    return isinstance(base, Base) and base.star in ("sale", "decision") and bool(base.distinct or base.once_per)


def summed(rows: Sequence[Row], key: str) -> int | None:
    """The sum over rows; None if one is unknown."""
    found = [row.values[key].value for row in rows]
    return None if None in found else sum(found)


# Some cuts (a message's template) only quotients have.
CUTS = [(key,) for key in DIMENSIONS if possible((key,))]


@pytest.mark.parametrize("cut", [*CUTS, *PAIRS], ids="-".join)
def test_rows_add_up_to_the_whole(business: Small, cut: tuple[str, ...]) -> None:
    metrics = possible(cut)
    (whole,) = business.rows(*metrics)
    rows = business.rows(*metrics, by=cut)
    assert {key: summed(rows, key) for key in metrics} == {key: whole.values[key].value for key in metrics}


@pytest.mark.parametrize("basis", ["cohort", "event"])
def test_parts_of_the_period_add_up_to_it(business: Small, basis: str) -> None:
    metrics = possible(())
    middle = WORLD.first_day + timedelta(days=17)
    (whole,) = business.rows(*metrics, basis=basis)
    (first,) = business.rows(*metrics, basis=basis, date_to=middle)
    (second,) = business.rows(*metrics, basis=basis, date_from=middle)
    for key in metrics:
        one, two, both = (row.values[key].value for row in (first, second, whole))
        if None in (one, two):
            assert both is None
        else:
            assert abs(one + two - both) <= (1 if key in MONEY else 0), key


@pytest.mark.parametrize("cut", ["channel", "hour", "in_hours", "list", "month"])
def test_a_filter_is_a_row_of_the_cut(business: Small, cut: str) -> None:
    """What is unknown and what is unallocated are one filter: neither says anything."""
    metrics = possible((cut,), (*ADDITIVE, *PEOPLE))
    rows = business.rows(*metrics, by=(cut,))
    for value in dict.fromkeys(row.by[cut] for row in [rows[0], *rows[-2:]]):
        said = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        (alone,) = business.rows(*metrics, where={cut: (said,)})
        for key in metrics:
            figures = [row.values[key] for row in rows if row.by[cut] == value]
            if any(figure.value is None for figure in figures):
                assert alone.values[key].value is None
            else:
                apart = abs(alone.values[key].value - sum(figure.value for figure in figures))
                # a cost is rounded against the total of its own answer
                assert apart <= (1 if key in MONEY else 0), (key, value)


def cells(business: Small, key: str) -> Iterator[tuple[tuple[str, ...], Row]]:
    """Some cells of a metric: the whole, and of one cut after another the first row and the last ones."""
    if not isinstance(METRICS[key], Ratio | Quotient):
        yield (), business.rows(key)[0]
    number = list(METRICS).index(key)
    tried = (("channel",), ("agent",), ("month",), ("province",), ("hour", "channel"), ("direction",), ("list",))
    fitting = [cut for cut in tried if all(can_cut(METRICS[key], DIMENSIONS[name]) for name in cut)]
    cut = fitting[number % len(fitting)]
    rows = business.rows(key, by=cut)
    # a quotient is made of the same sums as the others, so one of its cells is enough
    wanted = (
        (len(rows) - 1 - number % 2,)
        if isinstance(METRICS[key], Ratio | Quotient)
        else (0, 1, len(rows) - 2, len(rows) - 1)
    )
    for index in {place for place in wanted if 0 <= place < len(rows)}:
        yield cut, rows[index]


@pytest.mark.parametrize("key", METRICS)
def test_the_facts_behind_a_figure_add_up_to_it(business: Small, key: str) -> None:
    for cut, row in cells(business, key):
        figure = row.values[key]
        for side in ("numerator", "denominator"):
            shown = getattr(figure, side)
            if shown is None:
                continue
            facts = business.analysis.behind(
                Question(metrics=(key,), by=cut),
                cell=row.by if cut else None,
                kind=row.kind if cut else None,
                side=side,
            )
            metric, amounts = METRICS[key], [fact.amount for fact in facts]
            if isinstance(metric, Quotient):
                # behind a quotient of quotients stands what the numerator of each side was added up from
                part = getattr(metric, side).about.key
                rows = business.rows(part, by=cut)
                shown = next(one for one in rows if (one.by, one.kind) == (row.by, row.kind)).values[part].numerator
            if isinstance(metric, Ratio) and metric.is_quantile and side == "numerator":
                assert _quantile(amounts, metric) == shown, (dict(row.by), row.kind)
            else:
                assert sum(amounts) == shown, (dict(row.by), row.kind, side)


def _quantile(amounts: list[int], metric: Ratio) -> int:
    """The value at place p × n, rounded up."""
    assert isinstance(metric.numerator, Base)
    assert metric.numerator.quantile is not None
    top, bottom = metric.numerator.quantile
    return sorted(amounts)[-(-len(amounts) * top // bottom) - 1]


def test_a_count_opens_each_fact_once(business: Small) -> None:
    for key in ("dials", "missed", "leads", "unique_calls", "won_deals"):
        facts = list(business.analysis.behind(Question(metrics=(key,))))
        assert len({fact.fact_id for fact in facts}) == len(facts) == business.value(key)
        assert {fact.amount for fact in facts} == {1}


def test_figures_do_not_depend_on_what_else_is_asked(business: Small) -> None:
    together = business.rows(*METRICS, by=("month",))
    for key in ("roi", "talk_time_avg", "sales_cycle", "cac", "call_conversion", "total_cost"):
        alone = {row.by["month"]: figure_of(row.values[key]) for row in business.rows(key, by=("month",))}
        assert {row.by["month"]: figure_of(row.values[key]) for row in together if row.by["month"] in alone} == alone


class _Heard(DuckRunner):
    """Keeps what it was asked."""

    def __init__(self, reader: Cursor) -> None:
        super().__init__(reader)
        self.asked: list[str] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        return super().rows(sql)


@pytest.mark.parametrize("intervals", [False, True])
def test_no_statement_asks_the_clock(business: Small, intervals: bool) -> None:
    """ "Until now" is the moment an answer reaches to, so the same question of the same facts has one answer."""
    assert any(NOW in condition for base in _bases() for condition in base.where), "no definition says now any more"
    reader = business.analysis.reader()
    runner = _Heard(reader)
    snapshot = Snapshot(
        rules=rules_of(business.workspace.settings), as_of=datetime(2030, 1, 1, tzinfo=UTC), tables=TABLES
    )
    answer(runner, snapshot, Question(metrics=tuple(METRICS), intervals=intervals))
    reader.close()
    assert [sql for sql in runner.asked if "now()" in sql] == []


def _bases() -> list[Base]:
    return [base for metric in METRICS.values() for _, base in parts(metric) if isinstance(base, Base)]


def test_a_margin_is_unknown_where_a_cost_is(business: Small) -> None:
    """One deal in ten has goods whose cost nobody entered."""
    margin = business.figure("gross_margin")
    assert margin.value is None
    assert margin.reason is not None
    assert margin.reason.en.startswith("deal lines without a product cost (")
    assert business.value("revenue_net") is not None
