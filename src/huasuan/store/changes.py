"""Following what was written: every row of a table exactly once, in commit order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select, text


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """How far a reader has come in one table. On SQLite ``txid`` stays 0."""

    txid: int = 0
    seq: int = 0


# The statement's own snapshot is older than the list of who is running, so whoever is missing there has ended before
# the next statement begins. Numbers in the list have 32 bits; those not below the snapshot's end are of no interest.
_HORIZON = text("""
    SELECT now.ends - coalesce(max(running.age) FILTER (WHERE running.age < 2147483648), 0)
    FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ends) AS now LEFT JOIN LATERAL (
        SELECT (now.ends - backend_xid::text::bigint) & 4294967295 AS age
        FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL
    ) AS running ON true
    GROUP BY now.ends
""")


def horizon(connection: Connection) -> int | None:
    """Transactions of this database below this number have all ended; None on SQLite, which has one writer at a time.

    ``pg_snapshot_xmin`` would count the transactions of other databases of the server too. What is read next must be
    read by a statement of its own, in a transaction that sees what was committed meanwhile (READ COMMITTED).
    """
    if connection.dialect.name != "postgresql":
        return None
    # PostgreSQL keeps the list of who is running for the whole transaction.
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    return int(connection.execute(_HORIZON).scalar_one())


def later_than(connection: Connection, mark: Mark) -> str:
    """The condition on rows after ``mark``, as the index of each database can look for it."""
    if connection.dialect.name == "postgresql":
        return f"(txid, seq) > ({mark.txid}, {mark.seq})"
    return f"txid = 0 AND seq > {mark.seq}"


def read_changes(
    connection: Connection,
    table: Table,
    *,
    workspace: int,
    after: Mark,
    columns: Sequence[str],
    limit: int,
    below: int | None = None,
) -> tuple[Sequence[Any], Mark]:
    """The next rows after ``after``, at most ``limit``, and how far they reach.

    PostgreSQL hands out ``seq`` before it commits, so a lower number may become visible later. Only rows whose
    transaction lies below the oldest running one (``below``, asked for when not given) are final; they are read in
    (txid, seq) order. On SQLite rows are committed in the order of ``seq``.
    """
    query = (
        select(table.c.txid, table.c.seq, *[table.c[name] for name in columns])
        .where(table.c.workspace == workspace, text(later_than(connection, after)))
        .order_by(table.c.txid, table.c.seq)
    )
    below = horizon(connection) if below is None else below
    if below is not None:
        query = query.where(table.c.txid < below)
    rows = connection.execute(query.limit(limit)).fetchall()
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
    ).first()
    return Mark() if row is None else Mark(txid=row[0], seq=row[1])


def present(
    connection: Connection, table: Table, *, workspace: int, source: str, key: str, columns: Sequence[str]
) -> Any:  # noqa: ANN401  row of the table
    """The newest version of one fact, also one that is gone; None if there never was one."""
    return connection.execute(
        select(*[table.c[name] for name in columns])
        .where(table.c.workspace == workspace, table.c.source_system == source, table.c.source_key == key)
        .order_by(table.c.version.desc())
        .limit(1)
    ).first()
