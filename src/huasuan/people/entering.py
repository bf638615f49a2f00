"""Signing in: what happens before and after a password is verified, each in one transaction.

The verification itself stands between the two, outside any transaction: it takes a quarter second and 64 MB.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from huasuan.kernel.errors import HuasuanError, InvalidInput, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.people.accounts import account_from, find_account, memberships_of, password_of
from huasuan.people.attempts import begin_attempt, forgive
from huasuan.people.audit import record
from huasuan.people.rules import email_address
from huasuan.people.second_factor import check_second_factor
from huasuan.people.sessions import Lifetime, begin_session
from huasuan.people.types import Actor
from huasuan.people.vault import Vault

_LONGEST = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where somebody signs in from."""

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt that was counted. ``kept`` is the hash to verify against; None for nobody."""

    email: str
    account: int | None
    kept: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """How it went: the token of a new session, or why there is none."""

    token: str | None
    refusal: HuasuanError | None


def try_to_enter(connection: Connection, *, email: str, browser: Browser) -> Tried:
    """Count the attempt and find what to verify; an address without account is treated alike.

    Raises
    ------
    TooOften
        ``too_many_attempts``
    """
    try:
        address = email_address(email)
    except InvalidInput:
        address = email.strip().lower()[:_LONGEST]
    begin_attempt(connection, email=address, address=browser.address)
    account = find_account(connection, address)
    return Tried(email=address, account=account, kept=password_of(connection, account))


def enter(
    connection: Connection,
    *,
    tried: Tried,
    right: bool,
    code: str | None,
    lifetime: Lifetime,
    browser: Browser,
    vault: Vault,
) -> Entered:
    """Begin a session if password and second factor are right; the audit log tells of it either way.

    Raises
    ------
    Broken
        ``secrets_key_missing``
    """
    if not right or tried.account is None:
        _tell(connection, tried, browser, "sign_in.failed", "password")
        return Entered(token=None, refusal=_wrong())
    account = account_from(connection, tried.account)
    if account.second_factor:
        if not code:
            forgive(connection, email=tried.email, address=browser.address, entered=False)
            return Entered(token=None, refusal=_code_needed())
        if not check_second_factor(connection, vault=vault, account=account.id, code=code):
            _tell(connection, tried, browser, "sign_in.failed", "second factor")
            return Entered(token=None, refusal=_wrong_code())
    forgive(connection, email=tried.email, address=browser.address)
    _tell(connection, tried, browser, "sign_in.done", "password")
    return Entered(token=start(connection, account=account.id, lifetime=lifetime, browser=browser), refusal=None)


def enter_from_outside(connection: Connection, *, account: int, lifetime: Lifetime, browser: Browser) -> str:
    """Begin a session of somebody another provider has signed in; gives its token.

    Raises
    ------
    NotSignedIn
        ``wrong_password`` for a disabled account
    """
    known = account_from(connection, account)
    if known.disabled:
        raise _wrong()
    tried = Tried(email=known.email, account=account, kept=None)
    _tell(connection, tried, browser, "sign_in.done", "openid")
    return start(connection, account=account, lifetime=lifetime, browser=browser)


def start(connection: Connection, *, account: int, lifetime: Lifetime, browser: Browser) -> str:
    """Begin a session; gives its token."""
    return begin_session(connection, account=account, lifetime=lifetime, address=browser.address, browser=browser.name)


def _tell(connection: Connection, tried: Tried, browser: Browser, action: str, way: str) -> None:
    """One line in the log of each workspace of the account; of somebody unknown, in that of the installation."""
    actor = Actor(
        kind="nobody" if tried.account is None else "account",
        id=tried.account,
        name=tried.email,
        address=browser.address,
    )
    spaces: list[int | None] = [None]
    if tried.account is not None:
        spaces = [one.workspace for one in memberships_of(connection, tried.account)] or spaces
    for workspace in spaces:
        record(connection, actor=actor, action=action, workspace=workspace, detail={"way": way})


def _wrong() -> NotSignedIn:
    return NotSignedIn(
        "wrong_password",
        Text(zh="邮箱或密码不正确", en="the e-mail address or the password is wrong"),
        Text(zh="请重试，或让管理员发送新的邀请链接。", en="Try again, or ask for a new invitation."),
    )


def _code_needed() -> NotSignedIn:
    return NotSignedIn(
        "second_factor_needed",
        Text(zh="需要两步验证码", en="a code of the second factor is needed"),
        Text(zh="请输入验证器应用中的验证码或恢复码。", en="Type the code of your app, or a recovery code."),
    )


def _wrong_code() -> NotSignedIn:
    return NotSignedIn(
        "wrong_code",
        Text(zh="验证码不正确", en="the code is wrong"),
        Text(zh="请输入最新的验证码；每个验证码只能用一次。", en="Type the newest code; each serves only once."),
    )
