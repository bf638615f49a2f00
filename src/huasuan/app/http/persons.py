"""What people demand about their data (R13): written down, answered, deleted, or kept in a lawsuit."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

import anyio
from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import ConsentWriter, FactsReader, PersonsEraser
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.named import PersonBody, identity_in
from huasuan.app.worker.erasing import erase_person
from huasuan.app.worker.seeing import see_person
from huasuan.consent import close_request, end_hold, hold_person, holds_of, open_request, release_person, requests_of
from huasuan.people import record

router = APIRouter(tags=["consent"])
RequestId = Annotated[int, Path(ge=1, le=2**62)]
HoldNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the hold")]


class RequestBody(PersonBody):
    """Who wants what."""

    kind: Literal["see", "correct", "delete"]


class RequestNumber(BaseModel):
    """The number of the request."""

    id: int


class RequestRow(BaseModel):
    """One request; ``about`` is a keyed digest, never the number; ``overdue``: open though its day has passed."""

    id: int
    kind: str
    about: str
    status: str
    received_at: AwareDatetime
    due_at: AwareDatetime
    overdue: bool
    done_at: AwareDatetime | None
    done_by: str | None
    outcome: str


class RequestList(BaseModel):
    """The open ones first, by the day they are due; then those done, the newest first."""

    requests: list[RequestRow]


class SeeBody(PersonBody):
    """The request that is answered by it, if there was one: it must be this person's."""

    request: int | None = Field(default=None, ge=1, le=2**62)


class CloseBody(BaseModel):
    """What came of a request, in a word."""

    model_config = ConfigDict(extra="forbid")

    outcome: str = Field(min_length=1, max_length=500, pattern=r"\S")


class Known(BaseModel):
    """Everything known of the person: facts by kind (calls name their recordings), cases with scores, their reasons,
    steps, remarks and tasks, attempts to reach them, refusals, and the do-not-call lists they stand on."""

    known_by: list[dict[str, str]]
    facts: dict[str, list[dict[str, Any]]]
    cases: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    lists: list[str]


class EraseBody(PersonBody):
    """The request that is answered by it, if there was one."""

    request: int | None = Field(default=None, ge=1, le=2**62)


class Erasure(BaseModel):
    """What was deleted; ``left``: files in which something still stands, such as backups made before."""

    numbers: int
    facts: int
    lines: int
    rows: int
    uploads: int
    left: list[str]


class HoldBody(PersonBody):
    """Why nothing of the person may be deleted for now."""

    reason: str = Field(min_length=1, max_length=500)


class HoldRow(BaseModel):
    """One hold; ``about`` is a keyed digest, never the number."""

    id: int
    about: str
    reason: str
    since: AwareDatetime


class HoldList(BaseModel):
    """The newest first."""

    holds: list[HoldRow]


@router.get("/persons/requests", summary="What people demanded about their data")
async def get_requests(runtime: RuntimeOf, caller: FactsReader) -> RequestList:
    """With the day each is due (R13)."""

    def step(connection: Connection) -> RequestList:
        found = requests_of(connection, workspace=caller.workspace)
        return RequestList(requests=[RequestRow(**asdict(one)) for one in found])

    return await read(runtime, step)


@router.post("/persons/requests", summary="Write down what a person demands")
async def post_request(request: Request, caller: ConsentWriter, body: RequestBody) -> RequestNumber:
    """It is due when the rule of the person's country says."""
    identity = identity_in(body)
    number: int = await write(
        request,
        lambda connection: open_request(connection, workspace=caller.workspace, kind=body.kind, identity=identity),
    )
    return RequestNumber(id=number)


@router.post("/persons/requests/{demand}/close", summary="A person's request is answered")
async def post_close(request: Request, caller: PersonsEraser, demand: RequestId, body: CloseBody) -> Done:
    """With a word about what came of it: handed over, corrected, nothing known. A deletion closes its own."""

    def step(connection: Any) -> None:  # noqa: ANN401
        close_request(
            connection, workspace=caller.workspace, request=demand, by=caller.actor.name, outcome=body.outcome.strip()
        )
        record(
            connection,
            actor=caller.actor,
            action="person.answered",
            workspace=caller.workspace,
            target=str(demand),
            detail={"outcome": body.outcome.strip()},
        )

    await write(request, step)
    return Done()


@router.post("/persons/see", summary="Everything known of a person, to be handed over")
async def post_see(request: Request, caller: PersonsEraser, body: SeeBody) -> Known:
    """All about all numbers and addresses of the person; that somebody looked is written down."""
    identity = identity_in(body)

    def step(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        found = see_person(connection, workspace=caller.workspace, identity=identity, request=body.request)
        record(connection, actor=caller.actor, action="personal.seen", workspace=caller.workspace, target="person")
        return found

    return Known(**await write(request, step))


@router.post("/persons/erase", summary="Delete a person")
async def post_erase(request: Request, runtime: RuntimeOf, caller: PersonsEraser, body: EraseBody) -> Erasure:
    """Numbers, names, addresses and texts go from every file; figures and a keyed digest stay. Cannot be undone."""
    identity = identity_in(body)

    def run() -> Erasure:
        report = erase_person(
            runtime.store,
            runtime.settings,
            runtime.answers,
            workspace=caller.workspace,
            identity=identity,
            actor=caller.actor,
            request=body.request,
        )
        return Erasure(**asdict(report) | {"left": list(report.left)})

    return await anyio.to_thread.run_sync(run, limiter=request.app.state.writers)


@router.post("/persons/hold", summary="Keep a person's data during a lawsuit")
async def post_hold(request: Request, caller: PersonsEraser, body: HoldBody) -> Done:
    """Nothing of the person is deleted until the hold ends."""
    identity = identity_in(body)

    def step(connection: Any) -> None:  # noqa: ANN401
        hold = hold_person(connection, workspace=caller.workspace, identity=identity, reason=body.reason)
        record(connection, actor=caller.actor, action="person.held", workspace=caller.workspace, target=str(hold))

    await write(request, step)
    return Done()


@router.get("/persons/holds", summary="Whose data are kept during a lawsuit")
async def get_holds(runtime: RuntimeOf, caller: FactsReader) -> HoldList:
    """The holds that stand, the newest first."""

    def step(connection: Connection) -> HoldList:
        found = holds_of(connection, workspace=caller.workspace)
        return HoldList(holds=[HoldRow(**asdict(one)) for one in found])

    return await read(runtime, step)


@router.post("/persons/holds/{hold}/end", summary="End one legal hold")
async def post_end_hold(request: Request, caller: PersonsEraser, hold: HoldNumber) -> Done:
    """Others on the same person stand."""

    def step(connection: Any) -> None:  # noqa: ANN401
        end_hold(connection, workspace=caller.workspace, hold=hold)
        record(connection, actor=caller.actor, action="person.released", workspace=caller.workspace, target=str(hold))

    await write(request, step)
    return Done()


@router.post("/persons/release", summary="End all legal holds on a person")
async def post_release(request: Request, caller: PersonsEraser, body: PersonBody) -> Done:
    """Every hold on any number or address of the person."""
    identity = identity_in(body)

    def step(connection: Any) -> None:  # noqa: ANN401
        release_person(connection, workspace=caller.workspace, identity=identity)
        record(connection, actor=caller.actor, action="person.released", workspace=caller.workspace)

    await write(request, step)
    return Done()
