"""The members of a workspace: who they are, what they may, inviting them and taking them out."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan import leads
from huasuan.app.http.access import UsersWriter
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.kernel.errors import NotAllowed
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import (
    RIGHT_NAMES,
    RIGHTS,
    ROLE_NAMES,
    Member,
    Principal,
    Role,
    add_member,
    begin_anew,
    change_member,
    check_known,
    check_over,
    check_own_alone,
    create_account,
    email_address,
    end_second_factor,
    end_sessions,
    find_account,
    invite,
    member,
    members_of,
    record,
    remove_member,
    set_disabled,
)

router = APIRouter(prefix="/users", tags=["users"])
AccountId = Annotated[int, Path(ge=1, le=2**62, description="Number of the account")]


class UserBody(BaseModel):
    """A member of the workspace."""

    id: int
    email: str
    name: str
    role: Role
    agent: str | None
    team: str | None
    second_factor: bool
    disabled: bool
    invited: bool = Field(description="Whether the password is still to be set.")
    last_seen_at: AwareDatetime | None


class RoleBody(BaseModel):
    """A role and what it may."""

    role: Role
    text: dict[str, str]
    rights: list[str]


class UserList(BaseModel):
    """Members by name, and every role there is with its rights."""

    users: list[UserBody]
    roles: list[RoleBody]
    rights: dict[str, dict[str, str]]


class NewUser(BaseModel):
    """Somebody to let in; an account of that address is used if there is one."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(min_length=3, max_length=254)
    name: str = Field(min_length=1, max_length=100)
    role: Role
    agent: PrintedText | None = Field(default=None, description="The code they have in calls and shifts.")
    team: PrintedText | None = None


class UserChange(BaseModel):
    """Only what is named is changed; an empty text takes a value away."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    agent: PrintedText | None = None
    team: PrintedText | None = None


class Added(BaseModel):
    """``invitation`` is the token of the page where the password is set; shown only now, valid for a week."""

    id: int
    invitation: str | None


@router.get("", summary="List users")
async def get_users(runtime: RuntimeOf, caller: UsersWriter) -> UserList:
    """Everybody who may see this workspace."""

    def step(connection: Connection) -> list[Member]:
        return list(members_of(connection, workspace=caller.workspace))

    return UserList(
        users=[_body(one) for one in await read(runtime, step)],
        roles=[
            RoleBody(role=role, text=_both(ROLE_NAMES[role]), rights=sorted(rights)) for role, rights in RIGHTS.items()
        ],
        rights={right: _both(text) for right, text in RIGHT_NAMES.items()},
    )


@router.post("", summary="Add a user")
async def post_users(request: Request, caller: UsersWriter, body: NewUser) -> Added:
    """A new account gets an invitation; one of another workspace you rule over sees this one at once."""

    def step(connection: Any) -> Added:  # noqa: ANN401  connection of the store
        check_over(caller.rights, body.role)
        email = email_address(body.email)
        account = find_account(connection, email)
        token = None
        if account is None:
            account = create_account(connection, email=email, name=body.name, password=None)
            token = invite(connection, account=account)
        elif begin_anew(connection, account=account):
            token = invite(connection, account=account)
        else:
            check_known(connection, actor=caller.actor, workspace=caller.workspace, account=account)
        add_member(
            connection,
            workspace=caller.workspace,
            account=account,
            role=body.role,
            agent=body.agent,
            team=body.team,
        )
        _tell(connection, caller, "user.added", email, {"role": body.role})
        return Added(id=account, invitation=token)

    added: Added = await write(request, step)
    return added


@router.patch("/{user}", summary="Change a user")
async def patch_user(request: Request, caller: UsersWriter, user: AccountId, body: UserChange) -> Done:
    """Role, agent code or team in this workspace."""

    def step(connection: Any) -> None:  # noqa: ANN401
        present = member(connection, workspace=caller.workspace, account=user)
        check_over(caller.rights, present.membership.role, *([] if body.role is None else [body.role]))
        change_member(
            connection,
            workspace=caller.workspace,
            account=user,
            role=body.role,
            agent=body.agent,
            team=body.team,
        )
        detail: dict[str, object] = {"changed": sorted(body.model_fields_set)}
        if body.role is not None:
            detail |= {"from": present.membership.role, "to": body.role}
        _tell(connection, caller, "user.changed", present.account.email, detail)

    await write(request, step)
    return Done()


@router.delete("/{user}", summary="Take a user out")
async def delete_user(request: Request, caller: UsersWriter, user: AccountId) -> Done:
    """They see nothing of this workspace from their next request on."""

    def step(connection: Any) -> None:  # noqa: ANN401
        present = member(connection, workspace=caller.workspace, account=user)
        check_over(caller.rights, present.membership.role)
        remove_member(connection, workspace=caller.workspace, account=user)
        _empty_seat(connection, caller, present)
        _tell(connection, caller, "user.removed", present.account.email, {"role": present.membership.role})

    await write(request, step)
    return Done()


@router.post("/{user}/invitation", summary="Invite a user anew")
async def post_user_invitation(request: Request, caller: UsersWriter, user: AccountId) -> Added:
    """For a lost link or a forgotten password; not for somebody who belongs to other workspaces too."""

    def step(connection: Any) -> Added:  # noqa: ANN401
        present = member(connection, workspace=caller.workspace, account=user)
        check_over(caller.rights, present.membership.role)
        check_own_alone(connection, workspace=caller.workspace, account=user)
        _tell(connection, caller, "user.invited", present.account.email, {})
        return Added(id=user, invitation=invite(connection, account=user))

    added: Added = await write(request, step)
    return added


@router.delete("/{user}/second-factor", summary="Turn a user's second factor off")
async def delete_user_second_factor(request: Request, caller: UsersWriter, user: AccountId) -> Done:
    """When phone and recovery codes are lost; not for somebody who belongs to other workspaces too."""

    def step(connection: Any) -> None:  # noqa: ANN401
        present = member(connection, workspace=caller.workspace, account=user)
        check_over(caller.rights, present.membership.role)
        check_own_alone(connection, workspace=caller.workspace, account=user)
        end_second_factor(connection, account=user)
        _tell(connection, caller, "user.second_factor_off", present.account.email, {})

    await write(request, step)
    return Done()


@router.post("/{user}/disable", summary="Shut a user out")
async def post_user_disable(request: Request, caller: UsersWriter, user: AccountId) -> Done:
    """Signed out everywhere, and no sign-in until enabled again; what they did stays. Not for members elsewhere."""
    await _let_in(request, caller, user, disabled=True)
    return Done()


@router.post("/{user}/enable", summary="Let a user in again")
async def post_user_enable(request: Request, caller: UsersWriter, user: AccountId) -> Done:
    """With the password and the second factor they had."""
    await _let_in(request, caller, user, disabled=False)
    return Done()


async def _let_in(request: Request, caller: Principal, user: int, *, disabled: bool) -> None:
    def step(connection: Any) -> None:  # noqa: ANN401
        present = member(connection, workspace=caller.workspace, account=user)
        check_over(caller.rights, present.membership.role)
        check_own_alone(connection, workspace=caller.workspace, account=user)
        if caller.actor.kind == "account" and caller.actor.id == user:
            raise NotAllowed(
                "own_account",
                Text(zh="不能停用自己的账号", en="nobody disables the own account"),
                Text(zh="请由另一位管理者操作。", en="Let another person who rules here do it."),
            )
        if set_disabled(connection, account=user, disabled=disabled):
            ended = end_sessions(connection, account=user) if disabled else 0
            if disabled:
                _empty_seat(connection, caller, present)
            action = "user.disabled" if disabled else "user.enabled"
            _tell(connection, caller, action, present.account.email, {"sessions_ended": ended})

    await write(request, step)


def _empty_seat(connection: Any, caller: Principal, present: Member) -> None:  # noqa: ANN401
    """Nobody waits for somebody who is shut out: their leads are given to others by the rules (S3-32)."""
    agent = present.membership.agent
    if agent is None:
        return
    returned = leads.leave(connection, workspace=caller.workspace, agent=agent, at=now())
    _tell(connection, caller, "lead_seat.left", agent, {"leads_returned": returned})


def _tell(connection: Any, caller: Principal, action: str, target: str, detail: dict[str, object]) -> None:  # noqa: ANN401
    record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=target, detail=detail)


def _both(text: Any) -> dict[str, str]:  # noqa: ANN401
    return {"zh": text.zh, "en": text.en}


def _body(one: Member) -> UserBody:
    return UserBody(
        id=one.account.id,
        email=one.account.email,
        name=one.account.name,
        role=one.membership.role,
        agent=one.membership.agent,
        team=one.membership.team,
        second_factor=one.account.second_factor,
        disabled=one.account.disabled,
        invited=not one.account.has_password,
        last_seen_at=one.last_seen_at,
    )
