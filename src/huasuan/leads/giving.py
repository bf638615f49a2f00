"""Giving leads to agents: all decisions of a moment in one transaction, each written down with its reasons (S3-32)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, bindparam, func, or_, select, update

from huasuan.consent import decided_by_people
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import hold_cases, seats_of, settings_of, traits_of
from huasuan.leads.choosing import Floor
from huasuan.leads.desk_tables import CASE, SEAT, STEP, TASK
from huasuan.leads.fairness import unseen
from huasuan.leads.ruling import rules_of
from huasuan.leads.settings import DeskSettings
from huasuan.leads.types import Choice, Giving, Seat, Traits
from huasuan.store import insert_many


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case to be given: what it may be chosen by, when it arrived, and the case of probably the same company."""

    lead: int
    traits: Traits
    arrived_at: datetime
    similar_to: int | None


_STEP_COLUMNS = ("id", "workspace", "lead", "at", "kind", "agent", "delay_ms", "detail")
_ERROR_HOURS = 24
_AT_ONCE, _TASKS_AT_ONCE = 2_000, 500


def give_waiting(connection: Connection, *, workspace: int, at: datetime) -> int:
    """Give what waits, the most promising first, to whoever is free by now; how many were given."""
    hold_cases(connection, workspace)
    rows = connection.execute(
        select(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.state == "waiting")
        .order_by(CASE.c.score.desc(), CASE.c.id)
        .limit(_AT_ONCE)
    ).fetchall()
    refused = decided_by_people(connection, workspace=workspace, nodes={row.party for row in rows if row.party})
    waiting = [
        Waiting(
            lead=row.id,
            traits=unseen(traits_of(row)) if row.party in refused else traits_of(row),
            arrived_at=from_micros(row.arrived_at),
            similar_to=row.similar_to,
        )
        for row in rows
    ]
    settings = settings_of(connection, workspace=workspace)
    given = give(connection, workspace=workspace, waiting=waiting, settings=settings, at=at)
    hand_on_tasks(connection, workspace=workspace, leads=[one.lead for one in waiting])
    return given


def hand_on_tasks(connection: Connection, *, workspace: int, leads: Sequence[int]) -> None:
    """What was planned about leads is done by whoever has them now; meetings too if who agreed them has left."""
    owner = select(CASE.c.owner).where(CASE.c.id == TASK.c.lead).scalar_subquery()
    here = select(SEAT.c.agent).where(SEAT.c.workspace == workspace, SEAT.c.active.is_(True))
    for start in range(0, len(leads), _TASKS_AT_ONCE):
        connection.execute(
            update(TASK)
            .where(
                TASK.c.workspace == workspace,
                TASK.c.lead.in_(leads[start : start + _TASKS_AT_ONCE]),
                TASK.c.done_at.is_(None),
                or_(TASK.c.kind != "meeting", TASK.c.agent.not_in(here)),
                owner.is_not(None),
            )
            .values(agent=owner)
        )


def give(
    connection: Connection, *, workspace: int, waiting: Sequence[Waiting], settings: DeskSettings, at: datetime
) -> int:
    """Choose for each case in order, as many are given as agents have room; how many were given or pooled."""
    if not waiting:
        return 0
    rules = rules_of(connection, workspace=workspace, active=True)
    floor = Floor(seats_of(connection, workspace=workspace))
    together = _owners(connection, workspace, [one.similar_to for one in waiting if one.similar_to is not None])
    moment = to_micros(at)
    chosen: list[tuple[Waiting, Choice]] = []
    for place, one in enumerate(waiting):
        beside = together.get(one.similar_to or 0, "")
        if floor.is_free(beside):
            choice = Choice(agent=beside, rule=None, fitting=1)
        else:
            choice = floor.choose(one.traits, rules)
        if choice.agent is not None:
            floor.take(choice.agent, given_at=moment + place)
        if choice.agent is not None or choice.pool is not None:
            chosen.append((one, choice))
    _write(connection, workspace, chosen, floor.seats, settings, at)
    return len(chosen)


def _owners(connection: Connection, workspace: int, cases: Sequence[int]) -> dict[int, str]:
    """Who has the cases of the same companies: one company talks to one agent."""
    if not cases:
        return {}
    rows = connection.execute(
        select(CASE.c.id, CASE.c.owner).where(
            CASE.c.workspace == workspace, CASE.c.id.in_(cases), CASE.c.state == "owned"
        )
    )
    return {row.id: row.owner for row in rows}


def _write(  # noqa: PLR0917  the parts of one moment
    connection: Connection,
    workspace: int,
    chosen: Sequence[tuple[Waiting, Choice]],
    seats: Mapping[str, Seat],
    settings: DeskSettings,
    at: datetime,
) -> None:
    if not chosen:
        return
    moment = to_micros(at)
    until = to_micros(at + timedelta(days=settings.protect_days))
    given = [
        {
            "lead": one.lead,
            "owner": choice.agent,
            "team": seats[choice.agent].team if choice.agent else None,
            "pool": choice.pool,
            "state": "pool" if choice.agent is None else "owned",
            "given_at": None if choice.agent is None else moment,
            "until": None if choice.agent is None else until,
        }
        for one, choice in chosen
    ]
    # As a plain column PostgreSQL may look the state up in its index, through every case that ever waited until that
    # is vacuumed: half a second for fifteen leads.
    still_waiting = func.coalesce(CASE.c.state, "") == "waiting"
    connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id == bindparam("lead"), still_waiting)
        .values(
            owner=bindparam("owner"),
            team=bindparam("team"),
            pool=bindparam("pool"),
            state=bindparam("state"),
            given_at=bindparam("given_at"),
            protected_until=bindparam("until"),
        ),
        given,
    )
    _note_all(connection, workspace, chosen, at)
    named = sorted({choice.agent for _, choice in chosen if choice.agent})
    connection.execute(
        update(SEAT)
        .where(SEAT.c.workspace == workspace, SEAT.c.agent == bindparam("who"))
        .values(given_at=bindparam("when")),
        [{"who": agent, "when": seats[agent].given_at} for agent in named],
    ) if named else None


def _note_all(connection: Connection, workspace: int, chosen: Sequence[tuple[Waiting, Choice]], at: datetime) -> None:
    moment = to_micros(at)
    rows = [
        (
            workspace,
            one.lead,
            moment,
            "pooled" if choice.agent is None else "assigned",
            choice.agent,
            max(0, (moment - to_micros(one.arrived_at)) // 1000),
            orjson.dumps(asdict(choice)).decode(),
        )
        for one, choice in chosen
    ]
    # No two steps are the same row: the number is the table's own.
    insert_many(connection, "lead_step", _STEP_COLUMNS[1:], rows, unless="id")


def choice_from(detail: dict[str, object]) -> Choice | None:
    """The choice behind a step, for its explanation; None if the step was no choice."""
    if "passed" not in detail:
        return None
    said = dict(detail)
    said["passed"] = tuple(tuple(one) for one in said["passed"])  # type: ignore[attr-defined]
    said["beside"] = tuple(tuple(one) for one in said["beside"])  # type: ignore[attr-defined]
    return Choice(**said)  # type: ignore[arg-type]


def giving_of(connection: Connection, *, workspace: int, since: datetime) -> Giving:
    """How leads were given since then: delays, and what had to be given to somebody else within 24 hours."""
    delays = sorted(
        connection.execute(
            select(STEP.c.delay_ms).where(
                STEP.c.workspace == workspace,
                STEP.c.kind == "assigned",
                STEP.c.at >= to_micros(since),
                STEP.c.delay_ms.is_not(None),
            )
        ).scalars()
    )
    corrected = connection.execute(
        select(func.count(func.distinct(STEP.c.lead))).where(
            STEP.c.workspace == workspace, STEP.c.kind == "reassigned", STEP.c.at >= to_micros(since)
        )
    ).scalar_one()
    waiting = connection.execute(
        select(func.count()).where(CASE.c.workspace == workspace, CASE.c.state == "waiting")
    ).scalar_one()
    return Giving(
        assigned=len(delays),
        median_ms=delays[len(delays) // 2] if delays else None,
        p99_ms=delays[min(len(delays) - 1, int(len(delays) * 0.99))] if delays else None,
        corrected=corrected,
        waiting=waiting,
    )
