"""The ledger of consent, and what protects people from calls."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table, UniqueConstraint
from sqlalchemy import Text as LongText

from huasuan.facts.consent import Complaint, Decision, OptOut
from huasuan.facts.contacts import Consent
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.store import METADATA, BigKey, Identity, append_only, fact_kind, holds_personal, named_identities


def check_consent(consent: Consent) -> Consent:
    """Consent of nobody proves nothing."""
    if not consent.phone and not consent.email and not consent.customer:
        raise InvalidInput(
            "nobody",
            Text(zh="同意记录没有电话、邮箱或客户", en="the consent names no phone, e-mail address or customer"),
            Text(zh="请提供 phone、email 或 customer。", en="Give phone, email or customer."),
        )
    return consent


def consent_identities(consent: Consent, _source_key: str) -> Sequence[Identity]:
    """Whose consent it is."""
    named = (("phone", consent.phone), ("email", consent.email), ("customer", consent.customer))
    return tuple((kind, value) for kind, value in named if value)


CONSENT = fact_kind("consent", Consent, check=check_consent, identities=consent_identities)
OPT_OUT = fact_kind("opt_out", OptOut, identities=named_identities)
COMPLAINT = fact_kind("complaint", Complaint, identities=named_identities)
DECISION = fact_kind("decision", Decision, identities=named_identities)
KINDS = (CONSENT, OPT_OUT, COMPLAINT, DECISION)

KEPT_BY_PERSON = frozenset({"consent", "opt_out"})
"""Kinds of facts the gate looks for by person; the door notes whom they name."""

# Every time the gate let somebody be contacted. ``used_at`` stays empty until the permit is used; an unused one counts
# as an attempt only until it ends.
ATTEMPT = Table(
    "contact_attempt",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("party", BigInteger, nullable=False),
    Column("channel", LongText, nullable=False),
    Column("purpose", LongText, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("reference", LongText),
    Index("ix_contact_attempt_party", "workspace", "party", "at"),
    Index("ix_contact_attempt_reference", "workspace", "reference"),
    sqlite_autoincrement=True,
)

# How far the calls among the facts were looked through for attempts that were made elsewhere.
ATTEMPT_FOLLOWED = Table(
    "contact_attempt_followed",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("txid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

# Who refused in a talk, and when: how long that holds is a rule, so that it may change.
REFUSAL = Table(
    "refusal",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("party", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("call", LongText),
    Column("agent", LongText),
    Index("ix_refusal_party", "workspace", "party", "at"),
    sqlite_autoincrement=True,
)

# Do-not-call lists, public ones and our own. ``as_of``: when a public one was last brought up to date.
DNC_LIST = Table(
    "dnc_list",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", LongText, nullable=False),
    Column("source", LongText, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    UniqueConstraint("workspace", "name", name="uq_dnc_list_name"),
    sqlite_autoincrement=True,
)

# What stands on such a list: only keyed digests of numbers, for nobody on it may be contacted anyway.
DNC_ENTRY = Table(
    "dnc_entry",
    METADATA,
    Column("list", BigInteger, primary_key=True),
    Column("digest", LongText, primary_key=True),
    Column("ends_at", BigInteger),
    Index("ix_dnc_entry_digest", "digest"),
)

# Persons who had everything deleted: keyed digests of their numbers and addresses are all that is left.
SUPPRESSION = Table(
    "suppression",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("digest", LongText, primary_key=True),
    Column("since", BigInteger, nullable=False),
)

# Numbers we may call from, with the proof of the licence. ``at_desk``: the one that calls of the desk show.
CALLER = Table(
    "registered_caller",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("number", LongText, primary_key=True),
    Column("evidence", LongText, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("at_desk", Boolean, nullable=False),
)

# What a business decided about a rule for itself; ``parameters`` is JSON.
OVERRIDE = Table(
    "rule_override",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("rule", LongText, nullable=False),
    Column("country", LongText, nullable=False),
    Column("parameters", LongText, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("valid_from", LongText),
    Column("valid_to", LongText),
    Column("decided_by", LongText, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# One secret for each workspace: signs permits and links, keys the digests, binds the log.
CONSENT_KEY = Table(
    "consent_key",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)

# Everything the gate decided; each line's digest takes in the line before, so that none can be changed or left out.
GATE_LOG = Table(
    "gate_log",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("entry", LongText, nullable=False),
    Column("digest", LongText, nullable=False),
)
append_only(GATE_LOG)

# How far the log was told as facts: the last line each workspace's figures know of.
GATE_TOLD = Table(
    "gate_told",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# Requests of persons about what is known of them (R13). ``about`` is a keyed digest, so that nothing is left of who
# had everything deleted; ``due_at`` comes from the rule.
RIGHTS_REQUEST = Table(
    "rights_request",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("kind", LongText, nullable=False),
    Column("about", LongText, nullable=False),
    Column("status", LongText, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", LongText),
    Column("outcome", LongText, nullable=False),
    sqlite_autoincrement=True,
)

# Persons of whom nothing may be deleted for now, say during a lawsuit.
LEGAL_HOLD = Table(
    "legal_hold",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False, index=True),
    Column("about", LongText, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    sqlite_autoincrement=True,
)

# Where the daily deletion of what is past its time stands. ``day``: the last local day that was finished; ``unclean``:
# something was taken out of the store whose bytes its file may still hold; ``copied``: and which the warehouse had.
RETENTION = Table(
    "retention",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("day", LongText, nullable=False),
    Column("unclean", Boolean, nullable=False),
    Column("copied", Boolean, nullable=False),
)

for table in (ATTEMPT, DNC_LIST, DNC_ENTRY, SUPPRESSION, CALLER, OVERRIDE, CONSENT_KEY, GATE_LOG, GATE_TOLD):
    holds_personal(table)
for table in (RIGHTS_REQUEST, RETENTION, ATTEMPT_FOLLOWED):
    holds_personal(table)
holds_personal(REFUSAL, "call", node="party")
holds_personal(LEGAL_HOLD, "reason")
