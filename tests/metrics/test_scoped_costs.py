"""Costs narrowed to a direction or a voice, beside costs of all calls; who bears them worked out by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, at, cost, dial, ring, shift, small_business

DAY = "2025-07-01"


@pytest.fixture(scope="module")
def scoped(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """Four calls: one in, two out by people, one out by a bot without an agent."""
    with small_business(sqlite_template, tmp_path_factory.mktemp("scoped")) as business:
        business.give(
            "call",
            ring("i1", f"{DAY} 09:00", talk=60, agent="a"),
            dial("o1", f"{DAY} 10:00", talk=60, agent="a"),
            dial("o2", f"{DAY} 11:00", talk=30, agent="b"),
            dial("o3", f"{DAY} 12:00", talk=90, voice="bot"),
            dial("o4", f"{DAY} 13:00", agent="b", excluded="test"),
        )
        business.give(
            "cost",
            cost("all", "tools", DAY, "4.00", driver="call"),
            cost("out", "dialler", DAY, "3.00", driver="call", direction="out"),
            cost("in", "tracking_numbers", DAY, "0.70", driver="call", direction="in"),
            cost("bots", "voice_bot", DAY, "5.00", driver="call", voice="bot"),
            # both talked for a minute as it is charged
            cost("minutes", "call_charges", DAY, "2.40", driver="minute_60", direction="out", voice="human"),
            # nobody answers to it
            cost("bots in", "other", DAY, "0.11", driver="call", direction="in", voice="bot"),
        )
        yield business


def test_each_call_bears_what_is_meant_for_it(scoped: Small) -> None:
    # i1: 100 + 70; o1: 100 + 100 + 120; o2 the same; o3: 100 + 100 + 500
    assert scoped.cut("total_cost", "agent") == {"a": 170 + 320, "b": 320, "unknown": 700, "unallocated": 11}
    assert scoped.cut("total_cost", "hour") == {9: 170, 10: 320, 11: 320, 12: 700, "unallocated": 11}


def test_a_filter_keeps_what_the_kept_calls_bear(scoped: Small) -> None:
    out = {"direction": ("out",)}
    assert scoped.cut("total_cost", "agent", where=out) == {"a": 320, "b": 320, "unknown": 700}
    people = {"direction": ("out",), "voice": ("human",)}
    assert scoped.cut("total_cost", "agent", where=people) == {"a": 320, "b": 320}


def test_cut_by_the_scope_itself(scoped: Small) -> None:
    rows = scoped.rows("total_cost", by=("direction", "voice"))
    found = {(*row.by.values(), row.kind): row.values["total_cost"].value for row in rows}
    assert sum(value for value in found.values() if value) == 1521
    assert found["in", "human", "value"] == 170
    assert found["out", "human", "value"] == 640
    assert found["out", "bot", "value"] == 700


def test_marketing_alone(scoped: Small) -> None:
    assert scoped.cut("marketing_spend", "agent") == {"a": 70}
    rows = {row.by["agent"]: row for row in scoped.rows("marketing_spend", "total_cost", by=("agent",))}
    assert [rows["a"].values[name].value for name in ("marketing_spend", "total_cost")] == [70, 490]
    assert [rows["b"].values[name].value for name in ("marketing_spend", "total_cost")] == [0, 320]


def test_a_seat_cost_of_a_team_stays_with_its_calls_when_an_agent_changes_teams_at_noon(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """a1 dials for north in the morning and for south after noon; a2 for north all day (S3-3)."""
    with small_business(sqlite_template, tmp_path) as small:
        for agent in ("a1", "a2"):
            since = at("2025-01-01 00:00")
            small.give("agent", {"key": agent, "agent": agent, "since": since, "team": "north"})
        small.give("shift", shift("a1", DAY), shift("a2", DAY))
        small.give("call", *(dial(f"o{hour}", f"{DAY} {hour}:00", talk=60, agent="a1") for hour in (10, 11)))
        small.give("call", dial("p10", f"{DAY} 10:00", talk=60, agent="a2"))
        small.give(
            "cost", cost("pay", "pay", DAY, "100", team="north"), cost("rent", "premises", DAY, "10", team="south")
        )
        assert small.cut("total_cost", "team") == {"north": 10_000, "south": 1_000}
        small.give("agent", {"key": "moved", "agent": "a1", "since": at(f"{DAY} 12:00"), "team": "south"})
        small.give("call", dial("o14", f"{DAY} 14:00", talk=60, agent="a1"))
        # Half of the pay is a1's by paid hours: all of it stays with the two calls for north.
        assert small.cut("total_cost", "team") == {"north": 10_000, "south": 1_000}
        assert small.cut("total_cost", "hour") == {10: 7_500, 11: 2_500, 14: 1_000}
        assert small.cut("total_cost", "hour", where={"team": ("north",)}) == {10: 7_500, 11: 2_500}
