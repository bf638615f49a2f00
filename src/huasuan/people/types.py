"""What other rooms see of people."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.people.rules import Right, Role
from huasuan.people.settings import WorkspaceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One business with its own facts and settings, strictly apart from the others."""

    id: int
    name: str
    settings: WorkspaceSettings
    sample_batch: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What an account is in one workspace. ``agent`` is the code under which the person talks to customers."""

    workspace: int
    workspace_name: str
    role: Role
    agent: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who signs in, with the wishes for the screen. ``theme`` is auto, light or dark."""

    id: int
    email: str
    name: str
    language: str
    theme: str
    has_password: bool
    second_factor: bool
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account as one workspace sees it."""

    account: Account
    membership: Membership
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is signed in; ``address`` and ``browser`` help its owner to know it again."""

    id: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session with its account and all of its memberships, as each request finds it."""

    session: Session
    account: Account
    memberships: Mapping[int, Membership]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, without its secret. ``hint`` is the beginning of it."""

    id: int
    workspace: int
    name: str
    hint: str
    rights: frozenset[Right]
    created_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, for the audit log."""

    kind: Literal["account", "key", "command", "nobody"]
    id: int | None
    name: str
    address: str = ""


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
        return f"uid {os.getuid()}"


COMMAND = Actor(kind="command", id=None, name=_system_user())
"""The command line of whoever runs the installation, by the name the system knows them by."""
BY_ITSELF = Actor(kind="nobody", id=None, name="huasuan")
"""What the service does because the settings say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, in which workspace, and what for. ``agent`` and ``team``: what the person is there, if stated."""

    actor: Actor
    workspace: int
    rights: frozenset[Right]
    role: Role | None = None
    agent: str | None = None
    team: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the right is there."""
        return right in self.rights


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log. ``workspace`` is None for what concerns the whole installation or an account."""

    id: int
    workspace: int | None
    at: datetime
    actor: Actor
    action: str
    target: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """A wish to take many rows out. ``status`` is granted, pending, refused or fetched."""

    id: int
    workspace: int
    account: int | None
    requester: str
    kind: str
    wanted: Mapping[str, object]
    rows: int
    reason: str
    status: str
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    fetched_at: datetime | None
