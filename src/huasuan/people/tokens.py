"""Tokens that open one thing once: the set-up, an invitation."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from huasuan.kernel.errors import NotAllowed
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people.digests import digest, new_secret
from huasuan.people.tables import ONE_TIME_TOKEN

SETUP = "setup"
INVITATION = "invitation"


def issue(connection: Connection, *, purpose: str, lasts: timedelta, account: int | None = None) -> str:
    """A new token; earlier ones of the same purpose and account, and all that ended, are void."""
    moment = now()
    same = ONE_TIME_TOKEN.c.account.is_(None) if account is None else ONE_TIME_TOKEN.c.account == account
    old = (ONE_TIME_TOKEN.c.purpose == purpose) & same
    connection.execute(delete(ONE_TIME_TOKEN).where(old | (ONE_TIME_TOKEN.c.ends_at <= to_micros(moment))))
    token = new_secret()
    connection.execute(
        insert(ONE_TIME_TOKEN).values(
            purpose=purpose, digest=digest(token), account=account, ends_at=to_micros(moment + lasts)
        )
    )
    return token


def redeem(connection: Connection, *, purpose: str, token: str) -> int | None:
    """Use a token up; gives the account it was issued for.

    Raises
    ------
    NotAllowed
        ``bad_token``: unknown, used or too old
    """
    found = _live(purpose, token)
    row = connection.execute(select(ONE_TIME_TOKEN.c.id, ONE_TIME_TOKEN.c.account).where(*found))
    opened = row.first()
    if opened is None:
        raise _refused()
    # Two requests with one token: only one of them removes the row.
    if connection.execute(delete(ONE_TIME_TOKEN).where(ONE_TIME_TOKEN.c.id == opened.id)).rowcount != 1:
        raise _refused()
    account: int | None = opened.account
    return account


def account_of(connection: Connection, *, purpose: str, token: str) -> int | None:
    """Whose token it is, without using it up.

    Raises
    ------
    NotAllowed
        ``bad_token``
    """
    row = connection.execute(select(ONE_TIME_TOKEN.c.account).where(*_live(purpose, token))).first()
    if row is None:
        raise _refused()
    found: int | None = row[0]
    return found


def _live(purpose: str, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        ONE_TIME_TOKEN.c.purpose == purpose,
        ONE_TIME_TOKEN.c.digest == digest(token),
        ONE_TIME_TOKEN.c.ends_at > to_micros(now()),
    )


def _refused() -> NotAllowed:
    return NotAllowed(
        "bad_token",
        Text(zh="链接无效、已使用或已过期", en="the link is wrong, used or too old"),
        Text(zh="请索取新的链接。", en="Ask for a new link."),
    )
