"""Meetings agreed by phone: booked, moved, held or called off; each is one fact, told again as it changes (S4-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.again import finish, plan
from huasuan.leads.cases import case_of, moment, no_lead, note, tell
from huasuan.leads.coming_tables import MEETING
from huasuan.leads.reaching import number_of

TASK_KIND = "meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A meeting with the person of a lead; ``moved``: how often it was put to another time."""

    id: int
    lead: int
    agent: str
    booked_at: datetime
    starts_at: datetime
    moved: int
    held_at: datetime | None
    cancelled_at: datetime | None
    reason: str | None


def book_meeting(
    connection: Connection, *, workspace: int, lead: int, agent: str, starts_at: datetime, at: datetime
) -> int:
    """Agree a meeting about one's own lead; its number.

    Raises
    ------
    NotFound
        ``no_lead_here``, also for a lead of somebody else
    InvalidInput
        ``meeting_past``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise no_lead()
    _check_time(starts_at, at)
    made = connection.execute(
        insert(MEETING)
        .values(
            workspace=workspace, lead=lead, party=case.party, agent=agent, booked_at=to_micros(at),
            starts_at=to_micros(starts_at), moved=0,
        )
        .returning(MEETING.c.id)
    )  # fmt: skip
    number = int(made.scalar_one())
    plan(
        connection, workspace=workspace, lead=lead, agent=agent, due_at=starts_at, why="meeting", at=at, kind=TASK_KIND
    )
    _told(connection, workspace, number, "booked", at)
    return number


def move_meeting(
    connection: Connection, *, workspace: int, meeting: int, agent: str, starts_at: datetime, at: datetime
) -> None:
    """Put a meeting to another time; it stays the same meeting.

    Raises
    ------
    NotFound
        ``no_meeting_here``
    Conflict
        ``meeting_over``
    InvalidInput
        ``meeting_past``
    """
    _check_time(starts_at, at)
    said = {"starts_at": to_micros(starts_at), "moved": MEETING.c.moved + 1}
    lead = _change(connection, workspace, meeting, agent, said)
    plan(
        connection, workspace=workspace, lead=lead, agent=agent, due_at=starts_at, why="meeting", at=at, kind=TASK_KIND
    )
    _told(connection, workspace, meeting, "moved", at)


def hold_meeting(connection: Connection, *, workspace: int, meeting: int, agent: str, at: datetime) -> None:
    """The meeting took place.

    Raises
    ------
    NotFound
        ``no_meeting_here``
    Conflict
        ``meeting_over``
    """
    lead = _change(connection, workspace, meeting, agent, {"held_at": to_micros(at)})
    finish(connection, workspace=workspace, lead=lead, at=at, kind=TASK_KIND)
    _told(connection, workspace, meeting, "held", at)


def cancel_meeting(
    connection: Connection, *, workspace: int, meeting: int, agent: str, reason: str, at: datetime
) -> None:
    """The meeting was called off, with the reason.

    Raises
    ------
    NotFound
        ``no_meeting_here``
    Conflict
        ``meeting_over``
    """
    lead = _change(connection, workspace, meeting, agent, {"cancelled_at": to_micros(at), "reason": reason})
    finish(connection, workspace=workspace, lead=lead, at=at, kind=TASK_KIND)
    _told(connection, workspace, meeting, "cancelled", at)


def meetings_of(connection: Connection, *, workspace: int, lead: int) -> Sequence[Agreed]:
    """The meetings about a lead, the latest first."""
    rows = connection.execute(
        select(MEETING)
        .where(MEETING.c.workspace == workspace, MEETING.c.lead == lead)
        .order_by(MEETING.c.starts_at.desc(), MEETING.c.id.desc())
    )
    return [_agreed(row) for row in rows]


def meeting_lead(connection: Connection, *, workspace: int, meeting: int) -> int:
    """The lead a meeting is about.

    Raises
    ------
    NotFound
        ``no_meeting_here``
    """
    return _row(connection, workspace, meeting).lead  # type: ignore[no-any-return]


def _check_time(starts_at: datetime, at: datetime) -> None:
    if starts_at <= at:
        raise InvalidInput(
            "meeting_past",
            Text(zh="会面时间应在将来", en="a meeting is agreed for a time to come"),
            Text(zh="请选择以后的时间。", en="Choose a later time."),
        )


def _change(connection: Connection, workspace: int, meeting: int, agent: str, said: dict[str, object]) -> int:
    row = _row(connection, workspace, meeting)
    if row.agent != agent and case_of(connection, workspace=workspace, lead=row.lead).owner != agent:
        raise _no_meeting()
    changed = connection.execute(
        update(MEETING)
        .where(
            MEETING.c.workspace == workspace,
            MEETING.c.id == meeting,
            MEETING.c.held_at.is_(None),
            MEETING.c.cancelled_at.is_(None),
        )
        .values(**said)
    )
    if changed.rowcount != 1:
        raise Conflict(
            "meeting_over",
            Text(zh="会面已结束或已取消", en="the meeting was held or called off already"),
            Text(zh="请另约一次。", en="Agree another one."),
        )
    return int(row.lead)


def _told(connection: Connection, workspace: int, meeting: int, did: str, at: datetime) -> None:
    """The step for the history, and the fact for the figures."""
    row = _row(connection, workspace, meeting)
    starts_at = from_micros(row.starts_at).isoformat()
    detail = {"did": did, "starts_at": starts_at}
    note(connection, workspace=workspace, lead=row.lead, kind="meeting", at=at, agent=row.agent, detail=detail)
    case = case_of(connection, workspace=workspace, lead=row.lead)
    record = {
        "key": f"meeting-{meeting}",
        "booked_at": from_micros(row.booked_at).isoformat(),
        "starts_at": starts_at,
        "held_at": None if row.held_at is None else from_micros(row.held_at).isoformat(),
        "cancelled_at": None if row.cancelled_at is None else from_micros(row.cancelled_at).isoformat(),
        "reason": row.reason,
        "lead": case.source_key,
        "phone": number_of(connection, workspace=workspace, case=case),
        "agent": row.agent,
        "team": case.team,
        "channel": case.traits.channel,
        "source": case.traits.source,
        "campaign": case.traits.campaign,
        "list": case.traits.list,
    }
    tell(connection, workspace=workspace, kind="meeting", record={k: v for k, v in record.items() if v is not None})


def _row(connection: Connection, workspace: int, meeting: int) -> Row[Any]:
    row = connection.execute(select(MEETING).where(MEETING.c.workspace == workspace, MEETING.c.id == meeting)).first()
    if row is None:
        raise _no_meeting()
    return row


def _no_meeting() -> NotFound:
    return NotFound("no_meeting_here", Text(zh="没有这次会面", en="there is no such meeting"))


def _agreed(row: Row[Any]) -> Agreed:
    return Agreed(
        id=row.id,
        lead=row.lead,
        agent=row.agent,
        booked_at=from_micros(row.booked_at),
        starts_at=from_micros(row.starts_at),
        moved=row.moved,
        held_at=moment(row.held_at),
        cancelled_at=moment(row.cancelled_at),
        reason=row.reason,
    )
