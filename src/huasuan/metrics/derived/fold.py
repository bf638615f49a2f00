"""From the events of a deal to its lines and what came back of them; whole numbers only (docs/definitions.md)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from huasuan.methods.apportion import apportion_by_weight

_RANK = {
    name: rank
    for rank, name in enumerate(
        (
            "opened",
            "stage",
            "won",
            "changed",
            "lost",
            "paid",
            "received",
            "part_returned",
            "returned",
            "commission_reversed",
            "cancelled",
        )
    )
}
_HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """What is known of a product apart from its deals."""

    product_group: str | None
    margin_percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """A line as an event states it, in the deal's own currency."""

    product: str | None
    product_group: str | None
    promotion: str | None
    value: int
    tax: int
    cost: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One deal event; ``fact_id`` and ``key`` name it, money is in minor units of ``currency``."""

    fact_id: int
    key: int
    kind: str
    at: datetime
    stage: str | None
    amount: int | None
    tax: int | None
    currency: str
    lines: Sequence[EventLine]
    reason: str | None
    handling: int | None
    goods_lost: bool
    return_window_days: int | None
    contract_until: date | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of the deal as it stands, in the reporting currency; ``left`` is what was not taken back."""

    product: str | None
    product_group: str | None
    promotion: str | None
    value: int | None
    tax: int | None
    cost: int | None
    left: int = 0
    tax_left: int = 0
    cost_left: int = 0
    returned: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What one return or cancellation took back of one line, in the reporting currency."""

    line: int
    event: int
    kind: str
    reason: str | None
    at: datetime
    value: int
    tax: int
    cost: int
    handling: int


@dataclass(slots=True, kw_only=True)
class Deal:
    """A deal folded from its events. ``won_at`` is None while it is not won; ``lost_at`` where it was given up.

    ``rated`` is False without an exchange rate: amounts are then in the deal's own currency, good only to tell what was
    given back and whether anything is left.
    """

    won_at: datetime | None = None
    lost_at: datetime | None = None
    first_at: datetime | None = None
    received_at: datetime | None = None
    stage: str | None = None
    lines: list[Line] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)
    return_window_days: int | None = None
    contract_until: date | None = None
    cancelled_at: datetime | None = None
    rated: bool = True

    @property
    def left(self) -> int:
        """What was neither returned nor cancelled."""
        return sum(line.left for line in self.lines)

    @property
    def kept(self) -> bool:
        """Something is left, or nothing was ever taken back."""
        return self.won_at is not None and (self.left > 0 or not self.backs)


Convert = Callable[[int, str, datetime], int | None]
"""Minor units, currency and date → minor units of the reporting currency; None without a rate."""


def fold(events: Iterable[Event], *, products: Mapping[str, Margin], convert: Convert) -> Deal:
    """One deal from its events, read in order of time; at one moment in the order a deal runs through."""
    ordered = sorted(events, key=lambda event: (event.at, _RANK.get(event.kind, 0), event.key))
    deal = Deal()
    stated = next((event for event in reversed(ordered) if event.kind in ("won", "changed")), None)
    won = next((event for event in ordered if event.kind == "won"), None)
    deal.first_at = ordered[0].at if ordered else None
    if won is not None and stated is not None:
        deal.won_at = won.at
        deal.rated = convert(0, stated.currency, won.at) is not None
        if not deal.rated:
            convert = _as_it_is
        deal.lines = _lines(stated, products, _converting(convert, stated.currency, won.at))
    else:
        deal.lines = _hoped(ordered, products) if ordered else []
        last = ordered[-1] if ordered else None
        deal.lost_at = last.at if last is not None and last.kind in ("lost", "cancelled") else None
    for event in ordered:
        deal.stage = event.stage or (event.kind if event.kind in ("won", "lost", "cancelled") else deal.stage)
        if event.return_window_days is not None:
            deal.return_window_days = event.return_window_days
        deal.contract_until = event.contract_until or deal.contract_until
        if event.kind == "cancelled":
            deal.cancelled_at = event.at
        if event.kind == "received":
            deal.received_at = event.at
        if deal.won_at is not None and event.kind in ("part_returned", "returned", "cancelled"):
            _take_back(deal, event, _converting(convert, event.currency, deal.won_at))
    return deal


def _as_it_is(minor: int, _currency: str, _at: datetime) -> int:
    return minor


def _converting(convert: Convert, currency: str, at: datetime) -> Callable[[int], int | None]:
    """What comes back is converted at the rate of the deal, so that a full return leaves nothing."""
    return lambda minor: convert(minor, currency, at)


def _lines(event: Event, products: Mapping[str, Margin], convert: Callable[[int], int | None]) -> list[Line]:
    stated = event.lines or (
        EventLine(
            product=None, product_group=None, promotion=None, value=event.amount or 0, tax=event.tax or 0, cost=None
        ),
    )
    lines = []
    for item in stated:
        known = products.get(item.product) if item.product is not None else None
        value = convert(item.value)
        cost = _cost(item, value, known, convert)
        tax = convert(item.tax)
        lines.append(
            Line(
                product=item.product,
                product_group=item.product_group or (known.product_group if known else None),
                promotion=item.promotion,
                value=value,
                tax=tax,
                cost=cost,
                left=value or 0,
                tax_left=tax or 0,
                cost_left=cost or 0,
            )
        )
    return lines


def _hoped(events: Sequence[Event], products: Mapping[str, Margin]) -> list[Line]:
    """What a deal that is not won is about; it is worth nothing so far."""
    stated = next((event.lines for event in reversed(events) if event.lines), None)
    about = {} if stated is None else {(line.product, line.product_group, line.promotion): line for line in stated}
    lines = []
    for product, group, promotion in about or [(None, None, None)]:
        known = products.get(product) if product is not None else None
        within = group or (known.product_group if known else None)
        lines.append(Line(product=product, product_group=within, promotion=promotion, value=None, tax=None, cost=None))
    return lines


def _cost(item: EventLine, value: int | None, known: Margin | None, convert: Callable[[int], int | None]) -> int | None:
    if item.cost is not None:
        return convert(item.cost)
    if value is None or known is None or known.margin_percent is None:
        return None
    return half_even(Decimal(value) * (_HUNDRED - known.margin_percent) / _HUNDRED)


def half_even(amount: Decimal) -> int:
    """A whole number, halves to the even neighbour."""
    return int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))


def _take_back(deal: Deal, event: Event, convert: Callable[[int], int | None]) -> None:
    """Lay what came back on the lines; the handling cost stands on the first line."""
    handling = convert(event.handling or 0) or 0
    for number, value in enumerate(_shares(deal, event, convert)):
        if value == 0 and not (number == 0 and handling):
            continue
        line = deal.lines[number]
        tax, cost = _part(line.tax, line.tax_left, line, value), _part(line.cost, line.cost_left, line, value)
        if event.goods_lost and event.kind != "cancelled":
            cost = 0
        line.left -= value
        line.tax_left -= tax
        line.cost_left -= cost
        if event.kind == "cancelled":
            line.cancelled += value
        else:
            line.returned += value
        deal.backs.append(
            Back(
                line=number,
                event=event.fact_id,
                kind="cancelled" if event.kind == "cancelled" else "returned",
                reason=event.reason,
                at=event.at,
                value=value,
                tax=tax,
                cost=cost,
                handling=handling if number == 0 else 0,
            )
        )


def _part(whole: int | None, left: int, line: Line, value: int) -> int:
    """The tax or cost that goes back with ``value``: all that is left with the last of a line, else its share."""
    if value == line.left:
        return left
    if not line.value or whole is None:
        return 0
    return min(left, half_even(Decimal(whole) * value / line.value))


def _shares(deal: Deal, event: Event, convert: Callable[[int], int | None]) -> list[int]:
    """How much of each line an event takes back; never more than is left of it."""
    left = [line.left for line in deal.lines]
    if event.kind == "cancelled" or (event.kind == "returned" and event.amount is None):
        return left
    if event.lines and any(line.product for line in event.lines):
        return _by_product(deal, event, convert)
    amount = min(convert(event.amount or 0) or 0, sum(left))
    return _spread(left, amount)


def _by_product(deal: Deal, event: Event, convert: Callable[[int], int | None]) -> list[int]:
    taken = [0] * len(deal.lines)
    for item in event.lines:
        value = convert(item.value) or 0
        fitting = [i for i, line in enumerate(deal.lines) if item.product in (None, line.product)]
        room = [deal.lines[i].left - taken[i] for i in fitting]
        for i, share in zip(fitting, _spread(room, min(value, sum(room))), strict=True):
            taken[i] += share
    return taken


def _spread(left: Sequence[int], amount: int) -> list[int]:
    return apportion_by_weight(left, amount) if any(left) else [0] * len(left)
