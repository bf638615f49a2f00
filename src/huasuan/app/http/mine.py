"""What an agent sees: the own calls and the own day, never anybody else's (S4-30)."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import Asked
from huasuan.app.call_reports import Reader, calls_json
from huasuan.app.http.access import OwnReader
from huasuan.app.http.calls import place_of
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, zone
from huasuan.metrics.catalogue import METRICS
from huasuan.people import Principal
from huasuan.reports import CallsWanted

router = APIRouter(prefix="/mine", tags=["agents"])
# Of the day: effort, outcome, and what the outcome brought.
METRICS_OF_THE_DAY = ("dials", "human_answered", "conversations", "connect_rate", "aht", "won_deals", "revenue_net")


@router.get("/day", summary="My day")
async def get_day(request: Request, caller: OwnReader, day: Annotated[date | None, Query()] = None) -> Response:
    """The own figures of a local day, today unless another is named; each with its name and unit."""
    agent = agent_of(caller)
    runtime: Runtime = request.app.state.runtime

    def read() -> dict[str, Any]:
        settings = runtime.answers.workspace(caller.workspace).settings
        present = now().astimezone(zone(settings.zone)).date()
        wanted = day or present
        if wanted >= date.max:
            raise InvalidInput("bad_day", Text(zh="日期过大", en="the day is too far ahead"))
        keys = tuple(key for key in METRICS_OF_THE_DAY if key in METRICS)
        asked = Asked(
            metrics=keys,
            where={"agent": (agent,)},
            date_from=wanted,
            date_to=date.fromordinal(wanted.toordinal() + 1),
            basis="event",
        )
        answer = runtime.answers.ask(caller.workspace, asked)
        values = answer["rows"][0]["values"] if answer["rows"] else {}
        return {
            "agent": agent,
            "day": wanted.isoformat(),
            "currency": settings.currency,
            "figures": [_figure(key, values.get(key, {})) for key in keys],
        }

    return Response(orjson.dumps(await run_in_threadpool(read)), media_type="application/json")


@router.get("/calls", summary="My calls")
async def get_my_calls(  # noqa: PLR0917  FastAPI calls it by name
    request: Request,
    caller: OwnReader,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
    next_: Annotated[str | None, Query(alias="next", max_length=60, description="What the page before said")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """The own ones of the call log, newest first, numbers masked."""
    agent = agent_of(caller)
    runtime: Runtime = request.app.state.runtime
    wanted = CallsWanted(
        where={"agent": (agent,)},
        date_from=from_,
        date_to=to,
        before=None if next_ is None else place_of(next_),
        limit=limit,
    )
    reader = Reader(store=runtime.store, answers=runtime.answers, workspace=caller.workspace, unmask=False, costs=False)
    return Response(orjson.dumps(await run_in_threadpool(calls_json, reader, wanted)), media_type="application/json")


def _figure(key: str, told: dict[str, Any]) -> dict[str, Any]:
    metric = METRICS[key]
    text, meaning = metric.about.text, metric.about.meaning
    return {
        "key": key,
        "text": {"zh": text.zh, "en": text.en},
        "meaning": {"zh": meaning.zh, "en": meaning.en},
        "unit": metric.unit,
        "value": told.get("value"),
        "reason": told.get("reason"),
    }


def agent_of(caller: Principal) -> str:
    """The code under which the person talks to customers.

    Raises
    ------
    InvalidInput
        ``no_agent_code``
    """
    if caller.agent is None:
        raise InvalidInput(
            "no_agent_code",
            Text(zh="您的账号没有坐席工号", en="your account has no agent code"),
            Text(zh="请让管理员在“用户”中填写您的坐席工号。", en="Have it entered under Users by a manager."),
        )
    return caller.agent
