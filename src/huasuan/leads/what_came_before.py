"""What people did before a lead of theirs came, and which leads were won: read from the warehouse (S3-34).

Everything is as of the lead's own moment, for learning and for scoring by the same statement, so that a model never
learns from what it will not have.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huasuan.kernel.time import from_micros, to_micros
from huasuan.warehouse import Cursor

# A model of more leads than this is no better, and takes minutes.
MOST_LEADS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What somebody did before a moment; ``touch_age_days`` is None without a touch."""

    calls_in: int = 0
    calls_out: int = 0
    touches: int = 0
    touch_age_days: float | None = None
    earlier_leads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLead:
    """A lead old enough to tell: its number among the facts, when it came, what was before, whether it was won."""

    fact: int
    created_at: datetime
    before: Behaviour
    won: bool


Asked = tuple[int, datetime]
"""A person (the node that names them) and a moment."""
Look = Callable[[Sequence[Asked]], Sequence[Behaviour] | None]
"""Tells what people did before; None where that cannot be known now."""

_BEFORE = (
    "seen AS (SELECT a.n, count(*) FILTER (c.direction = 'in') AS calls_in, count(*) FILTER (c.direction = 'out') AS "
    "calls_out FROM asked a JOIN call c ON c.contact_id = a.contact_id AND c.started_at < a.moment GROUP BY a.n), "
    'touched AS (SELECT a.n, count(*) AS touches, max(t."at") AS last FROM asked a JOIN (SELECT contact_id, "at" '
    "FROM touch UNION ALL SELECT coalesce(co.contact_id, v.party), v.started_at FROM fact_visit v LEFT JOIN "
    'contact_of co ON v.party = co.party) t ON t.contact_id = a.contact_id AND t."at" < a.moment GROUP BY a.n), '
    "earlier AS (SELECT a.n, count(*) AS leads FROM asked a JOIN lead l ON l.contact_id = a.contact_id AND "
    "l.created_at < a.moment GROUP BY a.n)"
)
_SAID = (
    "coalesce(seen.calls_in, 0), coalesce(seen.calls_out, 0), coalesce(touched.touches, 0), "
    "(epoch_us(a.moment) - epoch_us(touched.last)) / 86400e6, coalesce(earlier.leads, 0)"
)
_JOINED = "FROM asked a LEFT JOIN seen USING (n) LEFT JOIN touched USING (n) LEFT JOIN earlier USING (n)"


def behaviour(reader: Cursor, asked: Sequence[Asked]) -> list[Behaviour]:
    """What each of them did before, in the order asked."""
    if not asked:
        return []
    rows = ", ".join(
        f"({place}, {int(person)}::BIGINT, make_timestamp({to_micros(at)}))" for place, (person, at) in enumerate(asked)
    )
    found = reader.execute(
        f"WITH asked(n, contact_id, moment) AS (VALUES {rows}), {_BEFORE} SELECT {_SAID} {_JOINED} ORDER BY a.n"
    ).fetchall()
    return [_as_behaviour(row) for row in found]


def past_leads(reader: Cursor, until: datetime, within: timedelta, *, most: int = MOST_LEADS) -> list[PastLead]:
    """The latest leads that came before ``until``, in their order of time, and whether each was won ``within``.

    Assumes (1) that ``until`` lies at least ``within`` in the past; (2) that a sale belongs to every lead of the person
    that came in that time before it. Duplicates teach nothing of their own and are left out.
    """
    found = reader.execute(
        "WITH asked AS (SELECT fact_id AS n, contact_id, created_at AS moment FROM lead WHERE NOT duplicate AND "
        f"created_at < make_timestamp({to_micros(until)}) ORDER BY created_at DESC, fact_id DESC LIMIT {int(most)}), "
        f"{_BEFORE}, won AS (SELECT DISTINCT a.n FROM asked a JOIN sale s ON s.contact_id = a.contact_id AND "
        f"s.won_at >= a.moment AND s.won_at < a.moment + INTERVAL {int(within.total_seconds())} SECOND) "
        f"SELECT {_SAID}, a.n, epoch_us(a.moment), won.n IS NOT NULL {_JOINED} LEFT JOIN won USING (n) "
        "ORDER BY a.moment, a.n"
    ).fetchall()
    return [
        PastLead(fact=fact, created_at=from_micros(moment), before=_as_behaviour(row), won=won)
        for *row, fact, moment, won in found
    ]


def _as_behaviour(row: Sequence[int | float | None]) -> Behaviour:
    calls_in, calls_out, touches, age, leads = row
    return Behaviour(
        calls_in=int(calls_in or 0),
        calls_out=int(calls_out or 0),
        touches=int(touches or 0),
        touch_age_days=None if age is None else float(age),
        earlier_leads=int(leads or 0),
    )
