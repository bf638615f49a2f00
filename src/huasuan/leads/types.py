"""What the room of leads shows to others: cases, seats, rules, pools, and the reasons of every decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["waiting", "owned", "pool", "handed", "blocked", "duplicate", "closed"]
Presence = Literal["ready", "call", "wrap", "unsubmitted", "break", "offline"]
Method = Literal["round_robin", "least_loaded", "longest_idle"]
StepKind = Literal[
    "arrived", "assigned", "reassigned", "claimed", "released", "recycled", "pooled", "handed", "accepted",
    "rejected", "overdue", "blocked", "unblocked", "duplicate", "closed", "called", "disposed", "scored",
    "judged", "meeting", "complained", "returned", "undialled", "noted",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """How promising a lead is: the chance to buy (0 to 1), and its parts from 0 to 100 (S3-34).

    reasons: what raised or lowered it most, as (feature, value, effect) with effect in points or log-odds.
    """

    score: float
    intent: int
    urgency: int
    fit: int
    reasons: tuple[tuple[str, str, float], ...] = ()
    model: str = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Scores in the order asked, and the one of anybody, for whom a machine may not look at."""

    parts: Sequence[Parts]
    neutral: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What rules and agents may be chosen by."""

    origin: str | None = None
    channel: str | None = None
    source: str | None = None
    campaign: str | None = None
    list: str | None = None
    supplier: str | None = None
    industry: str | None = None
    region: str | None = None
    interest: str | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who works leads (S3-32). ``open_leads`` counts what they own now, ``given_at`` is micros since 1970."""

    agent: str
    team: str | None = None
    sales: bool = False
    skills: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    capacity: int = 50
    state: Presence = "ready"
    pause: str | None = None
    since: int = 0
    given_at: int = 0
    open_leads: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """To whom leads of a kind go (S3-32). What is empty asks nothing; the first rule that fits decides.

    least_score: from this chance to buy on. own_region, own_industry: only agents who cover the lead's own.
    pool: into this public pool instead of to an agent.
    """

    id: int = 0
    name: str
    version: int = 1
    place: int = 0
    active: bool = True
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    least_score: float = 0.0
    team: str | None = None
    skill: str | None = None
    own_region: bool = False
    own_industry: bool = False
    method: Method = "least_loaded"
    pool: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """To whom a lead goes and why; neither agent nor pool: nobody is free, it waits.

    passed: rules that did not fit, as (name, what did not fit). free, fitting: agents there, and among them those
    the rule allows. beside: the next agents that were compared, as (agent, open leads).
    """

    agent: str | None = None
    pool: int | None = None
    rule: str | None = None
    rule_version: int | None = None
    method: Method | None = None
    passed: tuple[tuple[str, str], ...] = ()
    free: int = 0
    fitting: int = 0
    beside: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A public pool (公海): who may take from it and how much (0: as much as they like), how long it is then theirs."""

    id: int = 0
    name: str
    team: str | None = None
    claims_a_day: int = 20
    hold_most: int = 100
    protect_days: int = 14
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A lead as it is worked on; ``party`` leads to the person."""

    id: int
    source_system: str
    source_key: str
    party: int | None
    created_at: datetime
    arrived_at: datetime
    traits: Traits
    parts: Parts
    state: State
    why: str | None
    owner: str | None
    team: str | None
    pool: int | None
    given_at: datetime | None
    protected_until: datetime | None
    touched_at: datetime | None
    next_at: datetime | None
    attempts: int
    same_as: int | None
    similar_to: int | None
    handed_by: str | None
    decide_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done with a case."""

    at: datetime
    kind: str
    agent: str | None
    other: str | None
    delay_ms: int | None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """How leads were given in a time: how fast, and how many had to be given to somebody else within 24 hours."""

    assigned: int
    median_ms: int | None
    p99_ms: int | None
    corrected: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrigin:
    """Where a bought or collected list comes from, and what the people on it agreed to (PIPL 23)."""

    list: str
    supplier: str
    collected: str
    consent: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to be done about a lead at a time; ``why`` is ``plan``, ``agreed``, ``meeting``, or what was noted."""

    id: int
    lead: int
    agent: str
    kind: str
    why: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a lead is about, for the one who works it; ``number`` whole only where it may be called."""

    name: str | None
    company: str | None
    number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What an agent did since the day began, and what is due."""

    calls: int
    contacts: int
    sales: int
    due: int
    owned: int
    handovers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """Where an agent stands: presence, the lead in the hand, and when the result of the last call was due."""

    agent: str
    state: Presence
    pause: str | None
    since: datetime
    lead: int | None
    result_due_at: datetime | None
    answered: bool = False
