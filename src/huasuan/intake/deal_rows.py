"""Files with one row a deal: its moments and amounts become the dated events of the deal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from huasuan.facts.deals import DealEvent, DealEventKind, DealLine
from huasuan.facts.marks import CustomerKey, Minor, Phone
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One deal as order systems export it. Without ``won_at`` the day of payment is the day of the sale.

    ``status`` is only compared with the moments: a deal that is said to be returned needs the moment of its return.
    """

    deal: str
    status: DealEventKind | None = None
    stage: str | None = None
    opened_at: datetime | None = None
    won_at: datetime | None = None
    paid_at: datetime | None = None
    received_at: datetime | None = None
    cancelled_at: datetime | None = None
    returned_at: datetime | None = None
    lost_at: datetime | None = None
    amount_minor: Minor | None = None
    tax_minor: Minor | None = None
    cost_minor: Minor | None = None
    currency: str = "CNY"
    product: str | None = None
    product_group: str | None = None
    promotion: str | None = None
    quantity: int | None = None
    returned_amount_minor: Minor | None = None
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


# Status → the moment it cannot do without. A deal said to be paid or received is won all the same.
_NEEDS = {
    "won": "won_at",
    "paid": "won_at",
    "received": "won_at",
    "cancelled": "cancelled_at",
    "returned": "returned_at",
    "part_returned": "returned_at",
    "lost": "lost_at",
}


def events_of(row: DealRow) -> list[tuple[str, DealEvent]]:
    """The events of one row with their keys ``<deal>/won``, ``<deal>/returned`` …; a later export corrects them.

    Raises
    ------
    InvalidInput
        ``no_moment``, ``no_moment_of_status``, ``times_out_of_order``, ``returned_more_than_sold``
    """
    won_at = row.won_at or row.paid_at
    _refuse_impossible(row, won_at)
    events = list(_events(row, won_at))
    if not events:
        raise InvalidInput(
            "no_moment",
            Text(zh="该行没有任何时间（成交、取消、退货……）", en="the row has no moment (won, cancelled, returned …)"),
            Text(zh="请提供成交时间。", en="Give the time of the sale (won_at)."),
        )
    return [(f"{row.deal}/{'returned' if event.kind == 'part_returned' else event.kind}", event) for event in events]


def _events(row: DealRow, won_at: datetime | None) -> Iterator[DealEvent]:
    if row.opened_at is not None:
        yield _event(row, "opened", row.opened_at)
    if won_at is not None:
        yield _won(row, won_at)
    if row.paid_at is not None:
        yield _event(row, "paid", row.paid_at)
    if row.received_at is not None:
        yield _event(row, "received", row.received_at)
    if row.lost_at is not None:
        yield _event(row, "lost", row.lost_at, reason=row.reason)
    if row.cancelled_at is not None:
        yield _event(row, "cancelled", row.cancelled_at, reason=row.reason)
    if row.returned_at is not None and row.returned_amount_minor != 0:
        yield _returned(row, row.returned_at)


def _event(
    row: DealRow,
    kind: DealEventKind,
    at: datetime,
    *,
    amount: int | None = None,
    tax: int | None = None,
    lines: tuple[DealLine, ...] = (),
    reason: str | None = None,
    handling_cost: int | None = None,
    goods_lost: bool = False,
    commission: int | None = None,
) -> DealEvent:
    return DealEvent(
        deal=row.deal,
        kind=kind,
        at=at,
        stage=row.stage,
        amount_minor=amount,
        tax_minor=tax,
        currency=row.currency,
        lines=lines,
        reason=reason,
        handling_cost_minor=handling_cost,
        goods_lost=goods_lost,
        commission_minor=commission,
        origin_call=row.origin_call,
        lead=row.lead,
        customer=row.customer,
        phone=row.phone,
        agent=row.agent,
        return_window_days=row.return_window_days,
        contract_until=row.contract_until,
    )


def _won(row: DealRow, at: datetime) -> DealEvent:
    lines = _lines(row)
    return _event(
        row,
        "won",
        at,
        amount=row.amount_minor,
        tax=None if lines else row.tax_minor,
        lines=lines,
        commission=row.commission_minor,
    )


def _lines(row: DealRow) -> tuple[DealLine, ...]:
    """The one product of the row; none where the row says nothing about the goods."""
    said = (row.product, row.product_group, row.promotion, row.quantity, row.cost_minor)
    if row.amount_minor is None or all(value is None for value in said):
        return ()
    return (
        DealLine(
            product=row.product,
            product_group=row.product_group,
            promotion=row.promotion,
            quantity=1 if row.quantity is None else row.quantity,
            value_minor=row.amount_minor,
            tax_minor=row.tax_minor or 0,
            cost_minor=row.cost_minor,
        ),
    )


def _returned(row: DealRow, at: datetime) -> DealEvent:
    amount = row.returned_amount_minor
    part = amount is not None and (row.amount_minor is None or amount < row.amount_minor)
    return _event(
        row,
        "part_returned" if part else "returned",
        at,
        amount=amount,
        reason=row.reason,
        handling_cost=row.handling_cost_minor,
        goods_lost=row.goods_lost,
    )


def _refuse_impossible(row: DealRow, won_at: datetime | None) -> None:
    needed = _NEEDS.get(row.status or "")
    missing = needed is not None and (won_at if needed == "won_at" else getattr(row, needed)) is None
    if row.returned_amount_minor and row.returned_at is None:
        needed, missing = "returned_at", True
    if missing:
        raise InvalidInput(
            "no_moment_of_status",
            Text(zh=f"状态或退货金额需要时间 {needed}", en=f"the status or returned amount needs {needed}"),
            Text(zh="请补上该时间，否则无法按日期计算。", en="Fill in that time; without it no date can be reckoned."),
        )
    if won_at is not None:
        for name in ("cancelled_at", "returned_at"):
            moment = getattr(row, name)
            if moment is not None and moment < won_at and not _same_day(moment, won_at):
                raise InvalidInput(
                    "times_out_of_order",
                    Text(zh=f"{name} 早于 won_at", en=f"{name} is before won_at"),
                    Text(zh="请检查时间列是否对调。", en="Check for swapped columns."),
                )
    sold, back = row.amount_minor, row.returned_amount_minor
    if sold is not None and back is not None and back > sold:
        raise InvalidInput(
            "returned_more_than_sold",
            Text(zh="退货金额大于成交金额（returned_amount > amount）", en="returned_amount is more than amount"),
            Text(zh="请检查两列金额。", en="Check the two amounts."),
        )


def _same_day(one: datetime, other: datetime) -> bool:
    """A date without a time of day is its first moment, which may lie before the sale of that day."""
    return abs((one - other).total_seconds()) < 86400
