"""What the gate is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from huasuan.kernel.text import Text
from huasuan.seams import Channel, Permit, Voice

MARKETING = "marketing"
CALLBACK = "callback"
SERVICE = "service"
AUTOMATED_DECISIONS = "automated_decisions"
Verdict = Literal["allow", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Who wants to reach whom, what for and how.

    number: E.164 form (or an e-mail address for that channel). purpose: ``marketing``, ``callback`` (the person asked
    to be called back), ``service`` (about a running contract), or one of your own with its own consent.
    zone: where the person is known to be, as an IANA name; else the number tells. country: overrides the number's.
    business: the person is called as a business. contract: a contract is running.
    bought_list: the list was bought; list_proof: where each person's consent to passing the data on is proven.
    age: in years, where known. caller_number: the number that will be shown.
    abandoned: abandoned and live-answered calls of the campaign's window, for its abandonment budget.
    """

    number: str
    purpose: str = MARKETING
    channel: Channel = "call"
    voice: Voice = "human"
    caller_number: str | None = None
    zone: str | None = None
    country: str | None = None
    business: bool = False
    contract: bool = False
    bought_list: bool = False
    list_proof: str | None = None
    age: int | None = None
    abandoned: tuple[int, int] | None = None
    agent: str | None = None
    campaign: str | None = None
    list: str | None = None
    lead: str | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that forbids a contact, by its id and version, in words; ``until`` where time alone lifts it."""

    code: str
    rule: str
    version: int
    country: str
    text: Text
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gate says.

    reasons: every rule that forbids it, the gravest first; empty where it is allowed. next_at: the earliest moment at
    which nothing that is known now forbids it; None where time alone lifts nothing, or where it is allowed now.
    cautions: what does not forbid the contact but should be thought of. permit: one use, where it is allowed.
    """

    verdict: Verdict
    at: datetime
    reasons: tuple[Reason, ...] = ()
    cautions: tuple[Text, ...] = ()
    next_at: datetime | None = None
    permit: Permit | None = None
    entry: int | None = None

    @property
    def allowed(self) -> bool:
        """Whether the contact may be made."""
        return self.verdict == "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """One line of the ledger: what a person agreed to or withdrew, as the gate reads it."""

    at: datetime
    purpose: str
    given: bool
    channel: str | None = None
    expires_at: datetime | None = None
    evidence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything known of a person that a rule looks at.

    opted_out_at: the last opt-out. erased: the person had everything deleted. refused_at: the last refusal in a talk.
    attempts: earlier attempts of the same channel, oldest first, of all numbers of the person. listed: names of the
    do-not-call lists that hold one of the numbers. list_ages: days since each registry was brought up to date.
    callers: the registered numbers to call from; empty: none registered.
    """

    consents: tuple[ConsentEntry, ...] = ()
    opted_out_at: datetime | None = None
    erased: bool = False
    refused_at: datetime | None = None
    attempts: tuple[datetime, ...] = ()
    listed: tuple[str, ...] = ()
    list_ages: Mapping[str, int] = field(default_factory=dict)
    callers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many of a list may be reached at a moment, and what forbids the others (each counted once, gravest first)."""

    at: datetime
    asked: int
    callable: int
    by_reason: Mapping[str, int]
