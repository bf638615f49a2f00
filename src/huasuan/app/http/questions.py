"""Questions: the catalogue, /ask and /behind."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.answers import Asked, Basis, filters_in, names_in
from huasuan.app.http.guards import RuntimeOf, WorkspaceId
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

MAX_METRICS = 50
MAX_BEHIND = 10_000
BEHIND_SHOWN = 1000
router = APIRouter(tags=["questions"])


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

    def asked(self) -> Asked:
        """In the program's words."""
        where = {key: value if isinstance(value, list) else [value] for key, value in self.where.items()}
        return Asked(
            metrics=self.metrics,
            by=self.by,
            where=where,
            first=self.from_,
            last=self.to,
            basis=self.basis,
            as_of=self.as_of,
        )


class BehindBody(QuestionBody):
    """One metric's question, and how many facts to show."""

    metrics: list[str] = Field(min_length=1, max_length=1, description="The metric whose facts are wanted.")
    limit: int = Field(default=BEHIND_SHOWN, ge=1, le=MAX_BEHIND)


def question_of(  # noqa: PLR0917  FastAPI calls it by name
    metric: Annotated[list[str], Query(description="Metric; may be repeated or separated by commas")],
    by: Annotated[str, Query(description="Dimensions, separated by commas")] = "",
    where: Annotated[list[str] | None, Query(description="dimension=value; may be repeated")] = None,
    from_: Annotated[date | None, Query(alias="from", description="First local day, included")] = None,
    to: Annotated[date | None, Query(description="Last local day, excluded")] = None,
    basis: Annotated[Basis, Query()] = "cohort",
    as_of: Annotated[date | None, Query(description="As known before this local day 00:00")] = None,
) -> Asked:
    """The question an address asks."""
    return Asked(
        metrics=names_in(metric),
        by=names_in([by]),
        where=filters_in(where or ()),
        first=from_,
        last=to,
        basis=basis,
        as_of=as_of,
    )


AskedOf = Annotated[Asked, Depends(question_of)]


@router.get("/ask", summary="Ask by address")
async def get_ask(runtime: RuntimeOf, workspace: WorkspaceId, asked: AskedOf) -> Response:
    """Every cell carries value, numerator, denominator, n, the reason if unknown, and the address behind it."""
    return await _answer(runtime, workspace, asked)


@router.post("/ask", summary="Ask")
async def post_ask(runtime: RuntimeOf, workspace: WorkspaceId, body: QuestionBody) -> Response:
    """As GET, for questions with many filters."""
    return await _answer(runtime, workspace, body.asked())


@router.get("/behind", summary="The facts behind a figure, by address")
async def get_behind(
    runtime: RuntimeOf,
    workspace: WorkspaceId,
    asked: AskedOf,
    limit: Annotated[int, Query(ge=1, le=MAX_BEHIND)] = BEHIND_SHOWN,
) -> Response:
    """Exactly the facts one figure was reckoned from."""
    return await _behind(runtime, workspace, asked, limit)


@router.post("/behind", summary="The facts behind a figure")
async def post_behind(runtime: RuntimeOf, workspace: WorkspaceId, body: BehindBody) -> Response:
    """As GET."""
    return await _behind(runtime, workspace, body.asked(), body.limit)


async def _answer(runtime: Runtime, workspace: int, asked: Asked) -> Response:
    return _json(await run_in_threadpool(runtime.answers.ask, workspace, asked))


async def _behind(runtime: Runtime, workspace: int, asked: Asked, limit: int) -> Response:
    if len(asked.metrics) != 1:
        raise InvalidInput(
            "one_metric",
            Text(zh="只能查看一个指标的明细", en="the facts of one metric at a time"),
            Text(zh="请只给出一个指标。", en="Name one metric."),
        )
    return _json(await run_in_threadpool(runtime.answers.behind, workspace, asked, limit=limit))


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
