"""Touches and leads: how somebody came near, and when it became a prospect."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Email, Personal, Phone, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One contact with our advertising or messages: visit, form, sms, email, wechat, offline_ad …

    ``segments`` counts the billed parts of a text message.
    """

    at: datetime
    kind: str
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    landing_page: str | None = None
    promotion: str | None = None
    segments: int | None = None
    phone: Phone | None = None
    email: Email | None = None
    visitor: Visitor | None = None
    customer: CustomerKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Somebody who may buy. Numbers and addresses named in one lead are taken to be one person.

    ``call`` is the source key of the call that created it (S0-11); ``assigned_at`` is when somebody got it to work on.
    ``origin`` is the way it came in (S3-31), ``wanted_by`` until when they want what ``interest`` names.
    """

    created_at: datetime
    name: Personal | None = None
    phone: Phone | None = None
    email: Email | None = None
    visitor: Visitor | None = None
    customer: CustomerKey | None = None
    call: str | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    promotion: str | None = None
    list: str | None = None
    supplier: str | None = None
    agent: str | None = None
    team: str | None = None
    stage: str | None = None
    assigned_at: datetime | None = None
    mql_at: datetime | None = None
    sql_at: datetime | None = None
    duplicate: bool = False
    origin: Literal["api", "form", "file", "webhook", "call", "callback", "fair", "shop"] | None = None
    company: Personal | None = None
    industry: str | None = None
    region: str | None = None
    interest: str | None = None
    wanted_by: date | None = None
