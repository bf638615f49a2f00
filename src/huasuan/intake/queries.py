"""All SQL of the door: versions of facts, batches, raw payloads."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, Text, cast, func, insert, select, update

from huasuan.intake.tables import BATCH, RAW
from huasuan.intake.types import Batch, Tally
from huasuan.store import VERSION_COLUMNS, FactKind

_CHUNK = 400
_RAW_LEVEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest version of a fact as it stands in the store."""

    fact_id: int
    version: int
    content: bytes
    known_at: int
    gone: bool
    batch: int
    item: int


def placeholder(connection: Connection) -> str:
    """How this database marks a bound value."""
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def insert_versions(connection: Connection, kind: FactKind, rows: Sequence[Sequence[object]]) -> int:
    """Write version rows (VERSION_COLUMNS then the kind's columns); rows whose version exists are left alone.

    Returns how many were written. One prepared statement for all rows: this is the hot path of every import.
    """
    mark = placeholder(connection)
    names = [*VERSION_COLUMNS, *kind.columns]
    postgres = connection.dialect.name == "postgresql"
    txid = "(pg_current_xact_id()::text)::bigint" if postgres else "0"
    marks = ",".join([mark] * len(names))
    columns = ",".join(f'"{name}"' for name in names)
    result = connection.exec_driver_sql(
        f"INSERT INTO {kind.table.name} ({columns},txid) VALUES ({marks},{txid}) "
        "ON CONFLICT (workspace, source_system, source_key, version) DO NOTHING",
        [tuple(row) for row in rows],
    )
    return result.rowcount


def latest_versions(
    connection: Connection, kind: FactKind, *, workspace: int, source: str, keys: Iterable[str]
) -> dict[str, Latest]:
    """The newest version of each of these keys, as far as they exist."""
    mark = placeholder(connection)
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Latest] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join([mark] * len(chunk))
        rows = connection.exec_driver_sql(
            "SELECT source_key, COALESCE(first_seq, seq), version, content, known_at, gone, batch, item "
            f"FROM {kind.table.name} WHERE workspace = {mark} AND source_system = {mark} AND source_key IN ({marks}) "
            "ORDER BY source_key, version",
            (workspace, source, *chunk),
        )
        for key, fact_id, version, content, known_at, gone, batch, item in rows:
            found[key] = Latest(
                fact_id=fact_id,
                version=version,
                content=bytes(content),
                known_at=known_at,
                gone=bool(gone),
                batch=batch,
                item=item,
            )
    return found


def copy_version(
    connection: Connection, kind: FactKind, *, seq: int, version: int, fact_id: int, batch: int, known_at: int, gone: bool
) -> None:
    """Write a stored version again as a newer one: how an undo restores and a late old version stays old."""
    table = kind.table
    fixed = {
        "version": version,
        "first_seq": fact_id,
        "batch": batch,
        "known_at": known_at,
        "gone": gone,
        "txid": 0,
    }
    names = [column.name for column in table.columns if column.name != "seq"]
    row = connection.execute(select(*[table.c[name] for name in names]).where(table.c.seq == seq)).one()
    values = {**dict(zip(names, row, strict=True)), **fixed}
    if connection.dialect.name == "postgresql":
        values["txid"] = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
    connection.execute(insert(table).values(**values))


def seq_of(connection: Connection, kind: FactKind, *, batch: Batch, key: str, version: int) -> int:
    """Which row holds a version."""
    table = kind.table
    return connection.execute(
        select(table.c.seq).where(
            table.c.workspace == batch.workspace,
            table.c.source_system == batch.source,
            table.c.source_key == key,
            table.c.version == version,
        )
    ).scalar_one()


def start_batch(
    connection: Connection,
    *,
    workspace: int,
    kind: str,
    source: str,
    origin: str,
    name: str | None,
    fingerprint: str | None,
    started_at: int,
    undoes: int | None = None,
) -> int:
    """A new batch; its id."""
    result = connection.execute(
        insert(BATCH).values(
            workspace=workspace,
            kind=kind,
            source=source,
            origin=origin,
            name=name,
            fingerprint=fingerprint,
            status="open",
            started_at=started_at,
            next_item=0,
            created=0,
            corrected=0,
            unchanged=0,
            refused=0,
            undoes=undoes,
        )
    )
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return int(key[0])


def open_batch(connection: Connection, *, workspace: int, kind: str, fingerprint: str) -> tuple[int, int, str, int] | None:
    """An import of the same file that was stopped: (id, next item, source, started_at)."""
    row = connection.execute(
        select(BATCH.c.id, BATCH.c.next_item, BATCH.c.source, BATCH.c.started_at)
        .where(
            BATCH.c.workspace == workspace,
            BATCH.c.kind == kind,
            BATCH.c.fingerprint == fingerprint,
            BATCH.c.status == "open",
        )
        .order_by(BATCH.c.id.desc())
    ).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


def advance_batch(connection: Connection, *, batch: int, next_item: int, tally: Tally) -> None:
    """Remember how far a batch has come, in the transaction that wrote its facts."""
    connection.execute(
        update(BATCH)
        .where(BATCH.c.id == batch)
        .values(
            next_item=next_item,
            created=BATCH.c.created + tally.created,
            corrected=BATCH.c.corrected + tally.corrected,
            unchanged=BATCH.c.unchanged + tally.unchanged,
            refused=BATCH.c.refused + tally.refused,
        )
    )


def end_batch(connection: Connection, *, batch: int, status: str, ended_at: int) -> None:
    """Close a batch as "done" or "undone"."""
    connection.execute(update(BATCH).where(BATCH.c.id == batch).values(status=status, ended_at=ended_at))


def keep_raw(connection: Connection, *, batch: int, first_item: int, last_item: int, lines: Sequence[bytes]) -> None:
    """Keep what was sent, one line an item, compressed."""
    connection.execute(
        insert(RAW).values(
            batch=batch,
            first_item=first_item,
            last_item=last_item,
            payload=zlib.compress(b"\n".join(lines), _RAW_LEVEL),
        )
    )
