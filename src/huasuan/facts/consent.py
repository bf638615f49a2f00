"""What protects people from calls they do not want: opt-outs, complaints, and calls that rules forbade."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Email, Personal, Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Somebody does not want to be called or written to any more (S3-23).

    ``blocked_at``: from when on the system kept them from being called.
    """

    received_at: datetime
    blocked_at: datetime | None = None
    via: Literal["call", "sms", "web", "registry", "other"] = "call"
    phone: Phone | None = None
    email: Email | None = None
    customer: CustomerKey | None = None
    call: str | None = None
    agent: str | None = None
    campaign: str | None = None
    list: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A complaint about a call or about one of our numbers (S3-9)."""

    received_at: datetime
    reason: str | None = None
    text: Personal | None = None
    phone: Phone | None = None
    customer: CustomerKey | None = None
    call: str | None = None
    caller_number: str | None = None
    agent: str | None = None
    campaign: str | None = None
    list: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an attempt to call was allowed, and the ids of all rules that forbade it (S3-9, S3-23)."""

    decided_at: datetime
    verdict: Literal["allow", "block"]
    rules: tuple[str, ...] = ()
    phone: Phone | None = None
    customer: CustomerKey | None = None
    lead: str | None = None
    agent: str | None = None
    team: str | None = None
    campaign: str | None = None
    list: str | None = None
    script_version: str | None = None
    caller_number: str | None = None
    voice: Literal["human", "bot"] = "human"
