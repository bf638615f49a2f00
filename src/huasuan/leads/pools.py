"""Public and private pools (公海/私海): claiming a quota, protection, and back when nothing happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.cases import case_of, hold_cases, no_seat, note, settings_of
from huasuan.leads.desk_tables import CASE, POOL, SEAT, STEP, TALK, TASK
from huasuan.leads.giving import hand_on_tasks
from huasuan.leads.noting import kept_words
from huasuan.leads.types import Case, Pool

_RECYCLED_AT_ONCE = 500
_ERROR = timedelta(hours=24)


def pools_of(connection: Connection, *, workspace: int) -> Sequence[Pool]:
    """The public pools by name."""
    rows = connection.execute(select(POOL).where(POOL.c.workspace == workspace).order_by(POOL.c.name))
    return [
        Pool(
            id=row.id,
            name=row.name,
            team=row.team,
            claims_a_day=row.claims_a_day,
            hold_most=row.hold_most,
            protect_days=row.protect_days,
            active=row.active,
        )
        for row in rows
    ]


def keep_pool(connection: Connection, *, workspace: int, pool: Pool) -> int:
    """Make a pool (``id`` 0) or change one; its number.

    Raises
    ------
    InvalidInput
        ``bad_pool``
    NotFound
        ``no_pool_here``
    """
    numbers = (pool.claims_a_day, pool.hold_most, pool.protect_days)
    taken = select(POOL.c.id).where(
        POOL.c.workspace == workspace, POOL.c.name == pool.name.strip(), POOL.c.id != pool.id
    )
    if not pool.name.strip() or min(numbers) < 0 or connection.execute(taken).first() is not None:
        raise InvalidInput(
            "bad_pool",
            Text(
                zh="公海需要不重复的名称，限额不能为负",
                en="a pool needs a name of its own, and its limits cannot be negative",
            ),
        )
    said = {
        "name": pool.name.strip(),
        "team": pool.team,
        "claims_a_day": pool.claims_a_day,
        "hold_most": pool.hold_most,
        "protect_days": pool.protect_days,
        "active": pool.active,
    }
    if pool.id:
        mine = (POOL.c.workspace == workspace, POOL.c.id == pool.id)
        if connection.execute(update(POOL).where(*mine).values(**said)).rowcount != 1:
            raise _no_pool()
        return pool.id
    made = connection.execute(insert(POOL).values(workspace=workspace, **said).returning(POOL.c.id))
    return int(made.scalar_one())


def claim(
    connection: Connection, *, workspace: int, lead: int, agent: str, team: str | None, day: datetime, at: datetime
) -> None:
    """Take a lead out of a public pool for oneself; of several who reach for it exactly one gets it.

    ``day`` is when the agent's day began, from which claims are counted.

    Raises
    ------
    Conflict
        ``lead_taken``, ``claims_used_up``, ``hands_full``, ``pool_of_others``
    NotFound
        ``no_lead_here``
    """
    # Two claims of one agent at once would both see the quota as it was before.
    hold_cases(connection, workspace)
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.state != "pool" or case.pool is None:
        raise _taken()
    pool = _pool(connection, workspace, case.pool)
    _check_quota(connection, workspace, pool, agent, team, day)
    until = at + timedelta(days=pool.protect_days)
    got = connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.state == "pool")
        .values(
            state="owned", owner=agent, team=team, given_at=to_micros(at), protected_until=to_micros(until),
            touched_at=None,
        )
    )  # fmt: skip
    if got.rowcount != 1:
        raise _taken()
    hand_on_tasks(connection, workspace=workspace, leads=[lead])
    detail = {"pool": pool.name, "until": until.isoformat()}
    note(connection, workspace=workspace, lead=lead, kind="claimed", at=at, agent=agent, detail=detail)


def _check_quota(  # noqa: PLR0917  one claim
    connection: Connection, workspace: int, pool: Pool, agent: str, team: str | None, day: datetime
) -> None:
    if not pool.active or (pool.team is not None and pool.team != team):
        raise Conflict("pool_of_others", Text(zh="该公海不向您开放", en="this pool is not open to you"))
    claimed = connection.execute(
        select(func.count()).where(
            STEP.c.workspace == workspace,
            STEP.c.agent == agent,
            STEP.c.kind == "claimed",
            STEP.c.at >= to_micros(day),
        )
    ).scalar_one()
    if pool.claims_a_day and claimed >= pool.claims_a_day:
        raise Conflict(
            "claims_used_up",
            Text(zh=f"今日已领取 {claimed} 条，达到上限", en=f"{claimed} leads claimed today, which is the limit"),
            Text(zh="请明天再领取。", en="Claim again tomorrow."),
        )
    held = connection.execute(
        select(func.count()).where(CASE.c.workspace == workspace, CASE.c.owner == agent, CASE.c.state == "owned")
    ).scalar_one()
    if pool.hold_most and held >= pool.hold_most:
        raise Conflict(
            "hands_full",
            Text(zh=f"您手上有 {held} 条线索，达到上限", en=f"you hold {held} leads, which is the limit"),
            Text(zh="请先跟进或释放。", en="Work or release some first."),
        )


def release(
    connection: Connection, *, workspace: int, lead: int, agent: str, pool: int, reason: str, at: datetime
) -> None:
    """Give one's own lead back to a public pool, with the reason.

    Raises
    ------
    Conflict
        ``not_yours``
    NotFound
        ``no_pool_here``, ``no_lead_here``
    """
    kept = _pool(connection, workspace, pool)
    case = case_of(connection, workspace=workspace, lead=lead)
    _into_pool(connection, workspace, lead, kept.id, and_(CASE.c.owner == agent, CASE.c.state == "owned"))
    words = kept_words(connection, workspace=workspace, case=case, agent=agent, text=reason, at=at)
    detail = {"pool": kept.name, **words}
    note(connection, workspace=workspace, lead=lead, kind="released", at=at, agent=agent, detail=detail)


def reassign(
    connection: Connection,
    *,
    workspace: int,
    lead: int,
    agent: str,
    by: str,
    reason: str,
    at: datetime,
) -> None:
    """A supervisor gives a lead to somebody; within 24 hours of its assignment that counts as an error of the rules.

    Raises
    ------
    Conflict
        ``lead_closed``
    NotFound
        ``no_lead_here``, ``no_seat``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    seat = connection.execute(
        select(SEAT.c.team).where(SEAT.c.workspace == workspace, SEAT.c.agent == agent, SEAT.c.active.is_(True))
    ).first()
    if seat is None:
        raise no_seat(agent)
    until = to_micros(at + timedelta(days=settings_of(connection, workspace=workspace).protect_days))
    moved = connection.execute(
        update(CASE)
        .where(
            CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.state.in_(("waiting", "owned", "pool", "handed"))
        )
        .values(
            state="owned", owner=agent, team=seat.team, pool=None, given_at=to_micros(at), protected_until=until,
            handed_by=None, decide_by=None,
        )
    )  # fmt: skip
    if moved.rowcount != 1:
        raise Conflict("lead_closed", Text(zh="线索已关闭或被阻止", en="the lead is closed or blocked"))
    hand_on_tasks(connection, workspace=workspace, leads=[lead])
    wrong = case.state == "owned" and case.given_at is not None and at - case.given_at <= _ERROR
    kind = "reassigned" if wrong else "assigned"
    words = kept_words(connection, workspace=workspace, case=case, agent=by, text=reason, at=at)
    detail = {"by": by, **words}
    note(connection, workspace=workspace, lead=lead, kind=kind, at=at, agent=agent, other=case.owner, detail=detail)


def recycle(connection: Connection, *, workspace: int, at: datetime) -> int:
    """Leads whose protection is over go back to the public pool; how many. Every talk protects anew (``protect``).

    What was agreed with the person, a call or a meeting still to come, is kept by whoever agreed it; so is whoever
    is talked with now, until the result says more.
    Without a public pool of the owner's team or of everybody they stay where they are.
    """
    hold_cases(connection, workspace)
    moment = to_micros(at)
    in_hand = select(TALK.c.lead).where(TALK.c.workspace == workspace, TALK.c.submitted_at.is_(None))
    rows = connection.execute(
        select(CASE.c.id, CASE.c.owner, CASE.c.team)
        .where(
            CASE.c.workspace == workspace,
            CASE.c.state == "owned",
            CASE.c.protected_until < moment,
            ~exists().where(
                TASK.c.workspace == workspace,
                TASK.c.lead == CASE.c.id,
                TASK.c.done_at.is_(None),
                TASK.c.due_at >= moment,
                or_(TASK.c.kind == "meeting", TASK.c.why == "agreed"),
            ),
            CASE.c.id.not_in(in_hand),
        )
        .limit(_RECYCLED_AT_ONCE)
    ).fetchall()
    pools = [pool for pool in pools_of(connection, workspace=workspace) if pool.active]
    moved = 0
    for row in rows:
        pool = next((one for one in pools if one.team == row.team), None)
        pool = pool or next((one for one in pools if one.team is None), None)
        if pool is None:
            continue
        _into_pool(connection, workspace, row.id, pool.id, CASE.c.state == "owned")
        detail = {"pool": pool.name, "why": "protection_over"}
        note(connection, workspace=workspace, lead=row.id, kind="recycled", at=at, agent=row.owner, detail=detail)
        moved += 1
    return moved


def protect(connection: Connection, *, workspace: int, case: Case, at: datetime) -> int:
    """Until when somebody who was talked to now stays with their agent, in micros since 1970.

    As long as the pool says out of which the lead was claimed, else as long as the workspace says.
    """
    days = settings_of(connection, workspace=workspace).protect_days
    if case.pool is not None:
        kept = next((one for one in pools_of(connection, workspace=workspace) if one.id == case.pool), None)
        days = days if kept is None else kept.protect_days
    return to_micros(at + timedelta(days=days))


def _into_pool(connection: Connection, workspace: int, lead: int, pool: int, allowed: ColumnElement[bool]) -> None:
    moved = connection.execute(
        update(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id == lead, allowed)
        .values(state="pool", pool=pool, owner=None, team=None, protected_until=None, next_at=None)
    )
    if moved.rowcount != 1:
        raise Conflict("not_yours", Text(zh="这条线索不在您名下", en="this lead is not yours"))


def _pool(connection: Connection, workspace: int, pool: int) -> Pool:
    found = next((one for one in pools_of(connection, workspace=workspace) if one.id == pool), None)
    if found is None:
        raise _no_pool()
    return found


def _no_pool() -> NotFound:
    return NotFound("no_pool_here", Text(zh="没有这个公海", en="there is no such pool"))


def _taken() -> Conflict:
    return Conflict(
        "lead_taken",
        Text(zh="这条线索已被别人领取", en="somebody else has this lead by now"),
        Text(zh="请领取另一条。", en="Claim another one."),
    )
