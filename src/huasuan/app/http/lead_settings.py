"""What a business decides about its leads: whose calls become leads, when they are called again, and the rest."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan import leads
from huasuan.app.http.access import LeadsReader, LeadsWriter
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.people import record

router = APIRouter(prefix="/leads", tags=["leads"])


class LeadSettings(BaseModel):
    """Settings of leads and desk; what each means stands in the guide."""

    model_config = ConfigDict(extra="forbid")

    fresh_days: int = Field(ge=1, le=3660)
    wanted_industries: list[PrintedText] = Field(max_length=100)
    wanted_regions: list[PrintedText] = Field(max_length=100)
    wanted_interests: list[PrintedText] = Field(max_length=100)
    follow_days: list[Annotated[int, Field(ge=0, le=3660)]] = Field(max_length=12)
    wrap_seconds: int = Field(ge=0, le=3600)
    decide_days: int = Field(ge=1, le=365)
    attempts_most: int = Field(ge=1, le=100)
    protect_days: int = Field(ge=1, le=365)
    outcome_days: int = Field(ge=1, le=365)
    leads_from_calls: Literal["all", "missed", "none"]
    away_minutes: int = Field(default=5, ge=0, le=1440)
    desk_calls: Literal["auto", "always", "never"] = "auto"


@router.get("/settings", summary="What is decided about leads")
async def get_lead_settings(runtime: RuntimeOf, caller: LeadsReader) -> LeadSettings:
    """Of this workspace; the usual values where nothing was decided."""

    def step(connection: Connection) -> LeadSettings:
        found = asdict(leads.settings_of(connection, workspace=caller.workspace))
        return LeadSettings.model_validate(
            {name: list(one) if isinstance(one, tuple) else one for name, one in found.items()}
        )

    return await read(runtime, step)


@router.put("/settings", summary="Decide about leads")
async def put_lead_settings(request: Request, caller: LeadsWriter, body: LeadSettings) -> Done:
    """From now on; what was given stays given."""
    said: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in body.model_dump().items()
    }
    settings = leads.DeskSettings(**said)

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        leads.keep_settings(connection, workspace=caller.workspace, settings=settings)
        record(connection, actor=caller.actor, action="lead_settings.kept", workspace=caller.workspace, detail=said)

    await write(request, step)
    return Done()
