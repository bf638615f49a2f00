"""What a listener says calls were worth: of one call, or of many at once (S2-7, S2-16)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import FactsWriter
from huasuan.app.http.entrance import Done, write
from huasuan.app.worker.opening import open_records
from huasuan.intake import deliver_within
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import Principal, record

router = APIRouter(tags=["call rules"])
MOST_TAGGED = 1_000
_TAGGED_HERE = "desk"
_NAMED = 5
Number = Annotated[int, Field(ge=1, le=2**62)]


class TagBody(BaseModel):
    """What a person who listened says of a call; without a class an earlier tag is taken back."""

    model_config = ConfigDict(extra="forbid")

    call_class: Literal["target", "grey", "junk"] | None = None
    junk_reason: str | None = Field(default=None, max_length=200)
    excluded: str | None = Field(default=None, max_length=200, description="Why the call is to count nowhere.")


class TagsBody(TagBody):
    """The same word for many calls."""

    calls: list[Number] = Field(min_length=1, max_length=MOST_TAGGED, description="Their numbers in the call log.")


class Tagged(BaseModel):
    """How many calls were tagged; one named twice counts once."""

    tagged: int


@router.post("/calls/{number}/tag", summary="Say what a call was worth")
async def post_call_tag(
    request: Request, caller: FactsWriter, number: Annotated[int, Path(ge=1, le=2**62)], body: TagBody
) -> Done:
    """A person's word counts before what programs and seconds say; it stays when the call is sent again."""

    def step(connection: Connection) -> None:
        _tag(connection, caller.workspace, [number], body)
        _write_down(connection, caller, "call.tagged", str(number), body.model_dump())

    await write(request, step)
    return Done()


@router.post("/calls/tags", summary="Say what many calls were worth")
async def post_call_tags(request: Request, caller: FactsWriter, body: TagsBody) -> Tagged:
    """All of them or none: where one is not there, nothing is written. One entry of the audit log names them."""
    numbers = list(dict.fromkeys(body.calls))

    def step(connection: Connection) -> None:
        _tag(connection, caller.workspace, numbers, body)
        _write_down(connection, caller, "calls.tagged", str(len(numbers)), body.model_dump() | {"calls": numbers})

    await write(request, step)
    return Tagged(tagged=len(numbers))


def _tag(connection: Connection, workspace: int, numbers: Sequence[int], body: TagBody) -> None:
    """Tell the door, once a call.

    Raises
    ------
    NotFound
        ``no_call``
    InvalidInput
        What the door says of a tag that cannot be.
    """
    found = open_records(connection, workspace, "call", numbers, unmask=False)
    missing = [str(number) for number in numbers if number not in found]
    if missing:
        named = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
        remedy = Text(
            zh="没有写入任何标记，请刷新列表后重试。", en="Nothing was written; load the list anew and try again."
        )
        raise NotFound("no_call", Text(zh=f"没有通话 {named}", en=f"there is no call {named}"), remedy)
    said = {name: getattr(body, name) for name in TagBody.model_fields if getattr(body, name) is not None}
    moment = now()
    # A tag is of the call's key; two sources may use the same one.
    keys = dict.fromkeys(str(found[number]["key"]) for number in numbers)
    records = [{"key": key, "call": key, "at": moment, "by": "person"} | said for key in keys]
    delivery = deliver_within(
        connection, workspace=workspace, kind_name="call_tag", source=_TAGGED_HERE, records=records, origin="api"
    )
    for outcome in delivery.outcomes:
        if outcome.text is not None:
            # Leaving the transaction by an error takes back what others of them have written.
            raise InvalidInput(outcome.code or "refused", outcome.text, outcome.remedy)


def _write_down(connection: Connection, caller: Principal, action: str, target: str, detail: dict[str, object]) -> None:
    record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=target, detail=detail)
