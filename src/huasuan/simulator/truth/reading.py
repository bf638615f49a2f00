"""Reading records for the truth: which version of a fact stands, moments, money and numbers as they were written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from huasuan.simulator.world import Record

_MICROS = 1_000_000
_MOBILE_DIGITS = 11
MINOR = {"CNY": 100, "USD": 100, "HKD": 100, "EUR": 100, "JPY": 1}
"""Minor units of one unit of the currencies that the simulator writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All facts as they stand: by kind and key in the order in which each was first heard of.

    teams: for each agent its memberships (since, team, city), earliest first; unlike everything else all versions
    of an agent stand, each from its ``since`` on.
    """

    facts: Mapping[str, Mapping[str, Record]]
    teams: Mapping[str, list[tuple[datetime, str | None, str | None]]]
    zone: ZoneInfo

    def of(self, kind: str) -> Mapping[str, Record]:
        """The facts of one kind."""
        return self.facts.get(kind, {})

    def team_at(self, agent: str | None, at: datetime) -> tuple[str | None, str | None]:
        """Team and city of an agent at a moment; nothing before the first membership."""
        found: tuple[str | None, str | None] = (None, None)
        for since, team, city in self.teams.get(agent or "", ()):
            if since <= at:
                found = (team, city)
        return found

    def local(self, at: datetime) -> datetime:
        """The moment on the clock of the workspace."""
        return at.astimezone(self.zone)


def read_book(parcels: Iterable[tuple[str, Iterable[Record]]], zone: ZoneInfo) -> Book:
    """Let the records stand as the intake would: of one key, what was known last wins, whenever it arrives."""
    facts: dict[str, dict[str, Record]] = {}
    memberships: dict[str, dict[datetime, tuple[datetime, Record]]] = {}
    for kind, records in parcels:
        known = facts.setdefault(kind, {})
        for record in records:
            earlier = known.get(record["key"])
            if earlier is None or moment(record["known_at"]) >= moment(earlier["known_at"]):
                known[record["key"]] = record
            if kind == "agent":
                _remember(memberships.setdefault(record["agent"], {}), record)
    teams = {
        agent: [(since, record.get("team"), record.get("city")) for since, (_, record) in sorted(found.items())]
        for agent, found in memberships.items()
    }
    return Book(facts=facts, teams=teams, zone=zone)


def _remember(found: dict[datetime, tuple[datetime, Record]], record: Record) -> None:
    since, known = moment(record["since"]), moment(record["known_at"])
    if since not in found or known >= found[since][0]:
        found[since] = (known, record)


def moment(value: datetime | str) -> datetime:
    """A moment as an aware datetime."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def day_of(value: date | str) -> date:
    """A calendar day."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def seconds(start: datetime | str, end: datetime | str) -> int:
    """Whole seconds between two moments, rounded half up."""
    delta = moment(end) - moment(start)
    micros = (delta.days * 86_400 + delta.seconds) * _MICROS + delta.microseconds
    return (2 * micros + _MICROS) // (2 * _MICROS)


def minor(value: Decimal | str | int, currency: str) -> int:
    """An amount in minor units; it must not be finer than the currency."""
    exact = Fraction(str(value)) * MINOR[currency]
    if exact.denominator != 1:
        msg = f"{value} {currency} is finer than the currency"
        raise ValueError(msg)
    return exact.numerator


def phone(value: str | None) -> str | None:
    """A number as the intake writes it: mainland mobiles get their country code."""
    if value and len(value) == _MOBILE_DIGITS and value.startswith("1"):
        return "+86" + value
    return value or None


def half_even(value: Fraction) -> int:
    """The nearest whole number, of two equally near ones the even one."""
    return round(value)
