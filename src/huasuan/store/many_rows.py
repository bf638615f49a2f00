"""Many rows in few statements.

SQLite's driver gives up the interpreter at every step of a statement and asks for it again afterwards, up to 5 ms
later where another thread is computing. One step a row makes a delivery of 500 rows take seconds beside a busy thread,
so rows go in by the block and come out as one JSON text.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import Connection

# Values bound in one statement; SQLite takes 32,766, PostgreSQL 65,535, and more than this gains nothing.
_BOUND = 3_000
_ASKED = 500


def placeholder(connection: Connection) -> str:
    """How this database marks a bound value."""
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def insert_many(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    same: tuple[str, str] | None = None,
    unless: str,
) -> int:
    """Insert rows of ``columns`` except those that stand there already; how many were written.

    Parameters
    ----------
    same
        A column and its SQL, the same for every row.
    unless
        The columns of the unique constraint that tells which rows stand there.
    """
    names = tuple(columns)
    block = max(1, _BOUND // len(names))
    written = 0
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        statement = _insertion(table, names, len(part), same, unless, placeholder(connection))
        written += connection.exec_driver_sql(statement, tuple(chain.from_iterable(part))).rowcount
    return written


@lru_cache(maxsize=256)
def _insertion(  # noqa: PLR0917  the key of a cache
    table: str, columns: tuple[str, ...], count: int, same: tuple[str, str] | None, unless: str, mark: str
) -> str:
    names = columns if same is None else (*columns, same[0])
    marks = [mark] * len(columns) if same is None else [*[mark] * len(columns), same[1]]
    listed = ",".join(f'"{name}"' for name in names)
    row = f"({','.join(marks)})"
    return f"INSERT INTO {table} ({listed}) VALUES {','.join([row] * count)} ON CONFLICT ({unless}) DO NOTHING"


def select_many(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    *,
    where: Sequence[tuple[str, object]],
    key: str,
    keys: Sequence[object],
    order: str | None = None,
) -> Iterator[Sequence[Any]]:
    """Rows with the given values in ``where`` and one of ``keys`` in column ``key``; a blob comes as its hex text."""
    mark = placeholder(connection)
    fixed = " AND ".join(f"{name} = {mark}" for name, _ in where)
    values = [value for _, value in where]
    postgres = connection.dialect.name == "postgresql"
    ordered = "" if order is None else f" ORDER BY {order}"
    for start in range(0, len(keys), _ASKED):
        part = keys[start : start + _ASKED]
        marks = ",".join([mark] * len(part))
        found = f"FROM {table} WHERE {fixed} AND {key} IN ({marks}){ordered}"
        if postgres:
            yield from connection.exec_driver_sql(f"SELECT {','.join(columns)} {found}", (*values, *part)).fetchall()
        else:
            statement = f"SELECT json_group_array(json_array({','.join(columns)})) FROM (SELECT * {found})"
            yield from orjson.loads(connection.exec_driver_sql(statement, (*values, *part)).scalar_one())


def select_all(
    connection: Connection, query: str, names: Sequence[str], values: Sequence[object] = ()
) -> list[Sequence[Any]]:
    """The rows of a query with ``?`` for each of ``values``; ``names``: its columns. Flags may be 0 or 1."""
    if connection.dialect.name == "postgresql":
        return list(connection.exec_driver_sql(query.replace("?", "%s"), tuple(values)).fetchall())
    listed = ",".join(f'"{name}"' for name in names)
    statement = f"SELECT json_group_array(json_array({listed})) FROM ({query})"
    found: list[Sequence[Any]] = orjson.loads(connection.exec_driver_sql(statement, tuple(values)).scalar_one())
    return found
