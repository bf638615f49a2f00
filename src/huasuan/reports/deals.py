"""The list of deals: what was sold, what came back and why, what is still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.plan import choose
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import filters, period
from huasuan.warehouse import Cursor

Status = Literal["open", "lost", "won", "part_returned", "returned", "cancelled"]
_COMMON = ("stage", "agent", "channel", "campaign", "contact_id", "origin_fact_id")
_BACK = "coalesce(sum(returned_minor), 0) + coalesce(sum(cancelled_minor), 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DealsWanted:
    """Which deals: cuts with their values ("" is unknown), local days of the win (``date_to`` excluded), states.

    A deal not won stands at the day of its origin. ``before``: only those after this place in the order, the last
    row's day and number.
    """

    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    status: Sequence[Status] = ()
    before: tuple[date, int] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Something of a deal that was given back or cancelled; money in minor units of the workspace's currency."""

    day: date
    kind: str
    reason: str | None
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One deal. ``first_event`` is the number of the fact that tells of it first; money as in ``Back``."""

    deal: int
    first_event: int
    day: date | None
    at: datetime | None
    status: Status
    products: Sequence[str]
    value: int | None
    tax: int | None
    given_back: int
    said: Mapping[str, Any]
    backs: Sequence[Back]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why things came back: of how many deals, and of what value."""

    kind: str
    reason: str | None
    deals: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPage:
    """Rows of the list; ``count`` and ``reasons`` are of all wanted ones and told with the first page alone."""

    rows: Sequence[DealRow]
    more: bool
    count: int | None
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What is left of a won deal: value less what came back, in minor units; ``first_event`` as in ``DealRow``."""

    deal: int
    first_event: int
    won_day: date
    left: int


def deal_page(reader: Cursor, snapshot: Snapshot, wanted: DealsWanted) -> DealPage:
    """One page of the list, the latest win first.

    Raises
    ------
    UnknownName, InvalidInput
        a cut that does not exist or that deals do not have; an empty period
    """
    told = _told(wanted)
    count, reasons = None, []
    after = ""
    if wanted.before is None:
        ((count,),) = reader.execute(snapshot.then(f"WITH told AS ({told}) SELECT count(*) FROM told")).fetchall()
        reasons = _reasons(reader, snapshot, told)
    else:
        day, last = wanted.before
        after = f" WHERE (day, deal_id) < (DATE '{day}', {last})"
    order = "ORDER BY day DESC NULLS LAST, deal_id DESC"
    rows = reader.execute(
        snapshot.then(f"WITH told AS ({told}) SELECT * FROM told{after} {order} LIMIT {wanted.limit + 1}")
    ).fetchall()
    names = ("deal_id", "status", "at", "day", "products", "value", "tax", "back", *_COMMON)
    page = [dict(zip(names, row, strict=True)) for row in rows[: wanted.limit]]
    deals = [row["deal_id"] for row in page]
    backs, first = _backs(reader, deals), _first_events(reader, deals)
    return DealPage(
        rows=[_row(row, first[row["deal_id"]], backs.get(row["deal_id"], [])) for row in page],
        more=len(rows) > wanted.limit,
        count=count,
        reasons=reasons,
    )


def sold(reader: Cursor, deal: str) -> Sold | None:
    """What is left of the deal of that key; None if there is none or it was not won."""
    rows = reader.execute(
        f"SELECT deal_id, min(won_day), coalesce(sum(value_minor), 0)::BIGINT - ({_BACK})::BIGINT FROM sale "
        "WHERE deal_id = hash($deal) GROUP BY deal_id",
        {"deal": deal},
    ).fetchall()
    if not rows:
        return None
    number, day, left = rows[0]
    return Sold(deal=number, first_event=_first_events(reader, [number])[number], won_day=day, left=left)


def _row(row: Mapping[str, Any], first_event: int, backs: Sequence[Back]) -> DealRow:
    return DealRow(
        deal=row["deal_id"],
        first_event=first_event,
        day=row["day"],
        at=row["at"],
        status=row["status"],
        products=sorted(name for name in row["products"] or () if name is not None),
        value=row["value"],
        tax=row["tax"],
        given_back=row["back"],
        said={name: row[name] for name in _COMMON if row[name] is not None},
        backs=backs,
    )


def _told(wanted: DealsWanted) -> str:
    """Every wanted deal as one row."""
    question = Question(metrics=("won_deals",), where=wanted.where, date_from=wanted.date_from, date_to=wanted.date_to)
    choose(question, METRICS)
    said = ", ".join(f'any_value("{name}") AS "{name}"' for name in _COMMON)
    kept = [*period(question, "won_day"), *filters(question, "sale", "won_day")]
    open_ = [*period(question, "origin_day"), *filters(question, "deal_open", "origin_day")]
    status = (
        f"CASE WHEN {_BACK} = 0 THEN 'won' WHEN {_BACK} < sum(value_minor) THEN 'part_returned' "
        "WHEN coalesce(sum(returned_minor), 0) = 0 THEN 'cancelled' ELSE 'returned' END"
    )
    won = (
        f"SELECT deal_id, {status} AS status, min(won_at) AS at, min(won_day) AS day, list(DISTINCT product) AS "
        "products, sum(value_minor)::BIGINT AS value, sum(tax_minor)::BIGINT AS tax, "
        f"({_BACK})::BIGINT AS back, {said} FROM sale{_where(kept)} GROUP BY deal_id"
    )
    others = (
        "SELECT deal_id, CASE WHEN min(lost_at) IS NULL THEN 'open' ELSE 'lost' END AS status, "
        "min(coalesce(lost_at, first_contact_at)) AS at, min(origin_day) AS day, list(DISTINCT product) AS products, "
        f"NULL::BIGINT AS value, NULL::BIGINT AS tax, 0::BIGINT AS back, {said} FROM deal_open{_where(open_)} "
        "GROUP BY deal_id"
    )
    every = f"SELECT * FROM ({won} UNION ALL {others})"
    if not wanted.status:
        return every
    return every + " WHERE status IN (" + ", ".join(f"'{one}'" for one in wanted.status) + ")"


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _reasons(reader: Cursor, snapshot: Snapshot, told: str) -> list[Reason]:
    rows = reader.execute(
        snapshot.then(
            f"WITH told AS ({told}) SELECT back_kind, reason, count(DISTINCT deal_id), "
            "coalesce(sum(value_minor), 0)::BIGINT FROM sale_back WHERE deal_id IN (SELECT deal_id FROM told) "
            "GROUP BY ALL ORDER BY 4 DESC, 1, 2 LIMIT 50"
        )
    ).fetchall()
    return [Reason(kind=kind, reason=reason, deals=deals, value=value) for kind, reason, deals, value in rows]


def _backs(reader: Cursor, deals: Sequence[int]) -> dict[int, list[Back]]:
    rows = reader.execute(
        "SELECT deal_id, back_day, back_kind, reason, sum(value_minor)::BIGINT FROM sale_back "
        "WHERE list_contains($deals::UBIGINT[], deal_id) GROUP BY deal_id, event, back_day, back_kind, reason "
        "ORDER BY deal_id, back_day, event",
        {"deals": list(deals)},
    ).fetchall()
    found: dict[int, list[Back]] = {}
    for deal, day, kind, reason, value in rows:
        found.setdefault(deal, []).append(Back(day=day, kind=kind, reason=reason, value=value))
    return found


def _first_events(reader: Cursor, deals: Sequence[int]) -> dict[int, int]:
    return dict(
        reader.execute(
            "SELECT deal, min(fact_id) FROM fact_deal_event WHERE list_contains($deals::UBIGINT[], deal) GROUP BY deal",
            {"deals": list(deals)},
        ).fetchall()
    )
