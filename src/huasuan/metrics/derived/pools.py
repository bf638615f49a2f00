"""Cost pools: what one day of one cost line is, who bears it and at what rate (docs/definitions.md).

Amounts are kept in 10^-12 of the minor unit as 128-bit integers, so that ten thousand rows of a report lose less than a
millionth of a fen before they are rounded.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pyarrow as pa

from huasuan.kernel.money import minor_digits
from huasuan.metrics.derived.deals import Rates, present, read_rates
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.drivers import DRIVERS, Driver, Units
from huasuan.metrics.fragments import columns_in
from huasuan.metrics.stars import SCOPE, STARS
from huasuan.warehouse import Cursor, first_row

SCALE = 10**12
_SHIFT_SCOPE = ("agent", "team")
# By star table, shape of scope and whether any day will do: the drivers weighed in one pass.
_Shapes = dict[tuple[str, int, bool], list[tuple[Driver, Units]]]
POOL_COLUMNS = {
    "entry": "BIGINT",
    "day": "DATE",
    "cost_kind": "VARCHAR",
    "supplier": "VARCHAR",
    "driver": "VARCHAR",
    "shape": "BIGINT",
    **dict.fromkeys(SCOPE, "VARCHAR"),
    "deal_id": "UBIGINT",
    "amount": "HUGEINT",
    "weight": "HUGEINT",
    "rate": "HUGEINT",
    "placed": "BOOLEAN",
}


def shape_of_scope(columns: Iterable[str]) -> int:
    """Which scope columns a pool has, as bits in the order of SCOPE and then ``deal_id``."""
    names = (*SCOPE, "deal_id")
    return sum(1 << names.index(name) for name in columns)


def columns_of_shape(shape: int) -> tuple[str, ...]:
    """The scope columns of a shape."""
    return tuple(name for bit, name in enumerate((*SCOPE, "deal_id")) if shape >> bit & 1)


def prepare_pools(writer: Cursor, *, temporary: bool = False) -> None:
    """Make the tables of cost lines and pools."""
    kind = "TEMP TABLE" if temporary else "TABLE"
    scope = ", ".join(f'"{name}" VARCHAR' for name in SCOPE)
    writer.execute(
        f"CREATE {kind} IF NOT EXISTS cost_line (entry BIGINT, cost_kind VARCHAR, supplier VARCHAR, driver VARCHAR, "
        f"first_day DATE, last_day DATE, amount HUGEINT, rate HUGEINT, missing BOOLEAN, {scope}, city VARCHAR, "
        "deal_id UBIGINT, currency VARCHAR, amount_minor BIGINT)"
    )
    pools = ", ".join(f'"{name}" {duck}' for name, duck in POOL_COLUMNS.items())
    writer.execute(f"CREATE {kind} IF NOT EXISTS cost_pool ({pools})")


def derive_cost_lines(writer: Cursor, rules: Rules, *, which: str) -> None:
    """The present cost lines in the reporting currency; ``which`` is a condition on ``fact_id``."""
    rates = read_rates(writer, rules)
    scope = ", ".join(f'"{name}"' for name in SCOPE)
    rows = writer.execute(
        "SELECT fact_id, cost_kind, supplier, driver, service_from, service_to, amount_minor, rate, currency, "
        f"{scope}, city, deal FROM {present('fact_cost', rules, which)}"
    ).fetchall()
    writer.execute(f"DELETE FROM cost_line WHERE {which.replace('fact_id', 'entry', 1)}")
    lines = [_line(row, rates, rules) for row in rows]
    if lines:
        _load_lines(writer, lines)


def _line(row: Sequence[Any], rates: Rates, rules: Rules) -> tuple[Any, ...]:
    entry, cost_kind, supplier, driver, start, end, amount_minor, rate, currency, *scope = row
    amount = scaled_rate = None
    if amount_minor is not None:
        converted = rates.minor(amount_minor, currency, start)
        amount = None if converted is None else converted * SCALE
    else:
        fx = rates.rate(currency, start)
        if fx is not None:
            scaled_rate = scaled(rate * fx / DRIVERS[driver].per, rules.currency)
    missing = amount is None and scaled_rate is None
    return (
        entry,
        cost_kind,
        supplier,
        driver,
        start,
        end - timedelta(days=1),
        _text(amount),
        _text(scaled_rate),
        missing,
        *scope,
        currency,
        amount_minor,
    )


def scaled(amount: Decimal, currency: str) -> int:
    """An amount in major units as a whole number of 10^-12 minor units."""
    exact = amount * SCALE * 10 ** minor_digits(currency)
    return int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _load_lines(writer: Cursor, lines: Sequence[tuple[Any, ...]]) -> None:
    names = [
        "entry",
        "cost_kind",
        "supplier",
        "driver",
        "first_day",
        "last_day",
        "amount",
        "rate",
        "missing",
        *SCOPE,
        "city",
        "deal_id",
        "currency",
        "amount_minor",
    ]
    types = [
        pa.int64(),
        pa.string(),
        pa.string(),
        pa.string(),
        pa.date32(),
        pa.date32(),
        pa.string(),
        pa.string(),
        pa.bool_(),
    ]
    types += [pa.string()] * (len(SCOPE) + 1) + [pa.uint64(), pa.string(), pa.int64()]
    arrays = [pa.array(values, type=kind) for values, kind in zip(zip(*lines, strict=True), types, strict=True)]
    writer.register("booked", pa.Table.from_arrays(arrays, names=names))
    scope = ", ".join(f'"{name}"' for name in SCOPE)
    writer.execute(
        "INSERT INTO cost_line BY NAME SELECT entry, cost_kind, supplier, driver, first_day, last_day, "
        f"amount::HUGEINT AS amount, rate::HUGEINT AS rate, missing, {scope}, city, deal_id, currency, "
        "amount_minor FROM booked"
    )
    writer.unregister("booked")


def derive_pools(writer: Cursor, *, days: str, stars: dict[str, str] | None = None, only: str = "TRUE") -> None:
    """Build the pools of some days anew; ``days`` is a query of dates, ``stars`` names other tables than the usual.

    ``only`` is a condition on ``driver``: the other pools of those days stay as they are.
    """
    tables = {name: name for name in STARS} | (stars or {})
    writer.execute(f"CREATE OR REPLACE TEMP TABLE pool_day AS SELECT DISTINCT day FROM ({days}) WHERE day IS NOT NULL")
    writer.execute(f"DELETE FROM cost_pool WHERE day IN (SELECT day FROM pool_day) AND {only}")
    _daily(writer, only)
    drivers = writer.execute("SELECT DISTINCT driver FROM pot").fetchall()
    if not drivers:
        return
    if any(DRIVERS[key].split_by_agent for (key,) in drivers):
        _split_by_agent(writer)
        _leave_teams_out(writer, tables)
    _weigh(writer, tables)
    columns = ", ".join(f'"{name}"' for name in POOL_COLUMNS if name not in ("amount", "weight", "rate", "placed"))
    writer.execute(
        f"INSERT INTO cost_pool BY NAME SELECT {columns}, pot AS amount, weight, "
        "CASE WHEN weight > 0 THEN pot // weight END AS rate, weight > 0 AS placed FROM ("
        "SELECT p.*, coalesce(w.weight, 0) AS weight, CASE WHEN unit_rate IS NOT NULL AND NOT settled THEN "
        "unit_rate * coalesce(w.weight, 0) ELSE amount END AS pot FROM pot p LEFT JOIN weighed w USING (pool)) "
        "WHERE pot IS NOT NULL AND pot <> 0"
    )


def weighed_columns(star: str) -> list[str]:
    """What cost pools read of a star table: the day, the scope and everything a driver's weight depends on."""
    read = {"day", *(name for name in SCOPE if name in STARS[star])}
    for driver in DRIVERS.values():
        for units in driver.units:
            if units.star == star:
                read |= _read_by(units)
    return [f'"{name}"' for name in sorted(read)]


def _daily(writer: Cursor, only: str) -> None:
    """The day's even share of every line; the first days take what does not divide."""
    span = "(last_day - first_day + 1)"
    bits = " + ".join(
        f'CASE WHEN "{name}" IS NULL THEN 0 ELSE {1 << bit} END' for bit, name in enumerate((*SCOPE, "deal_id"))
    )
    scope = ", ".join(f'l."{name}"' for name in SCOPE)
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE pot AS SELECT row_number() OVER () AS pool, l.entry, d.day, l.cost_kind, "
        f"l.supplier, l.driver, ({bits})::BIGINT AS shape, {scope}, l.deal_id, l.city, "
        f"l.amount // {span} + CASE WHEN (d.day - l.first_day) < l.amount % {span} THEN 1 ELSE 0 END AS amount, "
        "l.rate AS unit_rate, FALSE AS settled FROM cost_line l JOIN pool_day d "
        f"ON d.day BETWEEN l.first_day AND l.last_day WHERE NOT l.missing AND {only}"
    )


def _split_by_agent(writer: Cursor) -> None:
    """Seat-hours: a day's amount goes to the agents by their paid seconds, largest remainder."""
    split = ", ".join(f"'{driver.key}'" for driver in DRIVERS.values() if driver.split_by_agent)
    scope = " AND ".join(f'(p."{name}" IS NULL OR p."{name}" = s."{name}")' for name in _SHIFT_SCOPE)
    others = ", ".join(f'p."{name}"' for name in SCOPE if name not in _SHIFT_SCOPE)
    seated = first_row(
        writer,
        "CREATE OR REPLACE TEMP TABLE seated AS SELECT p.pool, s.agent, max(s.team) AS team, "
        "sum(s.paid_seconds)::HUGEINT AS paid FROM pot p JOIN shift s ON p.day = s.day AND s.paid_seconds > 0 AND "
        f"{scope} AND (p.city IS NULL OR p.city = s.agent_city) WHERE p.driver IN ({split}) GROUP BY p.pool, s.agent",
    )
    # A seat-hour tariff without any paid time that day costs nothing.
    unpaid = f"DELETE FROM pot WHERE driver IN ({split}) AND unit_rate IS NOT NULL"
    if seated is None or not seated[0]:
        writer.execute(unpaid)
        return
    parted = (
        "SELECT *, amount * paid // total AS part, amount * paid % total AS rest FROM (SELECT e.*, p.amount, "
        "p.unit_rate, sum(e.paid) OVER (PARTITION BY e.pool) AS total FROM seated e JOIN pot p USING (pool))"
    )
    agent_bit = shape_of_scope(["agent"])
    # Numbers below zero are free: the day's own pots count up from one.
    writer.execute(
        "INSERT INTO pot BY NAME SELECT -row_number() OVER () AS pool, p.entry, "
        f"p.day, p.cost_kind, p.supplier, p.driver, (p.shape | {agent_bit})::BIGINT AS shape, s.agent, "
        f"coalesce(p.team, s.team) AS team, {others}, p.deal_id, p.city, CASE WHEN s.unit_rate IS NOT NULL THEN "
        "s.unit_rate * s.paid ELSE s.part + "
        "CASE WHEN row_number() OVER (PARTITION BY s.pool ORDER BY s.rest DESC, s.agent) <= "
        "s.amount - sum(s.part) OVER (PARTITION BY s.pool) THEN 1 ELSE 0 END END AS amount, NULL::HUGEINT AS "
        f"unit_rate, TRUE AS settled FROM ({parted}) s JOIN pot p USING (pool)"
    )
    writer.execute("DELETE FROM pot WHERE pool IN (SELECT pool FROM seated)")
    writer.execute(unpaid)


def _leave_teams_out(writer: Cursor, tables: dict[str, str]) -> None:
    """Whose calls of a day are all of the pool's team is found by the agent alone; one shape less to look up."""
    both, team = shape_of_scope(["agent", "team"]), shape_of_scope(["team"])
    mixed = [
        f"SELECT day, agent, team FROM {tables[star]} WHERE day IN (SELECT day FROM pool_day) AND agent IS NOT NULL "
        "GROUP BY ALL"
        for star in sorted({u.star for driver in DRIVERS.values() if driver.split_by_agent for u in driver.units})
    ]
    writer.execute(
        f"UPDATE pot SET shape = shape - {team} WHERE settled AND shape & {both} = {both} AND NOT EXISTS "
        f"(SELECT 1 FROM ({' UNION ALL '.join(mixed)}) u WHERE u.day = pot.day AND u.agent = pot.agent "
        "AND u.team IS DISTINCT FROM pot.team)"
    )


def _weigh(writer: Cursor, tables: dict[str, str]) -> None:
    """The sum of weights of every pool, in ``weighed``; one pass over a star table for each shape of scope."""
    shapes = group_shapes(writer.execute("SELECT DISTINCT driver, shape FROM pot").fetchall())
    tables = _of_the_days(writer, tables, shapes)
    branches = [
        _weights(tables[star], star, shape, drivers, any_day=any_day)
        for (star, shape, any_day), drivers in shapes.items()
    ]
    empty = "SELECT 0::BIGINT AS pool, 0::HUGEINT AS weight WHERE FALSE"
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE weighed AS SELECT pool, sum(weight)::HUGEINT AS weight FROM "
        f"({' UNION ALL '.join([empty, *branches])}) GROUP BY pool"
    )


def _of_the_days(writer: Cursor, tables: dict[str, str], shapes: _Shapes) -> dict[str, str]:
    """The rows of these days that can bear these costs, read once for all shapes of scope."""
    read: dict[str, set[str]] = {}
    for (star, shape, any_day), drivers in shapes.items():
        if not any_day:
            read.setdefault(star, {"day"}).update(
                matched_columns(star, shape), *(_read_by(units) for _, units in drivers)
            )
    for star, columns in read.items():
        names = ", ".join(f'"{name}"' for name in sorted(columns))
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE day_{star} AS SELECT {names} FROM {tables[star]} "
            "WHERE day IN (SELECT day FROM pool_day)"
        )
    return tables | {star: f"day_{star}" for star in read}


def _read_by(units: Units) -> frozenset[str]:
    return columns_in(units.condition) | columns_in(units.weight)


def _weights(table: str, star: str, shape: int, drivers: Sequence[tuple[Driver, Units]], *, any_day: bool) -> str:
    keys = ([] if any_day else ["day"]) + list(matched_columns(star, shape))
    weights = ", ".join(
        f"sum({units.weight}) FILTER ({units.condition}) AS w{number}" for number, (_, units) in enumerate(drivers)
    )
    group = ", ".join(f'"{key}"' for key in keys)
    join = " AND ".join(f'p."{key}" = u."{key}"' for key in keys) or "TRUE"
    worth = " ".join(f"WHEN '{driver.key}' THEN u.w{number}" for number, (driver, _) in enumerate(drivers))
    names = ", ".join(f"'{driver.key}'" for driver, _ in drivers)
    return (
        f"SELECT p.pool, CASE p.driver {worth} END AS weight FROM pot p JOIN (SELECT "
        f"{group + ', ' if group else ''}{weights} FROM {table} {'GROUP BY ' + group if group else ''}) u "
        f"ON {join} WHERE p.shape = {shape} AND p.driver IN ({names})"
    )


def group_shapes(shapes: Iterable[tuple[str, int]]) -> _Shapes:
    """Drivers that can be weighed in one pass: by star table, shape of scope, and whether the day matters."""
    groups: _Shapes = {}
    for key, shape in sorted(shapes):
        driver = DRIVERS[key]
        for units in driver.units:
            groups.setdefault((units.star, shape, driver.any_day), []).append((driver, units))
    return groups


def matched_columns(star: str, shape: int) -> tuple[str, ...]:
    """The scope columns of a shape that a star table has; the others cannot narrow it."""
    return tuple(name for name in columns_of_shape(shape) if name in STARS[star])
