"""What was spent: booked amounts and tariffs, each with a period, a scope and a driver."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from huasuan.facts.marks import Minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A line of the cost ledger (domain canon, section 4).

    Either ``amount_minor`` (booked, spread by day over the service period) or ``rate`` (price of one unit of the
    driver, in major units of the currency; the amount follows from the units of each day).
    ``service_to`` is excluded and defaults to the day after ``service_from``; ``useful_months`` sets it for capital
    and training, which are written off in a straight line.
    Every scope field narrows what the cost is for: only calls, leads, deals … that match all of them bear it.
    ``device`` and ``region`` are how a platform cut its report and narrow nothing: calls know neither.
    ``tax_included``: whether the amount is with tax, None where nobody said.
    """

    cost_kind: str
    service_from: date
    service_to: date | None = None
    useful_months: int | None = None
    amount_minor: Minor | None = None
    rate: Decimal | None = None
    currency: str = "CNY"
    driver: str | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    list: str | None = None
    agent: str | None = None
    team: str | None = None
    city: str | None = None
    own_number: str | None = None
    direction: str | None = None
    voice: str | None = None
    product: str | None = None
    promotion: str | None = None
    deal: str | None = None
    supplier: str | None = None
    device: str | None = None
    region: str | None = None
    tax_included: bool | None = None
    impressions: int | None = None
    clicks: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate:
    """Units of ``into`` for one unit of ``currency`` from ``day`` on, until a later day is known."""

    day: date
    currency: str
    into: str
    rate: Decimal
