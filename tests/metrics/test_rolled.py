"""Roll-ups give exactly what the star tables give: after every round, for every metric that adds up."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden.small import Small, at, plain, ring, small_business
from huasuan.app.analysis import rules_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.engine import answer
from huasuan.metrics.language import Base, CostBase, Metric, Ratio, parts
from huasuan.metrics.plan import can_cut, make_plan
from huasuan.metrics.question import Question
from huasuan.metrics.rolled.moved import caught
from huasuan.metrics.rolled.shapes import wanted_of
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.warehouse import DuckRunner
from warehouse.test_incremental import CASES, MASTER, STEP, deliver_steps

DAY = "2025-07-01"
CUTS: tuple[tuple[str, ...], ...] = ((), ("channel",), ("agent", "week"), ("month", "region"), ("hour", "weekday"))


COST_CUTS: tuple[tuple[str, ...], ...] = (
    *CUTS,
    ("cost_kind", "team"),
    ("supplier", "day"),
    ("list", "caller_number"),
    ("campaign", "working_day"),
    ("result", "province"),
)


def rolled_up(metric: Metric) -> set[bool]:
    """Of each statement it takes whether it is one about costs; nothing where one cannot be read from a roll-up."""
    plan = make_plan(Question(metrics=(metric.about.key,)), METRICS, marketing_kinds=(), shapes=(), tables=TABLES)
    if all(select.is_cost or wanted_of(select) is not None for select in plan.selects):
        return {select.is_cost for select in plan.selects}
    return set()


ADDITIVE = tuple(key for key, metric in METRICS.items() if rolled_up(metric) == {False})
COSTS = tuple(key for key, metric in METRICS.items() if isinstance(metric, CostBase))


def questions() -> list[Question]:
    """Every additive metric by every cut it knows, on both bases, for all time and for three weeks."""
    found = []
    for cut in CUTS:
        keys = tuple(key for key in ADDITIVE if all(can_cut(METRICS[key], DIMENSIONS[name]) for name in cut))
        asked = Question(metrics=keys, by=cut)
        found += [asked, replace(asked, basis="event", date_from=date(2025, 6, 30), date_to=date(2025, 7, 20))]
    found.append(Question(metrics=("dials", "inbound_calls"), by=("day",), where={"agent": ("a1", "")}))
    found.append(Question(metrics=("inbound_calls",), by=("channel",)))
    found.append(Question(metrics=("missed", "target_calls"), by=("channel",)))
    return [*found, *cost_questions()]


def cost_questions() -> list[Question]:
    """Costs, alone and in quotients, by cuts of calls, of pools and of both; with filters and for three weeks."""
    found = []
    for cut in COST_CUTS:
        keys = tuple(key for key in COSTS if all(can_cut(METRICS[key], DIMENSIONS[name]) for name in cut))
        found.append(Question(metrics=keys, by=cut))
    three_weeks = Question(metrics=COSTS, date_from=date(2025, 6, 30), date_to=date(2025, 7, 20))
    found.append(replace(three_weeks, metrics=("total_cost",), by=("week",), where={"team": ("north", "")}))
    found.append(replace(three_weeks, metrics=("total_cost",), by=("channel",), where={"cost_kind": ("ads", "pay")}))
    found.append(replace(three_weeks, metrics=("total_cost", "roi"), where={"channel": ("",), "direction": ("in",)}))
    return found


ASKED = questions()


def test_most_metrics_add_up() -> None:
    """Percentiles, distinct counts, deals with several lines and whatever looks at the clock do not."""
    assert len(ADDITIVE) > 100
    assert {"dials", "talk_seconds", "revenue_net", "missed"} <= set(ADDITIVE)
    assert not {"contacts_reached", "won_deals", "speed_to_lead_p90", "followups_due", "total_cost"} & set(ADDITIVE)
    assert "total_cost" in COSTS
    assert rolled_up(METRICS["roi"]) == {True, False}
    assert any(isinstance(METRICS[key], Ratio) for key in ADDITIVE)
    assert any(isinstance(base, Base) and base.missing for key in ADDITIVE for _, base in parts(METRICS[key]))


def check(business: Small, groups: Sequence[Sequence[tuple[str, Any]]]) -> None:
    """After each group, the answers over roll-ups are those over the star tables."""
    analysis = business.analysis
    for number, group in enumerate(groups):
        deliver_steps(business, group)
        if number == 0:
            analysis.roll_up(ASKED)
        if number % 2:
            analysis.follow()
            analysis.rolls.catch_up()
        told = [found.result() for found in analysis.ask_many(ASKED)]
        assert rolled(business) > 20
        for question, mine in zip(ASKED, told, strict=True):
            assert plain(mine.rows) == direct(business, question), f"after group {number}: {question}"


def direct(business: Small, question: Question) -> list[Any]:
    """The answer from the star tables alone."""
    reader = business.analysis.reader()
    snapshot = Snapshot(rules=rules_of(business.workspace.settings), as_of=at(f"{DAY} 00:00"), tables=TABLES)
    try:
        return plain(answer(DuckRunner(reader), snapshot, question).rows)
    finally:
        reader.close()


def rolled(business: Small) -> int:
    """How many roll-ups the present snapshot holds."""
    reader = business.analysis.reader()
    try:
        return len(business.analysis.rolls.seen(reader).upto)
    finally:
        reader.close()


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rolled")


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(master=MASTER, groups=st.lists(st.lists(STEP, min_size=1, max_size=5), min_size=2, max_size=4))
def test_any_facts_in_any_rounds(
    sqlite_template: Path, folder: Path, master: list[tuple[str, Any]], groups: list[list[tuple[str, Any]]]
) -> None:
    with small_business(sqlite_template, folder) as business:
        check(business, [master, *groups])


@pytest.mark.parametrize("case", list(CASES)[::6])
def test_later_facts_that_reach_earlier_ones(sqlite_template: Path, tmp_path: Path, case: str) -> None:
    with small_business(sqlite_template, tmp_path) as business:
        check(business, CASES[case])


def test_master_data_derive_everything_and_what_was_rolled_up_is_again(small: Small) -> None:
    small.give("call", ring("r", f"{DAY} 10:00", talk=90, agent="a1"))
    question = Question(metrics=("inbound_calls",), by=("team",))
    small.analysis.roll_up([question])
    small.give("agent", {"key": "a1", "agent": "a1", "since": at("2025-01-01 00:00"), "team": "north"})
    assert small.cut("inbound_calls", "team") == {"north": 1}
    assert rolled(small) == 0
    assert small.analysis.tend()
    while small.analysis.tend():
        pass
    assert rolled(small) == 1
    small.give("call", ring("s", f"{DAY} 10:00", agent="a1"))
    assert small.cut("inbound_calls", "team") == {"north": 2}


def test_a_shape_of_a_large_table_is_rolled_up_when_it_is_asked_again(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.give("call", ring("s", f"{DAY} 10:00", excluded="test"))
    for _ in range(3):
        small.value("inbound_calls")
        assert not small.analysis.tend() or not rolled(small)
    monkeypatch.setattr("huasuan.metrics.rolled.keeping._LEAST_ROWS", 2)
    small.analysis.rebuild()
    small.give("call", ring("r", f"{DAY} 10:00"))
    for asked, there in ((0, 0), (1, 1), (2, 1)):
        small.give("call", ring(f"r{asked}", f"{DAY} 10:00", channel="x"))
        assert small.value("inbound_calls") == 2 + asked
        while small.analysis.tend():
            pass
        assert rolled(small) == there


def test_what_moves_is_put_together_again(small: Small) -> None:
    """Rows of one cell that come and go do not pile up."""
    question = Question(metrics=("inbound_calls",), by=("channel",))
    small.give("call", ring("r", f"{DAY} 10:00", channel="x"))
    small.analysis.roll_up([question])
    for channel in ("y", "x", "y"):
        small.give("call", ring("r", f"{DAY} 10:00", channel=channel))
        assert small.cut("inbound_calls", "channel") == {channel: 1}
        small.analysis.rolls.catch_up()
        assert small.cut("inbound_calls", "channel") == {channel: 1}


def test_costs_are_reckoned_anew_for_days_that_moved_and_read_for_the_others(small: Small) -> None:
    month = {"service_from": "2025-07-01", "service_to": "2025-08-01", "currency": "CNY"}
    small.give("cost", {"key": "c", "cost_kind": "tools", "amount": "310", **month})
    small.give("call", ring("a", "2025-07-01 10:00", channel="x"), ring("b", "2025-07-02 10:00", channel="x"))
    asked = Question(metrics=("total_cost",), by=("channel", "day"))
    small.analysis.roll_up([asked])
    # What is kept is told, right or wrong, as long as nothing moved.
    writer = small.analysis.reader()
    (number,) = small_rolls(small)
    writer.execute(f"UPDATE roll_{number} SET m0 = 2 * m0 WHERE NOT unplaced")
    writer.close()
    assert costs_of(small) == {"2025-07-01": 20, "2025-07-02": 20}
    small.give("call", ring("c", "2025-07-02 11:00", channel="y"))
    assert costs_of(small) == {"2025-07-01": 20, "2025-07-02": 5}
    small.analysis.rolls.catch_up()
    assert costs_of(small) == {"2025-07-01": 20, "2025-07-02": 5}
    # A channel weighs nothing, but it is a cut.
    small.give("call", ring("a", "2025-07-01 10:00", channel="z"))
    assert costs_of(small) == {"2025-07-02": 5}


def small_rolls(business: Small) -> list[int]:
    """The numbers of the roll-ups there are."""
    reader = business.analysis.reader()
    try:
        return list(business.analysis.rolls.seen(reader).upto)
    finally:
        reader.close()


def costs_of(business: Small) -> dict[Any, Any]:
    """What channel x bore day by day."""
    rows = business.rows("total_cost", by=("channel", "day"))
    return {row.by["day"]: row.values["total_cost"].value / 100 for row in rows if row.by["channel"] == "x"}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SET converted = TRUE WHERE key IN (SELECT 1 WHERE 2 = 2)", "lead WHERE key IN (SELECT 1 WHERE 2 = 2)"),
        (
            "SET stage = ' WHERE (', converted = a IS NOT DISTINCT FROM b FROM (SELECT 1 FROM x WHERE y) k WHERE z",
            "lead, (SELECT 1 FROM x WHERE y) k WHERE z",
        ),
    ],
)
def test_an_update_is_caught_before_and_after(sql: str, rows: str) -> None:
    sql = f"UPDATE lead {sql}"
    before, after = caught(sql, "lead").split("; ")
    assert before.startswith('INSERT INTO caught_lead SELECT -1, lead."')
    assert before.endswith(f" FROM {rows}")
    assert after.startswith(f"WITH came AS ({sql} RETURNING lead.*) INSERT INTO caught_lead SELECT 1, ")
