"""The log of leases as people read it: who was shown which number, when, and how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import ColumnElement, Connection, func, select

from huasuan.kernel.time import from_micros, to_micros
from huasuan.numbers.rules import core_of
from huasuan.numbers.tables import LEASE_LOG, VISIT_LOG


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A number that one visit was shown. ``seen_at``: when the page was last known to be open; ``released_at``: None
    while it is held; ``overflow``: the pool was full, or the asker was not believed to be one visitor.
    """

    id: int
    pool: int
    shown: str
    overflow: bool
    leased_at: datetime
    seen_at: datetime
    tapped_at: datetime | None
    released_at: datetime | None
    reason: str | None
    channel: str | None
    source: str | None
    keyword: str | None
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasesWanted:
    """Which leases: of a pool, of a number that was shown, lent from ``since`` on and before ``until``, older than one.

    ``number``: its digits, or the last of them.
    """

    pool: int | None = None
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def lent(connection: Connection, *, workspace: int, wanted: LeasesWanted) -> list[Lent]:
    """The newest first; ask again with ``before`` = the last number (S2-48)."""
    query = (
        select(LEASE_LOG, VISIT_LOG.c.about)
        .outerjoin(VISIT_LOG, VISIT_LOG.c.id == LEASE_LOG.c.visit)
        .where(LEASE_LOG.c.workspace == workspace, *_conditions(wanted))
        .order_by(LEASE_LOG.c.id.desc())
        .limit(wanted.limit)
    )
    found = []
    for row in connection.execute(query):
        about = {} if row.about is None else orjson.loads(row.about)
        found.append(
            Lent(
                id=row.id,
                pool=row.pool,
                shown=row.shown,
                overflow=bool(row.overflow),
                leased_at=from_micros(row.leased_at),
                seen_at=from_micros(max(row.leased_at, row.seen_at)),
                tapped_at=None if row.tapped_at is None else from_micros(row.tapped_at),
                released_at=None if row.released_at is None else from_micros(row.released_at),
                reason=row.reason,
                channel=about.get("channel"),
                source=about.get("source"),
                keyword=about.get("keyword"),
                page=about.get("landing_page"),
            )
        )
    return found


def count_lent(connection: Connection, *, workspace: int, wanted: LeasesWanted) -> int:
    """How many such leases there are."""
    mine = (LEASE_LOG.c.workspace == workspace, *_conditions(wanted))
    return connection.execute(select(func.count()).select_from(LEASE_LOG).where(*mine)).scalar_one()


def _conditions(wanted: LeasesWanted) -> Iterator[ColumnElement[bool]]:
    if wanted.pool is not None:
        yield LEASE_LOG.c.pool == wanted.pool
    if digits := core_of(wanted.number):
        yield LEASE_LOG.c.shown.like(f"%{digits}")
    if wanted.since is not None:
        yield LEASE_LOG.c.leased_at >= to_micros(wanted.since)
    if wanted.until is not None:
        yield LEASE_LOG.c.leased_at < to_micros(wanted.until)
    if wanted.before is not None:
        yield LEASE_LOG.c.id < wanted.before
