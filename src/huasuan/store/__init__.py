"""The single source of truth: SQLite or PostgreSQL through SQLAlchemy, append-only versions of every fact."""

from huasuan.facts.marks import Identity
from huasuan.store.backup import check_file, copy_file, copy_sqlite, sqlite_path
from huasuan.store.changes import Mark, horizon, later_than, newest, present, read_changes
from huasuan.store.engine import Store
from huasuan.store.many_rows import insert_many, placeholder, select_all, select_many
from huasuan.store.migrate import Upgrade, check_schema, head, run_steps, schema_of, upgrade
from huasuan.store.news import News, Tell
from huasuan.store.personal import ERASED, Personal, declared_personal, erase_declared, holds_personal, scrub, stand_ins
from huasuan.store.tables import METADATA, VERSION_COLUMNS, BigKey, FactKind, append_only, fact_kind, named_identities

__all__ = [
    "ERASED",
    "METADATA",
    "VERSION_COLUMNS",
    "BigKey",
    "FactKind",
    "Identity",
    "Mark",
    "News",
    "Personal",
    "Store",
    "Tell",
    "Upgrade",
    "append_only",
    "check_file",
    "check_schema",
    "copy_file",
    "copy_sqlite",
    "declared_personal",
    "erase_declared",
    "fact_kind",
    "head",
    "holds_personal",
    "horizon",
    "insert_many",
    "later_than",
    "named_identities",
    "newest",
    "placeholder",
    "present",
    "read_changes",
    "run_steps",
    "schema_of",
    "scrub",
    "select_all",
    "select_many",
    "sqlite_path",
    "stand_ins",
    "upgrade",
]
