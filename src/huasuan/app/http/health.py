"""Whether the service is well, for people and for Prometheus."""

import hmac
import ipaddress
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import address_of
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import NotAllowed
from huasuan.kernel.text import Text
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


async def scraper_only(request: Request, runtime: RuntimeOf, authorization: Annotated[str, Header()] = "") -> None:
    """Let in whoever presents the token of the settings; without one, whoever asks from this machine.

    How much a business calls and which errors it meets is nobody else's business.
    """
    token = runtime.settings.metrics_token
    if token is None:
        welcome = _is_here(address_of(request))
    else:
        welcome = hmac.compare_digest(authorization.encode(), f"Bearer {token.get_secret_value()}".encode())
    if not welcome:
        raise NotAllowed(
            "metrics_closed",
            Text(zh="运行指标不对外公开", en="the counters of the service are not for everybody"),
            Text(
                zh="请在本机读取，或设置 HUASUAN_METRICS_TOKEN 并携带 Authorization: Bearer 令牌。",
                en="Read them on this machine, or set HUASUAN_METRICS_TOKEN and send it as Authorization: Bearer.",
            ),
        )


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def prometheus(runtime: RuntimeOf) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(await run_in_threadpool(generate_latest, runtime.gauges.registry), media_type=CONTENT_TYPE_LATEST)
