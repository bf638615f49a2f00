"""Taking facts in: each exactly once, corrections as new versions, nothing half-written.

Nothing here commits: the caller's transaction makes facts, raw payload and batch progress durable together.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from huasuan.consent import KEPT_BY_PERSON
from huasuan.contacts import known_parties, note_nodes, resolve_parties, tie
from huasuan.facts.marks import Identity
from huasuan.intake import queries
from huasuan.intake.queries import Rewrite, Version
from huasuan.intake.types import Batch, Item, Outcome, RawLines, Status, Taken, Tally
from huasuan.kernel.errors import Conflict, HuasuanError
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.store import FactKind

_DIGEST_BYTES = 16
# Places in a version row, see store.VERSION_COLUMNS.
_VERSION, _FACT, _KNOWN_AT, _CONTENT, _PARTY, _PARTIES = 3, 4, 7, 9, 10, 11
_UNKNOWN_PARTY = -1
_TWICE = Text(
    zh="同一批次中同一键出现两次且内容不同", en="the same key stands twice in this delivery with two contents"
)
_TWICE_REMEDY = Text(zh="请只保留正确的一条。", en="Keep only the right one.")


class _Checked(NamedTuple):
    """A fact that can be: its place among the items, what completes it, and who it is about."""

    place: int
    item: Item
    fact: Any
    changes: Mapping[str, Any] | None
    identities: Sequence[Identity]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Items on their way: the answers so far, and one version row (with its item's place) per key.

    ``columns`` are the columns of the kind that the rows fill, behind those of every version.
    """

    statuses: list[Status]
    refusals: dict[int, Outcome]
    columns: list[str]
    rows: dict[str, tuple[int, list[Any]]]


def take(
    connection: Connection,
    *,
    batch: Batch,
    kind: FactKind,
    items: Sequence[Item],
    raw: RawLines,
    next_item: int,
    refused: int = 0,
    ended_at: datetime | None = None,
) -> Taken:
    """Store facts of one kind; answers each item in order.

    A fact is known by (workspace, source, source key): sent again unchanged it changes nothing, sent with another
    content it becomes the next version. An impossible fact is refused with its reason and the others go in.

    Parameters
    ----------
    batch
        The delivery, its ``next_item`` as the database has it.
    raw
        What was sent, kept unless it brought nothing new.
    refused
        How many items were refused before they became facts, for the batch's count.
    ended_at
        States that this was the last of the batch.

    Raises
    ------
    Conflict
        ``batch_taken_over`` if the batch was taken back, or went on elsewhere, in the meantime.
    """
    chunk, checked = _check(kind, items)
    queries.hold_source(connection, kind, workspace=batch.workspace, source=batch.source)
    parties = resolve_parties(
        connection,
        workspace=batch.workspace,
        batch=batch.id,
        identities=(identity for one in checked for identity in one.identities),
    )
    _fill_rows(chunk, batch, kind, checked, parties)
    if chunk.rows:
        written = queries.insert_versions(connection, kind, chunk.columns, [row for _, row in chunk.rows.values()])
        if written != len(chunk.rows):
            _settle(connection, batch, kind, items, chunk)
        _remember_persons(connection, batch, kind, chunk)
    tally = tally_of(chunk.statuses, refused=refused)
    if raw.lines and (refused or tally.unchanged != len(chunk.statuses)):
        queries.keep_raw(connection, batch=batch.id, raw=raw)
    _advance(connection, batch, tally, next_item=next_item, ended_at=ended_at)
    return Taken(statuses=chunk.statuses, refusals=chunk.refusals)


def preview(
    connection: Connection, *, batch: Batch, kind: FactKind, items: Sequence[Item], seen: dict[str, bytes]
) -> Taken:
    """What ``take`` would answer, without writing; ``seen`` carries keys and contents from chunk to chunk."""
    chunk, checked = _check(kind, items)
    parties = known_parties(
        connection,
        workspace=batch.workspace,
        identities=(identity for one in checked for identity in one.identities),
    )
    for one in checked:
        for identity in one.identities:
            parties.setdefault(identity, _UNKNOWN_PARTY)
    _fill_rows(chunk, batch, kind, checked, parties)
    found = queries.versions_of(connection, kind, workspace=batch.workspace, source=batch.source, keys=chunk.rows)
    for key, (place, row) in chunk.rows.items():
        earlier = seen.get(key)
        if earlier is None:
            seen[key] = row[_CONTENT]
            if key in found:
                chunk.statuses[place] = _judge(kind, found[key], batch, items[place].number, row)
        elif earlier == row[_CONTENT]:
            chunk.statuses[place] = "unchanged"
        else:
            _refuse_twice(chunk, place, items[place])
    return Taken(statuses=chunk.statuses, refusals=chunk.refusals)


def refusal(number: int, source_key: str | None, error: HuasuanError) -> Outcome:
    """The answer for an item that cannot be taken."""
    return Outcome(
        number=number, source_key=source_key, status="refused", code=error.code, text=error.text, remedy=error.remedy
    )


def tally_of(statuses: Iterable[Status], *, refused: int = 0) -> Tally:
    """How many items ended which way; ``refused`` are added to the refused ones."""
    counts = Counter(statuses)
    return Tally(
        created=counts["created"],
        corrected=counts["corrected"],
        unchanged=counts["unchanged"],
        refused=counts["refused"] + refused,
    )


def _check(kind: FactKind, items: Sequence[Item]) -> tuple[_Chunk, list[_Checked]]:
    """Ask the room's rules about every fact."""
    chunk = _Chunk(statuses=["created"] * len(items), refusals={}, columns=[], rows={})
    checked: list[_Checked] = []
    check, completion, identities = kind.check, kind.completion, kind.identities
    for place, item in enumerate(items):
        fact, changes = item.fact, None
        try:
            if completion is None:
                fact = check(fact)
            else:
                changes = completion(fact)
        except HuasuanError as error:
            chunk.statuses[place] = "refused"
            chunk.refusals[place] = refusal(item.number, item.source_key, error)
            continue
        checked.append(_Checked(place, item, fact, changes, identities(fact, item.source_key)))
    return chunk, checked


def _fill_rows(
    chunk: _Chunk, batch: Batch, kind: FactKind, checked: Sequence[_Checked], parties: Mapping[Identity, int]
) -> None:
    """One version row per key; a key that stands twice in this chunk is answered here."""
    if not checked:
        return
    started, several, rows = to_micros(batch.started_at), 0 if kind.links else 1, chunk.rows
    columns, filled = kind.rows([one.fact for one in checked], [one.changes for one in checked])
    chunk.columns.extend(columns)
    for (place, item, _, _, identities), values in zip(checked, filled, strict=True):
        nodes = [parties[identity] for identity in identities]
        # Only what is there counts, so that a column added later does not make every stored fact look changed.
        said = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
        content = hashlib.blake2b(orjson.dumps([said, nodes]), digest_size=_DIGEST_BYTES).digest()
        earlier = rows.get(item.source_key)
        if earlier is None:
            rows[item.source_key] = (
                place,
                [
                    batch.workspace,
                    batch.source,
                    item.source_key,
                    1,
                    None,
                    batch.id,
                    item.number,
                    started if item.known_at is None else to_micros(item.known_at),
                    False,
                    content,
                    nodes[0] if nodes else None,
                    orjson.dumps(nodes).decode() if len(nodes) > several else None,
                    *values,
                ],
            )
        elif earlier[1][_CONTENT] == content:
            chunk.statuses[place] = "unchanged"
        else:
            _refuse_twice(chunk, place, item)


def _refuse_twice(chunk: _Chunk, place: int, item: Item) -> None:
    chunk.statuses[place] = "refused"
    chunk.refusals[place] = Outcome(
        number=item.number,
        source_key=item.source_key,
        status="refused",
        code="key_with_two_contents",
        text=_TWICE,
        remedy=_TWICE_REMEDY,
    )


def _settle(connection: Connection, batch: Batch, kind: FactKind, items: Sequence[Item], chunk: _Chunk) -> None:
    """Some keys exist: tell the new from the repeated and the corrected, and write the corrections."""
    found = queries.versions_of(connection, kind, workspace=batch.workspace, source=batch.source, keys=chunk.rows)
    corrections: list[list[Any]] = []
    late: list[Rewrite] = []
    for key, (place, row) in chunk.rows.items():
        versions = found[key]
        status = _judge(kind, versions, batch, items[place].number, row)
        chunk.statuses[place] = status
        if status == "refused":
            _refuse_twice(chunk, place, items[place])
        elif _is_news(kind, versions, row, batch=batch, item=items[place], status=status):
            present = versions[-1]
            corrected = row.copy()
            corrected[_VERSION], corrected[_FACT] = present.version + 1, present.fact_id
            corrections.append(corrected)
            late.extend(_kept_old(kind, present, corrected))
    if corrections:
        queries.insert_versions(connection, kind, chunk.columns, corrections)
        queries.rewrite_versions(connection, kind, late)


def _remember_persons(connection: Connection, batch: Batch, kind: FactKind, chunk: _Chunk) -> None:
    """Which nodes are one person by now, and whom consents and opt-outs are about: asked before every contact."""
    note = tie if kind.links else note_nodes if kind.kind in KEPT_BY_PERSON else None
    if note is None:
        return
    named = {
        key: orjson.loads(row[_PARTIES]) if row[_PARTIES] else [row[_PARTY]]
        for key, (_, row) in chunk.rows.items()
        if row[_PARTY] is not None
    }
    if named:
        note(connection, workspace=batch.workspace, kind=kind.kind, source=batch.source, named=named)


def _is_news(
    kind: FactKind, versions: Sequence[Version], row: Sequence[Any], *, batch: Batch, item: Item, status: Status
) -> bool:
    """Whether a row must be written.

    The same content stated to have been known later is written too, though the fact reads as before: it still holds
    then, whatever may yet arrive about the time between.
    """
    if any(one.batch == batch.id and one.item == item.number for one in versions):
        return False
    if status != "unchanged":
        return True
    said = _said(kind, versions, row)
    return item.known_at is not None and said is not None and said.known_at < row[_KNOWN_AT]


def _judge(kind: FactKind, versions: Sequence[Version], batch: Batch, number: int, row: Sequence[Any]) -> Status:
    """What a row is to the stored versions of its fact."""
    mine = next((one for one in versions if one.batch == batch.id and one.item == number), None)
    if mine is not None:
        earlier = [one for one in versions if one.version < mine.version]
        return "created" if not earlier or earlier[-1].gone else "corrected"
    if _said(kind, versions, row) is not None:
        return "unchanged"
    if any(one.batch == batch.id for one in versions):
        return "refused"
    return "created" if versions[-1].gone else "corrected"


def _said(kind: FactKind, versions: Sequence[Version], row: Sequence[Any]) -> Version | None:
    """The version by which the fact already reads so as known at the time of the row."""
    known_at: int = row[_KNOWN_AT]
    present = versions[-1]
    if kind.history or known_at >= present.known_at:
        known = [one for one in versions if one.known_at <= known_at] if kind.history else [present]
        standing = max(known, key=lambda one: (one.known_at, one.version), default=None)
        said = standing is not None and not standing.gone and standing.content == row[_CONTENT]
        return standing if said else None
    if present.gone:
        return None
    # An older version that comes again.
    return next((one for one in versions if one.known_at == known_at and one.content == row[_CONTENT]), None)


def _kept_old(kind: FactKind, present: Version, row: Sequence[Any]) -> Iterable[Rewrite]:
    """A version that says it was known earlier than the present one must not replace it: write the present again.

    Kinds with history need no such row, because they are read by ``known_at``.
    """
    if not kind.history and not present.gone and row[_KNOWN_AT] < present.known_at:
        yield Rewrite(
            version=row[_VERSION] + 1,
            fact_id=present.fact_id,
            batch=present.batch,
            known_at=present.known_at,
            gone=present.gone,
            seq=present.seq,
        )


def _advance(connection: Connection, batch: Batch, tally: Tally, *, next_item: int, ended_at: datetime | None) -> None:
    if not queries.advance_batch(
        connection,
        batch=batch.id,
        item=batch.next_item,
        next_item=next_item,
        tally=tally,
        ended_at=None if ended_at is None else to_micros(ended_at),
    ):
        raise Conflict(
            "batch_taken_over",
            Text(zh=f"批次 {batch.id} 已被撤销或由别处继续", en=f"batch {batch.id} was undone or went on elsewhere"),
            Text(zh="请确认没有同时导入同一文件，再重新运行。", en="Import a file only once at a time; run it again."),
        )
