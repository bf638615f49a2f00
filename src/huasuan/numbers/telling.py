"""What the door has to be told of visits, leases and numbers, and the housekeeping between two looks.

The log of leases is written where pages wait for it; as facts its rows go through the door like any others a moment
later, each as often as it changed: when the number was lent, pressed and released.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.numbers.callback_facts import consent_in, lead_of, request_of, untold_callbacks
from huasuan.numbers.clock import HoldClock
from huasuan.numbers.leasing import SECOND, close
from huasuan.numbers.pool_size import DAYS
from huasuan.numbers.rents import due_rents
from huasuan.numbers.tables import CALLBACK_WANTED, LEASE_LOG, LEASE_QUIET, NUMBER, POOL, SITE, SLOT, VISIT_LOG

MOST = 500
_COUNTED = DAYS * 24 * 3600 * SECOND
_COST = "cost"
_COPIED = ("channel", "source", "medium", "campaign", "keyword", "creative", "region")
_TOUCHED = ("channel", "source", "medium", "campaign", "ad_group", "keyword", "creative", "landing_page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Records of one workspace and kind, and which rows they tell of: table, id → revision."""

    workspace: int
    kind: str
    records: tuple[Mapping[str, object], ...]
    told: Mapping[int, int]


def untold(connection: Connection) -> list[Untold]:
    """What the door does not have yet, the oldest first, a few hundred rows of each table."""
    return [
        *_numbers(connection),
        *_visits(connection),
        *_leases(connection),
        *_callbacks(connection),
        *_rents(connection),
    ]


def mark_told(connection: Connection, told: Untold) -> None:
    """The door has these revisions; what changed since stays untold."""
    table = _TABLES.get(told.kind)
    if table is None:
        return
    reached = "rent_told" if told.kind == _COST else "delivered"
    for row, revision in told.told.items():
        connection.execute(update(table).where(table.c.id == row).values({reached: revision}))


def end_expired(connection: Connection) -> int:
    """Release in the log what nobody held on to; how many there were."""
    clock = HoldClock.of(connection)
    query = (
        select(LEASE_LOG.c.id, POOL.c.hold_seconds)
        .join(POOL, POOL.c.id == LEASE_LOG.c.pool)
        .where(LEASE_LOG.c.released_at.is_(None), LEASE_LOG.c.held_until <= clock.now())
        .limit(MOST)
    )
    rows = connection.execute(query).fetchall()
    wall = to_micros(now())
    for row in rows:
        close(connection, lease=row.id, hold_seconds=row.hold_seconds, wall=wall)
    return len(rows)


def keep_quiet(connection: Connection, *, workspace: int, called: Mapping[str, int]) -> None:
    """Numbers that were called, each at its moment, are lent to nobody else for the quiet time of their pool.

    What is too long ago to count for the size of the pool is cleared away.
    """
    clock = HoldClock.of(connection)
    wall, hold = to_micros(now()), clock.now()
    rows = connection.execute(
        select(SLOT.c.number, SLOT.c.shown, SLOT.c.pool, POOL.c.quiet_seconds)
        .join(POOL, POOL.c.id == SLOT.c.pool)
        .where(POOL.c.workspace == workspace, SLOT.c.shown.in_(list(called)))
    ).fetchall()
    for row in rows:
        moment, quiet = called[row.shown], row.quiet_seconds * SECOND
        until = hold + quiet - max(0, wall - moment)
        mine = (SLOT.c.number == row.number) & (SLOT.c.quiet_until < until)
        changed = connection.execute(update(SLOT).where(mine).values(quiet_until=until)).rowcount
        if changed and until > hold:
            past = (LEASE_QUIET.c.pool == row.pool) & (LEASE_QUIET.c.called_at < wall - _COUNTED)
            connection.execute(delete(LEASE_QUIET).where(past))
            logged = {"workspace": workspace, "pool": row.pool, "shown": row.shown}
            connection.execute(
                insert(LEASE_QUIET).values(logged | {"called_at": moment, "quiet_until": moment + quiet})
            )


def _visits(connection: Connection) -> list[Untold]:
    query = (
        select(VISIT_LOG, SITE.c.name.label("site_name"))
        .join(SITE, SITE.c.id == VISIT_LOG.c.site)
        .where(VISIT_LOG.c.delivered < VISIT_LOG.c.revision)
        .order_by(VISIT_LOG.c.id)
        .limit(MOST)
    )
    found = []
    for workspace, rows in _by_workspace(connection.execute(query).fetchall()):
        visits = []
        touches = []
        for row in rows:
            about = orjson.loads(row.about)
            key = visit_key(row.site, row.key)
            who = {"key": key, "visitor": row.visitor}
            started = from_micros(row.started_at)
            visits.append(
                who
                | about
                | {
                    "started_at": started,
                    "seen_at": from_micros(max(row.started_at, row.seen_at)),
                    "site": row.site_name,
                }
            )
            if row.delivered == 0:
                touch = {name: about[name] for name in _TOUCHED if name in about}
                touches.append(who | touch | {"at": started, "kind": "visit"})
        if touches:
            found.append(Untold(workspace=workspace, kind="touch", records=tuple(touches), told={}))
        told = {row.id: row.revision for row in rows}
        found.append(Untold(workspace=workspace, kind="visit", records=tuple(visits), told=told))
    return found


def visit_key(site: int, visit: str) -> str:
    """By which key the door knows a visit: the page's own number of it, which two sites might share."""
    return f"{site}:{visit}"


def _leases(connection: Connection) -> list[Untold]:
    query = (
        select(
            LEASE_LOG,
            VISIT_LOG.c.visitor,
            VISIT_LOG.c.key.label("visit_key"),
            VISIT_LOG.c.site,
            VISIT_LOG.c.about,
            POOL.c.name.label("pool_name"),
        )
        .join(VISIT_LOG, VISIT_LOG.c.id == LEASE_LOG.c.visit)
        .join(POOL, POOL.c.id == LEASE_LOG.c.pool)
        .where(LEASE_LOG.c.delivered < LEASE_LOG.c.revision, LEASE_LOG.c.shown != "")
        .order_by(LEASE_LOG.c.id)
        .limit(MOST)
    )
    return [
        Untold(
            workspace=workspace,
            kind="lease",
            records=tuple(_lease(row) for row in rows),
            told={row.id: row.revision for row in rows},
        )
        for workspace, rows in _by_workspace(connection.execute(query).fetchall())
    ]


def _lease(row: Row[Any]) -> Mapping[str, object]:
    about = orjson.loads(row.about)
    times = {name: getattr(row, name) for name in ("leased_at", "tapped_at", "released_at")}
    # Seen since is only known once it is over; before, the page is taken to be open.
    times["seen_at"] = None if row.released_at is None else max(row.leased_at, row.seen_at)
    said = {
        "key": str(row.id),
        "own_number": row.shown,
        "overflow": bool(row.overflow),
        "reason": row.reason,
        "pool": row.pool_name,
        "visit": visit_key(row.site, row.visit_key),
        "visitor": row.visitor,
        **{name: about.get(name) for name in _COPIED},
        **{name: None if value is None else from_micros(value) for name, value in times.items()},
    }
    return {name: value for name, value in said.items() if value is not None}


def _callbacks(connection: Connection) -> list[Untold]:
    """Consent and lead once, before the request, which is told anew whenever it changed."""
    found = []
    for workspace, rows in _by_workspace(untold_callbacks(connection, limit=MOST)):
        new = [row for row in rows if not row.delivered]
        for kind, made in (("consent", map(consent_in, new)), ("lead", map(lead_of, new))):
            records = tuple(record for record in made if record is not None)
            if records:
                found.append(Untold(workspace=workspace, kind=kind, records=records, told={}))
        told = {row.id: row.revision for row in rows}
        records = tuple(map(request_of, rows))
        found.append(Untold(workspace=workspace, kind="callback_request", records=records, told=told))
    return found


def _numbers(connection: Connection) -> list[Untold]:
    query = (
        select(NUMBER, POOL.c.name.label("pool_name"))
        .outerjoin(POOL, POOL.c.id == NUMBER.c.pool)
        .where(NUMBER.c.delivered < NUMBER.c.revision)
        .order_by(NUMBER.c.id)
        .limit(MOST)
    )
    found = []
    for workspace, rows in _by_workspace(connection.execute(query).fetchall()):
        told = {row.id: row.revision for row in rows}
        records = tuple(_tracked(row) for row in rows)
        found.append(Untold(workspace=workspace, kind="tracked_number", records=records, told=told))
    return found


def _tracked(row: Row[Any]) -> Mapping[str, object]:
    about = orjson.loads(row.about)
    said = {
        "key": str(row.id),
        "own_number": row.number,
        "extension": row.extension or None,
        "kind": row.kind,
        "pool": row.pool_name,
        "valid_from": from_micros(row.valid_from),
        "valid_until": None if row.valid_until is None else from_micros(row.valid_until),
        "hours": about.get("hours") or None,
        **{name: about.get(name) for name in _COPIED if name != "region"},
    }
    return {name: value for name, value in said.items() if value is not None}


def _rents(connection: Connection) -> list[Untold]:
    return [
        Untold(workspace=workspace, kind=_COST, records=tuple(records), told=told)
        for workspace, (records, told) in due_rents(connection, at=now()).items()
        if records
    ]


def _by_workspace(rows: Sequence[Row[Any]]) -> list[tuple[int, list[Row[Any]]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.workspace, []).append(row)
    return list(found.items())


_TABLES: Mapping[str, Table] = {
    "visit": VISIT_LOG,
    "lease": LEASE_LOG,
    "tracked_number": NUMBER,
    "callback_request": CALLBACK_WANTED,
    _COST: NUMBER,
}
