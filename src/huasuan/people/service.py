"""Making workspaces and changing what they decide."""

from sqlalchemy import Connection, insert, select, update

from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people.settings import WorkspaceSettings
from huasuan.people.tables import WORKSPACE
from huasuan.people.types import Workspace


def create_workspace(connection: Connection, *, name: str, settings: WorkspaceSettings) -> Workspace:
    """A new, empty workspace."""
    result = connection.execute(
        insert(WORKSPACE).values(name=name, settings=settings.to_json(), created_at=to_micros(now()))
    )
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return Workspace(id=int(key[0]), name=name, settings=settings, sample_batch=None)


def workspaces(connection: Connection) -> list[Workspace]:
    """All workspaces of this installation, oldest first."""
    rows = connection.execute(select(WORKSPACE).order_by(WORKSPACE.c.id))
    return [
        Workspace(
            id=row.id,
            name=row.name,
            settings=WorkspaceSettings.from_json(row.settings),
            sample_batch=row.sample_batch,
        )
        for row in rows
    ]


def workspace_named(connection: Connection, name: str | None) -> Workspace:
    """The workspace of that name, or the only (first) one.

    Raises
    ------
    NotFound
        ``no_workspace``
    """
    found = [space for space in workspaces(connection) if name is None or space.name == name]
    if not found:
        raise NotFound(
            "no_workspace",
            Text(zh="没有这个工作区", en="there is no such workspace"),
            Text(zh="请先运行 huasuan init。", en="Run huasuan init first."),
        )
    return found[0]


def settings_of(connection: Connection, workspace: int) -> WorkspaceSettings:
    """What a workspace decided for itself."""
    found = connection.execute(select(WORKSPACE.c.settings).where(WORKSPACE.c.id == workspace)).scalar_one()
    return WorkspaceSettings.from_json(found)


def change_settings(connection: Connection, *, workspace: int, settings: WorkspaceSettings) -> None:
    """Replace the settings of a workspace; the warehouse recomputes what depends on them."""
    connection.execute(update(WORKSPACE).where(WORKSPACE.c.id == workspace).values(settings=settings.to_json()))
