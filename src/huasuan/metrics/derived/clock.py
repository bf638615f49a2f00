"""When the business is open: a table of working days, so that waiting can be counted by the business's own clock."""

from datetime import timedelta

import pyarrow as pa

from huasuan.kernel.workdays import FIRST, LAST, is_working_day
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor

_SATURDAY = 6


def prepare_clock(writer: Cursor) -> None:
    """``work_clock``: each day's hours in seconds of the local day, and the open seconds of all days before it."""
    writer.execute("CREATE TABLE IF NOT EXISTS work_clock (day DATE, opens BIGINT, closes BIGINT, open_before BIGINT)")


def derive_clock(writer: Cursor, rules: Rules) -> None:
    """The table by the calendar and the hours of the business; empty where no hours are set.

    A holiday is closed. A day of the weekend worked instead has the hours of the first open day of the week.
    """
    writer.execute("DELETE FROM work_clock")
    if not rules.business_hours:
        return
    hours = {weekday: (opens, closes) for weekday, opens, closes in rules.business_hours}
    first_open = hours[min(hours)]
    rows, before = [], 0
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        weekday, worked = day.isoweekday(), is_working_day(rules.calendar, day)
        # Who opens on Saturdays does so without the calendar calling it a working day.
        opens, closes = hours.get(weekday, first_open if worked and weekday >= _SATURDAY else (0, 0))
        if not worked and weekday < _SATURDAY:
            opens, closes = 0, 0
        rows.append((day, opens, closes, before))
        before += closes - opens
    columns = zip(("day", "opens", "closes", "open_before"), zip(*rows, strict=True), strict=True)
    writer.register("clock_rows", pa.table(dict(columns)))
    writer.execute("INSERT INTO work_clock BY NAME SELECT * FROM clock_rows")
    writer.unregister("clock_rows")


def on_clock(alias: str, wall: str) -> str:
    """The join that finds the day of a wall-clock time."""
    return f"LEFT JOIN work_clock {alias} ON {alias}.day = CAST({wall} AS DATE)"


def _second(wall: str) -> str:
    return f"(epoch_us({wall}) - epoch_us(date_trunc('day', {wall}))) // 1000000"


def is_open(alias: str, wall: str) -> str:
    """Whether the business was open; unknown where no hours are set."""
    return f"{_second(wall)} >= {alias}.opens AND {_second(wall)} < {alias}.closes"


def open_until(alias: str, wall: str) -> str:
    """The seconds the business was open from the first day of the table to a time."""
    within = f"greatest(0, least({alias}.closes, {_second(wall)}) - {alias}.opens)"
    return f"({alias}.open_before + {within})"
