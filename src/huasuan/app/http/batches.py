"""Deliveries: what came in, and taking one back."""

from typing import Annotated

import anyio
from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection

from huasuan.app.http.access import FactsReader, FactsWriter
from huasuan.app.http.entrance import read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.origins import INNER_ORIGINS
from huasuan.intake import BatchRecord, UndoReport, list_batches, undo_batch
from huasuan.people import record

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
    caller: FactsReader,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Only those older than this delivery")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    *,
    inner: Annotated[
        bool, Query(description="Also what the service tells itself while it works: of the gate, the desk and leases")
    ] = False,
) -> BatchList:
    """What was delivered, by whom, and what became of it."""

    def step(connection: Connection) -> list[BatchRecord]:
        without = () if inner else INNER_ORIGINS
        return list(list_batches(connection, workspace=caller.workspace, before=before, limit=limit, without=without))

    records = await read(runtime, step)
    return BatchList(batches=[_body(record) for record in records])


class ConflictBody(BaseModel):
    """A fact that another delivery changed since; it was left alone."""

    key: str
    changed_by: int


class UndoBody(BaseModel):
    """What taking a delivery back did; ``conflicts`` lists the first thousand of ``conflict_count``."""

    batch: int | None
    undone: int
    restored: int
    removed: int
    contacts_removed: int
    conflict_count: int
    conflicts: list[ConflictBody]


@router.post("/batches/{batch}/undo", summary="Take a delivery back")
async def post_undo(
    request: Request, runtime: RuntimeOf, caller: FactsWriter, batch: Annotated[int, Path(ge=1, le=2**62)]
) -> UndoBody:
    """Every fact it changed reads again as before; what other deliveries changed since is listed and left alone."""

    def take_back() -> UndoReport:
        return undo_batch(runtime.store, caller.workspace, batch)

    report = await anyio.to_thread.run_sync(take_back, limiter=request.app.state.writers)
    detail = {"removed": report.removed, "restored": report.restored, "conflicts": report.conflict_count}
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action="batch.undone",
            workspace=caller.workspace,
            target=str(batch),
            detail=detail,
        ),
    )
    return UndoBody(
        batch=report.batch,
        undone=report.undone,
        restored=report.restored,
        removed=report.removed,
        contacts_removed=report.contacts_removed,
        conflict_count=report.conflict_count,
        conflicts=[ConflictBody(key=one.source_key, changed_by=one.changed_by) for one in report.conflicts],
    )


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
