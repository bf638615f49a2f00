"""All SQL of the door: versions of facts, batches, raw payloads, mappings of files."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, Row, delete, insert, select, update

from huasuan.intake.tables import BATCH, FILE_MAPPING
from huasuan.intake.types import RawLines, Tally
from huasuan.store import VERSION_COLUMNS, FactKind, insert_many, placeholder, select_many

# Half the time and two thirds of the size of zlib's quickest.
_RAW = pa.Codec("zstd", compression_level=1)
# Any number of our own, apart from the other locks.
_LOCK = 7_261_003
_TXID = "(pg_current_xact_id()::text)::bigint"


class Version(NamedTuple):
    """One stored version of a fact; ``fact_id`` is the seq of its first one."""

    seq: int
    fact_id: int
    version: int
    content: bytes
    known_at: int
    gone: bool
    batch: int
    item: int


class Rewrite(NamedTuple):
    """A stored row (``seq``) to be written again as a newer version of its fact."""

    version: int
    fact_id: int
    batch: int
    known_at: int
    gone: bool
    seq: int


def _txid(connection: Connection) -> str:
    return _TXID if connection.dialect.name == "postgresql" else "0"


def hold_source(connection: Connection, kind: FactKind, *, workspace: int, source: str) -> None:
    """Until this transaction ends nobody else writes facts of this kind from this source.

    PostgreSQL has many writers: two that number the versions of one fact at once would take the same number, and two
    that bring the same keys in another order would wait for each other crosswise. SQLite has one writer.
    """
    if connection.dialect.name == "postgresql":
        name = f"{workspace}/{kind.kind}/{source}"
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", (name, _LOCK))


def insert_versions(
    connection: Connection, kind: FactKind, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> int:
    """Write version rows (VERSION_COLUMNS then ``columns``); rows whose version exists are left alone.

    Returns how many were written. This is the hot path of every import: only the columns that some row fills, because
    binding a NULL costs as much as binding a value.
    """
    return insert_many(
        connection,
        kind.table.name,
        (*VERSION_COLUMNS, *columns),
        rows,
        same=("txid", _txid(connection)),
        unless="workspace, source_system, source_key, version",
    )


def versions_of(
    connection: Connection, kind: FactKind, *, workspace: int, source: str, keys: Iterable[str]
) -> dict[str, list[Version]]:
    """Every version of each of these keys in order, as far as they exist."""
    content = "encode(content, 'hex')" if connection.dialect.name == "postgresql" else "hex(content)"
    rows = select_many(
        connection,
        kind.table.name,
        ("source_key", "seq", "first_seq", "version", content, "known_at", "gone", "batch", "item"),
        where=(("workspace", workspace), ("source_system", source)),
        key="source_key",
        keys=list(dict.fromkeys(keys)),
        order="source_key, version",
    )
    found: dict[str, list[Version]] = {}
    for key, seq, first, version, digest, known_at, gone, batch, item in rows:
        found.setdefault(key, []).append(
            Version(seq, first or seq, version, bytes.fromhex(digest), known_at, bool(gone), batch, item)
        )
    return found


def rewrite_versions(connection: Connection, kind: FactKind, rewrites: Sequence[Rewrite]) -> int:
    """Write stored rows again as newer versions: how an undo restores, and how a late old version stays old.

    Returns how many were written; a version that exists by now is left alone.
    """
    if not rewrites:
        return 0
    mark, txid = placeholder(connection), _txid(connection)
    kept = ",".join(
        f'"{name}"'
        for name in (*VERSION_COLUMNS, *kind.columns)
        if name not in {"version", "first_seq", "batch", "known_at", "gone"}
    )
    table = kind.table.name
    result = connection.exec_driver_sql(
        f"INSERT INTO {table} (version, first_seq, batch, known_at, gone, txid, {kept}) "
        f"SELECT {mark}, {mark}, {mark}, {mark}, {mark}, {txid}, {kept} FROM {table} WHERE seq = {mark} "
        "ON CONFLICT (workspace, source_system, source_key, version) DO NOTHING",
        [tuple(rewrite) for rewrite in rewrites],
    )
    return result.rowcount


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
    values = (workspace, kind, source, origin, name, fingerprint, started_at, undoes)
    marks = ",".join([placeholder(connection)] * len(values))
    # Plain SQL here and below: a small delivery consists of little else.
    number: int = connection.exec_driver_sql(
        "INSERT INTO batch (workspace, kind, source, origin, name, fingerprint, started_at, undoes, "
        "status, next_item, created, corrected, unchanged, refused) "
        f"VALUES ({marks}, 'open', 0, 0, 0, 0, 0) RETURNING id",
        values,
    ).scalar_one()
    return number


def batch_row(connection: Connection, *, workspace: int, batch: int) -> Row[tuple[object, ...]] | None:
    """One batch as it stands."""
    return connection.execute(select(BATCH).where(BATCH.c.workspace == workspace, BATCH.c.id == batch)).first()


def open_batch(
    connection: Connection, *, workspace: int, kind: str, source: str, fingerprint: str
) -> Row[tuple[object, ...]] | None:
    """An import of the same file that was stopped half-way."""
    return connection.execute(
        select(BATCH)
        .where(
            BATCH.c.workspace == workspace,
            BATCH.c.kind == kind,
            BATCH.c.source == source,
            BATCH.c.fingerprint == fingerprint,
            BATCH.c.status == "open",
        )
        .order_by(BATCH.c.id.desc())
    ).first()


def advance_batch(
    connection: Connection, *, batch: int, item: int, next_item: int, tally: Tally, ended_at: int | None = None
) -> bool:
    """Remember how far a batch has come, in the transaction that wrote its facts; with ``ended_at`` it is done.

    False if it is no longer open at ``item``: somebody else went on with it, or took it back.
    """
    mark = placeholder(connection)
    result = connection.exec_driver_sql(
        f"UPDATE batch SET next_item = {mark}, created = created + {mark}, corrected = corrected + {mark}, "
        f"unchanged = unchanged + {mark}, refused = refused + {mark}, status = {mark}, ended_at = {mark} "
        f"WHERE id = {mark} AND status = 'open' AND next_item = {mark}",
        (
            next_item,
            tally.created,
            tally.corrected,
            tally.unchanged,
            tally.refused,
            "open" if ended_at is None else "done",
            ended_at,
            batch,
            item,
        ),
    )
    return result.rowcount == 1


def end_batch(connection: Connection, *, batch: int, status: str, ended_at: int) -> None:
    """Close a batch as "done" or "undone"."""
    connection.execute(update(BATCH).where(BATCH.c.id == batch).values(status=status, ended_at=ended_at))


def keep_raw(connection: Connection, *, batch: int, raw: RawLines) -> None:
    """Keep what was sent, one line an item, compressed."""
    mark = placeholder(connection)
    connection.exec_driver_sql(
        f"INSERT INTO raw_payload (batch, first_item, last_item, payload) VALUES ({mark}, {mark}, {mark}, {mark})",
        (batch, raw.first, raw.first + len(raw.lines) - 1, _RAW.compress(b"\n".join(raw.lines), asbytes=True)),
    )


def remembered_mapping(connection: Connection, *, workspace: int, kind: str, columns: str) -> str | None:
    """The mapping last used for a file with these columns, as TOML."""
    found: str | None = connection.execute(
        select(FILE_MAPPING.c.mapping).where(
            FILE_MAPPING.c.workspace == workspace, FILE_MAPPING.c.kind == kind, FILE_MAPPING.c.columns == columns
        )
    ).scalar()
    return found


def remember_mapping(
    connection: Connection, *, workspace: int, kind: str, columns: str, mapping: str, used_at: int
) -> None:
    """Keep a mapping for the next file with these columns."""
    connection.execute(
        delete(FILE_MAPPING).where(
            FILE_MAPPING.c.workspace == workspace, FILE_MAPPING.c.kind == kind, FILE_MAPPING.c.columns == columns
        )
    )
    connection.execute(
        insert(FILE_MAPPING).values(workspace=workspace, kind=kind, columns=columns, mapping=mapping, used_at=used_at)
    )
