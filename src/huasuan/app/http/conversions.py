"""The outbox of conversions: who is told, what was told or why it was not, and sending again (ADR 0032)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FactsReader, SettingsWriter
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.connectors.platforms import PLATFORMS
from huasuan.journeys import (
    Goal,
    State,
    Target,
    Told,
    attempts_of,
    counts_of,
    keep_target,
    lines_of,
    send_again,
    take_as_sent,
    targets_of,
    try_again,
)
from huasuan.kernel.addresses import Reach, check_address
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import record

router = APIRouter(prefix="/conversions", tags=["journeys"])
LineNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the line")]


class WhyNot(BaseModel):
    """A reason in both languages."""

    zh: str
    en: str


class ConversionLine(BaseModel):
    """One conversion for one target; ``why`` is what hinders it."""

    id: int
    target: str
    account: int
    name: str
    goal: Goal
    step: Literal["conversion", "retraction", "restatement"]
    happened_at: AwareDatetime
    value: str | None
    currency: str
    state: State
    code: str | None
    why: WhyNot | None
    attempts: int
    next_at: AwareDatetime | None
    sent_at: AwareDatetime | None


class ConversionLines(BaseModel):
    """Those that failed first, then the newest; ``all``: how many there are with the state and account asked for."""

    lines: list[ConversionLine]
    all: int


class ConversionAttempt(BaseModel):
    """One request a line went with: how many lines it told of, and what came back; no status: nothing did."""

    at: AwareDatetime
    rows: int
    status: int | None
    told: str


class ConversionAttempts(BaseModel):
    """The newest first."""

    attempts: list[ConversionAttempt]


class PlatformField(BaseModel):
    """Something a platform wants to know of an account; a secret is taken and never shown."""

    name: str
    label: WhyNot
    pattern: str
    secret: bool
    required: bool


class ConversionPlatform(BaseModel):
    """A platform that can be told; ``takes_back`` says what it allows to be taken back."""

    name: str
    title: WhyNot
    takes_back: WhyNot
    address: str
    knows_repeats: bool
    fields: list[PlatformField]


class ConversionPlatforms(BaseModel):
    """All there are."""

    platforms: list[ConversionPlatform]


_Accounts = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]],
    Field(max_length=30),
]


class ConversionTarget(BaseModel):
    """Who is told of which goals. ``secrets`` are taken and never shown; one left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(default=0, ge=0, le=2**62)
    name: PrintedText = Field(min_length=1)
    platform: str = Field(default="webhook", max_length=40)
    address: PrintedText = Field(default="", description="In place of the platform's own; a webhook has no other")
    account: _Accounts = Field(default_factory=dict)
    secrets: _Accounts = Field(default_factory=dict)
    goals: list[Goal] = Field(min_length=1, max_length=5)
    per_minute: int = Field(default=60, ge=1, le=6000)
    active: bool = True


class ConversionTargetState(BaseModel):
    """A target without its secrets, and how it fares: lines by state, what hinders the whole of it."""

    id: int
    name: str
    platform: str
    address: str
    account: dict[str, str]
    goals: list[Goal]
    per_minute: int
    active: bool
    counts: dict[State, int]
    trouble: WhyNot | None
    paused_until: AwareDatetime | None


class ConversionTargets(BaseModel):
    """Targets by name."""

    targets: list[ConversionTargetState]


class SentAgain(BaseModel):
    """How many lines are due once more."""

    lines: int


@router.get("", summary="The outbox of conversions")
async def get_conversions(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FactsReader,
    state: Annotated[State | None, Query()] = None,
    target: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> ConversionLines:
    """Every conversion found in the facts: sent, waiting, failed, uncertain, or not sendable and why."""

    def step(connection: Connection) -> ConversionLines:
        found = lines_of(connection, workspace=caller.workspace, state=state, target=target, limit=limit, offset=offset)
        counts = counts_of(connection, workspace=caller.workspace)
        mine = [each for one, each in counts.items() if target in {None, one}]
        there = sum(count for each in mine for one, count in each.items() if state in {None, one})
        return ConversionLines(lines=[_line(one) for one in found], all=there)

    return await read(runtime, step)


@router.post("/{line}/again", summary="Send a conversion again")
async def post_again(request: Request, caller: SettingsWriter, line: LineNumber) -> Done:
    """One that failed, or whose arrival is uncertain, once more, from its first attempt on.

    One that could not be sent is judged again by the account as it is now; one that was sent is repeated where the
    platform knows repetitions.
    """

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        try_again(connection, workspace=caller.workspace, line=line, known=PLATFORMS, at=now())
        record(connection, actor=caller.actor, action="conversion.again", workspace=caller.workspace, target=str(line))

    await write(request, step)
    return Done()


@router.get("/{line}/attempts", summary="The requests a conversion went with")
async def get_attempts(runtime: RuntimeOf, caller: FactsReader, line: LineNumber) -> ConversionAttempts:
    """When, with how many others, and what came back, without the names of people."""

    def step(connection: Connection) -> ConversionAttempts:
        found = attempts_of(connection, workspace=caller.workspace, line=line)
        return ConversionAttempts(
            attempts=[ConversionAttempt(at=one.at, rows=one.rows, status=one.status, told=one.told) for one in found]
        )

    return await read(runtime, step)


@router.post("/{line}/arrived", summary="An uncertain conversion did arrive")
async def post_arrived(request: Request, caller: SettingsWriter, line: LineNumber) -> Done:
    """Somebody has looked at the platform: it is noted as sent."""

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        take_as_sent(connection, workspace=caller.workspace, line=line, at=now())
        record(
            connection, actor=caller.actor, action="conversion.arrived", workspace=caller.workspace, target=str(line)
        )  # fmt: skip

    await write(request, step)
    return Done()


@router.get("/platforms", summary="Platforms that can be told of conversions")
async def get_platforms(_caller: FactsReader) -> ConversionPlatforms:
    """What each wants to know of an account, and what it allows to be taken back."""
    return ConversionPlatforms(
        platforms=[
            ConversionPlatform(
                name=one.name,
                title=_text(one.title),
                takes_back=_text(one.takes_back),
                address=one.address,
                knows_repeats=one.knows_repeats,
                fields=[
                    PlatformField(
                        name=field.name, label=_text(field.text), pattern=field.pattern, secret=field.secret,
                        required=field.required,
                    )
                    for field in one.fields
                ],
            )
            for one in PLATFORMS.values()
        ]
    )  # fmt: skip


@router.get("/targets", summary="Who is told of conversions")
async def get_targets(runtime: RuntimeOf, caller: FactsReader) -> ConversionTargets:
    """Without their secrets; with how many lines are in which state."""

    def step(connection: Connection) -> ConversionTargets:
        found = targets_of(connection, workspace=caller.workspace)
        counts = counts_of(connection, workspace=caller.workspace)
        return ConversionTargets(
            targets=[
                ConversionTargetState(
                    id=one.id, name=one.name, platform=one.platform, address=one.address, account=dict(one.account),
                    goals=list(one.goals), per_minute=one.per_minute, active=one.active,
                    counts=dict(counts.get(one.id, {})), trouble=None if one.trouble is None else _text(one.trouble),
                    paused_until=one.paused_until,
                )
                for _, one in found
            ]
        )  # fmt: skip

    return await read(runtime, step)


@router.post("/targets/{target}/again", summary="Send everything that failed at a target again")
async def post_target_again(request: Request, caller: SettingsWriter, target: LineNumber) -> SentAgain:
    """Uncertain lines are left: each wants a look of its own."""
    sent: list[int] = []

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        sent.append(send_again(connection, workspace=caller.workspace, target=target, at=now()))
        record(
            connection, actor=caller.actor, action="conversion_target.again", workspace=caller.workspace,
            target=str(target),
        )  # fmt: skip

    await write(request, step)
    return SentAgain(lines=sent[-1])


@router.put("/targets", summary="Tell somebody of conversions")
async def put_target(request: Request, runtime: RuntimeOf, caller: SettingsWriter, body: ConversionTarget) -> Done:
    """From now on; what happened before is not told, neither to a new account nor of a goal that is added to one.

    One with an ``id`` is changed: secrets left out stay, one that is given replaces the old one at once.
    """
    platform = PLATFORMS.get(body.platform)
    if platform is None:
        known = Text(zh=f"可用：{'、'.join(PLATFORMS)}", en=f"There are: {', '.join(PLATFORMS)}")
        raise InvalidInput(
            "unknown_platform", Text(zh=f"没有平台 {body.platform}", en=f"there is no platform {body.platform}"), known
        )
    reach = Reach(runtime.settings.inner_hosts)
    await run_in_threadpool(check_address, reach, body.address or platform.address)

    def step(connection: Any) -> None:  # noqa: ANN401
        known = {one.id: one for _, one in targets_of(connection, workspace=caller.workspace)}
        since = known[body.id].since if body.id in known else now()
        target = Target(
            id=body.id, name=body.name, platform=body.platform, address=body.address, account=body.account,
            secrets=body.secrets, goals=tuple(body.goals), since=since, per_minute=body.per_minute, active=body.active,
        )  # fmt: skip
        keep_target(connection, workspace=caller.workspace, target=target, platform=platform, vault=runtime.vault)
        record(
            connection, actor=caller.actor, action="conversion_target.kept", workspace=caller.workspace,
            target=body.name,
        )  # fmt: skip

    await write(request, step)
    return Done()


def _text(text: Text) -> WhyNot:
    return WhyNot(zh=text.zh, en=text.en)


def _line(one: Told) -> ConversionLine:
    return ConversionLine(
        id=one.id,
        target=one.target,
        account=one.account,
        name=one.name,
        goal=one.goal,
        step=one.step,
        happened_at=one.happened_at,
        value=None if one.value_minor is None else str(to_decimal(one.value_minor, one.currency)),
        currency=one.currency,
        state=one.state,
        code=one.code,
        why=None if one.why is None else WhyNot(zh=one.why.zh, en=one.why.en),
        attempts=one.attempts,
        next_at=one.next_at,
        sent_at=one.sent_at,
    )
