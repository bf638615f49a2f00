"""Taking a person out of the facts and the raw payloads: numbers, names, addresses and free texts; figures stay.

Facts are written once and never changed; erasing is the one exception, because a person may demand it. No new version
is written: what figures are made of (times, durations, amounts, the nameless node) stays as it was.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import Connection, Text, or_, select, update

from huasuan.facts.shape import shape_of
from huasuan.intake.kinds import KINDS
from huasuan.intake.tables import BATCH, RAW
from huasuan.kernel.needles import squeezed
from huasuan.store import ERASED, FactKind

_CODEC = pa.Codec("zstd", compression_level=1)
_GONE = b'{"erased":true}'
_DIGEST_BYTES = 16
# A text this short stands in too many others by chance.
_SHORTEST_TEXT = 2


@dataclass(slots=True, kw_only=True)
class Erased:
    """What was found and taken out. ``texts``: names, addresses and notes that stood in the person's facts;
    ``copied``: whether something was changed that the warehouse had copied; ``items``: where the facts came from."""

    facts: int = 0
    lines: int = 0
    copied: bool = False
    texts: set[str] = field(default_factory=set)
    items: set[tuple[int, int]] = field(default_factory=set)


def known_texts(connection: Connection, *, workspace: int, nodes: Collection[int]) -> dict[str, list[dict[str, Any]]]:
    """Every fact about the nodes, by kind, as it stands: what a person who asks is shown (R13)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS.values():
        rows = _about(connection, kind, workspace, nodes)
        if rows:
            found[kind.kind] = [
                {name: row[name] for name in ("source_system", "source_key", "version", "known_at", *kind.columns)}
                for row in rows
            ]
    return found


def erase_facts(connection: Connection, *, workspace: int, nodes: Collection[int], needles: Sequence[str]) -> Erased:
    """Take the person out of all versions of all facts about the nodes.

    ``needles`` are the person's numbers and addresses as they may be written in texts and keys.
    """
    erased = Erased()
    for kind in KINDS.values():
        for row in _about(connection, kind, workspace, nodes):
            _collect(kind, row, erased)
    for kind in KINDS.values():
        for row in _about(connection, kind, workspace, nodes):
            _erase_row(connection, kind, row, [*needles, *erased.texts], erased)
    return erased


def erase_raw(connection: Connection, *, workspace: int, needles: Sequence[str], erased: Erased) -> None:
    """Blank every raw line that brought one of the facts, or that holds one of the numbers."""
    wanted: dict[int, set[int]] = {}
    for batch, item in erased.items:
        wanted.setdefault(batch, set()).add(item)
    digits = [needle.encode() for needle in needles]
    texts = [text.encode() for text in erased.texts]
    batches = select(BATCH.c.id).where(BATCH.c.workspace == workspace)
    numbers = list(connection.execute(select(RAW.c.id).where(RAW.c.batch.in_(batches)).order_by(RAW.c.id)).scalars())
    for number in numbers:
        row = connection.execute(select(RAW).where(RAW.c.id == number)).one()
        lines = _unpacked(row.payload).split(b"\n")
        items = wanted.get(row.batch, set())
        aligned = len(lines) == row.last_item - row.first_item + 1
        changed = 0
        for place, line in enumerate(lines):
            mine = aligned and row.first_item + place in items
            # Where lines do not stand for items (a cell held a line break), whatever names the person is blanked.
            names = not aligned and items and any(text in line for text in texts)
            if line != _GONE and (mine or names or _holds(line, digits)):
                lines[place] = _GONE
                changed += 1
        if changed:
            payload = _CODEC.compress(b"\n".join(lines), asbytes=True)
            connection.execute(update(RAW).where(RAW.c.id == number).values(payload=payload))
            erased.lines += changed


def _unpacked(payload: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(payload), "zstd") as stream:
        whole: bytes = stream.read()
    return whole


def _holds(line: bytes, digits: Sequence[bytes]) -> bool:
    if any(needle in line for needle in digits):
        return True
    tight = squeezed(line)
    return any(needle in tight for needle in digits)


def _about(connection: Connection, kind: FactKind, workspace: int, nodes: Collection[int]) -> list[Any]:
    """All versions of all facts that name one of the nodes."""
    table = kind.table
    query = select(table).where(
        table.c.workspace == workspace, or_(table.c.party.in_(nodes), table.c.parties.is_not(None))
    )
    found = []
    for row in connection.execute(query).mappings():
        plain = {column.name: row[column] for column in table.columns}
        named = [plain["party"]] if plain["parties"] is None else orjson.loads(plain["parties"])
        if any(node in nodes for node in named):
            found.append(plain)
    return found


def _personal(kind: FactKind) -> tuple[str, ...]:
    return tuple(item.name for item in shape_of(kind.record) if item.mark.personal and not item.mark.identity)


def _collect(kind: FactKind, row: dict[str, Any], erased: Erased) -> None:
    erased.items.add((row["batch"], row["item"]))
    for name in _personal(kind):
        value = row[name]
        if isinstance(value, str) and len(value.strip()) >= _SHORTEST_TEXT:
            erased.texts.add(value)


def _erase_row(
    connection: Connection, kind: FactKind, row: dict[str, Any], needles: Sequence[str], erased: Erased
) -> None:
    table, personal = kind.table, _personal(kind)
    # What the same content would come to is known to whoever guesses it; nothing of that stays either.
    values: dict[str, Any] = {"content": os.urandom(_DIGEST_BYTES)}
    for column in table.columns:
        value = row[column.name]
        if column.name in personal:
            values[column.name] = None
        elif isinstance(column.type, Text) and isinstance(value, str) and column.name != "parties":
            said = _without(value, needles)
            if said != value:
                values[column.name] = said
                erased.copied = erased.copied or column.name not in {"source_system", "source_key"}
    connection.execute(update(table).where(table.c.seq == row["seq"]).values(values))
    erased.facts += 1


def _without(value: str, needles: Sequence[str]) -> str:
    for needle in sorted(needles, key=len, reverse=True):
        value = value.replace(needle, ERASED)
    return value
