"""API keys: what programs sign in with. Each has a name, its own rights, perhaps an end, and can be revoked."""

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from huasuan.kernel.errors import InvalidInput, NotFound, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.digests import digest, new_secret
from huasuan.people.rules import DATA_RIGHTS, Right, rights_named
from huasuan.people.tables import API_KEY
from huasuan.people.types import Actor, Key, Principal

_PREFIX = "hs_"
_HINT_LENGTH = 7
_LONGEST_NAME = 100
# How long another process may go on using a key that was revoked here.
_TRUSTED_SECONDS = 2.0
_MOST_KNOWN = 10_000


def create_api_key(
    connection: Connection,
    *,
    workspace: int,
    name: str,
    rights: Collection[Right] = DATA_RIGHTS,
    ends_at: datetime | None = None,
    made_by: int | None = None,
) -> str:
    """A new secret key for programs; it is shown once and kept only as a digest.

    ``made_by`` is the account that answers for what is done with it.

    Raises
    ------
    InvalidInput
        ``bad_key_name``, ``no_rights``, ``ends_before_now``
    """
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("bad_key_name", Text(zh="密钥名称为空或过长", en="the name of the key is empty or too long"))
    if not rights:
        raise InvalidInput(
            "no_rights",
            Text(zh="密钥没有任何权限", en="the key would have no right"),
            Text(zh=f"可用：{'、'.join(Right)}", en=f"There are: {', '.join(Right)}"),
        )
    if ends_at is not None and ends_at <= now():
        raise InvalidInput("ends_before_now", Text(zh="有效期已过", en="it would have ended already"))
    secret = new_secret(_PREFIX)
    connection.execute(
        insert(API_KEY).values(
            workspace=workspace,
            name=name.strip(),
            hint=secret[:_HINT_LENGTH],
            digest=digest(secret),
            rights=" ".join(sorted(rights)),
            made_by=made_by,
            created_at=to_micros(now()),
            ends_at=None if ends_at is None else to_micros(ends_at),
        )
    )
    return secret


def person_of(connection: Connection, actor: Actor) -> int | None:
    """The account behind an actor: itself, or whoever made the key; None for the command line and its keys."""
    if actor.kind == "account":
        return actor.id
    if actor.kind != "key":
        return None
    found: int | None = connection.execute(select(API_KEY.c.made_by).where(API_KEY.c.id == actor.id)).scalar()
    return found


def keys_of(connection: Connection, *, workspace: int) -> Sequence[Key]:
    """Every key of a workspace, the newest first; revoked and ended ones too."""
    rows = connection.execute(select(API_KEY).where(API_KEY.c.workspace == workspace).order_by(API_KEY.c.id.desc()))
    return [_key(row) for row in rows]


def revoke_key(connection: Connection, *, workspace: int, key: int) -> Key:
    """End a key for good.

    Raises
    ------
    NotFound
        ``no_key_here``
    """
    ended = connection.execute(
        update(API_KEY)
        .where(API_KEY.c.workspace == workspace, API_KEY.c.id == key, API_KEY.c.revoked_at.is_(None))
        .values(revoked_at=to_micros(now()))
    )
    if ended.rowcount != 1:
        raise NotFound("no_key_here", Text(zh="没有这个密钥，或已吊销", en="there is no such key, or it is revoked"))
    return _key(connection.execute(select(API_KEY).where(API_KEY.c.id == key)).one())


def key_of_secret(connection: Connection, secret: str) -> Key:
    """The key somebody holds.

    Raises
    ------
    NotSignedIn
        ``bad_key``: unknown, revoked or past its end
    """
    row = connection.execute(
        select(API_KEY).where(API_KEY.c.digest == digest(secret), API_KEY.c.revoked_at.is_(None))
    ).first()
    if row is None or (row.ends_at is not None and row.ends_at <= to_micros(now())):
        raise NotSignedIn(
            "bad_key",
            Text(zh="API 密钥无效", en="the API key is not valid"),
            Text(
                zh="请使用有效的密钥：Authorization: Bearer <key>",
                en="Send a valid key: Authorization: Bearer <key>",
            ),
        )
    return _key(row)


def holder_of(key: Key, address: str) -> Principal:
    """Who asks with a key."""
    return Principal(
        actor=Actor(kind="key", id=key.id, name=key.name, address=address), workspace=key.workspace, rights=key.rights
    )


@dataclass(slots=True)
class _Known:
    key: Key
    until: float


class KeyRing:
    """The keys seen lately, so that a request costs no look at the store.

    A key revoked in this process is forgotten at once, one revoked in another after two seconds at most.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._used: dict[int, int] = {}
        self._forgotten = 0
        self._lock = threading.Lock()

    def known(self, secret: str) -> Key | None:
        """The key, if it was looked up a moment ago."""
        found = self._known.get(digest(secret))
        if found is None or found.until < time.monotonic() or _ended(found.key):
            return None
        self._used[found.key.id] = to_micros(now())
        return found.key

    def look_up(self, connection: Connection, secret: str) -> Key:
        """The key from the store.

        Raises
        ------
        NotSignedIn
            ``bad_key``
        """
        # Counted from before the look, so that a key revoked meanwhile is not trusted for longer.
        begun, forgotten = time.monotonic(), self._forgotten
        key = key_of_secret(connection, secret)
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            if self._forgotten == forgotten:  # else it may be the one that was revoked while we looked
                self._known[digest(secret)] = _Known(key, begun + _TRUSTED_SECONDS)
            self._used[key.id] = to_micros(now())
        return key

    def forget(self) -> None:
        """After a key was revoked here."""
        with self._lock:
            self._forgotten += 1
            self._known.clear()

    def uses(self) -> dict[int, int]:
        """When each key was last used, since the last time somebody asked."""
        with self._lock:
            uses, self._used = self._used, {}
        return uses


def write_uses(connection: Connection, uses: dict[int, int]) -> None:
    """Keep when keys were last used."""
    for key, moment in sorted(uses.items()):
        connection.execute(update(API_KEY).where(API_KEY.c.id == key).values(used_at=moment))


def _ended(key: Key) -> bool:
    return key.ends_at is not None and key.ends_at <= now()


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        workspace=row.workspace,
        name=row.name,
        hint=row.hint,
        rights=rights_named(row.rights.split()),
        created_at=from_micros(row.created_at),
        ends_at=_moment(row.ends_at),
        revoked_at=_moment(row.revoked_at),
        used_at=_moment(row.used_at),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
