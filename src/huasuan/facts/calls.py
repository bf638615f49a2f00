"""A telephone call: one record for one conversation attempt, however many legs the exchange made of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Personal, Phone

Direction = Literal["in", "out"]
OutboundResult = Literal[
    "human",
    "machine",
    "answered_unverified",
    "abandoned",
    "no_answer",
    "busy",
    "rejected",
    "invalid",
    "congestion",
    "network_block",
]
InboundResult = Literal["answered", "missed"]
MissedCause = Literal["abandoned_ivr", "abandoned_queue", "no_answer", "busy", "failed", "voicemail", "out_of_hours"]
OUTBOUND_RESULTS = frozenset(OutboundResult.__args__)  # type: ignore[attr-defined]
INBOUND_RESULTS = frozenset(InboundResult.__args__)  # type: ignore[attr-defined]
MISSED_CAUSES = frozenset(MissedCause.__args__)  # type: ignore[attr-defined]
CallClass = Literal["target", "grey", "junk"]
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg as the exchange saw it; kept so that a logical call can be opened down to its parts."""

    leg: str
    caller: str | None = None
    called: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One logical call (domain canon, section 2). Times are aware UTC, durations whole seconds.

    The customer's number is the caller of an inbound and the called number of an outbound call; the other one is
    ours: the tracking number (in) or the number shown (out). A withheld number is None.
    ``extension``: the code dialled after a 400 number, which tells its channels apart.
    ``greeting_ended_at``: when the called person had said hello; the limit for abandoned calls runs from there.
    ``result`` is one of OUTBOUND_RESULTS or INBOUND_RESULTS, or "unknown" while ``raw_cause`` keeps what was sent.
    """

    direction: Direction
    voice: Literal["human", "bot"] = "human"
    dialed_at: datetime | None = None
    ringing_at: datetime | None = None
    queue_entered_at: datetime | None = None
    answered_at: datetime | None = None
    greeting_ended_at: datetime | None = None
    agent_joined_at: datetime | None = None
    ended_at: datetime | None = None
    ring_seconds: int | None = None
    ivr_seconds: int | None = None
    queue_seconds: int | None = None
    hold_seconds: int | None = None
    talk_seconds: int | None = None
    wrap_seconds: int | None = None
    result: str = UNKNOWN
    cause: str | None = None
    raw_cause: str | None = None
    caller: Phone | None = None
    called: Phone | None = None
    extension: str | None = None
    customer: CustomerKey | None = None
    lead: str | None = None
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    disposition: str | None = None
    right_party: bool | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    creative: str | None = None
    insertion: Literal["static", "dynamic", "callback"] | None = None
    match_probability: float | None = None
    list: str | None = None
    script_version: str | None = None
    promotion: str | None = None
    in_hours: bool | None = None
    excluded: str | None = None
    call_class: CallClass | None = None
    junk_reason: str | None = None
    recording: Personal | None = None
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTag:
    """What somebody who listened says an inbound call was worth (S2-7, S2-16), apart from the call's own record.

    So a call that is sent again by its exchange keeps its tag. The latest tag of each kind of listener counts, and a
    person's before a program's. Without ``call_class`` the earlier tag is taken back.

    call: the key of the call. listener: which program and version listened. excluded: why the call counts nowhere.
    """

    call: str
    at: datetime
    by: Literal["person", "speech"] = "person"
    call_class: CallClass | None = None
    junk_reason: str | None = None
    excluded: str | None = None
    listener: str | None = None
