"""When to call again: after one, three, seven days, then by the sales cycle, when people answer best (S3-18, S0-37)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update

from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.desk_tables import CASE, TALK, TASK
from huasuan.leads.types import Task

_HOURS = range(9, 21)
# Calls of the overall rate added to each hour, so that an hour with two calls does not win (hierarchical shrinkage).
_PRIOR = 30
_USUAL_HOUR = 10
_LOOK_BACK, _MOST_TALKS = timedelta(days=90), 20_000


def best_hour(answered: Mapping[int, tuple[int, int]]) -> int:
    """The local hour (9 to 20) with the best chance that somebody answers; 10 while nothing is known.

    ``answered`` has (answered, dialled) for each hour. Each hour's rate is drawn towards the overall one by 30 calls.
    """
    hits, calls = sum(hit for hit, _ in answered.values()), sum(call for _, call in answered.values())
    if not calls:
        return _USUAL_HOUR
    overall = hits / calls

    def rate(hour: int) -> float:
        hit, call = answered.get(hour, (0, 0))
        return (hit + _PRIOR * overall) / (call + _PRIOR)

    # Among equals the usual hour: the first of the day is nobody's wish.
    return max(_HOURS, key=lambda hour: (round(rate(hour), 9), hour == _USUAL_HOUR, -hour))


def next_time(at: datetime, *, talks: int, days: Sequence[int], zone: ZoneInfo, hour: int) -> datetime | None:
    """When to call after the ``talks``-th talk: +1, +3, +7 days at the best hour; None when the plan is through."""
    if not 1 <= talks <= len(days):
        return None
    local = at.astimezone(zone) + timedelta(days=days[talks - 1])
    return local.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)


def by_cycle(at: datetime, *, since: datetime, cycle: timedelta, zone: ZoneInfo, hour: int) -> datetime | None:
    """When to call once the plan is through: half the sales cycle after the lead came, then all of it (S1-12).

    cycle: how long after the first contact deals are won on average. None when less than a day of it is left.
    """
    for part in (cycle / 2, cycle):
        local = (since + part).astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
        if local - at >= timedelta(days=1):
            return local.astimezone(at.tzinfo)
    return None


def hours_answered(
    connection: Connection, *, workspace: int, answering: frozenset[str], zone: ZoneInfo, at: datetime
) -> dict[int, tuple[int, int]]:
    """(answered, dialled) by local hour over the last 90 days; ``answering`` are results that mean a person spoke."""
    rows = connection.execute(
        select(TALK.c.begun_at, TALK.c.result)
        .where(
            TALK.c.workspace == workspace,
            TALK.c.result.is_not(None),
            TALK.c.begun_at >= to_micros(at - _LOOK_BACK),
        )
        .order_by(TALK.c.id.desc())
        .limit(_MOST_TALKS)
    )
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        hour = from_micros(row.begun_at).astimezone(zone).hour
        hit, call = found.get(hour, (0, 0))
        found[hour] = (hit + (row.result in answering), call + 1)
    return found


def plan(
    connection: Connection,
    *,
    workspace: int,
    lead: int,
    agent: str,
    due_at: datetime,
    why: str,
    at: datetime,
    kind: str = "call",
) -> int:
    """Something to be done about a lead; an open task of the same kind is moved instead of doubled."""
    mine = (
        TASK.c.workspace == workspace, TASK.c.lead == lead, TASK.c.kind == kind, TASK.c.done_at.is_(None)
    )  # fmt: skip
    said = {"agent": agent, "due_at": to_micros(due_at), "why": why}
    moved = connection.execute(update(TASK).where(*mine).values(**said).returning(TASK.c.id)).fetchall()
    if moved:
        return int(moved[0].id)
    made = connection.execute(
        insert(TASK)
        .values(workspace=workspace, lead=lead, kind=kind, made_at=to_micros(at), **said)
        .returning(TASK.c.id)
    )
    return int(made.scalar_one())


def finish(connection: Connection, *, workspace: int, lead: int, at: datetime, kind: str = "call") -> None:
    """What was to be done about a lead is done."""
    connection.execute(
        update(TASK)
        .where(TASK.c.workspace == workspace, TASK.c.lead == lead, TASK.c.kind == kind, TASK.c.done_at.is_(None))
        .values(done_at=to_micros(at))
    )


def still_theirs(agent: str) -> ColumnElement[bool]:
    """Calls only of leads the agent still has; a meeting stays with whoever agreed it."""
    held = exists().where(
        CASE.c.workspace == TASK.c.workspace,
        CASE.c.id == TASK.c.lead,
        CASE.c.owner == agent,
        CASE.c.state.in_(("owned", "handed")),
    )
    return and_(TASK.c.agent == agent, or_(TASK.c.kind != "call", held))


def tasks_of(connection: Connection, *, workspace: int, agent: str, until: datetime) -> Sequence[Task]:
    """What an agent has to do until then, the soonest first."""
    rows = connection.execute(
        select(TASK)
        .where(
            TASK.c.workspace == workspace,
            still_theirs(agent),
            TASK.c.done_at.is_(None),
            TASK.c.due_at <= to_micros(until),
        )
        .order_by(TASK.c.due_at)
        .limit(200)
    )
    return [_task(row) for row in rows]


def tasks_about(connection: Connection, *, workspace: int, lead: int) -> Sequence[Task]:
    """All that was ever to be done about a lead, done or not."""
    rows = connection.execute(
        select(TASK).where(TASK.c.workspace == workspace, TASK.c.lead == lead).order_by(TASK.c.id)
    )
    return [_task(row) for row in rows]


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        lead=row.lead,
        agent=row.agent,
        kind=row.kind,
        why=row.why,
        due_at=from_micros(row.due_at),
        done_at=None if row.done_at is None else from_micros(row.done_at),
    )
