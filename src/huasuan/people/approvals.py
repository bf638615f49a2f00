"""Taking many rows out needs a second person: requests, their approval, and fetching once (ADR 0013)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from huasuan.kernel.errors import Conflict, NotAllowed, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.keys import person_of
from huasuan.people.tables import EXPORT_REQUEST, WORKSPACE
from huasuan.people.types import Actor, ExportRequest

GRANTED, PENDING, REFUSED, FETCHED = "granted", "pending", "refused", "fetched"
_COUNTED_TOGETHER = timedelta(days=1)


def ask_export(
    connection: Connection,
    *,
    workspace: int,
    actor: Actor,
    kind: str,
    wanted: Mapping[str, object],
    rows: int,
    reason: str,
    limit: int,
) -> ExportRequest:
    """Ask for an export of ``rows`` rows; up to ``limit`` a day it is granted at once, counting all that was granted so
    to the same person, with whatever key: many small ones are a large one.
    """
    # Two that ask at once must come one after the other.
    connection.execute(select(WORKSPACE.c.id).where(WORKSPACE.c.id == workspace).with_for_update())
    person = person_of(connection, actor)
    taken = _granted_unasked(connection, workspace=workspace, actor=actor, person=person)
    made = connection.execute(
        insert(EXPORT_REQUEST).values(
            workspace=workspace,
            account=actor.id,
            person=person,
            requester=actor.name,
            requester_kind=actor.kind,
            kind=kind,
            wanted=orjson.dumps(wanted).decode(),
            rows=rows,
            reason=reason,
            status=GRANTED if taken + rows <= limit else PENDING,
            created_at=to_micros(now()),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return export_request(connection, workspace=workspace, request=int(key[0]))


def export_requests(connection: Connection, *, workspace: int, limit: int = 100) -> Sequence[ExportRequest]:
    """The requests of a workspace, the newest first."""
    query = select(EXPORT_REQUEST).where(EXPORT_REQUEST.c.workspace == workspace)
    rows = connection.execute(query.order_by(EXPORT_REQUEST.c.id.desc()).limit(limit))
    return [_request(row) for row in rows]


def export_request(connection: Connection, *, workspace: int, request: int) -> ExportRequest:
    """One request.

    Raises
    ------
    NotFound
        ``no_export``
    """
    return _request(_row(connection, workspace, request))


def decide_export(connection: Connection, *, workspace: int, request: int, actor: Actor, grant: bool) -> ExportRequest:
    """Grant or refuse a pending request of somebody else.

    Raises
    ------
    NotFound
        ``no_export``
    NotAllowed
        ``own_export``; ``people_only`` for a key: a program is no second person
    Conflict
        ``export_decided``
    """
    row = _row(connection, workspace, request)
    if actor.kind == "key":
        raise NotAllowed(
            "people_only",
            Text(zh="导出须由登录的用户审批", en="exports are approved by people, not by keys"),
            Text(zh="请在浏览器中登录。", en="Sign in with a browser."),
        )
    if (row.requester_kind, row.account) == (actor.kind, actor.id) or (
        row.person is not None and row.person == actor.id
    ):
        raise NotAllowed(
            "own_export",
            Text(zh="不能审批自己的导出", en="nobody approves an export of their own"),
            Text(zh="请让另一位有审批权限的人处理。", en="Ask somebody else who may approve exports."),
        )
    decided = connection.execute(
        update(EXPORT_REQUEST)
        .where(EXPORT_REQUEST.c.id == request, EXPORT_REQUEST.c.status == PENDING)
        .values(status=GRANTED if grant else REFUSED, decided_by=actor.name, decided_at=to_micros(now()))
    )
    if decided.rowcount != 1:
        raise Conflict("export_decided", Text(zh="该申请已处理", en="the request was decided already"))
    return export_request(connection, workspace=workspace, request=request)


def take_export(connection: Connection, *, workspace: int, request: int, actor: Actor) -> ExportRequest:
    """Fetch what was granted: once, and only by whoever asked.

    Raises
    ------
    NotFound
        ``no_export``, also for a request of somebody else
    Conflict
        ``export_not_granted``
    """
    row = _row(connection, workspace, request)
    if (row.requester_kind, row.account) != (actor.kind, actor.id):
        raise _unknown()
    taken = connection.execute(
        update(EXPORT_REQUEST)
        .where(EXPORT_REQUEST.c.id == request, EXPORT_REQUEST.c.status == GRANTED)
        .values(status=FETCHED, fetched_at=to_micros(now()))
    )
    if taken.rowcount != 1:
        raise Conflict(
            "export_not_granted",
            Text(zh="该导出未获批准、已拒绝或已下载", en="the export is pending, refused or fetched already"),
            Text(zh="请等待审批或重新申请。", en="Wait for the approval, or ask again."),
        )
    return export_request(connection, workspace=workspace, request=request)


def _granted_unasked(connection: Connection, *, workspace: int, actor: Actor, person: int | None) -> int:
    same = (
        (EXPORT_REQUEST.c.requester_kind == actor.kind) & (EXPORT_REQUEST.c.account == actor.id)
        if person is None
        else EXPORT_REQUEST.c.person == person
    )
    query = select(func.coalesce(func.sum(EXPORT_REQUEST.c.rows), 0)).where(
        EXPORT_REQUEST.c.workspace == workspace,
        same,
        EXPORT_REQUEST.c.status.in_((GRANTED, FETCHED)),
        EXPORT_REQUEST.c.decided_by.is_(None),
        EXPORT_REQUEST.c.created_at > to_micros(now() - _COUNTED_TOGETHER),
    )
    return int(connection.execute(query).scalar_one())


def _row(connection: Connection, workspace: int, request: int) -> Row[Any]:
    query = select(EXPORT_REQUEST).where(EXPORT_REQUEST.c.workspace == workspace, EXPORT_REQUEST.c.id == request)
    row = connection.execute(query).first()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("no_export", Text(zh="没有这个导出申请", en="there is no such export"))


def _request(row: Row[Any]) -> ExportRequest:
    return ExportRequest(
        id=row.id,
        workspace=row.workspace,
        account=row.account if row.requester_kind == "account" else None,
        requester=row.requester,
        kind=row.kind,
        wanted=orjson.loads(row.wanted),
        rows=row.rows,
        reason=row.reason,
        status=row.status,
        created_at=from_micros(row.created_at),
        decided_by=row.decided_by,
        decided_at=None if row.decided_at is None else from_micros(row.decided_at),
        fetched_at=None if row.fetched_at is None else from_micros(row.fetched_at),
    )
