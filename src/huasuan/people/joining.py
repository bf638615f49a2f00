"""How somebody comes in: the first owner by a set-up link, the others by an invitation or from another provider."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from huasuan.kernel.errors import Conflict, NotAllowed
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people import tokens
from huasuan.people.accounts import (
    any_account,
    create_account,
    find_account,
    forget_password,
    memberships_of,
    set_password,
)
from huasuan.people.members import add_member
from huasuan.people.rules import RIGHTS, Right, Role, email_address
from huasuan.people.second_factor import end_second_factor
from huasuan.people.service import workspaces
from huasuan.people.sessions import end_sessions
from huasuan.people.tables import OUTSIDE_IDENTITY
from huasuan.people.types import Actor

_SETUP_LASTS = timedelta(days=7)
_INVITATION_LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideIdentity:
    """Somebody as another provider knows them; ``email`` only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


def setup_token(connection: Connection) -> str | None:
    """A token for the one-time set-up; None once there is an account. An earlier token is void."""
    if any_account(connection):
        return None
    return tokens.issue(connection, purpose=tokens.SETUP, lasts=_SETUP_LASTS)


def set_up(connection: Connection, *, token: str, email: str, name: str, hashed: str, language: str) -> int:
    """The first account, an owner of every workspace there is; gives its number.

    Raises
    ------
    Conflict
        ``set_up_already``
    NotAllowed
        ``bad_token``
    """
    if any_account(connection):
        raise already_set_up()
    tokens.redeem(connection, purpose=tokens.SETUP, token=token)
    account = create_account(connection, email=email, name=name, password=hashed, language=language)
    for workspace in workspaces(connection):
        add_member(connection, workspace=workspace.id, account=account, role=Role.OWNER)
    return account


def already_set_up() -> Conflict:
    """The refusal of a second set-up."""
    return Conflict(
        "set_up_already",
        Text(zh="已完成初始设置", en="the installation is set up already"),
        Text(zh="请登录，或运行 huasuan user add。", en="Sign in, or run huasuan user add."),
    )


def invite(connection: Connection, *, account: int) -> str:
    """A token with which somebody sets a password; earlier ones are void."""
    return tokens.issue(connection, purpose=tokens.INVITATION, lasts=_INVITATION_LASTS, account=account)


def begin_anew(connection: Connection, *, account: int) -> bool:
    """Take password, second factor and sessions from an account that belongs nowhere any more; whether it was one.

    Whoever once let the address in may still know that password, and nobody has shown that it is theirs.
    """
    if memberships_of(connection, account):
        return False
    forget_password(connection, account=account)
    end_second_factor(connection, account=account)
    end_sessions(connection, account=account)
    return True


def check_known(connection: Connection, *, actor: Actor, workspace: int, account: int) -> None:
    """An account that exists may be let in by whoever already rules over users where it belongs.

    Nobody has verified its address: it may have been made, with a password of his own choice, by somebody who rules
    elsewhere and waits for it to be let in here.

    Raises
    ------
    NotAllowed
        ``account_elsewhere``
    """
    theirs = {one.workspace for one in memberships_of(connection, account)}
    if workspace in theirs:  # then it is said that it is a member already
        return
    own = memberships_of(connection, actor.id) if actor.kind == "account" and actor.id is not None else ()
    ruled = {one.workspace for one in own if Right.USERS_WRITE in RIGHTS[one.role]}
    if actor.kind != "command" and not theirs & ruled:
        raise NotAllowed(
            "account_elsewhere",
            Text(zh="该邮箱已是其他工作区的账号", en="the address has an account in another workspace"),
            Text(
                zh="请换一个邮箱，或在服务器上运行 huasuan user add。",
                en="Take another address, or run huasuan user add on the server.",
            ),
        )


def accept(connection: Connection, *, token: str, hashed: str) -> int:
    """Set a password by an invitation; gives the account.

    Raises
    ------
    NotAllowed
        ``bad_token``
    """
    account = tokens.redeem(connection, purpose=tokens.INVITATION, token=token)
    assert account is not None  # noqa: S101  invitations are issued for accounts alone
    set_password(connection, account=account, hashed=hashed)
    return account


def account_of_outside(connection: Connection, identity: OutsideIdentity) -> int:
    """The account of somebody another provider has signed in: known by its subject, else by a verified address.

    Raises
    ------
    NotAllowed
        ``not_invited``
    """
    found: int | None = connection.execute(
        select(OUTSIDE_IDENTITY.c.account).where(
            OUTSIDE_IDENTITY.c.issuer == identity.issuer, OUTSIDE_IDENTITY.c.subject == identity.subject
        )
    ).scalar()
    if found is not None:
        return found
    account = None if identity.email is None else find_account(connection, email_address(identity.email))
    if account is None:
        raise NotAllowed(
            "not_invited",
            Text(zh="该身份没有账号", en="there is no account for this identity"),
            Text(zh="请让工作区管理员先添加您的邮箱。", en="Ask for your e-mail address to be added first."),
        )
    connection.execute(
        insert(OUTSIDE_IDENTITY).values(
            issuer=identity.issuer, subject=identity.subject, account=account, created_at=to_micros(now())
        )
    )
    return account
