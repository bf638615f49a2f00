"""The shapes of what is answered as ready JSON: the catalogue, an answer, the facts behind a figure.

They are only described here, for the OpenAPI description and the types made of it; the answers themselves are written
without them, because checking thousands of cells again would cost more than the question.
"""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from huasuan.app.http.shape_words import BothLanguages, Cut, Number, UnitName
from huasuan.app.http.shapes_of_journeys import ModelsSideBySide, RemovalEffects, WaysToASale, WhyCredited
from huasuan.app.http.shapes_of_scorecards import Scorecards


class IntervalKind(BaseModel):
    """How sure the metric can be told; without a kind, ``reason`` says why not."""

    kind: Literal["proportion", "over_customers", "from_fit"] | None
    reason: BothLanguages | None


class CatalogueMetric(BaseModel):
    """What a metric is."""

    key: str
    text: BothLanguages
    meaning: BothLanguages
    why: BothLanguages | None
    tracked: BothLanguages | None
    unit: UnitName
    version: str
    interval: IntervalKind
    bands: dict[str, str | None] | None
    direction: Literal["up", "down", "band"] | None = Field(description="Which way is better.")
    numerator: str | None
    denominator: str | None
    dimensions: list[str] = Field(description="The cuts it can be asked by.")
    requirements: list[str]


class CatalogueDimension(BaseModel):
    """A cut."""

    key: str
    text: BothLanguages
    kind: str


class CatalogueView(BaseModel):
    """A question with a name."""

    key: str
    text: BothLanguages
    meaning: BothLanguages
    why: BothLanguages | None
    metrics: list[str]
    by: list[str]
    requirements: list[str]


class CatalogueCostKind(BaseModel):
    """A kind of cost the ledger knows."""

    key: str
    text: BothLanguages


class Catalogue(BaseModel):
    """What can be asked."""

    metrics: list[CatalogueMetric]
    dimensions: list[CatalogueDimension]
    views: list[CatalogueView]
    cost_kinds: list[CatalogueCostKind]


class Sides(BaseModel):
    """A figure: money and quotients are decimal strings, counts whole numbers, unknown is null with its reason."""

    value: Number
    numerator: Number
    denominator: Number
    n: int
    reason: BothLanguages | None


class Range(BaseModel):
    """From where to where the figure may lie."""

    low: Number
    high: Number
    value: Number = None
    method: str


class Change(BaseModel):
    """What changed: a difference in the figure's unit (percentage points for shares), or a proportion."""

    kind: Literal["difference", "relative"]
    value: Number
    reason: BothLanguages | None
    interval: Range | None


class Figure(Sides):
    """A figure with the address of its facts; the rest stands there where it was asked for."""

    behind: dict[str, Any] = Field(description="Send it to /behind for exactly the facts of this figure.")
    interval: Range | None = None
    no_interval: BothLanguages | None = None
    small: bool = False
    shrunken: Range | None = None
    before: Sides | None = None
    change: Change | None = None
    band: Literal["good", "watch", "fault"] | None = None


class AnswerRow(BaseModel):
    """One row; ``unallocated`` is cost that no row of this cut can bear."""

    by: dict[str, Cut]
    kind: Literal["value", "unknown", "unallocated"]
    values: dict[str, Figure]


class AnswerPeriod(BaseModel):
    """A period; the last day is excluded."""

    from_: str = Field(alias="from")
    to: str


class Answer(BaseModel):
    """What a question is answered with."""

    question: dict[str, Any]
    rows: list[AnswerRow]
    currency: str
    as_of: AwareDatetime
    behind_seconds: float = Field(description="How old the newest facts in it may be.")
    definitions: dict[str, str]
    intervals: dict[str, Any] | None = None
    notes: dict[str, BothLanguages] | None = None
    compared: AnswerPeriod | None = None
    matured: dict[str, Any] | None = None
    firm: dict[str, Any] | None = None


class PageAnswers(BaseModel):
    """The answers to the questions of a page, in their order; what cannot be answered has a ``problem``."""

    answers: list[dict[str, Any]]


class OpenedFact(BaseModel):
    """A fact and what it adds to the figure."""

    base: str
    kind: str
    number: str
    amount: Number
    source: str | None = None
    key: str | None = None
    version: int | None = None
    record: dict[str, Any] | None = None
    people: dict[str, list[str]] | None = None


class Opened(BaseModel):
    """The facts behind a figure; ``facts`` holds the first ``limit`` of ``count``, ``total`` is of all."""

    question: dict[str, Any]
    side: Literal["numerator", "denominator"]
    count: int
    total: Number
    facts: list[OpenedFact]


class LoggedCall(BaseModel):
    """A call of the log with the cuts it is counted under; what is unknown is left out."""

    model_config = ConfigDict(extra="allow")

    fact_id: int
    key: str | None = None
    source_system: str | None = None
    started_at: str
    direction: str
    result: str | None = None
    agent: str | None = None
    channel: str | None = None
    campaign: str | None = None
    talk_seconds: int | None = None
    call_class: str | None = None
    classed_by: str | None = Field(default=None, description="Who told the class: person, source, speech or duration")
    junk_reason: str | None = None
    excluded_by: str | None = Field(default=None, description="Why it counts nowhere")
    call_number: int | None = Field(default=None, description="Which call of the contact it is")
    call_number_in_cycle: int | None = Field(default=None, description="Which one in the sales cycle")
    first_channel: str | None = Field(default=None, description="Channel of the contact's first call ever")
    first_campaign: str | None = Field(default=None, description="Campaign of the contact's first call ever")
    cycle_channel: str | None = Field(default=None, description="Channel of the call that opened the sales cycle")
    cycle_campaign: str | None = Field(default=None, description="Campaign of the call that opened the sales cycle")
    traffic: str | None = Field(default=None, description="keyword, organic or other")
    is_unique: bool = False
    is_unique_target: bool = False
    is_repeat: bool = False
    contact_id: int | None = None
    people: dict[str, list[str]]
    status: str = Field(description="What became of it in one word; see the call log in the guide.")
    recording: bool


class CallLog(BaseModel):
    """A page of calls, newest first; ask again with ``next`` for the one before."""

    calls: list[LoggedCall]
    count: int | None
    next: str | None


class CostOfCall(BaseModel):
    """What one kind of cost put on a call."""

    kind: str
    text: BothLanguages
    amount: str


class DealOfCall(BaseModel):
    """A deal that came from a call."""

    deal: str
    won_at: str | None
    products: list[str]
    value: str
    given_back: str
    net: str


class MoneyOfCall(BaseModel):
    """What a call cost and earned; ``cost_unknown`` says why its cost is not wholly known."""

    currency: str
    cost: str
    costs: list[CostOfCall]
    cost_unknown: BothLanguages | None
    net: str
    deals: list[DealOfCall]


class Event(BaseModel):
    """Something that happened with a customer."""

    kind: str
    at: str | None
    number: str
    said: dict[str, Any]


class CardCall(LoggedCall):
    """A call with its record as it stands in the store."""

    record: dict[str, Any] | None
    version: int | None


class CallCard(BaseModel):
    """A call, what it cost and earned (to those who may see it), and what else happened with its customer."""

    call: CardCall
    money: MoneyOfCall | None
    history: list[Event]


class CandidateBody(BaseModel):
    """A visit that saw the number before the call."""

    probability: float
    state: Literal["tapped", "open", "left"] = Field(description="What the visitor was doing when the call came.")
    seconds: int = Field(description="Since the link was pressed, the page opened, or the page was left.")
    same_region: bool | None
    leased_at: str
    overflow: bool
    channel: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    keyword: str | None
    creative: str | None


class WhySource(BaseModel):
    """How a call got its source; ``nobody`` is the probability that no visit led to it, probabilities are 0..1."""

    how: Literal["said", "number", "visits", "none"]
    channel: str | None
    probability: float | None
    nobody: float | None
    candidates: list[CandidateBody]


class CustomerFile(BaseModel):
    """Who a customer is, and everything that happened, newest first."""

    customer: dict[str, Any]
    people: dict[str, list[str]]
    history: list[Event]


class GivenBackBody(BaseModel):
    """Something of a deal that came back or was cancelled."""

    day: str
    kind: str
    reason: str | None
    value: str | None


class DealBody(BaseModel):
    """A deal with what came back of it; money in the workspace's currency, ``currency`` is that of the deal."""

    number: str
    deal: str | None
    currency: str
    source: str | None
    people: dict[str, list[str]]
    status: Literal["open", "lost", "won", "part_returned", "returned", "cancelled"]
    at: str | None
    day: str | None
    products: list[str]
    value: str | None
    value_without_tax: str | None
    given_back: str | None
    left: str | None
    stage: str | None = None
    agent: str | None = None
    channel: str | None = None
    campaign: str | None = None
    contact_id: int | None = None
    origin_fact_id: int | None = None
    backs: list[GivenBackBody]


class ReasonOfBack(BaseModel):
    """Why things came back: of how many deals, and their value."""

    kind: str
    reason: str | None
    deals: int
    value: str | None


class DealList(BaseModel):
    """A page of deals; ask again with ``next`` for the one before. ``count`` and ``reasons`` come with the first."""

    currency: str
    deals: list[DealBody]
    count: int | None
    reasons: list[ReasonOfBack]
    next: str | None


class FigureOfMine(BaseModel):
    """One figure of an agent's own day."""

    key: str
    text: BothLanguages
    meaning: BothLanguages
    unit: Literal[
        "count", "money", "seconds", "minutes", "days", "share", "ratio", "per_hour", "per_mille", "points", "score"
    ]
    value: Number
    reason: BothLanguages | None


class MyDay(BaseModel):
    """An agent's own day."""

    agent: str
    day: str
    currency: str
    figures: list[FigureOfMine]


DESCRIBED: tuple[tuple[str, type[BaseModel]], ...] = (
    ("/metrics", Catalogue),
    ("/ask", Answer),
    ("/behind", Opened),
    ("/calls", CallLog),
    ("/calls/{number}", CallCard),
    ("/calls/{number}/source", WhySource),
    ("/customers/{number}", CustomerFile),
    ("/deals", DealList),
    ("/mine/day", MyDay),
    ("/mine/calls", CallLog),
    ("/mine/scorecard", Scorecards),
    ("/scorecards", Scorecards),
    ("/ask-many", PageAnswers),
    ("/journeys/sequences", WaysToASale),
    ("/journeys/models", ModelsSideBySide),
    ("/journeys/removal", RemovalEffects),
    ("/journeys/why/{deal_id}", WhyCredited),
)
MODELS: tuple[type[BaseModel], ...] = tuple(model for _, model in DESCRIBED)


def describe_shapes(schema: dict[str, Any]) -> None:
    """Put the shapes into an OpenAPI description, at the addresses that answer with them."""
    reference = "#/components/schemas/{model}"
    _, found = models_json_schema([(model, "serialization") for model in MODELS], ref_template=reference)
    components = schema["components"]["schemas"]
    for name, definition in found["$defs"].items():
        components.setdefault(name, definition)
    for ending, model in DESCRIBED:
        operations = next(found for path, found in schema["paths"].items() if path.endswith(f"/v1{ending}"))
        for operation in operations.values():
            content = {"application/json": {"schema": {"$ref": reference.format(model=model.__name__)}}}
            operation["responses"]["200"] = {"description": model.__doc__ or "", "content": content}
