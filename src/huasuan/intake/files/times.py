"""Moments and days as Chinese and English files write them, read into aware UTC.

Two local times need a rule, and both follow PEP 495 with fold 0: an hour that occurs twice when summer time ends means
its first pass; a time that summer time skips is read with the offset valid before the jump.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Literal

from huasuan.intake.files.cells import Cell, Memo, is_null, tidy
from huasuan.intake.files.errors import CellRefused, refused

DateOrder = Literal["ymd", "dmy", "mdy"]
Epoch = Literal["s", "ms", "us", "excel"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_LONGEST = 64
_START = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"s": Decimal(1), "ms": Decimal(1000), "us": Decimal(1_000_000)}
_LAST_SERIAL = 2_958_465  # 9999-12-31, the last day a spreadsheet knows

_PLAIN = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+([01]?\d|2[0-3]):(\d{2})(?::(\d{2}))?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[ T_-]?(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_ISO_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.,\s]*(?:Z|[+-]\d\d(?::?\d\d)?)")
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?|^(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*[,.]?\s+")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_SHORT = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?!\d)")
_MONTHS = {"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10}
_MONTHS |= {"NOV": 11, "DEC": 12}
_DAY_NAME = re.compile(r"(\d{1,2})[\s-]+([A-Z]{3})[A-Z]*[\s.,-]+(\d{4})")
_NAME_DAY = re.compile(r"([A-Z]{3})[A-Z]*[\s.]+(\d{1,2})(?:ST|ND|RD|TH)?,?\s+(\d{4})")
_HALF = "上午|下午|凌晨|早上|早晨|清晨|中午|傍晚|晚上|AM|PM"
_CLOCK = re.compile(
    rf"[T\s,]*(?P<half>{_HALF})?\s*(?P<h>\d{{1,2}})\s*[:时点]\s*"
    r"(?:(?P<m>\d{1,2}|半)(?:\s*[:分]\s*(?:(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?\s*秒?)?)?)?"
    r"\s*(?P<tail>AM|PM)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?"
)
_NO_DATE = ("0000-00-00", "0000/00/00", "0001-01-01", "1900-01-00", "1900/1/0")


def parse_time(
    cell: Cell, zone: tzinfo, *, order: DateOrder | None = None, epoch: Epoch | None = None, date1904: bool = False
) -> datetime | None:
    """The aware UTC moment of a cell; see ``time_parser`` for what is understood."""
    return time_parser(zone, order=order, epoch=epoch, date1904=date1904)(cell)


def time_parser(
    zone: tzinfo, *, order: DateOrder | None = None, epoch: Epoch | None = None, date1904: bool = False
) -> Callable[[Cell], datetime | None]:
    """A fast reader of one column of moments, made once per column.

    Understood: ISO with or without zone, ``2026/3/5 9:07``, ``2026年3月5日 上午9点07分30秒``, ``20260305 090730``,
    ``5 Mar 2026 21:07``, spreadsheet date cells and serial numbers (number cells). A date alone is its first moment.

    Parameters
    ----------
    zone
        The zone of times written without one.
    order
        How dates like 03/05/2026 are meant; without it they are refused.
    epoch
        The column counts seconds, milliseconds or microseconds since 1970, or spreadsheet days ("excel").
    date1904
        The workbook counts days from 1904.

    Raises
    ------
    CellRefused
        (by the parser) ``date_ambiguous``, ``not_a_time``, ``time_out_of_range``
    """
    slow = Memo(lambda cell: _moment(cell, zone, order, epoch, date1904)).__getitem__
    if epoch is not None:
        return slow
    days = _Days(zone)
    from_iso = datetime.fromisoformat

    def parse(cell: Cell) -> datetime | None:
        if cell.__class__ is str:
            try:
                if len(cell) == 19 and cell[4] == "-":
                    return from_iso(cell + "+00:00") - days[cell[:10]][1]
                day, _, clock = cell.partition(" ")
                iso_day, offset = days[day]
                if clock[1:2] == ":":
                    clock = "0" + clock
                if clock[2:3] == ":":
                    return from_iso(f"{iso_day}T{clock}+00:00") - offset
            except (ValueError, KeyError):
                pass  # some other writing, or a day on which the clocks change
        return slow(cell)

    return parse


def parse_date(
    cell: Cell, *, order: DateOrder | None = None, epoch: Epoch | None = None, date1904: bool = False
) -> date | None:
    """The day written in a cell; a time of day behind it is ignored."""
    if epoch in ("s", "ms", "us"):
        raise refused(
            "not_a_date",
            cell,
            "日期列不能是时间戳，因为时间戳的日期取决于时区",
            "a date column cannot hold epoch numbers: their day depends on the zone",
            "请改用时间字段。",
            "Map the column to a time field.",
        )
    local = _local(cell, order, epoch, date1904)
    return None if local is None else local.date()


class _Days(dict[str, tuple[str, timedelta]]):
    """A written day (2026-03-05, 2026/3/5) → its ISO form and its one UTC offset.

    KeyError for what is no such day and for days on which the clocks change: the slow way decides those.
    """

    __slots__ = ("_zone",)

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, written: str) -> tuple[str, timedelta]:
        match = _DAY.fullmatch(written)
        if match is None or not _FIRST_YEAR < int(match[1]) < _LAST_YEAR:
            raise KeyError(written)
        start = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=self._zone)
        hours = [start + timedelta(hours=hour) for hour in range(-1, 26)]
        offsets = {hour.replace(fold=fold).utcoffset() for hour in hours for fold in (0, 1)}
        offset = offsets.pop()
        if offsets or offset is None:
            raise KeyError(written)
        day = self[written] = (start.date().isoformat(), offset)
        return day


def _moment(cell: Cell, zone: tzinfo, order: DateOrder | None, epoch: Epoch | None, date1904: bool) -> datetime | None:
    if epoch in _PER_SECOND and not isinstance(cell, datetime):
        return _since_1970(cell, _PER_SECOND[epoch])
    local = _local(cell, order, epoch, date1904)
    if local is None:
        return None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    return local.astimezone(UTC)


def _since_1970(cell: Cell, per_second: Decimal) -> datetime | None:
    text = tidy(str(cell)) if cell is not None else ""
    if is_null(text):
        return None
    try:
        seconds = Decimal(text) / per_second
        moment = _START + timedelta(microseconds=int(seconds * 1_000_000))
    except (InvalidOperation, OverflowError, ValueError):
        raise _not_a_time(cell) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _out_of_range(cell)
    return moment


def _local(cell: Cell, order: DateOrder | None, epoch: Epoch | None, date1904: bool) -> datetime | None:
    """What the cell says, without a zone unless one is written."""
    if cell is None or isinstance(cell, datetime):
        return cell
    if isinstance(cell, (int, float)):
        return _number_cell(cell, date1904)
    text = tidy(cell)
    if is_null(text) or text.startswith(_NO_DATE):
        return None
    if len(text) > _LONGEST:
        raise _not_a_time(cell)
    if epoch == "excel" and re.fullmatch(r"\d{1,7}(\.\d+)?", text):
        return _serial(Decimal(text), cell, date1904)
    return _in_range(_text(text, order, cell), cell)


def _in_range(moment: datetime, cell: Cell) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _out_of_range(cell)
    return moment


def _number_cell(number: int | float, date1904: bool) -> datetime:
    if isinstance(number, int) and number > _LAST_SERIAL:
        match = _COMPACT.fullmatch(str(number))
        if match is None:
            raise _not_a_time(number)
        return _in_range(_compact(match, number), number)
    return _serial(Decimal(repr(number)), number, date1904)


def _serial(days: Decimal, cell: Cell, date1904: bool) -> datetime:
    """The moment of a spreadsheet day number, to the millisecond (a double holds no more at this size).

    The 1900 system counts a 29 February 1900 that never was, hence day 0 is 1899-12-30 from March 1900 on; earlier days
    are refused.
    """
    if not (0 if date1904 else 61) <= days <= _LAST_SERIAL:
        raise _not_a_time(cell)
    start = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30)  # noqa: DTZ001  local by meaning
    milliseconds = int((days * 86_400_000).to_integral_value())
    return _in_range(start + timedelta(milliseconds=milliseconds), cell)


def _text(text: str, order: DateOrder | None, cell: Cell) -> datetime:
    try:
        plain = _PLAIN.fullmatch(text)
        if plain:
            return datetime(*(int(part or 0) for part in plain.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        if _ISO_ZONE.fullmatch(text):
            return datetime.fromisoformat(text)
        compact = _COMPACT.fullmatch(text)
        if compact:
            return _compact(compact, cell)
        text = _WEEKDAY.sub(" ", text.upper()).strip()
        day, rest = _date_part(text, order, cell)
        return day if not rest else _clock(day, rest, cell)
    except (ValueError, OverflowError):
        raise _not_a_time(cell) from None


def _compact(match: re.Match[str], cell: Cell) -> datetime:
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise _not_a_time(cell) from None


def _date_part(text: str, order: DateOrder | None, cell: Cell) -> tuple[datetime, str]:
    match = _YEAR_FIRST.match(text)
    if match:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _SHORT.match(text):
        year, month, day = _ordered(match, order, cell)
    elif match := _DAY_NAME.match(text):
        year, month, day = int(match[3]), _MONTHS.get(match[2], 0), int(match[1])
    elif match := _NAME_DAY.match(text):
        year, month, day = int(match[3]), _MONTHS.get(match[1], 0), int(match[2])
    else:
        raise _not_a_time(cell)
    return datetime(year, month, day), text[match.end() :].strip()  # noqa: DTZ001


def _ordered(match: re.Match[str], order: DateOrder | None, cell: Cell) -> tuple[int, int, int]:
    if order is None:
        raise refused(
            "date_ambiguous",
            cell,
            "日期有歧义：不知道是“日/月”还是“月/日”",
            "the date is ambiguous: day first or month first?",
            '请写成 2026-03-05，或在映射中写明 order = "dmy" 或 "mdy"。',
            'Write it as 2026-03-05, or state order = "dmy" or "mdy" in the mapping.',
        )
    parts = dict(zip(order, match.groups(), strict=True))
    year = int(parts["y"]) + (2000 if len(parts["y"]) <= 2 else 0)
    return year, int(parts["m"]), int(parts["d"])


def _clock(day: datetime, rest: str, cell: Cell) -> datetime:
    match = _CLOCK.fullmatch(rest)
    if match is None:
        raise _not_a_time(cell)
    half = match["half"] or match["tail"]
    hour = _hour(int(match["h"]), half, cell)
    minute = 30 if match["m"] == "半" else int(match["m"] or 0)
    micro = int((match["f"] or "0").ljust(6, "0")[:6])
    if hour == 24 and minute == 0:
        day, hour = day + timedelta(days=1), 0
    moment = day.replace(hour=hour, minute=minute, second=int(match["s"] or 0), microsecond=micro)
    written = match["zone"]
    if not written:
        return moment
    suffix = "+00:00" if written in ("Z", "UTC", "GMT") else written
    return datetime.fromisoformat(moment.isoformat() + suffix)


def _hour(hour: int, half: str | None, cell: Cell) -> int:
    if half is None:
        return hour
    if half == "中午":
        return hour if hour >= 11 else hour + 12
    if half in ("下午", "傍晚", "晚上", "PM"):
        if half == "晚上" and hour == 12:
            raise _not_a_time(cell)  # midnight of which day?
        return hour + 12 if hour < 12 else hour
    if hour > 12:
        raise _not_a_time(cell)
    return hour % 12


def _not_a_time(cell: Cell) -> CellRefused:
    return refused(
        "not_a_time",
        cell,
        "看不懂的日期或时间",
        "not a date or time that can be read",
        "请写成 2026-03-05 09:07:30；若为时间戳或 Excel 序号，请在映射中写明 epoch。",
        "Write it as 2026-03-05 09:07:30; for epoch numbers or spreadsheet days state epoch in the mapping.",
    )


def _out_of_range(cell: Cell) -> CellRefused:
    return refused(
        "time_out_of_range",
        cell,
        f"年份不在 {_FIRST_YEAR}–{_LAST_YEAR} 之间",
        f"the year is not within {_FIRST_YEAR}–{_LAST_YEAR}",
        "请检查日期；时间戳列请确认单位是秒、毫秒还是微秒。",
        "Check the date; for epoch numbers check whether they are seconds, milliseconds or microseconds.",
    )
