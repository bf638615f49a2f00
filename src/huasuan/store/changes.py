"""Following what was written: every row of a table exactly once, in commit order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select, text


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """How far a reader has come in one table. On SQLite ``txid`` stays 0."""

    txid: int = 0
    seq: int = 0


def read_changes(
    connection: Connection, table: Table, *, workspace: int, after: Mark, columns: Sequence[str], limit: int
) -> tuple[Sequence[Any], Mark]:
    """The next rows after ``after``, at most ``limit``, and how far they reach.

    PostgreSQL hands out ``seq`` before it commits, so a lower number may become visible later. Only rows whose
    transaction lies below the oldest running one are final; they are read in (txid, seq) order.
    """
    query = (
        select(table.c.txid, table.c.seq, *[table.c[name] for name in columns])
        .where(
            table.c.workspace == workspace,
            or_(table.c.txid > after.txid, and_(table.c.txid == after.txid, table.c.seq > after.seq)),
        )
        .order_by(table.c.txid, table.c.seq)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        horizon = connection.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")).scalar_one()
        query = query.where(table.c.txid < horizon)
    else:
        query = (
            select(table.c.txid, table.c.seq, *[table.c[name] for name in columns])
            .where(table.c.workspace == workspace, table.c.seq > after.seq)
            .order_by(table.c.seq)
            .limit(limit)
        )
    rows = connection.execute(query).fetchall()
    if not rows:
        return rows, after
    return rows, Mark(txid=rows[-1][0], seq=rows[-1][1])


def newest(connection: Connection, table: Table, *, workspace: int) -> Mark:
    """The last row written for this workspace; a question waits until the warehouse has reached it."""
    row = connection.execute(
        select(table.c.txid, table.c.seq)
        .where(table.c.workspace == workspace)
        .order_by(table.c.txid.desc(), table.c.seq.desc())
        .limit(1)
        if connection.dialect.name == "postgresql"
        else select(table.c.txid, table.c.seq)
        .where(table.c.workspace == workspace)
        .order_by(table.c.seq.desc())
        .limit(1)
    ).first()
    return Mark() if row is None else Mark(txid=row[0], seq=row[1])
