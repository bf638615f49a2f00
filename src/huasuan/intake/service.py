"""Taking facts in: each exactly once, corrections as new versions, nothing half-written.

Nothing here commits: the caller's transaction makes facts, raw payload and batch progress durable together.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from huasuan.contacts import resolve_parties
from huasuan.intake import queries
from huasuan.intake.queries import Latest
from huasuan.intake.types import Batch, Item, Outcome, Tally
from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.store import FactKind, Identity

_DIGEST_BYTES = 16
_TWICE = Text(zh="同一批次中同一键出现两次且内容不同", en="the same key stands twice in this delivery with two contents")
_TWICE_REMEDY = Text(zh="请只保留正确的一条。", en="Keep only the right one.")


def take(
    connection: Connection, *, batch: Batch, kind: FactKind, items: Sequence[Item], next_item: int
) -> list[Outcome]:
    """Store facts of one kind; answers each item in order.

    A fact is known by (workspace, source, source key): sent again unchanged it changes nothing, sent with another
    content it becomes the next version. An impossible fact is refused with its reason and the others go in.
    """
    outcomes: dict[int, Outcome] = {}
    checked: list[tuple[Item, Any, Sequence[Identity]]] = []
    for item in items:
        try:
            fact = kind.check(item.fact)
        except HuasuanError as error:
            outcomes[item.number] = refusal(item.number, item.source_key, error)
            continue
        checked.append((item, fact, kind.identities(fact, item.source_key)))
    parties = resolve_parties(
        connection,
        workspace=batch.workspace,
        batch=batch.id,
        identities=(identity for _, _, identities in checked for identity in identities),
    )
    rows = _rows(batch, kind, checked, parties, outcomes)
    outcomes |= _write(connection, batch, kind, rows)
    _finish(connection, batch, items, outcomes, next_item)
    return [outcomes[item.number] for item in items]


def refusal(number: int, source_key: str | None, error: HuasuanError) -> Outcome:
    """The answer for an item that cannot be taken."""
    return Outcome(
        number=number, source_key=source_key, status="refused", code=error.code, text=error.text, remedy=error.remedy
    )


def _rows(
    batch: Batch,
    kind: FactKind,
    checked: Sequence[tuple[Item, Any, Sequence[Identity]]],
    parties: dict[Identity, int],
    outcomes: dict[int, Outcome],
) -> dict[str, tuple[Item, list[Any]]]:
    """One version row per key; a key that stands twice in this delivery is answered here."""
    rows: dict[str, tuple[Item, list[Any]]] = {}
    started = to_micros(batch.started_at)
    for item, fact, identities in checked:
        nodes = [parties[identity] for identity in identities]
        values = kind.row(fact)
        content = hashlib.blake2b(orjson.dumps([values, nodes]), digest_size=_DIGEST_BYTES).digest()
        known = started if item.known_at is None else to_micros(item.known_at)
        row = [
            batch.workspace,
            batch.source,
            item.source_key,
            1,
            None,
            batch.id,
            item.number,
            known,
            False,
            content,
            nodes[0] if nodes else None,
            orjson.dumps(nodes).decode() if len(nodes) > 1 or (nodes and kind.links) else None,
            *values,
        ]
        earlier = rows.get(item.source_key)
        if earlier is None:
            rows[item.source_key] = (item, row)
        elif earlier[1][9] == content:
            outcomes[item.number] = Outcome(number=item.number, source_key=item.source_key, status="unchanged")
        else:
            outcomes[item.number] = _twice(item)
    return rows


def _twice(item: Item) -> Outcome:
    return Outcome(
        number=item.number,
        source_key=item.source_key,
        status="refused",
        code="key_with_two_contents",
        text=_TWICE,
        remedy=_TWICE_REMEDY,
    )


def _write(
    connection: Connection, batch: Batch, kind: FactKind, rows: dict[str, tuple[Item, list[Any]]]
) -> dict[int, Outcome]:
    """Write first versions in one go; only where some existed already, look closer."""
    if not rows:
        return {}
    written = queries.insert_versions(connection, kind, [row for _, row in rows.values()])
    if written == len(rows):
        return {
            item.number: Outcome(number=item.number, source_key=key, status="created")
            for key, (item, _) in rows.items()
        }
    return _settle(connection, batch, kind, rows)


def _settle(
    connection: Connection, batch: Batch, kind: FactKind, rows: dict[str, tuple[Item, list[Any]]]
) -> dict[int, Outcome]:
    """Some keys exist: tell the new from the repeated and the corrected, and write the corrections."""
    outcomes: dict[int, Outcome] = {}
    latest = queries.latest_versions(connection, kind, workspace=batch.workspace, source=batch.source, keys=rows)
    corrections: list[list[Any]] = []
    for key, (item, row) in rows.items():
        known = latest[key]
        status = _status(batch, item, row, known)
        if status == "refused":
            outcomes[item.number] = _twice(item)
            continue
        if status == "corrected":
            row[3], row[4] = known.version + 1, known.fact_id
            corrections.append(row)
        outcomes[item.number] = Outcome(number=item.number, source_key=key, status=status)
    if corrections:
        queries.insert_versions(connection, kind, corrections)
        _keep_late_versions_old(connection, batch, kind, rows, latest)
    return outcomes


def _status(batch: Batch, item: Item, row: list[Any], known: Latest) -> Any:  # noqa: ANN401  a Status
    mine = known.batch == batch.id and known.item == item.number
    if mine and known.version == 1:
        return "created"
    if known.content == row[9] and not known.gone:
        return "unchanged"
    return "refused" if known.batch == batch.id else "corrected"


def _keep_late_versions_old(
    connection: Connection,
    batch: Batch,
    kind: FactKind,
    rows: dict[str, tuple[Item, list[Any]]],
    latest: dict[str, Latest],
) -> None:
    """A version that says it was known earlier than the present one must not replace it: write the present again."""
    if kind.history:
        return
    for key, (_, row) in rows.items():
        known = latest[key]
        if row[4] is None or row[7] >= known.known_at:
            continue
        seq = queries.seq_of(connection, kind, batch=batch, key=key, version=known.version)
        queries.copy_version(
            connection,
            kind,
            seq=seq,
            version=row[3] + 1,
            fact_id=known.fact_id,
            batch=known.batch,
            known_at=known.known_at,
            gone=known.gone,
        )


def _finish(
    connection: Connection, batch: Batch, items: Sequence[Item], outcomes: dict[int, Outcome], next_item: int
) -> None:
    counts = Counter(outcomes[item.number].status for item in items)
    tally = Tally(
        created=counts["created"],
        corrected=counts["corrected"],
        unchanged=counts["unchanged"],
        refused=counts["refused"],
    )
    if items:
        queries.keep_raw(
            connection,
            batch=batch.id,
            first_item=items[0].number,
            last_item=items[-1].number,
            lines=[item.raw for item in items],
        )
    queries.advance_batch(connection, batch=batch.id, next_item=next_item, tally=tally)
