"""The single source of truth: SQLite or PostgreSQL through SQLAlchemy, append-only versions of every fact."""
