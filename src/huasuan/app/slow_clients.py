"""Connections that only cost: headers that never end, answers nobody takes, more of them than there is room for.

uvicorn waits for ever in each of these cases, and its fast parser takes headers of any size.
"""

import asyncio

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from huasuan.app.http.headers import of_data
from huasuan.app.http.problems import PROBLEM_TYPE, problem_json
from huasuan.kernel.errors import Broken, HuasuanError, InvalidInput, TooSlow
from huasuan.kernel.text import Text

_LONGEST_HEAD_BYTES = 64 * 1024


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to waiting.

    ``patience``: seconds the headers of a request may take, and an answer may lie without the client taking any of it.
    ``most``: connections at once; who comes later is told so and let go.
    """

    patience = 20.0
    most = 2000
    _waiting: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _fields_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there: the first request has to come soon."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._refuse(_full())
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._end_waiting()
        self._end_stuck()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._has_nothing_to_do() else 0
        if self._head_bytes > _LONGEST_HEAD_BYTES:
            self._refuse(_unreadable())
            return
        self._watch()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._fields_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers come here too, behind a body, where nobody else counts them."""
        self._fields_bytes += len(name) + len(value)
        if self._fields_bytes > _LONGEST_HEAD_BYTES:
            self.transport.abort()
            return
        super().on_header(name, value)

    def on_response_complete(self) -> None:
        """Answered; uvicorn itself ends what is idle from here on."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._end_waiting()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        self.flow.pause_writing()
        self._end_stuck()
        self._stuck = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        self._end_stuck()
        self.flow.resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What cannot be read is answered as every other error."""
        assert msg  # noqa: S101  uvicorn's own words, in English alone
        self._refuse(_unreadable())

    def _watch(self) -> None:
        if self.transport.is_closing() or not self._has_nothing_to_do() or self.timeout_keep_alive_task is not None:
            self._end_waiting()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(self.patience, self._give_up)

    def _end_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end_stuck(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _has_nothing_to_do(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _give_up(self) -> None:
        self._refuse(
            TooSlow(
                "headers_too_slow",
                Text(zh="请求头发送过慢", en="the headers came too slowly"),
                Text(zh="请检查网络后重试。", en="Check the line and try again."),
            )
        )

    def _refuse(self, error: HuasuanError) -> None:
        if self.transport.is_closing():
            return
        body = orjson.dumps(problem_json(error, language="en"))
        headers = {**of_data(), "Content-Type": PROBLEM_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[error.status] + lines.encode() + b"\r\n" + body)
        self.transport.close()


def impatient(*, patience: float, most: int) -> type[ImpatientProtocol]:
    """The protocol with these limits, as uvicorn takes it."""

    class Configured(ImpatientProtocol):
        """uvicorn makes one for each connection and hands nothing of ours to it."""

    Configured.patience, Configured.most = patience, most
    return Configured


def _full() -> Broken:
    return Broken(
        "too_many_connections",
        Text(zh="连接过多", en="there are too many connections"),
        Text(zh="请稍后重试，或调大 HUASUAN_MAX_CONNECTIONS。", en="Try again, or raise HUASUAN_MAX_CONNECTIONS."),
    )


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "bad_http",
        Text(zh="请求不是有效的 HTTP，或请求头过大", en="this is no HTTP request, or its headers are too large"),
        Text(zh="请检查客户端。", en="Check the client."),
    )
