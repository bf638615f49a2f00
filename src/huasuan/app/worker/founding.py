"""``huasuan init``: the data folder, the tables, the first workspace and its key; harmless to run again."""

from dataclasses import dataclass
from pathlib import Path

from huasuan.app import wiring
from huasuan.app.settings import Settings
from huasuan.people import (
    COMMAND,
    Workspace,
    WorkspaceSettings,
    create_api_key,
    create_workspace,
    record,
    setup_token,
    workspace_named,
    workspaces,
)
from huasuan.store import Store, Upgrade, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What ``init`` did. ``key`` is shown once: only its digest is kept; ``set_up`` is the token for
    making the first account, None once there is one."""

    workspace: Workspace
    created: bool
    key: str | None
    set_up: str | None
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
        key = None
        if created or new_key:
            key = create_api_key(connection, workspace=workspace.id, name="init")
            record(connection, actor=COMMAND, action="key.made", workspace=workspace.id, target="init")
        token = setup_token(connection)
    return Founded(workspace=workspace, created=created, key=key, set_up=token, upgrade=done)


def open_for_founding(settings: Settings) -> Store:
    """The store, in a data folder made for it if need be; its file readable by its owner alone."""
    wiring.make_home(settings)
    store = wiring.bare_store(settings)
    if store.is_sqlite and store.url.database is not None:
        Path(store.url.database).touch(mode=0o600)
    return store
