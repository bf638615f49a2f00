"""How the scores do: quality on leads not seen, drift, sales' own ratings beside them, completeness (S3-34, S4-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Connection, exists, func, select

from huasuan import methods
from huasuan.kernel.time import to_micros
from huasuan.leads.desk_tables import CASE
from huasuan.leads.learning import Learnt, learnt_of
from huasuan.leads.tables import LEAD_QUALITY
from huasuan.store import select_many

ITEMS = ("budget", "authority", "need", "timing", "fit")
# Beyond this a feature has moved so far that the score should be learnt anew.
DRIFT_SOME, DRIFT_MUCH = 0.1, 0.25
_LATELY = timedelta(days=30)
_LEAST, _MOST = 100, 5_000
_OTHER, _SMALL = "", 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """Sales' ratings beside the scores: how many leads have both, Spearman's correlation, the mean score by rating.

    ``agreement`` is None with fewer than ten of them, or while all are alike.
    """

    n: int
    agreement: float | None
    by_rating: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Of how many leads budget, authority, need, timing and fit are known; ``mean`` is the share of all five."""

    leads: int
    known: Mapping[str, int]
    mean: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """The learnt score in use (None: rules), how far the leads of the last 30 days are from those it learnt from.

    drift: by feature, ``score`` first: the population stability index; empty with fewer than 100 recent leads.
    """

    learnt: Learnt | None
    recent: int
    drift: tuple[tuple[str, float], ...]
    rated: Rated
    completeness: Completeness


def insight(connection: Connection, *, workspace: int, at: datetime) -> Insight:
    """What can be said of the scores now."""
    learnt = learnt_of(connection, workspace=workspace)
    recent = connection.execute(
        select(CASE)
        .where(CASE.c.workspace == workspace, CASE.c.created_at >= to_micros(at - _LATELY), CASE.c.state != "duplicate")
        .order_by(CASE.c.id.desc())
        .limit(_MOST)
    ).fetchall()
    ratings = _ratings(connection, workspace)
    return Insight(
        learnt=learnt,
        recent=len(recent),
        drift=() if learnt is None or len(recent) < _LEAST else _drift(learnt, recent),
        rated=_rated(connection, workspace, ratings),
        completeness=_completeness(connection, workspace),
    )


def quality_of(connection: Connection, *, workspace: int, lead: str) -> Mapping[str, int]:
    """The newest word on each item of a lead, and sales' ``rating``; what is not known is left out."""
    table = LEAD_QUALITY.table
    rows = connection.execute(
        select(table)
        .where(table.c.workspace == workspace, table.c.lead == lead, _present())
        .order_by(table.c.scored_at, table.c.seq)
    )
    said: dict[str, int] = {}
    for row in rows:
        said.update({name: value for name in (*ITEMS, "rating") if (value := getattr(row, name)) is not None})
    return said


def _present() -> ColumnElement[bool]:
    """The newest version of what was said, unless it was taken back; an earlier one counts no more."""
    table, later = LEAD_QUALITY.table, LEAD_QUALITY.table.alias()
    newer = exists().where(
        later.c.workspace == table.c.workspace,
        later.c.source_system == table.c.source_system,
        later.c.source_key == table.c.source_key,
        later.c.version > table.c.version,
    )
    return ~table.c.gone & ~newer


def _drift(learnt: Learnt, recent: Sequence[object]) -> tuple[tuple[str, float], ...]:
    mine = [row.score for row in recent if row.model == learnt.name]  # type: ignore[attr-defined]
    found = [("score", methods.stability(learnt.sample, mine))] if len(mine) >= _LEAST else []
    for name, shares in learnt.shares.items():
        values = [getattr(row, name) for row in recent]
        found.append((name, _of_values(shares, values)))
    return (*found[:1], *sorted(found[1:], key=lambda one: -one[1]))


def _of_values(before: Mapping[str, float], values: Sequence[str | None]) -> float:
    """The population stability index of a category; rare and unknown values are one bin."""
    now = {value: sum(one == value for one in values) / len(values) for value in before}
    bins = [*((before[value], now[value]) for value in before), (1 - sum(before.values()), 1 - sum(now.values()))]
    was, is_now = np.maximum(np.array(bins, float), _SMALL).T
    return float(np.sum((is_now - was) * np.log(is_now / was)))


def _ratings(connection: Connection, workspace: int) -> dict[str, int]:
    """The newest rating of each lead, of the latest few thousand."""
    table = LEAD_QUALITY.table
    rows = connection.execute(
        select(table.c.lead, table.c.rating)
        .where(table.c.workspace == workspace, table.c.rating.is_not(None), table.c.lead.is_not(None), _present())
        .order_by(table.c.scored_at.desc(), table.c.seq.desc())
        .limit(_MOST)
    )
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row.lead, row.rating)
    return found


def _rated(connection: Connection, workspace: int, ratings: Mapping[str, int]) -> Rated:
    here = (("workspace", workspace),)
    scores = select_many(
        connection, "lead_case", ("source_key", "score"), where=here, key="source_key", keys=list(ratings)
    )
    pairs: list[tuple[int, float]] = [(ratings[key], score) for key, score in scores]
    by_rating = []
    for rating in range(1, 6):
        given = [score for said, score in pairs if said == rating]
        if given:
            by_rating.append((rating, len(given), sum(given) / len(given)))
    return Rated(n=len(pairs), agreement=_agreement(pairs), by_rating=tuple(by_rating))


def _agreement(pairs: Sequence[tuple[int, float]]) -> float | None:
    """Spearman's rank correlation."""
    if len(pairs) < 10:
        return None
    from scipy.stats import rankdata  # noqa: PLC0415  slow to load

    said, scored = (rankdata(column) for column in zip(*pairs, strict=True))
    if np.ptp(said) == 0 or np.ptp(scored) == 0:
        return None
    return float(np.corrcoef(said, scored)[0, 1])


def _completeness(connection: Connection, workspace: int) -> Completeness:
    """Of the leads about which anything was asked."""
    table = LEAD_QUALITY.table
    by_lead = (
        select(table.c.lead, *[func.max(table.c[name]).label(name) for name in ITEMS])
        .where(table.c.workspace == workspace, table.c.lead.is_not(None), _present())
        .group_by(table.c.lead)
        .subquery()
    )
    row = connection.execute(
        select(func.count(), *[func.count(by_lead.c[name]) for name in ITEMS]).select_from(by_lead)
    ).one()
    leads, *known = row
    return Completeness(
        leads=leads,
        known=dict(zip(ITEMS, known, strict=True)),
        mean=sum(known) / (leads * len(ITEMS)) if leads else None,
    )
