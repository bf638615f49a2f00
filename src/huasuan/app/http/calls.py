"""The call log, the card of a call, the file of a customer."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import filters_in
from huasuan.app.call_reports import Reader, calls_json, card_json, customer_json, source_json
from huasuan.app.http.access import FactsReader
from huasuan.app.http.entrance import tell_unmasked
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.people import Principal, Right, missing_right
from huasuan.reports import CallsWanted

router = APIRouter(tags=["calls"])
Number = Annotated[int, Path(ge=1, le=2**62)]
Unmask = Annotated[
    bool, Query(description="Phone numbers and addresses whole; needs personal.unmask and is written down")
]
Seconds = Annotated[int | None, Query(ge=0, le=86_400)]
_MOST = 500
_LARGEST = 2**62


@router.get("/calls", summary="The call log")
async def get_calls(  # noqa: PLR0917  FastAPI calls it by name
    request: Request,
    caller: FactsReader,
    where: Annotated[list[str] | None, Query(description="dimension=value; may be repeated; empty is unknown")] = None,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
    talk_from: Seconds = None,
    talk_to: Seconds = None,
    phone: Annotated[str | None, Query(max_length=40, description="Only calls with this number")] = None,
    next_: Annotated[str | None, Query(alias="next", max_length=60, description="What the page before said")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    *,
    not_called_back: Annotated[
        bool, Query(description="Only missed calls that nobody called back within 24 h")
    ] = False,
    unmask: Unmask = False,
) -> Response:
    """Newest first, page by page; every row carries the cuts it is counted under."""
    wanted = CallsWanted(
        where=filters_in(where or ()),
        date_from=from_,
        date_to=to,
        talk_least=talk_from,
        talk_most=talk_to,
        waiting=not_called_back,
        before=None if next_ is None else place_of(next_),
        limit=limit,
    )
    return await _told(request, caller, lambda reader: calls_json(reader, wanted, phone=phone), unmask=unmask)


@router.get("/calls/{number}", summary="The card of a call")
async def get_call(request: Request, caller: FactsReader, number: Number, *, unmask: Unmask = False) -> Response:
    """What it was, what it cost and earned, and everything else that happened with its customer."""
    return await _told(request, caller, lambda reader: card_json(reader, number), unmask=unmask)


@router.get("/calls/{number}/source", summary="Why this source?")
async def get_call_source(request: Request, caller: FactsReader, number: Number) -> Response:
    """The visits that could have led to the call, each with its probability and what speaks for it."""
    return await _told(request, caller, lambda reader: source_json(reader, number), unmask=False)


@router.get("/customers/{number}", summary="The file of a customer")
async def get_customer(request: Request, caller: FactsReader, number: Number, *, unmask: Unmask = False) -> Response:
    """Who it is, and every call, lead, touch, deal and return, newest first."""
    return await _told(request, caller, lambda reader: customer_json(reader, number), unmask=unmask)


async def _told(
    request: Request, caller: Principal, tell: Callable[[Reader], dict[str, Any]], *, unmask: bool
) -> Response:
    if unmask and not caller.may(Right.PERSONAL_UNMASK):
        raise missing_right(Right.PERSONAL_UNMASK)
    runtime: Runtime = request.app.state.runtime
    reader = Reader(
        store=runtime.store,
        answers=runtime.answers,
        workspace=caller.workspace,
        unmask=unmask,
        costs=caller.may(Right.COSTS_READ),
    )
    body = await run_in_threadpool(tell, reader)
    if unmask:
        await tell_unmasked(request, caller, what=request.url.path, facts=len(body.get("calls", [1])))
    return Response(orjson.dumps(body), media_type="application/json")


def place_of(text: str) -> tuple[datetime, int]:
    """Where the page before ended."""
    moment, _, number = text.rpartition("_")
    try:
        at, fact_id = datetime.fromisoformat(moment), int(number)
        if fact_id > _LARGEST:
            raise ValueError
        return (at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at), fact_id
    except (ValueError, OverflowError):
        raise InvalidInput(
            "bad_page",
            Text(zh="next 不是上一页给出的值", en="next is not what the page before said"),
            Text(zh="请原样带回上一页的 next。", en="Send the next of the page before as it was."),
        ) from None
