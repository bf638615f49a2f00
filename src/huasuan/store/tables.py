"""How a fact becomes a table: every version of it is one row, written once and never changed.

``seq`` grows with every row of the table and is the change sequence the warehouse follows. A correction is a new row
with the next ``version``; an undo or erasure is a new row with ``gone``. PostgreSQL commits out of order, so a reader
also needs ``txid`` (see ``store.changes``); SQLite has one writer and leaves it 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from huasuan.facts.shape import Field, shape_of
from huasuan.kernel.time import to_micros

# BIGINT on PostgreSQL; SQLite grows a rowid by itself only for INTEGER PRIMARY KEY.
BigKey = BigInteger().with_variant(Integer, "sqlite")
IDENTITY = "party"
VERSION_COLUMNS = (
    "workspace",
    "source",
    "source_key",
    "version",
    "first_seq",
    "batch",
    "item",
    "known_at",
    "gone",
    "content",
    "txid",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable:
    """The table of one kind of fact, and how a record becomes a row of it.

    ``columns`` are the fact's own columns in the order of ``row``; identity fields are left out of them and stand
    together in ``parties`` (JSON list of node ids), the first of which is ``party``.
    """

    kind: str
    record: type
    table: Table
    columns: tuple[str, ...]
    time_field: str | None

    def row(self, fact: object) -> list[Any]:
        """The values of ``columns`` for one fact."""
        return [convert(getattr(fact, name)) for name, convert in _writers(self.record)]


def fact_table(kind: str, record: type, metadata: MetaData, *, time_field: str | None) -> FactTable:
    """Make the table of a kind of fact; ``time_field`` is the moment that places it in a period."""
    own = [field for field in shape_of(record) if not field.mark.identity]
    table = Table(
        f"fact_{kind}",
        metadata,
        Column("seq", BigKey, primary_key=True, autoincrement=True),
        Column("workspace", BigInteger, nullable=False),
        Column("source", Text, nullable=False),
        Column("source_key", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("first_seq", BigInteger),
        Column("batch", BigInteger, nullable=False),
        Column("item", BigInteger, nullable=False),
        Column("known_at", BigInteger, nullable=False),
        Column("gone", Boolean, nullable=False),
        Column("content", LargeBinary, nullable=False),
        Column("txid", BigInteger, nullable=False),
        Column(IDENTITY, BigInteger),
        Column("parties", Text),
        *[Column(_column_name(field), _column_type(field)) for field in own],
        UniqueConstraint("workspace", "source", "source_key", "version", name=f"uq_fact_{kind}_key"),
        sqlite_autoincrement=True,
    )
    return FactTable(
        kind=kind,
        record=record,
        table=table,
        columns=tuple(_column_name(field) for field in own),
        time_field=time_field,
    )


def _column_name(field: Field) -> str:
    return field.name


def _column_type(field: Field) -> Any:  # noqa: ANN401  SQLAlchemy's types share no useful base
    if field.many:
        return Text()
    types: dict[type, Any] = {
        str: Text(),
        int: BigInteger(),
        float: Double(),
        bool: Boolean(),
        datetime: BigInteger(),
        date: Text(),
        Decimal: Text(),
    }
    return types[field.type]


def _writers(record: type) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    cached = _WRITERS.get(record)
    if cached is None:
        cached = [(field.name, _writer(field)) for field in shape_of(record) if not field.mark.identity]
        _WRITERS[record] = cached
    return cached


_WRITERS: dict[type, Sequence[tuple[str, Callable[[Any], Any]]]] = {}


def _writer(field: Field) -> Callable[[Any], Any]:
    if field.many:
        return _json
    if field.type is datetime:
        return _micros
    if field.type is date:
        return _iso
    if field.type is Decimal:
        return _decimal
    return _same


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


def _micros(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value)


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _json(value: tuple[Any, ...]) -> str | None:
    return orjson.dumps(value, default=_json_default).decode() if value else None


def _json_default(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError
