"""``huasuan init``: the data folder, the tables, the first workspace and its key; harmless to run again."""

from dataclasses import dataclass
from pathlib import Path

from huasuan.app import wiring
from huasuan.app.settings import Settings
from huasuan.people import (
    Workspace,
    WorkspaceSettings,
    create_api_key,
    create_workspace,
    workspace_named,
    workspaces,
)
from huasuan.store import Store, Upgrade, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What ``init`` did. ``key`` is shown once: only its digest is kept."""

    workspace: Workspace
    created: bool
    key: str | None
    upgrade: Upgrade


def found(store: Store, settings: Settings, *, name: str, business: WorkspaceSettings, new_key: bool) -> Founded:
    """Bring the store up to date, and make a workspace where there is none of that name (or none at all)."""
    done = upgrade(store, backup_folder=settings.backup_folder)
    with store.write() as connection:
        present = workspaces(connection)
        wanted = settings.workspace
        created = not present or (wanted is not None and all(space.name != wanted for space in present))
        if created:
            workspace = create_workspace(connection, name=wanted or name, settings=business)
        else:
            workspace = workspace_named(connection, wanted)
        key = create_api_key(connection, workspace=workspace.id, name="init") if created or new_key else None
    return Founded(workspace=workspace, created=created, key=key, upgrade=done)


def open_for_founding(settings: Settings) -> Store:
    """The store, in a data folder made for it if need be; its file readable by its owner alone."""
    wiring.make_home(settings)
    store = wiring.bare_store(settings)
    if store.is_sqlite and store.url.database is not None:
        Path(store.url.database).touch(mode=0o600)
    return store
