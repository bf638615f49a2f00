"""Taking a person out of the facts and the raw payloads: numbers, names, addresses and free texts; figures stay.

Facts are written once and never changed; erasing is the one exception, because a person may demand it. No new version
is written: what figures are made of (times, durations, amounts, the nameless node) stays as it was.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Select, Text, and_, delete, func, or_, select, update

from huasuan.facts.shape import shape_of
from huasuan.intake.kinds import KINDS
from huasuan.intake.tables import BATCH, RAW
from huasuan.kernel.needles import squeezed
from huasuan.store import FactKind, stand_ins

_CODEC = pa.Codec("zstd", compression_level=1)
_GONE = b'{"erased":true}'
_DIGEST_BYTES = 16
_AT_ONCE = 500
# What a fact may belong to, by the column that holds its key: the kind it is, and where that kind has its key.
_BELONGS = {"lead": ("lead", "source_key"), "call": ("call", "source_key"), "deal": ("deal_event", "deal")}
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
    head = ("source_system", "source_key", "version", "known_at")
    return {
        kind.kind: [{name: row[name] for name in (*head, *kind.columns)} for row in rows]
        for kind, rows in _about(connection, workspace, nodes)
        if rows
    }


def erase_facts(
    connection: Connection, *, workspace: int, nodes: Collection[int], needles: Mapping[str, str]
) -> Erased:
    """Take the person out of all versions of all facts about the nodes.

    ``needles`` are the person's numbers and addresses as they may be written in texts and keys, with what stands there
    afterwards.
    """
    erased = Erased()
    about = _about(connection, workspace, nodes)
    for kind, rows in about:
        for row in rows:
            _collect(kind, row, erased)
    instead = {**stand_ins(erased.texts), **needles}
    for kind, rows in about:
        for row in rows:
            _erase_row(connection, kind, row, instead, erased)
    return erased


def forget_shared(connection: Connection, *, workspace: int, erased: Erased) -> None:
    """Drop from ``texts`` what stands in facts about others too: that tells nobody apart, and others need it.

    Called when the person's own facts hold it no more.
    """
    texts = sorted(erased.texts)
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        for kind in KINDS.values():
            for column in (kind.table.c[name] for name in _personal(kind)):
                here = select(column).where(kind.table.c.workspace == workspace, column.in_(some)).distinct()
                erased.texts.difference_update(connection.execute(here).scalars())


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


def nodes_heard_of(connection: Connection, *, workspace: int, since: int, without: Collection[str]) -> set[int]:
    """The nodes named by facts that became known since a moment (in microseconds), of any kind not in ``without``."""
    found: set[int] = set()
    for kind in KINDS.values():
        if kind.kind in without:
            continue
        table = kind.table
        late = (table.c.workspace == workspace, table.c.known_at >= since)
        one = select(table.c.party).where(*late, table.c.parties.is_(None), table.c.party.is_not(None)).distinct()
        found.update(connection.execute(one).scalars())
        for text in connection.execute(select(table.c.parties).where(*late, table.c.parties.is_not(None))).scalars():
            found.update(orjson.loads(text))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What must stay in raw payloads: lines that hold one of the numbers, or that brought one of the items."""

    needles: Sequence[str] = ()
    items: frozenset[tuple[int, int]] = frozenset()


def items_about(connection: Connection, *, workspace: int, nodes: Collection[int]) -> frozenset[tuple[int, int]]:
    """(batch, item) of every version of every fact about the nodes."""
    if not nodes:
        return frozenset()
    about = _about(connection, workspace, nodes)
    return frozenset((row["batch"], row["item"]) for _, rows in about for row in rows)


def raw_before(connection: Connection, *, workspace: int, until: int) -> int:
    """How many payloads of deliveries that began before a moment (in microseconds) are still there."""
    return connection.execute(select(func.count()).select_from(_old_raw(workspace, until).subquery())).scalar_one()


def forget_raw(
    connection: Connection, *, workspace: int, until: int, after: int, limit: int, kept: Kept
) -> tuple[int, int | None]:
    """Delete the next payloads of old deliveries, all but the lines that must stay.

    Answers how many were deleted or changed, and the number of the last one looked at; None behind the end.
    """
    query = _old_raw(workspace, until).where(RAW.c.id > after).order_by(RAW.c.id).limit(limit)
    rows = connection.execute(query).all()
    changed = 0
    for row in rows:
        left = _only_kept(row, kept)
        if left is None:
            connection.execute(delete(RAW).where(RAW.c.id == row.id))
        elif left != row.payload:
            connection.execute(update(RAW).where(RAW.c.id == row.id).values(payload=left))
        changed += left != row.payload
    return changed, rows[-1].id if rows else None


def _old_raw(workspace: int, until: int) -> Select[Any]:
    mine = (BATCH.c.workspace == workspace, BATCH.c.started_at < until, BATCH.c.status != "open")
    return select(RAW).join(BATCH, BATCH.c.id == RAW.c.batch).where(*mine)


def _only_kept(row: Any, kept: Kept) -> bytes | None:  # noqa: ANN401  a row of the table
    """The payload without what need not stay; None where nothing of it must."""
    if not (kept.needles or kept.items):
        return None
    whole: bytes = row.payload
    digits = [needle.encode() for needle in kept.needles]
    lines = _unpacked(whole).split(b"\n")
    places = {item for batch, item in kept.items if batch == row.batch and row.first_item <= item <= row.last_item}
    if len(lines) != row.last_item - row.first_item + 1:
        # Lines do not stand for items: whose each is cannot be told.
        return whole if places or any(_holds(line, digits) for line in lines) else None
    stays = [row.first_item + place in places or _holds(line, digits) for place, line in enumerate(lines)]
    if not any(stays):
        return None
    left = [line if stay else _GONE for line, stay in zip(lines, stays, strict=True)]
    return whole if left == lines else _CODEC.compress(b"\n".join(left), asbytes=True)


def _unpacked(payload: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(payload), "zstd") as stream:
        whole: bytes = stream.read()
    return whole


def _holds(line: bytes, digits: Sequence[bytes]) -> bool:
    if any(needle in line for needle in digits):
        return True
    tight = squeezed(line)
    return any(needle in tight for needle in digits)


def _about(
    connection: Connection, workspace: int, nodes: Collection[int]
) -> list[tuple[FactKind, list[dict[str, Any]]]]:
    """All versions of all facts about the nodes, by kind.

    A fact that names nobody is about whom the lead, call or deal it belongs to is about.
    """
    found = {kind.kind: _naming(connection, kind, workspace, nodes) for kind in KINDS.values()}
    keys = {
        name: sorted({row[key] for row in found.get(whole, []) if row[key]}) for name, (whole, key) in _BELONGS.items()
    }
    for kind in KINDS.values():
        seen = {row["seq"] for row in found[kind.kind]}
        for row in _belonging(connection, kind, workspace, keys):
            if row["seq"] not in seen:
                found[kind.kind].append(row)
                seen.add(row["seq"])
    return [(kind, found[kind.kind]) for kind in KINDS.values()]


def _naming(connection: Connection, kind: FactKind, workspace: int, nodes: Collection[int]) -> list[dict[str, Any]]:
    """All versions of the facts of a kind that name one of the nodes."""
    table = kind.table
    found = []
    for row in _rows(connection, kind, workspace, or_(table.c.party.in_(nodes), table.c.parties.is_not(None))):
        named = [row["party"]] if row["parties"] is None else orjson.loads(row["parties"])
        if any(node in nodes for node in named):
            found.append(row)
    return found


def _belonging(
    connection: Connection, kind: FactKind, workspace: int, keys: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, Any]]:
    """The facts of a kind that name nobody and belong to one of the keys, by column."""
    table = kind.table
    for name in _BELONGS:
        for start in range(0, len(keys[name]) if name in kind.columns else 0, _AT_ONCE):
            theirs = table.c[name].in_(keys[name][start : start + _AT_ONCE])
            yield from _rows(
                connection, kind, workspace, and_(theirs, table.c.party.is_(None), table.c.parties.is_(None))
            )


def _rows(connection: Connection, kind: FactKind, workspace: int, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    table = kind.table
    query = select(table).where(table.c.workspace == workspace, which)
    return [{column.name: row[column] for column in table.columns} for row in connection.execute(query).mappings()]


def _personal(kind: FactKind) -> tuple[str, ...]:
    return tuple(item.name for item in shape_of(kind.record) if item.mark.personal and not item.mark.identity)


def _collect(kind: FactKind, row: dict[str, Any], erased: Erased) -> None:
    erased.items.add((row["batch"], row["item"]))
    for name in _personal(kind):
        value = row[name]
        if isinstance(value, str) and len(value.strip()) >= _SHORTEST_TEXT:
            erased.texts.add(value)


def _erase_row(
    connection: Connection, kind: FactKind, row: dict[str, Any], needles: Mapping[str, str], erased: Erased
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


def _without(value: str, needles: Mapping[str, str]) -> str:
    for needle in sorted(needles, key=len, reverse=True):
        value = value.replace(needle, needles[needle])
    return value
