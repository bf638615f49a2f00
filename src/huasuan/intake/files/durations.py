"""Durations in whole seconds, as telephone systems and people write them."""

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from huasuan.intake.files.cells import Cell, is_null, number_text, tidy
from huasuan.intake.files.errors import CellRefused, refused

SECONDS_PER = {
    "seconds": Decimal(1),
    "minutes": Decimal(60),
    "hours": Decimal(3600),
    "days": Decimal(86400),
    "milliseconds": Decimal("0.001"),
}
_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,9})?)")
_WORDS = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)\s*(?:小时|个小时|时|h|hr|hrs|hours?)\s*)?"
    r"(?:(?P<m>\d+(?:\.\d+)?)\s*(?:分钟|分|m|min|mins|minutes?|')\s*)?"
    r"(?:(?P<s>\d+(?:\.\d+)?)\s*(?:秒钟|秒|s|sec|secs|seconds?|\"|'')?\s*)?",
    re.IGNORECASE,
)
_LONGEST = 64
# No call, shift or state lasts ten years; longer values are times or numbers in the wrong column.
_MOST_SECONDS = 10 * 366 * 86400


def parse_duration(cell: Cell, *, unit: str = "seconds") -> int | None:
    """Whole seconds of ``80``, ``01:20``, ``00:01:20``, ``1分20秒``, ``80s``, ``1h2m3s``; fractions round half up.

    Parameters
    ----------
    unit
        What a bare number counts: seconds, minutes, hours, days or milliseconds.

    Raises
    ------
    CellRefused
        ``not_a_duration``, ``negative_duration``
    """
    if cell is None:
        return None
    if isinstance(cell, datetime):
        raise _refused(cell)
    text = number_text(cell) if isinstance(cell, (int, float)) else tidy(cell)
    if is_null(text):
        return None
    if text[0] in "-−" and _seconds(text[1:].lstrip(), unit):
        raise refused(
            "negative_duration",
            cell,
            "时长不能为负",
            "a duration cannot be negative",
            "请检查该列；若开始与结束时间对调，请改正后重新导出。",
            "Check the column; where start and end are swapped, mend them and export it again.",
        )
    seconds = _seconds(text, unit) if len(text) <= _LONGEST else None
    if seconds is None or seconds > _MOST_SECONDS:
        raise _refused(cell)
    return int(seconds.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _seconds(text: str, unit: str) -> Decimal | None:
    if _PLAIN.fullmatch(text):
        return Decimal(text) * SECONDS_PER[unit]
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = Decimal(clock[1] or 0), Decimal(clock[2]), Decimal(clock[3])
        # 90:00 is ninety minutes; behind an hour, minutes and seconds stop at 59.
        wrong = seconds >= 60 or (clock[1] is not None and minutes >= 60)
        return None if wrong else hours * 3600 + minutes * 60 + seconds
    words = _WORDS.fullmatch(text)
    if words is None or not any(words.groups()):
        return None
    return Decimal(words["h"] or 0) * 3600 + Decimal(words["m"] or 0) * 60 + Decimal(words["s"] or 0)


def _refused(cell: Cell) -> CellRefused:
    return refused(
        "not_a_duration",
        cell,
        "不是时长",
        "not a duration",
        "请写秒数、mm:ss、hh:mm:ss 或“1分20秒”；若列的单位是分钟，请在映射中写明。",
        "Write seconds, mm:ss, hh:mm:ss or 1m20s; if the column counts minutes, say so in the mapping.",
    )
