"""What only our own command line may ask of the process that owns the warehouse."""

import hmac
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Response
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import CallerOf
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.worker.learning import train, train_json
from huasuan.kernel.errors import NotAllowed
from huasuan.kernel.text import Text


async def owner_only(runtime: RuntimeOf, authorization: Annotated[str, Header()] = "") -> None:
    """Refuse everybody who cannot read the owner's card in the data folder."""
    if not runtime.owner_token or not hmac.compare_digest(
        authorization.encode(), f"Bearer {runtime.owner_token}".encode()
    ):
        raise NotAllowed(
            "owner_only",
            Text(zh="仅限本机命令行", en="for the local command line only"),
            Text(zh="请在服务所在的机器上运行 huasuan。", en="Run huasuan on the machine of the service."),
        )


router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(owner_only)])


@router.post("/rebuild")
async def rebuild(runtime: RuntimeOf, caller: CallerOf) -> Response:
    """Make the warehouse of a workspace anew."""
    made = await run_in_threadpool(runtime.answers.rebuild, caller.workspace)
    return Response(orjson.dumps(made), media_type="application/json")


@router.post("/lake")
async def export(runtime: RuntimeOf, caller: CallerOf) -> Response:
    """Bring the lake of a workspace up to the store."""
    made = await run_in_threadpool(runtime.answers.export, caller.workspace)
    return Response(orjson.dumps(made), media_type="application/json")


@router.post("/train")
async def train_score(runtime: RuntimeOf, caller: CallerOf) -> Response:
    """Learn the score of leads anew."""
    made = await run_in_threadpool(train, runtime.store, runtime.answers, caller.workspace)
    return Response(orjson.dumps(train_json(made)), media_type="application/json")
