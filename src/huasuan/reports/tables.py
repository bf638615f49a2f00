"""What people write beside the figures: saved views and reports, notes on days, comments on calls."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from huasuan.store import METADATA, BigKey, holds_personal

# ``search`` is the part of the address behind the question mark. ``shared``: own, team or workspace.
SAVED_VIEW = Table(
    "saved_view",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("shared", Text, nullable=False),
    Column("team", Text),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_saved_view_workspace", "workspace", "name"),
    sqlite_autoincrement=True,
)

# Local days of the workspace as YYYY-MM-DD, the last one included.
ANNOTATION = Table(
    "annotation",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("account", BigInteger),
    Column("author", Text, nullable=False),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_annotation_workspace", "workspace", "first_day"),
    sqlite_autoincrement=True,
)

# ``call`` is the number of the fact, the same through all of its versions; ``second``: of the recording.
CALL_COMMENT = Table(
    "call_comment",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("call", BigInteger, nullable=False),
    Column("account", BigInteger),
    Column("author", Text, nullable=False),
    Column("second", Integer),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_call_comment_call", "workspace", "call"),
    sqlite_autoincrement=True,
)

# A report somebody changed and saved; ``definition`` is JSON, ``actor`` who saved it last.
SAVED_REPORT = Table(
    "saved_report",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("definition", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# People write names and numbers wherever they can write.
holds_personal(SAVED_VIEW, "name", "search")
holds_personal(ANNOTATION, "note")
holds_personal(CALL_COMMENT, "note")
holds_personal(SAVED_REPORT, "definition")
