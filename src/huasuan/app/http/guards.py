"""What stands before every request: the Host header and the size of the body."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huasuan.app.http.problems import language_of, problem
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import InvalidInput, TooLarge
from huasuan.kernel.text import Text

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class HostGuard:
    """Answers only to the names it is meant to have: a page elsewhere cannot reach it by renaming itself to us."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app = app
        # A foreign site cannot call itself by a loopback name, and the command line comes by one.
        self._allowed = (*allowed, *_LOOPBACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400."""
        if scope["type"] == "http" and not self._known(_host(scope)):
            error = InvalidInput(
                "bad_host",
                Text(zh="Host 请求头不在允许之列", en="the Host header is not one of the allowed names"),
                Text(zh="请在 HUASUAN_ALLOWED_HOSTS 中加入该名称。", en="Add the name to HUASUAN_ALLOWED_HOSTS."),
            )
            await problem(error, language=_language(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _known(self, host: str) -> bool:
        return any(name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:])) for name in self._allowed)


def _host(scope: Scope) -> str:
    """The Host header without its port; an IPv6 address keeps its brackets."""
    host = Headers(scope=scope).get("host", "").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


class SizeGuard:
    """Refuses a body larger than ``limit`` bytes, whether it says its length or not.

    The paths in ``unlimited`` read theirs piece by piece and have limits of their own.
    """

    def __init__(self, app: ASGIApp, limit: int, unlimited: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._limit = limit
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http" or scope["path"] in self._unlimited:
            await self._app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "0")
        if stated.isdigit() and int(stated) > self._limit:
            await problem(self._error(), language=_language(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise self._error()
            return message

        await self._app(scope, counted, send)

    def _error(self) -> TooLarge:
        return TooLarge(
            "body_too_large",
            Text(zh=f"请求体超过 {self._limit} 字节", en=f"the body is larger than {self._limit} bytes"),
            Text(zh="请分成几批发送。", en="Send it in several batches."),
        )


def runtime_of(request: Request) -> Runtime:
    """What the service was started with."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeOf = Annotated[Runtime, Depends(runtime_of)]


def _language(scope: Scope) -> str:
    return language_of(Headers(scope=scope).get("accept-language"))
