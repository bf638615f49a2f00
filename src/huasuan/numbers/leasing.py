"""Who sees which number: one visitor a number at a time, never taken from anybody, the longest free one first.

A number is held for a visitor until some time after the page was last seen open. The visitor's former number is given
again if it is free. When none is free everybody else sees the overflow number, and each such visit is counted. Every
step is one transaction of the store, so neither a killed process nor two at once can give a number to two visitors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from huasuan.numbers.rules import AGAIN_SECONDS, digits_of, renewal_of, renewal_token
from huasuan.numbers.sources import source_of
from huasuan.numbers.types import Asking, Pool, Shown, Site
from huasuan.store import placeholder

SECOND = 1_000_000
# More revisions than a row ever has: where no number was shown, no call can come of it.
_NOTHING_TO_TELL = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A site with its pools: what is needed to answer its pages."""

    site: Site
    pools: tuple[Pool, ...]

    @property
    def hold_seconds(self) -> int:
        """How long an answer holds without another word of the page."""
        return min((pool.hold_seconds for pool in self.pools), default=0)

    def overflow(self) -> Shown:
        """What is shown to whoever cannot be given, or is not believed to need, a number of their own."""
        number = self.site.settings.overflow
        return Shown(swaps={digits_of(pool.replaces): number for pool in self.pools} if number else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The present in microseconds, of the wall clock (for the log) and of the clock nobody can set (for holds)."""

    wall: int
    hold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    id: int
    renewal: int
    seen_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    """The statements of a database, with its own mark for a bound value."""

    visit: str
    new_visit: str
    seen: str
    renewed: str
    known: str
    learnt: str
    beat: str
    hold: str
    mine: str
    free: str
    lend: str
    log: str
    tapped: str
    closed: str
    left: str


def statements(connection: Connection) -> _Statements:
    """The statements for this connection's database."""
    found = _STATEMENTS.get(connection.dialect.name)
    if found is None:
        found = _STATEMENTS[connection.dialect.name] = _written(connection)
    return found


_STATEMENTS: dict[str, _Statements] = {}


def _written(connection: Connection) -> _Statements:
    # Two processes that look at once take different rows; SQLite has one writer anyway.
    skip = " FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    lock = " FOR UPDATE" if skip else ""
    texts = {
        "visit": f"SELECT id, renewal, seen_at FROM visit_log WHERE site = ? AND key = ?{lock}",
        "new_visit": "INSERT INTO visit_log (workspace, site, key, visitor, started_at, seen_at, renewal, about, "
        "revision, delivered) VALUES (?, ?, ?, ?, ?, ?, 1, ?, 1, 0) ON CONFLICT (site, key) DO NOTHING RETURNING id",
        "seen": "UPDATE visit_log SET seen_at = ? WHERE id = ?",
        "renewed": "UPDATE visit_log SET renewal = renewal + 1 WHERE id = ?",
        "known": "SELECT about FROM visit_log WHERE id = ?",
        "learnt": "UPDATE visit_log SET about = ?, revision = revision + 1 WHERE id = ?",
        "beat": "UPDATE lease_log SET seen_at = ?, held_until = ? WHERE visit = ? AND pool = ? "
        "AND released_at IS NULL AND held_until > ? RETURNING shown, overflow",
        "hold": "UPDATE lease_slot SET held_until = ? WHERE pool = ? AND visitor = ? AND shown = ? AND held_until < ?",
        "mine": f"SELECT number, shown, lease FROM lease_slot WHERE pool = ? AND visitor = ? "
        f"AND held_until > ? LIMIT 1{lock}",
        "free": "SELECT number, shown, lease FROM lease_slot WHERE pool = ? AND held_until <= ? "
        "AND (quiet_until <= ? OR visitor = ?) ORDER BY CASE WHEN visitor = ? THEN 0 ELSE 1 END, held_until, number "
        f"LIMIT 1{skip}",
        "lend": "UPDATE lease_slot SET held_until = ?, visitor = ?, lease = ? WHERE number = ?",
        "log": "INSERT INTO lease_log (workspace, pool, visit, shown, overflow, leased_at, seen_at, held_until, "
        "revision, delivered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING id",
        "tapped": "UPDATE lease_log SET tapped_at = ?, revision = revision + 1 WHERE visit = ? AND released_at IS NULL",
        "closed": "UPDATE lease_log SET released_at = CASE WHEN seen_at + ? < ? THEN seen_at + ? ELSE ? END, "
        "reason = ?, revision = revision + 1 WHERE id = ? AND released_at IS NULL RETURNING visit",
        "left": "UPDATE visit_log SET revision = revision + 1 WHERE id = ?",
    }
    mark = placeholder(connection)
    return _Statements(**{name: text.replace("?", mark) for name, text in texts.items()})


@dataclass(slots=True, kw_only=True)
class Counter:
    """A visitor at the counter: the connection, the site's plan, the moment, and what was said."""

    connection: Connection
    plan: Plan
    present: Present
    asking: Asking
    sql: _Statements
    swaps: dict[str, str] = field(default_factory=dict)

    def serve(self, *, may_begin: bool) -> Shown:
        """What the page is to show; ``may_begin``: whether this address may begin another visit now."""
        visit = self._visit()
        if visit is None:
            begun = self._begin() if may_begin else None
            if begun is None:
                return self.plan.overflow()
            return self._shown(begun, 1, fresh=self.plan.pools)
        if not self._believed(visit):
            return self.plan.overflow()
        self.connection.exec_driver_sql(self.sql.seen, (self.present.wall, visit.id))
        if self.asking.analytics:
            self._learn(visit.id)
        lapsed = [pool for pool in self.plan.pools if not self._beat(visit.id, pool)]
        if self.asking.tapped:
            self.connection.exec_driver_sql(self.sql.tapped, (self.present.wall, visit.id))
        if lapsed:
            self.connection.exec_driver_sql(self.sql.renewed, (visit.id,))
        return self._shown(visit.id, visit.renewal + bool(lapsed), fresh=lapsed)

    def _visit(self) -> _Visit | None:
        row = self.connection.exec_driver_sql(self.sql.visit, (self.plan.site.id, self.asking.visit)).first()
        return None if row is None else _Visit(id=row[0], renewal=row[1], seen_at=row[2])

    def _begin(self) -> int | None:
        """Write the visit down; None if another process just did."""
        site, asking, wall = self.plan.site, self.asking, self.present.wall
        values = (site.workspace, site.id, asking.visit, asking.visitor, wall, wall, _about(self.plan, asking))
        row = self.connection.exec_driver_sql(self.sql.new_visit, values).first()
        return None if row is None else int(row[0])

    def _learn(self, visit: int) -> None:
        """Web analytics gave the browser its numbers only after the visit had begun."""
        about = orjson.loads(self.connection.exec_driver_sql(self.sql.known, (visit,)).scalar_one())
        told = {name: value for name, value in _analytics(self.asking).items() if value and name not in about}
        if told:
            self.connection.exec_driver_sql(self.sql.learnt, (orjson.dumps(about | told).decode(), visit))

    def _believed(self, visit: _Visit) -> bool:
        """Whether it is the page itself that speaks, not somebody who sends its words again."""
        count = renewal_of(self.asking.renewal, self.plan.site.secret, self.asking.visit)
        if count == visit.renewal:
            return True
        recent = self.present.wall - visit.seen_at <= AGAIN_SECONDS * SECOND
        # Its last answer may have been lost on the way.
        return recent and (count == visit.renewal - 1 or (self.asking.renewal is None and visit.renewal == 1))

    def _beat(self, visit: int, pool: Pool) -> bool:
        """Hold on to the number the visit has; False if it has none any more."""
        until = self.present.hold + pool.hold_seconds * SECOND
        values = (self.present.wall, until, visit, pool.id, self.present.hold)
        row = self.connection.exec_driver_sql(self.sql.beat, values).first()
        if row is None:
            return False
        shown, overflow = row
        if not overflow:
            self.connection.exec_driver_sql(self.sql.hold, (until, pool.id, self.asking.visitor, shown, until))
        self._show(pool, shown)
        return True

    def _shown(self, visit: int, renewal: int, *, fresh: Sequence[Pool]) -> Shown:
        for pool in fresh:
            self._lend(visit, pool)
        token = renewal_token(self.plan.site.secret, self.asking.visit, renewal)
        return Shown(swaps=self.swaps, hold_seconds=self.plan.hold_seconds, renewal=token)

    def _lend(self, visit: int, pool: Pool) -> None:
        """The number the visitor has in another window, else a free one, else the overflow number."""
        hold, visitor = self.present.hold, self.asking.visitor
        until = hold + pool.hold_seconds * SECOND
        row = self.connection.exec_driver_sql(self.sql.mine, (pool.id, visitor, hold)).first()
        again = row is not None
        if row is None:
            row = self.connection.exec_driver_sql(self.sql.free, (pool.id, hold, hold, visitor, visitor)).first()
        shown = self.plan.site.settings.overflow if row is None else row[1]
        logged = (
            self.plan.site.workspace,
            pool.id,
            visit,
            shown,
            row is None,
            self.present.wall,
            self.present.wall,
            until,
            0 if shown else _NOTHING_TO_TELL,
        )
        lease = self.connection.exec_driver_sql(self.sql.log, logged).scalar_one()
        if row is not None:
            if row[2] and not again:
                close(self.connection, lease=row[2], hold_seconds=pool.hold_seconds, wall=self.present.wall)
            self.connection.exec_driver_sql(self.sql.lend, (until, visitor, lease, row[0]))
        self._show(pool, shown)

    def _show(self, pool: Pool, shown: str) -> None:
        if shown:
            self.swaps[digits_of(pool.replaces)] = shown


def close(connection: Connection, *, lease: int, hold_seconds: int, wall: int, reason: str = "expired") -> None:
    """End a lease in the log: at the end of its hold, or now if the wall clock says that is still to come.

    When its visit was last seen is known now, so the door is told of it again.
    """
    hold, sql = hold_seconds * SECOND, statements(connection)
    row = connection.exec_driver_sql(sql.closed, (hold, wall, hold, wall, reason, lease)).first()
    if row is not None:
        connection.exec_driver_sql(sql.left, (row[0],))


def _about(plan: Plan, asking: Asking) -> str:
    """Where the visit came from, as it is kept."""
    source = source_of(asking.page, asking.referrer, own=plan.site.settings.origins)
    said: Mapping[str, object] = {
        "channel": source.channel,
        "source": source.source,
        "medium": source.medium,
        "campaign": source.campaign,
        "ad_group": source.ad_group,
        "keyword": source.keyword,
        "creative": source.creative,
        "landing_page": source.landing_page,
        "referrer": source.referrer,
        "device": asking.device or None,
        "region": asking.region or None,
        **source.clicks,
        **_analytics(asking),
    }
    return orjson.dumps({name: value for name, value in said.items() if value is not None}).decode()


def _analytics(asking: Asking) -> Mapping[str, str | None]:
    """The numbers under which web analytics knows the browser."""
    told = [part or None for part in asking.analytics.split("|")]
    return dict(zip(("ga_client", "ga_session", "ym_client"), told, strict=False))
