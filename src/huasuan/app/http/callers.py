"""Numbers a business may call from, over HTTP (R07)."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import FactsReader, RulesWriter
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.named import Number
from huasuan.consent import callers_of, register_caller, unregister_caller
from huasuan.intake import phone_number
from huasuan.people import record

router = APIRouter(tags=["consent"])
Registered = Annotated[str, Path(min_length=3, max_length=60)]


class CallerRow(BaseModel):
    """A number to call from; ``at_desk``: the one that calls of the desk show."""

    number: str
    evidence: str
    added_at: AwareDatetime
    at_desk: bool


class CallerList(BaseModel):
    """All of them; while there is none, any number may be called from that no rule bars."""

    callers: list[CallerRow]


class CallerBody(BaseModel):
    """A number of the business, and by what it is proven that it may be called from."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    evidence: str = Field(min_length=1, max_length=500)
    at_desk: bool = Field(default=False, description="Calls of the desk show it")


@router.get("/callers", summary="The numbers to call from")
async def get_callers(runtime: RuntimeOf, caller: FactsReader) -> CallerList:
    """Registered with the proof of their licence."""

    def step(connection: Connection) -> CallerList:
        found = callers_of(connection, workspace=caller.workspace)
        return CallerList(callers=[CallerRow(**asdict(one)) for one in found])

    return await read(runtime, step)


@router.put("/callers", summary="Register a number to call from")
async def put_caller(request: Request, caller: RulesWriter, body: CallerBody) -> Done:
    """From the first on the gate lets nobody call from any other; a number that a rule bars needs this too."""
    number = phone_number(body.number)

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        register_caller(
            connection, workspace=caller.workspace, number=number, evidence=body.evidence, at_desk=body.at_desk
        )
        record(
            connection,
            actor=caller.actor,
            action="caller.registered",
            workspace=caller.workspace,
            target=number,
            detail={"evidence": body.evidence, "at_desk": body.at_desk},
        )

    await write(request, step)
    return Done()


@router.delete("/callers/{registered}", summary="Take a number to call from off the register")
async def delete_caller(request: Request, caller: RulesWriter, registered: Registered) -> Done:
    """Without any registered number the gate checks what rules bar alone."""
    number = phone_number(registered)

    def step(connection: Any) -> None:  # noqa: ANN401
        unregister_caller(connection, workspace=caller.workspace, number=number)
        record(connection, actor=caller.actor, action="caller.removed", workspace=caller.workspace, target=number)

    await write(request, step)
    return Done()
