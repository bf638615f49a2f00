"""What sites, pools and numbers are, and what a page is told to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from huasuan.facts.numbers import NumberKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What is decided for the pages of one site.

    origins: where its pages are, as ``https://example.com``; ``https://*.example.com`` names all below.
    consent: the snippet asks nothing and stores nothing before the page has said that it may.
    storage: where the visitor's number is kept: ``session``, ``local`` or ``none``.
    new_visits: how many visits one address may begin in ten minutes before it is shown the overflow number.
    overflow: the number shown when a pool is full or the asker is not believed; empty leaves the page as it is.
    callback: its pages may offer to call visitors back. callback_hours: when, as ``1-5 09:00-18:00``; empty: as the
    business is open. callback_most: how many requests the site takes within an hour. callback_notice: what the form
    says of the use of the number beside our own words; privacy: the address of the page about it.
    """

    origins: tuple[str, ...]
    consent: bool = False
    storage: str = "session"
    new_visits: int = 30
    overflow: str = ""
    callback: bool = False
    callback_hours: tuple[str, ...] = ()
    callback_most: int = 60
    callback_notice: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A web site whose pages carry the snippet; ``sample``: of the sample business."""

    id: int
    workspace: int
    name: str
    key: str
    secret: str
    settings: SiteSettings
    created_at: datetime
    sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Numbers lent to visitors of a site in place of the one its pages name (``replaces``).

    hold_seconds: how long a number stays a visitor's after the page was last seen open.
    quiet_seconds: how long a number that was called is lent to nobody else, for whoever redials late.
    """

    id: int
    workspace: int
    site: int
    name: str
    replaces: str
    hold_seconds: int
    quiet_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAbout:
    """What is known of a number: what it tracks, where it is, what it costs a month, when it answers.

    ``label``: what people here call it.
    """

    label: str | None = None

    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    creative: str | None = None
    area: str | None = None
    price: str | None = None
    hours: tuple[str, ...] = ()
    joins: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of ours."""

    id: int
    workspace: int
    number: str
    extension: str
    kind: NumberKind
    pool: int | None
    about: NumberAbout
    valid_from: datetime
    valid_until: datetime | None

    def is_ours(self, at: datetime) -> bool:
        """Whether it is, or will be, in use."""
        return self.valid_until is None or self.valid_until > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a page sends: which site and visit, who (as far as the page knows), and what it was opened with.

    ``renewal`` is the count the page was last told, None at its first word; ``tapped``: its number was just pressed;
    ``analytics``: the numbers of the browser at GA4, of its session there, and at Yandex Metrica, as far as told.
    """

    site_key: str
    visit: str
    visitor: str
    renewal: str | None = None
    page: str = ""
    referrer: str = ""
    device: str = ""
    region: str = ""
    tapped: bool = False
    analytics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Where a request comes from, as the server sees it."""

    address: str
    origin: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page is told: number it names → number it shows, how long that holds, and the count for the next time."""

    swaps: Mapping[str, str] = field(default_factory=dict)
    hold_seconds: int = 0
    renewal: str = ""
    allowed: bool = False
