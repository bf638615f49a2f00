"""The outbox of conversions: who is told, what they are told, and every attempt (ADR 0023)."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from huasuan.store import METADATA, BigKey, append_only, holds_personal

# Somebody who is told of conversions: a platform's account, or an address of the business' own. ``account``: what the
# platform must know of it, as JSON; ``secrets``: the same of what must not be told, locked by the vault.
# ``goals_since``: from when on each goal is told, as JSON; one that is added later is not told of what was before.
TARGET = Table(
    "conversion_target",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("secrets", Text, nullable=False),
    Column("goals", Text, nullable=False),
    Column("goals_since", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("paused_until", BigInteger, nullable=False),
    Column("trouble_zh", Text),
    Column("trouble_en", Text),
    UniqueConstraint("workspace", "name", name="uq_conversion_target_name"),
    sqlite_autoincrement=True,
)

# One word told of a conversion, or why it is not. ``thing``: the conversion as the facts know it; ``name``: this word
# of it. ``said``: the conversion as it was told, so that it is corrected by what the platform knows of it; ``junk``:
# it was told as junk (ADR 0039).
# ``batch``: the request it went with; a request whose end is unknown is repeated with the same rows and number.
# ``next_at``: when it is due; while it is being sent, when whoever sends it is taken to be dead. ``last_at``: after it
# the platform takes it no more. ``person``: the call whose caller it was.
OUT = Table(
    "conversion_out",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("thing", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("junk", Boolean, nullable=False),
    Column("happened_at", BigInteger, nullable=False),
    Column("value_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("method", Text),
    Column("payload", Text),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("zh", Text),
    Column("en", Text),
    Column("batch", Text),
    Column("attempts", Integer, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("last_at", BigInteger),
    Column("person", BigInteger),
    Column("sent_at", BigInteger),
    UniqueConstraint("workspace", "target", "name", name="uq_conversion_out_name"),
    Index("ix_conversion_out_due", "target", "state", "next_at"),
    Index("ix_conversion_out_batch", "batch"),
    Index("ix_conversion_out_thing", "target", "thing"),
    Index("ix_conversion_out_happened", "target", "happened_at"),
    sqlite_autoincrement=True,
)

# Every request and what came of it. Nothing is changed here.
ATTEMPT = Table(
    "conversion_attempt",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("batch", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("status", Integer),
    Column("told", Text, nullable=False),
    Index("ix_conversion_attempt_target", "target", "at"),
    sqlite_autoincrement=True,
)
append_only(ATTEMPT)

# Which lines a request was about.
TRIED = Table(
    "conversion_tried",
    METADATA,
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", BigInteger, primary_key=True, autoincrement=False),
)
append_only(TRIED)

# What is decided for a goal (journeys.goals); which accounts are told of it stands with the accounts.
GOAL = Table(
    "conversion_goal",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("goal", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("lookback_days", Integer, nullable=False),
    Column("value_minor", BigInteger),
)

# Neither numbers nor addresses of people are kept in the outbox: a person is known by click and call alone.
for _table in (TARGET, OUT, ATTEMPT, TRIED, GOAL):
    holds_personal(_table)
