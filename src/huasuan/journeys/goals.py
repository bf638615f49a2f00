"""What each goal is: by which model it is credited, how far back, what it is worth, and which platforms are told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import Connection, select, update

from huasuan.journeys.conversions import Goal
from huasuan.journeys.outbox_tables import GOAL, TARGET
from huasuan.journeys.targets import goals_from
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.metrics.attributing import attribution_of
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor

GOALS: tuple[Goal, ...] = get_args(Goal)
_REACHED: Mapping[Goal, str] = {
    "call": "TRUE",
    "unique_call": "is_unique",
    "target_call": "call_class = 'target' AND NOT is_repeat",
    "unique_target_call": "call_class = 'target' AND is_unique_target",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSettings:
    """One goal.

    model: as ``time-decay:7`` (decay and weights are its numbers). value_minor: what a call of it is worth, in the
    workspace's currency; a sale is worth what it is. targets: the accounts that are told.
    """

    goal: Goal
    model: str
    lookback_days: int
    value_minor: int | None = None
    targets: tuple[int, ...] = ()


def goals_set(connection: Connection, *, workspace: int, settings: WorkspaceSettings) -> Sequence[GoalSettings]:
    """Every goal; what was not decided for it is as the workspace has it."""
    kept = {row.goal: row for row in connection.execute(select(GOAL).where(GOAL.c.workspace == workspace))}
    told = connection.execute(
        select(TARGET.c.id, TARGET.c.goals).where(TARGET.c.workspace == workspace).order_by(TARGET.c.id)
    ).all()
    return [
        GoalSettings(
            goal=goal,
            model=kept[goal].model if goal in kept else settings.attribution,
            lookback_days=kept[goal].lookback_days if goal in kept else settings.attribution_days,
            value_minor=kept[goal].value_minor if goal in kept else None,
            targets=tuple(row.id for row in told if goal in row.goals.split(",")),
        )
        for goal in GOALS
    ]


def keep_goal(connection: Connection, *, workspace: int, goal: GoalSettings) -> None:
    """Decide for one goal, and which accounts are told of it from now on.

    Raises
    ------
    UnknownName, InvalidInput
        ``unknown_model``, ``bad_attribution``; ``sale_has_its_value``; ``target_without_goal``
    NotFound
        ``no_target_here``
    """
    attribution_of(goal.model, lookback_days=goal.lookback_days)
    if goal.goal == "sale" and goal.value_minor is not None:
        raise InvalidInput(
            "sale_has_its_value",
            Text(zh="成交按实际金额计，不能另设价值", en="a sale is worth what it is; leave the value"),
        )
    said = {"model": goal.model.strip(), "lookback_days": goal.lookback_days, "value_minor": goal.value_minor}
    mine = (GOAL.c.workspace == workspace, GOAL.c.goal == goal.goal)
    if connection.execute(update(GOAL).where(*mine).values(**said)).rowcount == 0:
        connection.execute(GOAL.insert().values(workspace=workspace, goal=goal.goal, **said))
    _tell(connection, workspace, goal.goal, set(goal.targets))


def values_of(connection: Connection, *, workspace: int) -> Mapping[Goal, int]:
    """What calls of each goal are worth, where that was said."""
    rows = connection.execute(
        select(GOAL.c.goal, GOAL.c.value_minor).where(GOAL.c.workspace == workspace, GOAL.c.value_minor.is_not(None))
    )
    return {row.goal: row.value_minor for row in rows}


def lay_goal(cursor: Cursor, goal: Goal, value_minor: int | None) -> None:
    """Put the calls that reached a goal where this reader's sales stand: paths and credit are then those of the goal.

    The call itself is the last touch of its path. For sales nothing is laid. Which calls reach a goal: ``goals_of``.
    """
    if goal == "sale":
        return
    for star in ("sale", "sale_back"):
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {star} AS SELECT * FROM main.{star} LIMIT 0")
    cursor.execute(
        "INSERT INTO temp.sale BY NAME SELECT fact_id AS deal_id, customer_id, started_at AS won_at, day AS won_day, "
        f"TRUE AS head, {value_minor or 0} AS value_minor, 0 AS tax_minor, 0 AS returned_minor, 0 AS cancelled_minor "
        f"FROM call WHERE direction = 'in' AND NOT excluded AND customer_id IS NOT NULL AND {_REACHED[goal]}"
    )


def _tell(connection: Connection, workspace: int, goal: Goal, wanted: Collection[int]) -> None:
    """The goal among those of each wanted account, and of no other."""
    columns = (TARGET.c.id, TARGET.c.goals, TARGET.c.goals_since)
    rows = connection.execute(select(*columns).where(TARGET.c.workspace == workspace)).all()
    if not set(wanted) <= {row.id for row in rows}:
        raise NotFound("no_target_here", Text(zh="没有这个目标", en="there is no such target"))
    for row in rows:
        goals = set(row.goals.split(","))
        after = goals | {goal} if row.id in wanted else goals - {goal}
        if not after:
            raise InvalidInput(
                "target_without_goal",
                Text(
                    zh="账户至少要告知一个目标；不再使用请停用账户",
                    en="an account is told one goal at least; else turn it off",
                ),
            )
        if after != goals:
            ordered = [one for one in GOALS if one in after]
            said = {"goals": ",".join(ordered), "goals_since": goals_from(row, ordered, now())}
            connection.execute(update(TARGET).where(TARGET.c.id == row.id).values(**said))
