"""Our own numbers: what apps say about them, and who asked to be called back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTag:
    """A label a phone app shows for one of our numbers (号码标记), from ``tagged_at`` until ``cleared_at`` (S3-16)."""

    own_number: str
    tagged_at: datetime
    cleared_at: datetime | None = None
    tag: str | None = None
    supplier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """Somebody asked to be called back (S2-13). It is connected once both sides were on the line at ``joined_at``.

    ``failed_side``: who did not answer; ``in_hours``: False for one that was kept until opening time.
    """

    requested_at: datetime
    joined_at: datetime | None = None
    failed_side: Literal["staff", "customer"] | None = None
    in_hours: bool | None = None
    phone: Phone | None = None
    customer: CustomerKey | None = None
    visitor: Visitor | None = None
    call: str | None = None
    lead: str | None = None
    agent: str | None = None
    team: str | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    creative: str | None = None
    tracking_number: str | None = None
