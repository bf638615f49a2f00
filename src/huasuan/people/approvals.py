"""Taking many rows out needs a second person: requests, their approval, and fetching once."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from huasuan.kernel.errors import Conflict, NotAllowed, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.tables import EXPORT_REQUEST
from huasuan.people.types import Actor, ExportRequest

GRANTED, PENDING, REFUSED, FETCHED = "granted", "pending", "refused", "fetched"


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
    """Ask for an export of ``rows`` rows; up to ``limit`` it is granted at once."""
    made = connection.execute(
        insert(EXPORT_REQUEST).values(
            workspace=workspace,
            account=actor.id,
            requester=actor.name,
            requester_kind=actor.kind,
            kind=kind,
            wanted=orjson.dumps(wanted).decode(),
            rows=rows,
            reason=reason,
            status=GRANTED if rows <= limit else PENDING,
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
        ``own_export``
    Conflict
        ``export_decided``
    """
    row = _row(connection, workspace, request)
    if (row.requester_kind, row.account) == (actor.kind, actor.id):
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
