"""When somebody who asked to be called back is called: opening hours and the time they chose. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Hours = Sequence[tuple[int, int, int]]
"""Weekday (1 is Monday), opening and closing second of the day there; none at all: always open."""
# How far ahead a call may be asked for, and how much of the past is only a clock that goes wrong.
AHEAD, _LATE = timedelta(days=7), timedelta(minutes=10)
_DAYS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTime:
    """When a call is tried, and whether the business is open at the moment of asking."""

    at: datetime
    in_hours: bool


def call_time(wanted: datetime | None, *, hours: Hours, zone: ZoneInfo, now: datetime) -> CallTime:
    """As soon as the business is open, not before it was wanted.

    Raises
    ------
    InvalidInput
        ``bad_callback_time``: past, or more than a week ahead
    """
    if wanted is not None and not now - _LATE <= wanted <= now + AHEAD:
        raise InvalidInput(
            "bad_callback_time",
            Text(zh="所选时间不可用", en="the time cannot be chosen"),
            Text(zh="请选择今后 7 天内的时间。", en="Choose a time within the next 7 days."),
        )
    earliest = now if wanted is None else max(now, wanted)
    return CallTime(at=open_from(earliest, hours, zone), in_hours=open_from(now, hours, zone) == now)


def open_from(moment: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """That moment if the business is open then, else the next opening."""
    if not hours:
        return moment
    return next((max(moment, begins) for begins, ends in open_times(moment, hours, zone) if moment < ends), moment)


def open_times(moment: datetime, hours: Hours, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """When the business opens and closes from the day of ``moment`` on for eight days, in their order, UTC."""
    local = moment.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[tuple[datetime, datetime]] = []
    for ahead in range(_DAYS):
        # Clock times of the day, so that a day with a changed clock opens at the hour on the door.
        day = midnight + timedelta(days=ahead)
        found.extend(
            (_at(day, opens), _at(day, closes)) for weekday, opens, closes in hours if weekday == day.isoweekday()
        )
    return found


def _at(day: datetime, second: int) -> datetime:
    clock = day + timedelta(days=second // 86_400)
    rest = second % 86_400
    return clock.replace(hour=rest // 3600, minute=rest % 3600 // 60, second=rest % 60).astimezone(UTC)
