"""Tables of batches, of the raw payloads they brought, and of the mappings of files."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, UniqueConstraint

from huasuan.store import METADATA, BigKey, holds_personal

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

# What came in, exactly as it came, compressed by the chunk (zstd).
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

# How files with one set of columns are read; ``columns`` is a digest of the set, ``mapping`` is TOML.
FILE_MAPPING = Table(
    "file_mapping",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    UniqueConstraint("workspace", "kind", "columns", name="uq_file_mapping_columns"),
    sqlite_autoincrement=True,
)

# Raw payloads hold whatever was sent; they are rewritten line by line (intake.erasing), not by column.
holds_personal(RAW)
holds_personal(BATCH, "name")
holds_personal(FILE_MAPPING)
