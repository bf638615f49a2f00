"""The call log, the card of a call and the file of a customer as JSON: rows of the warehouse, records of the store."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from huasuan.app.recordings import references_of
from huasuan.app.worker.opening import open_records
from huasuan.app.worker.warehouses import Warehouses
from huasuan.contacts import identities_of, known_parties
from huasuan.intake import phone_number
from huasuan.kernel.errors import NotFound
from huasuan.kernel.masking import masked
from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text
from huasuan.metrics.drivers import COST_KINDS
from huasuan.people import Workspace
from huasuan.reports import (
    CallMoney,
    CallsWanted,
    Earned,
    Happened,
    Known,
    call_page,
    happened,
    known_of,
    money_of_call,
    one_call,
    source_of_call,
    status_of,
)
from huasuan.store import Store
from huasuan.warehouse import Cursor

# A log or a card may be so old; an edit made here is read with 0.
MAX_AGE_SECONDS = 2.0
_SHOWN = frozenset({"phone", "email", "customer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose calls are read, and how much of people is shown."""

    store: Store
    answers: Warehouses
    workspace: int
    unmask: bool
    costs: bool


def calls_json(reader: Reader, wanted: CallsWanted, *, phone: str | None = None) -> dict[str, Any]:
    """A page of the log. ``phone``: only calls with whoever has this number.

    Raises
    ------
    InvalidInput
        ``not_a_phone`` …; what ``reports.call_page`` raises
    """
    node = None if phone is None else _node(reader, phone)
    with reader.answers.reading(reader.workspace, max_age_seconds=MAX_AGE_SECONDS) as (cursor, snapshot):
        if phone is not None:
            wanted = replace(wanted, contacts=[] if node is None else [_contact_of(cursor, node)])
        page = call_page(cursor, snapshot, wanted)
    ids = [row["fact_id"] for row in page.rows]
    with reader.store.read() as connection:
        records = open_records(connection, reader.workspace, "call", ids, unmask=reader.unmask)
        recorded = references_of(connection, workspace=reader.workspace, calls=ids)
    last = page.rows[-1] if page.more else None
    return {
        "calls": [_call(row, records.get(row["fact_id"], {}), recorded) for row in page.rows],
        "count": page.count,
        "next": None if last is None else f"{last['started_at'].isoformat()}_{last['fact_id']}",
    }


def card_json(reader: Reader, fact_id: int) -> dict[str, Any]:
    """One call with its cost, its income and everything else that happened with its customer.

    Raises
    ------
    NotFound
        ``no_call``
    """
    owner = reader.answers.workspace(reader.workspace)
    with reader.answers.reading(reader.workspace) as (cursor, snapshot):
        row = one_call(cursor, fact_id)
        if row is None:
            raise NotFound("no_call", Text(zh=f"没有通话 {fact_id}", en=f"there is no call {fact_id}"))
        money = money_of_call(cursor, snapshot, fact_id=fact_id, day=row["day"]) if reader.costs else None
        contact = row["contact_id"]
        story = [] if contact is None else happened(cursor, contact)
    with reader.store.read() as connection:
        records = open_records(connection, reader.workspace, "call", [fact_id], unmask=reader.unmask)
        recorded = references_of(connection, workspace=reader.workspace, calls=[fact_id])
    record = records.get(fact_id, {})
    return {
        "call": _call(row, record, recorded) | {"record": record.get("record"), "version": record.get("version")},
        "money": None if money is None else _money(money, owner),
        "history": [_event(one, owner) for one in story],
    }


def source_json(reader: Reader, fact_id: int) -> dict[str, Any]:
    """Why a call is counted under its source: the visits that could have led to it, each with its probability (S0-20).

    Raises
    ------
    NotFound
        ``no_call``
    """
    with reader.answers.reading(reader.workspace, max_age_seconds=MAX_AGE_SECONDS) as (cursor, _):
        found = source_of_call(cursor, fact_id)
    if found is None:
        raise NotFound("no_call", Text(zh=f"没有通话 {fact_id}", en=f"there is no call {fact_id}"))
    told = asdict(found)
    return {
        "how": found.how,
        "channel": found.channel,
        "probability": found.probability,
        "nobody": found.nobody,
        "candidates": [{name: _plain(value) for name, value in one.items()} for one in told["candidates"]],
    }


def customer_json(reader: Reader, contact: int) -> dict[str, Any]:
    """The file of a customer.

    Raises
    ------
    NotFound
        ``no_customer``
    """
    owner = reader.answers.workspace(reader.workspace)
    with reader.answers.reading(reader.workspace) as (cursor, _):
        known = known_of(cursor, contact)
        story = happened(cursor, contact)
    if not story and not known.said:
        raise NotFound("no_customer", Text(zh=f"没有客户 {contact}", en=f"there is no customer {contact}"))
    with reader.store.read() as connection:
        identities = identities_of(connection, workspace=reader.workspace, nodes=known.parties)
    return {
        "customer": _customer(known, owner),
        "people": _people(identities.values(), unmask=reader.unmask),
        "history": [_event(one, owner) for one in story],
    }


def _node(reader: Reader, phone: str) -> int | None:
    identity = ("phone", phone_number(phone))
    with reader.store.read() as connection:
        return known_parties(connection, workspace=reader.workspace, identities=[identity]).get(identity)


def _contact_of(cursor: Cursor, node: int) -> int:
    rows = cursor.execute(f"SELECT contact_id FROM contact_of WHERE party = {node}").fetchall()
    return int(rows[0][0]) if rows else node


def _call(row: Mapping[str, Any], record: Mapping[str, Any], recorded: Mapping[int, str]) -> dict[str, Any]:
    told = {name: _plain(value) for name, value in row.items() if value is not None}
    return told | {
        "key": record.get("key"),
        "source_system": record.get("source"),
        "people": record.get("people", {}),
        "status": status_of(row),
        "recording": row["fact_id"] in recorded,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _money(money: CallMoney, owner: Workspace) -> dict[str, Any]:
    currency = owner.settings.currency

    def major(minor: int) -> str:
        return format(to_decimal(minor, currency), "f")

    return {
        "currency": currency,
        "cost": major(money.cost),
        "costs": [
            {"kind": kind, "text": _cost_text(kind), "amount": major(minor)}
            for kind, minor in sorted(money.costs.items(), key=lambda item: -item[1])
        ],
        "cost_unknown": _why_unknown(money),
        "net": major(money.net),
        "deals": [_deal(deal, major) for deal in money.deals],
    }


def _deal(deal: Earned, major: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "deal": str(deal.deal),
        "won_at": _plain(deal.won_at),
        "products": list(deal.products),
        "value": major(deal.value),
        "given_back": major(deal.given_back),
        "net": major(deal.net),
    }


def _why_unknown(money: CallMoney) -> dict[str, str] | None:
    """Why the cost is not, or not wholly, known."""
    if not money.ledger:
        return {"zh": "当天没有录入任何费用", "en": "no cost of that day was entered"}
    if money.missing_rates:
        count = money.missing_rates
        return {"zh": f"{count} 条费用缺少汇率", "en": f"{count} costs without an exchange rate"}
    return None


def _event(one: Happened, owner: Workspace) -> dict[str, Any]:
    said = {
        name.removesuffix("_minor"): format(to_decimal(value, owner.settings.currency), "f")
        if name.endswith("_minor")
        else _plain(value)
        for name, value in one.said.items()
    }
    # A hash of 64 bits is more than a number of JSON holds in a browser.
    return {"kind": one.kind, "at": _plain(one.at), "number": str(one.number), "said": said}


def _customer(known: Known, owner: Workspace) -> dict[str, Any]:
    return {
        "contact": known.contact,
        **known.said,
        "calls": known.calls,
        "talk_seconds": known.talk_seconds,
        "first_call_at": _plain(known.first_call_at),
        "last_call_at": _plain(known.last_call_at),
        "deals": known.deals,
        "net": format(to_decimal(known.net, owner.settings.currency), "f"),
        "currency": owner.settings.currency,
    }


def _people(identities: Any, *, unmask: bool) -> dict[str, list[str]]:  # noqa: ANN401
    found: dict[str, list[str]] = {}
    for kind, value in sorted(identities):
        if kind in _SHOWN:
            found.setdefault(kind, []).append(value if unmask or kind == "customer" else masked(kind, value))
    return found


def _cost_text(kind: str) -> dict[str, str]:
    """Its name; a kind of the business's own is called as it was entered."""
    return _text(COST_KINDS[kind].text) if kind in COST_KINDS else {"zh": kind, "en": kind}


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
