"""Why a call is counted under its source: what decided, and every visit that could have led to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.warehouse import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A visit that was shown the number the call came to.

    probability: 0..1 that this visit led to the call. state: what the visitor was doing when it came; seconds: since
    the link was pressed, the page was opened or left. same_region: caller and visit are of one province, None where
    either is unknown. leased_at: UTC.
    """

    probability: float
    state: str
    seconds: int
    same_region: bool | None
    leased_at: datetime
    overflow: bool
    channel: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    keyword: str | None
    creative: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSource:
    """How a call got its source (S0-20, S2-48).

    how: ``said`` by whoever sent the call, by its own ``number``, by ``visits`` that saw the number, or ``none`` of
    these. probability: of the source counted. nobody: 0..1 that no visit of ours led to the call, None where visits
    did not decide.
    """

    how: Literal["said", "number", "visits", "none"]
    channel: str | None
    probability: float | None
    nobody: float | None
    candidates: Sequence[Candidate]


def source_of_call(cursor: Cursor, fact_id: int) -> CallSource | None:
    """What decided the source of a call; None if there is no such call."""
    rows = cursor.execute(
        "SELECT c.channel, m.insertion, m.match_probability FROM call c LEFT JOIN matched m USING (fact_id) "
        f"WHERE c.fact_id = {fact_id}"
    ).fetchall()
    if not rows:
        return None
    ((channel, insertion, probability),) = rows
    if insertion is None:
        said: Literal["said", "none"] = "none" if channel is None else "said"
        found = _candidates(cursor, fact_id) if said == "said" else []
        return CallSource(how=said, channel=channel, probability=None, nobody=_nobody(found), candidates=found)
    if insertion == "static":
        return CallSource(how="number", channel=channel, probability=probability, nobody=None, candidates=())
    found = _candidates(cursor, fact_id)
    nobody = 1.0 if not found else _nobody(found)
    return CallSource(how="visits", channel=channel, probability=probability, nobody=nobody, candidates=found)


def _nobody(found: Sequence[Candidate]) -> float | None:
    """What the visits leave; the shares of those beyond the kept ones are too small to be seen here."""
    return max(0.0, 1.0 - sum(one.probability for one in found)) if found else None


def _candidates(cursor: Cursor, fact_id: int) -> list[Candidate]:
    rows = cursor.execute(
        "SELECT c.probability, c.state, c.seconds, c.same_region, l.leased_at, coalesce(l.overflow, FALSE), l.channel, "
        "l.source, l.medium, l.campaign, l.keyword, l.creative FROM candidate c JOIN fact_lease l "
        f"ON l.fact_id = c.lease_id WHERE c.fact_id = {fact_id} ORDER BY c.place"
    ).fetchall()
    return [
        Candidate(
            probability=probability,
            state=state,
            seconds=seconds,
            same_region=same_region,
            leased_at=leased_at,
            overflow=overflow,
            channel=channel,
            source=source,
            medium=medium,
            campaign=campaign,
            keyword=keyword,
            creative=creative,
        )
        for (
            probability,
            state,
            seconds,
            same_region,
            leased_at,
            overflow,
            channel,
            source,
            medium,
            campaign,
            keyword,
            creative,
        ) in rows
    ]
