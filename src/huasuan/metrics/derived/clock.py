"""When the business is open: a table of working days, so that waiting can be counted by the business's own clock.

A number of ours may be answered at hours of its own; for calls to it they stand in the place of the business's.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain

import orjson
import pyarrow as pa

from huasuan.kernel.opening import seconds_of_hours
from huasuan.kernel.workdays import FIRST, LAST, exceptions, is_working_day
from huasuan.metrics.derived.matching import BY_EXTENSION, TOLD
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor, first_row

_SATURDAY, _SUNDAY = 6, 7
_CLOSED = (0, 0)


def prepare_clock(writer: Cursor) -> None:
    """``work_clock``: each day's hours in seconds of the local day, and the open seconds of all days before it.

    ``number_hours``: by the hours as a number of ours says them, for each weekday where it is worked and where not.
    """
    writer.execute("CREATE TABLE IF NOT EXISTS work_clock (day DATE, opens BIGINT, closes BIGINT, open_before BIGINT)")
    writer.execute(
        "CREATE TABLE IF NOT EXISTS number_hours (hours VARCHAR, weekday BIGINT, worked BOOLEAN, opens BIGINT, "
        "closes BIGINT)"
    )


def derive_clock(writer: Cursor, rules: Rules) -> None:
    """The table by the calendar and the hours of the business; empty where no hours are set."""
    writer.execute("DELETE FROM work_clock")
    if not rules.business_hours:
        return
    hours = {weekday: (opens, closes) for weekday, opens, closes in rules.business_hours}
    rows, before = [], 0
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        opens, closes = _open_on(hours, day.isoweekday(), worked=is_working_day(rules.calendar, day))
        rows.append((day, opens, closes, before))
        before += closes - opens
    _fill(writer, "work_clock", ("day", "opens", "closes", "open_before"), rows)


def _fill(writer: Cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    writer.register("clock_rows", pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True))))
    writer.execute(f"INSERT INTO {table} BY NAME SELECT * FROM clock_rows")
    writer.unregister("clock_rows")


def derive_number_hours(writer: Cursor) -> None:
    """The hours that numbers have of their own; empty where none has any."""
    writer.execute("DELETE FROM number_hours")
    said = writer.execute("SELECT DISTINCT hours FROM fact_tracked_number WHERE hours IS NOT NULL").fetchall()
    rows = []
    for (text,) in said:
        hours = {weekday: (opens, closes) for weekday, opens, closes in seconds_of_hours(orjson.loads(text))}
        for weekday in range(1, _SUNDAY + 1):
            rows += [(text, weekday, worked, *_open_on(hours, weekday, worked=worked)) for worked in (True, False)]
    if rows:
        _fill(writer, "number_hours", ("hours", "weekday", "worked", "opens", "closes"), rows)


def _open_on(hours: Mapping[int, tuple[int, int]], weekday: int, *, worked: bool) -> tuple[int, int]:
    """When it opens and closes on such a day, in seconds of the day; alike where it stays closed.

    A holiday is closed. A day of the weekend worked instead has the hours of the first open day of the week. Who opens
    on Saturdays does so without the calendar calling it a working day.
    """
    if weekday < _SATURDAY:
        return hours.get(weekday, _CLOSED) if worked else _CLOSED
    return hours.get(weekday, hours[min(hours)] if worked else _CLOSED)


def derive_own_open(writer: Cursor, rules: Rules, wall: str) -> bool:
    """``own_open``: of the calls in ``narrow`` to numbers with hours of their own, whether they came within those.

    Of several records of a number that of the extension dialled speaks first. ``wall``: the wall-clock time of a call
    ``n``. False, and no such table, where no number has any.
    """
    if first_row(writer, "SELECT EXISTS (FROM number_hours)") != (True,):
        return False
    said = "(SELECT * FROM fact_tracked_number WHERE hours IS NOT NULL)"
    calls = (
        f"SELECT n.fact_id, n.started_at, f.own_number, f.extension, {wall} AS wall FROM narrow n "
        "JOIN fact_call f USING (fact_id) WHERE n.direction = 'in' "
        f"AND f.own_number IN (SELECT own_number FROM {said})"
    )
    spoken = (
        f"SELECT c.fact_id, c.wall, t.hours FROM ({calls}) c JOIN {said} t ON c.own_number = t.own_number AND {TOLD} "
        f"QUALIFY row_number() OVER (PARTITION BY c.fact_id ORDER BY {BY_EXTENSION}) = 1"
    )
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE own_open AS SELECT o.fact_id, {is_open('h', 'o.wall')} AS inside "
        f"FROM ({spoken}) o JOIN number_hours h ON h.hours = o.hours AND h.weekday = isodow(o.wall) "
        f"AND h.worked = {_worked('CAST(o.wall AS DATE)', rules.calendar)}"
    )
    return True


def _worked(day: str, calendar: str) -> str:
    """Whether people work on a day, as ``is_working_day`` says."""
    odd = ", ".join(f"DATE '{one}'" for one in chain(*exceptions(calendar)))
    plain = f"isodow({day}) < {_SATURDAY}"
    return f"(({plain}) <> ({day} IN ({odd})))" if odd else f"({plain})"


def on_clock(alias: str, wall: str) -> str:
    """The join that finds the day of a wall-clock time."""
    return f"LEFT JOIN work_clock {alias} ON {alias}.day = CAST({wall} AS DATE)"


def _second(wall: str) -> str:
    return f"(epoch_us({wall}) - epoch_us(date_trunc('day', {wall}))) // 1000000"


def is_open(alias: str, wall: str) -> str:
    """Whether a time lies within the hours of that day."""
    return f"{_second(wall)} >= {alias}.opens AND {_second(wall)} < {alias}.closes"


def open_until(alias: str, wall: str) -> str:
    """The seconds the business was open from the first day of the table to a time."""
    within = f"greatest(0, least({alias}.closes, {_second(wall)}) - {alias}.opens)"
    return f"({alias}.open_before + {within})"
