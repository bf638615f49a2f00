"""Who calls and is not known, or asks to be called back, becomes a lead (S3-31).

Calls and requests are facts of other rooms; the app hands their tables in. What was listened to and what came of it is
one transaction, so each call makes at most one lead whatever is killed in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Table, insert, select, update

from huasuan.contacts import LINKING, facts_naming, identities_of
from huasuan.facts.news import CallbackAsked
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.arriving import ask_again
from huasuan.leads.cases import OPEN, note, settings_of, tell
from huasuan.leads.coming_tables import HEARD
from huasuan.leads.desk_tables import CASE, CASE_PARTY, SEAT
from huasuan.leads.reaching import all_nodes, said_no
from huasuan.store import Mark, Store, insert_many, newest, read_changes

_AT_ONCE, _ROUNDS = 500, 20
# A call of yesterday that comes with a file is history, nobody waits for an answer.
_FRESH = timedelta(hours=24)
_MARKS = ("channel", "source", "medium", "campaign", "keyword", "creative")
_VERSION = ("source_system", "source_key", "gone", "party", "parties", "known_at", "lead", *_MARKS)
_OF_CALLS = (*_VERSION, "direction", "ringing_at", "ended_at", "result", "excluded", "call_class")
_OF_REQUESTS = (*_VERSION, "requested_at", "joined_at", "call", "blocked")

Way = Literal["call", "callback_request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """Somebody who called or asked to be called: when, by which nodes they are known, and by which advertising.

    settled: a lead is named already, or nothing is left to do. joined_at: when a wished call
    came about. call: the key of the call, if there was one.
    """

    way: Way
    source: str
    key: str
    at: datetime
    nodes: tuple[int, ...]
    settled: bool
    answered: bool
    call: str | None
    marks: Mapping[str, str]
    joined_at: datetime | None = None


def listen(store: Store, *, workspace: int, way: Way, table: Table, at: datetime) -> int:
    """Make leads of what came since the last look; how many. Without a desk, or where it is not wanted: none.

    The first look begins with what comes after it: what was there before is history.
    """
    made = 0
    for _ in range(_ROUNDS):
        with store.read() as connection:
            before = mark_of(connection, workspace, way)
            if newest(connection, table, workspace=workspace) == before:
                break
        with store.write() as connection:
            read, found = _listen_once(connection, workspace, way, table, at)
        made += found
        if read < _AT_ONCE:
            break
    return made


def _listen_once(connection: Connection, workspace: int, way: Way, table: Table, at: datetime) -> tuple[int, int]:
    before = mark_of(connection, workspace, way)
    wanted = _is_wanted(connection, workspace)
    if before is None or not wanted:
        keep_mark(connection, workspace, way, newest(connection, table, workspace=workspace), first=before is None)
        return 0, 0
    columns = _OF_CALLS if way == "call" else _OF_REQUESTS
    rows, after = read_changes(connection, table, workspace=workspace, after=before, columns=columns, limit=_AT_ONCE)
    if rows:
        keep_mark(connection, workspace, way, after, first=False)
    latest = {(row.source_system, row.source_key): row for row in rows}
    came = [one for row in latest.values() if (one := _read(way, row)) is not None]
    made: set[int] = set()
    for one in came:
        # Who calls three times in a moment is one lead.
        if made.isdisjoint(one.nodes) and _hear(connection, workspace, one, at, only_missed=wanted == "missed"):
            made.update(one.nodes)
    return len(rows), len(made)


def heed_wish(connection: Connection, asked: CallbackAsked) -> None:
    """Keep until when somebody wants to be called, for the lead that comes a moment later (S2-13)."""
    said = (asked.workspace, asked.source_system, asked.source_key, to_micros(asked.due_at))
    columns = ("workspace", "source_system", "source_key", "due_at")
    insert_many(connection, "lead_wanted", columns, [said], unless="workspace, source_system, source_key")


def _is_wanted(connection: Connection, workspace: int) -> str:
    """Whose calls become leads, empty where nobody works any."""
    wanted = settings_of(connection, workspace=workspace).leads_from_calls
    seat = select(SEAT.c.id).where(SEAT.c.workspace == workspace, SEAT.c.active.is_(True)).limit(1)
    return "" if wanted == "none" or connection.execute(seat).first() is None else wanted


def _read(way: Way, row: Any) -> CameIn | None:  # noqa: ANN401  a row of the facts' table
    """What a fact says; None for what is nobody's wish: a call out, one that still rings, one that counts nowhere."""
    if row.gone or row.party is None:
        return None
    if way == "call":
        if row.direction != "in" or row.excluded or row.call_class == "junk":
            return None
        if row.ended_at is None and row.result == "unknown":
            return None
        moment, answered, call = (
            row.ringing_at or row.ended_at or row.known_at,
            row.result == "answered",
            row.source_key,
        )
        settled = row.lead is not None
    else:
        moment, answered, call = row.requested_at, row.joined_at is not None, row.call
        settled = row.lead is not None or answered or row.blocked is not None
    nodes = orjson.loads(row.parties) if row.parties else [row.party]
    joined = None if way == "call" or row.joined_at is None else from_micros(row.joined_at)
    marks = {name: value for name in _MARKS if (value := getattr(row, name)) is not None}
    return CameIn(
        way=way, source=row.source_system, key=row.source_key, at=from_micros(moment), nodes=tuple(nodes),
        settled=settled, answered=answered, call=call, marks=marks, joined_at=joined,
    )  # fmt: skip


def _hear(connection: Connection, workspace: int, came: CameIn, at: datetime, *, only_missed: bool) -> bool:
    """Whether a lead was made of it. Whose case is open is not made anew: the case moves to the front."""
    is_call = came.way == "call"
    if came.joined_at is not None:
        _note_joined(connection, workspace, came, came.joined_at)
    if came.settled or came.at < at - _FRESH:
        return False
    nodes = all_nodes(connection, workspace, came.nodes)
    if is_call and came.answered and only_missed:
        return False
    opened, known = _cases_of(connection, workspace, nodes)
    if is_call and opened is not None:
        # Who was talked to has been heard; who was missed waits.
        if not came.answered:
            ask_again(connection, workspace=workspace, lead=opened, at=at, origin="call")
        return False
    if is_call and (known or _is_customer(connection, workspace, nodes)):
        return False
    record = _record(connection, workspace, came, duplicate=opened is not None)
    if record is None:
        return False
    tell(connection, workspace=workspace, kind="lead", record=record)
    if not is_call and not said_no(connection, workspace=workspace, number=str(record["phone"]), at=at):
        tell(connection, workspace=workspace, kind="consent", record=_asked_for_it(came, record))
    return True


def _note_joined(connection: Connection, workspace: int, came: CameIn, at: datetime) -> None:
    """The widget's call came about: the wish is fulfilled, and what the desk calls for later is asked anew."""
    opened, _ = _cases_of(connection, workspace, all_nodes(connection, workspace, came.nodes))
    if opened is not None:
        note(connection, workspace=workspace, lead=opened, kind="called", at=at, detail={"joined": True})


def _record(connection: Connection, workspace: int, came: CameIn, *, duplicate: bool) -> dict[str, object] | None:
    """The lead as the door takes it; None where nobody could be called."""
    named: dict[str, str] = dict(identities_of(connection, workspace=workspace, nodes=came.nodes).values())
    if "phone" not in named:
        return None
    origin = "call" if came.way == "call" else "callback"
    said: dict[str, object] = {"key": f"{origin} {came.source} {came.key}", "created_at": came.at.isoformat()}
    said |= {"origin": origin, "call": came.call, **named, **came.marks}
    said["duplicate"] = duplicate or None
    return {name: value for name, value in said.items() if value is not None}


def _asked_for_it(came: CameIn, record: Mapping[str, object]) -> dict[str, object]:
    """Whoever asks to be called agrees to that call; the request is the evidence."""
    return {
        "key": f"callback {came.source} {came.key}",
        "at": came.at.isoformat(),
        "purpose": "callback",
        "given": True,
        "phone": record["phone"],
        "channel": "call",
        "evidence": f"{came.way} {came.source} {came.key}",
    }


def _cases_of(connection: Connection, workspace: int, nodes: set[int]) -> tuple[int | None, bool]:
    """The first open case of a person, and whether there is any case at all."""
    rows = connection.execute(
        select(CASE.c.id, CASE.c.state)
        .join(CASE_PARTY, (CASE_PARTY.c.lead == CASE.c.id) & (CASE_PARTY.c.workspace == CASE.c.workspace))
        .where(CASE.c.workspace == workspace, CASE_PARTY.c.party.in_(sorted(nodes)))
        .order_by(CASE.c.id)
    ).fetchall()
    return next((row.id for row in rows if row.state in OPEN), None), bool(rows)


def _is_customer(connection: Connection, workspace: int, nodes: set[int]) -> bool:
    """Whether a customer, or a lead with more than one number or address, names the person."""
    return any(facts_naming(connection, workspace=workspace, nodes=nodes, kind=kind) for kind in LINKING)


def mark_of(connection: Connection, workspace: int, way: str) -> Mark | None:
    """How far somebody has listened."""
    row = connection.execute(select(HEARD).where(HEARD.c.workspace == workspace, HEARD.c.kind == way)).first()
    return None if row is None else Mark(txid=row.txid, seq=row.seq)


def keep_mark(connection: Connection, workspace: int, way: str, mark: Mark, *, first: bool) -> None:
    """Remember how far; ``first``: nothing was listened to before."""
    reached = {"txid": mark.txid, "seq": mark.seq}
    if first:
        connection.execute(insert(HEARD).values(workspace=workspace, kind=way, **reached))
    else:
        connection.execute(update(HEARD).where(HEARD.c.workspace == workspace, HEARD.c.kind == way).values(**reached))
