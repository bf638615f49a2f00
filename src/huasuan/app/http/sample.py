"""The made-up sample business: in with one step, out with one step."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import FactsWriter, FiguresReader, Sender
from huasuan.app.http.entrance import write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shape_words import BothLanguages
from huasuan.app.runtime import Runtime
from huasuan.app.worker.sample_runs import SampleRun, SampleRuns
from huasuan.people import Principal, Right, missing_right, record

router = APIRouter(prefix="/sample", tags=["workspace"])


class SampleBody(BaseModel):
    """Whether made-up facts are there, whether any facts are, and how far a run is."""

    there: bool
    own_data: bool
    state: Literal["idle", "loading", "removing"]
    done: int
    whole: int
    failed: BothLanguages | None


@router.get("", summary="Is the sample business there?")
async def get_sample(request: Request, runtime: RuntimeOf, caller: FiguresReader) -> SampleBody:
    """And how far bringing it in or taking it out is."""
    return await run_in_threadpool(_look, request, runtime, caller)


@router.post("", summary="Bring the sample business in", status_code=202)
async def post_sample(request: Request, runtime: RuntimeOf, caller: Sender) -> SampleBody:
    """Made up and marked as such; own facts stay what they are."""
    if not caller.may(Right.INTAKE_WRITE):
        raise missing_right(Right.INTAKE_WRITE)
    return await _begin(request, runtime, caller, "loading")


@router.delete("", summary="Take the sample business out", status_code=202)
async def delete_sample(request: Request, runtime: RuntimeOf, caller: FactsWriter) -> SampleBody:
    """Every made-up fact goes; own facts stay what they are."""
    return await _begin(request, runtime, caller, "removing")


async def _begin(
    request: Request, runtime: Runtime, caller: Principal, what: Literal["loading", "removing"]
) -> SampleBody:
    workspace = await run_in_threadpool(runtime.answers.workspace, caller.workspace)
    _runs(request).start(workspace, what)
    action = "sample.loaded" if what == "loading" else "sample.removed"
    await write(
        request,
        lambda connection: record(connection, actor=caller.actor, action=action, workspace=caller.workspace),
    )
    return await run_in_threadpool(_look, request, runtime, caller)


def _look(request: Request, runtime: Runtime, caller: Principal) -> SampleBody:
    runs = _runs(request)
    workspace = runtime.answers.workspace(caller.workspace)
    run: SampleRun | None = runs.last(caller.workspace)
    failure = None if run is None or run.failure is None else run.failure.text
    there, own = runs.contents(workspace)
    return SampleBody(
        there=there,
        own_data=own,
        state=run.what if run is not None and run.state == "running" else "idle",
        done=0 if run is None else run.done,
        whole=0 if run is None else run.whole,
        failed=None if failure is None else BothLanguages(zh=failure.zh, en=failure.en),
    )


def _runs(request: Request) -> SampleRuns:
    runs: SampleRuns = request.app.state.samples
    return runs
