"""Workspaces, API keys, agents and their times."""

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint

from huasuan.facts.people import Agent, AgentState, PlannedState, Shift
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text as BothLanguages
from huasuan.store import METADATA, BigKey, fact_kind

WORKSPACE = Table(
    "workspace",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sample_batch", BigInteger),
    sqlite_autoincrement=True,
)

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    UniqueConstraint("digest", name="uq_api_key_digest"),
    sqlite_autoincrement=True,
)


def check_span(record: Shift | AgentState | PlannedState) -> Shift | AgentState | PlannedState:
    """A time that ends before it starts is refused."""
    if record.ended_at < record.started_at:
        raise InvalidInput(
            "times_out_of_order",
            BothLanguages(zh="ended_at 早于 started_at", en="ended_at is before started_at"),
            BothLanguages(zh="请检查时间列是否对调。", en="Check for swapped columns."),
        )
    return record


AGENT = fact_kind("agent", Agent)
SHIFT = fact_kind("shift", Shift, check=check_span)
AGENT_STATE = fact_kind("agent_state", AgentState, check=check_span)
PLANNED_STATE = fact_kind("planned_state", PlannedState, check=check_span)
KINDS = (AGENT, SHIFT, AGENT_STATE, PLANNED_STATE)
