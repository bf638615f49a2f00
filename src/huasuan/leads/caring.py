"""What an agent notes besides the result of a call: how good a lead is, a complaint, and when to call it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, func, select

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.cases import case_of, no_lead, note, tell
from huasuan.leads.desk_tables import CASE, POOL, STEP
from huasuan.leads.insight import ITEMS
from huasuan.leads.noting import remark_number, remarks_of
from huasuan.leads.reaching import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """A public pool that is open to an agent: how many leads wait in it, claimed today and at most, in hand."""

    pool: int
    name: str
    waiting: int
    claimed: int
    claims_a_day: int
    held: int
    hold_most: int
    protect_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a handover: accepted, rejected or overdue; by whom, from whom, and why."""

    lead: int
    verdict: str
    agent: str
    other: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A bought list whose leads are blocked until its origin is stated."""

    list: str
    supplier: str | None
    leads: int


def judge_quality(
    connection: Connection, *, workspace: int, lead: int, agent: str, items: Mapping[str, int], at: datetime
) -> None:
    """Note budget, authority, need, timing and fit of one's own lead, each 0 to 100; what is left out stays as it was.

    Raises
    ------
    InvalidInput
        ``bad_quality``
    NotFound
        ``no_lead_here``
    """
    wrong = set(items) - set(ITEMS) or any(not 0 <= value <= 100 for value in items.values())
    if wrong or not items:
        raise InvalidInput(
            "bad_quality",
            Text(zh="质量项为 0 到 100", en="items of quality are from 0 to 100"),
            Text(zh=f"可用：{'、'.join(ITEMS)}", en=f"There are: {', '.join(ITEMS)}"),
        )
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise no_lead()
    note(connection, workspace=workspace, lead=lead, kind="judged", at=at, agent=agent, detail=dict(items))
    record = {
        "key": f"quality-{lead}-{to_micros(at)}",
        "scored_at": at.isoformat(),
        "lead": case.source_key,
        "agent": agent,
        **items,
    }
    tell(connection, workspace=workspace, kind="lead_quality", record=record)


def complain(
    connection: Connection,
    *,
    workspace: int,
    lead: int,
    agent: str,
    reason: str,
    said: str,
    call: str | None,
    caller_number: str | None,
    at: datetime,
) -> None:
    """Write down what the person of one's own lead complained of, by the call and our number it is about (S3-9).

    Raises
    ------
    NotFound
        ``no_lead_here``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise no_lead()
    # What was said belongs to the person and goes with the fact; the step says that there was a complaint.
    note(connection, workspace=workspace, lead=lead, kind="complained", at=at, agent=agent, detail={"call": call})
    record = {
        "key": f"complaint-{lead}-{to_micros(at)}",
        "received_at": at.isoformat(),
        "reason": reason,
        "text": said or None,
        "phone": number_of(connection, workspace=workspace, case=case),
        "call": call,
        "caller_number": caller_number,
        "agent": agent,
        "campaign": case.traits.campaign,
        "list": case.traits.list,
    }
    tell(connection, workspace=workspace, kind="complaint", record={k: v for k, v in record.items() if v is not None})


def claimable(
    connection: Connection, *, workspace: int, agent: str, team: str | None, day: datetime
) -> Sequence[Claimable]:
    """The public pools an agent may claim from, with the quota that is left."""
    waiting: dict[int, int] = {
        row.pool: row.number
        for row in connection.execute(
            select(CASE.c.pool, func.count().label("number"))
            .where(CASE.c.workspace == workspace, CASE.c.state == "pool")
            .group_by(CASE.c.pool)
        )
    }
    claimed = connection.execute(
        select(func.count()).where(
            STEP.c.workspace == workspace,
            STEP.c.agent == agent,
            STEP.c.kind == "claimed",
            STEP.c.at >= to_micros(day),
        )
    ).scalar_one()
    held = connection.execute(
        select(func.count()).where(CASE.c.workspace == workspace, CASE.c.owner == agent, CASE.c.state == "owned")
    ).scalar_one()
    rows = connection.execute(
        select(POOL).where(POOL.c.workspace == workspace, POOL.c.active.is_(True)).order_by(POOL.c.name)
    )
    return [
        Claimable(
            pool=row.id, name=row.name, waiting=waiting.get(row.id, 0), claimed=claimed, claims_a_day=row.claims_a_day,
            held=held, hold_most=row.hold_most, protect_days=row.protect_days,
        )
        for row in rows
        if row.team in {None, team}
    ]  # fmt: skip


def unproven_lists(connection: Connection, *, workspace: int) -> Sequence[Unproven]:
    """Bought lists whose leads wait until it is stated where the list comes from (PIPL 23)."""
    name = func.coalesce(CASE.c.list, CASE.c.supplier)
    rows = connection.execute(
        select(name.label("list"), func.max(CASE.c.supplier).label("supplier"), func.count().label("leads"))
        .where(CASE.c.workspace == workspace, CASE.c.state == "blocked", CASE.c.why == "no_provenance")
        .group_by(name)
        .order_by(name)
    )
    return [Unproven(list=row.list, supplier=row.supplier, leads=row.leads) for row in rows]


def decisions_since(connection: Connection, *, workspace: int, at: datetime) -> Sequence[Verdict]:
    """What became of handovers in the last 30 days, the newest first."""
    rows = connection.execute(
        select(STEP)
        .where(
            STEP.c.workspace == workspace,
            STEP.c.kind.in_(("accepted", "rejected", "overdue")),
            STEP.c.at >= to_micros(at - timedelta(days=30)),
        )
        .order_by(STEP.c.id.desc())
        .limit(100)
    ).fetchall()
    words = {
        number: text
        for lead in {row.lead for row in rows}
        for number, text in remarks_of(connection, workspace=workspace, lead=lead).items()
    }
    return [
        Verdict(
            lead=row.lead, verdict=row.kind, agent=row.agent or "", other=row.other or "",
            reason=words.get(remark_number(orjson.loads(row.detail)) or 0, ""),
        )
        for row in rows
    ]  # fmt: skip
