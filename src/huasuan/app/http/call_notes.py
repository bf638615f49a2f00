"""What is beside a call on its card: comments, and its recording."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FactsReader, Listener, NotesWriter
from huasuan.app.http.calls import Number
from huasuan.app.http.entrance import Done, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.views import Made, NoteText
from huasuan.app.recordings import Recording, recording_at, references_of
from huasuan.app.runtime import Runtime
from huasuan.app.worker.opening import open_records
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.people import Principal, record
from huasuan.reports import Comment, comment_on, comments_on, delete_comment

router = APIRouter(tags=["calls"])


class CommentBody(BaseModel):
    """A comment; ``second`` says where in the recording."""

    id: int
    note: str
    second: int | None
    author: str
    mine: bool
    created_at: AwareDatetime


class CommentList(BaseModel):
    """The oldest first."""

    comments: list[CommentBody]


class NewComment(BaseModel):
    """A comment on a call."""

    model_config = ConfigDict(extra="forbid")

    note: NoteText
    second: int | None = Field(default=None, ge=0, le=86_400)


@router.get("/calls/{number}/comments", summary="Comments on a call")
async def get_comments(runtime: RuntimeOf, caller: FactsReader, number: Number) -> CommentList:
    """What people wrote on it."""

    def read() -> list[Comment]:
        _check_call(runtime, caller, number)
        with runtime.store.read() as connection:
            return list(comments_on(connection, workspace=caller.workspace, call=number))

    found = await run_in_threadpool(read)
    return CommentList(comments=[_comment(one, caller) for one in found])


@router.post("/calls/{number}/comments", summary="Comment on a call")
async def post_comments(
    request: Request, runtime: RuntimeOf, caller: NotesWriter, number: Number, body: NewComment
) -> Made:
    """Everybody who may open the call sees it."""
    await run_in_threadpool(_check_call, runtime, caller, number)
    account = caller.actor.id if caller.actor.kind == "account" else None

    def step(connection: Any) -> Made:  # noqa: ANN401  connection of the store
        return Made(
            id=comment_on(
                connection,
                workspace=caller.workspace,
                call=number,
                account=account,
                author=caller.actor.name,
                note=body.note.strip(),
                second=body.second,
            )
        )

    made: Made = await write(request, step)
    return made


@router.delete("/calls/{number}/comments/{comment}", summary="Delete a comment")
async def delete_comments(
    request: Request, caller: NotesWriter, number: Number, comment: Annotated[int, Path(ge=1, le=2**62)]
) -> Done:
    """One of the own."""
    account = caller.actor.id if caller.actor.kind == "account" else None
    await write(
        request,
        lambda connection: delete_comment(
            connection, workspace=caller.workspace, call=number, comment=comment, account=account
        ),
    )
    return Done()


@router.get("/calls/{number}/recording", summary="The recording of a call", response_class=FileResponse)
async def get_recording(request: Request, runtime: RuntimeOf, caller: Listener, number: Number) -> FileResponse:
    """In whole or by range, so that a player can jump; that it was heard is written down."""

    def find() -> Recording:
        with runtime.store.read() as connection:
            named = references_of(connection, workspace=caller.workspace, calls=[number])
        return recording_at(runtime.settings.recordings, caller.workspace, named.get(number))

    found = await run_in_threadpool(find)
    # A player asks for many parts of one file: the first of them is told.
    if request.headers.get("range", "bytes=0-").replace(" ", "").startswith("bytes=0-"):
        await write(
            request,
            lambda connection: record(
                connection,
                actor=caller.actor,
                action="recording.heard",
                workspace=caller.workspace,
                target=f"call #{number}",
            ),
        )
    return FileResponse(
        found.path,
        media_type=found.media_type,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        content_disposition_type="inline",
    )


def _check_call(runtime: Runtime, caller: Principal, number: int) -> None:
    with runtime.store.read() as connection:
        found = open_records(connection, caller.workspace, "call", [number], unmask=False)
    if number not in found:
        raise NotFound("no_call", Text(zh=f"没有通话 {number}", en=f"there is no call {number}"))


def _comment(one: Comment, caller: Principal) -> CommentBody:
    return CommentBody(
        id=one.id,
        note=one.note,
        second=one.second,
        author=one.author,
        mine=caller.actor.kind == "account" and caller.actor.id == one.account,
        created_at=one.created_at,
    )
