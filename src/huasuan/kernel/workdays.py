"""Working days of a country: weekends, public holidays, and the days worked in their place (调休)."""

from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

# Ahead of what governments have announced only the statutory days are known; years beyond count weekends alone.
FIRST, LAST = date(2015, 1, 1), date(2031, 12, 31)
_FRIDAY = 5


class Exceptions(NamedTuple):
    """Days from Monday to Friday nobody works, and days of the weekend that are worked."""

    free: tuple[date, ...]
    worked: tuple[date, ...]


def is_calendar(name: str) -> bool:
    """Whether the calendar of that country is known; "" counts Monday to Friday."""
    if name in {"", "CN"}:
        return True
    import holidays  # noqa: PLC0415  takes a quarter of a second to load

    return name in holidays.list_supported_countries(include_aliases=False)


@cache
def exceptions(calendar: str) -> Exceptions:
    """How a country's working days differ from Monday to Friday (source: the ``holidays`` package)."""
    if not calendar:
        return Exceptions((), ())
    import holidays  # noqa: PLC0415  takes a quarter of a second to load

    known = holidays.country_holidays(calendar, years=range(FIRST.year, LAST.year + 1))
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    odd = [day for day in days if known.is_working_day(day) != (day.isoweekday() <= _FRIDAY)]
    return Exceptions(
        tuple(day for day in odd if day.isoweekday() <= _FRIDAY),
        tuple(day for day in odd if day.isoweekday() > _FRIDAY),
    )


def is_working_day(calendar: str, day: date) -> bool:
    """Whether people work on a day."""
    free, worked = exceptions(calendar)
    return day in worked or (day.isoweekday() <= _FRIDAY and day not in free)


@cache
def _holidays(calendar: str) -> frozenset[date]:
    import holidays  # noqa: PLC0415  takes a quarter of a second to load

    known = holidays.country_holidays(calendar, years=range(FIRST.year, LAST.year + 1))
    return frozenset(known)


def is_holiday(calendar: str, day: date) -> bool:
    """Whether a day is a public holiday, or one taken off in its stead; days worked instead (调休) are none."""
    return bool(calendar) and day in _holidays(calendar) and day not in exceptions(calendar).worked


def is_worked_weekend(calendar: str, day: date) -> bool:
    """Whether a Saturday or Sunday is worked in the place of a holiday (调休)."""
    return day in exceptions(calendar).worked
