"""The facts of the truth with everything they are cut by: calls, leads and touches."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from huasuan.people import WorkspaceSettings
from huasuan.simulator.truth.reading import Book, moment, phone, seconds
from huasuan.simulator.truth.who import Contact, Node, People
from huasuan.simulator.world import Record


class Row(Enum):
    """Rows of a cut that are no value: nobody to bear it, or its bearers have no such attribute at all."""

    UNALLOCATED = "unallocated"
    LACKING = "lacking"


Value = str | int | None | Row
SOURCE = ("channel", "source", "medium", "campaign", "keyword", "creative", "list", "promotion")
DIMENSIONS = (
    "channel",
    "campaign",
    "keyword",
    "creative",
    "list",
    "promotion",
    "agent",
    "team",
    "script_version",
    "hour",
    "weekday",
    "day",
    "month",
    "province",
    "city",
    "segment",
    "industry",
    "age_band",
    "direction",
    "voice",
    "result",
    "tracking_number",
    "caller_number",
)
_ANSWERED = frozenset({"human", "abandoned", "machine", "answered_unverified", "answered"})
_DAY_SECONDS = 86_400


@dataclass(slots=True, kw_only=True)
class Unit:
    """A fact that may bear cost.

    cut: its value in each of DIMENSIONS. scope: its value in every scope column its table has.
    measures: the counts (and minor units) it adds to every row it stands in.
    """

    table: str
    key: str
    at: datetime
    day: date
    cut: dict[str, Value]
    scope: dict[str, str | None]
    contact: Contact | None
    measures: dict[str, int] = field(default_factory=dict)
    billed: int = 0
    handle: int = 0
    first_dial: bool = False
    touch: str | None = None
    segments: int = 0
    from_call: bool = False


def call_units(book: Book, people: People, settings: WorkspaceSettings) -> dict[str, Unit]:
    """All calls that count, by key in order of arrival."""
    leads = book.of("lead")
    units: dict[str, Unit] = {}
    for key, record in book.of("call").items():
        if not record.get("excluded"):
            units[key] = _call(book, people, key, record, leads.get(record.get("lead") or "", {}))
    _mark_first_dials(units)
    _count_calls(book, units, settings)
    return units


def _call(book: Book, people: People, key: str, record: Record, lead: Record) -> Unit:
    outbound = record["direction"] == "out"
    at = moment(record["dialed_at"] if outbound else record["ringing_at"])
    number = phone(record.get("called") if outbound else record.get("caller"))
    own = phone(record.get("caller") if outbound else record.get("called"))
    named = record.get("customer")
    contact = people.at(("phone", number)) if number else people.at(("customer", named)) if named else None
    agent = record.get("agent")
    values: dict[str, str | None] = {name: record.get(name) or lead.get(name) for name in SOURCE}
    values |= {
        "agent": agent,
        "team": record.get("team") or book.team_at(agent, at)[0],
        "direction": record["direction"],
        "voice": record.get("voice") or "human",
        "own_number": own,
    }
    cut = _cut(book, at, contact, values) | {
        "script_version": record.get("script_version"),
        "result": record["result"] if record["result"] in _RESULTS else "unknown",
        "tracking_number": None if outbound else own,
        "caller_number": own if outbound else None,
    }
    return Unit(
        table="call",
        key=key,
        at=at,
        day=book.local(at).date(),
        cut=cut,
        scope=values,
        contact=contact,
        billed=_billed(record),
        handle=_handle(record, at),
    )


_RESULTS = _ANSWERED | frozenset({"missed", "no_answer", "busy", "rejected", "invalid", "congestion", "network_block"})


def _cut(book: Book, at: datetime, contact: Contact | None, values: dict[str, str | None]) -> dict[str, Value]:
    """What every table has: its own columns, the moment, and what its contact is; the rest is lacking."""
    local = book.local(at)
    cut: dict[str, Value] = {name: values.get(name, Row.LACKING) for name in DIMENSIONS}
    cut |= {
        "hour": local.hour,
        "weekday": local.isoweekday(),
        "day": local.date().isoformat(),
        "month": local.strftime("%Y-%m"),
    }
    for name in ("province", "city", "segment", "industry", "age_band"):
        cut[name] = getattr(contact, name) if contact else None
    return cut


def _billed(record: Record) -> int:
    """Answer to end; without those times the talk, where the call was answered."""
    if record.get("answered_at") and record.get("ended_at"):
        return max(0, seconds(record["answered_at"], record["ended_at"]))
    return int(record.get("talk_seconds") or 0) if record["result"] in _ANSWERED else 0


def _handle(record: Record, at: datetime) -> int:
    """How long the call kept an agent busy."""
    if not record.get("agent"):
        return 0
    wrap, talk = record.get("wrap_seconds") or 0, record.get("talk_seconds") or 0
    if record["direction"] == "out":
        ended = record.get("ended_at")
        busy = seconds(at, ended) if ended else (record.get("ring_seconds") or 0) + talk
        return int(max(1, busy + wrap))
    if record["result"] != "answered":
        return 0
    return int(max(1, talk + (record.get("hold_seconds") or 0) + wrap))


def _mark_first_dials(units: dict[str, Unit]) -> None:
    """The first dial of each contact within each list; a dial outside any list is not one."""
    seen: set[tuple[Node, str]] = set()
    for unit in sorted(units.values(), key=_moment):
        listed = unit.scope["list"]
        if unit.scope["direction"] == "out" and unit.contact and listed:
            unit.first_dial = (unit.contact.id, listed) not in seen
            seen.add((unit.contact.id, listed))


def _count_calls(book: Book, units: dict[str, Unit], settings: WorkspaceSettings) -> None:
    records = book.of("call")
    inbound: dict[Node, list[Unit]] = defaultdict(list)
    for key, unit in units.items():
        record = records[key]
        if record["direction"] == "out":
            flags = {
                "dials": True,
                "answered": bool(record.get("answered_at")),
                "connected": record["result"] == "human",
            }
        else:
            target = call_class(record, settings) == "target"
            flags = {"inbound_calls": True, "missed": record["result"] == "missed", "target_calls": target}
            if unit.contact:
                inbound[unit.contact.id].append(unit)
        unit.measures = {name: 1 for name, holds in flags.items() if holds}
    for calls in inbound.values():
        calls.sort(key=_moment)
        _mark_unique(calls, "unique_calls", settings.cycle_days)
        _mark_unique(
            [unit for unit in calls if "target_calls" in unit.measures], "unique_target_calls", settings.cycle_days
        )


def call_class(record: Record, settings: WorkspaceSettings) -> str | None:
    """What an answered inbound call was: as tagged by a person, else by the length of talk."""
    if record["direction"] != "in" or record["result"] != "answered":
        return None
    tagged: str | None = record.get("call_class")
    if tagged:
        return tagged
    talk = record.get("talk_seconds") or 0
    if talk <= settings.junk_seconds:
        return "junk"
    return "target" if talk >= settings.target_seconds else "grey"


def _mark_unique(calls: list[Unit], measure: str, cycle_days: int) -> None:
    """Count a call unless one of the same contact was counted less than a cycle before."""
    last: datetime | None = None
    for unit in calls:
        if last is None or (unit.at - last).total_seconds() >= cycle_days * _DAY_SECONDS:
            unit.measures[measure] = 1
            last = unit.at


def _moment(unit: Unit) -> datetime:
    return unit.at


def lead_units(book: Book, people: People) -> dict[str, Unit]:
    """All leads that are no duplicates, by key."""
    columns = (*SOURCE, "ad_group", "agent", "team", "supplier")
    units: dict[str, Unit] = {}
    for key, record in book.of("lead").items():
        if record.get("duplicate"):
            continue
        at = moment(record["created_at"])
        contact = people.contact(record)
        values = {name: record.get(name) for name in columns}
        units[key] = Unit(
            table="lead",
            key=key,
            at=at,
            day=book.local(at).date(),
            cut=_cut(book, at, contact, values),
            scope=values,
            contact=contact,
            measures={"leads": 1},
            from_call=bool(record.get("call")),
        )
    return units


def touch_units(book: Book, people: People) -> list[Unit]:
    """All touches."""
    columns = ("channel", "source", "medium", "campaign", "ad_group", "keyword", "creative", "promotion")
    units = []
    for key, record in book.of("touch").items():
        at = moment(record["at"])
        contact = people.contact(record)
        values = {name: record.get(name) for name in columns}
        units.append(
            Unit(
                table="touch",
                key=key,
                at=at,
                day=book.local(at).date(),
                cut=_cut(book, at, contact, values),
                scope=values,
                contact=contact,
                touch=record["kind"],
                segments=record.get("segments") or 0,
            )
        )
    return units
