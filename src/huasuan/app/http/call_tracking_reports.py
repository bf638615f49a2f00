"""The six reports about incoming calls, and those people made of them: definition, run, negative keywords."""

import csv
import io
from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import filters_in
from huasuan.app.exporting import neutral
from huasuan.app.http.access import Exporter, FiguresReader, Needs
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.worker.call_tracking import ReportWanted, definition_json
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.people import Principal, Right, record
from huasuan.reports import (
    STANDARD,
    ReportDefinition,
    Section,
    change_report,
    remove_report,
    report_named,
    save_report,
    saved_reports,
)

router = APIRouter(tags=["reports"])
# Whoever may only look does not change what others see.
ReportsWriter = Annotated[Principal, Depends(Needs(Right.FACTS_WRITE, Right.EXPORT, Right.SETTINGS_WRITE))]
Key = Annotated[str, Path(max_length=40, description="One of the six, or own-<number>.")]
Where = Annotated[list[str] | None, Query(description="dimension=value; may be repeated; empty is unknown")]
From = Annotated[date | None, Query(alias="from", description="First local day, included")]
To = Annotated[date | None, Query(description="Last local day, excluded")]


class Both(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    @field_validator("zh", "en")
    @classmethod
    def _is_read(cls, told: str) -> str:
        if not told.strip():
            raise PydanticCustomError("only_blanks", "nothing but blanks")
        return told


class SectionBody(BaseModel):
    """One part of a report; `counted_calls` and `cost_per_counted_call` stand for the calls that count here."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")
    title: Both
    layout: Literal["figures", "table", "heat", "hours"] = "table"
    metrics: list[str] = Field(default_factory=list, max_length=20)
    by: list[str] = Field(default_factory=list, max_length=3)
    where: dict[str, list[str]] = Field(default_factory=dict, max_length=10)


class ReportBody(BaseModel):
    """A report of one's own; ``kind`` is which of the six it was made from."""

    model_config = ConfigDict(extra="forbid")

    title: Both
    meaning: Both
    kind: Literal["proper", "missed", "channels", "callbacks", "lines", "incoming"]
    sections: list[SectionBody] = Field(min_length=1, max_length=20)


class KnownReport(ReportBody):
    """A report with its key; ``actor`` saved it, nobody the six."""

    key: str
    actor: str | None = None


class ReportList(BaseModel):
    """The six first."""

    reports: list[KnownReport]


class SavedKey(BaseModel):
    """What the report is called by from now on."""

    key: str


@router.get("/reports", summary="The reports there are")
async def get_reports(runtime: RuntimeOf, caller: FiguresReader) -> ReportList:
    """The six standard reports, then those saved in this workspace."""

    def step(connection: Connection) -> ReportList:
        saved = saved_reports(connection, workspace=caller.workspace)
        found = [KnownReport(**definition_json(one)) for one in STANDARD.values()]
        found += [KnownReport(**definition_json(one.definition), actor=one.actor) for one in saved]
        return ReportList(reports=found)

    return await read(runtime, step)


@router.post("/reports", summary="Save a report of one's own")
async def post_reports(request: Request, caller: ReportsWriter, body: ReportBody) -> SavedKey:
    """Made from one of the six or from nothing; everybody in the workspace sees it."""

    def step(connection: Any) -> SavedKey:  # noqa: ANN401  connection of the store
        key = save_report(
            connection, workspace=caller.workspace, definition=_definition(body, ""), actor=caller.actor.name
        )
        _tell(connection, caller, "report.saved", key)
        return SavedKey(key=key)

    made: SavedKey = await write(request, step)
    return made


@router.put("/reports/{report}", summary="Change a saved report")
async def put_report(request: Request, caller: ReportsWriter, report: Key, body: ReportBody) -> Done:
    """The six cannot be changed: save one of them under a name of your own."""

    def step(connection: Any) -> None:  # noqa: ANN401
        definition = _definition(body, report)
        change_report(
            connection, workspace=caller.workspace, key=report, definition=definition, actor=caller.actor.name
        )
        _tell(connection, caller, "report.changed", report)

    await write(request, step)
    return Done()


@router.delete("/reports/{report}", summary="Delete a saved report")
async def delete_report(request: Request, caller: ReportsWriter, report: Key) -> Done:
    """The six stay."""

    def step(connection: Any) -> None:  # noqa: ANN401
        remove_report(connection, workspace=caller.workspace, key=report)
        _tell(connection, caller, "report.deleted", report)

    await write(request, step)
    return Done()


@router.get("/reports/{report}/run", summary="Run a report")
async def get_report_run(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: FiguresReader,
    report: Key,
    from_: From = None,
    to: To = None,
    where: Where = None,
    *,
    compare: Annotated[bool, Query(description="Figures beside the period before")] = True,
) -> Response:
    """Every section with its answer, and what to do next; each figure carries the address of its facts."""

    def run() -> dict[str, Any]:
        with runtime.store.read() as connection:
            definition = report_named(connection, workspace=caller.workspace, key=report)
        wanted = ReportWanted(
            definition=definition,
            date_from=from_,
            date_to=to,
            where=filters_in(where or ()),
            compare=compare,
            costs=caller.may(Right.COSTS_READ),
        )
        return runtime.answers.report(caller.workspace, wanted)

    return Response(orjson.dumps(await run_in_threadpool(run)), media_type="application/json")


@router.get(
    "/negative-keywords",
    summary="Keywords that bring junk, as a file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "CSV, UTF-8 with a mark for spreadsheets."}},
)
async def get_negative_keywords(  # noqa: PLR0917  FastAPI calls it by name
    runtime: RuntimeOf,
    caller: Exporter,
    from_: From = None,
    to: To = None,
    where: Where = None,
    least: Annotated[int, Query(ge=1, le=100_000, description="At least so many junk calls")] = 2,
) -> Response:
    """Keyword, the reason named most, junk calls and all calls; to be made negative keywords of the ad system."""
    wanted = ReportWanted(definition=STANDARD["proper"], date_from=from_, date_to=to, where=filters_in(where or ()))
    rows = await run_in_threadpool(runtime.answers.negative_keywords, caller.workspace, wanted, least=least)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("keyword", "junk_reason", "junk_calls", "inbound_calls"))
    writer.writerows([(neutral(row[0]), neutral(row[1]), *row[2:]) for row in rows])
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="negative-keywords.csv"'},
    )


def _definition(body: ReportBody, key: str) -> ReportDefinition:
    for section in body.sections:
        if any(len(values) > 50 for values in section.where.values()):
            raise InvalidInput("bad_report", Text(zh="筛选值过多", en="too many values in a filter"))
    return ReportDefinition(
        key=key,
        title=Text(zh=body.title.zh, en=body.title.en),
        meaning=Text(zh=body.meaning.zh, en=body.meaning.en),
        kind=body.kind,
        sections=tuple(
            Section(
                key=one.key,
                title=Text(zh=one.title.zh, en=one.title.en),
                layout=one.layout,
                metrics=tuple(one.metrics),
                by=tuple(one.by),
                where=tuple((name, tuple(values)) for name, values in one.where.items()),
            )
            for one in body.sections
        ),
    )


def _tell(connection: Any, caller: Principal, action: str, key: str) -> None:  # noqa: ANN401
    record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=key)
