"""When people may be called by their own clock: windows, holidays, worked weekends (调休), changes of the clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from huasuan.consent.book import hours
from huasuan.consent.terms import WindowTerms
from huasuan.kernel.time import zone
from huasuan.kernel.workdays import is_calendar, is_holiday, is_worked_weekend

# The longest run of days without a window is shorter than this in any country.
_DAYS_AHEAD = 30
_FRIDAY = 5


def is_open(terms: WindowTerms, country: str, zones: Sequence[str], at: datetime) -> bool:
    """Whether the window is open on every clock the person may live by; ``at`` is aware."""
    return all(_is_open_at(terms, country, at.astimezone(zone(name))) for name in zones)


def in_pause(terms: WindowTerms, zones: Sequence[str], at: datetime) -> bool:
    """Whether somebody may be resting: a soft pause that does not forbid."""
    if terms.pause is None:
        return False
    _, _, start, end = hours(terms.pause)
    return any(start <= _second(at.astimezone(zone(name))) < end for name in zones)


def next_open(terms: WindowTerms, country: str, zones: Sequence[str], after: datetime) -> datetime | None:
    """The first moment from ``after`` on at which the window is open on every clock; None where there is none soon."""
    if is_open(terms, country, zones, after):
        return after
    starts = sorted({start for name in zones for start in _starts(terms, name, after)})
    return next((start for start in starts if start > after and is_open(terms, country, zones, start)), None)


def _starts(terms: WindowTerms, zone_name: str, after: datetime) -> Iterator[datetime]:
    """Every moment at which some window may open: an intersection of windows begins where one of them does."""
    local = zone(zone_name)
    day = after.astimezone(local).date() - timedelta(days=1)
    seconds = {opens for _, _, opens, _ in map(hours, terms.windows)}
    for number in range(_DAYS_AHEAD + 2):
        for second in seconds:
            wanted = datetime(day.year, day.month, day.day) + timedelta(days=number, seconds=second)  # noqa: DTZ001
            yield from (wanted.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))


def _is_open_at(terms: WindowTerms, country: str, moment: datetime) -> bool:
    day = moment.date()
    calendar = _calendar(country)
    if not terms.holidays and is_holiday(calendar, day):
        return False
    weekday = _FRIDAY if is_worked_weekend(calendar, day) else day.isoweekday()
    second = _second(moment)
    return any(
        first <= weekday <= last and opens <= second < closes
        for first, last, opens, closes in map(hours, terms.windows)
    )


def _second(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


@cache
def _calendar(country: str) -> str:
    return country if is_calendar(country) else ""
