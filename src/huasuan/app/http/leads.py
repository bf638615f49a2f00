"""Leads as supervisors see them: the list, why each is where it is, the rules, seats, pools and lists behind it."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan import leads
from huasuan.app.http.access import LeadsReader, LeadsWriter
from huasuan.app.http.desk import LeadNumber, card, told
from huasuan.app.http.entrance import Done, PrintedText, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shapes_of_desk import LeadCard, LeadStep
from huasuan.intake import phone_number
from huasuan.kernel.time import now
from huasuan.people import Principal, record

router = APIRouter(prefix="/leads", tags=["leads"])
RuleNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the rule")]
_USUAL_LIST, _LONGEST_LIST = 50, 1_000
Names = list[Annotated[str, Field(min_length=1, max_length=100)]]


class LeadList(BaseModel):
    """Leads, the most promising first; ``states`` counts all of the workspace."""

    leads: list[LeadCard]
    states: dict[str, int]


class LeadFile(BaseModel):
    """One lead and everything done with it."""

    lead: LeadCard
    steps: list[LeadStep]
    quality: dict[str, int]


class RuleBody(BaseModel):
    """A rule of giving leads; what is empty asks nothing."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(default=0, ge=0, le=2**62)
    name: PrintedText
    version: int = Field(default=1, ge=0, le=2**31)
    place: int = Field(default=0, ge=0, le=10_000)
    active: bool = True
    regions: Names = Field(default_factory=list, max_length=100)
    industries: Names = Field(default_factory=list, max_length=100)
    channels: Names = Field(default_factory=list, max_length=100)
    sources: Names = Field(default_factory=list, max_length=100)
    lists: Names = Field(default_factory=list, max_length=100)
    least_score: float = Field(default=0, ge=0, le=1)
    team: PrintedText | None = None
    skill: PrintedText | None = None
    own_region: bool = False
    own_industry: bool = False
    method: Literal["round_robin", "least_loaded", "longest_idle"] = "least_loaded"
    pool: int | None = Field(default=None, ge=1, le=2**62)


class RuleList(BaseModel):
    """Rules in their order."""

    rules: list[RuleBody]


class SeatBody(BaseModel):
    """Somebody who works leads."""

    model_config = ConfigDict(extra="forbid")

    agent: PrintedText
    team: PrintedText | None = None
    sales: bool = False
    skills: Names = Field(default_factory=list, max_length=100)
    regions: Names = Field(default_factory=list, max_length=100)
    industries: Names = Field(default_factory=list, max_length=100)
    capacity: int = Field(default=50, ge=0, le=10_000)
    active: bool = True


class SeatShown(SeatBody):
    """A seat as it stands now."""

    state: str
    open_leads: int


class SeatList(BaseModel):
    """Seats, and how fast and rightly leads were given in the last 24 hours."""

    seats: list[SeatShown]
    assigned: int
    corrected: int
    waiting: int
    median_ms: int | None
    p99_ms: int | None


class LeadPoolBody(BaseModel):
    """A public pool; a limit of 0 is none."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(default=0, ge=0, le=2**62)
    name: PrintedText
    team: PrintedText | None = None
    claims_a_day: int = Field(default=20, ge=0, le=10_000)
    hold_most: int = Field(default=100, ge=0, le=10_000)
    protect_days: int = Field(default=14, ge=1, le=365)
    active: bool = True


class LeadPoolList(BaseModel):
    """Public pools by name."""

    pools: list[LeadPoolBody]


class OriginBody(BaseModel):
    """Where a bought or collected list comes from; nothing may be left open."""

    model_config = ConfigDict(extra="forbid")

    list: PrintedText
    supplier: PrintedText
    collected: str = Field(min_length=1, max_length=500)
    consent: str = Field(min_length=1, max_length=500)
    evidence: str = Field(min_length=1, max_length=500)


class UnprovenBody(BaseModel):
    """A bought list whose leads are blocked until its origin is stated."""

    list: str
    supplier: str | None
    leads: int


class OriginList(BaseModel):
    """Lists whose origin is recorded, and those whose leads wait for it."""

    origins: list[OriginBody]
    unproven: list[UnprovenBody]


class ResultFull(BaseModel):
    """A result agents choose from."""

    model_config = ConfigDict(extra="forbid")

    code: PrintedText
    zh: PrintedText
    en: PrintedText
    flags: list[str] = Field(default_factory=list, max_length=20)
    again_minutes: int = Field(default=0, ge=0, le=100_000)
    hotkey: str = Field(default="", max_length=1)
    active: bool = True


class ResultList(BaseModel):
    """Results, and the flags there are."""

    results: list[ResultFull]
    flags: list[str]


class ScriptFull(BaseModel):
    """A script; sending one of a known name makes its next version."""

    model_config = ConfigDict(extra="forbid")

    name: PrintedText
    version: int = Field(default=0, ge=0, le=2**31)
    opening: str = Field(min_length=1, max_length=4000)
    questions: list[Annotated[str, Field(max_length=1000)]] = Field(default_factory=list, max_length=100)


class ScriptList(BaseModel):
    """The newest version of every script."""

    scripts: list[ScriptFull]


class ScriptVersion(ScriptFull):
    """A version of a script, in use from ``at`` until the next one."""

    at: AwareDatetime


class ScriptVersions(BaseModel):
    """Every version of a script, the newest first."""

    versions: list[ScriptVersion]


class Given(BaseModel):
    """To whom a lead is given, and why."""

    model_config = ConfigDict(extra="forbid")

    agent: PrintedText
    reason: str = Field(min_length=1, max_length=500)


class Kept(BaseModel):
    """Number (or version) of what was kept."""

    id: int


async def _read(runtime: Any, step: Any) -> Any:  # noqa: ANN401
    def run() -> Any:  # noqa: ANN401
        with runtime.store.read() as connection:
            return step(connection)

    return await run_in_threadpool(run)


@router.get("", summary="List leads")
async def get_leads(
    runtime: RuntimeOf,
    caller: LeadsReader,
    *,
    state: Annotated[list[leads.State] | None, Query(description="In one of these states")] = None,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    number: Annotated[
        str | None, Query(max_length=40, description="Those of this person alone, whatever their state")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_LONGEST_LIST)] = _USUAL_LIST,
) -> LeadList:
    """The most promising, in some states or of an owner; or those of one person."""
    theirs = None if number is None else phone_number(number)

    def step(connection: Any) -> LeadList:  # noqa: ANN401
        if theirs is not None:
            found = leads.pop(connection, workspace=caller.workspace, number=theirs)
        else:
            found = leads.list_cases(
                connection, workspace=caller.workspace, states=tuple(state or ()), owner=owner or None, limit=limit
            )
        counts = leads.count_cases(connection, workspace=caller.workspace)
        return LeadList(leads=[card(connection, caller.workspace, case) for case in found], states=dict(counts))

    listed: LeadList = await _read(runtime, step)
    return listed


@router.get("/rules", summary="List rules of giving leads")
async def get_rules(runtime: RuntimeOf, caller: LeadsReader) -> RuleList:
    """In the order in which they are tried."""
    rules = await _read(runtime, lambda connection: leads.rules_of(connection, workspace=caller.workspace))
    return RuleList(rules=[RuleBody.model_validate(_plain(rule)) for rule in rules])


@router.put("/rules", summary="Keep a rule of giving leads")
async def put_rule(request: Request, caller: LeadsWriter, body: RuleBody) -> Kept:
    """Number 0 makes a new one; a change is the next version."""
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in body.model_dump().items()
    }
    number = await _keep(
        request, caller, "lead_rule.kept", body.name,
        lambda connection: leads.keep_rule(connection, workspace=caller.workspace, rule=leads.Rule(**said)),
    )  # fmt: skip
    return Kept(id=number)


@router.delete("/rules/{rule}", summary="Remove a rule of giving leads")
async def delete_rule(request: Request, caller: LeadsWriter, rule: RuleNumber) -> Done:
    """What was given by it stays explained."""
    await _keep(
        request, caller, "lead_rule.removed", str(rule),
        lambda connection: leads.remove_rule(connection, workspace=caller.workspace, rule=rule),
    )  # fmt: skip
    return Done()


@router.get("/seats", summary="List seats")
async def get_seats(runtime: RuntimeOf, caller: LeadsReader) -> SeatList:
    """Who works leads, with what they hold, and how leads were given lately."""

    def step(connection: Any) -> SeatList:  # noqa: ANN401
        giving = leads.giving_of(connection, workspace=caller.workspace, since=now() - timedelta(hours=24))
        seats = leads.seats_of(connection, workspace=caller.workspace)
        shown = [
            SeatShown(
                agent=one.agent, team=one.team, sales=one.sales, skills=sorted(one.skills), capacity=one.capacity,
                regions=sorted(one.regions), industries=sorted(one.industries), active=one.active, state=one.state,
                open_leads=one.open_leads,
            )
            for one in seats
        ]  # fmt: skip
        return SeatList(
            seats=shown, assigned=giving.assigned, corrected=giving.corrected, waiting=giving.waiting,
            median_ms=giving.median_ms, p99_ms=giving.p99_ms,
        )  # fmt: skip

    listed: SeatList = await _read(runtime, step)
    return listed


@router.put("/seats", summary="Keep a seat")
async def put_seat(request: Request, caller: LeadsWriter, body: SeatBody) -> Done:
    """By the agent's code; what is left out stays as it was. Whether they are there is theirs to say."""
    seat = leads.Seat(
        agent=body.agent, team=body.team, sales=body.sales, skills=frozenset(body.skills), capacity=body.capacity,
        regions=frozenset(body.regions), industries=frozenset(body.industries), active=body.active, state="offline",
    )  # fmt: skip
    await _keep(
        request, caller, "lead_seat.kept", body.agent,
        lambda connection: leads.keep_seat(
            connection, workspace=caller.workspace, seat=seat, at=now(), only=body.model_fields_set
        ),
    )  # fmt: skip
    return Done()


@router.get("/pools", summary="List public pools")
async def get_pools(runtime: RuntimeOf, caller: LeadsReader) -> LeadPoolList:
    """By name."""
    pools = await _read(runtime, lambda connection: leads.pools_of(connection, workspace=caller.workspace))
    return LeadPoolList(pools=[LeadPoolBody.model_validate(asdict(pool)) for pool in pools])


@router.put("/pools", summary="Keep a public pool")
async def put_pool(request: Request, caller: LeadsWriter, body: LeadPoolBody) -> Kept:
    """Number 0 makes a new one."""
    number = await _keep(
        request, caller, "lead_pool.kept", body.name,
        lambda connection: leads.keep_pool(
            connection, workspace=caller.workspace, pool=leads.Pool(**body.model_dump())
        ),
    )  # fmt: skip
    return Kept(id=number)


@router.get("/origins", summary="List where lists come from")
async def get_origins(runtime: RuntimeOf, caller: LeadsReader) -> OriginList:
    """Leads of a bought list that is not among these are not worked."""

    def step(connection: Any) -> OriginList:  # noqa: ANN401
        found = leads.list_origins(connection, workspace=caller.workspace)
        waiting = leads.unproven_lists(connection, workspace=caller.workspace)
        return OriginList(
            origins=[OriginBody.model_validate(asdict(one)) for one in found],
            unproven=[UnprovenBody.model_validate(asdict(one)) for one in waiting],
        )

    listed: OriginList = await _read(runtime, step)
    return listed


@router.put("/origins", summary="State where a list comes from")
async def put_origin(request: Request, caller: LeadsWriter, body: OriginBody) -> Done:
    """Leads of the list that waited for it are given from then on."""
    origin = leads.ListOrigin(**body.model_dump())
    await _keep(
        request, caller, "lead_origin.kept", body.list,
        lambda connection: leads.record_list_origin(
            connection, workspace=caller.workspace, origin=origin, by=caller.actor.name, at=now()
        ),
    )  # fmt: skip
    return Done()


@router.get("/results", summary="List results of calls")
async def get_results(runtime: RuntimeOf, caller: LeadsReader) -> ResultList:
    """With the flags figures read."""
    found = await _read(runtime, lambda connection: leads.results_of(connection, workspace=caller.workspace))
    shown = [ResultFull.model_validate({**asdict(one), "flags": sorted(one.flags)}) for one in found]
    return ResultList(results=shown, flags=list(leads.FLAGS))


@router.put("/results", summary="Keep a result of calls")
async def put_result(request: Request, caller: LeadsWriter, body: ResultFull) -> Done:
    """By its code."""
    result = leads.Result(**{**body.model_dump(), "flags": frozenset(body.flags)})
    await _keep(
        request, caller, "lead_result.kept", body.code,
        lambda connection: leads.keep_result(connection, workspace=caller.workspace, result=result),
    )  # fmt: skip
    return Done()


@router.get("/scripts", summary="List scripts")
async def get_scripts(runtime: RuntimeOf, caller: LeadsReader) -> ScriptList:
    """The newest version of each."""
    found = await _read(runtime, lambda connection: leads.scripts_of(connection, workspace=caller.workspace))
    return ScriptList(scripts=[ScriptFull.model_validate(_plain(one)) for one in found])


@router.get("/scripts/versions", summary="Every version of a script")
async def get_script_versions(
    runtime: RuntimeOf, caller: LeadsReader, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> ScriptVersions:
    """What was said, and since when."""
    found = await _read(
        runtime, lambda connection: leads.script_versions(connection, workspace=caller.workspace, name=name)
    )
    shown = [ScriptVersion.model_validate(_plain(script) | {"at": at}) for script, at in found]
    return ScriptVersions(versions=shown)


@router.put("/scripts", summary="Keep the next version of a script")
async def put_script(request: Request, caller: LeadsWriter, body: ScriptFull) -> Kept:
    """What was said by older versions stays known."""
    version = await _keep(
        request, caller, "lead_script.kept", body.name,
        lambda connection: leads.keep_script(
            connection, workspace=caller.workspace, name=body.name, opening=body.opening, questions=body.questions,
            at=now(),
        ),
    )  # fmt: skip
    return Kept(id=version)


@router.get("/{lead}", summary="One lead with everything done with it")
async def get_lead(runtime: RuntimeOf, caller: LeadsReader, lead: LeadNumber) -> LeadFile:
    """Every decision with its reasons in words."""

    def step(connection: Any) -> LeadFile:  # noqa: ANN401
        case = leads.case_of(connection, workspace=caller.workspace, lead=lead)
        steps = leads.steps_of(connection, workspace=caller.workspace, lead=lead)
        quality = leads.quality_of(connection, workspace=caller.workspace, lead=case.source_key)
        remarks = leads.remarks_of(connection, workspace=caller.workspace, lead=lead)
        return LeadFile(
            lead=card(connection, caller.workspace, case), steps=[told(one, remarks) for one in steps],
            quality=dict(quality),
        )  # fmt: skip

    found: LeadFile = await _read(runtime, step)
    return found


@router.post("/{lead}/owner", summary="Give a lead to somebody")
async def post_owner(request: Request, caller: LeadsWriter, lead: LeadNumber, body: Given) -> Done:
    """Within 24 hours of its assignment this counts as an error of the rules."""
    await _keep(
        request, caller, "lead.given", str(lead),
        lambda connection: leads.reassign(
            connection, workspace=caller.workspace, lead=lead, agent=body.agent, by=caller.actor.name,
            reason=body.reason, at=now(),
        ),
    )  # fmt: skip
    return Done()


async def _keep(request: Request, caller: Principal, action: str, target: str, step: Any) -> Any:  # noqa: ANN401
    """A change of the rules of giving, with its line in the audit log."""

    def run(connection: Any) -> Any:  # noqa: ANN401
        made = step(connection)
        record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=target)
        return made

    return await write(request, run)


def _plain(one: Any) -> dict[str, Any]:  # noqa: ANN401  a frozen value of the room
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(one).items()}
