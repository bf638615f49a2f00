"""From the number of a fact to its record as it stands in the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from huasuan.app.exporting import nodes_of
from huasuan.contacts import identities_of
from huasuan.facts.shape import Field, shape_of
from huasuan.intake import KINDS
from huasuan.kernel.masking import masked
from huasuan.kernel.money import to_decimal
from huasuan.kernel.time import from_micros
from huasuan.metrics.answers import number
from huasuan.metrics.behind import Fact
from huasuan.people import Workspace
from huasuan.store import Identity

_CHUNK = 400
_REACHED = frozenset({"phone", "email"})
# A deal is known by all its events; its first one stands for it.
_STORED_AS = {"deal": "deal_event"}


def open_facts(
    connection: Connection,
    workspace: Workspace,
    facts: Sequence[Fact],
    *,
    units: Mapping[str, str],
    first_events: Mapping[int, int],
    unmask: bool = False,
) -> list[dict[str, Any]]:
    """Each fact with what it adds to the figure, its source, its key and its filled fields.

    ``units`` maps a base to its unit: money is written in major units. ``first_events`` maps a deal's hash to its
    first event. Numbers and addresses of people stand under ``people``, masked unless ``unmask``.
    """
    wanted: dict[str, set[int]] = {}
    for fact in facts:
        wanted.setdefault(_STORED_AS.get(fact.kind, fact.kind), set()).add(_number(fact, first_events))
    records = {
        kind: open_records(connection, workspace.id, kind, sorted(ids), unmask=unmask) for kind, ids in wanted.items()
    }
    return [
        {
            "base": fact.base,
            "kind": fact.kind,
            # As text: a browser's numbers hold 53 bits, the hash of a deal has 64.
            "number": str(fact.fact_id),
            "amount": number(fact.amount, units[fact.base], workspace.settings.currency),
            **records[_STORED_AS.get(fact.kind, fact.kind)].get(_number(fact, first_events), {}),
        }
        for fact in facts
    ]


def _number(fact: Fact, first_events: Mapping[int, int]) -> int:
    return first_events.get(fact.fact_id, -1) if fact.kind == "deal" else fact.fact_id


def open_records(
    connection: Connection, workspace: int, kind_name: str, ids: Sequence[int], *, unmask: bool
) -> dict[int, dict[str, Any]]:
    """The newest version of each fact of a kind by its number: source, key, filled fields, people."""
    kind = KINDS[kind_name]
    table = kind.table
    own = func.coalesce(table.c.first_seq, table.c.seq)
    fields = [field for field in shape_of(kind.record) if field.name in kind.columns and not field.mark.personal]
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        names = [table.c[field.name] for field in fields]
        # By the unique key, which is indexed: the versions of a fact share its source and key.
        first = (
            select(table.c.source_system, table.c.source_key)
            .where(table.c.workspace == workspace, table.c.seq.in_(chunk))
            .subquery()
        )
        rows = connection.execute(
            select(
                own.label("own"),
                *[table.c[name] for name in ("source_system", "source_key", "version", "party", "parties")],
                *names,
            )
            .where(
                table.c.workspace == workspace,
                table.c.source_system == first.c.source_system,
                table.c.source_key == first.c.source_key,
            )
            .order_by(table.c.version)
        )
        newest = {row.own: row for row in rows}
        nodes = {node for row in newest.values() for node in nodes_of(row.party, row.parties)}
        people = identities_of(connection, workspace=workspace, nodes=nodes)
        for number_, row in newest.items():
            found[number_] = {**_record(row, fields), "people": _people(row, people, unmask=unmask)}
    return found


def _people(row: Row[Any], known: Mapping[int, Identity], *, unmask: bool) -> dict[str, list[str]]:
    """How the people of a fact can be reached, by kind: phone, email."""
    found: dict[str, list[str]] = {}
    for node in nodes_of(row.party, row.parties):
        kind, value = known.get(node, ("", ""))
        if kind in _REACHED:
            found.setdefault(kind, []).append(value if unmask else masked(kind, value))
    return found


def _record(row: Row[Any], fields: Sequence[Field]) -> dict[str, Any]:
    values = row._mapping
    currency = values.get("currency") or "CNY"
    record = {
        field.wire_name: _shown(field, values[field.name], currency)
        for field in fields
        if values[field.name] is not None and field.name != "legs"
    }
    return {"source": row.source_system, "key": row.source_key, "version": row.version, "record": record}


def _shown(field: Field, value: Any, currency: str) -> Any:  # noqa: ANN401  JSON
    if field.mark.money:
        return format(to_decimal(value, currency), "f")
    if field.many:
        return orjson.loads(value)
    if field.type is datetime:
        return from_micros(value).isoformat()
    return value
