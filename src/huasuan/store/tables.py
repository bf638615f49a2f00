"""How a fact becomes a table: every version of it is one row, written once and never changed.

``seq`` grows with every row of the table and is the change sequence the warehouse follows. A correction is a new row
with the next ``version``; an undo or erasure is a new row with ``gone``. PostgreSQL commits out of order, so a reader
also needs ``txid`` (see ``store.changes``); SQLite has one writer and leaves it 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from huasuan.facts.marks import Identity
from huasuan.facts.shape import Field, shape_of
from huasuan.kernel.time import to_micros

METADATA = MetaData()
# BIGINT on PostgreSQL; SQLite grows a rowid by itself only for INTEGER PRIMARY KEY.
BigKey = BigInteger().with_variant(Integer, "sqlite")

# Columns every fact table starts with; ``party`` is the first identity node of the fact, ``parties`` all of them.
VERSION_COLUMNS = (
    "workspace",
    "source_system",
    "source_key",
    "version",
    "first_seq",
    "batch",
    "item",
    "known_at",
    "gone",
    "content",
    "party",
    "parties",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """One kind of fact: its record, its table, its rules and who it is about.

    columns: the fact's own columns, those of ``extra`` last.
    check: raises ``InvalidInput`` or returns the fact completed (defaults filled in, times derived).
    completion: raises like ``check`` and returns only what it would change, for ``rows``; the hot path of imports.
    identities: whom the fact (with its source key) is about, the most telling first; ``links`` says that they are
    all one person.
    history: every version stays visible to as-known-on questions (deals, costs, rates).
    """

    kind: str
    record: type
    table: Table
    columns: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]
    places: Mapping[str, int]
    converters: Mapping[str, Callable[[Any], Any]]
    extra: Mapping[str, Callable[[Any], Any]]
    check: Callable[[Any], Any]
    completion: Callable[[Any], Mapping[str, Any]] | None
    identities: Callable[[Any, str], Sequence[Identity]]
    links: bool
    history: bool

    def rows(
        self, facts: Sequence[object], changes: Sequence[Mapping[str, Any] | None]
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Which of ``columns`` some fact fills, and each fact's values of those, with the ``changes`` to its fields.

        Column by column, because most columns of most deliveries are empty and most values go in as they are.
        """
        read, places = self.read, self.places
        read_rows = []
        for fact, changed in zip(facts, changes, strict=True):
            values = list(read(fact))
            if changed:
                for name, value in changed.items():
                    values[places[name]] = value
            read_rows.append(values)
        names: list[str] = []
        columns: list[Sequence[Any]] = []
        for name, column in zip(self.columns, zip(*read_rows, strict=True), strict=False):
            convert = self.converters.get(name)
            filled: Sequence[Any] = (
                column if convert is None else [None if value is None else convert(value) for value in column]
            )
            if filled[0] is not None or filled.count(None) != len(filled):
                names.append(name)
                columns.append(filled)
        for name, derive in self.extra.items():
            names.append(name)
            columns.append([derive(fact) for fact in facts])
        # A customer of whom only numbers are known fills none.
        return names, list(zip(*columns, strict=True)) if columns else [() for _ in facts]


_APPEND_ONLY = "append_only"


def append_only(table: Table) -> None:
    """Have the database itself refuse to change or remove rows of a table."""
    METADATA.info.setdefault(_APPEND_ONLY, []).append(table.name)


def append_only_tables() -> tuple[str, ...]:
    """The tables whose rows stay as they were written."""
    return tuple(METADATA.info.get(_APPEND_ONLY, ()))


def _no_check(fact: Any) -> Any:  # noqa: ANN401  every kind has its own record
    return fact


def _nobody(_fact: object, _source_key: str) -> Sequence[Identity]:
    return ()


_IDENTITIES = ("phone", "email", "visitor", "customer")


def named_identities(fact: Any, _source_key: str) -> Sequence[Identity]:  # noqa: ANN401  every kind has its own record
    """Whom a fact names by its marked fields, the most telling first."""
    return tuple((kind, value) for kind, name in _marked(fact.__class__) if (value := getattr(fact, name)))


@cache
def _marked(record: type) -> tuple[tuple[str, str], ...]:
    names = {field.mark.identity: field.name for field in shape_of(record) if field.mark.identity}
    return tuple((kind, names[kind]) for kind in _IDENTITIES if kind in names)


def fact_kind(
    kind: str,
    record: type,
    *,
    check: Callable[[Any], Any] = _no_check,
    completion: Callable[[Any], Mapping[str, Any]] | None = None,
    identities: Callable[[Any, str], Sequence[Identity]] = _nobody,
    links: bool = False,
    history: bool = False,
    by_person: bool = False,
    extra: Mapping[str, Callable[[Any], Any]] | None = None,
) -> FactKind:
    """Make the table of a kind of fact from its record; ``extra`` adds text columns derived from it.

    ``by_person``: somebody waits for what is known of one person; their newest rows are found by an index, which each
    row pays for when it comes in.

    ``extra`` and ``identities`` may depend only on fields that ``completion`` never changes.
    """
    own = [field for field in shape_of(record) if not field.mark.identity]
    table = Table(
        f"fact_{kind}",
        METADATA,
        Column("seq", BigKey, primary_key=True, autoincrement=True),
        *_version_columns(),
        *[Column(field.name, _column_type(field)) for field in own],
        *[Column(name, Text) for name in extra or {}],
        UniqueConstraint("workspace", "source_system", "source_key", "version", name=f"uq_fact_{kind}_key"),
        # Followed in this order; one of many workspaces never reads past the rows of the others.
        Index(f"ix_fact_{kind}_order", "workspace", "txid", "seq"),
        *([Index(f"ix_fact_{kind}_party", "workspace", "party", "seq")] if by_person else []),
        sqlite_autoincrement=True,
    )
    return FactKind(
        kind=kind,
        record=record,
        table=table,
        columns=(*[field.name for field in own], *(extra or {})),
        read=attrgetter(*[field.name for field in own]),
        places={field.name: place for place, field in enumerate(own)},
        converters={field.name: convert for field in own if (convert := _converter(field))},
        extra=extra or {},
        check=check,
        completion=completion,
        identities=identities,
        links=links,
        history=history,
    )


def _version_columns() -> list[Column[Any]]:
    return [
        Column("workspace", BigInteger, nullable=False),
        Column("source_system", Text, nullable=False),
        Column("source_key", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("first_seq", BigInteger),
        Column("batch", BigInteger, nullable=False),
        Column("item", BigInteger, nullable=False),
        Column("known_at", BigInteger, nullable=False),
        Column("gone", Boolean, nullable=False),
        Column("content", LargeBinary, nullable=False),
        Column("txid", BigInteger, nullable=False),
        Column("party", BigInteger),
        Column("parties", Text),
    ]


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


def _converter(field: Field) -> Callable[[Any], Any] | None:
    """How a value that is there becomes a column's value; None where it goes in as it is."""
    if field.many:
        return _json
    special: dict[type, Callable[[Any], Any]] = {datetime: to_micros, date: date.isoformat, Decimal: _decimal}
    return special.get(field.type)


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _json(value: tuple[Any, ...]) -> str | None:
    return orjson.dumps(value, default=_json_default).decode() if value else None


def _json_default(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError
