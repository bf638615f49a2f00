"""Accounts: who signs in, with which password, and the own profile."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people.rules import Role, email_address
from huasuan.people.tables import ACCOUNT, MEMBERSHIP, WORKSPACE
from huasuan.people.types import Account, Membership

LANGUAGES = ("zh", "en")
THEMES = ("auto", "light", "dark")
_LONGEST_NAME = 100


def create_account(connection: Connection, *, email: str, name: str, password: str | None, language: str = "zh") -> int:
    """A new account; ``password`` is a hash, None until an invitation is taken up. Gives its number.

    Raises
    ------
    InvalidInput
        ``bad_email``, ``bad_name``
    Conflict
        ``account_exists``
    """
    address = email_address(email)
    if find_account(connection, address) is not None:
        raise Conflict("account_exists", Text(zh=f"{address} 已有账号", en=f"there is an account {address} already"))
    made = connection.execute(
        insert(ACCOUNT).values(
            email=address,
            name=checked_name(name),
            password=password,
            language=language,
            theme="auto",
            totp_on=False,
            totp_step=0,
            created_at=to_micros(now()),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return int(key[0])


def any_account(connection: Connection) -> bool:
    """Whether the installation has been set up."""
    return connection.execute(select(func.count()).select_from(ACCOUNT)).scalar_one() > 0


def find_account(connection: Connection, email: str) -> int | None:
    """The number of the account with that address, if there is one."""
    found: int | None = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.email == email)).scalar()
    return found


def account_named(connection: Connection, email: str) -> int:
    """As ``find_account``.

    Raises
    ------
    NotFound
        ``no_account``
    """
    found = find_account(connection, email_address(email))
    if found is None:
        raise _nobody()
    return found


def account_from(connection: Connection, account: int) -> Account:
    """An account by its number.

    Raises
    ------
    NotFound
        ``no_account``
    """
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account)).first()
    if row is None:
        raise _nobody()
    return account_of_row(row)


def account_of_row(row: Row[Any]) -> Account:
    """An account from a row that holds the columns of its table."""
    values = row._mapping
    return Account(
        id=values[ACCOUNT.c.id],
        email=values[ACCOUNT.c.email],
        name=values[ACCOUNT.c.name],
        language=values[ACCOUNT.c.language],
        theme=values[ACCOUNT.c.theme],
        has_password=values[ACCOUNT.c.password] is not None,
        second_factor=values[ACCOUNT.c.totp_on],
        disabled=values[ACCOUNT.c.disabled_at] is not None,
    )


def password_of(connection: Connection, account: int | None) -> str | None:
    """The hash of an account that may sign in; None where there is none."""
    if account is None:
        return None
    found: str | None = connection.execute(
        select(ACCOUNT.c.password).where(ACCOUNT.c.id == account, ACCOUNT.c.disabled_at.is_(None))
    ).scalar()
    return found


def set_password(connection: Connection, *, account: int, hashed: str) -> None:
    """Replace the password; the caller ends the sessions."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(password=hashed))


def forget_password(connection: Connection, *, account: int) -> None:
    """Nobody enters by a password until a new one is set."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(password=None))


def change_profile(
    connection: Connection,
    *,
    account: int,
    name: str | None = None,
    language: str | None = None,
    theme: str | None = None,
) -> None:
    """Change what somebody decides about the own account; None leaves a value as it is.

    Raises
    ------
    InvalidInput
        ``bad_name``, ``bad_language``, ``bad_theme``
    """
    wanted: dict[str, str] = {}
    if name is not None:
        wanted["name"] = checked_name(name)
    for field, value, choices in (("language", language, LANGUAGES), ("theme", theme, THEMES)):
        if value is not None:
            if value not in choices:
                raise InvalidInput(
                    f"bad_{field}",
                    Text(zh=f"{field} 不能为 {value}", en=f"{field} cannot be {value}"),
                    Text(zh=f"可用：{'、'.join(choices)}", en=f"There are: {', '.join(choices)}"),
                )
            wanted[field] = value
    if wanted:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(**wanted))


def set_disabled(connection: Connection, *, account: int, disabled: bool) -> bool:
    """Shut an account out, or let it in again; whether that changed anything. The caller ends the sessions."""
    was = ACCOUNT.c.disabled_at.is_(None) if disabled else ACCOUNT.c.disabled_at.is_not(None)
    moment = to_micros(now()) if disabled else None
    changed = connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account, was).values(disabled_at=moment))
    return changed.rowcount == 1


def memberships_of(connection: Connection, account: int) -> Sequence[Membership]:
    """Every workspace of an account, the oldest first."""
    rows = connection.execute(
        select(MEMBERSHIP, WORKSPACE.c.name)
        .join(WORKSPACE, WORKSPACE.c.id == MEMBERSHIP.c.workspace)
        .where(MEMBERSHIP.c.account == account)
        .order_by(WORKSPACE.c.id)
    )
    return [membership_of_row(row) for row in rows]


def membership_of_row(row: Row[Any]) -> Membership:
    """A membership from a row that holds its columns and the name of the workspace."""
    values = row._mapping
    return Membership(
        workspace=values[MEMBERSHIP.c.workspace],
        workspace_name=values[WORKSPACE.c.name],
        role=Role(values[MEMBERSHIP.c.role]),
        agent=values[MEMBERSHIP.c.agent],
        team=values[MEMBERSHIP.c.team],
    )


def checked_name(name: str) -> str:
    """A person's name, without blanks around it.

    Raises
    ------
    InvalidInput
        ``bad_name``
    """
    plain = name.strip()
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise InvalidInput(
            "bad_name",
            Text(zh="姓名为空、过长或含控制字符", en="the name is empty, too long or not printable"),
            Text(zh=f"请填写 1 到 {_LONGEST_NAME} 个字符。", en=f"Write 1 to {_LONGEST_NAME} characters."),
        )
    return plain


def _nobody() -> NotFound:
    return NotFound("no_account", Text(zh="没有这个用户", en="there is no such user"))
