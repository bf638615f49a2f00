"""Signing in with an OpenID Connect provider: there and back."""

import base64
import hmac
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import browser_of, give_cookie, is_secure, lifetime_of
from huasuan.app.http.entrance import write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import NotFound, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.people import OutsideIdentity, account_of_outside, enter_from_outside

router = APIRouter(prefix="/sign-in/openid", tags=["account"])
_WAY_SECONDS = 600
_LONGEST = 2048


@router.get("", summary="Sign in with the provider", response_class=RedirectResponse, status_code=302)
async def get_openid(
    request: Request,
    runtime: RuntimeOf,
    to: Annotated[str, Query(max_length=_LONGEST, description="Own page to show afterwards")] = "/",
) -> RedirectResponse:
    """Leads the browser to the provider."""
    provider = _provider(runtime)
    way = await run_in_threadpool(provider.begin, _back(request, runtime))
    response = RedirectResponse(way.address, status_code=302, headers={"Cache-Control": "no-store"})
    kept = {"state": way.state, "nonce": way.nonce, "verifier": way.verifier, "to": _own_page(to)}
    # Kept in this browser alone: whoever comes back must be whoever went.
    response.set_cookie(
        _cookie(request),
        base64.urlsafe_b64encode(orjson.dumps(kept)).decode(),
        max_age=_WAY_SECONDS,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/back", summary="Back from the provider", response_class=RedirectResponse, status_code=302)
async def get_openid_back(
    request: Request,
    runtime: RuntimeOf,
    code: Annotated[str, Query(max_length=_LONGEST)] = "",
    state: Annotated[str, Query(max_length=_LONGEST)] = "",
) -> RedirectResponse:
    """Begins a session for somebody the provider knows and a workspace has let in."""
    provider = _provider(runtime)
    kept = _kept(request)
    if not code or not hmac.compare_digest(state.encode(), kept["state"].encode()):
        raise _lost()
    identity: OutsideIdentity = await run_in_threadpool(
        lambda: provider.finish(code=code, nonce=kept["nonce"], verifier=kept["verifier"], back=_back(request, runtime))
    )

    def step(connection: Any) -> str:  # noqa: ANN401  connection of the store
        account = account_of_outside(connection, identity)
        lifetime = lifetime_of(runtime.settings)
        return enter_from_outside(connection, account=account, lifetime=lifetime, browser=browser_of(request))

    token = await write(request, step)
    response = RedirectResponse(_own_page(kept["to"]), status_code=302)
    response.delete_cookie(_cookie(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")
    give_cookie(request, response, token)
    return response


def _provider(runtime: Runtime) -> Any:  # noqa: ANN401  imported only where there is one
    if not runtime.settings.oidc_issuer:
        raise NotFound(
            "no_provider",
            Text(zh="未配置身份提供方", en="no identity provider is configured"),
            Text(zh="请用密码登录。", en="Sign in with a password."),
        )
    from huasuan.app.outside import Provider  # noqa: PLC0415  heavy, and most installations have none

    return Provider(runtime.settings)


def _back(request: Request, runtime: Runtime) -> str:
    base = runtime.settings.public_url or f"{request.url.scheme}://{request.headers['host']}"
    return f"{base}/api/v1{router.prefix}/back"


def _cookie(request: Request) -> str:
    return "__Host-huasuan-way" if is_secure(request) else "huasuan-way"


def _own_page(to: str) -> str:
    """A path of this service; anything that a browser might read as another host leads to the front page."""
    own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return to if own else "/"


def _kept(request: Request) -> dict[str, str]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(request.cookies.get(_cookie(request), "")))
        return {name: str(found[name]) for name in ("state", "nonce", "verifier", "to")}
    except (ValueError, KeyError, TypeError):
        raise _lost() from None


def _lost() -> NotSignedIn:
    return NotSignedIn(
        "provider_lost",
        Text(zh="登录过程已中断或过期", en="this sign-in was not begun here, or too long ago"),
        Text(zh="请重新登录。", en="Sign in once more."),
    )
