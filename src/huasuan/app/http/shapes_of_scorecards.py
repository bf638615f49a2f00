"""The shapes of filled-in scorecards; see ``shapes``."""

from typing import Any

from pydantic import BaseModel, Field

from huasuan.app.http.shape_words import BothLanguages, Number, UnitName


class ScorecardPart(BaseModel):
    """A figure of a scorecard; ``share`` is its weight in percent."""

    metric: str
    text: BothLanguages
    unit: UnitName
    share: str
    adjusted_for: list[str] = Field(description="The cuts whose mix was taken out.")


class ReachedPart(BaseModel):
    """What was reached of one part; ``adjusted`` is the value with the mix taken out, ``attainment`` in percent."""

    value: Number
    n: int
    adjusted: Number
    target: str
    attainment: str | None
    reason: BothLanguages | None
    behind: dict[str, Any]


class ScorecardLine(BaseModel):
    """A person, or the team where ``agent`` is null; an ``index`` of 100 is every target reached."""

    agent: str | None
    index: str | None
    reason: BothLanguages | None
    parts: list[ReachedPart]


class FilledScorecard(BaseModel):
    """A team's scorecard, the best line first."""

    team: str
    currency: str
    working_days: int
    parts: list[ScorecardPart]
    people: list[ScorecardLine]
    whole: ScorecardLine


class Scorecards(BaseModel):
    """All scorecards of the workspace, or the own one."""

    cards: list[FilledScorecard]
