"""Which rows of the star tables came and went in each round, caught where the derivation changes them.

A round derives far more rows anew than really differ (all calls of a caller, all lines of a customer). What went is
taken off and what came is added, in the columns roll-ups can read, so that rows that are as they were cancel out.
"""

import re
from functools import cache

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.cost_plan import DAILY
from huasuan.metrics.derived.pools import POOL_COLUMNS, weighed_columns
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.drivers import DRIVERS
from huasuan.metrics.fragments import columns_in
from huasuan.metrics.language import Base, parts
from huasuan.metrics.stars import STARS
from huasuan.warehouse import Cursor, first_row

# Whose rows bear costs on the day of the cost.
BEARING = frozenset(units.star for driver in DRIVERS.values() if not driver.any_day for units in driver.units)
_CHANGE = re.compile(r"(DELETE FROM|INSERT INTO|UPDATE) (\w+) ")


def log_of(star: str) -> str:
    """The table of rows that came (sign 1) and went (sign -1), with the number of the round."""
    return f"moved_{star}"


@cache
def read_of(star: str) -> tuple[str, ...]:
    """The columns of a star table that a roll-up can read; of the cost pools all."""
    if star not in STARS:
        return tuple(sorted(POOL_COLUMNS))
    found = {dimension.column for dimension in DIMENSIONS.values() if dimension.column in STARS[star]}
    for metric in METRICS.values():
        for _, base in parts(metric):
            if isinstance(base, Base) and base.star == star:
                found |= {base.cohort_day, base.event_day}
                for fragment in (*base.where, base.amount, base.missing):
                    found |= columns_in(fragment) if fragment else frozenset()
    weighed = {name.strip('"') for name in weighed_columns(star)} if star in BEARING else set()
    return tuple(sorted((found | weighed) & STARS[star].keys()))


class MoveLog:
    """The rows that moved, of the stars somebody wants to know about; kept in the warehouse, written by its rounds."""

    def __init__(self, writer: Cursor) -> None:
        self._writer = writer
        self._kept: set[str] = set()
        self._changed: set[str] = set()
        # How many rows were written down for each star since somebody last took them off.
        self.rows: dict[str, int] = {}

    def keep(self, star: str) -> None:
        """From the next round on, catch what moves in a star table; not within a round."""
        if star in self._kept:
            return
        names = _names(star)
        for kind, table, columns in (
            ("TABLE", log_of(star), "0::BIGINT AS round, 0::INTEGER AS sign, "),
            ("TEMP TABLE", _caught(star), "0::INTEGER AS sign, "),
        ):
            self._writer.execute(f"CREATE OR REPLACE {kind} {table} AS SELECT {columns}{names} FROM {star} LIMIT 0")
        self._kept.add(star)

    def forget(self, star: str) -> None:
        """Nobody wants to know any longer."""
        self._kept.discard(star)
        self._writer.execute(f"DROP TABLE IF EXISTS {log_of(star)}")

    def watched(self) -> Cursor:
        """The writer for one round: what it changes in those stars is caught."""
        self._changed.clear()
        return self._writer.through(self._catching) if self._kept else self._writer

    def close_round(self, number: int) -> None:
        """Write down what moved in a round, inside its transaction."""
        for star in sorted(self._changed):
            names = _names(star)
            # What is borne on any day moves on all days at once, and is not kept.
            where = "" if star in STARS else f"WHERE {DAILY} "
            row = first_row(
                self._writer,
                f"INSERT INTO {log_of(star)} SELECT {number}, sum(sign), {names} FROM {_caught(star)} {where}"
                f"GROUP BY {names} HAVING sum(sign) <> 0",
            )
            self.rows[star] = self.rows.get(star, 0) + (0 if row is None else int(row[0]))
            self._writer.execute(f"DELETE FROM {_caught(star)}")

    @property
    def kept(self) -> frozenset[str]:
        """The stars whose rows are caught."""
        return frozenset(self._kept)

    def _catching(self, sql: str) -> str:
        found = _CHANGE.match(sql)
        if found is None or found[2] not in self._kept:
            return sql
        self._changed.add(found[2])
        return caught(sql, found[2])


@cache
def caught(sql: str, star: str) -> str:
    """A statement that changes a star table, and what it changes written down beside it."""
    names = _names(star)

    def noting(sign: int, source: str) -> str:
        return f"INSERT INTO {_caught(star)} SELECT {sign}, {names} FROM {source}"

    if sql.startswith("DELETE"):
        return f"WITH gone AS ({sql} RETURNING *) {noting(-1, 'gone')}"
    if sql.startswith("INSERT"):
        return f"WITH came AS ({sql} RETURNING *) {noting(1, 'came')}"
    source, condition = _source_of(sql)
    # Not by their rowid: filtered by one that a join found, DuckDB 2.0.0 loses hold of strings (ADR 0036).
    own = ", ".join(f'{star}."{name}"' for name in read_of(star))
    went = f"SELECT -1, {own} FROM {star}{f', {source}' if source else ''} WHERE {condition}"
    came = f"WITH came AS ({sql} RETURNING {star}.*) {noting(1, 'came')}"
    return f"INSERT INTO {_caught(star)} {went}; {came}"


def _source_of(update: str) -> tuple[str, str]:
    """The FROM and the WHERE of an UPDATE: its first ones outside of all brackets."""
    bare = re.sub(r"'[^']*'", lambda text: "'" * len(text[0]), update)
    depth = 0
    places: dict[str, tuple[int, int]] = {}
    for found in re.finditer(r"[()]|(?<! DISTINCT) FROM | WHERE ", bare):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0 and found[0] != ")":
            places.setdefault(found[0].strip(), found.span())
    ends = places["WHERE"]
    starts = places.get("FROM")
    return ("" if starts is None else update[starts[1] : ends[0]]), update[ends[1] :]


def _names(star: str) -> str:
    return ", ".join(f'"{name}"' for name in read_of(star))


def _caught(star: str) -> str:
    return f"caught_{star}"
