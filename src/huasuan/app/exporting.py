"""Records of one kind as a file: newest versions, numbers and addresses of people masked unless wanted whole."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, exists, func, select

from huasuan.contacts import identities_of
from huasuan.facts.shape import Field, shape_of
from huasuan.intake import KINDS
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.masking import masked
from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, start_of_day, to_micros
from huasuan.people import Workspace
from huasuan.store import FactKind, Store

_CHUNK = 1_000
# So that a spreadsheet reads Chinese as what it is.
_BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula.
# The full-width signs are formulas to a Chinese spreadsheet too.
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records: one kind, over local days (``date_to`` excluded) by the first moment the record has."""

    kind: str
    date_from: date | None = None
    date_to: date | None = None
    unmasked: bool = False

    def to_json(self) -> dict[str, object]:
        """As kept with the request."""
        return {
            "kind": self.kind,
            "from": None if self.date_from is None else self.date_from.isoformat(),
            "to": None if self.date_to is None else self.date_to.isoformat(),
            "unmasked": self.unmasked,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Wanted":
        """As it was asked for."""
        return cls(
            kind=kept["kind"],
            date_from=None if kept["from"] is None else date.fromisoformat(kept["from"]),
            date_to=None if kept["to"] is None else date.fromisoformat(kept["to"]),
            unmasked=bool(kept["unmasked"]),
        )


def count_rows(connection: Connection, workspace: Workspace, wanted: Wanted) -> int:
    """How many records an export would hold.

    Raises
    ------
    InvalidInput
        ``unknown_kind``
    """
    kind = _kind(wanted.kind)
    query = _narrowed(select(func.count()).select_from(kind.table), kind, workspace, wanted)
    found: int = connection.execute(query).scalar_one()
    return found


def rows_as_csv(store: Store, workspace: Workspace, wanted: Wanted, *, most: int) -> Iterator[bytes]:
    """The records as CSV in UTF-8, in parts; one consistent look at the store.

    Never more than ``most`` rows, the oldest versions first: what came in since the rows were counted was not granted.
    """
    kind = _kind(wanted.kind)
    fields = [field for field in shape_of(kind.record) if field.name in kind.columns]
    heading = ["source", "key", "known_at", *(one.wire_name for one in fields), "people"]
    yield (_BYTE_ORDER_MARK + _line(heading)).encode()
    query = _narrowed(select(kind.table), kind, workspace, wanted).order_by(kind.table.c.seq).limit(most)
    with store.read() as connection:
        for part in connection.execution_options(yield_per=_CHUNK).execute(query).partitions():
            people = _people(connection, workspace.id, part)
            yield "".join(_line(_cells(row, fields, people, unmasked=wanted.unmasked)) for row in part).encode()


def facts_as_csv(facts: Sequence[Mapping[str, Any]]) -> bytes:
    """Opened facts as CSV: kind, source, key, what each adds, who it is about (masked as given), and their fields."""
    names = list(dict.fromkeys(name for fact in facts for name in fact.get("record") or {}))
    lines = [_line(["kind", "source", "key", "amount", "people", *names])]
    for fact in facts:
        said = fact.get("record") or {}
        who = " ".join(value for values in (fact.get("people") or {}).values() for value in values)
        own = [fact.get("kind"), fact.get("source"), fact.get("key"), fact.get("amount"), who]
        lines.append(_line([_plain(value) for value in (*own, *(said.get(name) for name in names))]))
    return (_BYTE_ORDER_MARK + "".join(lines)).encode()


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # An amount of money is text too, and a minus before digits is no formula.
        return value if _NUMBER.fullmatch(value) else neutral(value)
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def nodes_of(party: int | None, parties: str | None) -> Sequence[int]:
    """The identity nodes of a version row."""
    if parties:
        found: list[int] = orjson.loads(parties)
        return found
    return [] if party is None else [party]


def _narrowed(query: Select[Any], kind: FactKind, workspace: Workspace, wanted: Wanted) -> Select[Any]:
    table = kind.table
    later = table.alias("later")
    newer = exists().where(
        later.c.workspace == table.c.workspace,
        later.c.source_system == table.c.source_system,
        later.c.source_key == table.c.source_key,
        later.c.version == table.c.version + 1,
    )
    query = query.where(table.c.workspace == workspace.id, table.c.gone.is_(False), ~newer)
    moment = next((field.name for field in shape_of(kind.record) if field.type is datetime), None)
    if moment is not None:
        here = workspace.settings.zone
        if wanted.date_from is not None:
            query = query.where(table.c[moment] >= to_micros(start_of_day(wanted.date_from, here)))
        if wanted.date_to is not None:
            query = query.where(table.c[moment] < to_micros(start_of_day(wanted.date_to, here)))
    return query


def _people(connection: Connection, workspace: int, rows: Sequence[Row[Any]]) -> dict[int, tuple[str, str]]:
    nodes = {node for row in rows for node in nodes_of(row.party, row.parties)}
    return identities_of(connection, workspace=workspace, nodes=nodes)


def _cells(
    row: Row[Any], fields: Sequence[Field], people: Mapping[int, tuple[str, str]], *, unmasked: bool
) -> list[str]:
    values = row._mapping
    currency = values.get("currency") or "CNY"
    who = [people[node] for node in nodes_of(row.party, row.parties) if node in people]
    return [
        neutral(row.source_system),
        neutral(row.source_key),
        from_micros(row.known_at).isoformat(),
        *(_cell(field, values[field.name], currency, unmasked=unmasked) for field in fields),
        neutral(" ".join(value if unmasked else masked(kind, value) for kind, value in who)),
    ]


def _cell(field: Field, value: Any, currency: str, *, unmasked: bool) -> str:  # noqa: ANN401  any column
    if value is None:
        return ""
    if field.mark.money:
        return format(to_decimal(value, currency), "f")
    if field.type is datetime and not field.many:
        return from_micros(value).isoformat()
    if field.mark.personal and not unmasked:
        return neutral(masked("name", str(value)))
    return neutral(value) if isinstance(value, str) else str(value)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _kind(name: str) -> FactKind:
    if name not in KINDS:
        raise InvalidInput(
            "unknown_kind",
            Text(zh=f"没有种类 {name}", en=f"there is no kind {name}"),
            Text(zh=f"可用：{'、'.join(KINDS)}", en=f"There are: {', '.join(KINDS)}"),
        )
    return KINDS[name]
