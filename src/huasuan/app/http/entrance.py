"""Coming in and going out: the one-time set-up, signing in with a password, invitations, signing out."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import (
    Own,
    actor_of,
    address_of,
    browser_of,
    from_here,
    give_cookie,
    lifetime_of,
    take_cookie,
)
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.password_gate import PasswordGate
from huasuan.app.runtime import Runtime
from huasuan.people import (
    INVITATION,
    SETUP,
    Actor,
    Browser,
    Entered,
    Principal,
    Tried,
    accept,
    account_from,
    account_of,
    already_set_up,
    any_account,
    check_password,
    end_session,
    end_sessions,
    enter,
    memberships_of,
    record,
    set_up,
    start,
    try_to_enter,
)

router = APIRouter(tags=["account"])
_Found = TypeVar("_Found")
Password = Annotated[str, Field(min_length=1, max_length=256)]
# Databases refuse a zero byte, and nothing below a blank belongs into a name.
PrintedText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Token = Annotated[str, Field(min_length=1, max_length=200)]


class Entrance(BaseModel):
    """How one can sign in here. ``set_up`` is false before the first account was made."""

    set_up: bool
    password: bool
    openid: str | None = Field(description="Name of the OpenID Connect provider, if there is one.")


class Credentials(BaseModel):
    """Address and password; ``code`` of the second factor where the account has one."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(min_length=1, max_length=320)
    password: Password
    code: str | None = Field(default=None, max_length=64)


class SetUp(BaseModel):
    """The first owner, with the token of the link that `huasuan init` printed."""

    model_config = ConfigDict(extra="forbid")

    token: Token
    email: str = Field(min_length=1, max_length=320)
    name: str = Field(min_length=1, max_length=100)
    password: Password
    language: str = Field(default="zh", pattern="^(zh|en)$")


class Acceptance(BaseModel):
    """An invitation taken up."""

    model_config = ConfigDict(extra="forbid")

    token: Token
    password: Password


class Done(BaseModel):
    """It was done."""

    done: bool = True


@router.get("/sign-in", summary="How can one sign in?")
async def get_entrance(runtime: RuntimeOf) -> Entrance:
    """Open to everybody; tells nothing about accounts but whether there is one at all."""
    return Entrance(
        set_up=await run_in_threadpool(_is_set_up, runtime),
        password=True,
        openid=runtime.settings.oidc_name if runtime.settings.oidc_issuer else None,
    )


@router.post("/set-up", summary="Make the first owner", dependencies=[Depends(from_here)])
async def post_set_up(request: Request, response: Response, runtime: RuntimeOf, body: SetUp) -> Done:
    """Once only: needs the token of the link that `huasuan init` printed; signs the owner in."""
    await run_in_threadpool(_check_set_up, runtime, body)
    hashed = await gate_of(request).hash(body.password)
    browser = browser_of(request)

    def step(connection: Any) -> str:  # noqa: ANN401  connection of the store
        account = set_up(
            connection, token=body.token, email=body.email, name=body.name, hashed=hashed, language=body.language
        )
        _tell(connection, account, browser, "account.set_up")
        return start(connection, account=account, lifetime=lifetime_of(runtime.settings), browser=browser)

    give_cookie(request, response, await write(request, step))
    return Done()


@router.post("/sign-in", summary="Sign in", dependencies=[Depends(from_here)])
async def post_sign_in(request: Request, response: Response, runtime: RuntimeOf, body: Credentials) -> Done:
    """Gives a session cookie. Wrong addresses and wrong passwords are answered alike, and ever more slowly."""
    browser = browser_of(request)
    tried: Tried = await write(request, lambda connection: try_to_enter(connection, email=body.email, browser=browser))
    right = await gate_of(request).verify(body.password, tried.kept)
    lifetime = lifetime_of(runtime.settings)
    entered: Entered = await write(
        request,
        lambda connection: enter(
            connection,
            tried=tried,
            right=right,
            code=body.code,
            lifetime=lifetime,
            browser=browser,
            vault=runtime.vault,
        ),
    )
    if entered.token is None:
        assert entered.refusal is not None  # noqa: S101  one of both is there
        raise entered.refusal
    give_cookie(request, response, entered.token)
    return Done()


@router.post("/invitation", summary="Set a password by an invitation", dependencies=[Depends(from_here)])
async def post_invitation(request: Request, response: Response, runtime: RuntimeOf, body: Acceptance) -> Done:
    """Ends every other session of the account and signs in."""
    await run_in_threadpool(_check_invitation, runtime, body)
    hashed = await gate_of(request).hash(body.password)
    browser = browser_of(request)

    def step(connection: Any) -> str | None:  # noqa: ANN401
        account = accept(connection, token=body.token, hashed=hashed)
        end_sessions(connection, account=account)
        _tell(connection, account, browser, "account.password_set")
        if account_from(connection, account).second_factor:
            return None  # the code is still asked for: a link alone must not do away with it
        return start(connection, account=account, lifetime=lifetime_of(runtime.settings), browser=browser)

    token = await write(request, step)
    if token is not None:
        give_cookie(request, response, token)
    return Done()


@router.post("/sign-out", summary="Sign out")
async def post_sign_out(request: Request, response: Response, own: Own) -> Done:
    """Ends this session and takes its cookie."""

    def step(connection: Any) -> None:  # noqa: ANN401
        end_session(connection, account=own.account.id, session=own.session.id)
        record(connection, actor=actor_of(own, address_of(request)), action="sign_out", workspace=None)

    await write(request, step)
    take_cookie(request, response)
    return Done()


async def write(request: Request, step: Any) -> Any:  # noqa: ANN401  what the step gives
    """One transaction of the store, in its turn among the writers."""
    runtime: Runtime = request.app.state.runtime

    def run() -> Any:  # noqa: ANN401
        with runtime.store.write() as connection:
            return step(connection)

    return await anyio.to_thread.run_sync(run, limiter=request.app.state.writers)


async def read(runtime: Runtime, step: Callable[[Connection], _Found]) -> _Found:
    """What ``step`` reads from the store, on a thread of its own."""

    def run() -> _Found:
        with runtime.store.read() as connection:
            return step(connection)

    return await run_in_threadpool(run)


async def tell_unmasked(request: Request, caller: Principal, *, what: str, facts: int) -> None:
    """Write down that somebody saw numbers whole, before they are shown."""
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action="personal.seen",
            workspace=caller.workspace,
            target=what,
            detail={"facts": facts},
        ),
    )


async def tell_exported(request: Request, caller: Principal, *, what: str, rows: int, whole: int) -> None:
    """Write down that facts, of a figure or a log, went out as a file: so many of the whole."""
    await write(
        request,
        lambda connection: record(
            connection,
            actor=caller.actor,
            action="export.behind",
            workspace=caller.workspace,
            target=what,
            detail={"rows": rows, "of": whole},
        ),
    )


def gate_of(request: Request) -> PasswordGate:
    """Where passwords are verified."""
    gate: PasswordGate = request.app.state.password_gate
    return gate


def _is_set_up(runtime: Runtime) -> bool:
    with runtime.store.read() as connection:
        return any_account(connection)


def _check_set_up(runtime: Runtime, body: SetUp) -> None:
    """Before the costly hash, so that a stranger cannot have us make one."""
    with runtime.store.read() as connection:
        if any_account(connection):
            raise already_set_up()
        account_of(connection, purpose=SETUP, token=body.token)
    check_password(body.password, email=body.email, name=body.name)


def _check_invitation(runtime: Runtime, body: Acceptance) -> None:
    with runtime.store.read() as connection:
        number = account_of(connection, purpose=INVITATION, token=body.token)
        assert number is not None  # noqa: S101  invitations are issued for accounts alone
        account = account_from(connection, number)
    check_password(body.password, email=account.email, name=account.name)


def _tell(connection: Any, account: int, browser: Browser, action: str) -> None:  # noqa: ANN401
    email = account_from(connection, account).email
    actor = Actor(kind="account", id=account, name=email, address=browser.address)
    for one in memberships_of(connection, account):
        record(connection, actor=actor, action=action, workspace=one.workspace, target=email)
