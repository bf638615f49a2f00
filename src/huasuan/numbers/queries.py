"""All SQL of sites, pools and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.numbers.tables import LEASE_LOG, LEASE_QUIET, NUMBER, POOL, SITE, SLOT, TURNED_AWAY, VISIT_LOG
from huasuan.numbers.types import Number, NumberAbout, Pool, Site, SiteSettings

SAMPLE_KEY = "sample-"


def sites(connection: Connection, *, workspace: int | None = None) -> list[Site]:
    """The sites of a workspace, or of all."""
    query = select(SITE).where(SITE.c.removed_at.is_(None)).order_by(SITE.c.id)
    if workspace is not None:
        query = query.where(SITE.c.workspace == workspace)
    return [_site(row) for row in connection.execute(query)]


def site_of_key(connection: Connection, key: str) -> Site | None:
    """The site that a page names."""
    row = connection.execute(select(SITE).where(SITE.c.key == key, SITE.c.removed_at.is_(None))).first()
    return None if row is None else _site(row)


def insert_site(connection: Connection, *, values: Mapping[str, Any], settings: SiteSettings) -> int:
    """Write a site; its number."""
    made = connection.execute(insert(SITE).values(**values, settings=_json(asdict(settings)), created_at=_now()))
    return _key(made.inserted_primary_key)


def change_site(connection: Connection, *, site: int, name: str, settings: SiteSettings) -> None:
    """Replace name and settings of a site."""
    values = {"name": name, "settings": _json(asdict(settings))}
    connection.execute(update(SITE).where(SITE.c.id == site).values(values))


def pools(connection: Connection, *, workspace: int | None = None) -> list[Pool]:
    """The pools of a workspace, or of all."""
    query = select(POOL).where(POOL.c.removed_at.is_(None)).order_by(POOL.c.id)
    if workspace is not None:
        query = query.where(POOL.c.workspace == workspace)
    return [
        Pool(
            id=row.id,
            workspace=row.workspace,
            site=row.site,
            name=row.name,
            replaces=row.replaces,
            hold_seconds=row.hold_seconds,
            quiet_seconds=row.quiet_seconds,
        )
        for row in connection.execute(query)
    ]


def insert_pool(connection: Connection, *, values: Mapping[str, Any]) -> int:
    """Write a pool; its number."""
    return _key(connection.execute(insert(POOL).values(**values, created_at=_now())).inserted_primary_key)


def numbers(connection: Connection, *, workspace: int) -> list[Number]:
    """Every number of a workspace, also those no longer valid."""
    rows = connection.execute(select(NUMBER).where(NUMBER.c.workspace == workspace).order_by(NUMBER.c.id))
    return [number_of(row) for row in rows]


def number_of(row: Row[Any]) -> Number:
    """A row as a number."""
    about = orjson.loads(row.about)
    return Number(
        id=row.id,
        workspace=row.workspace,
        number=row.number,
        extension=row.extension,
        kind=row.kind,
        pool=row.pool,
        about=NumberAbout(**about | {"hours": tuple(about.get("hours") or ())}),
        valid_from=from_micros(row.valid_from),
        valid_until=None if row.valid_until is None else from_micros(row.valid_until),
    )


def insert_number(connection: Connection, *, values: Mapping[str, Any], about: NumberAbout) -> int:
    """Write a number; its id."""
    row = {**values, "about": _json(asdict(about)), "revision": 1, "delivered": 0}
    return _key(connection.execute(insert(NUMBER).values(row)).inserted_primary_key)


def is_taken(connection: Connection, *, workspace: int, number: str, extension: str, moment: int) -> bool:
    """Whether a number is ours already at that moment."""
    same = (NUMBER.c.workspace == workspace) & (NUMBER.c.number == number) & (NUMBER.c.extension == extension)
    valid = NUMBER.c.valid_until.is_(None) | (NUMBER.c.valid_until > moment)
    return connection.execute(select(NUMBER.c.id).where(same & valid)).first() is not None


def end_number(connection: Connection, *, workspace: int, number: int, moment: int) -> int:
    """A number is ours no longer from that moment, one that was to become ours later never; how many there were."""
    ours = NUMBER.c.valid_until.is_(None) | (NUMBER.c.valid_until > moment)
    mine = (NUMBER.c.id == number) & (NUMBER.c.workspace == workspace) & ours
    # Its first day is free for another record then.
    began = case((NUMBER.c.valid_from > moment, moment), else_=NUMBER.c.valid_from)
    changed = {"valid_from": began, "valid_until": moment, "revision": NUMBER.c.revision + 1}
    return connection.execute(update(NUMBER).where(mine).values(changed)).rowcount


def number_row(connection: Connection, *, workspace: int, number: int) -> Row[Any] | None:
    """A number as it is kept."""
    mine = (NUMBER.c.id == number) & (NUMBER.c.workspace == workspace)
    return connection.execute(select(NUMBER).where(mine)).first()


def is_followed(connection: Connection, *, row: Row[Any], until: int | None) -> bool:
    """Whether another record of the same number begins before ``until`` and after this one."""
    same = (NUMBER.c.workspace == row.workspace) & (NUMBER.c.number == row.number)
    ours = NUMBER.c.valid_until.is_(None) | (NUMBER.c.valid_until > NUMBER.c.valid_from)
    later = same & ours & (NUMBER.c.extension == row.extension) & (NUMBER.c.valid_from > row.valid_from)
    if until is not None:
        later &= NUMBER.c.valid_from < until
    return connection.execute(select(NUMBER.c.id).where(later)).first() is not None


def change_number(connection: Connection, *, number: int, about: NumberAbout, valid_until: int | None) -> None:
    """Replace what is known of a number."""
    changed = {"about": _json(asdict(about)), "valid_until": valid_until, "revision": NUMBER.c.revision + 1}
    connection.execute(update(NUMBER).where(NUMBER.c.id == number).values(changed))


def numbers_in_use(connection: Connection, *, pool: int, moment: int) -> list[int]:
    """The numbers of a pool that are, or will be, ours."""
    ours = NUMBER.c.valid_until.is_(None) | (NUMBER.c.valid_until > moment)
    return [row.id for row in connection.execute(select(NUMBER.c.id).where(NUMBER.c.pool == pool, ours))]


def change_pool(connection: Connection, *, pool: int, values: Mapping[str, Any]) -> None:
    """Replace what is decided for a pool; its numbers are told anew, since they say its name."""
    connection.execute(update(POOL).where(POOL.c.id == pool).values(**values))
    connection.execute(update(NUMBER).where(NUMBER.c.pool == pool).values(revision=NUMBER.c.revision + 1))


def close_pool(connection: Connection, *, pool: int, moment: int) -> None:
    """A pool is no more, and whoever saw its numbers or the overflow number sees them no longer.

    When those visits were last seen is told again, as with every lease that ends. How long its numbers were quiet
    matters to its size alone.
    """
    connection.execute(update(POOL).where(POOL.c.id == pool).values(removed_at=moment))
    ended = {"released_at": moment, "held_until": 0, "reason": "removed", "revision": LEASE_LOG.c.revision + 1}
    open_ = (LEASE_LOG.c.pool == pool) & LEASE_LOG.c.released_at.is_(None)
    connection.execute(update(LEASE_LOG).where(open_).values(ended))
    just = (LEASE_LOG.c.pool == pool) & (LEASE_LOG.c.released_at == moment) & (LEASE_LOG.c.reason == "removed")
    left = VISIT_LOG.c.id.in_(select(LEASE_LOG.c.visit).where(just))
    connection.execute(update(VISIT_LOG).where(left).values(revision=VISIT_LOG.c.revision + 1))
    connection.execute(delete(LEASE_QUIET).where(LEASE_QUIET.c.pool == pool))


def close_site(connection: Connection, *, site: int, moment: int) -> None:
    """A site is no more."""
    connection.execute(update(SITE).where(SITE.c.id == site).values(removed_at=moment))
    connection.execute(delete(TURNED_AWAY).where(TURNED_AWAY.c.site == site))


def slots_over(connection: Connection, *, moment: int) -> list[int]:
    """Numbers that are lent although they are ours no longer."""
    query = select(SLOT.c.number).join(NUMBER, NUMBER.c.id == SLOT.c.number).where(NUMBER.c.valid_until <= moment)
    return [row.number for row in connection.execute(query)]


def insert_slots(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Numbers that may be lent from now on."""
    connection.execute(insert(SLOT), [dict(row) for row in rows])


def remove_slot(connection: Connection, *, number: int) -> None:
    """A number is lent to nobody from now on, and no page holds on to it; whoever sees it still may call it."""
    # The slot goes first: who is lending it at this moment is waited for, so that their lease is among those below.
    gone = SLOT.delete().where(SLOT.c.number == number).returning(SLOT.c.pool, SLOT.c.shown)
    row = connection.execute(gone).first()
    if row is not None:
        open_ = (LEASE_LOG.c.pool == row.pool) & (LEASE_LOG.c.shown == row.shown) & LEASE_LOG.c.released_at.is_(None)
        connection.execute(update(LEASE_LOG).where(open_).values(held_until=0))


def lent_until(connection: Connection, *, workspace: int, number: str) -> int | None:
    """When a number was last taken out of a pool, in microseconds of the wall clock; None if it never was."""
    mine = (NUMBER.c.workspace == workspace) & (NUMBER.c.number == number) & (NUMBER.c.kind == "pool")
    found: int | None = connection.execute(select(func.max(NUMBER.c.valid_until)).where(mine)).scalar_one()
    return found


def _site(row: Row[Any]) -> Site:
    said = orjson.loads(row.settings)
    return Site(
        id=row.id,
        workspace=row.workspace,
        name=row.name,
        key=row.key,
        secret=row.secret,
        settings=SiteSettings(
            **said | {name: tuple(said[name]) for name in ("origins", "callback_hours") if name in said}
        ),
        created_at=from_micros(row.created_at),
        sample=row.key.startswith(SAMPLE_KEY),
    )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _now() -> int:
    return to_micros(now())


def _key(found: Row[Any] | None) -> int:
    assert found is not None  # noqa: S101  both databases return it
    return int(found[0])
