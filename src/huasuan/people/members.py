"""Who belongs to a workspace, and as what."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from huasuan.kernel.errors import Conflict, NotAllowed, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people.accounts import account_of_row, membership_of_row, memberships_of
from huasuan.people.rules import RIGHTS, Right, Role, check_grant
from huasuan.people.tables import ACCOUNT, MEMBERSHIP, SESSION, WORKSPACE
from huasuan.people.types import Member


def members_of(connection: Connection, *, workspace: int) -> Sequence[Member]:
    """Everybody in a workspace, by name."""
    return [_member(row) for row in connection.execute(_query(workspace).order_by(ACCOUNT.c.name, ACCOUNT.c.id))]


def member(connection: Connection, *, workspace: int, account: int) -> Member:
    """One member.

    Raises
    ------
    NotFound
        ``no_member``, also for somebody who is only a member elsewhere
    """
    row = connection.execute(_query(workspace).where(MEMBERSHIP.c.account == account)).first()
    if row is None:
        raise NotFound("no_member", Text(zh="工作区中没有这个用户", en="there is no such user in this workspace"))
    return _member(row)


def add_member(
    connection: Connection,
    *,
    workspace: int,
    account: int,
    role: Role,
    agent: str | None = None,
    team: str | None = None,
) -> None:
    """Let an account into a workspace.

    Raises
    ------
    Conflict
        ``member_already``
    """
    known = (MEMBERSHIP.c.workspace == workspace, MEMBERSHIP.c.account == account)
    if connection.execute(select(MEMBERSHIP.c.id).where(*known)).first() is not None:
        raise Conflict("member_already", Text(zh="已是工作区成员", en="is a member of the workspace already"))
    connection.execute(
        insert(MEMBERSHIP).values(
            workspace=workspace, account=account, role=role, agent=agent, team=team, created_at=to_micros(now())
        )
    )


def change_member(
    connection: Connection,
    *,
    workspace: int,
    account: int,
    role: Role | None = None,
    agent: str | None = None,
    team: str | None = None,
) -> None:
    """Change what somebody is in a workspace; None leaves a value, an empty text takes it away.

    Raises
    ------
    NotFound
        ``no_member``
    Conflict
        ``last_owner``
    """
    _hold(connection, workspace)
    present = member(connection, workspace=workspace, account=account)
    wanted: dict[str, str | None] = {}
    if role is not None:
        wanted["role"] = role
    if agent is not None:
        wanted["agent"] = agent or None
    if team is not None:
        wanted["team"] = team or None
    if role not in (None, Role.OWNER):
        _keep_an_owner(connection, workspace, present)
    if wanted:
        connection.execute(
            update(MEMBERSHIP)
            .where(MEMBERSHIP.c.workspace == workspace, MEMBERSHIP.c.account == account)
            .values(**wanted)
        )


def remove_member(connection: Connection, *, workspace: int, account: int) -> None:
    """Take an account out of a workspace; from the next request on it sees nothing of it.

    Raises
    ------
    NotFound
        ``no_member``
    Conflict
        ``last_owner``
    """
    _hold(connection, workspace)
    _keep_an_owner(connection, workspace, member(connection, workspace=workspace, account=account))
    connection.execute(delete(MEMBERSHIP).where(MEMBERSHIP.c.workspace == workspace, MEMBERSHIP.c.account == account))


def check_over(own: frozenset[Right], *roles: Role) -> None:
    """Nobody makes, changes or removes a member who may do more than oneself.

    Raises
    ------
    NotAllowed
        ``right_not_own``
    """
    for role in roles:
        check_grant(granted=RIGHTS[role], own=own)


def check_own_alone(connection: Connection, *, workspace: int, account: int) -> None:
    """A link that sets a password may only be given where the account belongs to this workspace alone: else whoever
    rules here would get into the others.

    Raises
    ------
    NotAllowed
        ``member_elsewhere``
    """
    if any(one.workspace != workspace for one in memberships_of(connection, account)):
        raise NotAllowed(
            "member_elsewhere",
            Text(zh="该用户还属于其他工作区", en="the user belongs to other workspaces too"),
            Text(
                zh="请由本人更改密码，或在服务器上运行 huasuan user password。",
                en="Let them change the password, or run huasuan user password on the server.",
            ),
        )


def _keep_an_owner(connection: Connection, workspace: int, leaving: Member) -> None:
    if leaving.membership.role is not Role.OWNER:
        return
    owners = connection.execute(
        select(func.count())
        .select_from(MEMBERSHIP)
        .where(MEMBERSHIP.c.workspace == workspace, MEMBERSHIP.c.role == Role.OWNER)
    ).scalar_one()
    if owners <= 1:
        raise Conflict(
            "last_owner",
            Text(zh="工作区至少要有一个所有者", en="a workspace needs an owner"),
            Text(zh="请先指定另一个所有者。", en="Make somebody else an owner first."),
        )


def _hold(connection: Connection, workspace: int) -> None:
    """Two owners who remove each other at once must come one after the other."""
    connection.execute(select(WORKSPACE.c.id).where(WORKSPACE.c.id == workspace).with_for_update())


def _query(workspace: int) -> Any:  # noqa: ANN401  a select of three tables
    seen = select(func.max(SESSION.c.seen_at)).where(SESSION.c.account == ACCOUNT.c.id).scalar_subquery()
    return (
        select(ACCOUNT, MEMBERSHIP, WORKSPACE.c.name, seen.label("last_seen"))
        .select_from(MEMBERSHIP)
        .join(ACCOUNT, ACCOUNT.c.id == MEMBERSHIP.c.account)
        .join(WORKSPACE, WORKSPACE.c.id == MEMBERSHIP.c.workspace)
        .where(MEMBERSHIP.c.workspace == workspace)
    )


def _member(row: Row[Any]) -> Member:
    return Member(
        account=account_of_row(row),
        membership=membership_of_row(row),
        last_seen_at=None if row.last_seen is None else from_micros(row.last_seen),
    )
