"""The ledger of consent over HTTP: what a person agreed to by what evidence, and writing a word of theirs down."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import ConsentWriter, FactsReader
from huasuan.app.http.entrance import Done, PrintedText, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.named import PersonBody, identity_in
from huasuan.app.opting_out import accept
from huasuan.consent import ledger_of
from huasuan.intake import deliver
from huasuan.kernel.masking import masked
from huasuan.kernel.time import now
from huasuan.people import Right, record

router = APIRouter(tags=["consent"])
SOURCE = "huasuan ledger"
Purpose = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class LedgerLineBody(BaseModel):
    """One consent or withdrawal; ``evidence`` and ``proof`` are shown to those who may see numbers in full."""

    at: AwareDatetime
    purpose: str
    channel: str | None
    given: bool
    expires_at: AwareDatetime | None
    evidence: str | None
    proof: str | None
    proven: bool
    text_version: str | None
    source: str


class LedgerBody(BaseModel):
    """The ledger of a person, the newest line first; ``by_machine``: whether scores and assignment may look at them."""

    person: str
    known: bool
    lines: list[LedgerLineBody]
    opted_out_at: AwareDatetime | None
    refused_at: AwareDatetime | None
    erased: bool
    lists: list[str]
    by_machine: bool


class WordBody(PersonBody):
    """What somebody agreed to, or took back, and how that is known."""

    purpose: Purpose = Field(description="marketing, callback, service, automated_decisions or one of your own")
    given: bool
    channel: Literal["call", "sms", "email", "wechat"] | None = Field(default=None, description="Without it: all")
    evidence: PrintedText | None = Field(default=None, description="Who said it where to whom")
    proof: PrintedText | None = Field(default=None, description="Where the recording or the signed form is kept")
    text_version: PrintedText | None = Field(default=None, description="Which wording was agreed to")
    expires_at: AwareDatetime | None = None
    at: AwareDatetime | None = Field(default=None, description="When it was said; without it: now")


@router.post("/consents/of", summary="What a person agreed to")
async def post_ledger(request: Request, caller: FactsReader, body: PersonBody) -> LedgerBody:
    """Every consent and withdrawal of all numbers of the person with its evidence; reading it is recorded."""
    identity, opened = identity_in(body), caller.may(Right.PERSONAL_UNMASK)

    def step(connection: Any) -> LedgerBody:  # noqa: ANN401  connection of the store
        found = ledger_of(connection, workspace=caller.workspace, identity=identity)
        if opened and found.lines:
            record(connection, actor=caller.actor, action="personal.seen", workspace=caller.workspace, target="consent")
        hidden = {} if opened else {"evidence": None, "proof": None}
        lines = [
            LedgerLineBody(**(asdict(line) | {"proven": bool(line.evidence or line.proof)} | hidden))
            for line in found.lines
        ]
        said = asdict(found) | {"lines": lines, "lists": list(found.lists)}
        return LedgerBody(person=masked(*identity), **said)

    answer: LedgerBody = await write(request, step)
    return answer


@router.post("/consents", summary="Write down what a person agreed to or took back")
async def post_word(request: Request, runtime: RuntimeOf, caller: ConsentWriter, body: WordBody) -> Done:
    """A line of the ledger; the gate, scores and assignment heed it from the moment this answers (S3-23, R01, R11)."""
    kind, value = identity_in(body)
    moment = now().isoformat()
    said = body.model_dump(mode="json", exclude={"number", "email"}, exclude_none=True)
    word = {"key": f"{body.purpose} {value} {moment}", "at": moment} | said | {kind: value}

    def run() -> None:
        accept(
            deliver(
                runtime.store,
                workspace=caller.workspace,
                kind_name="consent",
                source=SOURCE,
                records=[word],
                origin="ledger",
            )
        )

    await run_in_threadpool(run)
    detail = {"purpose": body.purpose, "given": body.given}
    await write(
        request,
        lambda connection: record(
            connection, actor=caller.actor, action="consent.recorded", workspace=caller.workspace, detail=detail
        ),
    )
    return Done()
