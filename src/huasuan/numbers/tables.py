"""Tables of sites, pools and numbers, of who sees and ever saw which, and who asked to be called; and their facts."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from huasuan.facts.numbers import CallbackRequest, Lease, NumberTag, TrackedNumber, Visit
from huasuan.numbers.rules import check_tracked
from huasuan.store import METADATA, BigKey, fact_kind, holds_personal, named_identities

NUMBER_TAG = fact_kind("number_tag", NumberTag)
CALLBACK_REQUEST = fact_kind("callback_request", CallbackRequest, identities=named_identities)
TRACKED_NUMBER = fact_kind("tracked_number", TrackedNumber, check=check_tracked)
VISIT = fact_kind("visit", Visit, identities=named_identities)
LEASE = fact_kind("lease", Lease, identities=named_identities)
KINDS = (NUMBER_TAG, CALLBACK_REQUEST, TRACKED_NUMBER, VISIT, LEASE)

# A web site whose pages carry the snippet; ``key`` is public, ``secret`` signs what a page must show to go on.
SITE = Table(
    "tracking_site",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    sqlite_autoincrement=True,
)

# Origins that asked for a site's numbers and are not its own, and when last; the latest few of each site.
TURNED_AWAY = Table(
    "tracking_turned_away",
    METADATA,
    Column("site", BigInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
)

POOL = Table(
    "tracking_pool",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("site", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("replaces", Text, nullable=False),
    Column("hold_seconds", Integer, nullable=False),
    Column("quiet_seconds", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    sqlite_autoincrement=True,
)

# ``delivered``: how many versions of its record the door has; behind ``revision`` there is something to tell.
# ``rent_told``: up to which month the ledger has its rent, in months since year 0.
NUMBER = Table(
    "tracking_number",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("pool", BigInteger),
    Column("about", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger),
    Column("revision", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("rent_told", Integer),
    UniqueConstraint("workspace", "number", "extension", "valid_from", name="uq_tracking_number"),
    sqlite_autoincrement=True,
)

# One row for each number of a pool: whose it is now. Times here are of the clock that cannot be set (``clock.py``).
SLOT = Table(
    "lease_slot",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("pool", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("quiet_until", BigInteger, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("lease", BigInteger, nullable=False),
    Index("ix_lease_slot_free", "pool", "held_until"),
    Index("ix_lease_slot_visitor", "pool", "visitor"),
)

LEASE_LOG = Table(
    "lease_log",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("pool", BigInteger, nullable=False),
    Column("visit", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),
    Column("overflow", Boolean, nullable=False),
    Column("leased_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("tapped_at", BigInteger),
    Column("released_at", BigInteger),
    Column("reason", Text),
    Column("revision", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Index("ix_lease_log_visit", "visit"),
    Index("ix_lease_log_pool", "pool", "leased_at"),
    sqlite_autoincrement=True,
)

# When a number was called and so lent to nobody else for a while, by the wall clock; its pool has it less often then.
LEASE_QUIET = Table(
    "lease_quiet",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("pool", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),
    Column("called_at", BigInteger, nullable=False),
    Column("quiet_until", BigInteger, nullable=False),
    Index("ix_lease_quiet_pool", "pool", "called_at"),
    sqlite_autoincrement=True,
)

# ``renewal`` counts how often the visit was given numbers; a page shows the last count to be given any again.
VISIT_LOG = Table(
    "visit_log",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("site", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("renewal", Integer, nullable=False),
    Column("about", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    UniqueConstraint("site", "key", name="uq_visit_log_key"),
    sqlite_autoincrement=True,
)

# Where each boot of a machine stood in time when it first leased a number.
LEASE_CLOCK = Table(
    "lease_clock",
    METADATA,
    Column("boot", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)

# What was learned of how visitors call, the present state of each workspace.
MATCH_MODEL = Table(
    "match_model",
    METADATA,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("learned_at", BigInteger, nullable=False),
)

# Who asked on a page to be called back, one row a number, site and day. ``form``: the form it was sent with, once.
# ``dialled_at``: staff began the call (their leg), ``joined_at``: the customer came on the line (theirs); ``failed``:
# who did not (staff, customer), or that it is not wanted any more (withdrawn). ``blocked``: what forbids it for good.
CALLBACK_WANTED = Table(
    "callback_wanted",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("site", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("in_hours", Boolean, nullable=False),
    Column("blocked", Text),
    Column("dialled_at", BigInteger),
    Column("agent", Text),
    Column("attempts", Integer, nullable=False),
    Column("joined_at", BigInteger),
    Column("failed", Text),
    Column("call", Text),
    Column("revision", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    UniqueConstraint("workspace", "key", name="uq_callback_wanted_key"),
    UniqueConstraint("site", "form", name="uq_callback_wanted_form"),
    Index("ix_callback_wanted_due", "workspace", "due_at"),
    Index("ix_callback_wanted_asked", "site", "requested_at"),
    sqlite_autoincrement=True,
)

# Only what still has to be told is looked for, again and again.
for _table in (NUMBER, LEASE_LOG, VISIT_LOG, CALLBACK_WANTED):
    _untold = _table.c.delivered < _table.c.revision
    Index(f"ix_{_table.name}_untold", _table.c.id, sqlite_where=_untold, postgresql_where=_untold)
_open = LEASE_LOG.c.released_at.is_(None)
Index("ix_lease_log_open", LEASE_LOG.c.held_until, sqlite_where=_open, postgresql_where=_open)

for table in (SITE, TURNED_AWAY, POOL, NUMBER, LEASE_LOG, LEASE_QUIET, LEASE_CLOCK, MATCH_MODEL):
    holds_personal(table)
holds_personal(SLOT, "visitor")
holds_personal(VISIT_LOG, "visitor", "about")
holds_personal(CALLBACK_WANTED, "number", "about")
