"""Who asks and what they may: the key of a program, the session of a browser, or our own command line.

Every address declares the right it demands (``Needs``), that it belongs to whoever is signed in (``own_account``), or
stands among the few open ones; a test walks the routes.
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import unquote, urlsplit

from anyio import to_thread
from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from huasuan import leads
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.kernel.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import CostBase, parts
from huasuan.people import (
    COMMAND,
    RIGHTS,
    Actor,
    Browser,
    Key,
    KeyRing,
    Lifetime,
    Principal,
    Right,
    SignedIn,
    holder_of,
    is_stale,
    missing_right,
    signed_in_by,
    workspace_named,
)

_BEARER = HTTPBearer(auto_error=False, description="An API key, as `huasuan init` or `huasuan key add` printed it.")
_COOKIE = "huasuan"
# With this prefix a browser takes the cookie over https alone, from this host alone, for every path.
_SECURE_COOKIE = "__Host-huasuan"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_BROWSER = 200


async def caller_of(
    request: Request,
    runtime: RuntimeOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    workspace: Annotated[
        int | None, Query(description="The workspace, for whoever belongs to several", ge=1, le=2**62)
    ] = None,
    x_huasuan_workspace: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Principal:
    """Who asks, in the workspace that was named or is the only one.

    Raises
    ------
    NotSignedIn
        ``no_key``, ``bad_key``, ``session_ended``
    NotFound
        ``no_workspace``, also for one that exists but is not the caller's
    """
    if credentials is None:
        return _member(await signed_in_of(request, runtime), workspace, address_of(request))
    secret = credentials.credentials
    if runtime.owner_token and hmac.compare_digest(secret.encode(), runtime.owner_token.encode()):
        name = None if x_huasuan_workspace is None else unquote(x_huasuan_workspace)
        return await run_in_threadpool(_command, runtime, name)
    keys: KeyRing = request.app.state.keys
    key = keys.known(secret)
    if key is None:
        key = await run_in_threadpool(_looked_up, runtime, keys, secret)
    if workspace not in (None, key.workspace):
        raise no_workspace()
    return holder_of(key, address_of(request))


CallerOf = Annotated[Principal, Depends(caller_of)]


class Needs:
    """A dependency that lets in whoever has one of the rights, and gives the principal.

    Raises
    ------
    NotAllowed
        ``no_right``
    """

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    async def __call__(self, caller: CallerOf) -> Principal:
        """The caller, if it may."""
        if not any(caller.may(right) for right in self.rights):
            raise missing_right(self.rights[0])
        return caller


class NeedsDesk(Needs):
    """The same for addresses of the desk; what is asked by them shows that the agent is there (S3-32)."""

    async def __call__(self, request: Request, runtime: RuntimeOf, caller: CallerOf) -> Principal:  # type: ignore[override]
        """The caller, if it may; now and then it is written down that the desk was heard of."""
        await super().__call__(caller)
        if caller.agent is not None and runtime.desks.is_due(caller.workspace, caller.agent):
            here = (caller.workspace, caller.agent)

            def beat() -> None:
                with runtime.store.write() as connection:
                    leads.seen(connection, workspace=here[0], agent=here[1], at=now())

            await to_thread.run_sync(beat, limiter=request.app.state.writers)
        return caller


FiguresReader = Annotated[Principal, Depends(Needs(Right.FIGURES_READ))]
FactsReader = Annotated[Principal, Depends(Needs(Right.FACTS_READ))]
FactsWriter = Annotated[Principal, Depends(Needs(Right.FACTS_WRITE))]
Sender = Annotated[Principal, Depends(Needs(Right.INTAKE_WRITE, Right.COSTS_WRITE))]
UsersWriter = Annotated[Principal, Depends(Needs(Right.USERS_WRITE))]
KeysWriter = Annotated[Principal, Depends(Needs(Right.KEYS_WRITE))]
AuditReader = Annotated[Principal, Depends(Needs(Right.AUDIT_READ))]
SettingsReader = Annotated[Principal, Depends(Needs(Right.SETTINGS_READ))]
SettingsWriter = Annotated[Principal, Depends(Needs(Right.SETTINGS_WRITE))]
ConsentWriter = Annotated[Principal, Depends(Needs(Right.CONSENT_WRITE))]
PersonsEraser = Annotated[Principal, Depends(Needs(Right.PERSONS_ERASE))]
RulesWriter = Annotated[Principal, Depends(Needs(Right.RULES_WRITE))]
Exporter = Annotated[Principal, Depends(Needs(Right.EXPORT))]
Approver = Annotated[Principal, Depends(Needs(Right.EXPORT_APPROVE))]
NotesWriter = Annotated[Principal, Depends(Needs(Right.NOTES_WRITE))]
Listener = Annotated[Principal, Depends(Needs(Right.RECORDINGS_HEAR))]
OwnReader = Annotated[Principal, Depends(Needs(Right.OWN_READ))]
AtTheDesk = Annotated[Principal, Depends(NeedsDesk(Right.DESK_WORK))]
LeadsReader = Annotated[Principal, Depends(Needs(Right.LEADS_READ))]
LeadsWriter = Annotated[Principal, Depends(Needs(Right.LEADS_WRITE))]
ExportsReader = Annotated[Principal, Depends(Needs(Right.EXPORT, Right.EXPORT_APPROVE))]


async def own_account(
    request: Request,
    runtime: RuntimeOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> SignedIn:
    """Whoever is signed in with a browser; what belongs to a person is not for keys.

    Raises
    ------
    NotSignedIn
        ``no_key``, ``session_ended``
    NotAllowed
        ``people_only`` for a valid key
    """
    if credentials is None:
        return await signed_in_of(request, runtime)
    await caller_of(request, runtime, credentials)
    raise NotAllowed(
        "people_only",
        Text(zh="此地址只供登录的用户使用", en="this address is for people, not for keys"),
        Text(zh="请在浏览器中登录。", en="Sign in with a browser."),
    )


Own = Annotated[SignedIn, Depends(own_account)]


async def signed_in_of(request: Request, runtime: Runtime) -> SignedIn:
    """The session of the request's cookie, if the request comes from our own pages.

    Raises
    ------
    NotSignedIn
        ``no_key``, ``session_ended``
    NotAllowed
        ``foreign_origin``
    """
    token = request.cookies.get(cookie_name(request))
    if token is None:
        raise NotSignedIn(
            "no_key",
            Text(zh="未登录，也没有 API 密钥", en="not signed in, and the API key is missing"),
            Text(
                zh="请登录，或发送请求头 Authorization: Bearer <key>。",
                en="Sign in, or send the header Authorization: Bearer <key>.",
            ),
        )
    if request.method not in _SAFE:
        _demand_own_origin(request, runtime.settings)
    found = await run_in_threadpool(_session, runtime, token)
    if is_stale(found.session):
        request.app.state.seen.add(found.session.id)
    return found


async def from_here(request: Request, runtime: RuntimeOf) -> None:
    """For addresses that begin a session: a page elsewhere must not sign a browser in as somebody else.

    Programs that are no browsers send neither header and are let through.

    Raises
    ------
    NotAllowed
        ``foreign_origin``
    """
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        _demand_own_origin(request, runtime.settings)


def _demand_own_origin(request: Request, settings: Settings) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        own = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        # The Host was checked before; behind a proxy that speaks https for us only the host can be compared, unless
        # the operator has said how browsers reach us.
        place = urlsplit(origin).netloc.lower()
        # "null", as a sandboxed page sends it, has no place; neither has HTTP/1.0 a Host.
        own = origin == settings.public_url or (bool(place) and place == request.headers.get("host", "").lower())
    if not own:
        raise NotAllowed(
            "foreign_origin",
            Text(zh="请求不是来自本系统的页面", en="the request does not come from a page of this service"),
            Text(
                zh="请在本系统页面中操作；使用反向代理时设置 HUASUAN_PUBLIC_URL。",
                en="Use the pages of this service; behind a proxy set HUASUAN_PUBLIC_URL.",
            ),
        )


def actor_of(signed: SignedIn, address: str) -> Actor:
    """Who is signed in, for the audit log."""
    return Actor(kind="account", id=signed.account.id, name=signed.account.email, address=address)


def address_of(request: Request) -> str:
    """The address the request came from; uvicorn has put in what a proxy on this machine says."""
    return "" if request.client is None else request.client.host


def browser_of(request: Request) -> Browser:
    """Where somebody signs in from."""
    return Browser(address=address_of(request), name=request.headers.get("user-agent", "")[:_LONGEST_BROWSER])


def lifetime_of(settings: Settings) -> Lifetime:
    """How long sessions last here."""
    idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(days=settings.session_days)
    return Lifetime(idle=idle, longest=longest)


def is_secure(request: Request) -> bool:
    """Whether the browser speaks https, as far as we can know."""
    public: str | None = request.app.state.runtime.settings.public_url
    return request.url.scheme == "https" or (public is not None and public.startswith("https:"))


def cookie_name(request: Request) -> str:
    """The name of the session's cookie."""
    return _SECURE_COOKIE if is_secure(request) else _COOKIE


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser; scripts cannot read it, other sites cannot send it along."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=request.app.state.runtime.settings.session_days * 86_400,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"


def take_cookie(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")


def check_costs(caller: Principal, metrics: Sequence[str]) -> None:
    """Refuse questions about costs, and what depends on them, to whoever may not see costs.

    Raises
    ------
    NotAllowed
        ``no_right``
    """
    if caller.may(Right.COSTS_READ):
        return
    for key in metrics:
        if key in METRICS and any(isinstance(base, CostBase) or base.star == "cost" for _, base in parts(METRICS[key])):
            raise missing_right(Right.COSTS_READ)


def no_workspace() -> NotFound:
    """The same answer for a workspace that does not exist and one that is somebody else's."""
    return NotFound("no_workspace", Text(zh="没有这个工作区", en="there is no such workspace"))


def _member(signed: SignedIn, workspace: int | None, address: str) -> Principal:
    if workspace is None:
        if len(signed.memberships) > 1:
            raise InvalidInput(
                "which_workspace",
                Text(zh="您属于多个工作区", en="you belong to several workspaces"),
                Text(zh="请用 ?workspace=<编号> 指定。", en="Name one with ?workspace=<number>."),
            )
        membership = next(iter(signed.memberships.values()), None)
    else:
        membership = signed.memberships.get(workspace)
    if membership is None:
        raise no_workspace()
    return Principal(
        actor=actor_of(signed, address),
        workspace=membership.workspace,
        rights=RIGHTS[membership.role],
        role=membership.role,
        agent=membership.agent,
        team=membership.team,
    )


def _command(runtime: Runtime, name: str | None) -> Principal:
    with runtime.store.read() as connection:
        return Principal(actor=COMMAND, workspace=workspace_named(connection, name).id, rights=frozenset(Right))


def _looked_up(runtime: Runtime, keys: KeyRing, secret: str) -> Key:
    with runtime.store.read() as connection:
        return keys.look_up(connection, secret)


def _session(runtime: Runtime, token: str) -> SignedIn:
    with runtime.store.read() as connection:
        return signed_in_by(connection, token=token, lifetime=lifetime_of(runtime.settings))
