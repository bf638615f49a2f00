"""What the desk's addresses take and give."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from huasuan.app.http.entrance import PrintedText
from huasuan.kernel.text import Text


def both(text: Text) -> "Both":
    """A text as it is sent."""
    return Both(zh=text.zh, en=text.en)


class Both(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class LeadCard(BaseModel):
    """A lead as its agent sees it; the number is masked until it is called."""

    id: int
    name: str | None
    company: str | None
    number: str | None
    state: str
    owner: str | None
    score: float
    intent: int
    urgency: int
    fit: int
    reasons: list[Both]
    traits: dict[str, str]
    created_at: AwareDatetime
    next_at: AwareDatetime | None
    attempts: int
    handed_by: str | None
    decide_by: AwareDatetime | None


class LeadStep(BaseModel):
    """One thing that was done with a lead, in words where it was a decision."""

    at: AwareDatetime
    kind: str
    agent: str | None
    other: str | None
    text: Both | None
    result: str | None
    remark: str | None


class ResultBody(BaseModel):
    """A result that may be chosen, with its key on the keyboard."""

    code: str
    text: Both
    flags: list[str]
    hotkey: str


class ScriptBody(BaseModel):
    """A script with the customer's fields filled in."""

    name: str
    version: int
    opening: str
    questions: list[str]


class TaskBody(BaseModel):
    """Something to be done about a lead; ``why`` is its text where somebody wrote one."""

    id: int
    lead: int
    kind: str
    why: str
    due_at: AwareDatetime


class HeldReason(BaseModel):
    """Why the gate forbids some of the agent's leads, and how many."""

    code: str
    text: Both
    leads: int


class WaitingBody(BaseModel):
    """What of the agent's leads is not offered now: planned for later, or held back with the reasons."""

    planned: int
    held: int
    reasons: list[HeldReason]
    next_at: AwareDatetime | None


class DeskBody(BaseModel):
    """Everything the desk shows at once."""

    agent: str
    state: str
    pause: str | None
    since: AwareDatetime
    result_due_at: AwareDatetime | None
    in_call: bool
    answered: bool
    lead: LeadCard | None
    cautions: list[Both] = Field(description="What to heed when this lead is called now.")
    denied: list[Both] = Field(description="Why this lead may not be called now; empty if it may.")
    waiting: WaitingBody
    sales: list[str] = Field(description="To whom a lead may be handed over.")
    history: list[LeadStep]
    scripts: list[ScriptBody]
    results: list[ResultBody]
    breaks: dict[str, Both]
    tasks: list[TaskBody]
    day: dict[str, int]


class Presence(BaseModel):
    """Where the agent is; a break has its reason."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["ready", "break", "offline"]
    pause: str | None = None


class CallBody(BaseModel):
    """By which script the call is made, if by one."""

    model_config = ConfigDict(extra="forbid")

    script: PrintedText | None = None
    version: int | None = Field(default=None, ge=1, le=2**31, description="As shown on the screen; else the newest.")


class Called(BaseModel):
    """Whether the call may be made: with its address for the telephone program, else with every reason."""

    allowed: bool
    call: str | None
    reasons: list[Both]
    cautions: list[Both]
    next_at: AwareDatetime | None


class ResultChoice(BaseModel):
    """The result of the call in hand; an agreed call has its time."""

    model_config = ConfigDict(extra="forbid")

    result: PrintedText
    again_at: AwareDatetime | None = None
    remark: str = Field(default="", max_length=2000)


class Submitted(BaseModel):
    """When the lead is called again, if it is."""

    next_at: AwareDatetime | None


class HandOver(BaseModel):
    """To whom in sales, and whether the customer is on the line."""

    model_config = ConfigDict(extra="forbid")

    to: PrintedText
    live: bool = False


class Decision(BaseModel):
    """What sales say of a handover; a rejection has its reason."""

    model_config = ConfigDict(extra="forbid")

    accepted: bool
    reason: str = Field(default="", max_length=500)
    rating: int | None = Field(default=None, ge=1, le=5)


class Release(BaseModel):
    """Into which public pool a lead goes back, and why."""

    model_config = ConfigDict(extra="forbid")

    pool: int = Field(ge=1, le=2**62)
    reason: str = Field(min_length=1, max_length=500)


class CustomerShown(BaseModel):
    """A customer who has the number."""

    key: str
    name: str | None
    company: str | None
    segment: str | None
    city: str | None


class Popped(BaseModel):
    """Whose number it is: none, one or several leads, and the customers who have it but no lead."""

    leads: list[LeadCard]
    customers: list[CustomerShown]


class RemarkBody(BaseModel):
    """A remark in the agent's own words."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=2000)


class NewTask(BaseModel):
    """Something to do about a lead by a time."""

    model_config = ConfigDict(extra="forbid")

    due_at: AwareDatetime
    text: PrintedText


class NewLead(BaseModel):
    """A lead typed in by whoever met the person; ``evidence`` says how they agreed to be called."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(min_length=3, max_length=40)
    origin: Literal["fair", "shop", "call", "referral", "visit", "other"]
    name: PrintedText | None = None
    company: PrintedText | None = None
    source: PrintedText | None = Field(default=None, description="Which fair or shop.")
    industry: PrintedText | None = None
    region: PrintedText | None = None
    interest: PrintedText | None = None
    evidence: str | None = Field(default=None, max_length=500)
    mine: bool = Field(default=True, description="Keep it oneself; else it is given by the rules.")


class Entered(BaseModel):
    """The key under which the lead came in."""

    key: str


class DealShown(BaseModel):
    """A deal of the person as it stands."""

    deal: str
    at: AwareDatetime
    kind: str
    stage: str | None
    amount_minor: int | None
    currency: str


class CallOfPerson(BaseModel):
    """A call with the person, our number in it, and what came of it."""

    key: str
    at: AwareDatetime | None
    direction: str
    result: str
    own_number: str | None
    agent: str | None
    disposition: str | None
    talk_seconds: int | None
