"""Whether an agent is there: what they say, the desk they have open, and what becomes of their leads when they go."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, func, select, update

from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import hold_cases, no_seat, note, settings_of, tell
from huasuan.leads.desk_tables import CASE, SEAT, STEP, TALK
from huasuan.leads.results import BREAKS
from huasuan.leads.types import AtDesk

_FACT_STATES = {"ready": "ready", "call": "talk", "wrap": "wrap", "break": "break"}
# How exactly it is known when a desk was last heard of; more often would only be more writing.
SEEN_SECONDS = 30


def at_desk(connection: Connection, *, workspace: int, agent: str, at: datetime) -> AtDesk:
    """Where the agent stands; a result that is overdue shows as 待提交 (``unsubmitted``).

    Raises
    ------
    NotFound
        ``no_seat``
    """
    seat = connection.execute(select(SEAT).where(SEAT.c.workspace == workspace, SEAT.c.agent == agent)).first()
    if seat is None or not seat.active:
        raise no_seat(agent)
    talk = open_talk(connection, workspace, agent)
    due = None
    state = seat.state
    if talk is not None and talk.ended_at is not None:
        wrap = timedelta(seconds=settings_of(connection, workspace=workspace).wrap_seconds)
        due = from_micros(talk.ended_at) + wrap
        state = "unsubmitted" if at > due else "wrap"
    return AtDesk(
        agent=agent,
        state=state,
        pause=seat.pause,
        since=from_micros(seat.since),
        lead=None if talk is None else talk.lead,
        result_due_at=due,
        answered=talk is not None and talk.answered_at is not None,
    )


def be(
    connection: Connection, *, workspace: int, agent: str, state: str, at: datetime, pause: str | None = None
) -> None:
    """The agent is ready, on a break for a reason (小休), or leaves.

    Raises
    ------
    Conflict
        ``result_missing``: a call has no result yet
    InvalidInput
        ``bad_break``
    """
    if open_talk(connection, workspace, agent) is not None:
        raise Conflict(
            "result_missing",
            Text(zh="上一通电话还没有提交结果", en="the last call has no result yet"),
            Text(zh="请先选择通话结果。", en="Choose its result first."),
        )
    if state not in {"ready", "break", "offline"} or (state == "break") != (pause in BREAKS):
        raise InvalidInput(
            "bad_break",
            Text(zh="小休需要原因", en="a break needs a reason"),
            Text(zh="、".join(one.zh for one in BREAKS.values()), en=", ".join(BREAKS)),
        )
    move(connection, workspace, agent, state, at, pause)


def seen(connection: Connection, *, workspace: int, agent: str, at: datetime) -> None:
    """The agent's desk asked for something: somebody is there."""
    connection.execute(
        update(SEAT)
        .where(SEAT.c.workspace == workspace, SEAT.c.agent == agent, SEAT.c.seen_at < to_micros(at))
        .values(seen_at=to_micros(at))
    )


def put_away(connection: Connection, *, workspace: int, at: datetime) -> int:
    """Seats that are ready while nothing was heard of their desks for some minutes are so no longer; how many.

    What they were given since their desks were last heard of, nobody has seen: it is given again.
    """
    minutes = settings_of(connection, workspace=workspace).away_minutes
    if not minutes:
        return 0
    oldest = to_micros(at - timedelta(minutes=minutes))
    silent = (SEAT.c.workspace == workspace, SEAT.c.state == "ready", SEAT.c.seen_at < oldest)
    rows = connection.execute(select(SEAT.c.agent, SEAT.c.seen_at).where(*silent)).fetchall()
    if rows:
        hold_cases(connection, workspace)
    for row in rows:
        # They were there as long as their desk was heard of.
        last = min(at, from_micros(row.seen_at) + timedelta(seconds=SEEN_SECONDS))
        move(connection, workspace, row.agent, "offline", last, None, heard=False)
        unseen = _given_since(connection, workspace, row.agent, row.seen_at)
        _give_back(connection, workspace, row.agent, unseen, "away", at)
    return len(rows)


def leave(connection: Connection, *, workspace: int, agent: str, at: datetime) -> int:
    """The agent works here no longer: the seat is taken out and the leads wait for somebody else; how many.

    Handovers they had to decide go back to who made them. A seat that is not there, or is out already, is no error.
    """
    hold_cases(connection, workspace)
    mine = (SEAT.c.workspace == workspace, SEAT.c.agent == agent)
    if connection.execute(select(SEAT.c.id).where(*mine)).first() is None:
        return 0
    move(connection, workspace, agent, "offline", at, None, heard=False)
    connection.execute(update(SEAT).where(*mine).values(active=False))
    # Nobody will write it up any more.
    open_ = (TALK.c.workspace == workspace, TALK.c.agent == agent, TALK.c.submitted_at.is_(None))
    moment = to_micros(at)
    connection.execute(
        update(TALK).where(*open_).values(ended_at=func.coalesce(TALK.c.ended_at, moment), submitted_at=moment)
    )
    held = select(CASE.c.id).where(CASE.c.workspace == workspace, CASE.c.owner == agent, CASE.c.state == "owned")
    owned = list(connection.execute(held).scalars())
    _give_back(connection, workspace, agent, owned, "left", at)
    # Decided by nobody now: as overdue as it can be, so the next round takes it back.
    connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.owner == agent, CASE.c.state == "handed")
        .values(decide_by=moment)
    )
    return len(owned)


def _given_since(connection: Connection, workspace: int, agent: str, seen_at: int) -> list[int]:
    """The leads an agent was given by the rules, not by somebody, since then, and never called."""
    rows = connection.execute(
        select(CASE.c.id, STEP.c.detail)
        .join(STEP, and_(STEP.c.workspace == CASE.c.workspace, STEP.c.lead == CASE.c.id, STEP.c.at == CASE.c.given_at))
        .where(
            CASE.c.workspace == workspace,
            CASE.c.owner == agent,
            CASE.c.state == "owned",
            CASE.c.given_at > seen_at,
            CASE.c.attempts == 0,
            STEP.c.kind == "assigned",
            STEP.c.agent == agent,
        )
    )
    return [row.id for row in rows if "by" not in orjson.loads(row.detail)]


def _give_back(  # noqa: PLR0917  what is given back, by whom and why
    connection: Connection, workspace: int, agent: str, leads: list[int], why: str, at: datetime
) -> None:
    """Leads wait to be given by the rules again; what was agreed about them stays due."""
    for lead in leads:
        connection.execute(
            update(CASE)
            .where(CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.owner == agent)
            .values(state="waiting", owner=None, team=None, given_at=None, protected_until=None)
        )
        note(connection, workspace=workspace, lead=lead, kind="returned", at=at, agent=agent, detail={"why": why})


def open_talk(connection: Connection, workspace: int, agent: str) -> Row[Any] | None:
    """The call of an agent that has no result yet."""
    return connection.execute(
        select(TALK)
        .where(TALK.c.workspace == workspace, TALK.c.agent == agent, TALK.c.submitted_at.is_(None))
        .order_by(TALK.c.id.desc())
        .limit(1)
    ).first()


def move(  # noqa: PLR0917
    connection: Connection,
    workspace: int,
    agent: str,
    state: str,
    at: datetime,
    pause: str | None,
    *,
    heard: bool = True,
) -> None:
    """Another presence; the one that ended becomes a fact for the figures of times. ``heard``: the agent did it."""
    mine = (SEAT.c.workspace == workspace, SEAT.c.agent == agent)
    seat = connection.execute(select(SEAT).where(*mine)).one()
    said: dict[str, object] = {"state": state, "pause": pause, "since": to_micros(at)}
    connection.execute(update(SEAT).where(*mine).values(**said | ({"seen_at": to_micros(at)} if heard else {})))
    if seat.state == "offline" or from_micros(seat.since) >= at:
        return
    record = {
        "key": f"{agent}-{seat.since}",
        "agent": agent,
        "state": _FACT_STATES[seat.state],
        "started_at": from_micros(seat.since).isoformat(),
        "ended_at": at.isoformat(),
        "pause_code": seat.pause,
    }
    tell(connection, workspace=workspace, kind="agent_state", record={k: v for k, v in record.items() if v is not None})
