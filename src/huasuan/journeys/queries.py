"""Sequences, channel groups, what stood before a direct visit, models side by side, and why a deal was credited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from huasuan.journeys.sureness import Spread, spreads
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.metrics.attributing import Attribution, attribution_of
from huasuan.metrics.credited import NAMED, WHOLE, Reach, by_each, lay_journeys, part_of
from huasuan.metrics.ways import NOT_DIRECT, step_of
from huasuan.warehouse import Cursor

Order = Literal["conversions", "value", "length", "days"]
STEPS = ("channel", "source", "campaign", "keyword", "creative", "list", "agent", "touch_kind")
_DAY = 86_400_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sales: won on local days from ``date_from`` (included) to ``date_to`` (excluded); how steps are named."""

    step: str = "channel"
    date_from: date | None = None
    date_to: date | None = None
    lookback_days: int = 90
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Sales that came the same way, or met the same set of steps. Money in minor units, net of what came back."""

    steps: tuple[str, ...]
    conversions: int
    value_minor: int
    length: float
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceded:
    """How often a direct visit on the way to a sale followed ``step``; None: nothing stood before it (S2-65)."""

    step: str | None
    visits: int
    conversions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """What one step is credited with by each model, in the order of the models: sales in millionths, money.

    sure: the intervals of both, where they were asked for.
    """

    step: str | None
    conversions: tuple[int, ...]
    value_minor: tuple[int, ...]
    assisted: int
    last: int
    sure: tuple[tuple[Spread, Spread] | None, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyTouch:
    """A touch of a deal with the share each model gives it, in millionths, and its part of the value."""

    position: int
    kind: str
    channel: str | None
    campaign: str | None
    keyword: str | None
    agent: str | None
    at: datetime
    days_before: float
    shares: tuple[int, ...]
    value_minor: tuple[int, ...]
    star: str
    fact: int


def sequences(cursor: Cursor, wanted: Wanted, *, order: Order = "conversions", grouped: bool = False) -> list[Way]:
    """The commonest ways to a sale; ``grouped``: as unordered sets of steps (S2-65, S2-68)."""
    _lay(cursor, wanted)
    way = f"list({step_of(wanted.step)} ORDER BY position)"
    if grouped:
        way = f"list_sort(list_distinct({way}))"
    rows = cursor.execute(
        f"WITH path AS (SELECT deal_id, {way} AS way, max(path_length) AS length, max(age) AS age FROM journey "
        f"GROUP BY deal_id), {_sold(wanted)} SELECT way, count(*), sum(value), avg(length), avg(age) / {_DAY} "
        "FROM path JOIN sold USING (deal_id) GROUP BY way "
        f"ORDER BY {_ORDERS[order]} DESC, count(*) DESC, way LIMIT {wanted.limit}"
    ).fetchall()
    return [
        Way(steps=tuple(way), conversions=sold, value_minor=int(value or 0), length=length, days=days)
        for way, sold, value, length, days in rows
    ]


def before_direct(cursor: Cursor, wanted: Wanted, *, laid: bool = False) -> list[Preceded]:
    """Which steps stood before direct visits: the last one that was none. laid: ``sequences`` was just asked."""
    if not laid:
        _lay(cursor, wanted)
    step = step_of(wanted.step)
    rows = cursor.execute(
        f"WITH {_sold(wanted)}, told AS (SELECT deal_id, {NOT_DIRECT} AS other, last_value(CASE WHEN {NOT_DIRECT} THEN "
        f"{step} END IGNORE NULLS) OVER (PARTITION BY deal_id ORDER BY position) AS before FROM journey JOIN sold "
        "USING (deal_id)) SELECT before, count(*), count(DISTINCT deal_id) FROM told WHERE NOT other GROUP BY before "
        f"ORDER BY 2 DESC, 1 NULLS LAST LIMIT {wanted.limit}"
    ).fetchall()
    return [Preceded(step=step, visits=visits, conversions=sold) for step, visits, sold in rows]


def side_by_side(
    cursor: Cursor, wanted: Wanted, models: Sequence[Attribution], *, intervals: bool = False
) -> list[Credited]:
    """What each step is credited with under each model; the first model orders the rows.

    intervals: how far each figure would move with other customers alike, the weights of the model taken as they are.
    """
    found: dict[str | None, list[tuple[int, int]]] = {}
    assisted: dict[str | None, tuple[int, int]] = {}
    sure: dict[tuple[str | None, int], tuple[Spread, Spread]] = {}
    name = wanted.step
    for place in by_each(cursor, models, replace(reach_of(wanted, name), counted=True)):
        parted = (
            f"WITH {_sold(wanted)}, parted AS (SELECT w.*, {part_of(str(WHOLE))} AS credit, {part_of('s.value')} AS "
            "part, s.deal_id AS deal, s.who AS who FROM sold s LEFT JOIN shared w USING (deal_id)) "
        )
        rows = cursor.execute(
            f'{parted} SELECT "{name}", sum(credit), sum(part), count(DISTINCT deal) FILTER (position < path_length), '
            f'count(DISTINCT deal) FILTER (position = path_length) FROM parted GROUP BY "{name}"'
        ).fetchall()
        for step, credit, value, helped, closed in rows:
            found.setdefault(step, [(0, 0)] * len(models))[place] = (int(credit), int(value or 0))
            assisted[step] = (helped, closed)
        if intervals:
            sure |= {(step, place): spread for step, spread in spreads(cursor, parted, name).items()}
    credited = [
        Credited(
            step=step,
            conversions=tuple(credit for credit, _ in told),
            value_minor=tuple(value for _, value in told),
            assisted=assisted[step][0],
            last=assisted[step][1],
            sure=tuple(sure.get((step, place)) for place in range(len(models))) if intervals else None,
        )
        for step, told in found.items()
    ]
    credited.sort(key=lambda row: (-row.conversions[0], row.step is None, row.step or ""))
    return credited


def why_credited(cursor: Cursor, deal_id: int, models: Sequence[Attribution]) -> list[WhyTouch]:
    """Every touch of a deal with its share under each model; inbound calls that do not count have none.

    Raises
    ------
    NotFound
        ``unknown_deal``: no such won deal
    """
    sold = cursor.execute("SELECT 1 FROM sale WHERE deal_id = ? LIMIT 1", [deal_id]).fetchall()
    if not sold:
        raise NotFound("unknown_deal", Text(zh="没有这笔成交", en="there is no such won deal"))
    told: dict[tuple[str, int], list[Any]] = {}
    shares: dict[tuple[str, int], dict[int, tuple[int, int]]] = {}
    mine = Reach(deals=f"deal_id = {deal_id}")
    farthest = max((model.lookback_days for model in models), default=1)
    lay_journeys(cursor, attribution_of("last", lookback_days=farthest), mine)
    listed = "touch_star, touch_fact, touched_at, touch_kind, channel, campaign, keyword, agent, age"
    for star, fact, *about in cursor.execute(f"SELECT {listed} FROM journey").fetchall():
        told[star, fact] = about
        shares[star, fact] = {}
    for place in by_each(cursor, models, replace(mine, counted=True)):
        rows = cursor.execute(
            f"WITH {_sold(Wanted())} SELECT touch_star, touch_fact, {part_of(str(WHOLE))}, {part_of('s.value')} "
            f"FROM sold s JOIN shared w USING (deal_id) WHERE s.deal_id = {deal_id}"
        ).fetchall()
        for star, fact, share, value in rows:
            shares[star, fact][place] = (share, int(value or 0))
    # Models may look back differently far, so a touch has its place in the longest of the paths.
    path = sorted(told, key=lambda touch: (told[touch][0], *touch))
    return [_why(number, touch, told[touch], shares[touch], len(models)) for number, touch in enumerate(path, 1)]


def _why(
    number: int, touch: tuple[str, int], about: Sequence[Any], shares: dict[int, tuple[int, int]], models: int
) -> WhyTouch:
    at, kind, channel, campaign, keyword, agent, age = about
    mine = [shares.get(place, (0, 0)) for place in range(models)]
    return WhyTouch(
        position=number,
        kind=kind,
        channel=channel,
        campaign=campaign,
        keyword=keyword,
        agent=agent,
        at=at,
        days_before=age / _DAY,
        shares=tuple(share for share, _ in mine),
        value_minor=tuple(value for _, value in mine),
        star=touch[0],
        fact=touch[1],
    )


_ORDERS = {"conversions": "count(*)", "value": "sum(value)", "length": "avg(length)", "days": "avg(age)"}


def _lay(cursor: Cursor, wanted: Wanted) -> None:
    reach = reach_of(wanted, wanted.step, *NAMED)
    lay_journeys(cursor, attribution_of("last", lookback_days=wanted.lookback_days), reach)


def reach_of(wanted: Wanted, *columns: str, counted: bool = False) -> Reach:
    """What of the paths is needed for the sales asked for."""
    deals = " AND ".join(days_of(wanted, "won_day")) or "TRUE"
    return Reach(columns=("touch_day", *columns), deals=deals, counted=counted)


def days_of(wanted: Wanted, column: str) -> list[str]:
    """The conditions on a column of local days."""
    days = [f"{column} >= DATE '{wanted.date_from}'"] if wanted.date_from else []
    return days + ([f"{column} < DATE '{wanted.date_to}'"] if wanted.date_to else [])


def _sold(wanted: Wanted) -> str:
    """The sales asked for, with their value net of what came back; tax is in it."""
    days = " AND ".join(days_of(wanted, "won_day"))
    where = f" WHERE {days}" if days else ""
    return (
        "sold AS (SELECT deal_id, any_value(coalesce(customer_id, deal_id)) AS who, "
        "CAST(sum(value_minor - returned_minor - cancelled_minor) AS BIGINT) AS value "
        f"FROM sale{where} GROUP BY deal_id)"
    )


def check_step(step: str) -> str:
    """The name of a step, if it is one.

    Raises
    ------
    InvalidInput
        ``unknown_step``
    """
    if step in STEPS:
        return step
    known = Text(zh=f"可用：{'、'.join(STEPS)}", en=f"There are: {', '.join(STEPS)}")
    raise InvalidInput("unknown_step", Text(zh=f"路径不能按 {step} 表示", en=f"paths have no {step}"), known)
