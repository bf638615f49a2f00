"""The single source of truth: SQLite or PostgreSQL through SQLAlchemy, append-only versions of every fact."""

from huasuan.facts.marks import Identity
from huasuan.store.backup import check_file, copy_file, copy_sqlite, sqlite_path
from huasuan.store.changes import Mark, newest, read_changes
from huasuan.store.engine import Store
from huasuan.store.many_rows import insert_many, placeholder, select_many
from huasuan.store.migrate import Upgrade, check_schema, head, run_steps, schema_of, upgrade
from huasuan.store.tables import METADATA, VERSION_COLUMNS, BigKey, FactKind, append_only, fact_kind, named_identities

__all__ = [
    "METADATA",
    "VERSION_COLUMNS",
    "BigKey",
    "FactKind",
    "Identity",
    "Mark",
    "Store",
    "Upgrade",
    "append_only",
    "check_file",
    "check_schema",
    "copy_file",
    "copy_sqlite",
    "fact_kind",
    "head",
    "insert_many",
    "named_identities",
    "newest",
    "placeholder",
    "read_changes",
    "run_steps",
    "schema_of",
    "select_many",
    "sqlite_path",
    "upgrade",
]
