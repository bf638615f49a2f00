"""The one door for records from outside: API, files, connectors and the simulator all come through here."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import orjson
from sqlalchemy import Connection

from huasuan.intake import queries, service
from huasuan.intake.kinds import kind_named
from huasuan.intake.making import maker
from huasuan.intake.types import Batch, Item, Outcome, RawLines, Taken
from huasuan.intake.wire import parse_record
from huasuan.kernel.errors import HuasuanError, InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.store import FactKind, Store

CHUNK = 5000
_KEY_BYTES = 12
_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a delivery."""

    batch: int
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parsed:
    """A chunk of records: the facts in it, the refused records, and everything as it was sent."""

    first: int
    items: list[Item]
    refused: dict[int, Outcome]
    raw: list[bytes]

    @property
    def next_item(self) -> int:
        return self.first + len(self.raw)


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
    parsed = _parse_chunk(kind, records, first=0, region=region)
    with store.write() as connection:
        return _deliver_parsed(connection, parsed, workspace=workspace, kind=kind, source=source, origin=origin)


def deliver_within(
    connection: Connection,
    *,
    workspace: int,
    kind_name: str,
    source: str,
    records: Sequence[object],
    origin: str,
) -> Delivery:
    """Take a few JSON records in the caller's transaction, together with whatever else it writes.

    Everybody else waits while they are parsed, so this is for records that must not be told from what was read before.
    """
    kind = kind_named(kind_name)
    parsed = _parse_chunk(kind, records, first=0, region="CN")
    return _deliver_parsed(connection, parsed, workspace=workspace, kind=kind, source=source, origin=origin)


def _deliver_parsed(
    connection: Connection, parsed: _Parsed, *, workspace: int, kind: FactKind, source: str, origin: str
) -> Delivery:
    batch = start_delivery(connection, workspace=workspace, kind=kind, source=source, origin=origin)
    taken = _take(connection, batch, kind, parsed, ended_at=now())
    return Delivery(batch=batch.id, outcomes=_outcomes(parsed, taken))


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
    with store.write() as connection:
        batch = start_delivery(connection, workspace=workspace, kind=kind, source=source, origin=origin)
    pending = iter(records)
    while chunk := list(islice(pending, CHUNK)):
        parsed = _parse_chunk(kind, chunk, first=batch.next_item, region=region)
        with store.write() as connection:
            taken = _take(connection, batch, kind, parsed)
        yield _outcomes(parsed, taken)
        batch = replace(batch, next_item=parsed.next_item)
    close_delivery(store, batch)


def start_delivery(
    connection: Connection,
    *,
    workspace: int,
    kind: FactKind,
    source: str,
    origin: str,
    name: str | None = None,
    fingerprint: str | None = None,
) -> Batch:
    """Start a batch in the caller's transaction."""
    started = now()
    number = queries.start_batch(
        connection,
        workspace=workspace,
        kind=kind.kind,
        source=source,
        origin=origin,
        name=name,
        fingerprint=fingerprint,
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


def _take(
    connection: Connection, batch: Batch, kind: FactKind, parsed: _Parsed, *, ended_at: datetime | None = None
) -> Taken:
    return service.take(
        connection,
        batch=batch,
        kind=kind,
        items=parsed.items,
        raw=RawLines(first=parsed.first, lines=parsed.raw),
        next_item=parsed.next_item,
        refused=len(parsed.refused),
        ended_at=ended_at,
    )


def _outcomes(parsed: _Parsed, taken: Taken) -> list[Outcome]:
    """One answer for each record, in the order they came."""
    make = maker(Outcome)
    if not (parsed.refused or taken.refusals):
        return [
            make(number=item.number, source_key=item.source_key, status=status)
            for item, status in zip(parsed.items, taken.statuses, strict=True)
        ]
    found = dict(parsed.refused)
    for place, (item, status) in enumerate(zip(parsed.items, taken.statuses, strict=True)):
        found[item.number] = taken.refusals.get(place) or make(
            number=item.number, source_key=item.source_key, status=status
        )
    return [found[number] for number in range(parsed.first, parsed.next_item)]


def _parse_chunk(kind: FactKind, records: Sequence[object], *, first: int, region: str) -> _Parsed:
    parsed = _Parsed(first=first, items=[], refused={}, raw=[orjson.dumps(record, default=str) for record in records])
    suspect = _NUL in b"".join(parsed.raw)
    for number, record in enumerate(records, start=first):
        try:
            if suspect:
                _refuse_nul(record)
            read = parse_record(kind.record, record, region=region)
        except HuasuanError as error:
            key = record.get("key") if isinstance(record, dict) else None
            parsed.refused[number] = service.refusal(number, key if isinstance(key, str) else None, error)
            continue
        key = read.key or content_key(orjson.dumps(record, default=str, option=orjson.OPT_SORT_KEYS))
        parsed.items.append(Item(number, key, read.fact, read.known_at))
    return parsed


def _refuse_nul(record: object) -> None:
    """PostgreSQL keeps no NUL in a text; a backslash followed by u0000 is none."""
    if isinstance(record, str) and "\0" in record:
        raise InvalidInput(
            "nul_character",
            Text(zh="文本中含有空字符（U+0000）", en="a text holds the character U+0000"),
            Text(zh="请在发送前去掉它。", en="Take it out before sending."),
        )
    if isinstance(record, dict):
        for name, value in record.items():
            _refuse_nul(name)
            _refuse_nul(value)
    elif isinstance(record, list | tuple):
        for value in record:
            _refuse_nul(value)
