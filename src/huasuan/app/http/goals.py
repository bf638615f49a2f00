"""Goals: by which model each is credited, how far back, what it is worth, which platforms are told, and its credit."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FiguresReader, SettingsWriter
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.journeys import wanted_of
from huasuan.journeys import Credited, Goal, GoalSettings, goals_set, keep_goal, lay_goal, side_by_side
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import to_decimal, to_minor
from huasuan.kernel.text import Text
from huasuan.metrics.attributing import attribution_of
from huasuan.metrics.credited import WHOLE
from huasuan.people import WorkspaceSettings, record, settings_of

router = APIRouter(prefix="/journeys/goals", tags=["journeys"])
_Number = Annotated[int, Field(ge=1, le=2**62)]


class GoalBody(BaseModel):
    """What is decided for a goal; ``value`` is that of one call, and a sale has its own. Targets are accounts told."""

    model_config = ConfigDict(extra="forbid")

    goal: Goal
    model: PrintedText = Field(min_length=1, description="As time-decay:7, position:40/40, stages:30/30~7/30/10")
    lookback_days: int = Field(ge=1, le=3660)
    value: str | None = Field(default=None, max_length=20, pattern=r"^\d{1,12}(\.\d{1,3})?$")
    targets: list[_Number] = Field(default_factory=list, max_length=100)


class Goals(BaseModel):
    """Every goal, in the workspace's currency."""

    currency: str
    goals: list[GoalBody]


class GoalCredit(BaseModel):
    """What a step is credited with: goals reached in fractions, and their worth."""

    step: str | None
    reached: str
    value: str


class GoalCredits(BaseModel):
    """By the goal's own model; the last touch of a call's path is the call itself."""

    goal: Goal
    model: str
    currency: str
    rows: list[GoalCredit]


@router.get("", summary="Goals: model, look-back, value, platforms")
async def get_goals(runtime: RuntimeOf, caller: FiguresReader) -> Goals:
    """What was not decided for a goal is as the workspace has it."""

    def step(connection: Connection) -> Goals:
        settings = settings_of(connection, caller.workspace)
        found = goals_set(connection, workspace=caller.workspace, settings=settings)
        return Goals(currency=settings.currency, goals=[_body(one, settings.currency) for one in found])

    return await read(runtime, step)


@router.put("", summary="Decide for a goal")
async def put_goal(request: Request, caller: SettingsWriter, body: GoalBody) -> Done:
    """Paths and credit follow at the next question; platforms are told from now on."""

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        currency = settings_of(connection, caller.workspace).currency
        goal = GoalSettings(
            goal=body.goal,
            model=body.model,
            lookback_days=body.lookback_days,
            value_minor=None if body.value is None else _minor(body.value, currency),
            targets=tuple(body.targets),
        )
        keep_goal(connection, workspace=caller.workspace, goal=goal)
        record(connection, actor=caller.actor, action="goal.kept", workspace=caller.workspace, target=body.goal)

    await write(request, step)
    return Done()


@router.get("/{goal}/credit", summary="Who earned a goal, by the goal's own model")
async def get_goal_credit(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FiguresReader,
    goal: Annotated[Goal, Path(description="call, unique_call, target_call, unique_target_call or sale")],
    by: Annotated[str, Query()] = "channel",
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: Annotated[date | None, Query()] = None,
) -> GoalCredits:
    """Neither junk nor a repeat within the sales cycle counts as a target. No model is causal."""

    def step(connection: Connection) -> tuple[WorkspaceSettings, GoalSettings]:
        settings = settings_of(connection, caller.workspace)
        found = goals_set(connection, workspace=caller.workspace, settings=settings)
        return settings, next(each for each in found if each.goal == goal)

    settings, one = await read(runtime, step)
    wanted = wanted_of(by, from_, to, one.lookback_days, 1)
    model = attribution_of(one.model, lookback_days=one.lookback_days)

    def credit() -> list[Credited]:
        with runtime.answers.reading(caller.workspace, limited=True) as (cursor, _):
            lay_goal(cursor, goal, one.value_minor)
            return side_by_side(cursor, wanted, [model])

    return GoalCredits(
        goal=goal,
        model=model.text,
        currency=settings.currency,
        rows=[
            GoalCredit(
                step=row.step,
                reached=str(Decimal(row.conversions[0]) / WHOLE),
                value=str(to_decimal(row.value_minor[0], settings.currency)),
            )
            for row in await run_in_threadpool(credit)
        ],
    )


def _body(one: GoalSettings, currency: str) -> GoalBody:
    return GoalBody(
        goal=one.goal,
        model=one.model,
        lookback_days=one.lookback_days,
        value=None if one.value_minor is None else str(to_decimal(one.value_minor, currency)),
        targets=list(one.targets),
    )


def _minor(text: str, currency: str) -> int:
    try:
        return to_minor(Decimal(text), currency)
    except ArithmeticError:
        raise InvalidInput("bad_value", Text(zh=f"金额无法读取：{text}", en=f"not an amount: {text}")) from None
