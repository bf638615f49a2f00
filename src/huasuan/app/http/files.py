"""Files through the browser: bring one, see how it would be read, import it, watch, stop, get the refused rows back."""

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import Sender
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.problems import both_languages
from huasuan.app.runtime import Runtime
from huasuan.app.worker.file_imports import FileImports, ImportOrder, ImportRun, errors_of
from huasuan.app.worker.foreign_logs import known_mapping
from huasuan.app.worker.uploads import Uploads
from huasuan.intake import (
    FieldMapping,
    FilePreview,
    FileRefused,
    Mapping,
    RowFault,
    file_kind_named,
    likely_kinds,
    mapping_from_toml,
)
from huasuan.intake import preview_file as look_at
from huasuan.kernel.errors import HuasuanError
from huasuan.people import COST_KINDS, Principal, Right, Workspace, missing_right, record, workspaces

UPLOADS = "/files"
router = APIRouter(tags=["files"])
FileId = Annotated[str, Path(min_length=1, max_length=40)]
ImportId = Annotated[int, Path(ge=1, le=2**62)]
Printed = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
_STRICT = ConfigDict(extra="forbid")


class UploadBody(BaseModel):
    """A file that was brought in, and the kinds of records its columns fit, the best first."""

    file: str
    name: str
    bytes: int
    kinds: list[str]


class FieldBody(BaseModel):
    """Where one field comes from: a column or a constant, and how its cells are meant (docs/importing.md)."""

    model_config = _STRICT

    column: Printed | None = None
    constant: Printed | None = None
    order: str | None = Field(default=None, max_length=20)
    epoch: str | None = Field(default=None, max_length=20)
    unit: str | None = Field(default=None, max_length=20)
    currency: str | None = Field(default=None, max_length=20)
    region: str | None = Field(default=None, max_length=2)
    rounding: bool = False
    values: dict[Printed, Printed] = Field(default_factory=dict, max_length=1000)


class MappingBody(BaseModel):
    """Which column feeds which field; what is left out is found out by itself."""

    model_config = _STRICT

    fields: dict[Printed, FieldBody] = Field(max_length=300)
    encoding: str | None = Field(default=None, max_length=40)
    delimiter: str | None = Field(default=None, max_length=1)
    sheet: Printed | None = None
    header: bool | None = None


class Wanted(BaseModel):
    """How to read a file: as which kind of record, and by which mapping; without one it is guessed or remembered."""

    model_config = _STRICT

    kind: str = Field(min_length=1, max_length=100)
    mapping: MappingBody | None = None


class ToImport(Wanted):
    """What to import: a file that was brought in. ``check`` writes nothing and tells what would happen."""

    file: str = Field(min_length=1, max_length=40)
    source: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
    check: bool = False


class FieldInfo(BaseModel):
    """A field that a column may feed."""

    name: str
    kind: str
    required: bool
    choices: list[str]


class PreviewBody(BaseModel):
    """How a file would be read."""

    kind: str
    columns: list[str]
    rows: list[list[str | None]]
    fields: list[FieldInfo]
    mapping: MappingBody
    origin: str
    unused: list[str]


class FaultBody(BaseModel):
    """Why a row was refused."""

    line: int
    column: str | None
    value: str
    code: str
    text: dict[str, str]
    remedy: dict[str, str] | None


class ImportBody(BaseModel):
    """An import: running, done, failed or stopped. The same file imported again goes on where it was stopped."""

    id: int
    file: str
    name: str
    kind: str
    check: bool
    state: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    rows: int
    share: float = Field(description="How much of the file was read, 0 to 1.")
    batch: int | None = Field(description="Its number among the deliveries, for undo; none for a check.")
    created: int
    corrected: int
    unchanged: int
    refused: int
    skipped: int
    resumed: bool
    errors: bool = Field(description="Whether refused rows can be fetched.")
    faults: list[FaultBody]
    failure: dict[str, Any] | None


class ImportList(BaseModel):
    """The imports this service knows of, newest first."""

    imports: list[ImportBody]


@router.post(
    UPLOADS,
    summary="Bring a file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def post_file(
    request: Request,
    runtime: RuntimeOf,
    caller: Sender,
    name: Annotated[str, Query(min_length=1, max_length=300, description="Its name; .csv, .tsv, .txt or .xlsx")],
) -> UploadBody:
    """The body is the file as it is. Nothing is imported yet; it is kept for a week."""
    uploads = _uploads(runtime)
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isascii() and length.isdigit() else None
    upload = await uploads.take(caller.workspace, name, request.stream(), announced=announced)
    try:
        kinds = await run_in_threadpool(_kinds_of, upload.path)
    except FileRefused:
        uploads.remove(upload)
        raise
    return UploadBody(file=upload.id, name=upload.name, bytes=upload.bytes, kinds=list(kinds))


@router.post(f"{UPLOADS}/{{file}}/preview", summary="See how a file would be read")
async def post_preview(
    runtime: RuntimeOf, caller: Sender, file: FileId, wanted: Annotated[Wanted, Body()]
) -> PreviewBody:
    """Its columns, its first rows, the fields they would feed, and what may be chosen instead."""
    _may(caller, wanted.kind)

    def look() -> FilePreview:
        upload = _uploads(runtime).find(caller.workspace, file)
        return look_at(
            runtime.store,
            _workspace(runtime, caller.workspace),
            wanted.kind,
            upload.path,
            mapping=_mapping(wanted),
            usual=known_mapping(upload.path, wanted.kind),
        )

    return _preview(await run_in_threadpool(look))


@router.post("/imports", summary="Import a file", status_code=202)
async def post_import(
    request: Request, runtime: RuntimeOf, caller: Sender, wanted: Annotated[ToImport, Body()]
) -> ImportBody:
    """Starts it; ask for it again to see how far it is."""
    _may(caller, wanted.kind)

    def tell(run: ImportRun) -> None:
        if run.order.check:
            return
        with runtime.store.write() as connection:
            record(
                connection,
                actor=caller.actor,
                action="file.imported",
                workspace=caller.workspace,
                target=run.order.upload.name,
                detail={"kind": run.order.kind, "state": run.state, "batch": run.report.batch if run.report else None},
            )

    def begin() -> ImportRun:
        upload = _uploads(runtime).find(caller.workspace, wanted.file)
        order = ImportOrder(
            upload=upload, kind=wanted.kind, mapping=_mapping(wanted), source=wanted.source, check=wanted.check
        )
        return _imports(request).start(_workspace(runtime, caller.workspace), order, done=tell)

    return _import(await run_in_threadpool(begin))


@router.get("/imports", summary="List imports")
async def get_imports(request: Request, caller: Sender) -> ImportList:
    """Those since the service was started."""
    mine = [run for run in _imports(request).of(caller.workspace) if _is_open(caller, run.order.kind)]
    return ImportList(imports=list(map(_import, mine)))


@router.get("/imports/{number}", summary="See how far an import is")
async def get_import(request: Request, caller: Sender, number: ImportId) -> ImportBody:
    """And what came of it."""
    return _import(_run(request, caller, number))


@router.post("/imports/{number}/stop", summary="Stop an import")
async def post_stop(request: Request, caller: Sender, number: ImportId) -> ImportBody:
    """It ends behind its present rows; what is in stays, and the same file imported again goes on from there."""
    run = _run(request, caller, number)
    run.stop.set()
    return _import(run)


@router.get("/imports/{number}/errors", summary="Fetch the refused rows", response_class=FileResponse)
async def get_errors(request: Request, caller: Sender, number: ImportId) -> FileResponse:
    """A CSV with the rows as they were, what is wrong with each and its remedy; mend it and bring it again."""
    path = errors_of(_run(request, caller, number))
    return FileResponse(path, media_type="text/csv", filename=path.name)


def _uploads(runtime: Runtime) -> Uploads:
    settings = runtime.settings
    return Uploads(settings.home / "uploads", most_bytes=settings.max_file_bytes, most_kept=settings.max_kept_bytes)


def _imports(request: Request) -> FileImports:
    imports: FileImports = request.app.state.imports
    return imports


def _run(request: Request, caller: Principal, number: int) -> ImportRun:
    """An import of the workspace, whose refused rows may hold whole numbers of people."""
    run = _imports(request).find(caller.workspace, number)
    _may(caller, run.order.kind)
    return run


def _may(caller: Principal, kind: str) -> None:
    """Whoever may only enter costs may import those alone, and see no other import."""
    if not _is_open(caller, kind):
        raise missing_right(Right.INTAKE_WRITE)


def _is_open(caller: Principal, kind: str) -> bool:
    return file_kind_named(kind).kind.kind in COST_KINDS or caller.may(Right.INTAKE_WRITE)


def _workspace(runtime: Runtime, number: int) -> Workspace:
    with runtime.store.read() as connection:
        return next(space for space in workspaces(connection) if space.id == number)


def _kinds_of(path: FilePath) -> tuple[str, ...]:
    """What the file may hold; a log of another call tracker holds calls."""
    likely = likely_kinds(path)
    return likely if known_mapping(path, "call") is None else ("call", *(kind for kind in likely if kind != "call"))


def _mapping(wanted: Wanted) -> Mapping | None:
    """As a mapping file says it, and checked as one."""
    given = wanted.mapping
    if given is None:
        return None
    mapping = Mapping(
        kind=file_kind_named(wanted.kind).name,
        fields={
            name: FieldMapping(**{key: value for key, value in field.model_dump().items() if value is not None})
            for name, field in given.fields.items()
        },
        encoding=given.encoding,
        delimiter=given.delimiter,
        sheet=given.sheet,
        header=given.header,
    )
    return mapping_from_toml(mapping.to_toml())


def _preview(found: FilePreview) -> PreviewBody:
    fields = [
        FieldInfo(name=spec.name, kind=spec.kind, required=spec.required, choices=sorted(spec.choices))
        for spec in found.fields
    ]
    mapping = found.mapping
    said = MappingBody(
        fields={
            name: FieldBody(
                column=source.column,
                constant=source.constant,
                order=source.order,
                epoch=source.epoch,
                unit=source.unit,
                currency=source.currency,
                region=source.region,
                rounding=source.rounding,
                values=dict(source.values),
            )
            for name, source in mapping.fields.items()
        },
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        sheet=mapping.sheet,
        header=mapping.header,
    )
    return PreviewBody(
        kind=found.kind,
        columns=list(found.columns),
        rows=[list(row) for row in found.rows],
        fields=fields,
        mapping=said,
        origin=found.origin,
        unused=list(found.unused),
    )


def _import(run: ImportRun) -> ImportBody:
    report, progress = run.report, run.progress
    tally = report.tally if report is not None else None if progress is None else progress.tally
    share = 1.0 if run.state == "done" else 0.0
    if progress is not None and progress.total_bytes and run.state != "done":
        share = min(1.0, progress.bytes_read / progress.total_bytes)
    return ImportBody(
        id=run.id,
        file=run.order.upload.id,
        name=run.order.upload.name,
        kind=run.order.kind,
        check=run.order.check,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        rows=report.rows if report is not None else 0 if progress is None else progress.rows,
        share=share,
        batch=None if report is None else report.batch,
        created=0 if tally is None else tally.created,
        corrected=0 if tally is None else tally.corrected,
        unchanged=0 if tally is None else tally.unchanged,
        refused=0 if tally is None else tally.refused,
        skipped=0 if report is None else report.skipped,
        resumed=report is not None and report.resumed,
        errors=report is not None and report.errors is not None,
        faults=[] if report is None else list(map(_fault, report.first_faults)),
        failure=None if run.failure is None else _failure(run.failure),
    )


def _fault(fault: RowFault) -> FaultBody:
    return FaultBody(
        line=fault.line,
        column=fault.column,
        value=fault.value,
        code=fault.code,
        text=both_languages(fault.text) or {},
        remedy=both_languages(fault.remedy),
    )


def _failure(error: HuasuanError) -> dict[str, Any]:
    return {"code": error.code, "text": both_languages(error.text), "remedy": both_languages(error.remedy)}
