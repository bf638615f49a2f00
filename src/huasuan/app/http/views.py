"""Saved views of screens, and notes on days that every chart over time shows."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import FiguresReader, NotesWriter
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.people import Principal, Right, missing_right, record
from huasuan.reports import (
    Annotation,
    SavedView,
    Viewer,
    annotate,
    annotations_of,
    delete_annotation,
    delete_view,
    save_view,
    views_for,
)

router = APIRouter(tags=["views"])
Number = Annotated[int, Path(ge=1, le=2**62)]
_PRINTED = r"[^\x00-\x08\x0b-\x1f\x7f]*"
NoteText = Annotated[str, Field(min_length=1, max_length=1000, pattern=rf"^{_PRINTED}\S{_PRINTED}$")]


class ViewBody(BaseModel):
    """The address of a screen under a name; ``search`` is what stands behind the question mark."""

    id: int
    name: str
    path: str
    search: str
    shared: Literal["own", "team", "workspace"]
    author: str
    mine: bool
    created_at: AwareDatetime


class ViewList(BaseModel):
    """By name."""

    views: list[ViewBody]


class NewView(BaseModel):
    """What to keep; an own view of the same name is replaced."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
    path: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^/[^\x00-\x1f\x7f]*$")]
    search: Annotated[str, Field(max_length=4000, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    shared: Literal["own", "team", "workspace"] = "own"


class Made(BaseModel):
    """The number of what was made."""

    id: int


class AnnotationBody(BaseModel):
    """A note on local days of the workspace, both included."""

    id: int
    first_day: date
    last_day: date
    note: str
    author: str
    mine: bool
    created_at: AwareDatetime


class AnnotationList(BaseModel):
    """By their first day."""

    annotations: list[AnnotationBody]


class NewAnnotation(BaseModel):
    """A note; without ``last_day`` it is about one day."""

    model_config = ConfigDict(extra="forbid")

    first_day: date
    last_day: date | None = None
    note: NoteText


@router.get("/views", summary="List saved views")
async def get_views(runtime: RuntimeOf, caller: FiguresReader) -> ViewList:
    """The own ones, those of the own team, and those shared with the workspace."""
    viewer = _viewer(caller)

    def step(connection: Connection) -> list[SavedView]:
        return list(views_for(connection, viewer))

    found = await read(runtime, step)
    return ViewList(views=[_view(one) for one in found])


@router.post("/views", summary="Save a view")
async def post_views(request: Request, caller: FiguresReader, body: NewView) -> Made:
    """For oneself; sharing it needs ``notes.write``."""
    if body.shared != "own" and not caller.may(Right.NOTES_WRITE):
        raise missing_right(Right.NOTES_WRITE)

    def step(connection: Any) -> Made:  # noqa: ANN401  connection of the store
        number = save_view(
            connection,
            _viewer(caller),
            author=caller.actor.name,
            name=body.name.strip(),
            path=body.path,
            search=body.search.removeprefix("?"),
            shared=body.shared,
        )
        if body.shared != "own":
            _tell(connection, caller, "view.shared", body.name, {"with": body.shared})
        return Made(id=number)

    made: Made = await write(request, step)
    return made


@router.delete("/views/{view}", summary="Delete a saved view")
async def delete_views(request: Request, caller: FiguresReader, view: Number) -> Done:
    """One of the own."""
    await write(request, lambda connection: delete_view(connection, _viewer(caller), view=view))
    return Done()


@router.get("/annotations", summary="List notes on days")
async def get_annotations(
    runtime: RuntimeOf,
    caller: FiguresReader,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
) -> AnnotationList:
    """What happened on those days: a campaign began, a script changed, a line was down."""

    def step(connection: Connection) -> list[Annotation]:
        return list(annotations_of(connection, workspace=caller.workspace, date_from=from_, date_to=to))

    found = await read(runtime, step)
    return AnnotationList(annotations=[_annotation(one, caller) for one in found])


@router.post("/annotations", summary="Write a note on days")
async def post_annotations(request: Request, caller: NotesWriter, body: NewAnnotation) -> Made:
    """Everybody in the workspace sees it in the charts."""

    def step(connection: Any) -> Made:  # noqa: ANN401
        number = annotate(
            connection,
            workspace=caller.workspace,
            account=caller.actor.id if caller.actor.kind == "account" else None,
            author=caller.actor.name,
            first_day=body.first_day,
            last_day=body.last_day or body.first_day,
            note=body.note.strip(),
        )
        return Made(id=number)

    made: Made = await write(request, step)
    return made


@router.delete("/annotations/{annotation}", summary="Delete a note on days")
async def delete_annotations(request: Request, caller: NotesWriter, annotation: Number) -> Done:
    """Whoever may write notes; it is written down."""

    def step(connection: Any) -> None:  # noqa: ANN401
        delete_annotation(connection, workspace=caller.workspace, annotation=annotation)
        _tell(connection, caller, "annotation.deleted", str(annotation), {})

    await write(request, step)
    return Done()


def _viewer(caller: Principal) -> Viewer:
    # A key has views of its own, beside those of people.
    number = caller.actor.id or 0
    account = number if caller.actor.kind == "account" else -number
    return Viewer(workspace=caller.workspace, account=account, team=caller.team)


def _tell(connection: Any, caller: Principal, action: str, target: str, detail: dict[str, object]) -> None:  # noqa: ANN401
    record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=target, detail=detail)


def _view(one: SavedView) -> ViewBody:
    return ViewBody(
        id=one.id,
        name=one.name,
        path=one.path,
        search=one.search,
        shared=one.shared,
        author=one.author,
        mine=one.mine,
        created_at=one.created_at,
    )


def _annotation(one: Annotation, caller: Principal) -> AnnotationBody:
    return AnnotationBody(
        id=one.id,
        first_day=one.first_day,
        last_day=one.last_day,
        note=one.note,
        author=one.author,
        mine=caller.actor.kind == "account" and caller.actor.id == one.account,
        created_at=one.created_at,
    )
