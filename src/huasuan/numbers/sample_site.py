"""The sample business's site, pool, numbers and callbacks, laid from its facts for the screens of call tracking.

What is laid here is told to the door already, by the sample itself; taking the sample out takes it away as well.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select

from huasuan.kernel.time import now, to_micros
from huasuan.numbers import queries
from huasuan.numbers.sample_callbacks import lay_sample_callbacks
from huasuan.numbers.tables import (
    CALLBACK_WANTED,
    LEASE,
    LEASE_LOG,
    NUMBER,
    POOL,
    SITE,
    SLOT,
    TRACKED_NUMBER,
    TURNED_AWAY,
    VISIT,
    VISIT_LOG,
)
from huasuan.numbers.types import NumberAbout, Pool, SiteSettings

_PRICE = "30.00"
_ABOUT = ("channel", "source", "medium", "campaign", "keyword", "creative")
_SEEN = (*_ABOUT, "ad_group", "landing_page", "device", "region")
_CHUNK = 500
# More revisions than a row ever has: the sample's own facts are at the door.
_TOLD = 1_000_000_000


def lay_sample_site(connection: Connection, *, workspace: int, source: str) -> int:
    """Lay site, pool, numbers, callbacks and the logs of visits and leases of what ``source`` told; how many leases."""
    if connection.execute(_mine(workspace)).first() is not None:
        return 0
    visits = _facts(connection, VISIT.table, workspace, source)
    leases = _facts(connection, LEASE.table, workspace, source)
    if not visits or not leases:
        return 0
    settings = SiteSettings(
        origins=(f"https://{visits[0].site}",),
        overflow=next((one.own_number for one in leases if one.overflow), ""),
        callback=True,
    )
    key = f"{queries.SAMPLE_KEY}{secrets.token_hex(6)}"
    values = {"workspace": workspace, "name": visits[0].site, "key": key, "secret": secrets.token_hex(16)}
    site = queries.insert_site(connection, values=values, settings=settings)
    lay_sample_callbacks(connection, workspace=workspace, source=source, site=site, name=visits[0].site)
    pool = _pool(connection, workspace, site, leases[0].pool)
    _numbers(connection, workspace, source, pool)
    known = _visits(connection, workspace, site, visits)
    leases.sort(key=lambda one: one.leased_at)
    rows = [_lease_row(one, workspace, pool.id, known[one.visit]) for one in leases if one.visit in known]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(LEASE_LOG), rows[start : start + _CHUNK])
    return len(rows)


def remove_sample_site(connection: Connection, *, workspace: int) -> None:
    """Take away what was laid; sites of the business's own stay."""
    for site in connection.execute(_mine(workspace)).scalars().all():
        for pool in connection.execute(select(POOL.c.id).where(POOL.c.site == site)).scalars().all():
            connection.execute(delete(LEASE_LOG).where(LEASE_LOG.c.pool == pool))
            connection.execute(delete(SLOT).where(SLOT.c.pool == pool))
            connection.execute(delete(NUMBER).where(NUMBER.c.pool == pool))
        connection.execute(delete(CALLBACK_WANTED).where(CALLBACK_WANTED.c.site == site))
        connection.execute(delete(VISIT_LOG).where(VISIT_LOG.c.site == site))
        connection.execute(delete(TURNED_AWAY).where(TURNED_AWAY.c.site == site))
        connection.execute(delete(POOL).where(POOL.c.site == site))
        connection.execute(delete(SITE).where(SITE.c.id == site))


def _mine(workspace: int) -> Any:  # noqa: ANN401  a query of the store
    return select(SITE.c.id).where(SITE.c.workspace == workspace, SITE.c.key.startswith(queries.SAMPLE_KEY))


def _facts(connection: Connection, table: Any, workspace: int, source: str) -> list[Row[Any]]:  # noqa: ANN401
    query = select(table).where(
        table.c.workspace == workspace, table.c.source_system == source, table.c.gone.is_(False)
    )
    return list(connection.execute(query.order_by(table.c.seq)).fetchall())


def _pool(connection: Connection, workspace: int, site: int, name: str) -> Pool:
    values: Mapping[str, Any] = {
        "workspace": workspace,
        "site": site,
        "name": name,
        "replaces": "400-800-1234",
        "hold_seconds": 150,
        "quiet_seconds": 600,
    }
    return Pool(id=queries.insert_pool(connection, values=values), **values)


def _numbers(connection: Connection, workspace: int, source: str, pool: Pool) -> None:
    for fact in _facts(connection, TRACKED_NUMBER.table, workspace, source):
        if fact.kind != "pool":
            continue
        values = {
            "workspace": workspace,
            "number": fact.own_number,
            "extension": "",
            "kind": fact.kind,
            "pool": pool.id,
            "valid_from": fact.valid_from,
            "valid_until": None,
        }
        number = queries.insert_number(connection, values=values, about=NumberAbout(price=_PRICE))
        connection.execute(NUMBER.update().where(NUMBER.c.id == number).values(delivered=_TOLD))
        free = {"held_until": 0, "quiet_until": 0, "visitor": "", "lease": 0}
        queries.insert_slots(connection, [{"number": number, "pool": pool.id, "shown": fact.own_number, **free}])


def _visits(connection: Connection, workspace: int, site: int, visits: list[Row[Any]]) -> dict[str, int]:
    rows = [
        {
            "workspace": workspace,
            "site": site,
            "key": one.source_key,
            "visitor": "",
            "started_at": one.started_at,
            "seen_at": one.seen_at or one.started_at,
            "renewal": 1,
            "about": orjson.dumps({name: value for name in _SEEN if (value := getattr(one, name))}).decode(),
            "revision": 1,
            "delivered": _TOLD,
        }
        for one in visits
    ]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(VISIT_LOG), rows[start : start + _CHUNK])
    found = connection.execute(select(VISIT_LOG.c.key, VISIT_LOG.c.id).where(VISIT_LOG.c.site == site))
    return {row.key: row.id for row in found}


def _lease_row(one: Row[Any], workspace: int, pool: int, visit: int) -> dict[str, object]:
    return {
        "workspace": workspace,
        "pool": pool,
        "visit": visit,
        "shown": one.own_number,
        "overflow": bool(one.overflow),
        "leased_at": one.leased_at,
        "seen_at": one.seen_at,
        "held_until": 0,
        "tapped_at": one.tapped_at,
        "released_at": one.released_at or to_micros(now()),
        "reason": one.reason or "expired",
        "revision": 1,
        "delivered": _TOLD,
    }
