"""What is worked on: cases made of leads, who works, by which rules leads are given, and every step taken."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text, UniqueConstraint, text

from huasuan.store import METADATA, BigKey, append_only, holds_personal

_OWNED = text("state = 'owned'")
_UNSUBMITTED = text("submitted_at IS NULL")

# One lead as it is worked on. Names and numbers stay in the facts (``party`` leads there), so that erasing those is
# enough. ``state``: waiting, owned, pool, handed, blocked, duplicate, closed; ``why`` says it of the last three.
CASE = Table(
    "lead_case",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("source_system", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("party", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("origin", Text),
    Column("channel", Text),
    Column("source", Text),
    Column("campaign", Text),
    Column("list", Text),
    Column("supplier", Text),
    Column("industry", Text),
    Column("region", Text),
    Column("interest", Text),
    Column("company_key", Text),
    Column("score", Double, nullable=False),
    Column("intent", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("fit", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("pool", BigInteger),
    Column("given_at", BigInteger),
    Column("protected_until", BigInteger),
    Column("touched_at", BigInteger),
    Column("next_at", BigInteger),
    # Why the gate forbade it when it was last looked at; nothing where it is only planned for later.
    Column("held", Text),
    Column("attempts", Integer, nullable=False),
    Column("same_as", BigInteger),
    Column("similar_to", BigInteger),
    Column("handed_by", Text),
    Column("decide_by", BigInteger),
    UniqueConstraint("workspace", "source_system", "source_key", name="uq_lead_case_key"),
    Index("ix_lead_case_state", "workspace", "state", "score"),
    Index("ix_lead_case_owner", "workspace", "owner", "state", "next_at"),
    # How many everybody has in hand is counted whenever leads are given.
    Index("ix_lead_case_held", "workspace", "owner", sqlite_where=_OWNED, postgresql_where=_OWNED),
    Index("ix_lead_case_party", "workspace", "party"),
    Index("ix_lead_case_company", "workspace", "company_key"),
    sqlite_autoincrement=True,
)

# Everything that was done with a case and why: the rule, the agents compared, the quota. Nothing is changed here.
STEP = Table(
    "lead_step",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("lead", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agent", Text),
    Column("other", Text),
    Column("delay_ms", BigInteger),
    Column("detail", Text, nullable=False),
    Index("ix_lead_step_lead", "workspace", "lead", "id"),
    Index("ix_lead_step_kind", "workspace", "kind", "at"),
    Index("ix_lead_step_agent", "workspace", "agent", "kind", "at"),
    sqlite_autoincrement=True,
)
append_only(STEP)

# Somebody who works leads, with what they are good for and whether they are there. ``sales`` takes handovers.
SEAT = Table(
    "lead_seat",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("agent", Text, nullable=False),
    Column("team", Text),
    Column("sales", Boolean, nullable=False),
    Column("skills", Text, nullable=False),
    Column("regions", Text, nullable=False),
    Column("industries", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("pause", Text),
    Column("since", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("workspace", "agent", name="uq_lead_seat_agent"),
    sqlite_autoincrement=True,
)

RULE = Table(
    "lead_rule",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

POOL = Table(
    "lead_pool",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("team", Text),
    Column("claims_a_day", Integer, nullable=False),
    Column("hold_most", Integer, nullable=False),
    Column("protect_days", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("workspace", "name", name="uq_lead_pool_name"),
    sqlite_autoincrement=True,
)

# How far the leads among the facts have become cases.
FOLLOWED = Table(
    "lead_followed",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("txid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

# What the desk did and the facts are still to tell: written with the step, handed to the intake, then removed.
TO_TELL = Table(
    "lead_to_tell",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Where a bought or collected list comes from; before that is recorded nobody works its leads.
LIST_ORIGIN = Table(
    "lead_list_origin",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("list", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("collected", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("workspace", "list", name="uq_lead_list_origin_list"),
    sqlite_autoincrement=True,
)

# Every number, address and visitor id a case names, so that the next lead of the same person is known.
CASE_PARTY = Table(
    "lead_case_party",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("party", BigInteger, nullable=False),
    Column("lead", BigInteger, nullable=False),
    UniqueConstraint("workspace", "party", "lead", name="uq_lead_case_party_lead"),
    sqlite_autoincrement=True,
)

DESK_SETTINGS = Table(
    "lead_settings",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

# A learnt score; the newest of a workspace is the one in use.
LEARNT = Table(
    "lead_learnt",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("leads", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    sqlite_autoincrement=True,
)

# What may come of a call. ``flags`` are names of ``types.FLAGS``; figures read those, never the code.
RESULT = Table(
    "lead_result",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("workspace", "code", name="uq_lead_result_code"),
    sqlite_autoincrement=True,
)

# A version of a script; the newest of a name is in use, the others stay for what was said by them.
SCRIPT = Table(
    "lead_script",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("workspace", "name", "version", name="uq_lead_script_version"),
    sqlite_autoincrement=True,
)

# A call from the desk, from the dial to its submitted result.
TALK = Table(
    "lead_talk",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("agent", Text, nullable=False),
    Column("lead", BigInteger, nullable=False),
    Column("script", Text),
    Column("script_version", Integer),
    Column("begun_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("submitted_at", BigInteger),
    Column("result", Text),
    Index("ix_lead_talk_agent", "workspace", "agent", "begun_at"),
    # The calls in hand are few among all that ever were.
    Index("ix_lead_talk_open", "workspace", "agent", sqlite_where=_UNSUBMITTED, postgresql_where=_UNSUBMITTED),
    sqlite_autoincrement=True,
)

# Something to be done about a lead at a time: call again, a meeting.
TASK = Table(
    "lead_task",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("lead", BigInteger, nullable=False),
    # Of what somebody wrote: whom it is about. What the desk plans says nothing of anybody.
    Column("party", BigInteger),
    Column("agent", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Index("ix_lead_task_agent", "workspace", "agent", "due_at"),
    Index("ix_lead_task_lead", "workspace", "lead"),
    sqlite_autoincrement=True,
)

# What agents wrote of a lead in their own words.
REMARK = Table(
    "lead_remark",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("lead", BigInteger, nullable=False),
    Column("party", BigInteger),
    Column("agent", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_lead_remark_lead", "workspace", "lead"),
    sqlite_autoincrement=True,
)
# What was typed or told about a person goes with the person; who the cases are about is told by node alone.
holds_personal(CASE, "source_key", "company_key")
holds_personal(TO_TELL, "record")
holds_personal(TASK, "why", node="party")
holds_personal(REMARK, "text", node="party")
holds_personal(LIST_ORIGIN, "evidence")
for table in (STEP, SEAT, RULE, POOL, FOLLOWED, CASE_PARTY, DESK_SETTINGS, LEARNT, RESULT, SCRIPT, TALK):
    holds_personal(table)
