"""Time: aware UTC in code, whole microseconds since 1970 in the store."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; exact, and refuses a moment without a zone."""
    if moment.tzinfo is None:
        msg = f"a moment needs a time zone: {moment!r}"
        raise ValueError(msg)
    return (moment - EPOCH) // _ONE_MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC moment of a stored number."""
    return EPOCH + timedelta(microseconds=micros)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name.

    Raises
    ------
    InvalidInput
        ``unknown_zone``
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            "unknown_zone",
            Text(zh=f"未知时区：{name}", en=f"unknown time zone: {name}"),
            Text(zh="请使用 IANA 名称，例如 Asia/Shanghai。", en="Use an IANA name such as Asia/Shanghai."),
        ) from error


def start_of_day(day: date, zone_name: str) -> datetime:
    """The first moment of a local day, in UTC.

    Raises
    ------
    InvalidInput
        ``bad_date`` for the first or last days that Python can count
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(
            "bad_date",
            Text(zh=f"日期超出范围：{day}", en=f"the date is out of range: {day}"),
            Text(zh="请使用近代的日期。", en="Use a date of our times."),
        ) from None
