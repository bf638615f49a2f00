"""Questions: the catalogue, /ask and /behind."""

from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import (
    BEHIND_SHOWN,
    MAX_BEHIND,
    Asked,
    Basis,
    Opening,
    Side,
    compare_in,
    days_in,
    filters_in,
    names_in,
)
from huasuan.app.bodies import BehindBody, QuestionBody
from huasuan.app.http.guards import RuntimeOf, WorkspaceId
from huasuan.app.runtime import Runtime

router = APIRouter(tags=["questions"])


def question_of(  # noqa: PLR0917  FastAPI calls it by name
    metric: Annotated[list[str], Query(description="Metric; may be repeated or separated by commas")],
    by: Annotated[str, Query(description="Dimensions, separated by commas")] = "",
    where: Annotated[list[str] | None, Query(description="dimension=value; may be repeated")] = None,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
    basis: Annotated[Basis, Query()] = "cohort",
    as_of: Annotated[date | None, Query(description="As known before this local day 00:00")] = None,
    intervals: Annotated[bool, Query(description="Say how sure each figure is")] = False,
    compare: Annotated[str | None, Query(description="previous, or a period written FROM..TO")] = None,
    matured: Annotated[str | None, Query(description="Only days so many days past, or cycle")] = None,
    firm: Annotated[date | Literal["now"] | None, Query(description="Only deals firm before this day, or now")] = None,
) -> Asked:
    """The question an address asks."""
    return Asked(
        metrics=names_in(metric),
        by=names_in([by]),
        where=filters_in(where or ()),
        date_from=from_,
        date_to=to,
        basis=basis,
        as_of=as_of,
        intervals=intervals,
        compare=None if compare is None else compare_in(compare),
        matured=None if matured is None else days_in(matured),
        firm=firm,
    )


AskedOf = Annotated[Asked, Depends(question_of)]


@router.get("/ask", summary="Ask by address")
async def get_ask(runtime: RuntimeOf, workspace: WorkspaceId, asked: AskedOf) -> Response:
    """Every cell carries value, numerator, denominator, n, the reason if unknown, and the address behind it."""
    return await _answer(runtime, workspace, asked)


@router.post("/ask", summary="Ask")
async def post_ask(runtime: RuntimeOf, workspace: WorkspaceId, body: QuestionBody) -> Response:
    """As GET, for questions with many filters."""
    return await _answer(runtime, workspace, body.asked())


@router.get("/behind", summary="The facts behind a figure, by address")
async def get_behind(
    runtime: RuntimeOf,
    workspace: WorkspaceId,
    asked: AskedOf,
    side: Annotated[Side, Query(description="Which side of a ratio")] = "numerator",
    limit: Annotated[int, Query(ge=1, le=MAX_BEHIND)] = BEHIND_SHOWN,
) -> Response:
    """Exactly the facts one figure was reckoned from; their amounts add up to it."""
    return await _behind(runtime, workspace, asked, Opening(side=side, limit=limit))


@router.post("/behind", summary="The facts behind a figure")
async def post_behind(runtime: RuntimeOf, workspace: WorkspaceId, body: BehindBody) -> Response:
    """Send what an answer's `behind` holds."""
    return await _behind(runtime, workspace, body.asked(), body.opening())


async def _answer(runtime: Runtime, workspace: int, asked: Asked) -> Response:
    return _json(await run_in_threadpool(runtime.answers.ask, workspace, asked))


async def _behind(runtime: Runtime, workspace: int, asked: Asked, opening: Opening) -> Response:
    return _json(await run_in_threadpool(runtime.answers.behind, workspace, asked, opening))


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
