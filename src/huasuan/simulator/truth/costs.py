"""Costs of the truth: each day's pool of each line, and the facts that bear it, in exact fractions."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from huasuan.simulator.truth.cells import Cells
from huasuan.simulator.truth.reading import MINOR, Book, day_of, half_even, minor, moment
from huasuan.simulator.truth.units import DIMENSIONS, Row, Unit, Value
from huasuan.simulator.world import Record

KIND_DRIVERS = {
    "list_data": "record",
    "ads": "response",
    "events": "lead",
    "content": "response",
    "tracking_numbers": "inbound_call",
    "dialler": "seat_hour",
    "crm": "seat_hour",
    "voice_bot": "bot_minute",
    "sms": "message",
    "call_charges": "minute_60",
    "number_rent": "call",
    "pay": "seat_hour",
    "commission": "deal",
    "training": "seat_hour",
    "recruitment": "seat_hour",
    "management": "seat_hour",
    "tools": "call",
    "premises": "seat_hour",
    "capital": "minute_1",
    "compliance": "record",
    "fine": "dial",
    "other": "call",
}
SCOPE = (
    "channel",
    "source",
    "medium",
    "campaign",
    "ad_group",
    "keyword",
    "creative",
    "list",
    "agent",
    "team",
    "city",
    "own_number",
    "direction",
    "voice",
    "product",
    "promotion",
    "deal",
    "supplier",
)
Scope = tuple[tuple[str, str], ...]
Weigh = Callable[[Unit], int]


def _up(step: int) -> Weigh:
    return lambda unit: -(-unit.billed // step) * step


# Who bears a cost (a weight of 0: not this one), and how many weight units a tariff prices as one.
_CALL_WEIGHTS: dict[str, Weigh] = {
    "call": lambda _: 1,
    "dial": lambda unit: int(unit.scope["direction"] == "out"),
    "inbound_call": lambda unit: int(unit.scope["direction"] == "in"),
    "answered_call": lambda unit: int(unit.billed > 0),
    "minute_60": _up(60),
    "minute_6": _up(6),
    "minute_1": _up(1),
    "bot_minute": lambda unit: -(-unit.billed // 60) * 60 if unit.scope["voice"] == "bot" else 0,
    "bot_call": lambda unit: int(unit.scope["voice"] == "bot"),
    "record": lambda unit: int(unit.first_dial),
    "response": lambda unit: int(unit.scope["direction"] == "in"),
    "seat_hour": lambda unit: unit.handle,
}
_WEIGHTS: dict[str, dict[str, Weigh]] = {
    "call": _CALL_WEIGHTS,
    "lead": {"lead": lambda _: 1, "response": lambda unit: int(not unit.from_call)},
    "touch": {
        "message": lambda unit: unit.segments if unit.touch == "sms" else 0,
        "visit": lambda unit: int(unit.touch == "visit"),
    },
    "sale": {"deal": lambda _: 1},
}
_PER = {"minute_60": 60, "minute_6": 60, "minute_1": 60, "bot_minute": 60, "seat_hour": 3600}
DRIVERS = frozenset({"none"}.union(*_WEIGHTS.values()))


@dataclass(slots=True)
class Pool:
    """What lines of the same day, driver and scope come to: booked shares and tariffs, by kind of cost."""

    booked: list[tuple[str, Fraction]] = field(default_factory=list)
    tariffs: list[tuple[str, Fraction]] = field(default_factory=list)

    def amounts(self, quantity: Fraction) -> list[tuple[str, Fraction]]:
        """The amounts, with ``quantity`` priced units for the tariffs."""
        return self.booked + [(kind, rate * quantity) for kind, rate in self.tariffs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A paid time of an agent."""

    agent: str
    team: str | None
    city: str | None
    paid: int


class Ledger:
    """Spreads the cost lines over the facts of each day of a period; ``by_kind`` is what they came to in all."""

    def __init__(
        self,
        book: Book,
        units: Sequence[Unit],
        *,
        first_day: date,
        end_day: date,
        marketing_kinds: Sequence[str],
        cells: Cells,
    ) -> None:
        self._book = book
        self._marketing = frozenset(marketing_kinds)
        self._first, self._end = first_day, end_day
        self._cells = cells
        self.by_kind: dict[str, Fraction] = defaultdict(Fraction)
        self.idle: dict[str, Fraction] = defaultdict(Fraction)
        self._units: dict[tuple[str, date | None], list[Unit]] = defaultdict(list)
        for unit in units:
            self._units[unit.table, None if unit.table == "sale" else unit.day].append(unit)
        self._shifts = _shifts(book)
        self._pools: dict[tuple[date, str, Scope], Pool] = defaultdict(Pool)

    def spread(self) -> None:
        """Read all lines into pools, then let every pool be borne."""
        for record in self._book.of("cost").values():
            self._read(record)
        for (day, driver, scope), pool in self._pools.items():
            if driver == "seat_hour":
                self._by_seat(day, dict(scope), pool)
            else:
                self._bear(day, driver, dict(scope), pool)

    def _read(self, record: Record) -> None:
        start, end = day_of(record["service_from"]), _service_end(record)
        driver = record.get("driver") or KIND_DRIVERS.get(record["cost_kind"], "call")
        scope = tuple((name, record[name]) for name in SCOPE if record.get(name))
        days = _days(max(start, self._first), min(end, self._end))
        kind = record["cost_kind"]
        if record.get("rate") is not None:
            if (record.get("currency") or "CNY") != "CNY":
                msg = "tariffs in another currency are not part of the truth"
                raise NotImplementedError(msg)
            rate = Fraction(str(record["rate"])) * MINOR["CNY"]
            for day in days:
                self._pools[day, driver, scope].tariffs.append((kind, rate))
            return
        share = Fraction(self._amount(record, start), (end - start).days)
        for day in days:
            self._pools[day, driver, scope].booked.append((kind, share))

    def _amount(self, record: Record, start: date) -> int:
        currency = record.get("currency") or "CNY"
        amount = minor(record["amount"], currency)
        if currency == "CNY":
            return amount
        rates = [
            (day_of(rate["day"]), str(rate["rate"]))
            for rate in self._book.of("fx_rate").values()
            if rate["currency"] == currency and rate["into"] == "CNY" and day_of(rate["day"]) <= start
        ]
        return half_even(Fraction(amount, MINOR[currency]) * Fraction(max(rates)[1]) * MINOR["CNY"])

    def _bear(self, day: date, driver: str, scope: Mapping[str, str], pool: Pool) -> None:
        bearers = []
        for table, weights in _WEIGHTS.items():
            weigh = weights.get(driver)
            if weigh is not None:
                when = None if table == "sale" else day
                bearers += [(unit, weigh(unit)) for unit in self._units.get((table, when), ()) if matches(unit, scope)]
        bearers = [(unit, weight) for unit, weight in bearers if weight]
        quantity = Fraction(sum(weight for _, weight in bearers), _PER.get(driver, 1))
        self._share(day, scope, pool.amounts(quantity), bearers)

    def _by_seat(self, day: date, scope: Mapping[str, str], pool: Pool) -> None:
        """First to agents by paid time, then to each one's own calls by how long they kept them."""
        paid: dict[str, int] = defaultdict(int)
        team: dict[str, str | None] = {}
        for shift in self._shifts.get(day, ()):
            if all(getattr(shift, name) == scope[name] for name in ("agent", "team", "city") if name in scope):
                paid[shift.agent] += shift.paid
                team.setdefault(shift.agent, shift.team)
        calls = [unit for unit in self._units.get(("call", day), ()) if unit.handle and matches(unit, scope)]
        whole = sum(paid.values())
        if not whole:
            self._share(day, scope, pool.booked, [(unit, unit.handle) for unit in calls])
            return
        own: dict[str, list[tuple[Unit, int]]] = defaultdict(list)
        for unit in calls:
            own[str(unit.scope["agent"])].append((unit, unit.handle))
        for agent, seconds in paid.items():
            amounts = [(kind, share * Fraction(seconds, whole)) for kind, share in pool.booked]
            amounts += [(kind, rate * Fraction(seconds, _PER["seat_hour"])) for kind, rate in pool.tariffs]
            if not own[agent]:
                self.idle[agent] += sum(amount for _, amount in amounts)
            about = scope if own[agent] else {"agent": agent, **_said("team", team[agent]), **scope}
            self._share(day, about, amounts, own[agent])

    def _family(self, kind: str) -> str:
        """Advertising, other marketing, or the rest: what the sums of a row are told apart by."""
        return "ads" if kind == "ads" else "marketing" if kind in self._marketing else "rest"

    def _share(
        self,
        day: date,
        scope: Mapping[str, str],
        amounts: Sequence[tuple[str, Fraction]],
        bearers: Sequence[tuple[Unit, int]],
    ) -> None:
        """Let bearers carry amounts by weight; without any, the rows that the scope names."""
        merged: dict[str, Fraction] = defaultdict(Fraction)
        for kind, amount in amounts:
            self.by_kind[kind] += amount
            merged[self._family(kind)] += amount
        parts = [(kind, amount) for kind, amount in merged.items() if amount]
        whole = sum(weight for _, weight in bearers)
        for name in DIMENSIONS:
            said = scope_value(name, scope, day)
            if not whole or name in ("day", "weekday", "month"):
                self._cells.charge(name, Row.UNALLOCATED if said is None else said, parts)
                continue
            rows: dict[Value, int] = defaultdict(int)
            for unit, weight in bearers:
                value = unit.cut[name]
                rows[said if value is Row.LACKING and said is not None else value] += weight
            for value, weight in rows.items():
                self._cells.charge(name, value, parts, Fraction(weight, whole))


def scope_value(name: str, scope: Mapping[str, str], day: date) -> Value:
    """What the scope of a cost says by itself about a dimension; None where it says nothing.

    A city in a cost is the agents' city, so it says nothing about where customers live. A number is a tracking number
    or a shown one only where the direction is stated with it.
    """
    if name == "day":
        return day.isoformat()
    if name == "weekday":
        return day.isoweekday()
    if name == "month":
        return day.strftime("%Y-%m")
    if name == "tracking_number":
        return scope.get("own_number") if scope.get("direction") == "in" else None
    if name == "caller_number":
        return scope.get("own_number") if scope.get("direction") == "out" else None
    return None if name == "city" else scope.get(name)


def matches(unit: Unit, scope: Mapping[str, str]) -> bool:
    """Whether every scope column that the unit's table has is equal."""
    return all(unit.scope[name] == value for name, value in scope.items() if name in unit.scope)


def _said(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}


def _shifts(book: Book) -> dict[date, list[Shift]]:
    found: dict[date, list[Shift]] = defaultdict(list)
    for record in book.of("shift").values():
        start, end = moment(record["started_at"]), moment(record["ended_at"])
        team, city = book.team_at(record["agent"], start)
        paid = record.get("paid_seconds")
        shift = Shift(
            agent=record["agent"],
            team=record.get("team") or team,
            city=record.get("city") or city,
            paid=int((end - start).total_seconds()) if paid is None else paid,
        )
        found[book.local(start).date()].append(shift)
    return found


def _service_end(record: Record) -> date:
    start = day_of(record["service_from"])
    if record.get("service_to"):
        return day_of(record["service_to"])
    if record.get("useful_months"):
        return _months_later(start, record["useful_months"])
    return start + timedelta(days=1)


def _months_later(start: date, months: int) -> date:
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=start.day - 1), after - timedelta(days=1))


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=step) for step in range(max(0, (end - start).days))]
