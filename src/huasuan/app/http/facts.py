"""POST /facts/{kind}: records come in, each with its own answer."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import anyio
import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from huasuan.app.http.access import Sender
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.problems import both_languages
from huasuan.app.runtime import Runtime
from huasuan.intake import KINDS, Delivery, Outcome, deliver
from huasuan.kernel.errors import InvalidInput, TooLarge
from huasuan.kernel.text import Text
from huasuan.people import COST_KINDS, Right, missing_right

NDJSON = "application/x-ndjson"
router = APIRouter(tags=["intake"])

_ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["number", "key", "status"],
    "properties": {
        "number": {"type": "integer", "description": "Place in the delivery, from 0."},
        "key": {"type": ["string", "null"]},
        "status": {"enum": ["created", "corrected", "unchanged", "refused"]},
        "code": {"type": "string"},
        "text": {"$ref": "#/components/schemas/BothLanguages"},
        "remedy": {"anyOf": [{"$ref": "#/components/schemas/BothLanguages"}, {"type": "null"}]},
    },
}
DELIVERY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What became of each record. Whatever is not refused is durable when this arrives.",
    "required": ["batch", "created", "corrected", "unchanged", "refused", "items"],
    "properties": {
        "batch": {"type": "integer", "description": "Number of the delivery, for undo."},
        **{name: {"type": "integer"} for name in ("created", "corrected", "unchanged", "refused")},
        "items": {"type": "array", "items": _ITEM},
    },
}


@router.post("/facts/{kind}", summary="Send records of one kind", openapi_extra={"x-huasuan": "facts"})
async def post_facts(
    request: Request,
    runtime: RuntimeOf,
    caller: Sender,
    kind: Annotated[str, Path(description="Kind of record", json_schema_extra={"enum": list(KINDS)})],
    source: Annotated[
        str, Query(min_length=1, max_length=200, description="The sending system; with `key` it names a record.")
    ] = "api",
) -> Response:
    """Send a JSON array, one JSON object, or NDJSON (one object a line).

    A record is known by (workspace, source, key): sent again unchanged it changes nothing, sent with another content
    it corrects the earlier one. 200 means that everything not refused is on disk.
    """
    if kind not in COST_KINDS and not caller.may(Right.INTAKE_WRITE):
        raise missing_right(Right.INTAKE_WRITE)
    records = read_records(await request.body(), request.headers.get("content-type", ""), runtime.settings.max_items)

    def take() -> Delivery:
        with runtime.arrivals.taking():
            return deliver(
                runtime.store, workspace=caller.workspace, kind_name=kind, source=source, records=records, origin="api"
            )

    delivery = await anyio.to_thread.run_sync(take, limiter=request.app.state.writers)
    _count(runtime, kind, delivery)
    return Response(orjson.dumps(as_json(delivery)), media_type="application/json")


def read_records(body: bytes, content_type: str, limit: int) -> list[object]:
    """The records of a request. A broken line of NDJSON stays in as text, so that it alone is refused.

    Raises
    ------
    InvalidInput
        ``bad_json`` or ``no_records``
    TooLarge
        ``too_many_items``
    """
    records = _ndjson(body) if content_type.split(";", maxsplit=1)[0].strip().lower() == NDJSON else _json(body)
    if not records:
        raise InvalidInput(
            "no_records",
            Text(zh="请求中没有记录", en="the request holds no record"),
            Text(zh="请发送 JSON 数组或 NDJSON。", en="Send a JSON array or NDJSON."),
        )
    if len(records) > limit:
        raise TooLarge(
            "too_many_items",
            Text(zh=f"一次 {len(records)} 条，超过 {limit} 条", en=f"{len(records)} records, more than {limit}"),
            Text(zh="请分成几批发送。", en="Send them in several batches."),
        )
    return records


def _json(body: bytes) -> list[object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            "bad_json",
            Text(zh=f"请求体不是 JSON：{error}", en=f"the body is no JSON: {error}"),
            Text(
                zh=f"请发送 UTF-8 的 JSON；每行一条时 Content-Type 为 {NDJSON}。",
                en=f"Send JSON in UTF-8; for one record a line the Content-Type is {NDJSON}.",
            ),
        ) from error
    return found if isinstance(found, list) else [found]


def _ndjson(body: bytes) -> list[object]:
    records: list[object] = []
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            records.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            records.append(line.decode("utf-8", "replace"))
    return records


def as_json(delivery: Delivery) -> dict[str, Any]:
    """The answer to a delivery."""
    tally = Counter(outcome.status for outcome in delivery.outcomes)
    return {
        "batch": delivery.batch,
        **{name: tally[name] for name in ("created", "corrected", "unchanged", "refused")},
        "items": _items(delivery.outcomes),
    }


def _items(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for outcome in outcomes:
        item: dict[str, Any] = {"number": outcome.number, "key": outcome.source_key, "status": outcome.status}
        if outcome.text is not None:
            item |= {
                "code": outcome.code,
                "text": both_languages(outcome.text),
                "remedy": both_languages(outcome.remedy),
            }
        items.append(item)
    return items


def _count(runtime: Runtime, kind: str, delivery: Delivery) -> None:
    for status, number in Counter(outcome.status for outcome in delivery.outcomes).items():
        runtime.gauges.taken.labels(kind=kind, status=status).inc(number)
