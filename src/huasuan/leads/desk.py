"""The agent's desk: the next best lead, calling it with the gate's permit, wrapping up, the own day (S3-34, S3-38)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy import case as case_when

from huasuan.consent import CALLBACK, Answer, ask_gate, callback_until, record_refusal
from huasuan.contacts import nodes_of_bearer
from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.again import finish, plan, still_theirs
from huasuan.leads.cases import as_case, case_of, no_lead, note, settings_of, tell
from huasuan.leads.desk_tables import CASE, CASE_PARTY, SEAT, TALK, TASK
from huasuan.leads.following import propose
from huasuan.leads.held_back import why_held
from huasuan.leads.noting import write_remark
from huasuan.leads.pools import protect
from huasuan.leads.presence import move, open_talk
from huasuan.leads.reaching import ask_of, may_call, number_of
from huasuan.leads.results import Result, result_named, results_of, version_in_use
from huasuan.leads.telling_calls import tell_call
from huasuan.leads.types import Case, Day

_LOOKED_AT = 20
_LOOKED_AGAIN = timedelta(hours=1)
_MOST_URGENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NextBest:
    """The lead to call now, and what the gate said of it; None for a lead without a number."""

    case: Case
    answer: Answer | None


def next_best(connection: Connection, *, workspace: int, agent: str, at: datetime) -> NextBest | None:
    """The lead to call now: what was agreed or asked for by now first, then by score; None if none may be called now.

    Leads the gate forbids at this moment are put off until it allows them, with the reasons, and the next one is looked
    at; where no time helps, as without consent, it is asked again in an hour. That, or to
    be tried again, is no reason to come before better leads.
    """
    now_micros = to_micros(at)
    agreed = exists().where(
        TASK.c.workspace == CASE.c.workspace,
        TASK.c.lead == CASE.c.id,
        TASK.c.kind == "call",
        TASK.c.why == "agreed",
        TASK.c.done_at.is_(None),
    )
    # Who asks twice is as urgent as can be; who asked to be called back may have said when.
    asked = or_(agreed, CASE.c.urgency == _MOST_URGENT, CASE.c.origin == "callback")
    first = case_when((and_(CASE.c.next_at.is_not(None), asked), 0), else_=1)
    for _ in range(_LOOKED_AT):
        row = connection.execute(
            select(CASE)
            .where(
                CASE.c.workspace == workspace,
                CASE.c.owner == agent,
                CASE.c.state == "owned",
                or_(CASE.c.next_at.is_(None), CASE.c.next_at <= now_micros),
            )
            .order_by(first, CASE.c.score.desc(), CASE.c.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        case = as_case(row)
        answer = may_call(connection, workspace=workspace, case=case, agent=agent, at=at)
        if answer is None or answer.allowed:
            if row.held is not None:
                connection.execute(update(CASE).where(CASE.c.id == case.id).values(held=None))
            return NextBest(case=case, answer=answer)
        _put_off(connection, case.id, answer, at)
    return None


def _put_off(connection: Connection, lead: int, answer: Answer, at: datetime) -> None:
    later = answer.next_at or at + _LOOKED_AGAIN
    said = {"next_at": to_micros(later), "held": why_held(answer)}
    connection.execute(update(CASE).where(CASE.c.id == lead).values(**said))


def begin_call(
    connection: Connection,
    *,
    workspace: int,
    lead: int,
    agent: str,
    script: str | None,
    at: datetime,
    version: int | None = None,
) -> Answer:
    """Ask the gate for a permit to call one's own lead; with it the call is begun, without it the reasons are told.

    ``version`` of the script is the one on the agent's screen; without it the newest.

    Raises
    ------
    NotFound
        ``no_lead_here``, also for a lead of somebody else
    InvalidInput
        ``no_number``
    NotFound
        ``no_script_here``
    Conflict
        ``result_missing``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent or case.state not in {"owned", "handed"}:
        raise no_lead()
    if open_talk(connection, workspace, agent) is not None:
        raise Conflict("result_missing", Text(zh="上一通电话还没有提交结果", en="the last call has no result yet"))
    ask = ask_of(connection, workspace, case, agent, at)
    if ask is None:
        raise InvalidInput("no_number", Text(zh="这条线索没有电话号码", en="this lead has no number"))
    said_by = None if script is None else version_in_use(connection, workspace=workspace, name=script, version=version)
    answer = ask_gate(connection, workspace=workspace, ask=ask, at=at)
    if answer.allowed:
        connection.execute(
            insert(TALK).values(
                workspace=workspace,
                agent=agent,
                lead=lead,
                script=script,
                script_version=said_by,
                begun_at=to_micros(at),
            )
        )
        note(connection, workspace=workspace, lead=lead, kind="called", at=at, agent=agent)
        move(connection, workspace, agent, "call", at, None)
        connection.execute(update(CASE).where(CASE.c.id == lead).values(held=None))
    elif answer.next_at is not None:
        _put_off(connection, lead, answer, at)
    return answer


def not_dialled(connection: Connection, *, workspace: int, agent: str, why: str, at: datetime) -> None:
    """The call that was begun could not be dialled after all: it never was, and the agent is free again.

    ``why`` is the code of the reason, such as ``permit_withdrawn``. Without a call in hand nothing happens.
    """
    talk = open_talk(connection, workspace, agent)
    if talk is None or talk.ended_at is not None:
        return
    connection.execute(delete(TALK).where(TALK.c.id == talk.id))
    note(connection, workspace=workspace, lead=talk.lead, kind="undialled", at=at, agent=agent, detail={"why": why})
    # Nobody talked: the time between is no time of talking.
    mine = (SEAT.c.workspace == workspace, SEAT.c.agent == agent)
    connection.execute(update(SEAT).where(*mine).values(state="ready", pause=None, since=to_micros(at)))


def answered(connection: Connection, *, workspace: int, agent: str, at: datetime) -> None:
    """Somebody answered: from now on it is talking, and no longer ringing. Said twice, the first time counts.

    Raises
    ------
    Conflict
        ``no_call``
    """
    talk = open_talk(connection, workspace, agent)
    if talk is None or talk.ended_at is not None:
        raise _no_call()
    connection.execute(
        update(TALK).where(TALK.c.id == talk.id, TALK.c.answered_at.is_(None)).values(answered_at=to_micros(at))
    )


def hang_up(connection: Connection, *, workspace: int, agent: str, at: datetime) -> None:
    """The talk is over; the time to write it up begins.

    Raises
    ------
    Conflict
        ``no_call``
    """
    talk = open_talk(connection, workspace, agent)
    if talk is None:
        raise _no_call()
    if talk.ended_at is None:
        connection.execute(update(TALK).where(TALK.c.id == talk.id).values(ended_at=to_micros(at)))
        move(connection, workspace, agent, "wrap", at, None)


def submit(
    connection: Connection,
    *,
    workspace: int,
    agent: str,
    code: str,
    zone: ZoneInfo,
    at: datetime,
    again_at: datetime | None = None,
    text: str = "",
    cycle: timedelta | None = None,
) -> datetime | None:
    """Submit the result of the call in hand; what its flags mean happens to the lead. When it is called again, if so.

    ``text`` is a remark in the agent's own words. ``cycle`` is the sales cycle as far as it is known: while it lasts,
    whoever still thinks about it is called again after the plan of the first days.

    Raises
    ------
    Conflict
        ``no_call``
    InvalidInput
        ``when_again``: an agreed call needs its time
    NotFound
        ``no_result_here``
    """
    talk = open_talk(connection, workspace, agent)
    if talk is None:
        raise _no_call()
    result = result_named(connection, workspace=workspace, code=code)
    if "scheduled_callback" in result.flags and (again_at is None or again_at <= at):
        raise InvalidInput(
            "when_again",
            Text(zh="约定回拨需要以后的时间", en="an agreed call needs a time to come"),
        )
    moment = to_micros(at)
    connection.execute(
        update(TALK)
        .where(TALK.c.id == talk.id)
        .values(ended_at=func.coalesce(TALK.c.ended_at, moment), submitted_at=moment, result=code)
    )
    case = case_of(connection, workspace=workspace, lead=talk.lead)
    tell_call(connection, workspace=workspace, case=case, talk=talk, result=result, agent=agent, at=at)
    if text.strip():
        # Of their own talk, though the lead may be somebody else's by now.
        write_remark(connection, workspace=workspace, case=case, agent=agent, text=text, at=at)
    due = _after(connection, workspace, case, result, agent, zone, at, again_at, cycle)
    detail = {"result": code, "flags": sorted(result.flags)}
    note(connection, workspace=workspace, lead=case.id, kind="disposed", at=at, agent=agent, detail=detail)
    move(connection, workspace, agent, "ready", at, None)
    return due


def _after(  # noqa: PLR0917  the parts of one result
    connection: Connection,
    workspace: int,
    case: Case,
    result: Result,
    agent: str,
    zone: ZoneInfo,
    at: datetime,
    again_at: datetime | None,
    cycle: timedelta | None,
) -> datetime | None:
    """What becomes of the lead by the flags of the result; when it is called again."""
    settings = settings_of(connection, workspace=workspace)
    said: dict[str, object] = {"attempts": CASE.c.attempts + 1}
    if "customer_contact" in result.flags:
        said |= {
            "touched_at": to_micros(at),
            "protected_until": protect(connection, workspace=workspace, case=case, at=at),
        }
    if result.flags & {"dnc", "not_interested"}:
        _refused(connection, workspace, case, agent, at, for_good="dnc" in result.flags)
    due: datetime | None = None
    why = "plan"
    if "completed" in result.flags:
        said |= {"state": "closed", "why": result.code, "next_at": None}
    elif "scheduled_callback" in result.flags:
        due, why = again_at, "agreed"
        _wished(connection, workspace, case, at, again_at)
    elif "customer_contact" in result.flags:
        due = propose(connection, workspace=workspace, case=case, zone=zone, at=at, cycle=cycle).at
        said |= {} if due is not None else {"state": "closed", "why": "plan_through", "next_at": None}
    elif case.attempts + 1 >= settings.attempts_most:
        said |= {"state": "closed", "why": "attempts", "next_at": None}
    else:
        due = at + timedelta(minutes=result.again_minutes or 240)
    finish(connection, workspace=workspace, lead=case.id, at=at)
    if due is not None:
        said["next_at"] = to_micros(due)
        plan(connection, workspace=workspace, lead=case.id, agent=case.owner or agent, due_at=due, why=why, at=at)
    connection.execute(update(CASE).where(CASE.c.workspace == workspace, CASE.c.id == case.id).values(**said))
    return due


def _wished(connection: Connection, workspace: int, case: Case, at: datetime, again_at: datetime | None) -> None:
    """Whoever agrees on a call asks for that call, and no other: the ledger says until when (R01)."""
    number = number_of(connection, workspace=workspace, case=case)
    if number is None or again_at is None:
        return
    ends_at = callback_until(connection, workspace=workspace, number=number, asked_at=again_at)
    record = {
        "key": f"agreed-{case.id}-{to_micros(at)}",
        "at": at.isoformat(),
        "purpose": CALLBACK,
        "given": True,
        "phone": number,
        "channel": "call",
        "expires_at": ends_at.isoformat(),
        "evidence": f"agreed in a talk: lead {case.id}, {again_at.isoformat()}",
    }
    tell(connection, workspace=workspace, kind="consent", record=record)


def _refused(connection: Connection, workspace: int, case: Case, agent: str, at: datetime, *, for_good: bool) -> None:
    """Who said no is left alone as long as R04 says; who said never again is opted out (R03, S3-23).

    The gate knows of either at once, the facts within a second.
    """
    number = number_of(connection, workspace=workspace, case=case)
    if number is None:
        return
    record_refusal(connection, workspace=workspace, number=number, at=at, agent=agent)
    if not for_good:
        return
    record = {
        "key": f"refused-{case.id}-{to_micros(at)}",
        "received_at": at.isoformat(),
        "via": "call",
        "phone": number,
        "agent": agent,
    }
    tell(connection, workspace=workspace, kind="opt_out", record=record)


def pop(connection: Connection, *, workspace: int, number: str) -> Sequence[Case]:
    """Whose number it is: none, one or several cases, the newest first (S3-39). ``number`` is in E.164 form.

    A lead of the same person under another number counts: who calls from the second number is no stranger.
    """
    nodes = nodes_of_bearer(connection, workspace=workspace, identity=("phone", number))
    if not nodes:
        return ()
    theirs = select(CASE_PARTY.c.lead).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.party.in_(nodes))
    rows = connection.execute(
        select(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.id.in_(theirs), CASE.c.state != "duplicate")
        .order_by(CASE.c.id.desc())
        .limit(_LOOKED_AT)
    )
    return [as_case(row) for row in rows]


def day_of(connection: Connection, *, workspace: int, agent: str, since: datetime, at: datetime) -> Day:
    """What the agent did since the day began."""
    sold, reached = _codes(connection, workspace, "sale"), _codes(connection, workspace, "customer_contact")
    row = connection.execute(
        select(
            func.count().label("calls"),
            func.coalesce(func.sum(TALK.c.result.in_(reached).cast(CASE.c.attempts.type)), 0).label("contacts"),
            func.coalesce(func.sum(TALK.c.result.in_(sold).cast(CASE.c.attempts.type)), 0).label("sales"),
        ).where(TALK.c.workspace == workspace, TALK.c.agent == agent, TALK.c.begun_at >= to_micros(since))
    ).one()
    due = connection.execute(
        select(func.count()).where(
            TASK.c.workspace == workspace,
            still_theirs(agent),
            TASK.c.done_at.is_(None),
            TASK.c.due_at <= to_micros(at),
        )
    ).scalar_one()
    states: Mapping[str, int] = {
        one.state: one.number
        for one in connection.execute(
            select(CASE.c.state, func.count().label("number"))
            .where(CASE.c.workspace == workspace, CASE.c.owner == agent)
            .group_by(CASE.c.state)
        )
    }
    return Day(
        calls=row.calls,
        contacts=int(row.contacts),
        sales=int(row.sales),
        due=due,
        owned=states.get("owned", 0),
        handovers=states.get("handed", 0),
    )


def _codes(connection: Connection, workspace: int, flag: str) -> list[str]:
    return [one.code for one in results_of(connection, workspace=workspace) if flag in one.flags]


def _no_call() -> Conflict:
    return Conflict("no_call", Text(zh="没有进行中的通话", en="there is no call in hand"))
