"""Deals of the truth: what was sold, what came back, and which call it belongs to."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from huasuan.simulator.truth.reading import Book, half_even, minor, moment
from huasuan.simulator.truth.units import DIMENSIONS, SOURCE, Unit, Value
from huasuan.simulator.truth.who import Contact, People
from huasuan.simulator.world import Record

_BACK = frozenset({"part_returned", "returned", "cancelled"})
_OF_CONTACT = ("province", "city", "segment", "industry", "age_band")


@dataclass(slots=True, kw_only=True)
class Line:
    """One product of a deal in minor units, and what is left of it; ``cost`` None: unknown."""

    product: str | None
    promotion: str | None
    value: int
    tax: int
    cost: int | None
    left: int
    tax_left: int
    cost_left: int | None
    cancelled: int = 0
    returned: int = 0


@dataclass(slots=True, kw_only=True)
class Sale:
    """A won deal: its lines, what happened to it on which moment, and the unit it is counted by.

    history: (moment, kind, value, tax) of the sale and of each thing that came back.
    """

    deal: str
    won_at: datetime
    lines: list[Line]
    handling: int = 0
    history: list[tuple[datetime, str, int, int]] = field(default_factory=list)
    unit: Unit | None = None

    @property
    def kept(self) -> bool:
        """Whether something of it was neither returned nor cancelled."""
        return any(line.left for line in self.lines)

    def measures(self) -> dict[str, int]:
        """Counts and minor units of the deal, cohort basis. Without ``gross_margin`` where a cost is unknown."""
        won = sum(line.value for line in self.lines)
        cancelled = sum(line.cancelled for line in self.lines)
        returned = sum(line.returned for line in self.lines)
        revenue = won - cancelled - returned - sum(line.tax_left for line in self.lines)
        found = {
            "won_deals": 1,
            "won_value": won,
            "cancelled_value": cancelled,
            "returned_value": returned,
            "revenue_net": revenue,
        }
        costs = [line.cost_left for line in self.lines]
        known = [cost for cost in costs if cost is not None]
        if len(known) == len(costs):
            found["gross_margin"] = revenue - sum(known) - self.handling
        else:
            found["margin_unknown"] = 1
        return found


def read_sales(book: Book, people: People, calls: dict[str, Unit]) -> list[Sale]:
    """All won deals, each with the unit that says where it belongs."""
    events: dict[str, list[Record]] = defaultdict(list)
    for record in book.of("deal_event").values():
        events[record["deal"]].append(record)
    margins = {record["product"]: record.get("margin_percent") for record in book.of("product").values()}
    origins = _Origins(book, people, calls)
    sales = []
    for deal, found in events.items():
        found.sort(key=_moment)
        sale = _sale(deal, found, margins)
        if sale is not None:
            sale.unit = origins.unit(sale, found)
            sales.append(sale)
    _mark_new_customers(sales)
    return sales


def _moment(record: Record) -> datetime:
    return moment(record["at"])


def _sale(deal: str, events: list[Record], margins: dict[str, str | None]) -> Sale | None:
    won = [record for record in events if record["kind"] == "won"]
    if not won:
        return None
    stated = [record for record in events if record["kind"] in ("won", "changed")][-1]
    sale = Sale(deal=deal, won_at=_moment(won[0]), lines=_lines(stated, margins))
    value, tax = sum(line.value for line in sale.lines), sum(line.tax for line in sale.lines)
    sale.history.append((sale.won_at, "won", value, tax))
    for record in events:
        if record["kind"] in _BACK:
            _give_back(sale, record)
    return sale


def _lines(stated: Record, margins: dict[str, str | None]) -> list[Line]:
    currency = stated.get("currency") or "CNY"
    if currency != "CNY":
        msg = "deals in another currency are not part of the truth"
        raise NotImplementedError(msg)
    if not stated.get("lines"):
        bare = {"value": stated["amount"], "tax": stated.get("tax") or 0}
        return [_line(bare, margins)]
    return [_line(record, margins) for record in stated["lines"]]


def _line(record: Record, margins: dict[str, str | None]) -> Line:
    value, tax = minor(record["value"], "CNY"), minor(record.get("tax") or 0, "CNY")
    margin = margins.get(record.get("product") or "")
    cost = None
    if record.get("cost") is not None:
        cost = minor(record["cost"], "CNY")
    elif margin is not None:
        cost = half_even(value * (100 - Fraction(str(margin))) / 100)
    return Line(
        product=record.get("product"),
        promotion=record.get("promotion"),
        value=value,
        tax=tax,
        cost=cost,
        left=value,
        tax_left=tax,
        cost_left=cost,
    )


def _give_back(sale: Sale, record: Record) -> None:
    """A return or cancellation: value, and with it tax and the cost of goods that can be sold again."""
    cancelled = record["kind"] == "cancelled"
    backs = [line.left for line in sale.lines]
    if not cancelled:
        sale.handling += minor(record.get("handling_cost") or 0, "CNY")
        if record.get("lines"):
            backs = _by_product(sale.lines, record["lines"])
        elif record.get("amount") is not None:
            backs = _spread(minor(record["amount"], "CNY"), [line.left for line in sale.lines])
    value, tax = 0, 0
    for line, back in zip(sale.lines, backs, strict=True):
        value += back
        tax += _take(line, back, lost=bool(record.get("goods_lost")))
        if cancelled:
            line.cancelled += back
        else:
            line.returned += back
    sale.history.append((_moment(record), "cancelled" if cancelled else "returned", value, tax))


def _take(line: Line, back: int, *, lost: bool) -> int:
    """Take value off a line, with its tax and cost; returns the tax that goes with it."""
    if not back:
        return 0
    whole = back == line.left
    tax = line.tax_left if whole else half_even(Fraction(line.tax * back, line.value))
    if line.cost is not None and line.cost_left is not None and not lost:
        line.cost_left -= line.cost_left if whole else half_even(Fraction(line.cost * back, line.value))
    line.left -= back
    line.tax_left -= tax
    return tax


def _by_product(lines: list[Line], returned: list[Record]) -> list[int]:
    backs = [0] * len(lines)
    for record in returned:
        here = [index for index, line in enumerate(lines) if line.product == record.get("product")]
        shares = _spread(minor(record["value"], "CNY"), [lines[index].left - backs[index] for index in here])
        for index, share in zip(here, shares, strict=True):
            backs[index] += share
    return backs


def _spread(amount: int, left: list[int]) -> list[int]:
    """Largest remainder in proportion to what is left; earlier lines first among equals."""
    whole = sum(left)
    if amount > whole:
        msg = f"more comes back ({amount}) than is left ({whole})"
        raise ValueError(msg)
    if not whole:
        return [0] * len(left)
    parts = [amount * item // whole for item in left]
    order = sorted(range(len(left)), key=lambda index: -(amount * left[index] % whole))
    for index in order[: amount - sum(parts)]:
        parts[index] += 1
    return parts


class _Origins:
    """Finds the call (or lead) each deal came from."""

    def __init__(self, book: Book, people: People, calls: dict[str, Unit]) -> None:
        self._book = book
        self._people = people
        self._calls = calls
        self._naming: dict[str, Unit] = {}
        self._of_contact: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        records = book.of("call")
        for unit in sorted(calls.values(), key=lambda unit: unit.at):
            lead = records[unit.key].get("lead")
            if lead:
                self._naming.setdefault(lead, unit)
            if unit.contact:
                self._of_contact[unit.contact.id].append(unit)

    def unit(self, sale: Sale, events: list[Record]) -> Unit:
        """The unit of a deal: the attributes of its call, what that lacks from its lead, and its own contact."""
        key = _stated(events, "lead")
        lead = self._book.of("lead").get(key or "")
        call = self._calls.get(_stated(events, "origin_call") or "")
        if call is None and lead is not None:
            call = self._first_call(key or "", lead)
        if lead is None and call is not None:
            lead = self._book.of("lead").get(self._book.of("call")[call.key].get("lead") or "")
        contact = self._contact(events, call, lead)
        at = call.at if call else moment(lead["created_at"]) if lead else _moment(events[0])
        cut = self._cut(call, lead or {}, at, contact)
        promotion = next((line.promotion for line in sale.lines if line.promotion), None)
        if promotion:
            cut["promotion"] = promotion
        scope = (
            dict(call.scope) if call else dict.fromkeys((*SOURCE, "agent", "team", "direction", "voice", "own_number"))
        )
        for name in (*SOURCE, "agent", "team"):
            scope[name] = scope[name] or (lead or {}).get(name)
        scope |= {"promotion": promotion or scope["promotion"], "deal": sale.deal}
        day = self._book.local(at).date()
        return Unit(
            table="sale", key=sale.deal, at=at, day=day, cut=cut, scope=scope, contact=contact, measures=sale.measures()
        )

    def _first_call(self, key: str, lead: Record) -> Unit | None:
        found = self._naming.get(key) or self._calls.get(lead.get("call") or "")
        if found is not None:
            return found
        contact = self._people.contact(lead)
        created = moment(lead["created_at"])
        later = self._of_contact[contact.id] if contact else []
        return next((unit for unit in later if unit.at >= created), None)

    def _contact(self, events: list[Record], call: Unit | None, lead: Record | None) -> Contact | None:
        for record in events:
            contact = self._people.contact(record)
            if contact:
                return contact
        if call is not None and call.contact:
            return call.contact
        return self._people.contact(lead) if lead else None

    def _cut(self, call: Unit | None, lead: Record, at: datetime, contact: Contact | None) -> dict[str, Value]:
        local = self._book.local(at)
        cut: dict[str, Value] = dict(call.cut) if call else dict.fromkeys(DIMENSIONS)
        for name in ("channel", "campaign", "keyword", "creative", "list", "promotion", "agent", "team"):
            cut[name] = cut[name] or lead.get(name)
        cut |= {
            "weekday": local.isoweekday(),
            "day": local.date().isoformat(),
            "month": local.strftime("%Y-%m"),
            "hour": local.hour if call else None,
        }
        for name in _OF_CONTACT:
            cut[name] = getattr(contact, name) if contact else None
        return cut


def _stated(events: list[Record], name: str) -> str | None:
    return next((record[name] for record in events if record.get(name)), None)


def _mark_new_customers(sales: list[Sale]) -> None:
    """The first deal of each customer of which something was kept."""
    seen: set[tuple[str, str]] = set()
    for sale in sorted(sales, key=lambda sale: sale.won_at):
        unit = sale.unit
        if unit is None or unit.contact is None or not sale.kept or unit.contact.customer in seen:
            continue
        seen.add(unit.contact.customer)
        unit.measures["new_customers"] = 1
