"""The audit log: who did what, when and from where. Rows are added in the transaction of what they tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select

from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.tables import AUDIT, WORKSPACE
from huasuan.people.types import Actor, AuditEntry


def record(
    connection: Connection,
    *,
    actor: Actor,
    action: str,
    workspace: int | None,
    target: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a line. ``target`` names what it was done to; ``detail`` must not hold secrets or whole phone numbers."""
    connection.execute(
        insert(AUDIT).values(
            workspace=workspace,
            at=to_micros(now()),
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            address=actor.address,
            action=action,
            target=target,
            detail=orjson.dumps(detail or {}).decode(),
        )
    )


def record_everywhere(
    connection: Connection, *, actor: Actor, action: str, target: str = "", detail: Mapping[str, object] | None = None
) -> None:
    """Add a line to the log of every workspace: what was done concerns the whole installation."""
    for workspace in connection.execute(select(WORKSPACE.c.id).order_by(WORKSPACE.c.id)).scalars().all():
        record(connection, actor=actor, action=action, workspace=workspace, target=target, detail=detail)


def audit_entries(
    connection: Connection,
    *,
    workspace: int,
    before: int | None = None,
    limit: int = 100,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AuditEntry]:
    """The log of a workspace, newest first.

    ``action`` is a whole name (``export.asked``) or its first part (``export``); ``actor`` the name of an account or
    key; ``since`` is included, ``until`` excluded.
    """
    query = select(AUDIT).where(AUDIT.c.workspace == workspace).order_by(AUDIT.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.id < before)
    if action is not None:
        query = query.where((AUDIT.c.action == action) | AUDIT.c.action.startswith(action + ".", autoescape=True))
    if actor is not None:
        query = query.where(AUDIT.c.actor_name == actor)
    if since is not None:
        query = query.where(AUDIT.c.at >= to_micros(since))
    if until is not None:
        query = query.where(AUDIT.c.at < to_micros(until))
    return [_entry(row) for row in connection.execute(query)]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        workspace=row.workspace,
        at=from_micros(row.at),
        actor=Actor(kind=row.actor_kind, id=row.actor_id, name=row.actor_name, address=row.address),
        action=row.action,
        target=row.target,
        detail=orjson.loads(row.detail),
    )
