"""Messages we send, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message sent to somebody, by ``template``, with its delivery and the first reply (S3-15, S3-41).

    ``opted_out_at``: the reply was to be left alone. ``segments`` counts the billed parts of a text message.
    """

    sent_at: datetime
    kind: Literal["sms", "wechat", "email", "other"] = "sms"
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    replied_at: datetime | None = None
    opted_out_at: datetime | None = None
    segments: int | None = None
    template: str | None = None
    phone: Phone | None = None
    customer: CustomerKey | None = None
    call: str | None = None
    lead: str | None = None
    agent: str | None = None
    team: str | None = None
    channel: str | None = None
    source: str | None = None
    campaign: str | None = None
    list: str | None = None
