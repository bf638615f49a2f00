"""What sellers do with a lead on the way to a deal: hand it over, rate it, meet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A demo or meeting, booked by phone unless ``via`` says otherwise (S4-16).

    One that is moved stays the same meeting: send it again under its key with the new ``starts_at``.
    ``held_at`` and ``cancelled_at`` are filled in when it took place or was called off.
    """

    booked_at: datetime
    starts_at: datetime | None = None
    held_at: datetime | None = None
    cancelled_at: datetime | None = None
    via: Literal["phone", "web", "message", "other"] = "phone"
    reason: str | None = None
    call: str | None = None
    lead: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    agent: str | None = None
    team: str | None = None
    channel: str | None = None
    source: str | None = None
    campaign: str | None = None
    list: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A lead handed to sales, and what sales said to it (S4-17, S4-23). A rejection needs a reason."""

    handed_at: datetime
    verdict: Literal["accepted", "rejected"] | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    mode: Literal["live", "later"] | None = None
    lead: str | None = None
    call: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    agent: str | None = None
    team: str | None = None
    to_agent: str | None = None
    channel: str | None = None
    source: str | None = None
    campaign: str | None = None
    list: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQuality:
    """How good a lead is, item by item from 0 to 100; an item that is not known is left out, not 0 (S4-19, S4-20).

    ``rating`` is the sellers' own 1 to 5, kept apart from the items. A weight says how much its item counts.
    """

    scored_at: datetime
    budget: int | None = None
    authority: int | None = None
    need: int | None = None
    timing: int | None = None
    fit: int | None = None
    budget_weight: int = 1
    authority_weight: int = 1
    need_weight: int = 1
    timing_weight: int = 1
    fit_weight: int = 1
    rating: int | None = None
    model: str | None = None
    model_version: str | None = None
    lead: str | None = None
    call: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    agent: str | None = None
