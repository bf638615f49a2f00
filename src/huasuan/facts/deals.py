"""Deals as dated events, so that a cancellation or return is history and not an overwritten number."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from huasuan.facts.marks import CustomerKey, Minor, Phone

DealEventKind = Literal[
    "opened",
    "stage",
    "won",
    "lost",
    "paid",
    "received",
    "changed",
    "part_returned",
    "returned",
    "cancelled",
    "commission_reversed",
]
DEAL_EVENT_KINDS = frozenset(DealEventKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLine:
    """One product of a deal. ``value_minor`` includes tax; ``cost_minor`` is what the goods cost us, all pieces."""

    product: str | None = None
    product_group: str | None = None
    promotion: str | None = None
    quantity: int = 1
    value_minor: Minor
    tax_minor: Minor = 0
    cost_minor: Minor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealEvent:
    """Something happened to a deal (domain canon, section 5).

    won, changed: ``lines`` or ``amount_minor`` state the whole deal as it is from then on.
    part_returned, returned: ``amount_minor`` is the value given back (``returned`` without one: all that is left);
    ``lines`` may say which products; ``handling_cost_minor`` is what the return cost us;
    ``goods_lost`` means the goods cannot be sold again, so their cost stays.
    cancelled: takes back what is left of the deal.
    ``contract_until``: the last day of the contract the deal made; a later event that states it renews or ends it.
    ``origin_call`` and ``lead`` are source keys; a deal belongs to its origin call, else to its lead's first call.
    """

    deal: str
    kind: DealEventKind
    at: datetime
    stage: str | None = None
    amount_minor: Minor | None = None
    tax_minor: Minor | None = None
    currency: str = "CNY"
    lines: tuple[DealLine, ...] = ()
    reason: str | None = None
    handling_cost_minor: Minor | None = None
    goods_lost: bool = False
    commission_minor: Minor | None = None
    origin_call: str | None = None
    lead: str | None = None
    customer: CustomerKey | None = None
    phone: Phone | None = None
    agent: str | None = None
    return_window_days: int | None = None
    contract_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with its group and, where lines state no cost, the usual margin in percent of the value."""

    product: str
    product_group: str | None = None
    margin_percent: Decimal | None = None
