"""The list of deals as JSON, and a return entered by hand on its way to the one door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from huasuan.app.call_reports import Reader
from huasuan.app.worker.opening import open_records
from huasuan.intake import Delivery, deliver
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import to_decimal, to_minor
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, zone
from huasuan.people import Workspace
from huasuan.reports import DealRow, DealsWanted, Sold, deal_page, sold

# What people enter is a source of its own: the systems it corrects keep theirs.
BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """A return or cancellation as somebody states it; ``key`` is made once by the form, so that it counts once.

    ``amount`` and ``handling_cost`` in the currency of the deal; without ``amount`` all that is left comes back.
    """

    key: str
    deal: str
    kind: str
    day: date
    amount: Decimal | None
    reason: str | None
    handling_cost: Decimal | None
    goods_lost: bool


def deals_json(reader: Reader, wanted: DealsWanted) -> dict[str, Any]:
    """A page of the list.

    Raises
    ------
    InvalidInput, UnknownName
        what ``reports.deal_page`` raises
    """
    owner = reader.answers.workspace(reader.workspace)
    with reader.answers.reading(reader.workspace) as (cursor, snapshot):
        page = deal_page(cursor, snapshot, wanted)
    ids = [row.first_event for row in page.rows]
    with reader.store.read() as connection:
        records = open_records(connection, reader.workspace, "deal_event", ids, unmask=reader.unmask)
    money = _writer(owner)
    last = page.rows[-1] if page.more else None
    return {
        "currency": owner.settings.currency,
        "deals": [_deal(row, records.get(row.first_event, {}), money) for row in page.rows],
        "count": page.count,
        "reasons": [
            {"kind": one.kind, "reason": one.reason, "deals": one.deals, "value": money(one.value)}
            for one in page.reasons
        ],
        "next": None if last is None or last.day is None else f"{last.day.isoformat()}_{last.deal}",
    }


def give_back(reader: Reader, told: GivenBack) -> Delivery:
    """Record a return or cancellation as a fact, through the one door; every figure follows with the next round.

    Raises
    ------
    InvalidInput
        ``deal_not_won``, ``before_won``, ``more_than_left``, ``not_given_back``; what the door refuses
    """
    owner = reader.answers.workspace(reader.workspace)
    with reader.answers.reading(reader.workspace) as (cursor, _):
        found = sold(cursor, told.deal)
    if found is None:
        raise InvalidInput(
            "deal_not_won",
            Text(zh=f"没有已成交的单 {told.deal}", en=f"there is no won deal {told.deal}"),
            Text(zh="请在成交列表中选择。", en="Choose one of the list of deals."),
        )
    with reader.store.read() as connection:
        first = open_records(connection, reader.workspace, "deal_event", [found.first_event], unmask=False)
    currency = (first.get(found.first_event, {}).get("record") or {}).get("currency") or "CNY"
    _check(told, found, owner, currency)
    delivery = deliver(
        reader.store,
        workspace=reader.workspace,
        kind_name="deal_event",
        source=BY_HAND,
        records=[_record(told, owner, currency)],
        origin="browser",
    )
    (outcome,) = delivery.outcomes
    if outcome.status == "refused" and outcome.text is not None:
        raise InvalidInput(outcome.code or "refused", outcome.text, outcome.remedy)
    return delivery


def _check(told: GivenBack, found: Sold, owner: Workspace, currency: str) -> None:
    if told.day < found.won_day:
        raise InvalidInput(
            "before_won",
            Text(zh=f"早于成交日 {found.won_day}", en=f"before the deal was won on {found.won_day}"),
            Text(zh="请检查日期。", en="Check the day."),
        )
    # What is left is known in the money of the workspace alone; of other deals the fold takes no more than there is.
    if currency != owner.settings.currency:
        return
    wanted = None if told.amount is None else to_minor(told.amount, currency)
    if found.left <= 0 or (wanted is not None and wanted > found.left):
        left = format(to_decimal(max(0, found.left), currency), "f")
        raise InvalidInput(
            "more_than_left",
            Text(zh=f"该单只剩 {left} 可退", en=f"only {left} of the deal is left"),
            Text(zh="请填写不超过剩余的金额。", en="Give no more than that."),
        )


def _record(told: GivenBack, owner: Workspace, currency: str) -> dict[str, object]:
    """At the moment of entering if it was today, else at the noon of its day."""
    here = zone(owner.settings.zone)
    moment = now().astimezone(here)
    if told.day != moment.date():
        moment = datetime.combine(told.day, time(12), tzinfo=here)
    said: Mapping[str, object] = {
        "key": told.key,
        "deal": told.deal,
        "kind": told.kind,
        "at": moment.isoformat(),
        "currency": currency,
        "amount": None if told.amount is None else format(told.amount, "f"),
        "reason": told.reason or None,
        "handling_cost": None if told.handling_cost is None else format(told.handling_cost, "f"),
        "goods_lost": told.goods_lost,
    }
    return {name: value for name, value in said.items() if value is not None}


def _writer(owner: Workspace) -> Callable[[int | None], str | None]:
    def major(minor: int | None) -> str | None:
        return None if minor is None else format(to_decimal(minor, owner.settings.currency), "f")

    return major


def _deal(row: DealRow, record: Mapping[str, Any], money: Callable[[int | None], str | None]) -> dict[str, Any]:
    kept = record.get("record") or {}
    net = None if row.value is None else row.value - (row.tax or 0)
    return {
        # A hash of 64 bits is more than a number of JSON holds in a browser.
        "number": str(row.deal),
        "deal": kept.get("deal"),
        "currency": kept.get("currency") or "CNY",
        "source": record.get("source"),
        "people": record.get("people", {}),
        "status": row.status,
        "at": None if row.at is None else row.at.isoformat() + "+00:00",
        "day": None if row.day is None else row.day.isoformat(),
        "products": list(row.products),
        "value": money(row.value),
        "value_without_tax": money(net),
        "given_back": money(row.given_back),
        "left": None if row.value is None else money(row.value - row.given_back),
        **row.said,
        "backs": [
            {"day": back.day.isoformat(), "kind": back.kind, "reason": back.reason, "value": money(back.value)}
            for back in row.backs
        ],
    }
