"""Handing a lead to sales, who accept or reject it with a reason within 14 days (S4-17, S4-20, S4-23)."""

from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, select, update

from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import case_of, note, settings_of, team_of, tell
from huasuan.leads.desk_tables import CASE, SEAT, STEP
from huasuan.leads.giving import hand_on_tasks
from huasuan.leads.noting import kept_words
from huasuan.leads.types import Case


def hand_over(
    connection: Connection, *, workspace: int, lead: int, agent: str, to: str, live: bool, at: datetime
) -> None:
    """The owner hands a lead to somebody in sales, who has it from now on and is to decide.

    Raises
    ------
    Conflict
        ``not_yours``
    InvalidInput
        ``not_in_sales``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    seat = connection.execute(
        select(SEAT.c.team).where(
            SEAT.c.workspace == workspace, SEAT.c.agent == to, SEAT.c.sales.is_(True), SEAT.c.active.is_(True)
        )
    ).first()
    if seat is None:
        raise InvalidInput(
            "not_in_sales",
            Text(zh=f"{to} 不是销售坐席", en=f"{to} has no seat in sales"),
            Text(zh="请选择销售团队的坐席。", en="Choose somebody of the sales team."),
        )
    until = at + timedelta(days=settings_of(connection, workspace=workspace).decide_days)
    moved = connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.owner == agent, CASE.c.state == "owned")
        .values(
            state="handed", owner=to, team=seat.team, handed_by=agent, given_at=to_micros(at),
            decide_by=to_micros(until),
        )
    )  # fmt: skip
    if moved.rowcount != 1:
        raise Conflict("not_yours", Text(zh="这条线索不在您名下", en="this lead is not yours"))
    hand_on_tasks(connection, workspace=workspace, leads=[lead])
    mode = "live" if live else "later"
    note(connection, workspace=workspace, lead=lead, kind="handed", at=at, agent=agent, other=to, detail={"mode": mode})
    _tell(connection, workspace, case, handed_at=at, by=agent, to=to, said={"mode": mode})


def in_sales(connection: Connection, *, workspace: int) -> list[str]:
    """To whom leads may be handed over, by their codes."""
    rows = connection.execute(
        select(SEAT.c.agent)
        .where(SEAT.c.workspace == workspace, SEAT.c.sales.is_(True), SEAT.c.active.is_(True))
        .order_by(SEAT.c.agent)
    )
    return list(rows.scalars())


def decide(
    connection: Connection, *, workspace: int, lead: int, agent: str, accepted: bool, reason: str, at: datetime
) -> None:
    """Sales accept a lead, or reject it with a reason; a rejected one goes back to who handed it over.

    Raises
    ------
    Conflict
        ``nothing_to_decide``
    InvalidInput
        ``no_reason``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.state != "handed" or case.owner != agent or case.given_at is None:
        raise Conflict("nothing_to_decide", Text(zh="没有待您确认的移交", en="no handover of this lead awaits you"))
    if not accepted and not reason.strip():
        raise InvalidInput(
            "no_reason",
            Text(zh="拒绝移交没有说明原因", en="the handover was rejected without a reason"),
            Text(zh="请填写原因。", en="Give the reason."),
        )
    back = {} if accepted else _back(connection, workspace, case.handed_by, at)
    held = _held_anew(connection, workspace, at)
    decided = connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.state == "handed", CASE.c.owner == agent)
        .values(**{"state": "owned", "decide_by": None, "handed_by": None, **held, **back})
    )
    if decided.rowcount != 1:
        raise Conflict("nothing_to_decide", Text(zh="没有待您确认的移交", en="no handover of this lead awaits you"))
    hand_on_tasks(connection, workspace=workspace, leads=[lead])
    kind = "accepted" if accepted else "rejected"
    detail = kept_words(connection, workspace=workspace, case=case, agent=agent, text=reason, at=at)
    note(connection, workspace=workspace, lead=lead, kind=kind, at=at, agent=agent, other=case.handed_by, detail=detail)
    why = {"reason": reason.strip()} if reason.strip() else {}
    said = {"verdict": kind, "decided_at": at.isoformat(), **why, **_mode(connection, workspace, lead)}
    _tell(connection, workspace, case, handed_at=case.given_at, by=case.handed_by, to=agent, said=said)


def take_back_overdue(connection: Connection, *, workspace: int, at: datetime) -> int:
    """Leads on which sales said nothing in time go back to who handed them over; how many."""
    rows = connection.execute(
        select(CASE).where(CASE.c.workspace == workspace, CASE.c.state == "handed", CASE.c.decide_by < to_micros(at))
    ).fetchall()
    held = _held_anew(connection, workspace, at)
    for row in rows:
        connection.execute(
            update(CASE)
            .where(CASE.c.id == row.id, CASE.c.state == "handed")
            .values(**{
                "state": "owned", "handed_by": None, "decide_by": None, **held,
                **_back(connection, workspace, row.handed_by, at),
            })
        )  # fmt: skip
        note(
            connection,
            workspace=workspace,
            lead=row.id,
            kind="overdue",
            at=at,
            agent=row.owner,
            other=row.handed_by,
            detail={"decide_by": from_micros(row.decide_by).isoformat()},
        )
    hand_on_tasks(connection, workspace=workspace, leads=[row.id for row in rows])
    return len(rows)


def rate(connection: Connection, *, workspace: int, lead: int, agent: str, rating: int, at: datetime) -> None:
    """Sales' own rating of a lead, 1 to 5, kept apart from every score of ours (S4-20).

    Raises
    ------
    InvalidInput
        ``bad_rating``
    """
    if not 1 <= rating <= 5:
        raise InvalidInput("bad_rating", Text(zh="评分为 1 到 5", en="a rating is from 1 to 5"))
    case = case_of(connection, workspace=workspace, lead=lead)
    note(connection, workspace=workspace, lead=lead, kind="scored", at=at, agent=agent, detail={"rating": rating})
    record = {
        "key": f"rating-{lead}-{to_micros(at)}",
        "scored_at": at.isoformat(),
        "rating": rating,
        "lead": case.source_key,
        "agent": agent,
    }
    tell(connection, workspace=workspace, kind="lead_quality", record=record)


def _back(connection: Connection, workspace: int, agent: str | None, at: datetime) -> dict[str, str | int | None]:
    """The lead returns to whoever handed it over, and with them to their team; if they left, it waits for anybody."""
    there = select(SEAT.c.id).where(SEAT.c.workspace == workspace, SEAT.c.agent == agent, SEAT.c.active.is_(True))
    if agent is None or connection.execute(there).first() is None:
        return {
            "state": "waiting", "owner": None, "team": None, "given_at": None, "protected_until": None,
            "next_at": to_micros(at),
        }  # fmt: skip
    team = team_of(connection, workspace=workspace, agent=agent)
    return {"owner": agent, "team": team, "next_at": to_micros(at)}


def _held_anew(connection: Connection, workspace: int, at: datetime) -> dict[str, int]:
    """Whoever has a lead once its handover is decided is protected from then on, as after any giving."""
    until = at + timedelta(days=settings_of(connection, workspace=workspace).protect_days)
    return {"given_at": to_micros(at), "protected_until": to_micros(until)}


def _mode(connection: Connection, workspace: int, lead: int) -> dict[str, str]:
    """How the lead was handed over, which the next version of the fact has to say again."""
    detail = connection.execute(
        select(STEP.c.detail)
        .where(STEP.c.workspace == workspace, STEP.c.lead == lead, STEP.c.kind == "handed")
        .order_by(STEP.c.id.desc())
        .limit(1)
    ).scalar_one()
    return {"mode": orjson.loads(detail)["mode"]}


def _tell(  # noqa: PLR0917  the two ends of one handover
    connection: Connection,
    workspace: int,
    case: Case,
    handed_at: datetime,
    by: str | None,
    to: str,
    said: dict[str, str],
) -> None:
    """The fact of the handover; told again with its verdict it is the next version of the same."""
    record = {
        "key": f"handover-{case.id}-{to_micros(handed_at)}",
        "handed_at": handed_at.isoformat(),
        "lead": case.source_key,
        "agent": by,
        "to_agent": to,
        **said,
    }
    tell(connection, workspace=workspace, kind="handover", record={k: v for k, v in record.items() if v is not None})
