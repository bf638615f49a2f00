"""Our own numbers: what they track, who saw them, what apps say about them, and who asked to be called back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import CustomerKey, Phone, Visitor

NumberKind = Literal["static", "pool", "overflow", "extension", "axb", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedNumber:
    """A number of ours and what a call to it tells, from ``valid_from`` until ``valid_until`` (S0-19, S2-48).

    static: one number for one channel. pool: lent to one visitor of our pages at a time. overflow: shown when the pool
    is full. extension: a 400 number with the code callers dial after it (``extension``). axb: a
    privacy number that joins two others. own: a number of the exchange that tracks nothing by itself.

    hours: when it is answered, as ``1-5 09:00-18:00`` by weekday (1 is Monday); without any the business's hours hold.
    """

    own_number: str
    kind: NumberKind
    valid_from: datetime
    valid_until: datetime | None = None
    extension: str | None = None
    pool: str | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    creative: str | None = None
    hours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody looked at our pages: where from, with which click identifiers (S0-20, S2-48).

    ``seen_at`` is when the page was last open and visible; ``region`` the province as the site knows it. ``ga_client``,
    ``ga_session`` and ``ym_client`` are the numbers web analytics (GA4, Yandex Metrica) gave the browser.
    """

    started_at: datetime
    seen_at: datetime | None = None
    site: str | None = None
    visitor: Visitor | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    landing_page: str | None = None
    referrer: str | None = None
    device: str | None = None
    region: str | None = None
    gclid: str | None = None
    gbraid: str | None = None
    wbraid: str | None = None
    bd_vid: str | None = None
    qhclickid: str | None = None
    clickid: str | None = None
    msclkid: str | None = None
    fbclid: str | None = None
    qz_gdt: str | None = None
    yclid: str | None = None
    ga_client: str | None = None
    ga_session: str | None = None
    ym_client: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A tracking number was shown to one visitor from ``leased_at`` until ``released_at``.

    ``seen_at``: when the page was last known to be open; ``tapped_at``: when its link was last pressed. ``overflow``:
    the pool was full, so others saw the same number at the same time. The source is that of the visit, copied here
    since it never changes, so that a call is matched without looking the visit up.
    """

    own_number: str
    leased_at: datetime
    seen_at: datetime | None = None
    tapped_at: datetime | None = None
    released_at: datetime | None = None
    reason: str | None = None
    overflow: bool = False
    pool: str | None = None
    visit: str | None = None
    visitor: Visitor | None = None
    region: str | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    creative: str | None = None


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

    Both legs: staff began the call at ``dialled_at``, the customer came on the line at ``joined_at``; ``failed_side``
    is who did not answer. ``due_at``: for when it was arranged; ``in_hours``: False for one that was kept until opening
    time; ``blocked``: what forbade it for good.
    """

    requested_at: datetime
    due_at: datetime | None = None
    dialled_at: datetime | None = None
    blocked: str | None = None
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
