"""The outbox of conversions: who is told, what was told or why it was not, and sending again."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FactsReader, SettingsWriter
from huasuan.app.http.entrance import Done, PrintedText, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.journeys import Goal, State, Target, Told, keep_target, lines_of, send_again, targets_of
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
    """Those that failed first, then the newest."""

    lines: list[ConversionLine]


class ConversionTarget(BaseModel):
    """Who is told of which goals; the secret is taken and never shown. An empty one leaves the one there is."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(default=0, ge=0, le=2**62)
    name: PrintedText = Field(min_length=1)
    platform: Literal["webhook"] = "webhook"
    address: PrintedText
    secret: str = Field(default="", max_length=200, pattern=r"^[\x21-\x7e]*$")
    goals: list[Goal] = Field(min_length=1, max_length=5)
    per_minute: int = Field(default=60, ge=1, le=6000)
    active: bool = True


class ConversionTargets(BaseModel):
    """Targets by name."""

    targets: list[ConversionTarget]


@router.get("", summary="The outbox of conversions")
async def get_conversions(
    runtime: RuntimeOf,
    caller: FactsReader,
    state: Annotated[State | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ConversionLines:
    """Every conversion found in the facts: sent, waiting, failed, or not sendable and why."""

    def read() -> ConversionLines:
        with runtime.store.read() as connection:
            found = lines_of(connection, workspace=caller.workspace, state=state, limit=limit)
        return ConversionLines(lines=[_line(one) for one in found])

    return await run_in_threadpool(read)


@router.post("/{line}/again", summary="Send a failed conversion again")
async def post_again(request: Request, caller: SettingsWriter, line: LineNumber) -> Done:
    """With all its attempts before it."""

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        send_again(connection, workspace=caller.workspace, line=line, at=now())
        record(connection, actor=caller.actor, action="conversion.again", workspace=caller.workspace, target=str(line))

    await write(request, step)
    return Done()


@router.get("/targets", summary="Who is told of conversions")
async def get_targets(runtime: RuntimeOf, caller: FactsReader) -> ConversionTargets:
    """Without their secrets."""

    def read() -> ConversionTargets:
        with runtime.store.read() as connection:
            found = targets_of(connection, workspace=caller.workspace)
        return ConversionTargets(
            targets=[
                ConversionTarget(
                    id=one.id, name=one.name, address=one.address, goals=list(one.goals), per_minute=one.per_minute,
                    active=one.active,
                )
                for _, one in found
            ]
        )  # fmt: skip

    return await run_in_threadpool(read)


@router.put("/targets", summary="Tell somebody of conversions")
async def put_target(request: Request, caller: SettingsWriter, body: ConversionTarget) -> Done:
    """From now on; what happened before is not told."""
    if urlsplit(body.address).scheme not in {"https", "http"} or not urlsplit(body.address).hostname:
        raise InvalidInput(
            "bad_address",
            Text(zh="地址须以 https:// 开头", en="the address begins with https://"),
        )
    if not body.id and not body.secret:
        raise InvalidInput(
            "no_secret",
            Text(zh="请填写签名密钥", en="a secret is needed to sign what is sent"),
        )

    def step(connection: Any) -> None:  # noqa: ANN401
        known = {one.id: one for _, one in targets_of(connection, workspace=caller.workspace)}
        since = known[body.id].since if body.id in known else now()
        target = Target(
            id=body.id, name=body.name, platform=body.platform, address=body.address, secret=body.secret,
            goals=tuple(body.goals), since=since, per_minute=body.per_minute, active=body.active,
        )  # fmt: skip
        keep_target(connection, workspace=caller.workspace, target=target)
        record(
            connection, actor=caller.actor, action="conversion_target.kept", workspace=caller.workspace,
            target=body.name,
        )  # fmt: skip

    await write(request, step)
    return Done()


def _line(one: Told) -> ConversionLine:
    return ConversionLine(
        id=one.id,
        target=one.target,
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
