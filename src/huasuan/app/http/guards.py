"""What stands before every request: the Host header, the size of the body, and how long it may take to come."""

import time
from typing import Annotated

import anyio
from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huasuan.app.http.problems import language_of, problem
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import HuasuanError, InvalidInput, TooLarge, TooSlow
from huasuan.kernel.text import Text

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# A body may take three times the patience, and beyond it whatever this rate takes: 8 MB an hour is a slow line.
_SLOWEST_BYTES_A_SECOND = 2048
_PATIENCES = 3


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


class BodyGuard:
    """Refuses a body that is larger than ``limit`` bytes, whether it says its length or not, or comes too slowly.

    ``uploads`` are the addresses (method and path) that read theirs piece by piece onto the disk; they have a limit of
    their own. ``patience`` is in seconds: between two pieces, and three times that for a small body as a whole.
    """

    def __init__(self, app: ASGIApp, limit: int, uploads: frozenset[tuple[str, str]], patience: float) -> None:
        self._app = app
        self._limit = limit
        self._uploads = uploads
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 or 408."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = None if (scope["method"], scope["path"]) in self._uploads else self._limit
        stated = Headers(scope=scope).get("content-length", "0")
        if limit is not None and stated.isdigit() and int(stated) > limit:
            await _refuse(_too_large(limit), scope, receive, send)
            return
        body = _Body(receive, limit, self._patience)
        begun = False

        async def told(message: Message) -> None:
            # The framework makes a plain 400 of whatever goes wrong while it reads; ours says what it was.
            nonlocal begun
            if body.refusal is None or begun:
                begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, told)
        except HuasuanError as error:
            if error is not body.refusal:
                raise
        if body.refusal is not None and not begun:
            await _refuse(body.refusal, scope, receive, send)


class _Body:
    """The body of one request as it comes in; ``refusal`` says why it was not read to its end."""

    def __init__(self, receive: Receive, limit: int | None, patience: float) -> None:
        self._receive = receive
        self._limit = limit
        self._patience = patience
        self._begun = time.monotonic()
        self._seen = 0
        self._ended = False
        self.refusal: HuasuanError | None = None

    async def receive(self) -> Message:
        """The next piece.

        Raises
        ------
        TooSlow
            ``body_too_slow``
        TooLarge
            ``body_too_large``
        """
        if self._ended:  # now it is only waited for the client to go away
            return await self._receive()
        if self.refusal is not None:
            raise self.refusal
        try:
            with anyio.fail_after(self._patience):
                message = await self._receive()
        except TimeoutError:
            self.refusal = _too_slow()
            raise self.refusal from None
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        self._seen += len(message.get("body", b""))
        if self._limit is not None and self._seen > self._limit:
            self.refusal = _too_large(self._limit)
        elif not self._ended and self._is_late():
            self.refusal = _too_slow()
        if self.refusal is not None:
            self._ended = False
            raise self.refusal
        return message

    def _is_late(self) -> bool:
        allowed = _PATIENCES * self._patience + self._seen / _SLOWEST_BYTES_A_SECOND
        return time.monotonic() - self._begun > allowed


async def _refuse(error: HuasuanError, scope: Scope, receive: Receive, send: Send) -> None:
    await problem(error, language=_language(scope))(scope, receive, send)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        "body_too_large",
        Text(zh=f"请求体超过 {limit} 字节", en=f"the body is larger than {limit} bytes"),
        Text(zh="请分成几批发送。", en="Send it in several batches."),
    )


def _too_slow() -> TooSlow:
    return TooSlow(
        "body_too_slow",
        Text(zh="请求体发送过慢", en="the body came too slowly"),
        Text(zh="请检查网络，或调大 HUASUAN_PATIENCE_SECONDS。", en="Check the line, or set HUASUAN_PATIENCE_SECONDS."),
    )


def runtime_of(request: Request) -> Runtime:
    """What the service was started with."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeOf = Annotated[Runtime, Depends(runtime_of)]


def _language(scope: Scope) -> str:
    return language_of(Headers(scope=scope).get("accept-language"))
