"""Whether the service is well, for people and for Prometheus."""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.store import schema_of

# From this lag on an operator should look: half a second is usual.
LATE_SECONDS = 60.0
router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """``late``: questions work but the warehouse is more than a minute behind the store."""

    status: Literal["ok", "late"]
    schema_version: str | None
    behind_seconds: float
    behind_rows: int


@router.get("/health", summary="Is the service well?")
async def get_health(runtime: RuntimeOf) -> Health:
    """Asks the store and the projector; needs no key, tells nothing about the business."""
    return await run_in_threadpool(_look, runtime)


def _look(runtime: Runtime) -> Health:
    lag = runtime.answers.lag()
    return Health(
        status="ok" if lag.seconds < LATE_SECONDS else "late",
        schema_version=schema_of(runtime.store),
        behind_seconds=round(lag.seconds, 3),
        behind_rows=lag.rows,
    )


async def prometheus(runtime: RuntimeOf) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(await run_in_threadpool(generate_latest, runtime.gauges.registry), media_type=CONTENT_TYPE_LATEST)
