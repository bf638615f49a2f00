"""The call log: calls newest first, narrowed by any cut, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.catalogue.sequels import NOT_CALLED_BACK
from huasuan.metrics.plan import choose
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import filters, period
from huasuan.warehouse import Cursor

# What a row of the log says, by the names of the star table (metrics.stars).
COLUMNS = (
    "fact_id", "contact_id", "started_at", "day", "hour", "direction", "voice", "result", "cause", "call_class",
    "junk_reason", "disposition", "agent", "team", "queue", "own_number", "channel", "source", "campaign", "keyword",
    "list", "script_version", "region", "city", "ring_seconds", "queue_seconds", "talk_seconds", "wrap_seconds",
    "billed_seconds", "in_hours", "joined", "is_unique", "is_unique_target", "is_repeat", "excluded",
    "classed_by", "excluded_by", "traffic", "match_probability", "call_number", "call_number_in_cycle",
    "first_channel", "first_campaign", "cycle_channel", "cycle_campaign",
)  # fmt: skip
# A metric over calls: what cuts it can be cut by, the log can be narrowed by.
_CALLS = "inbound_calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsWanted:
    """Which calls: cuts with their values ("" is unknown), local days (``date_to`` excluded), seconds of talk.

    ``waiting``: only missed ones that nobody called back. ``contacts``: of these contacts alone. ``before``: only
    those after this place in the order, the last row's ``started_at`` and ``fact_id``.
    """

    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    talk_least: int | None = None
    talk_most: int | None = None
    waiting: bool = False
    contacts: Sequence[int] | None = None
    before: tuple[datetime, int] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """Rows of the log; ``more`` says whether there are older ones, ``count`` how many there are altogether.

    The count is told with the first page alone.
    """

    rows: Sequence[Mapping[str, Any]]
    more: bool
    count: int | None


def call_page(reader: Cursor, snapshot: Snapshot, wanted: CallsWanted) -> CallPage:
    """One page of the log, newest first.

    Raises
    ------
    UnknownName, InvalidInput
        a cut that does not exist or that calls do not have; an empty period
    """
    conditions = _conditions(wanted)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    count = None
    if wanted.before is None:
        (count,) = reader.execute(snapshot.then(f"SELECT count(*) FROM call{where}")).fetchall()[0]
    else:
        moment, last = wanted.before
        older = f"(started_at, fact_id) < (TIMESTAMP '{moment.isoformat(sep=' ')}', {last})"
        where = f"{where} AND {older}" if where else f" WHERE {older}"
    # The numbers first: what the rows say is then read for one page alone.
    order = "ORDER BY started_at DESC, fact_id DESC"
    page = f"SELECT fact_id FROM call{where} {order} LIMIT {wanted.limit + 1}"
    rows = _read(reader, snapshot.then(page), order)
    return CallPage(rows=rows[: wanted.limit], more=len(rows) > wanted.limit, count=count)


def one_call(reader: Cursor, fact_id: int) -> Mapping[str, Any] | None:
    """The row of one call; None if there is none of that number."""
    rows = _read(reader, f"SELECT {fact_id}::BIGINT AS fact_id", "")
    return rows[0] if rows else None


def status_of(row: Mapping[str, Any]) -> str:
    """What became of a call in one word, the same for both directions.

    Inbound and answered: ``proper`` (the first target call of its contact in a cycle), ``repeat`` (a later one),
    ``junk``, else ``answered``; missed: how. Outbound: how it ended. ``excluded``: it is not counted at all.
    """
    if row["excluded"]:
        return "excluded"
    if row["direction"] == "out":
        return str(row["result"] or "unknown")
    if not row["joined"]:
        return str(row["cause"] or "missed")
    if row["call_class"] == "target":
        return "proper" if row["is_unique_target"] else "repeat"
    return "junk" if row["call_class"] == "junk" else "answered"


def _read(reader: Cursor, wanted: str, order: str) -> list[dict[str, Any]]:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    found = reader.execute(f"SELECT {names} FROM call WHERE fact_id IN ({wanted}) {order}").fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def _conditions(wanted: CallsWanted) -> list[str]:
    question = Question(metrics=(_CALLS,), where=wanted.where, date_from=wanted.date_from, date_to=wanted.date_to)
    choose(question, METRICS)
    conditions = [*period(question, "day"), *filters(question, "call", "day")]
    if wanted.talk_least is not None:
        conditions.append(f"talk_seconds >= {wanted.talk_least}")
    if wanted.talk_most is not None:
        conditions.append(f"coalesce(talk_seconds, 0) <= {wanted.talk_most}")
    if wanted.waiting:
        conditions += NOT_CALLED_BACK.where
    if wanted.contacts is not None:
        conditions.append(f"list_contains({list(wanted.contacts)}::BIGINT[], contact_id)")
    return conditions
