"""Sessions of browsers: a random token in a cookie, of which only a digest is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from huasuan.kernel.errors import NotFound, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.accounts import account_from, memberships_of
from huasuan.people.digests import digest, new_secret
from huasuan.people.tables import ACCOUNT, SESSION
from huasuan.people.types import Session, SignedIn

# The moment a session was last seen is written down this rarely, so that reading costs no write.
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    longest: timedelta


def begin_session(connection: Connection, *, account: int, lifetime: Lifetime, address: str, browser: str) -> str:
    """A new session; gives its token. Always a fresh one: a token known before the sign-in opens nothing after it."""
    moment = now()
    token = new_secret()
    connection.execute(
        delete(SESSION).where(SESSION.c.account == account, SESSION.c.ends_at < to_micros(moment - lifetime.longest))
    )
    connection.execute(
        insert(SESSION).values(
            account=account,
            digest=digest(token),
            created_at=to_micros(moment),
            seen_at=to_micros(moment),
            ends_at=to_micros(moment + lifetime.longest),
            address=address[:_LONGEST_TEXT],
            browser=browser[:_LONGEST_TEXT],
        )
    )
    return token


def signed_in_by(connection: Connection, *, token: str, lifetime: Lifetime) -> SignedIn:
    """The account behind a session token, as it is now.

    Raises
    ------
    NotSignedIn
        ``session_ended``
    """
    moment = now()
    row = connection.execute(
        select(SESSION)
        .join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account)
        .where(
            SESSION.c.digest == digest(token),
            SESSION.c.revoked_at.is_(None),
            SESSION.c.ends_at > to_micros(moment),
            SESSION.c.seen_at > to_micros(moment - lifetime.idle),
            ACCOUNT.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotSignedIn(
            "session_ended",
            Text(zh="登录已失效", en="the session has ended"),
            Text(zh="请重新登录。", en="Sign in again."),
        )
    return SignedIn(
        session=_session(row),
        account=account_from(connection, row.account),
        memberships={one.workspace: one for one in memberships_of(connection, row.account)},
    )


def is_stale(session: Session) -> bool:
    """Whether it is time to write down that the session was seen."""
    return now() - session.seen_at > _SEEN_EVERY


def seen(connection: Connection, session: int) -> None:
    """Write down that a session was used."""
    connection.execute(update(SESSION).where(SESSION.c.id == session).values(seen_at=to_micros(now())))


def sessions_of(connection: Connection, *, account: int, lifetime: Lifetime) -> Sequence[Session]:
    """The sessions somebody may still use, the newest first."""
    moment = now()
    rows = connection.execute(
        select(SESSION)
        .where(
            SESSION.c.account == account,
            SESSION.c.revoked_at.is_(None),
            SESSION.c.ends_at > to_micros(moment),
            SESSION.c.seen_at > to_micros(moment - lifetime.idle),
        )
        .order_by(SESSION.c.id.desc())
    )
    return [_session(row) for row in rows]


def end_session(connection: Connection, *, account: int, session: int) -> None:
    """Revoke one session of an account.

    Raises
    ------
    NotFound
        ``no_session``
    """
    ended = connection.execute(
        update(SESSION)
        .where(SESSION.c.id == session, SESSION.c.account == account, SESSION.c.revoked_at.is_(None))
        .values(revoked_at=to_micros(now()))
    )
    if ended.rowcount != 1:
        raise NotFound("no_session", Text(zh="没有这个登录", en="there is no such session"))


def end_sessions(connection: Connection, *, account: int, but: int | None = None) -> int:
    """Revoke all sessions of an account, if wanted all but one; how many."""
    which = [SESSION.c.account == account, SESSION.c.revoked_at.is_(None)]
    if but is not None:
        which.append(SESSION.c.id != but)
    return connection.execute(update(SESSION).where(*which).values(revoked_at=to_micros(now()))).rowcount


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        created_at=from_micros(row.created_at),
        seen_at=from_micros(row.seen_at),
        ends_at=from_micros(row.ends_at),
        address=row.address,
        browser=row.browser,
    )
