"""The agent's desk: presence, the next best lead, calling it with a permit, its result, the own day."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from huasuan import leads
from huasuan.app.dialling import TelLink, dial_begun
from huasuan.app.http.access import AtTheDesk
from huasuan.app.http.desk_persons import customers_with
from huasuan.app.http.entrance import Done, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shapes_of_desk import (
    Both,
    CallBody,
    Called,
    Decision,
    DeskBody,
    HandOver,
    HeldReason,
    LeadCard,
    LeadStep,
    Popped,
    Presence,
    Release,
    ResultBody,
    ResultChoice,
    ScriptBody,
    Submitted,
    TaskBody,
    WaitingBody,
    both,
)
from huasuan.consent import Answer
from huasuan.intake import phone_number
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.masking import masked_phone
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, start_of_day, zone
from huasuan.people import Principal, settings_of

router = APIRouter(prefix="/desk", tags=["desk"])
LeadNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the lead")]
_AHEAD = timedelta(days=7)


@router.get("", summary="The desk as it stands")
async def get_desk(
    runtime: RuntimeOf,
    caller: AtTheDesk,
    lead: Annotated[int | None, Query(ge=1, le=2**62, description="An own lead to look at instead of the next")] = None,
) -> DeskBody:
    """Presence, the lead in hand or the next best one, its history, scripts and results, tasks and the own day."""

    def read() -> DeskBody:
        with runtime.store.write() as connection:  # leads that may not be called now are put off on the way
            return _desk(connection, caller, lead)

    return await run_in_threadpool(read)


@router.post("/presence", summary="Be ready, on a break, or away")
async def post_presence(request: Request, caller: AtTheDesk, body: Presence) -> Done:
    """A call without a result keeps the agent where they are."""
    await write(
        request,
        lambda connection: leads.be(
            connection, workspace=caller.workspace, agent=agent_of(connection, caller), state=body.state,
            pause=body.pause, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/leads/{lead}/call", summary="Call a lead")
async def post_desk_call(
    request: Request, runtime: RuntimeOf, caller: AtTheDesk, lead: LeadNumber, body: CallBody
) -> Called:
    """Asks the gate first; what it forbids is not dialled, and every reason is told."""

    def ask(connection: Any) -> Answer:  # noqa: ANN401  connection of the store
        agent = agent_of(connection, caller, lead)
        return leads.begin_call(
            connection, workspace=caller.workspace, lead=lead, agent=agent, script=body.script, at=now(),
            version=body.version,
        )  # fmt: skip

    answer: Answer = await write(request, ask)
    link = None
    if answer.permit is not None:
        dial = partial(dial_begun, runtime.store, TelLink(), answer.permit)
        withdrawn = await run_in_threadpool(dial, agent=caller.agent or "")
        if withdrawn is not None:
            return Called(allowed=False, call=None, reasons=[both(withdrawn.text)], cautions=[], next_at=None)
        link = f"tel:{quote(answer.permit.number, safe='+')}"
    return Called(
        allowed=answer.allowed,
        call=link,
        reasons=[both(reason.text) for reason in answer.reasons],
        cautions=[both(text) for text in answer.cautions],
        next_at=answer.next_at,
    )


@router.post("/hang-up", summary="The talk is over")
async def post_hang_up(request: Request, caller: AtTheDesk) -> Done:
    """The time to write it up begins."""
    await write(
        request,
        lambda connection: leads.hang_up(
            connection, workspace=caller.workspace, agent=agent_of(connection, caller), at=now()
        ),
    )
    return Done()


@router.post("/result", summary="Submit the result of the call in hand")
async def post_result(request: Request, runtime: RuntimeOf, caller: AtTheDesk, body: ResultChoice) -> Submitted:
    """What its flags mean happens to the lead: closed, called again, or never called again."""

    def step(connection: Any) -> Submitted:  # noqa: ANN401
        due = leads.submit(
            connection,
            workspace=caller.workspace,
            agent=agent_of(connection, caller),
            code=body.result,
            zone=zone(settings_of(connection, caller.workspace).zone),
            at=now(),
            again_at=body.again_at,
            text=body.remark,
            cycle=runtime.answers.sales_cycle(caller.workspace),
        )
        return Submitted(next_at=due)

    done: Submitted = await write(request, step)
    return done


@router.post("/leads/{lead}/claim", summary="Take a lead out of a public pool")
async def post_claim(request: Request, caller: AtTheDesk, lead: LeadNumber) -> Done:
    """Within the pool's quota; of several who reach for it one gets it."""

    def step(connection: Any) -> None:  # noqa: ANN401
        agent, space = agent_of(connection, caller, lead), settings_of(connection, caller.workspace)
        day = start_of_day(now().astimezone(zone(space.zone)).date(), space.zone)
        leads.claim(
            connection,
            workspace=caller.workspace,
            lead=lead,
            agent=agent,
            team=leads.team_of(connection, workspace=caller.workspace, agent=agent),
            day=day,
            at=now(),
        )

    await write(request, step)
    return Done()


@router.post("/leads/{lead}/release", summary="Give a lead back to a public pool")
async def post_release(request: Request, caller: AtTheDesk, lead: LeadNumber, body: Release) -> Done:
    """One's own lead, with the reason."""
    await write(
        request,
        lambda connection: leads.release(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead), pool=body.pool,
            reason=body.reason, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/leads/{lead}/hand-over", summary="Hand a lead to sales")
async def post_hand_over(request: Request, caller: AtTheDesk, lead: LeadNumber, body: HandOver) -> Done:
    """Sales have 14 days to accept or reject it (the days are a setting)."""
    await write(
        request,
        lambda connection: leads.hand_over(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead), to=body.to,
            live=body.live, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/leads/{lead}/decision", summary="Accept or reject a handover")
async def post_decision(request: Request, caller: AtTheDesk, lead: LeadNumber, body: Decision) -> Done:
    """A rejection needs a reason; the lead then goes back to who handed it over."""

    def step(connection: Any) -> None:  # noqa: ANN401
        agent, at = agent_of(connection, caller, lead), now()
        leads.decide(
            connection, workspace=caller.workspace, lead=lead, agent=agent, accepted=body.accepted,
            reason=body.reason, at=at,
        )  # fmt: skip
        if body.rating is not None:
            leads.rate(connection, workspace=caller.workspace, lead=lead, agent=agent, rating=body.rating, at=at)

    await write(request, step)
    return Done()


@router.get("/pop", summary="Whose number is calling")
async def get_pop(
    runtime: RuntimeOf, caller: AtTheDesk, number: Annotated[str, Query(min_length=3, max_length=40)]
) -> Popped:
    """None, one or several: the agent chooses, or takes the caller's data."""

    def read() -> Popped:
        with runtime.store.read() as connection:
            asked = phone_number(number)
            found = leads.pop(connection, workspace=caller.workspace, number=asked)
            shown = [card(connection, caller.workspace, case) for case in found]
            return Popped(leads=shown, customers=customers_with(connection, caller.workspace, asked))

    return await run_in_threadpool(read)


def card(connection: Any, workspace: int, case: leads.Case) -> LeadCard:  # noqa: ANN401
    """A lead with the person it is about, the number masked."""
    person = leads.person_of_case(connection, workspace=workspace, case=case)
    traits = case.traits
    said = {
        "origin": traits.origin, "channel": traits.channel, "source": traits.source, "campaign": traits.campaign,
        "list": traits.list, "industry": traits.industry, "region": traits.region, "interest": traits.interest,
    }  # fmt: skip
    return LeadCard(
        id=case.id,
        name=person.name,
        company=person.company,
        number=None if person.number is None else masked_phone(person.number),
        state=case.state,
        owner=case.owner,
        score=case.parts.score,
        intent=case.parts.intent,
        urgency=case.parts.urgency,
        fit=case.parts.fit,
        reasons=[both(text) for text in leads.in_words(case.parts)],
        traits={name: value for name, value in said.items() if value},
        created_at=case.created_at,
        next_at=case.next_at,
        attempts=case.attempts,
        handed_by=case.handed_by,
        decide_by=case.decide_by,
    )


def told(step: leads.Step, remarks: Mapping[int, str]) -> LeadStep:
    """A step, its decision in words, its remark if it is one."""
    choice = leads.choice_from(dict(step.detail))
    result = step.detail.get("result")
    return LeadStep(
        at=step.at,
        kind=step.kind,
        agent=step.agent,
        other=step.other,
        text=None if choice is None else both(leads.explain(choice)),
        result=result if isinstance(result, str) else None,
        remark=remarks.get(leads.remark_number(step.detail) or 0),
    )


def _desk(connection: Any, caller: Principal, wanted: int | None) -> DeskBody:  # noqa: ANN401
    at, workspace, agent = now(), caller.workspace, agent_of(connection, caller)
    here = leads.at_desk(connection, workspace=workspace, agent=agent, at=at)
    case, gate = _in_hand(connection, workspace, here, wanted)
    shown = None if case is None else card(connection, workspace, case)
    space = settings_of(connection, workspace)
    since = start_of_day(at.astimezone(zone(space.zone)).date(), space.zone)
    day = leads.day_of(connection, workspace=workspace, agent=agent, since=since, at=at)
    steps = [] if case is None else leads.steps_of(connection, workspace=workspace, lead=case.id)
    remarks = {} if case is None else leads.remarks_of(connection, workspace=workspace, lead=case.id)
    tasks = leads.tasks_of(connection, workspace=workspace, agent=agent, until=at + _AHEAD)
    return DeskBody(
        agent=agent,
        state=here.state,
        pause=here.pause,
        since=here.since,
        result_due_at=here.result_due_at,
        in_call=here.lead is not None,
        answered=here.answered,
        lead=shown,
        cautions=[] if gate is None else [both(text) for text in gate.cautions],
        denied=[] if gate is None else [both(reason.text) for reason in gate.reasons],
        waiting=_waiting(leads.held_back(connection, workspace=workspace, agent=agent, at=at)),
        sales=leads.in_sales(connection, workspace=workspace),
        history=[told(step, remarks) for step in steps][::-1],
        scripts=[_filled(script, shown) for script in leads.scripts_of(connection, workspace=workspace)],
        results=[
            ResultBody(code=one.code, text=Both(zh=one.zh, en=one.en), flags=sorted(one.flags), hotkey=one.hotkey)
            for one in leads.results_of(connection, workspace=workspace)
            if one.active
        ],
        breaks={code: both(text) for code, text in leads.BREAKS.items()},
        tasks=[TaskBody(id=t.id, lead=t.lead, kind=t.kind, why=t.why, due_at=t.due_at) for t in tasks],
        day={
            "calls": day.calls, "contacts": day.contacts, "sales": day.sales, "due": day.due, "owned": day.owned,
            "handovers": day.handovers,
        },
    )  # fmt: skip


def _waiting(found: leads.HeldBack) -> WaitingBody:
    reasons = [HeldReason(code=code, text=both(text), leads=number) for code, text, number in found.reasons]
    return WaitingBody(planned=found.planned, held=found.held, reasons=reasons, next_at=found.next_at)


def _in_hand(
    connection: Any,  # noqa: ANN401
    workspace: int,
    here: leads.AtDesk,
    wanted: int | None,
) -> tuple[leads.Case | None, Answer | None]:
    """The lead in hand, asked for or the next best, and what the gate says of calling it; of one in a call nothing."""
    if here.lead is not None:
        return leads.case_of(connection, workspace=workspace, lead=here.lead), None
    if wanted is not None:
        case = leads.case_of(connection, workspace=workspace, lead=wanted)
        # What was handed over or given to another meanwhile is no longer here to look at.
        if case.owner == here.agent:
            return case, leads.may_call(connection, workspace=workspace, case=case, agent=here.agent, at=now())
    best = leads.next_best(connection, workspace=workspace, agent=here.agent, at=now())
    return (None, None) if best is None else (best.case, best.answer)


def _filled(script: leads.Script, lead: LeadCard | None) -> ScriptBody:
    """``{name}`` and the like with what is known of the customer; what is not known stays as it stands."""
    fields = {} if lead is None else {"name": lead.name or "", "company": lead.company or "", **lead.traits}

    def fill(text: str) -> str:
        for name, value in fields.items():
            text = text.replace("{" + name + "}", value) if value else text
        return text

    return ScriptBody(
        name=script.name,
        version=script.version,
        opening=fill(script.opening),
        questions=[fill(question) for question in script.questions],
    )


def agent_of(connection: Any, caller: Principal, lead: int | None = None) -> str:  # noqa: ANN401
    """The code of the caller; a lead that is named has to be one of this workspace first of all."""
    if lead is not None:
        leads.case_of(connection, workspace=caller.workspace, lead=lead)
    if caller.agent is None:
        raise InvalidInput(
            "no_agent_code",
            Text(zh="您在此工作区没有工号", en="you have no agent code in this workspace"),
            Text(zh="请让主管在“用户”中填写工号。", en="Ask for an agent code under Users."),
        )
    return caller.agent
