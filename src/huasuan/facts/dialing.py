"""Lists and campaigns: whom we mean to call, and what a voice bot made of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecord:
    """One line of a bought or collected list; duplicates and impossible numbers are counted apart (S0-5, S0-16)."""

    imported_at: datetime
    list: str
    status: Literal["imported", "duplicate", "invalid"] = "imported"
    supplier: str | None = None
    phone: Phone | None = None
    customer: CustomerKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTarget:
    """Somebody a campaign means to reach, from its start on (S0-31)."""

    targeted_at: datetime
    campaign: str
    list: str | None = None
    phone: Phone | None = None
    customer: CustomerKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotVerdict:
    """What a voice bot concluded of a call, and whether it handed the person over (S3-16, S3-36).

    ``mode``: joined live, or called back later by a person.
    """

    at: datetime
    verdict: Literal["high_intent", "low_intent", "no_intent", "callback", "opt_out", "unclear"]
    handed_at: datetime | None = None
    mode: Literal["live", "later"] | None = None
    call: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    campaign: str | None = None
    list: str | None = None
    script_version: str | None = None
    model: str | None = None
    model_version: str | None = None
