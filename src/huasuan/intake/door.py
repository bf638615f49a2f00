"""The one door for records from outside: API, files, connectors and the simulator all come through here."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from huasuan.intake import queries, service
from huasuan.intake.kinds import kind_named
from huasuan.intake.types import Batch, Item, Outcome
from huasuan.intake.wire import parse_record
from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.time import now, to_micros
from huasuan.store import FactKind, Store

CHUNK = 5000
_KEY_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a delivery."""

    batch: int
    outcomes: Sequence[Outcome]


def deliver(
    store: Store,
    *,
    workspace: int,
    kind_name: str,
    source: str,
    records: Sequence[object],
    origin: str = "api",
    region: str = "CN",
) -> Delivery:
    """Take JSON records of one kind in a single transaction; when this returns, they are durable.

    Each record carries ``key`` (its id in the sending system; without one, its content is its key) and may carry
    ``known_at``. Answers one outcome for each record in order; a refused one stops none of the others.
    """
    kind = kind_named(kind_name)
    batch = open_delivery(store, workspace=workspace, kind=kind, source=source, origin=origin)
    outcomes = _take_chunk(store, batch, kind, records, first=0, region=region)
    close_delivery(store, batch)
    return Delivery(batch=batch.id, outcomes=outcomes)


def deliver_stream(
    store: Store,
    *,
    workspace: int,
    kind_name: str,
    source: str,
    records: Iterable[object],
    origin: str,
    region: str = "CN",
) -> Iterator[Sequence[Outcome]]:
    """Take any number of records in one batch, a transaction a chunk; yields the outcomes of each chunk."""
    kind = kind_named(kind_name)
    batch = open_delivery(store, workspace=workspace, kind=kind, source=source, origin=origin)
    pending = iter(records)
    first = 0
    while chunk := list(islice(pending, CHUNK)):
        yield _take_chunk(store, batch, kind, chunk, first=first, region=region)
        first += len(chunk)
    close_delivery(store, batch)


def open_delivery(store: Store, *, workspace: int, kind: FactKind, source: str, origin: str) -> Batch:
    """Start a batch."""
    started = now()
    with store.write() as connection:
        number = queries.start_batch(
            connection,
            workspace=workspace,
            kind=kind.kind,
            source=source,
            origin=origin,
            name=None,
            fingerprint=None,
            started_at=to_micros(started),
        )
    return Batch(id=number, workspace=workspace, kind=kind.kind, source=source, started_at=started, next_item=0)


def close_delivery(store: Store, batch: Batch) -> None:
    """End a batch."""
    with store.write() as connection:
        queries.end_batch(connection, batch=batch.id, status="done", ended_at=to_micros(now()))


def content_key(raw: bytes) -> str:
    """The key of a record that names none: two records with the same content are the same fact."""
    return "content:" + hashlib.blake2b(raw, digest_size=_KEY_BYTES).hexdigest()


def _take_chunk(
    store: Store, batch: Batch, kind: FactKind, records: Sequence[object], *, first: int, region: str
) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    items: list[Item] = []
    for number, record in enumerate(records, start=first):
        parsed = _parse(kind, number, record, region)
        if isinstance(parsed, Outcome):
            outcomes[number] = parsed
        else:
            items.append(parsed)
    with store.write() as connection:
        taken = service.take(connection, batch=batch, kind=kind, items=items, next_item=first + len(records))
    outcomes |= {outcome.number: outcome for outcome in taken}
    return [outcomes[number] for number in range(first, first + len(records))]


def _parse(kind: FactKind, number: int, record: object, region: str) -> Item | Outcome:
    raw = orjson.dumps(record, default=str)
    try:
        parsed = parse_record(kind.record, record, region=region)
    except HuasuanError as error:
        key = record.get("key") if isinstance(record, dict) else None
        return service.refusal(number, key if isinstance(key, str) else None, error)
    return Item(
        number=number,
        source_key=parsed.key or content_key(raw),
        fact=parsed.fact,
        raw=raw,
        known_at=parsed.known_at,
    )
