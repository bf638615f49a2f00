"""The SQL of taking batches back."""

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, delete, select, update

from huasuan.intake.tables import BATCH
from huasuan.intake.types import Tally
from huasuan.store import FactKind, placeholder


def facts_of_batch(
    connection: Connection, kind: FactKind, *, batch: int, after: int, limit: int
) -> Sequence[tuple[int, str]]:
    """(seq, source key) of the next rows a batch wrote, behind seq ``after``."""
    # No index leads to a batch; in the order of seq the whole undo reads the table once.
    mark, table = placeholder(connection), kind.table.name
    rows = connection.exec_driver_sql(
        f"SELECT seq, source_key FROM {table} WHERE batch = {mark} AND seq > {mark} ORDER BY seq LIMIT {mark}",
        (batch, after, limit),
    ).fetchall()
    return [(seq, key) for seq, key in rows]


def undo_batches(connection: Connection, *, workspace: int) -> dict[int, int]:
    """Every undo of a workspace and the batch it takes back."""
    rows = connection.execute(
        select(BATCH.c.id, BATCH.c.undoes).where(BATCH.c.workspace == workspace, BATCH.c.undoes.is_not(None))
    )
    return {row.id: row.undoes for row in rows}


def open_undo(connection: Connection, *, workspace: int, undoes: int) -> int | None:
    """An undo of this batch that was stopped half-way."""
    found: int | None = connection.execute(
        select(BATCH.c.id).where(BATCH.c.workspace == workspace, BATCH.c.undoes == undoes, BATCH.c.status == "open")
    ).scalar()
    return found


def drop_batch(connection: Connection, *, batch: int) -> None:
    """Take away a batch that wrote nothing, in the transaction that made it."""
    connection.execute(delete(BATCH).where(BATCH.c.id == batch))


def count_undone(connection: Connection, *, batch: int, tally: Tally) -> None:
    """Count what an undo did, in the transaction that did it."""
    connection.execute(
        update(BATCH)
        .where(BATCH.c.id == batch)
        .values(corrected=BATCH.c.corrected + tally.corrected, refused=BATCH.c.refused + tally.refused)
    )


def referred_nodes(connection: Connection, kind: FactKind, *, workspace: int, low: int, high: int) -> set[int]:
    """Identity nodes from ``low`` to ``high`` that some version refers to which no undo has taken back.

    Not only present versions count: undoing a later batch may bring an earlier one back.
    """
    mark, table = placeholder(connection), kind.table.name
    rows = connection.exec_driver_sql(
        f"SELECT f.party, f.parties FROM {table} f WHERE f.workspace = {mark} AND NOT f.gone "
        f"AND (f.party BETWEEN {mark} AND {mark} OR f.parties IS NOT NULL) "
        "AND NOT EXISTS (SELECT 1 FROM batch u WHERE u.id = f.batch AND u.undoes IS NOT NULL) "
        f"AND NOT EXISTS (SELECT 1 FROM {table} g JOIN batch u ON u.id = g.batch WHERE g.workspace = f.workspace "
        "AND g.source_system = f.source_system AND g.source_key = f.source_key AND g.version > f.version "
        "AND u.undoes = f.batch)",
        (workspace, low, high),
    )
    found: set[int] = set()
    for party, parties in rows:
        found.update([party] if parties is None else orjson.loads(parties))
    return found
