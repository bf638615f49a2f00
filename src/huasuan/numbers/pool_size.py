"""How many numbers a pool needs: its measured traffic by the hour, what it lost, and what it would lose with more."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Row, Select, select

from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.methods import erlang_b
from huasuan.numbers.leasing import SECOND
from huasuan.numbers.tables import LEASE_LOG, LEASE_QUIET, NUMBER, SLOT
from huasuan.numbers.types import Pool

_HOUR, _HALF = 3600 * SECOND, 1800 * SECOND
_MOST = 2000
DAYS = 28
Span = tuple[int, int]
"""When something began and ended, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLoss:
    """An hour of the day, 0..23, over all days: visits that wanted a number and those that got none of their own."""

    hour: int
    visits: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """A pool over the last days. Shares are 0..1 of visits.

    visits, lost: how many visits wanted a number and how many saw the overflow number instead. busiest: visits in the
    busiest hour. held_seconds: how long a visit kept a number from others on average, the quiet time after calls
    included. predicted: the share lost with ``numbers`` by
    Erlang B, hour by hour; wanted: how many numbers would lose at most ``target``; None without traffic.
    by_hour: 24 hours of the day in the business's zone. price: what a number costs a month on average, in the currency
    its numbers are entered in; None where no number of the pool has a price.
    """

    numbers: int
    visits: int
    lost: int
    busiest: int
    held_seconds: float
    predicted: float | None
    target: float
    wanted: int | None
    by_hour: tuple[HourLoss, ...]
    price: Decimal | None


def sizing(connection: Connection, *, pool: Pool, zone: ZoneInfo, target: float = 0.02, days: int = DAYS) -> Sizing:
    """What the log of a pool says about its size (research: 3.2, Erlang B on measured traffic)."""
    since = to_micros(now()) - days * 24 * _HOUR
    rows = connection.execute(
        select(LEASE_LOG.c.shown, LEASE_LOG.c.leased_at, LEASE_LOG.c.seen_at, LEASE_LOG.c.overflow).where(
            LEASE_LOG.c.pool == pool.id, LEASE_LOG.c.leased_at >= since
        )
    ).fetchall()
    numbers = len(connection.execute(_lendable(pool)).fetchall())
    hours = Counter(row.leased_at // _HOUR for row in rows)
    by_clock = _sliding(Counter(row.leased_at // _HALF for row in rows))
    held = _held(connection, pool, rows, since)
    return Sizing(
        numbers=numbers,
        visits=len(rows),
        lost=sum(1 for row in rows if row.overflow),
        busiest=max(hours.values(), default=0),
        held_seconds=held if rows else 0.0,
        predicted=expected_loss(by_clock, held, numbers) if rows else None,
        target=target,
        wanted=_wanted(by_clock, held, target) if rows else None,
        by_hour=_by_hour(hours, Counter(row.leased_at // _HOUR for row in rows if row.overflow), zone),
        price=_price(connection, pool),
    )


def _held(connection: Connection, pool: Pool, rows: Sequence[Row[Any, Any, Any, Any]], since: int) -> float:
    """For how many seconds a visit kept a number from others: while it was held, and quiet after a call.

    Both may overlap, and two windows of a visitor share a number, so each number's busy time is counted once. Visits
    that were lost would have kept theirs as long as the others did.
    """
    hold = pool.hold_seconds * SECOND
    served = [row for row in rows if not row.overflow]
    if not served:
        seen = sum(max(0, int(row.seen_at - row.leased_at)) for row in rows)
        return pool.hold_seconds + seen / SECOND / max(1, len(rows))
    busy: dict[str, list[Span]] = {}
    for row in served:
        busy.setdefault(row.shown, []).append((row.leased_at, max(row.leased_at, row.seen_at) + hold))
    quiet = select(LEASE_QUIET).where(LEASE_QUIET.c.pool == pool.id, LEASE_QUIET.c.called_at >= since)
    for row in connection.execute(quiet):
        busy.setdefault(row.shown, []).append((row.called_at, row.quiet_until))
    covered = sum(_covered(spans) for spans in busy.values())
    return covered / SECOND / len(served)


def _sliding(halves: Mapping[int, int]) -> Counter[int]:
    """Visits of each hour that begins on the hour or half past.

    Where traffic changes just on the hour, hours of the clock alone tell a point too much loss: a pool takes a while to
    fill.
    """
    found: Counter[int] = Counter()
    for half, visits in halves.items():
        found[half] += visits
        found[half - 1] += visits
    return found


def _covered(spans: list[Span]) -> int:
    """How much of time the spans cover together."""
    total, reached = 0, 0
    for begun, ended in sorted(spans):
        total += max(0, ended - max(begun, reached))
        reached = max(reached, ended)
    return total


def _by_hour(visits: Mapping[int, int], lost: Mapping[int, int], zone: ZoneInfo) -> tuple[HourLoss, ...]:
    """Hours since the epoch as hours of the day there; a zone off by half an hour is told by the hour it is then."""
    asked: Counter[int] = Counter()
    unserved: Counter[int] = Counter()
    for hour, count in visits.items():
        local = from_micros(hour * _HOUR).astimezone(zone).hour
        asked[local] += count
        unserved[local] += lost.get(hour, 0)
    return tuple(HourLoss(hour=hour, visits=asked[hour], lost=unserved[hour]) for hour in range(24))


def _lendable(pool: Pool) -> Select[tuple[int]]:
    """The numbers of a pool that are lent now; some will be ours only later."""
    ours = (SLOT.c.pool == pool.id) & (NUMBER.c.valid_from <= to_micros(now()))
    return select(SLOT.c.number).join(NUMBER, NUMBER.c.id == SLOT.c.number).where(ours)


def _price(connection: Connection, pool: Pool) -> Decimal | None:
    """What a number of the pool costs a month on average."""
    mine = select(NUMBER.c.about).where(NUMBER.c.id.in_(_lendable(pool)))
    prices = [Decimal(price) for (about,) in connection.execute(mine) if (price := orjson.loads(about).get("price"))]
    return (sum(prices, Decimal(0)) / len(prices)).quantize(Decimal("0.01")) if prices else None


def expected_loss(hours: Mapping[int, int], held_seconds: float, numbers: int) -> float:
    """The share of visits that find a pool full: Erlang B within each hour, weighed by the visits of the hour."""
    blocked = {visits: erlang_b(visits * held_seconds / 3600, numbers) for visits in set(hours.values())}
    total = sum(hours.values())
    return sum(visits * blocked[visits] for visits in hours.values()) / total


def _wanted(hours: Mapping[int, int], held_seconds: float, target: float) -> int:
    """The smallest number of numbers that loses at most the target."""
    low, high = 0, _MOST
    while low < high:
        middle = (low + high) // 2
        if expected_loss(hours, held_seconds, middle) <= target:
            high = middle
        else:
            low = middle + 1
    return low
