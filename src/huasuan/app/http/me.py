"""The own account: profile, password, sessions, second factor."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import Own, actor_of, address_of, lifetime_of
from huasuan.app.http.entrance import Done, Password, gate_of, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import Conflict, NotAllowed
from huasuan.kernel.text import Text
from huasuan.people import (
    RIGHTS,
    ROLE_NAMES,
    Account,
    Membership,
    Role,
    Session,
    SignedIn,
    WorkspaceSettings,
    begin_attempt,
    begin_second_factor,
    change_profile,
    check_password,
    confirm_second_factor,
    end_second_factor,
    end_session,
    end_sessions,
    forgive,
    password_of,
    record,
    sessions_of,
    set_password,
    settings_of,
)

router = APIRouter(prefix="/me", tags=["account"])


class PlaceBody(BaseModel):
    """What somebody is in a workspace, and so may do there."""

    workspace: int
    name: str
    role: Role
    role_text: dict[str, str]
    rights: list[str]
    agent: str | None = Field(description="The code the person has in calls and shifts.")
    zone: str = Field(description="In whose days every report of the workspace is given.")
    currency: str
    modules: list[str] = Field(description="Parts of the application in use here; see the setting modules_off.")


class MeBody(BaseModel):
    """The own account."""

    id: int
    email: str
    name: str
    language: str
    theme: str
    has_password: bool
    second_factor: bool
    session: int
    workspaces: list[PlaceBody]


class ProfileChange(BaseModel):
    """Only what is named is changed."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    language: Literal["zh", "en"] | None = None
    theme: Literal["auto", "light", "dark"] | None = None


class PasswordChange(BaseModel):
    """The present password and the new one."""

    model_config = ConfigDict(extra="forbid")

    present: Password
    new: Password


class Confirmation(BaseModel):
    """The present password: a browser left open must not be enough."""

    model_config = ConfigDict(extra="forbid")

    password: Password


class Code(BaseModel):
    """A code of the authenticator app."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=6, max_length=16)


class SessionBody(BaseModel):
    """A browser that is signed in."""

    id: int
    present: bool
    created_at: AwareDatetime
    seen_at: AwareDatetime
    ends_at: AwareDatetime
    address: str
    browser: str


class SessionList(BaseModel):
    """The newest first."""

    sessions: list[SessionBody]


class SecretBody(BaseModel):
    """For the authenticator app; ``address`` is what the QR code holds. Not yet demanded."""

    secret: str
    address: str


class RecoveryBody(BaseModel):
    """Each opens the account once, should the phone be lost. Shown only now."""

    codes: list[str]


@router.get("", summary="Who am I, and what may I?")
async def get_me(runtime: RuntimeOf, own: Own) -> MeBody:
    """The account, its workspaces, and its rights in each."""

    def step(connection: Connection) -> list[PlaceBody]:
        return [_place(one, settings_of(connection, one.workspace)) for one in own.memberships.values()]

    return _body(own.account, own.session, await read(runtime, step))


@router.patch("", summary="Change the own profile")
async def patch_me(request: Request, own: Own, body: ProfileChange) -> Done:
    """Name, language, and light or dark."""

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        change_profile(connection, account=own.account.id, name=body.name, language=body.language, theme=body.theme)
        _tell(connection, request, own, "account.profile_changed", {"changed": sorted(body.model_fields_set)})

    await write(request, step)
    return Done()


@router.post("/password", summary="Change the own password")
async def post_password(request: Request, runtime: RuntimeOf, own: Own, body: PasswordChange) -> Done:
    """Ends every other session of the account."""
    await _confirm(request, runtime, own, body.present)
    check_password(body.new, email=own.account.email, name=own.account.name)
    hashed = await gate_of(request).hash(body.new)

    def step(connection: Any) -> None:  # noqa: ANN401
        set_password(connection, account=own.account.id, hashed=hashed)
        ended = end_sessions(connection, account=own.account.id, but=own.session.id)
        _tell(connection, request, own, "account.password_changed", {"sessions_ended": ended})

    await write(request, step)
    return Done()


@router.get("/sessions", summary="Where am I signed in?")
async def get_sessions(runtime: RuntimeOf, own: Own) -> SessionList:
    """The browsers that may use the account."""

    def step(connection: Connection) -> list[Session]:
        found = sessions_of(connection, account=own.account.id, lifetime=lifetime_of(runtime.settings))
        return list(found)

    return SessionList(sessions=[_session(one, own.session.id) for one in await read(runtime, step)])


@router.delete("/sessions", summary="End all other sessions")
async def delete_sessions(request: Request, own: Own) -> Done:
    """This one stays."""

    def step(connection: Any) -> None:  # noqa: ANN401
        ended = end_sessions(connection, account=own.account.id, but=own.session.id)
        _tell(connection, request, own, "account.sessions_ended", {"sessions_ended": ended})

    await write(request, step)
    return Done()


@router.delete("/sessions/{session}", summary="End a session")
async def delete_session(request: Request, own: Own, session: Annotated[int, Path(ge=1, le=2**62)]) -> Done:
    """One of the own; the browser is signed out with its next request."""

    def step(connection: Any) -> None:  # noqa: ANN401
        end_session(connection, account=own.account.id, session=session)
        _tell(connection, request, own, "account.session_ended", {"session": session})

    await write(request, step)
    return Done()


@router.post("/second-factor", summary="Begin with a second factor")
async def post_second_factor(request: Request, runtime: RuntimeOf, own: Own, body: Confirmation) -> SecretBody:
    """Gives the secret for an authenticator app; send a first code to turn it on."""
    await _confirm(request, runtime, own, body.password)
    secret, address = await write(
        request,
        lambda connection: begin_second_factor(
            connection, vault=runtime.vault, account=own.account.id, email=own.account.email
        ),
    )
    return SecretBody(secret=secret, address=address)


@router.post("/second-factor/confirm", summary="Turn the second factor on")
async def post_second_factor_confirm(request: Request, runtime: RuntimeOf, own: Own, body: Code) -> RecoveryBody:
    """From now on signing in takes a code; gives the recovery codes."""
    if own.account.second_factor:
        raise Conflict("second_factor_on", Text(zh="两步验证已启用", en="the second factor is on already"))

    def step(connection: Any) -> list[str]:  # noqa: ANN401
        codes = confirm_second_factor(connection, vault=runtime.vault, account=own.account.id, code=body.code)
        _tell(connection, request, own, "account.second_factor_on", {})
        return list(codes)

    return RecoveryBody(codes=await write(request, step))


@router.post("/second-factor/end", summary="Turn the second factor off")
async def post_second_factor_end(request: Request, runtime: RuntimeOf, own: Own, body: Confirmation) -> Done:
    """Signing in takes the password alone again."""
    await _confirm(request, runtime, own, body.password)

    def step(connection: Any) -> None:  # noqa: ANN401
        end_second_factor(connection, account=own.account.id)
        _tell(connection, request, own, "account.second_factor_off", {})

    await write(request, step)
    return Done()


async def _confirm(request: Request, runtime: Runtime, own: SignedIn, password: str) -> None:
    """Whoever sits here knows the password. Guessing is counted as at the sign-in."""
    email, address = own.account.email, address_of(request)
    await write(request, lambda connection: begin_attempt(connection, email=email, address=address))

    def step(connection: Connection) -> str | None:
        return password_of(connection, own.account.id)

    right = await gate_of(request).verify(password, await read(runtime, step))
    if not right:
        await write(request, lambda connection: _tell(connection, request, own, "account.confirmation_failed", {}))
        raise NotAllowed(
            "wrong_password",
            Text(zh="密码不正确", en="the password is wrong"),
            Text(zh="请输入当前密码。", en="Type your present password."),
        )
    await write(request, lambda connection: forgive(connection, email=email, address=address))


def _tell(connection: Any, request: Request, own: SignedIn, action: str, detail: dict[str, object]) -> None:  # noqa: ANN401
    actor = actor_of(own, address_of(request))
    spaces: list[int | None] = list(own.memberships) or [None]
    for workspace in spaces:
        record(connection, actor=actor, action=action, workspace=workspace, target=own.account.email, detail=detail)


def _body(account: Account, session: Session, places: list[PlaceBody]) -> MeBody:
    return MeBody(
        id=account.id,
        email=account.email,
        name=account.name,
        language=account.language,
        theme=account.theme,
        has_password=account.has_password,
        second_factor=account.second_factor,
        session=session.id,
        workspaces=places,
    )


def _place(one: Membership, settings: WorkspaceSettings) -> PlaceBody:
    return PlaceBody(
        workspace=one.workspace,
        name=one.workspace_name,
        role=one.role,
        role_text={"zh": ROLE_NAMES[one.role].zh, "en": ROLE_NAMES[one.role].en},
        rights=sorted(RIGHTS[one.role]),
        agent=one.agent,
        zone=settings.zone,
        currency=settings.currency,
        modules=list(settings.modules),
    )


def _session(session: Session, present: int) -> SessionBody:
    return SessionBody(
        id=session.id,
        present=session.id == present,
        created_at=session.created_at,
        seen_at=session.seen_at,
        ends_at=session.ends_at,
        address=session.address,
        browser=session.browser,
    )
