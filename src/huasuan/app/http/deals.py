"""The list of deals with what came back and why, and entering a return by hand."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import anyio
import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import filters_in
from huasuan.app.call_reports import Reader
from huasuan.app.deal_reports import GivenBack, deals_json, give_back
from huasuan.app.http.access import FactsReader, FactsWriter
from huasuan.app.http.entrance import PrintedText, tell_unmasked, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.people import Principal, Right, missing_right, record
from huasuan.reports import DealsWanted, Status

router = APIRouter(tags=["deals"])
_MOST = 500
_LARGEST = 2**64
Amount = Annotated[Decimal, Field(gt=0, le=10**12, decimal_places=4)]


class NewReturn(BaseModel):
    """What came back of a deal; without ``amount`` all that is left. Amounts in the currency of the deal."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[\w-]+$")] = Field(
        description="Made once by whoever sends it: sent twice it counts once."
    )
    deal: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    kind: Literal["part_returned", "returned", "cancelled"]
    day: date = Field(description="Local day of the workspace.")
    amount: Amount | None = None
    reason: PrintedText = ""
    handling_cost: Amount | None = None
    goods_lost: bool = False


class Recorded(BaseModel):
    """The delivery it came in by; /batches/{batch}/undo takes it back."""

    batch: int
    status: str


@router.get("/deals", summary="The list of deals")
async def get_deals(  # noqa: PLR0917  FastAPI calls it by name
    request: Request,
    caller: FactsReader,
    where: Annotated[list[str] | None, Query(description="dimension=value; may be repeated; empty is unknown")] = None,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
    status: Annotated[list[Status] | None, Query(description="Only deals that stand so; may be repeated")] = None,
    next_: Annotated[str | None, Query(alias="next", max_length=60, description="What the page before said")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    *,
    unmask: Annotated[bool, Query(description="Phone numbers whole; needs personal.unmask, is written down")] = False,
) -> Response:
    """Latest win first, page by page; with what came back of each, and the reasons of all."""
    if unmask and not caller.may(Right.PERSONAL_UNMASK):
        raise missing_right(Right.PERSONAL_UNMASK)
    wanted = DealsWanted(
        where=filters_in(where or ()),
        date_from=from_,
        date_to=to,
        status=status or (),
        before=None if next_ is None else _place(next_),
        limit=limit,
    )
    reader = _reader(request.app.state.runtime, caller, unmask=unmask)
    body = await run_in_threadpool(deals_json, reader, wanted)
    if unmask:
        await tell_unmasked(request, caller, what="/deals", facts=len(body["deals"]))
    return Response(orjson.dumps(body), media_type="application/json")


@router.post("/returns", summary="Enter a return or cancellation by hand")
async def post_returns(request: Request, runtime: RuntimeOf, caller: FactsWriter, body: NewReturn) -> Recorded:
    """Goes through the same door as every fact; figures follow with the next round."""
    told = GivenBack(
        key=body.key,
        deal=body.deal,
        kind=body.kind,
        day=body.day,
        amount=body.amount,
        reason=body.reason.strip() or None,
        handling_cost=body.handling_cost,
        goods_lost=body.goods_lost,
    )
    reader = _reader(runtime, caller, unmask=False)
    delivery = await anyio.to_thread.run_sync(give_back, reader, told, limiter=request.app.state.writers)
    detail = {"batch": delivery.batch, "amount": None if body.amount is None else format(body.amount, "f")}
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action=f"deal.{body.kind}",
            workspace=caller.workspace,
            target=body.deal,
            detail=detail,
        ),
    )
    return Recorded(batch=delivery.batch, status=delivery.outcomes[0].status)


def _reader(runtime: Runtime, caller: Principal, *, unmask: bool) -> Reader:
    return Reader(store=runtime.store, answers=runtime.answers, workspace=caller.workspace, unmask=unmask, costs=False)


def _place(text: str) -> tuple[date, int]:
    """Where the page before ended."""
    day, _, number = text.rpartition("_")
    try:
        deal = int(number)
        if not 0 <= deal < _LARGEST:
            raise ValueError
        return date.fromisoformat(day), deal
    except ValueError:
        raise InvalidInput(
            "bad_page",
            Text(zh="next 不是上一页给出的值", en="next is not what the page before said"),
            Text(zh="请原样带回上一页的 next。", en="Send the next of the page before as it was."),
        ) from None
