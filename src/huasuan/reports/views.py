"""Saved views: the address of a screen under a name, for oneself, the team or the whole workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.reports.tables import SAVED_VIEW

Shared = Literal["own", "team", "workspace"]
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """The address of a screen under a name; ``search`` holds no question mark. ``mine``: whoever asks made it."""

    id: int
    name: str
    path: str
    search: str
    shared: Shared
    author: str
    mine: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Whose views are meant: the account, and the team it belongs to in the workspace."""

    workspace: int
    account: int
    team: str | None


def views_for(connection: Connection, viewer: Viewer) -> Sequence[SavedView]:
    """The own views and those shared with whoever asks, by name."""
    seen = or_(
        SAVED_VIEW.c.account == viewer.account,
        SAVED_VIEW.c.shared == "workspace",
        and_(SAVED_VIEW.c.shared == "team", SAVED_VIEW.c.team == viewer.team),
    )
    query = select(SAVED_VIEW).where(SAVED_VIEW.c.workspace == viewer.workspace, seen)
    rows = connection.execute(query.order_by(SAVED_VIEW.c.name, SAVED_VIEW.c.id).limit(_MOST))
    return [
        SavedView(
            id=row.id,
            name=row.name,
            path=row.path,
            search=row.search,
            shared=row.shared,
            author=row.author,
            mine=row.account == viewer.account,
            created_at=from_micros(row.created_at),
        )
        for row in rows
    ]


def save_view(
    connection: Connection, viewer: Viewer, *, author: str, name: str, path: str, search: str, shared: Shared
) -> int:
    """Keep an address under a name; one of the same name that is the own is replaced. Gives its number.

    Raises
    ------
    InvalidInput
        ``bad_path`` (an address of elsewhere), ``no_team``
    Conflict
        ``too_many_views``
    """
    _check_path(path)
    if shared == "team" and viewer.team is None:
        raise InvalidInput(
            "no_team",
            Text(zh="您不属于任何团队", en="you belong to no team"),
            Text(
                zh="请共享给整个工作区，或让管理员为您设置团队。", en="Share it with the workspace, or be given a team."
            ),
        )
    own = (SAVED_VIEW.c.workspace == viewer.workspace, SAVED_VIEW.c.account == viewer.account)
    connection.execute(delete(SAVED_VIEW).where(*own, SAVED_VIEW.c.name == name))
    if connection.execute(select(func.count()).select_from(SAVED_VIEW).where(*own)).scalar_one() >= _MOST:
        raise Conflict(
            "too_many_views",
            Text(zh=f"已有 {_MOST} 个视图", en=f"there are {_MOST} views already"),
            Text(zh="请先删除不用的视图。", en="Delete some first."),
        )
    made = connection.execute(
        insert(SAVED_VIEW).values(
            workspace=viewer.workspace,
            account=viewer.account,
            author=author,
            name=name,
            path=path,
            search=search,
            shared=shared,
            team=viewer.team if shared == "team" else None,
            created_at=to_micros(now()),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return int(key[0])


def delete_view(connection: Connection, viewer: Viewer, *, view: int) -> None:
    """Forget an own view.

    Raises
    ------
    NotFound
        ``no_view``, also for one of somebody else
    """
    gone = connection.execute(
        delete(SAVED_VIEW).where(
            SAVED_VIEW.c.workspace == viewer.workspace,
            SAVED_VIEW.c.account == viewer.account,
            SAVED_VIEW.c.id == view,
        )
    )
    if gone.rowcount != 1:
        raise NotFound("no_view", Text(zh="没有这个视图", en="there is no such view of yours"))


def _check_path(path: str) -> None:
    """A view leads to a screen of ours, never elsewhere."""
    split = urlsplit(path)
    if not path.startswith("/") or path.startswith("//") or "\\" in path or split.netloc or split.query:
        raise InvalidInput(
            "bad_path",
            Text(zh="不是本系统页面的路径", en="not the path of a screen"),
            Text(zh="例如 /by/channel", en="For example /by/channel"),
        )
