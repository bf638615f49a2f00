"""Frozen values of the Asterisk connector: what comes out, and one record per line of each log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from huasuan.facts.calls import Call
from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One logical call and the lines it was read from.

    ``source_key`` is the linkedid (without one the uniqueid); ``raw`` holds the distinct lines, CDR, CEL and queue_log
    in turn, each in order of time; ``notes`` say what these logs could not tell or what was inferred.
    """

    source_key: str
    call: Call
    raw: bytes
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFault:
    """One line (or one oversized call) that could not be taken in; ``line`` counts from 1, 0 is the file as a whole."""

    line: int
    file: str
    value: str
    text: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionRule:
    """How to tell inbound from outbound; the settings of one exchange.

    Decided on the first channel of the call, in this order:

    1. its id starts with ``lead_prefix`` (a dialler gave the channel the lead's id): out
    2. its context, or the context of its Local channel, is one of ``outbound_contexts``: out
    3. Asterisk originated it (application AppDial2): out
    4. its caller is one of ``own_numbers``: out; its called number is one of them: in
    5. its context is one of ``inbound_contexts``: in
    6. a caller of at most ``extension_digits`` digits calls a longer number: out
    7. anything else: in
    """

    own_numbers: frozenset[str] = frozenset()
    inbound_contexts: frozenset[str] = frozenset()
    outbound_contexts: frozenset[str] = frozenset({"outbound"})
    lead_prefix: str = "lead-"
    extension_digits: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrRow:
    """One CDR line. ``billed_seconds`` counts from the first answer, waiting and hold included."""

    uniqueid: str = ""
    linkedid: str = ""
    sequence: int = 0
    channel: str = ""
    dstchannel: str = ""
    clid: str = ""
    src: str = ""
    dst: str = ""
    context: str = ""
    app: str = ""
    appdata: str = ""
    start: datetime
    answer: datetime | None = None
    end: datetime | None = None
    billed_seconds: float | None = None
    fractions: bool = False
    disposition: str = ""
    amd: str = ""
    campaign: str = ""
    lead: str = ""
    cause: int | None = None
    sip: int | None = None

    @property
    def answered(self) -> bool:
        """Whether this row, not the call, was answered."""
        return self.disposition == "ANSWERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CelEvent:
    """One CEL line; ``cause``, ``source``, ``dialstatus`` and ``bridge`` come from its JSON extra."""

    kind: str
    at: datetime
    cid: str = ""
    ani: str = ""
    dnid: str = ""
    exten: str = ""
    context: str = ""
    channel: str = ""
    app: str = ""
    appdata: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    amd: str = ""
    cause: int | None = None
    source: str = ""
    dialstatus: str = ""
    bridge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEvent:
    """One queue_log line about a call; the seconds are those its event carries."""

    at: datetime
    callid: str
    queue: str
    agent: str
    kind: str
    caller: str = ""
    did: str = ""
    wait_seconds: int | None = None
    talk_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An agent joining the call, as one log saw it; ``by`` is the application that connected them."""

    by: str
    agent: str | None = None
    queue: str | None = None
    joined: datetime | None = None
    talk_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one log tells about one call; None means this log cannot tell."""

    started: datetime | None = None
    answered_at: datetime | None = None
    ended: datetime | None = None
    answered: bool | None = None
    contacts: tuple[Contact, ...] = ()
    queue: str | None = None
    queue_entered: datetime | None = None
    queue_seconds: int | None = None
    queue_exit: str | None = None
    last_app: str | None = None
    desk: str | None = None
    desk_seconds: int | None = None
    sip: tuple[int, ...] = ()
    causes: tuple[int, ...] = ()
    dialstatus: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All lines of one logical call, in order of time."""

    key: str
    cdr: Sequence[CdrRow] = field(default=())
    cel: Sequence[CelEvent] = field(default=())
    queue: Sequence[QueueEvent] = field(default=())
