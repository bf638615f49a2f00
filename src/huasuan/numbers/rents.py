"""What our numbers cost: the price of each as a cost of every month it is ours (S0-9, S3-5).

A month begun is a month paid, as carriers bill it, and once, also where the number was taken out of use and added again
within it; the cost is borne by the calls to the number.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Row, func, or_, select

from huasuan.kernel.time import from_micros, zone
from huasuan.numbers.tables import NUMBER
from huasuan.people import settings_of

TRACKING, OWN = "tracking_numbers", "number_rent"
_PRICED = NUMBER.c.about.like('%"price":"%')
_LAST = 400
_MONTHS = 12


def month_of(day: date) -> int:
    """Months since year 0, so that the next month is one more."""
    return day.year * _MONTHS + day.month - 1


def first_day(month: int) -> date:
    """The first day of such a month."""
    return date(month // _MONTHS, month % _MONTHS + 1, 1)


def due_rents(connection: Connection, *, at: datetime) -> dict[int, tuple[list[Mapping[str, object]], dict[int, int]]]:
    """By workspace: cost records of months that began and were not told, and up to which month each number is told."""
    # Whatever the zone, nothing is due before the month has begun somewhere; one look a month finds it.
    latest = month_of(at.date()) + 1
    untold = or_(NUMBER.c.rent_told.is_(None), NUMBER.c.rent_told < latest)
    rows = connection.execute(select(NUMBER).where(untold, _PRICED).order_by(NUMBER.c.id)).fetchall()
    found: dict[int, tuple[list[Mapping[str, object]], dict[int, int]]] = {}
    clocks: dict[int, tuple[ZoneInfo, str]] = {}
    for row in rows:
        if row.workspace not in clocks:
            settings = settings_of(connection, row.workspace)
            clocks[row.workspace] = zone(settings.zone), settings.currency
        records, told = found.setdefault(row.workspace, ([], {}))
        if len(records) >= _LAST:
            continue
        here, currency = clocks[row.workspace]
        months = _months(row, here, at)
        if months and row.rent_told is None:
            # Only what was never told may begin in a month that is paid already.
            months = months[max(0, _paid(connection, row, here) + 1 - months[0]) :]
        if months:
            records.extend(_rent(row, month, currency) for month in months)
            told[row.id] = months[-1]
    return found


def _paid(connection: Connection, row: Row[Any], here: ZoneInfo) -> int:
    """The last month that an earlier record of the same number has paid; 0 where there is none."""
    same = (NUMBER.c.workspace == row.workspace) & (NUMBER.c.number == row.number)
    before = same & (NUMBER.c.extension == row.extension) & (NUMBER.c.valid_until <= row.valid_from)
    was_ours = NUMBER.c.valid_until > NUMBER.c.valid_from
    query = select(func.max(NUMBER.c.valid_until)).where(before, was_ours, NUMBER.c.id != row.id, _PRICED)
    ended: int | None = connection.execute(query).scalar_one()
    return 0 if ended is None else _last_month(ended, here)


def _last_month(ended: int, here: ZoneInfo) -> int:
    """The month of the last moment before the end: one that begins with the end is not begun."""
    return month_of(from_micros(ended - 1).astimezone(here).date())


def _months(row: Row[Any], here: ZoneInfo, at: datetime) -> range:
    first = month_of(from_micros(row.valid_from).astimezone(here).date())
    last = month_of(at.astimezone(here).date())
    if row.valid_until is not None:
        if row.valid_until == row.valid_from:
            return range(0)
        last = min(last, _last_month(row.valid_until, here))
    if row.rent_told is not None:
        first = max(first, row.rent_told + 1)
    return range(first, last + 1)


def _rent(row: Row[Any], month: int, currency: str) -> Mapping[str, object]:
    about = orjson.loads(row.about)
    own = row.kind == "own"
    said: dict[str, object] = {
        "key": f"rent-{row.id}-{first_day(month):%Y-%m}",
        "cost_kind": OWN if own else TRACKING,
        "service_from": first_day(month).isoformat(),
        "service_to": first_day(month + 1).isoformat(),
        "amount": about["price"],
        "currency": currency,
        "own_number": row.number,
    }
    # Nobody but callers uses a tracking number; a number of the exchange is shown to whom we call as well.
    return said if own else said | {"direction": "in"}
