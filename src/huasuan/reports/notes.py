"""Notes people write: on days, for every chart over time; on calls, for whoever opens their card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.reports.tables import ANNOTATION, CALL_COMMENT

_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A note on local days of the workspace, both included."""

    id: int
    first_day: date
    last_day: date
    note: str
    author: str
    account: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A note on a call; ``second`` says where in its recording."""

    id: int
    note: str
    second: int | None
    author: str
    account: int | None
    created_at: datetime


def annotations_of(
    connection: Connection, *, workspace: int, date_from: date | None = None, date_to: date | None = None
) -> Sequence[Annotation]:
    """Notes that touch the period (``date_to`` excluded), by their first day; without a period all of them."""
    query = select(ANNOTATION).where(ANNOTATION.c.workspace == workspace)
    if date_from is not None:
        query = query.where(ANNOTATION.c.last_day >= date_from.isoformat())
    if date_to is not None:
        query = query.where(ANNOTATION.c.first_day < date_to.isoformat())
    rows = connection.execute(query.order_by(ANNOTATION.c.first_day, ANNOTATION.c.id).limit(_MOST))
    return [
        Annotation(
            id=row.id,
            first_day=date.fromisoformat(row.first_day),
            last_day=date.fromisoformat(row.last_day),
            note=row.note,
            author=row.author,
            account=row.account,
            created_at=from_micros(row.created_at),
        )
        for row in rows
    ]


def annotate(
    connection: Connection,
    *,
    workspace: int,
    account: int | None,
    author: str,
    first_day: date,
    last_day: date,
    note: str,
) -> int:
    """Write a note on days; gives its number.

    Raises
    ------
    InvalidInput
        ``empty_period``
    """
    if last_day < first_day:
        raise InvalidInput(
            "empty_period",
            Text(zh="结束日期早于开始日期", en="the last day is before the first"),
            Text(zh="请对调两个日期。", en="Swap the two."),
        )
    made = connection.execute(
        insert(ANNOTATION).values(
            workspace=workspace,
            account=account,
            author=author,
            first_day=first_day.isoformat(),
            last_day=last_day.isoformat(),
            note=note,
            created_at=to_micros(now()),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return int(key[0])


def delete_annotation(connection: Connection, *, workspace: int, annotation: int) -> None:
    """Take a note away.

    Raises
    ------
    NotFound
        ``no_annotation``
    """
    which = (ANNOTATION.c.workspace == workspace, ANNOTATION.c.id == annotation)
    if connection.execute(delete(ANNOTATION).where(*which)).rowcount != 1:
        raise NotFound("no_annotation", Text(zh="没有这条备注", en="there is no such note"))


def comments_on(connection: Connection, *, workspace: int, call: int) -> Sequence[Comment]:
    """What was written on a call, the oldest first."""
    query = select(CALL_COMMENT).where(CALL_COMMENT.c.workspace == workspace, CALL_COMMENT.c.call == call)
    return [
        Comment(
            id=row.id,
            note=row.note,
            second=row.second,
            author=row.author,
            account=row.account,
            created_at=from_micros(row.created_at),
        )
        for row in connection.execute(query.order_by(CALL_COMMENT.c.id).limit(_MOST))
    ]


def comment_on(
    connection: Connection,
    *,
    workspace: int,
    call: int,
    account: int | None,
    author: str,
    note: str,
    second: int | None,
) -> int:
    """Write on a call that exists; gives the number of the comment."""
    made = connection.execute(
        insert(CALL_COMMENT).values(
            workspace=workspace,
            call=call,
            account=account,
            author=author,
            second=second,
            note=note,
            created_at=to_micros(now()),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return int(key[0])


def delete_comment(connection: Connection, *, workspace: int, call: int, comment: int, account: int | None) -> None:
    """Take an own comment away.

    Raises
    ------
    NotFound
        ``no_comment``, also for one of somebody else
    """
    gone = connection.execute(
        delete(CALL_COMMENT).where(
            CALL_COMMENT.c.workspace == workspace,
            CALL_COMMENT.c.call == call,
            CALL_COMMENT.c.id == comment,
            CALL_COMMENT.c.account == account,
        )
    )
    if gone.rowcount != 1:
        raise NotFound("no_comment", Text(zh="没有这条评论", en="there is no such comment of yours"))
