"""At the desk besides calling: meetings, quality, complaints, sales' rating, handovers to decide, the public pool."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan import leads
from huasuan.app.http.access import AtTheDesk, LeadsReader
from huasuan.app.http.desk import LeadNumber, agent_of, card
from huasuan.app.http.desk_persons import calls_with, customers_with, deals_with
from huasuan.app.http.entrance import Done, PrintedText, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shapes_of_desk import CallOfPerson, CustomerShown, DealShown, LeadCard
from huasuan.kernel.errors import NotAllowed
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, start_of_day, zone
from huasuan.people import settings_of

router = APIRouter(tags=["desk"])
MeetingNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the meeting")]


class MeetingBody(BaseModel):
    """When the meeting begins."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime


class Cancelled(BaseModel):
    """Why it was called off."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class MeetingShown(BaseModel):
    """A meeting as it stands."""

    id: int
    starts_at: AwareDatetime
    moved: int
    held_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    reason: str | None
    agent: str


class QualityBody(BaseModel):
    """Budget, authority, need, timing and fit, 0 to 100; what is left out stays as it was."""

    model_config = ConfigDict(extra="forbid")

    budget: int | None = Field(default=None, ge=0, le=100)
    authority: int | None = Field(default=None, ge=0, le=100)
    need: int | None = Field(default=None, ge=0, le=100)
    timing: int | None = Field(default=None, ge=0, le=100)
    fit: int | None = Field(default=None, ge=0, le=100)


class RatingBody(BaseModel):
    """Sales' own rating."""

    model_config = ConfigDict(extra="forbid")

    rating: int = Field(ge=1, le=5)


class ComplaintBody(BaseModel):
    """What the person complains of, by the call it is about if it is about one."""

    model_config = ConfigDict(extra="forbid")

    reason: PrintedText = Field(min_length=1)
    text: str = Field(default="", max_length=2000)
    call: str | None = Field(default=None, max_length=500)


class ProposalShown(BaseModel):
    """When to call again if nothing else is agreed; ``at`` is null when nothing is proposed.

    ``cycle_days`` is the sales cycle by which it is told once the plan is through (S1-12).
    """

    at: AwareDatetime | None
    hour: int
    answered: int
    dialled: int
    talk: int
    cycle_days: float | None


class Care(BaseModel):
    """What is known of a lead besides its steps. ``completeness``: the share of the five items that is known."""

    quality: dict[str, int]
    completeness: float
    rating: int | None
    may_rate: bool
    meetings: list[MeetingShown]
    proposal: ProposalShown
    calls: list[CallOfPerson]
    deals: list[DealShown]
    customers: list[CustomerShown]


class Handed(BaseModel):
    """A handover that waits for its decision; ``mine``: the one who asks is to decide."""

    lead: LeadCard
    mine: bool


class Decided(BaseModel):
    """What became of a handover."""

    lead: int
    verdict: str
    agent: str
    reason: str


class Handovers(BaseModel):
    """Those that wait, and the decisions of the last 30 days."""

    waiting: list[Handed]
    decided: list[Decided]


class PoolOpen(BaseModel):
    """A public pool open to the asker, with what is left of the quota; a limit of 0 is none."""

    pool: int
    name: str
    waiting: int
    claimed: int
    claims_a_day: int
    held: int
    hold_most: int
    protect_days: int


class PoolLead(BaseModel):
    """A lead that may be claimed, or one of one's own with the day its protection ends."""

    lead: LeadCard
    pool: int | None
    protected_until: AwareDatetime | None


class PublicPools(BaseModel):
    """公海 and 私海: what may be claimed, and what one holds."""

    pools: list[PoolOpen]
    public: list[PoolLead]
    own: list[PoolLead]


@router.get("/desk/leads/{lead}/care", summary="Quality, meetings, calls and the next time of a lead")
async def get_care(runtime: RuntimeOf, caller: AtTheDesk, lead: LeadNumber) -> Care:
    """Of one's own lead."""

    def read() -> Care:
        cycle = runtime.answers.sales_cycle(caller.workspace)
        with runtime.store.read() as connection:
            return _care(connection, caller.workspace, agent_of(connection, caller, lead), lead, cycle)

    return await run_in_threadpool(read)


@router.put("/desk/leads/{lead}/quality", summary="Note how good a lead is")
async def put_quality(request: Request, caller: AtTheDesk, lead: LeadNumber, body: QualityBody) -> Done:
    """Item by item; an item that is not known is left out, not 0."""
    items = {name: value for name, value in body.model_dump().items() if value is not None}
    await write(
        request,
        lambda connection: leads.judge_quality(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead), items=items,
            at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/desk/leads/{lead}/rating", summary="Rate a lead as sales")
async def post_rating(request: Request, caller: AtTheDesk, lead: LeadNumber, body: RatingBody) -> Done:
    """Sales' own 1 to 5, kept apart from every score."""

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        agent = agent_of(connection, caller, lead)
        case = leads.case_of(connection, workspace=caller.workspace, lead=lead)
        if case.owner != agent:
            raise leads.no_lead()
        if not _in_sales(connection, caller.workspace, agent):
            raise NotAllowed(
                "not_in_sales",
                Text(zh="只有销售坐席可以评分", en="only sales rate leads"),
                Text(zh="请让主管把坐席设为销售。", en="Ask a supervisor to make the seat one of sales."),
            )
        leads.rate(connection, workspace=caller.workspace, lead=lead, agent=agent, rating=body.rating, at=now())

    await write(request, step)
    return Done()


@router.post("/desk/leads/{lead}/complaint", summary="Write down a complaint")
async def post_complaint(request: Request, caller: AtTheDesk, lead: LeadNumber, body: ComplaintBody) -> Done:
    """By the call and the number of ours that it is about."""

    def step(connection: Any) -> None:  # noqa: ANN401
        agent = agent_of(connection, caller, lead)
        calls = {one.key: one for one in calls_with(connection, caller.workspace, lead)}
        about = calls.get(body.call or "")
        leads.complain(
            connection, workspace=caller.workspace, lead=lead, agent=agent, reason=body.reason, said=body.text,
            call=body.call, caller_number=None if about is None else about.own_number, at=now(),
        )  # fmt: skip

    await write(request, step)
    return Done()


@router.post("/desk/leads/{lead}/meetings", summary="Agree a meeting")
async def post_meeting(request: Request, caller: AtTheDesk, lead: LeadNumber, body: MeetingBody) -> Done:
    """It stands among the tasks until it is held or called off."""
    await write(
        request,
        lambda connection: leads.book_meeting(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead),
            starts_at=body.starts_at, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/desk/meetings/{meeting}/move", summary="Put a meeting to another time")
async def post_move(request: Request, caller: AtTheDesk, meeting: MeetingNumber, body: MeetingBody) -> Done:
    """It stays the same meeting."""
    await write(
        request,
        lambda connection: leads.move_meeting(
            connection, workspace=caller.workspace, meeting=meeting, agent=_agent(connection, caller, meeting),
            starts_at=body.starts_at, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/desk/meetings/{meeting}/held", summary="A meeting took place")
async def post_held(request: Request, caller: AtTheDesk, meeting: MeetingNumber) -> Done:
    """Now."""
    await write(
        request,
        lambda connection: leads.hold_meeting(
            connection, workspace=caller.workspace, meeting=meeting, agent=_agent(connection, caller, meeting), at=now()
        ),
    )
    return Done()


@router.post("/desk/meetings/{meeting}/cancel", summary="Call a meeting off")
async def post_cancel(request: Request, caller: AtTheDesk, meeting: MeetingNumber, body: Cancelled) -> Done:
    """With the reason."""
    await write(
        request,
        lambda connection: leads.cancel_meeting(
            connection, workspace=caller.workspace, meeting=meeting, agent=_agent(connection, caller, meeting),
            reason=body.reason, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.get("/desk/handovers", summary="Handovers to and from the asker")
async def get_own_handovers(runtime: RuntimeOf, caller: AtTheDesk) -> Handovers:
    """Those one is to decide within the limit, and those one handed over."""
    return await run_in_threadpool(_handovers, runtime, caller, agent=caller.agent or "")


@router.get("/leads/handovers", summary="All handovers that wait, and what was decided")
async def get_handovers(runtime: RuntimeOf, caller: LeadsReader) -> Handovers:
    """With the reasons of rejections of the last 30 days."""
    return await run_in_threadpool(_handovers, runtime, caller, agent=None)


@router.get("/desk/pools", summary="What may be claimed from public pools")
async def get_public_pools(runtime: RuntimeOf, caller: AtTheDesk) -> PublicPools:
    """With the quota that is left, and one's own leads with the day their protection ends."""

    def read() -> PublicPools:
        with runtime.store.read() as connection:
            return _pools(connection, caller.workspace, agent_of(connection, caller))

    return await run_in_threadpool(read)


def _agent(connection: Any, caller: Any, meeting: int) -> str:  # noqa: ANN401
    """The code of the caller; the meeting has to be one of this workspace first of all."""
    lead = leads.meeting_lead(connection, workspace=caller.workspace, meeting=meeting)
    return agent_of(connection, caller, lead)


def _care(connection: Any, workspace: int, agent: str, lead: int, cycle: timedelta | None) -> Care:  # noqa: ANN401
    case = leads.case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise leads.no_lead()
    known = dict(leads.quality_of(connection, workspace=workspace, lead=case.source_key))
    rating = known.pop("rating", None)
    here = zone(settings_of(connection, workspace).zone)
    number = leads.number_of(connection, workspace=workspace, case=case)
    proposal = leads.propose(connection, workspace=workspace, case=case, zone=here, at=now(), cycle=cycle, coming=1)
    return Care(
        quality=known,
        completeness=len([name for name in leads.ITEMS if name in known]) / len(leads.ITEMS),
        rating=rating,
        may_rate=_in_sales(connection, workspace, agent),
        meetings=[
            MeetingShown(**{name: value for name, value in asdict(one).items() if name not in {"lead", "booked_at"}})
            for one in leads.meetings_of(connection, workspace=workspace, lead=lead)
        ],
        proposal=ProposalShown(**asdict(proposal)),
        calls=calls_with(connection, workspace, lead),
        deals=deals_with(connection, workspace, lead),
        customers=[] if number is None else customers_with(connection, workspace, number),
    )


def _in_sales(connection: Any, workspace: int, agent: str) -> bool:  # noqa: ANN401
    return any(seat.sales and seat.agent == agent for seat in leads.seats_of(connection, workspace=workspace))


def _handovers(runtime: Any, caller: Any, *, agent: str | None) -> Handovers:  # noqa: ANN401
    with runtime.store.read() as connection:
        found = leads.list_cases(connection, workspace=caller.workspace, states=("handed",), limit=200)
        decided = leads.decisions_since(connection, workspace=caller.workspace, at=now())
        mine = [case for case in found if agent is None or agent in {case.owner, case.handed_by}]
        own = {step.lead for step in decided if agent is None or agent in {step.agent, step.other}}
        waiting = [
            Handed(
                lead=card(connection, caller.workspace, case), mine=bool(caller.agent) and case.owner == caller.agent
            )
            for case in sorted(mine, key=lambda one: one.decide_by or one.arrived_at)
        ]
    shown = [
        Decided(lead=step.lead, verdict=step.verdict, agent=step.agent, reason=step.reason)
        for step in decided
        if step.lead in own
    ]
    return Handovers(waiting=waiting, decided=shown)


def _pools(connection: Any, workspace: int, agent: str) -> PublicPools:  # noqa: ANN401
    space = settings_of(connection, workspace)
    day = start_of_day(now().astimezone(zone(space.zone)).date(), space.zone)
    team = leads.team_of(connection, workspace=workspace, agent=agent)
    open_ = leads.claimable(connection, workspace=workspace, agent=agent, team=team, day=day)
    public = [
        case
        for one in open_
        for case in leads.list_cases(connection, workspace=workspace, states=("pool",), pool=one.pool)
    ]
    own = leads.list_cases(connection, workspace=workspace, states=("owned",), owner=agent, limit=200)

    def shown(case: leads.Case) -> PoolLead:
        return PoolLead(
            lead=card(connection, workspace, case), pool=case.pool, protected_until=case.protected_until
        )  # fmt: skip

    return PublicPools(
        pools=[PoolOpen(**asdict(one)) for one in open_],
        public=[shown(case) for case in public],
        own=[shown(case) for case in own],
    )
