"""Workspaces, agents, their shifts and states, and the keys programs sign in with."""

from huasuan.people.service import (
    change_settings,
    create_api_key,
    create_workspace,
    settings_of,
    workspace_named,
    workspace_of_key,
    workspaces,
)
from huasuan.people.settings import MEANINGS, WorkspaceSettings
from huasuan.people.tables import API_KEY, KINDS, WORKSPACE
from huasuan.people.types import Workspace

__all__ = [
    "API_KEY",
    "KINDS",
    "MEANINGS",
    "WORKSPACE",
    "Workspace",
    "WorkspaceSettings",
    "change_settings",
    "create_api_key",
    "create_workspace",
    "settings_of",
    "workspace_named",
    "workspace_of_key",
    "workspaces",
]
