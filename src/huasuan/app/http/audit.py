"""GET /audit: who did what, when and from where."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Connection

from huasuan.app.http.access import AuditReader
from huasuan.app.http.entrance import read
from huasuan.app.http.guards import RuntimeOf
from huasuan.people import AuditEntry, audit_entries

router = APIRouter(tags=["audit"])


class AuditFilters(BaseModel):
    """Which lines are wanted."""

    before: int | None = Field(default=None, ge=1, le=2**62, description="Only those older than this line")
    limit: int = Field(default=100, ge=1, le=1000)
    action: str | None = Field(default=None, max_length=100, description="export.asked, or its first part: export")
    actor: str | None = Field(default=None, max_length=320, description="E-mail address, or name of a key")
    since: AwareDatetime | None = Field(default=None, description="From this moment on")
    until: AwareDatetime | None = Field(default=None, description="Before this moment")


class AuditBody(BaseModel):
    """One line."""

    id: int
    at: AwareDatetime
    actor_kind: str
    actor: str
    address: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditList(BaseModel):
    """The newest first; ask again with ``before`` = the last number for older ones."""

    entries: list[AuditBody]


@router.get("/audit", summary="Read the audit log")
async def get_audit(
    runtime: RuntimeOf,
    caller: AuditReader,
    filters: Annotated[AuditFilters, Query()],
) -> AuditList:
    """Changes, exports, looks at personal data and sign-ins of this workspace; nobody can change a line."""

    def step(connection: Connection) -> list[AuditEntry]:
        return audit_entries(
            connection,
            workspace=caller.workspace,
            before=filters.before,
            limit=filters.limit,
            action=_plain(filters.action),
            actor=_plain(filters.actor),
            since=filters.since,
            until=filters.until,
        )

    return AuditList(entries=[_body(entry) for entry in await read(runtime, step)])


def _plain(text: str | None) -> str | None:
    # PostgreSQL refuses texts with a zero byte.
    return None if text is None else text.replace("\0", "")


def _body(entry: AuditEntry) -> AuditBody:
    return AuditBody(
        id=entry.id,
        at=entry.at,
        actor_kind=entry.actor.kind,
        actor=entry.actor.name,
        address=entry.actor.address,
        action=entry.action,
        target=entry.target,
        detail=dict(entry.detail),
    )
