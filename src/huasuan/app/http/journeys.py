"""Sequences, channel groups, models side by side, and why a deal was credited."""

from collections.abc import Callable
from datetime import UTC, date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FiguresReader
from huasuan.app.http.guards import RuntimeOf
from huasuan.journeys import (
    METHOD,
    OBSERVED,
    Order,
    Spread,
    Wanted,
    Way,
    before_direct,
    check_step,
    removed,
    sequences,
    side_by_side,
    why_credited,
)
from huasuan.kernel.money import to_decimal
from huasuan.metrics.attributing import Attribution, attribution_of
from huasuan.metrics.credited import WHOLE

router = APIRouter(prefix="/journeys", tags=["journeys"])
_MOST_MODELS = 8
_SIDE_BY_SIDE = ("first", "last-non-direct", "linear", "position", "time-decay", "markov", "shapley")
Model = Annotated[list[str] | None, Query(max_length=_MOST_MODELS, description="Model of attribution; may be repeated")]


def wanted_of(
    by: Annotated[str, Query(description="What a step is named by: channel, source, campaign, keyword …")] = "channel",
    from_: Annotated[date | None, Query(alias="from", description="First local day of the sale, included")] = None,
    to: Annotated[date | None, Query(description="Last local day of the sale, excluded")] = None,
    lookback_days: Annotated[int, Query(ge=1, le=3660)] = 90,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Wanted:
    """Which sales, and how steps are named."""
    return Wanted(step=check_step(by), date_from=from_, date_to=to, lookback_days=lookback_days, limit=limit)


@router.get("/sequences", summary="The commonest ways to a sale")
async def get_sequences(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FiguresReader,
    order: Annotated[Order, Query()] = "conversions",
    shape: Annotated[Literal["path", "group"], Query(description="group: unordered sets of steps")] = "path",
    by: Annotated[str, Query()] = "channel",
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: Annotated[date | None, Query()] = None,
    lookback_days: Annotated[int, Query(ge=1, le=3660)] = 90,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Sales that came the same way: how many, worth what net of returns, over how many touches and days."""
    wanted = wanted_of(by, from_, to, lookback_days, limit)

    def read() -> dict[str, Any]:
        with runtime.answers.reading(caller.workspace, limited=True) as (cursor, snapshot):
            found = sequences(cursor, wanted, order=order, grouped=shape == "group")
            direct = before_direct(cursor, wanted, laid=True)
        currency = snapshot.rules.currency
        return {
            "currency": currency,
            "rows": [_way(row, currency) for row in found],
            "before_direct": [
                {"step": row.step, "visits": row.visits, "conversions": row.conversions} for row in direct
            ],
        }

    return await run_in_threadpool(read)


@router.get("/models", summary="Models of attribution side by side")
async def get_models(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FiguresReader,
    model: Model = None,
    by: Annotated[str, Query()] = "channel",
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: Annotated[date | None, Query()] = None,
    lookback_days: Annotated[int, Query(ge=1, le=3660)] = 90,
    intervals: Annotated[bool, Query(description="Say how sure each figure is")] = False,
) -> dict[str, Any]:
    """What each step is credited with under each model; in every model they sum to the same. None is causal."""
    wanted = wanted_of(by, from_, to, lookback_days, 1)
    models = _models(model or _SIDE_BY_SIDE, lookback_days)

    def read() -> dict[str, Any]:
        with runtime.answers.reading(caller.workspace, limited=True) as (cursor, snapshot):
            found = side_by_side(cursor, wanted, models, intervals=intervals)
        currency = snapshot.rules.currency
        return {
            "currency": currency,
            "models": [one.text for one in models],
            "rows": [
                {
                    "step": row.step,
                    "conversions": [_share(credit) for credit in row.conversions],
                    "value": [str(to_decimal(value, currency)) for value in row.value_minor],
                    "assisted": row.assisted,
                    "last": row.last,
                    "sure": None if row.sure is None else [_sure(*one, currency) if one else None for one in row.sure],
                }
                for row in found
            ],
            "interval_method": {"zh": METHOD.zh, "en": METHOD.en} if intervals else None,
        }

    return await run_in_threadpool(read)


@router.get("/removal", summary="Sales lost if a step were off, by observation")
async def get_removal(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FiguresReader,
    by: Annotated[str, Query()] = "channel",
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: Annotated[date | None, Query()] = None,
    lookback_days: Annotated[int, Query(ge=1, le=3660)] = 90,
    order: Annotated[int, Query(ge=1, le=3, description="Order of the Markov chain")] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Expected by a Markov chain over ways with and without a sale; an observation, no proof."""
    wanted = wanted_of(by, from_, to, lookback_days, limit)

    def read() -> dict[str, Any]:
        with runtime.answers.reading(caller.workspace, limited=True) as (cursor, _):
            found = removed(cursor, wanted, order=order)
        return {
            "sold": found.sold,
            "gone": found.gone,
            "left_out": found.left_out,
            "note": {"zh": OBSERVED.zh, "en": OBSERVED.en},
            "rows": [
                {"step": row.step, "share": round(row.share, 6), "sales": round(row.sales, 2)} for row in found.rows
            ],
        }

    return await run_in_threadpool(read)


@router.get("/why/{deal_id}", summary="Why was this credited?")
async def get_why(
    runtime: RuntimeOf, caller: FiguresReader, deal_id: Annotated[int, Path(ge=0, lt=2**64)], model: Model = None
) -> dict[str, Any]:
    """Every touch of a deal in order, and the share of it under each model. The number is `fact_id` of /ask/behind."""
    models = _models(model or _SIDE_BY_SIDE, 90)

    def read() -> dict[str, Any]:
        with runtime.answers.reading(caller.workspace, limited=True) as (cursor, snapshot):
            found = why_credited(cursor, deal_id, models)
        currency = snapshot.rules.currency
        return {
            "currency": currency,
            "models": [one.text for one in models],
            "touches": [
                {
                    "position": row.position,
                    "kind": row.kind,
                    "channel": row.channel,
                    "campaign": row.campaign,
                    "keyword": row.keyword,
                    "agent": row.agent,
                    "at": row.at.replace(tzinfo=UTC).isoformat(),
                    "days_before": round(row.days_before, 4),
                    "shares": [_share(share) for share in row.shares],
                    "value": [str(to_decimal(value, currency)) for value in row.value_minor],
                }
                for row in found
            ],
        }

    return await run_in_threadpool(read)


def _models(texts: tuple[str, ...] | list[str], lookback_days: int) -> list[Attribution]:
    return [attribution_of(text, lookback_days=lookback_days) for text in dict.fromkeys(texts)]


def _sure(sales: Spread, money: Spread, currency: str) -> dict[str, Any]:
    reason = sales.reason or money.reason
    return {
        "conversions": _ends(sales, lambda end: _share(round(end))),
        "value": _ends(money, lambda end: str(to_decimal(round(end), currency))),
        "reason": None if reason is None else {"zh": reason.zh, "en": reason.en},
    }


def _ends(spread: Spread, written: Callable[[float], str]) -> list[str] | None:
    return None if spread.low is None or spread.high is None else [written(spread.low), written(spread.high)]


def _share(credit: int) -> str:
    return str(Decimal(credit) / WHOLE)


def _way(row: Way, currency: str) -> dict[str, Any]:
    return {
        "steps": list(row.steps),
        "conversions": row.conversions,
        "value": str(to_decimal(row.value_minor, currency)),
        "length": round(row.length, 4),
        "days": round(row.days, 4),
    }
