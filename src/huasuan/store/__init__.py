"""The single source of truth: SQLite or PostgreSQL through SQLAlchemy, append-only versions of every fact."""

from huasuan.store.changes import Mark, read_changes
from huasuan.store.engine import Store
from huasuan.store.tables import METADATA, BigKey, FactKind, Identity, fact_kind

__all__ = ["METADATA", "BigKey", "FactKind", "Identity", "Mark", "Store", "fact_kind", "read_changes"]
