"""Copying facts from the store, change by change; identical whether it runs once or row by row.

Every kind has a table ``fact_<kind>`` here with the columns that are not personal. Keys and references by key become
64-bit hashes, since a key may hold a number or a name. Kinds without history keep the present version only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from huasuan.facts.shape import Field, shape_of
from huasuan.store import FactKind, Mark, horizon, later_than, read_changes
from huasuan.warehouse.duck import Cursor

BATCH_ROWS = 50_000
# Text fields that name another record by its key, and that record's own id.
REFERENCES = frozenset({"lead", "call", "origin_call", "company", "deal", "visit"})
_OWN = ("first_seq", "source_key", "version", "known_at", "gone", "party", "parties")
_VERSION = 2 + _OWN.index("version")  # txid and seq come before
_ARROW: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.int64(),
    date: pa.string(),
    Decimal: pa.string(),
}
_DUCK: dict[type, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMP",
    date: "DATE",
    Decimal: "DECIMAL(38,12)",
}


@dataclass(slots=True, kw_only=True)
class Copied:
    """What one round brought: per kind how many rows; the rows themselves stand in ``stage_<kind>``.

    ``seen`` is the newest transaction whose rows there were to see, ``horizon`` the oldest that was still running:
    rows of a transaction not below it wait, though they are committed. On SQLite nothing ever waits.
    """

    rows: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    seen: int = 0
    horizon: int = 1

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    arrow: pa.DataType
    duck: str
    select: str


def _columns(kind: FactKind) -> list[_Column]:
    found = [
        _column(item)
        for item in shape_of(kind.record)
        if not item.mark.identity and not item.mark.personal and item.name != "legs"
    ]
    found.extend(_Column(name=name, arrow=pa.string(), duck="VARCHAR", select=name) for name in kind.extra)
    return found


def _column(item: Field) -> _Column:
    name = item.name
    if item.many:
        return _Column(name=name, arrow=pa.string(), duck="VARCHAR", select=f'"{name}"')
    duck, select = _DUCK[item.type], f'"{name}"'
    if name in REFERENCES:
        duck, select = "UBIGINT", f'hash("{name}")'
        select = f'CASE WHEN "{name}" IS NULL THEN NULL ELSE {select} END'
    elif item.type is datetime:
        select = f'make_timestamp("{name}")'
    elif item.type in (date, Decimal):
        select = f'CAST("{name}" AS {duck})'
    return _Column(name=name, arrow=_ARROW[item.type], duck=duck, select=select)


def prepare_copies(writer: Cursor, kinds: Sequence[FactKind]) -> None:
    """Make the tables of a new warehouse file."""
    writer.execute("CREATE TABLE IF NOT EXISTS mark (kind VARCHAR, txid BIGINT, seq BIGINT)")
    writer.execute("CREATE TABLE IF NOT EXISTS party (party BIGINT, province VARCHAR, city VARCHAR, zone VARCHAR)")
    for kind in kinds:
        own = ", ".join(f'"{column.name}" {column.duck}' for column in _columns(kind))
        writer.execute(
            f"CREATE TABLE IF NOT EXISTS fact_{kind.kind} (fact_id BIGINT, version INTEGER, known_at TIMESTAMP, "
            f"gone BOOLEAN, key UBIGINT, party BIGINT, parties VARCHAR, {own})"
        )


def copy_changes(
    connection: Connection,
    writer: Cursor,
    kinds: Sequence[FactKind],
    *,
    workspace: int,
    limit: int = BATCH_ROWS,
) -> Copied:
    """Stage the next changes of every kind and lay them into ``fact_<kind>``; the caller's transaction commits.

    ``stage_<kind>`` keeps what was new, ``gone_<kind>`` the rows it replaced or removed, for those who derive.
    """
    copied = Copied()
    reached_so_far = marks(writer)
    reached: dict[str, Mark] = {}
    news, copied.seen = _with_news(connection, kinds, workspace, reached_so_far)
    # After the look at what there is: whatever was seen below it is final.
    below = horizon(connection) if news else None
    copied.horizon = copied.horizon if below is None else below
    for kind in news:
        name = kind.kind
        rows, reached[name] = read_changes(
            connection,
            kind.table,
            workspace=workspace,
            after=reached_so_far.get(name, Mark()),
            columns=[*_OWN, *(column.name for column in _columns(kind))],
            limit=limit,
            below=below,
        )
        if not rows:
            continue
        _stage(writer, kind, rows)
        _lay(writer, kind, again=any(row[_VERSION] > 1 for row in rows))
        copied.rows[name] = len(rows)
        copied.complete = copied.complete and len(rows) < limit
    if copied:
        _copy_places(connection, writer, copied.rows)
        _set_marks(writer, {name: reached[name] for name in copied.rows})
    return copied


def _with_news(
    connection: Connection, kinds: Sequence[FactKind], workspace: int, reached: Mapping[str, Mark]
) -> tuple[list[FactKind], int]:
    """The kinds with rows beyond their marks and the newest transaction of such a row.

    One statement for all: most looks find nothing, and few kinds change at once. On PostgreSQL such a row may not be
    final yet; reading the changes decides that.
    """
    if not kinds:
        return [], 0
    looks = []
    for number, kind in enumerate(kinds):
        mark = reached.get(kind.kind, Mark())
        looks.append(
            f"SELECT * FROM (SELECT {number} AS kind, txid, seq FROM {kind.table.fullname} "
            f"WHERE workspace = {int(workspace)} AND {later_than(connection, mark)} "
            f"ORDER BY txid DESC, seq DESC LIMIT 1) AS newest_{number}"
        )
    found = connection.exec_driver_sql(" UNION ALL ".join(looks)).fetchall()
    news = [kinds[number] for number in sorted(row.kind for row in found)]
    return news, max((row.txid for row in found), default=0)


def _set_marks(writer: Cursor, reached: Mapping[str, Mark]) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in reached)
    writer.execute(f"DELETE FROM mark WHERE kind IN ({kinds})")
    rows = ", ".join(f"('{kind}', {mark.txid}, {mark.seq})" for kind, mark in reached.items())
    writer.execute(f"INSERT INTO mark VALUES {rows}")


def marks(reader: Cursor) -> dict[str, Mark]:
    """How far the copy of each kind has come."""
    rows = reader.execute("SELECT kind, txid, seq FROM mark").fetchall()
    return {kind: Mark(txid=txid, seq=seq) for kind, txid, seq in rows}


def _stage(writer: Cursor, kind: FactKind, rows: Sequence[Any]) -> None:
    columns = _columns(kind)
    types = [
        pa.int64(),
        pa.int64(),
        pa.int64(),
        pa.string(),
        pa.int64(),
        pa.int64(),
        pa.bool_(),
        pa.int64(),
        pa.string(),
        *(column.arrow for column in columns),
    ]
    names = ["txid", "seq", *_OWN, *(column.name for column in columns)]
    arrays = [
        pa.array([bool(value) if value is not None else None for value in values], type=kind_)
        if pa.types.is_boolean(kind_)
        else pa.array(values, type=kind_)
        for values, kind_ in zip(zip(*rows, strict=True), types, strict=True)
    ]
    writer.register("arrived", pa.Table.from_arrays(arrays, names=names))
    own = ", ".join(f'{column.select} AS "{column.name}"' for column in columns)
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE stage_{kind.kind} AS SELECT coalesce(first_seq, seq) AS fact_id, "
        "version::INTEGER AS version, make_timestamp(known_at) AS known_at, gone, hash(source_key) AS key, party, "
        f"parties, {own} FROM arrived"
    )
    writer.unregister("arrived")


def _lay(writer: Cursor, kind: FactKind, *, again: bool) -> None:
    """New facts have never been here: only a later version, ``again``, can replace something."""
    name = kind.kind
    if kind.history:
        writer.execute(f"INSERT INTO fact_{name} SELECT * FROM stage_{name}")
        return
    if again:
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE gone_{name} AS SELECT * FROM fact_{name} WHERE fact_id IN "
            f"(SELECT fact_id FROM stage_{name} WHERE version > 1)"
        )
        writer.execute(f"DELETE FROM fact_{name} WHERE fact_id IN (SELECT fact_id FROM gone_{name})")
        latest = "QUALIFY row_number() OVER (PARTITION BY fact_id ORDER BY version DESC) = 1"
    else:
        writer.execute(f"CREATE OR REPLACE TEMP TABLE gone_{name} AS SELECT * FROM fact_{name} LIMIT 0")
        latest = ""
    writer.execute(f"INSERT INTO fact_{name} SELECT * FROM (SELECT * FROM stage_{name} {latest}) WHERE NOT gone")


def _copy_places(connection: Connection, writer: Cursor, staged: Iterable[str]) -> None:
    """The number plan's place of every identity node that is new here."""
    parties = " UNION ALL ".join(f"SELECT party FROM stage_{kind}" for kind in staged)
    new = f"SELECT DISTINCT party FROM ({parties}) ANTI JOIN party USING (party) WHERE party IS NOT NULL"
    missing = [row[0] for row in writer.execute(new).fetchall()]
    found: list[Sequence[Any]] = []
    for start in range(0, len(missing), _PLACES):
        chunk = missing[start : start + _PLACES]
        marks_ = ",".join(str(int(node)) for node in chunk)
        found.extend(
            connection.exec_driver_sql(f"SELECT id, province, city, zone FROM party WHERE id IN ({marks_})").fetchall()
        )
    if found:
        ids, provinces, cities, zones = zip(*found, strict=True)
        writer.register(
            "places",
            pa.table(
                {
                    "party": pa.array(ids, pa.int64()),
                    "province": pa.array(provinces, pa.string()),
                    "city": pa.array(cities, pa.string()),
                    "zone": pa.array(zones, pa.string()),
                }
            ),
        )
        writer.execute("INSERT INTO party SELECT party, province, city, zone FROM places")
        writer.unregister("places")


_PLACES = 900
