"""Scorecards: for whoever sees everybody's figures, and everybody's own (S4-1, S4-24, S4-30)."""

from datetime import date
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FiguresReader, OwnReader
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.mine import agent_of
from huasuan.app.scorecards import scorecards_json

router = APIRouter(tags=["agents"])
From = Annotated[date, Query(alias="from", description="First local day, included")]
To = Annotated[date, Query(description="Last local day, excluded")]


@router.get("/scorecards", summary="Scorecards of all teams")
async def get_scorecards(runtime: RuntimeOf, caller: FiguresReader, from_: From, to: To) -> Response:
    """Each team's people against its targets, like with like; how each index was reckoned, part by part."""
    body = await run_in_threadpool(scorecards_json, runtime.answers, caller.workspace, date_from=from_, date_to=to)
    return Response(orjson.dumps(body), media_type="application/json")


@router.get("/mine/scorecard", summary="My scorecard")
async def get_my_scorecard(runtime: RuntimeOf, caller: OwnReader, from_: From, to: To) -> Response:
    """The own line beside the team's, with everything it was reckoned from; nobody else's."""
    agent = agent_of(caller)
    body = await run_in_threadpool(
        scorecards_json, runtime.answers, caller.workspace, date_from=from_, date_to=to, agent=agent
    )
    return Response(orjson.dumps(body), media_type="application/json")
