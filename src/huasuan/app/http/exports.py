"""Exports: records of one kind as CSV; many rows need the approval of a second person."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.exporting import Wanted, count_rows, rows_as_csv
from huasuan.app.exporting_all import EVERYTHING, all_as_zip, count_all
from huasuan.app.http.access import Approver, Exporter, ExportsReader
from huasuan.app.http.entrance import PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.people import (
    COST_KINDS,
    ExportRequest,
    Principal,
    Right,
    Workspace,
    ask_export,
    decide_export,
    export_request,
    export_requests,
    missing_right,
    record,
    take_export,
    workspaces,
)

router = APIRouter(prefix="/exports", tags=["export"])
ExportId = Annotated[int, Path(ge=1, le=2**62)]


class NewExport(BaseModel):
    """Which records, and what for."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: str = Field(
        min_length=1, max_length=100, description="Kind of record, or everything: all kinds in one archive."
    )
    from_: date | None = Field(default=None, alias="from", description="First local day, included.")
    to: date | None = Field(default=None, description="Last local day, excluded.")
    unmasked: bool = Field(default=False, description="Phone numbers and names whole; needs personal.unmask.")
    reason: PrintedText = Field(default="", description="For whoever has to approve it.")


class ExportBody(BaseModel):
    """An export and how far it is: granted, pending, refused or fetched."""

    id: int
    requester: str
    kind: str
    wanted: dict[str, Any]
    rows: int
    reason: str
    status: str
    created_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    fetched_at: AwareDatetime | None


class ExportList(BaseModel):
    """The newest first."""

    exports: list[ExportBody]


@router.get("", summary="List exports")
async def get_exports(runtime: RuntimeOf, caller: ExportsReader) -> ExportList:
    """The last hundred: who asked for what, and what became of it."""

    def step(connection: Connection) -> list[ExportRequest]:
        return list(export_requests(connection, workspace=caller.workspace))

    return ExportList(exports=[_body(one) for one in await read(runtime, step)])


@router.post("", summary="Ask for an export")
async def post_exports(request: Request, runtime: RuntimeOf, caller: Exporter, body: NewExport) -> ExportBody:
    """Up to the limit of rows a day it is granted at once; above, somebody else has to."""
    wanted = Wanted(kind=body.kind, date_from=body.from_, date_to=body.to, unmasked=body.unmasked)
    _check_rights(caller, wanted)
    rows = await run_in_threadpool(_count, runtime, caller, wanted)

    def step(connection: Any) -> ExportRequest:  # noqa: ANN401  connection of the store
        asked = ask_export(
            connection,
            workspace=caller.workspace,
            actor=caller.actor,
            kind=body.kind,
            wanted=wanted.to_json(),
            rows=rows,
            reason=body.reason,
            limit=runtime.settings.export_rows,
        )
        _tell(connection, caller, "export.asked", asked)
        return asked

    return _body(await write(request, step))


@router.post("/{export}/grant", summary="Approve an export")
async def post_grant(request: Request, caller: Approver, export: ExportId) -> ExportBody:
    """Of somebody else; they may then fetch it once."""
    return await _decide(request, caller, export, grant=True)


@router.post("/{export}/refuse", summary="Refuse an export")
async def post_refuse(request: Request, caller: Approver, export: ExportId) -> ExportBody:
    """Of somebody else."""
    return await _decide(request, caller, export, grant=False)


@router.post("/{export}/fetch", summary="Fetch an export")
async def post_fetch(request: Request, runtime: RuntimeOf, caller: Exporter, export: ExportId) -> StreamingResponse:
    """As CSV, once, by whoever asked, no more rows than were granted. Cells like formulas are made harmless."""

    def step(connection: Any) -> ExportRequest:  # noqa: ANN401
        kept = export_request(connection, workspace=caller.workspace, request=export)
        # A right taken away since the request was granted is gone.
        _check_rights(caller, Wanted.from_json(kept.wanted))
        taken = take_export(connection, workspace=caller.workspace, request=export, actor=caller.actor)
        _tell(connection, caller, "export.fetched", taken)
        return taken

    taken: ExportRequest = await write(request, step)
    workspace = await run_in_threadpool(_workspace, runtime, caller.workspace)
    kept = Wanted.from_json(taken.wanted)
    whole = kept.kind == EVERYTHING
    if whole:
        may_costs = caller.may(Right.COSTS_READ)
        parts = all_as_zip(runtime.store, workspace, kept, costs=may_costs, most=taken.rows)
    else:
        parts = rows_as_csv(runtime.store, workspace, kept, most=taken.rows)
    return StreamingResponse(
        parts,
        media_type="application/zip" if whole else "text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{taken.kind}-{taken.id}.{"zip" if whole else "csv"}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _decide(request: Request, caller: Principal, export: int, *, grant: bool) -> ExportBody:
    def step(connection: Any) -> ExportRequest:  # noqa: ANN401
        decided = decide_export(connection, workspace=caller.workspace, request=export, actor=caller.actor, grant=grant)
        _tell(connection, caller, "export.granted" if grant else "export.refused", decided)
        return decided

    return _body(await write(request, step))


def _check_rights(caller: Principal, wanted: Wanted) -> None:
    if wanted.unmasked and not caller.may(Right.PERSONAL_UNMASK):
        raise missing_right(Right.PERSONAL_UNMASK)
    if wanted.kind in COST_KINDS and not caller.may(Right.COSTS_READ):
        raise missing_right(Right.COSTS_READ)


def _count(runtime: Runtime, caller: Principal, wanted: Wanted) -> int:
    with runtime.store.read() as connection:
        workspace = _of(connection, caller.workspace)
        if wanted.kind == EVERYTHING:
            return count_all(connection, workspace, wanted, costs=caller.may(Right.COSTS_READ))
        return count_rows(connection, workspace, wanted)


def _workspace(runtime: Runtime, workspace: int) -> Workspace:
    with runtime.store.read() as connection:
        return _of(connection, workspace)


def _of(connection: Any, workspace: int) -> Workspace:  # noqa: ANN401
    return next(space for space in workspaces(connection) if space.id == workspace)


def _tell(connection: Any, caller: Principal, action: str, export: ExportRequest) -> None:  # noqa: ANN401
    detail = {"rows": export.rows, "reason": export.reason, **export.wanted}
    record(
        connection,
        actor=caller.actor,
        action=action,
        workspace=caller.workspace,
        target=f"{export.kind} #{export.id}",
        detail=detail,
    )


def _body(export: ExportRequest) -> ExportBody:
    return ExportBody(
        id=export.id,
        requester=export.requester,
        kind=export.kind,
        wanted=dict(export.wanted),
        rows=export.rows,
        reason=export.reason,
        status=export.status,
        created_at=export.created_at,
        decided_by=export.decided_by,
        decided_at=export.decided_at,
        fetched_at=export.fetched_at,
    )
