"""What people say about being contacted: opt-outs, do-not-call lists; and which numbers are one person."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import ConsentWriter, FactsReader, FactsWriter, PersonsEraser
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.named import Number, PersonBody, identity_in
from huasuan.app.opting_out import accept, opt_out, opt_out_address
from huasuan.consent import (
    dnc_lists,
    is_opt_out,
    put_dnc_list,
    remove_dnc_list,
)
from huasuan.intake import deliver, list_batches, phone_number, undo_batch
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import record

router = APIRouter(tags=["consent"])
Name = Annotated[str, Path(min_length=1, max_length=100)]


class OptOutBody(PersonBody):
    """Who does not want to be contacted any more, and how they said so."""

    via: Literal["call", "sms", "web", "registry", "other"] = "call"
    call: PrintedText | None = None
    agent: PrintedText | None = None


class ReplyBody(BaseModel):
    """A message somebody sent back."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    text: str = Field(max_length=2000)


class ReplyRead(BaseModel):
    """Whether it was taken as an opt-out."""

    opted_out: bool


class LinkBody(BaseModel):
    """The number the link is for."""

    model_config = ConfigDict(extra="forbid")

    number: Number


class Link(BaseModel):
    """An address to put into a message; whoever opens it can opt that number out, nothing else."""

    url: str


class DncBody(BaseModel):
    """A do-not-call list; ``as_of``: when it was last brought up to date; ``too_old``: older than R16 lets it be, so
    that nobody of that country is called without consent; ``ending``: numbers that end some day."""

    name: str
    source: str
    as_of: AwareDatetime
    numbers: int
    ending: int
    max_age_days: int | None
    too_old: bool


class DncLists(BaseModel):
    """All of them."""

    lists: list[DncBody]


class DncNumbers(BaseModel):
    """Numbers of a list; only keyed digests of them are kept."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[Number] = Field(max_length=500_000)
    source: str = Field(default="", max_length=200, description="Where it was obtained; a registry needs it")
    as_of: AwareDatetime | None = Field(
        default=None, description="A registry needs it; a list of your own without: now"
    )
    ends_at: AwareDatetime | None = Field(default=None, description="When these numbers may be called again")
    replace: bool = Field(default=False, description="Instead of what stands on it, not besides")


class DncTaken(BaseModel):
    """How many were taken, and which were no numbers."""

    taken: int
    refused: list[str]


class MergeBody(BaseModel):
    """Two numbers of one person, and how that is known."""

    model_config = ConfigDict(extra="forbid")

    one: Number
    other: Number
    reason: str = Field(min_length=1, max_length=500)


class Merged(BaseModel):
    """The number by which the merge is taken back."""

    merge: int


@router.post("/opt-outs", summary="Somebody does not want to be contacted any more")
async def post_opt_out(runtime: RuntimeOf, caller: ConsentWriter, body: OptOutBody) -> Done:
    """Holds for all numbers of the person from the moment this answers."""
    await run_in_threadpool(
        opt_out,
        runtime.store,
        workspace=caller.workspace,
        identity=identity_in(body),
        via=body.via,
        call=body.call,
        agent=body.agent,
    )
    return Done()


@router.post("/opt-outs/reply", summary="A message somebody sent back")
async def post_reply(runtime: RuntimeOf, caller: ConsentWriter, body: ReplyBody) -> ReplyRead:
    """TD, T, 退订, STOP and the like opt the sender out; anything else changes nothing."""
    number, found = phone_number(body.number), is_opt_out(body.text)
    if found:
        await run_in_threadpool(
            opt_out, runtime.store, workspace=caller.workspace, identity=("phone", number), via="sms"
        )
    return ReplyRead(opted_out=found)


@router.post("/opt-outs/link", summary="Make a link by which a number can be opted out")
async def post_link(request: Request, runtime: RuntimeOf, caller: ConsentWriter, body: LinkBody) -> Link:
    """Signed, for that number alone, without an end: an old message must still let its reader out."""
    number = phone_number(body.number)
    path: str = await write(
        request, lambda connection: opt_out_address(connection, workspace=caller.workspace, number=number)
    )
    return Link(url=runtime.settings.page.rstrip("/") + path)


@router.get("/do-not-call", summary="The do-not-call lists")
async def get_dnc(runtime: RuntimeOf, caller: FactsReader) -> DncLists:
    """Public registries and your own."""

    def step(connection: Connection) -> DncLists:
        found = dnc_lists(connection, workspace=caller.workspace)
        return DncLists(lists=[DncBody(**asdict(one)) for one in found])

    return await read(runtime, step)


@router.put("/do-not-call/{name}", summary="Import numbers into a do-not-call list")
async def put_dnc(request: Request, caller: PersonsEraser, name: Name, body: DncNumbers) -> DncTaken:
    """A registry must be brought up to date within its limit (R16), or nobody of that country is called."""
    numbers, refused = await run_in_threadpool(_numbers, body.numbers)

    def step(connection: Any) -> int:  # noqa: ANN401  connection of the store
        taken = put_dnc_list(
            connection,
            workspace=caller.workspace,
            name=name,
            source=body.source,
            as_of=body.as_of,
            numbers=numbers,
            replace=body.replace,
            ends_at=body.ends_at,
        )
        dated = None if body.as_of is None else body.as_of.isoformat()
        detail = {"numbers": taken, "replace": body.replace, "as_of": dated, "source": body.source}
        record(
            connection,
            actor=caller.actor,
            action="dnc.imported",
            workspace=caller.workspace,
            target=name,
            detail=detail,
        )
        return taken

    return DncTaken(taken=await write(request, step), refused=refused[:100])


def _numbers(said: list[str]) -> tuple[list[str], list[str]]:
    numbers, refused = [], []
    for one in said:
        try:
            numbers.append(phone_number(one))
        except InvalidInput:
            refused.append(one)
    return numbers, refused


@router.delete("/do-not-call/{name}", summary="Remove a do-not-call list")
async def delete_dnc(request: Request, caller: PersonsEraser, name: Name) -> Done:
    """Whoever stood on it alone may be called again, as far as the other rules let."""

    def step(connection: Any) -> None:  # noqa: ANN401
        remove_dnc_list(connection, workspace=caller.workspace, name=name)
        record(connection, actor=caller.actor, action="dnc.removed", workspace=caller.workspace, target=name)

    await write(request, step)
    return Done()


@router.post("/contacts/merges", summary="Two numbers are one person")
async def post_merge(request: Request, runtime: RuntimeOf, caller: FactsWriter, body: MergeBody) -> Merged:
    """From now on they are one contact for the gate, and for every figure as soon as the warehouse follows."""
    one, other = sorted((phone_number(body.one), phone_number(body.other)))

    def run() -> int:
        records = [{"key": f"merge {now().isoformat()}", "phones": [one, other]}]
        delivery = deliver(
            runtime.store,
            workspace=caller.workspace,
            kind_name="customer",
            source="huasuan merge",
            records=records,
            origin="merge",
        )
        accept(delivery)
        return delivery.batch

    merge = await run_in_threadpool(run)
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action="contact.merged",
            workspace=caller.workspace,
            target=str(merge),
            detail={"reason": body.reason},
        ),
    )
    return Merged(merge=merge)


@router.delete("/contacts/merges/{merge}", summary="Take a merge back")
async def delete_merge(
    request: Request, runtime: RuntimeOf, caller: FactsWriter, merge: Annotated[int, Path(ge=1, le=2**62)]
) -> Done:
    """They are two contacts again, as far as nothing else ties them."""

    def run() -> None:
        with runtime.store.read() as connection:
            found = list_batches(connection, workspace=caller.workspace, before=merge + 1, limit=1)
        if not any(batch.id == merge and batch.origin == "merge" for batch in found):
            raise NotFound("no_merge", Text(zh=f"没有合并 {merge}", en=f"there is no merge {merge}"))
        undo_batch(runtime.store, caller.workspace, merge)

    await run_in_threadpool(run)
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action="contact.unmerged",
            workspace=caller.workspace,
            target=str(merge),
        ),
    )
    return Done()
