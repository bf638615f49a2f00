"""Goals: model, look-back, value and platforms of each; repeats and junk never count as target goals (S2-37)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.telling import target_at
from golden.small import Small, at, ring, small_business
from huasuan.connectors.platforms import PLATFORMS
from huasuan.journeys import (
    Conversion,
    Goal,
    GoalSettings,
    Wanted,
    due,
    goals_set,
    keep_goal,
    keep_target,
    lay_goal,
    side_by_side,
    targets_of,
    values_of,
)
from huasuan.kernel.errors import InvalidInput, NotFound, UnknownName
from huasuan.metrics.attributing import attribution_of
from huasuan.people import Vault, WorkspaceSettings


@pytest.fixture(params=[0, 30])
def small(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """One target call of a visitor who came by two channels, the same caller again, and junk."""
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(cycle_days=request.param)) as business:
        seen = {"key": "t", "at": at("2026-06-01 09:00"), "kind": "visit", "phone": "13900139001"}
        business.give("touch", seen | {"channel": "display"})
        business.give(
            "call",
            ring("a", "2026-06-02 10:00", talk=90, channel="paid_search"),
            ring("again", "2026-06-03 10:00", talk=90, channel="paid_search"),
            ring("junk", "2026-06-03 11:00", "13900139002", talk=5, channel="paid_search"),
        )
        yield business


def credit(small: Small, goal: Goal, model: str) -> dict[str | None, tuple[int, int]]:
    with small.analysis.reading() as (cursor, _):
        lay_goal(cursor, goal, 5000)
        rows = side_by_side(cursor, Wanted(), [attribution_of(model)])
    return {row.step: (row.conversions[0], row.value_minor[0]) for row in rows if row.conversions[0]}


def test_repeats_and_junk_never_count_as_target_goals(small: Small) -> None:
    """Where people come back to buy each long call counts, elsewhere one of a sales cycle. Junk never does."""
    repeats = small.workspace.settings.cycle_days == 0
    reached = (2 if repeats else 1) * 1_000_000
    assert sum(share for share, _ in credit(small, "unique_target_call", "linear").values()) == reached
    assert sum(share for share, _ in credit(small, "target_call", "last").values()) == reached
    assert sum(share for share, _ in credit(small, "call", "last").values()) == 3_000_000
    with small.analysis.reading() as (cursor, _):
        found: list[Conversion] = list(
            due(
                cursor,
                since=at("2026-06-01 00:00"),
                at=at("2026-07-01 00:00"),
                currency="CNY",
                values={"target_call": 5000},
            )
        )
    told = [one.goal for one in found]
    assert told.count("target_call") == (2 if repeats else 1)
    assert told.count("unique_target_call") == (2 if repeats else 1)
    assert told.count("call") == 3
    assert {one.value_minor for one in found if one.goal == "target_call"} == {5000}
    assert {one.value_minor for one in found if one.goal == "call"} == {None}


def test_each_goal_is_credited_by_its_own_model(small: Small) -> None:
    """The banner was before each call; a call without a cycle is a touch of the next one too."""
    if small.workspace.settings.cycle_days == 0:
        assert credit(small, "unique_target_call", "first") == {"display": (2_000_000, 10000)}
        assert credit(small, "unique_target_call", "last") == {"paid_search": (2_000_000, 10000)}
    else:
        assert credit(small, "unique_target_call", "first") == {"display": (1_000_000, 5000)}
        assert credit(small, "unique_target_call", "last") == {"paid_search": (1_000_000, 5000)}
        half = (500_000, 2500)
        assert credit(small, "unique_target_call", "linear") == {"display": half, "paid_search": half}
    assert small.value("won_deals", date_from=None) in {0, None}, "the sales of others stay what they are"


def test_what_is_decided_for_a_goal(small: Small, tmp_path: Path) -> None:
    workspace, settings = small.workspace.id, small.workspace.settings
    with small.store.write() as connection:
        first = goals_set(connection, workspace=workspace, settings=settings)
        assert {(one.model, one.lookback_days, one.value_minor, one.targets) for one in first} == {
            ("last-non-direct", 90, None, ())
        }
        target = target_at("ga4", goals=("sale",))
        number = keep_target(
            connection, workspace=workspace, target=target, platform=PLATFORMS["ga4"], vault=Vault(tmp_path / "k")
        )
        goal = GoalSettings(
            goal="target_call", model="time-decay:3", lookback_days=30, value_minor=5000, targets=(number,)
        )
        keep_goal(connection, workspace=workspace, goal=goal)
        kept = goals_set(connection, workspace=workspace, settings=settings)
        assert next(one for one in kept if one.goal == "target_call") == goal
        assert values_of(connection, workspace=workspace) == {"target_call": 5000}
        ((_, told),) = targets_of(connection, workspace=workspace)
        assert told.goals == ("target_call", "sale")
        for wrong, error in (
            (replace(goal, model="magic"), UnknownName),
            (replace(goal, model="position:90/90"), InvalidInput),
            (replace(goal, goal="sale"), InvalidInput),
            (replace(goal, targets=(999,)), NotFound),
        ):
            with pytest.raises(error):
                keep_goal(connection, workspace=workspace, goal=wrong)
        keep_goal(connection, workspace=workspace, goal=replace(goal, targets=()))
        with pytest.raises(InvalidInput, match="one goal at least"):
            keep_goal(connection, workspace=workspace, goal=GoalSettings(goal="sale", model="linear", lookback_days=30))
