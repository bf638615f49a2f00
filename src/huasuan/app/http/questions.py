"""Questions: the catalogue, /ask and /behind."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import (
    BEHIND_SHOWN,
    MAX_AGE_SECONDS,
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
from huasuan.app.bodies import BehindBody, PageBody, QuestionBody
from huasuan.app.exporting import facts_as_csv
from huasuan.app.http.access import Exporter, FactsReader, FiguresReader, check_costs
from huasuan.app.http.entrance import tell_exported, tell_unmasked
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.problems import language_of, problem_json
from huasuan.app.runtime import Runtime
from huasuan.app.worker.warehouses import Warehouses
from huasuan.kernel.errors import HuasuanError
from huasuan.people import Principal, Right, missing_right

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
    attribution: Annotated[
        str | None, Query(max_length=80, description="Model by which sales belong to touches")
    ] = None,
    max_age_seconds: Annotated[float, Query(ge=0, le=MAX_AGE_SECONDS, description="How old an answer may be")] = 0.0,
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
        attribution=attribution,
        max_age_seconds=max_age_seconds,
    )


AskedOf = Annotated[Asked, Depends(question_of)]


def opening_of(
    side: Annotated[Side, Query(description="Which side of a ratio")] = "numerator",
    limit: Annotated[int, Query(ge=1, le=MAX_BEHIND)] = BEHIND_SHOWN,
) -> Opening:
    """Which figure of it to open."""
    return Opening(side=side, limit=limit)


OpeningOf = Annotated[Opening, Depends(opening_of)]
Unmask = Annotated[
    bool, Query(description="Phone numbers and addresses whole; needs personal.unmask and is written down")
]


@router.get("/ask", summary="Ask by address")
async def get_ask(runtime: RuntimeOf, caller: FiguresReader, asked: AskedOf) -> Response:
    """Every cell carries value, numerator, denominator, n, the reason if unknown, and the address behind it."""
    return await _answer(runtime, caller, asked)


@router.post("/ask", summary="Ask")
async def post_ask(runtime: RuntimeOf, caller: FiguresReader, body: QuestionBody) -> Response:
    """As GET, for questions with many filters."""
    return await _answer(runtime, caller, body.asked())


@router.post("/ask-many", summary="Ask all questions of a page at once")
async def post_ask_many(request: Request, caller: FiguresReader, body: PageBody) -> Response:
    """Answers in the order of the questions, all from the same moment; what cannot be answered has a `problem`."""
    answers: Warehouses = request.app.state.runtime.answers
    language = language_of(request.headers.get("accept-language"))
    asked = [question.asked() for question in body.questions]
    told = await run_in_threadpool(lambda: _page(answers, caller, asked, body.max_age_seconds))
    found = [
        {"problem": problem_json(one, language=language)} if isinstance(one, HuasuanError) else one for one in told
    ]
    return _json({"answers": found})


def _page(
    answers: Warehouses, caller: Principal, asked: list[Asked], max_age_seconds: float
) -> list[dict[str, Any] | HuasuanError]:
    """Each answer or why there is none."""
    refused: dict[int, HuasuanError] = {}
    for number, question in enumerate(asked):
        try:
            check_costs(caller, question.metrics)
        except HuasuanError as error:
            refused[number] = error
    allowed = [question for number, question in enumerate(asked) if number not in refused]
    told = iter(answers.ask_many(caller.workspace, allowed, max_age_seconds=max_age_seconds) if allowed else ())
    return [refused[number] if number in refused else next(told) for number in range(len(asked))]


@router.get("/behind", summary="The facts behind a figure, by address")
async def get_behind(
    request: Request,
    caller: FactsReader,
    asked: AskedOf,
    opening: OpeningOf,
    *,
    unmask: Unmask = False,
) -> Response:
    """Exactly the facts one figure was reckoned from; their amounts add up to it."""
    return await _behind(request, caller, asked, opening, unmask=unmask)


@router.post("/behind", summary="The facts behind a figure")
async def post_behind(request: Request, caller: FactsReader, body: BehindBody, *, unmask: Unmask = False) -> Response:
    """Send what an answer's `behind` holds."""
    return await _behind(request, caller, body.asked(), body.opening(), unmask=unmask)


@router.post("/behind/csv", summary="The facts behind a figure as a file", response_class=Response)
async def post_behind_csv(request: Request, runtime: RuntimeOf, caller: Exporter, body: BehindBody) -> Response:
    """The first ones, as many as an export may hold without approval; masked, and written down as an export."""
    for right in (Right.FIGURES_READ, Right.FACTS_READ):
        if not caller.may(right):
            raise missing_right(right)
    asked = body.asked()
    check_costs(caller, asked.metrics)
    opening = replace(body.opening(), limit=max(1, min(MAX_BEHIND, runtime.settings.export_rows)))
    opened = await run_in_threadpool(runtime.answers.behind, caller.workspace, asked, opening, unmask=False)
    facts = opened["facts"]
    await tell_exported(request, caller, what=",".join(asked.metrics), rows=len(facts), whole=opened["count"])
    name = f"{asked.metrics[0]}.csv" if asked.metrics[0].isidentifier() else "facts.csv"
    return Response(
        facts_as_csv(facts),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _answer(runtime: Runtime, caller: Principal, asked: Asked) -> Response:
    check_costs(caller, asked.metrics)
    return _json(await run_in_threadpool(runtime.answers.ask, caller.workspace, asked))


async def _behind(request: Request, caller: Principal, asked: Asked, opening: Opening, *, unmask: bool) -> Response:
    check_costs(caller, asked.metrics)
    if unmask and not caller.may(Right.PERSONAL_UNMASK):
        raise missing_right(Right.PERSONAL_UNMASK)
    answers: Warehouses = request.app.state.runtime.answers
    opened = await run_in_threadpool(
        lambda: answers.behind(caller.workspace, asked, opening, unmask=unmask),
    )
    if unmask:
        await tell_unmasked(request, caller, what=",".join(asked.metrics), facts=len(opened["facts"]))
    return _json(opened)


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
