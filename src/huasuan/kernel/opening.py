"""Opening hours by weekday, as people write them: ``1-5 09:00-18:00``."""

import re
from collections.abc import Sequence

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

_DAY = 86_400
_HOURS = re.compile(
    r"(?P<first>[1-7])(-(?P<last>[1-7]))? +(?P<h1>\d{1,2}):(?P<m1>[0-5]\d)-(?P<h2>\d{1,2}):(?P<m2>[0-5]\d)"
)


def seconds_of_hours(said: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Weekday, opening and closing second of the day of ``1-5 09:00-18:00``; what stands later replaces.

    Raises
    ------
    InvalidInput
        ``bad_hours``
    """
    found: dict[int, tuple[int, int]] = {}
    for text in said:
        hours = read_hours(text)
        if hours is None:
            raise InvalidInput(
                "bad_hours",
                Text(zh=f"不是营业时间：{text}", en=f"these are no opening hours: {text}"),
                Text(
                    zh="请写成 1-5 09:00-18:00（1为周一），结束晚于开始，至晚 24:00；每段单独一项。",
                    en="Write them as 1-5 09:00-18:00 (1 is Monday), the end after the beginning and 24:00 at the "
                    "latest, each stretch as an entry of its own.",
                ),
            )
        found |= dict.fromkeys(range(hours[0], hours[1] + 1), hours[2:])
    return tuple((weekday, *found[weekday]) for weekday in sorted(found))


def read_hours(text: str) -> tuple[int, int, int, int] | None:
    """First and last weekday, opening and closing second; None if the text is not like that."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return None
    first, last, *clock = (int(part) for part in found.group("first", "last", "h1", "m1", "h2", "m2") if part)
    if found["last"] is None:
        last, clock = first, [last, *clock]
    opens, closes = clock[0] * 3600 + clock[1] * 60, clock[2] * 3600 + clock[3] * 60
    return (first, last, opens, closes) if first <= last and opens < closes <= _DAY else None
