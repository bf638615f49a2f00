"""Workspaces, accounts and what they may see, API keys, the audit log, agents and their times."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from huasuan.facts.people import Agent, AgentState, PlannedState, Shift
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text as BothLanguages
from huasuan.store import METADATA, BigKey, append_only, fact_kind, holds_personal

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

# ``rights`` are names separated by blanks; ``hint`` is the beginning of the secret, to know the key again; ``made_by``
# the account that answers for it, none where it was made on the command line.
API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("made_by", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
    UniqueConstraint("digest", name="uq_api_key_digest"),
    sqlite_autoincrement=True,
)

# Somebody who signs in. ``password`` is an argon2 hash; ``totp`` the shared secret, locked, valid once ``totp_on``;
# ``totp_step`` the last time step used, so that no code serves twice.
ACCOUNT = Table(
    "account",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password", Text),
    Column("language", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("totp", Text),
    Column("totp_on", Boolean, nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    UniqueConstraint("email", name="uq_account_email"),
    sqlite_autoincrement=True,
)

RECOVERY_CODE = Table(
    "recovery_code",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("account", BigInteger, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("used_at", BigInteger),
    sqlite_autoincrement=True,
)

# An account as another provider (OpenID Connect) knows it.
OUTSIDE_IDENTITY = Table(
    "outside_identity",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("issuer", "subject", name="uq_outside_identity_subject"),
    sqlite_autoincrement=True,
)

MEMBERSHIP = Table(
    "membership",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("agent", Text),
    Column("team", Text),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("workspace", "account", name="uq_membership_account"),
    sqlite_autoincrement=True,
)

SESSION = Table(
    "account_session",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("account", BigInteger, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
    UniqueConstraint("digest", name="uq_account_session_digest"),
    sqlite_autoincrement=True,
)

# A token that opens one thing once: the set-up, an invitation.
ONE_TIME_TOKEN = Table(
    "one_time_token",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("purpose", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("account", BigInteger),
    Column("ends_at", BigInteger, nullable=False),
    UniqueConstraint("digest", name="uq_one_time_token_digest"),
    sqlite_autoincrement=True,
)

# Failed attempts in a row, by a digest of what was tried (an account, an address, both together).
ATTEMPT = Table(
    "sign_in_attempt",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
    UniqueConstraint("subject", name="uq_sign_in_attempt_subject"),
    sqlite_autoincrement=True,
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", BigInteger),
    Column("actor_name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_workspace", "workspace", "id"),
    sqlite_autoincrement=True,
)
append_only(AUDIT)

# ``person`` is the account that asked or made the key that did.
EXPORT_REQUEST = Table(
    "export_request",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("account", BigInteger),
    Column("person", BigInteger),
    Column("requester", Text, nullable=False),
    Column("requester_kind", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("fetched_at", BigInteger),
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

# Those who sign in are staff, not the persons who are called; the audit log names people by mask or digest alone.
for table in (WORKSPACE, API_KEY, ACCOUNT, RECOVERY_CODE, OUTSIDE_IDENTITY, MEMBERSHIP, SESSION, ONE_TIME_TOKEN):
    holds_personal(table)
for table in (ATTEMPT, AUDIT):
    holds_personal(table)
holds_personal(EXPORT_REQUEST, "wanted", "reason")
