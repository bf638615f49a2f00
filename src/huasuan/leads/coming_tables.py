"""How leads come in besides the facts themselves: what was heard of calls, forms on pages, and meetings agreed."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from huasuan.store import METADATA, BigKey, append_only, holds_personal

# How far calls and requests to be called back were listened to for people nobody knew.
HEARD = Table(
    "lead_heard",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("txid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

# When somebody wants to be called whose lead is still to come; removed when it has come.
WANTED = Table(
    "lead_wanted",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("source_system", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("due_at", BigInteger, nullable=False),
)

# A version of a form on a page. The newest of a key is in use; the others stay, for consents name the version whose
# words were agreed to.
FORM = Table(
    "lead_form",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("key", "version", name="uq_lead_form_version"),
    Index("ix_lead_form_workspace", "workspace", "name"),
    sqlite_autoincrement=True,
)
append_only(FORM)

# A meeting agreed at the desk; a moved one stays the same.
MEETING = Table(
    "lead_meeting",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("lead", BigInteger, nullable=False),
    Column("party", BigInteger),
    Column("agent", Text, nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("held_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("reason", Text),
    Index("ix_lead_meeting_lead", "workspace", "lead"),
    Index("ix_lead_meeting_agent", "workspace", "agent", "starts_at"),
    sqlite_autoincrement=True,
)

holds_personal(HEARD)
holds_personal(FORM)
holds_personal(WANTED, "source_key")
holds_personal(MEETING, "reason", node="party")
