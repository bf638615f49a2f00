"""Questions as JSON, checked."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from huasuan.app.answers import (
    BEHIND_SHOWN,
    MAX_AGE_SECONDS,
    MAX_BEHIND,
    MAX_QUESTIONS,
    SMALL_BELOW,
    Asked,
    Basis,
    Opening,
    RowKind,
    Side,
)

MAX_METRICS = 50
MAX_SMALL = 1_000_000
MAX_DAYS = 9_999
# What a figure can be cut by: numbers of facts are unsigned, of days not.
Whole = Annotated[int, Field(ge=-(2**63), lt=2**64)]


class PeriodBody(BaseModel):
    """From a local day, included, to another one, excluded."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: date = Field(alias="from", description="First local day, included.")
    to: date = Field(description="Last local day, excluded.")


class QuestionBody(BaseModel):
    """Metrics × dimensions × filters × period × time basis."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"example": {"metrics": ["total_cost", "revenue_net", "roi"], "by": ["channel"]}},
    )

    metrics: list[str] = Field(min_length=1, max_length=MAX_METRICS, description="Keys of /metrics.")
    by: list[str] = Field(default_factory=list, max_length=8, description="Dimensions to group by.")
    where: dict[str, str | list[str | None] | None] = Field(
        default_factory=dict, description="Dimension to wanted value or values; null is unknown."
    )
    from_: date | None = Field(default=None, alias="from", description="First local day, included.")
    to: date | None = Field(default=None, description="Last local day, excluded.")
    basis: Basis = "cohort"
    as_of: date | None = Field(default=None, description="As known before this local day 00:00.")
    intervals: bool = Field(default=False, description="Say how sure each figure is, or why that cannot be said.")
    small_below: int = Field(
        default=SMALL_BELOW, ge=0, le=MAX_SMALL, description="With intervals: mark figures made of fewer facts."
    )

    compare: PeriodBody | Literal["previous"] | None = Field(
        default=None, description="Period to compare with; previous: the one of the same length before."
    )
    matured: Annotated[int, Field(ge=0, le=MAX_DAYS)] | Literal["cycle"] | None = Field(
        default=None, description="Only days at least so many days past; cycle: the sales cycle of the workspace."
    )
    firm: date | Literal["now"] | None = Field(
        default=None, description="Only deals whose return window had closed before this local day, or by now."
    )
    attribution: str | None = Field(
        default=None,
        max_length=80,
        description="Sales belong to the touches that led to them by this model, as linear, time-decay:7@60.",
    )
    max_age_seconds: float = Field(
        default=0.0,
        ge=0,
        le=MAX_AGE_SECONDS,
        description="An answer with everything written up to so long ago will do; 0: with everything until now.",
    )

    def asked(self) -> Asked:
        """In the program's words."""
        where = {
            name: tuple(part or "" for part in (wanted if isinstance(wanted, list) else [wanted]))
            for name, wanted in self.where.items()
        }
        return Asked(
            metrics=tuple(self.metrics),
            by=tuple(self.by),
            where=where,
            date_from=self.from_,
            date_to=self.to,
            basis=self.basis,
            as_of=self.as_of,
            intervals=self.intervals,
            small_below=self.small_below,
            compare=(self.compare.from_, self.compare.to) if isinstance(self.compare, PeriodBody) else self.compare,
            matured=self.matured,
            firm=self.firm,
            attribution=self.attribution,
            max_age_seconds=self.max_age_seconds,
        )


class PageBody(BaseModel):
    """Questions of one page, answered together."""

    model_config = ConfigDict(extra="forbid")

    questions: list[QuestionBody] = Field(min_length=1, max_length=MAX_QUESTIONS, description="As /ask takes them.")
    max_age_seconds: float = Field(
        default=0.0, ge=0, le=MAX_AGE_SECONDS, description="As in a question; for all of them, whatever they say."
    )


class BehindBody(QuestionBody):
    """One metric's question and which of its figures to open; an answer's `behind` is one of these."""

    metrics: list[str] = Field(min_length=1, max_length=1, description="The metric whose facts are wanted.")
    cell: dict[str, str | Whole | bool | None] | None = Field(
        default=None, description="The row of the answer (its `by`); without it, all rows."
    )
    kind: RowKind | None = Field(default=None, description="The kind of that row.")
    side: Side = Field(default="numerator", description="Which side of a ratio.")
    limit: int = Field(default=BEHIND_SHOWN, ge=1, le=MAX_BEHIND, description="How many facts to show.")

    def opening(self) -> Opening:
        """In the program's words."""
        return Opening(cell=self.cell, kind=self.kind, side=self.side, limit=self.limit)
