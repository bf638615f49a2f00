"""Customers and companies, what they agreed to and how they were scored."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from huasuan.facts.marks import CustomerKey, Email, Personal, Phone, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A business customer (B2B): several people and numbers may belong to it (S0-2)."""

    name: Personal | None = None
    industry: str | None = None
    segment: str | None = None
    province: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person we sell to. All numbers, addresses and visitor ids named here are the same person.

    ``company`` is the source key of a Company of the same source.
    """

    name: Personal | None = None
    company: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()
    visitors: tuple[Visitor, ...] = ()
    industry: str | None = None
    age_band: str | None = None
    segment: str | None = None
    province: str | None = None
    city: str | None = None
    address: Personal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person gave or withdrew consent to being called or written to, with the evidence for it (S3-9).

    ``channel``: call, sms, email or wechat; without one it holds for all. ``text_version``: which wording was agreed
    to. ``proof``: where the recording or the signed form is kept.
    """

    at: datetime
    purpose: str
    given: bool
    phone: Phone | None = None
    email: Email | None = None
    customer: CustomerKey | None = None
    evidence: Personal | None = None
    expires_at: datetime | None = None
    channel: str | None = None
    text_version: str | None = None
    proof: Personal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score of a lead or customer by a named model and version; older scores stay (C10)."""

    at: datetime
    model: str
    model_version: str
    value: Decimal
    lead: str | None = None
    customer: CustomerKey | None = None
