"""Tables of batches and of the raw payloads they brought."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from huasuan.store import METADATA, BigKey

# One delivery: a file, a request, a run of a connector. ``next_item`` lets a killed import go on where it stopped.
BATCH = Table(
    "batch",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("name", Text),
    Column("fingerprint", Text),
    Column("status", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("next_item", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("corrected", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("undoes", BigInteger),
    sqlite_autoincrement=True,
)

# What came in, exactly as it came, compressed by the chunk (zlib).
RAW = Table(
    "raw_payload",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("batch", BigInteger, nullable=False, index=True),
    Column("first_item", BigInteger, nullable=False),
    Column("last_item", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
