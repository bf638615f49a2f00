"""The gate over HTTP: may this person be contacted, why not, when; what the rules say; how many of a list."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.contact_lists import nodes_of_list
from huasuan.app.http.access import ConsentWriter, FactsReader
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.consent import (
    Answer,
    Ask,
    TermKind,
    ask_gate,
    book_of,
    count_callable,
    explain,
    identity_of,
    permit_of,
    read_log,
    reason_text,
    record_refusal,
    terms_of,
    told_text,
    use_permit,
)
from huasuan.intake import phone_number
from huasuan.kernel.masking import masked
from huasuan.kernel.text import Text
from huasuan.kernel.time import now

router = APIRouter(tags=["consent"])
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


class Said(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class AskBody(BaseModel):
    """Who wants to reach whom, what for and how."""

    model_config = ConfigDict(extra="forbid")

    number: ShortText = Field(description="As people write it, or in E.164 form; the address where channel is email")
    purpose: ShortText = Field(default="marketing", description="marketing, callback, service or one of your own")
    channel: Literal["call", "sms", "wechat", "email"] = "call"
    voice: Literal["human", "bot", "recorded"] = "human"
    caller_number: str | None = Field(default=None, max_length=40, description="The number that will be shown")
    zone: str | None = Field(default=None, max_length=60, description="Where the person is known to be (IANA name)")
    contract: bool = Field(default=False, description="A contract with the person is running")
    business: bool = Field(default=False, description="The person is called as a business")
    bought_list: bool = False
    list_proof: str | None = Field(default=None, max_length=500)
    age: int | None = Field(default=None, ge=0, le=150)
    campaign: str | None = Field(default=None, max_length=200)
    list: str | None = Field(default=None, max_length=200)
    agent: str | None = Field(default=None, max_length=200)


class CheckBody(AskBody):
    """The same, at a moment; without one, now."""

    at: AwareDatetime | None = None


class ReasonBody(BaseModel):
    """One rule that forbids it, by id and version; ``until`` where time alone lifts it."""

    code: str
    rule: str
    version: int
    country: str
    text: Said
    until: AwareDatetime | None


class AnswerBody(BaseModel):
    """What the gate says; ``permit`` is a token that dials once within a minute, only where it was asked for."""

    verdict: Literal["allow", "deny"]
    number: str
    at: AwareDatetime
    reasons: list[ReasonBody]
    cautions: list[Said]
    next_at: AwareDatetime | None
    permit: str | None = None
    entry: int | None = None


class ClauseBody(BaseModel):
    """What a rule says in a country; ``verified``: whether the source itself was read; ``own``: your own decision."""

    country: str
    parameters: dict[str, Any]
    note: str
    verified: str
    own: bool


class TermBody(BaseModel):
    """A parameter of a rule, and what a form asks for it."""

    name: str
    kind: TermKind
    choices: list[str]
    optional: bool


class CallingRule(BaseModel):
    """One version of a rule; it holds from ``valid_from`` until the day before ``valid_to``."""

    id: str
    version: int
    text: Said
    source: str
    valid_from: date | None
    valid_to: date | None
    holds_today: bool
    terms: list[TermBody]
    clauses: list[ClauseBody]


class CallingRules(BaseModel):
    """All of them."""

    rules: list[CallingRule]


class CountBody(BaseModel):
    """Which list, at which moment."""

    model_config = ConfigDict(extra="forbid")

    list: ShortText
    at: AwareDatetime
    purpose: ShortText = "marketing"
    channel: Literal["call", "sms", "wechat"] = "call"


class CountedReason(BaseModel):
    """What forbids so many of them."""

    code: str
    text: Said
    count: int


class CountedBody(BaseModel):
    """How many may be reached, and what forbids the others, each counted once by the gravest reason."""

    asked: int
    callable: int
    by_reason: dict[str, int]
    reasons: list[CountedReason]


class TokenBody(BaseModel):
    """The token of a permit."""

    model_config = ConfigDict(extra="forbid")

    permit: str = Field(min_length=1, max_length=1000)


class UsedBody(BaseModel):
    """The number to dial, once."""

    number: str
    caller_number: str | None


class RefusalBody(BaseModel):
    """Who said no in a talk."""

    model_config = ConfigDict(extra="forbid")

    number: ShortText
    call: str | None = Field(default=None, max_length=200)
    agent: str | None = Field(default=None, max_length=200)


class LogLineBody(BaseModel):
    """One decision; it names the person by node alone. ``reasons``: the rules of the entry in words."""

    number: int
    entry: dict[str, Any]
    reasons: list[Said]


class LogBody(BaseModel):
    """The newest first; ask again with ``before`` = the last number."""

    lines: list[LogLineBody]


@router.post("/gate/check", summary="Why may this contact not be called?")
async def post_check(runtime: RuntimeOf, caller: FactsReader, body: CheckBody) -> AnswerBody:
    """What the gate would answer, with every reason and the earliest next time; nothing is reserved."""
    ask = _ask(body)

    def step(connection: Connection) -> Answer:
        return explain(connection, workspace=caller.workspace, ask=ask, at=body.at)

    return _answer(await read(runtime, step), ask)


@router.post("/gate/ask", summary="Ask the gate before contacting somebody")
async def post_ask(request: Request, caller: ConsentWriter, body: AskBody) -> AnswerBody:
    """Where it is allowed the contact is reserved at once, and the permit may be used once within a minute."""
    ask = _ask(body)
    answer: Answer = await write(request, lambda connection: ask_gate(connection, workspace=caller.workspace, ask=ask))
    return _answer(answer, ask)


@router.post("/gate/use", summary="Use a permit, right before dialling elsewhere")
async def post_use(request: Request, caller: ConsentWriter, body: TokenBody) -> UsedBody:
    """409 if it was used, has ended, or the person opted out meanwhile: then do not dial."""

    def step(connection: Any) -> UsedBody:  # noqa: ANN401  connection of the store
        permit = permit_of(connection, workspace=caller.workspace, token=body.permit)
        use_permit(connection, permit)
        return UsedBody(number=permit.number, caller_number=permit.caller_number)

    used: UsedBody = await write(request, step)
    return used


@router.post("/gate/refusals", summary="Somebody said no in a talk")
async def post_refusal(request: Request, caller: ConsentWriter, body: RefusalBody) -> Done:
    """Nobody asks the person again for as long as the rule R04 says."""
    number = phone_number(body.number)
    await write(
        request,
        lambda connection: record_refusal(
            connection, workspace=caller.workspace, number=number, call=body.call, agent=body.agent
        ),
    )
    return Done()


@router.get("/gate/log", summary="What the gate decided")
async def get_log(
    runtime: RuntimeOf,
    caller: FactsReader,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LogBody:
    """Every decision; nobody can change a line unseen, and ``huasuan doctor`` checks the whole."""

    def step(connection: Connection) -> LogBody:
        found = read_log(connection, workspace=caller.workspace, before=before, limit=limit)
        return LogBody(lines=[_line(line.number, dict(line.entry)) for line in found])

    return await read(runtime, step)


@router.get("/calling-rules", summary="The rules of calling")
async def get_rules(runtime: RuntimeOf, caller: FactsReader) -> CallingRules:
    """Each version with its dates, source, and what it says in each country."""

    def step(connection: Connection) -> CallingRules:
        book = book_of(connection, workspace=caller.workspace)
        today = now().date()
        rules = []
        for rule in book.rules:
            holds = rule.holds(today)
            clauses = {c: book.clause(rule.id, c, today)[1] if holds else clause for c, clause in rule.clauses.items()}
            rules.append(
                CallingRule(
                    id=rule.id,
                    version=rule.version,
                    text=_said(rule.text),
                    source=rule.source,
                    valid_from=rule.valid_from,
                    valid_to=rule.valid_to,
                    holds_today=holds,
                    terms=[TermBody.model_validate(one, from_attributes=True) for one in terms_of(rule.id)],
                    clauses=[_clause(country, clause) for country, clause in clauses.items()],
                )
            )
        return CallingRules(rules=rules)

    return await read(runtime, step)


@router.post("/gate/count", summary="How many of a list may be called at a moment?")
async def post_count(runtime: RuntimeOf, caller: FactsReader, body: CountBody) -> CountedBody:
    """By the gate's own rules, for all leads and list records of that list."""

    def step(connection: Connection) -> CountedBody:
        nodes = nodes_of_list(connection, workspace=caller.workspace, name=body.list)
        ask = Ask(number="", purpose=body.purpose, channel=body.channel)
        found = count_callable(connection, workspace=caller.workspace, nodes=nodes, ask=ask, at=body.at)
        texts = {code: reason_text(code) for code in found.by_reason}
        reasons = [
            CountedReason(code=code, text=_said(texts[code]), count=count) for code, count in found.by_reason.items()
        ]
        return CountedBody(asked=found.asked, callable=found.callable, by_reason=dict(found.by_reason), reasons=reasons)

    return await read(runtime, step)


def _ask(body: AskBody) -> Ask:
    values: Mapping[str, Any] = body.model_dump(exclude={"at", "number", "caller_number"})
    shown = phone_number(body.caller_number) if body.caller_number else body.caller_number
    number = phone_number(body.number) if body.channel != "email" else body.number.strip()
    return Ask(number=number, caller_number=shown, **values)


def _answer(answer: Answer, ask: Ask) -> AnswerBody:
    return AnswerBody(
        verdict=answer.verdict,
        number=masked(*identity_of(ask)),
        at=answer.at,
        reasons=[
            ReasonBody(
                code=reason.code,
                rule=reason.rule,
                version=reason.version,
                country=reason.country,
                text=_said(reason.text),
                until=reason.until,
            )
            for reason in answer.reasons
        ],
        cautions=[_said(text) for text in answer.cautions],
        next_at=answer.next_at,
        permit=None if answer.permit is None else answer.permit.token,
        entry=answer.entry,
    )


def _clause(country: str, clause: Any) -> ClauseBody:  # noqa: ANN401  a Clause of the consent room
    return ClauseBody(
        country=country,
        parameters=asdict(clause.terms),
        note=clause.note,
        verified=clause.verified,
        own=clause.own,
    )


def _line(number: int, entry: dict[str, Any]) -> LogLineBody:
    return LogLineBody(number=number, entry=entry, reasons=[_said(told_text(rule)) for rule in entry["rules"]])


def _said(text: Text) -> Said:
    return Said(zh=text.zh, en=text.en)
