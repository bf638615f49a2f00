"""How the scores of leads do: the model in use, its held-back quality, drift, sales' ratings, completeness."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection

from huasuan import leads
from huasuan.app.http.access import LeadsReader
from huasuan.app.http.entrance import read
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shapes_of_desk import Both
from huasuan.kernel.text import Text
from huasuan.kernel.time import now

router = APIRouter(prefix="/lead-scores", tags=["leads"])
_SCORE = Text(zh="评分", en="score")


class HeldBack(BaseModel):
    """How good the model was on the latest fifth of leads, which it had not seen when it was judged."""

    n: int
    rate: float
    auc: float | None
    calibration_error: float
    best_tenth: float
    too_good: bool


class Drifted(BaseModel):
    """How far a feature has moved: below 0.1 nothing, up to 0.25 some, above it much."""

    name: Both
    value: float


class ByRating(BaseModel):
    """The mean score of leads to which sales gave a rating."""

    rating: int
    n: int
    score: float


class ScoreInsight(BaseModel):
    """The scores of leads; ``model`` is ``rules`` while there is too little to learn from."""

    model: str
    learnt_at: AwareDatetime | None
    leads: int
    held_back: HeldBack | None
    recent: int
    drift: list[Drifted]
    rated: int
    agreement: float | None
    by_rating: list[ByRating]
    asked: int
    known: dict[str, int]
    completeness: float | None


@router.get("", summary="How the scores of leads do")
async def get_scores(runtime: RuntimeOf, caller: LeadsReader) -> ScoreInsight:
    """The model in use, how it did on leads it had not seen, and whether the world has moved since."""

    def step(connection: Connection) -> ScoreInsight:
        return _shown(leads.insight(connection, workspace=caller.workspace, at=now()))

    return await read(runtime, step)


def _shown(found: leads.Insight) -> ScoreInsight:
    learnt, rated, known = found.learnt, found.rated, found.completeness
    return ScoreInsight(
        model="rules" if learnt is None else learnt.scorer.kind,
        learnt_at=None if learnt is None else learnt.at,
        leads=0 if learnt is None else learnt.leads,
        held_back=None if learnt is None else _held_back(learnt.scorer.held_back),
        recent=found.recent,
        drift=[Drifted(name=_named(name), value=value) for name, value in found.drift],
        rated=rated.n,
        agreement=rated.agreement,
        by_rating=[ByRating(rating=rating, n=n, score=score) for rating, n, score in rated.by_rating],
        asked=known.leads,
        known=dict(known.known),
        completeness=known.mean,
    )


def _held_back(quality: Any) -> HeldBack:  # noqa: ANN401  methods.Quality, which loads numpy
    return HeldBack(
        n=quality.n,
        rate=quality.rate,
        auc=quality.auc,
        calibration_error=quality.calibration_error,
        best_tenth=quality.gains[0],
        too_good=quality.too_good,
    )


def _named(name: str) -> Both:
    text = leads.FEATURE_NAMES.get(name, _SCORE)
    return Both(zh=text.zh, en=text.en)
