"""Deliveries: what came in, and taking one back."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.guards import RuntimeOf, WorkspaceId
from huasuan.app.runtime import Runtime
from huasuan.intake import BatchRecord, list_batches

router = APIRouter(tags=["intake"])


class BatchBody(BaseModel):
    """One delivery."""

    batch: int
    kind: str
    source: str
    origin: str
    name: str | None
    status: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    created: int
    corrected: int
    unchanged: int
    refused: int
    undoes: int | None


class BatchList(BaseModel):
    """Deliveries, newest first; ask again with ``before`` = the last number for older ones."""

    batches: list[BatchBody]


@router.get("/batches", summary="List deliveries")
async def get_batches(
    runtime: RuntimeOf,
    workspace: WorkspaceId,
    before: Annotated[int | None, Query(description="Only those older than this delivery")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> BatchList:
    """What was delivered, by whom, and what became of it."""
    records = await run_in_threadpool(_read, runtime, workspace, before, limit)
    return BatchList(batches=[_body(record) for record in records])


def _read(runtime: Runtime, workspace: int, before: int | None, limit: int) -> list[BatchRecord]:
    with runtime.store.read() as connection:
        return list(list_batches(connection, workspace=workspace, before=before, limit=limit))


def _body(record: BatchRecord) -> BatchBody:
    return BatchBody(
        batch=record.id,
        kind=record.kind,
        source=record.source,
        origin=record.origin,
        name=record.name,
        status=record.status,
        started_at=record.started_at,
        ended_at=record.ended_at,
        created=record.tally.created,
        corrected=record.tally.corrected,
        unchanged=record.tally.unchanged,
        refused=record.tally.refused,
        undoes=record.undoes,
    )
