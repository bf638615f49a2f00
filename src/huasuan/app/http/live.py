"""What happens tells itself: a stream of events that says when newer facts are in the figures (S2-61, S4-37)."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from huasuan.app.http.access import FiguresReader
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.runtime import Runtime
from huasuan.kernel.errors import TooOften
from huasuan.kernel.text import Text
from huasuan.people import Principal

router = APIRouter(tags=["questions"])
# Looking costs one comparison of numbers in memory.
_LOOK_SECONDS = 0.5
# A proxy cuts a connection that says nothing for a minute; a browser that went away is noticed by writing to it.
_BEAT_SECONDS = 15.0
# At most so often: a page reads its figures anew with every word.
_PAUSE_SECONDS = 3.0
_EACH, _ALL = 8, 1_000
_AGAIN_SECONDS = 30


class LiveStreams:
    """The streams that are open, counted so that nobody holds more than a few and none outlives the service."""

    def __init__(self) -> None:
        self._open: Counter[object] = Counter()
        self.stopping = False

    def close(self) -> None:
        """Let every stream end at its next look."""
        self.stopping = True

    def count(self) -> int:
        """How many are open."""
        return self._open.total()

    def check(self, caller: Principal) -> None:
        """Refuse one stream too many.

        Raises
        ------
        TooOften
            ``too_many_streams``
        """
        if self._open[_whose(caller)] >= _EACH or self.count() >= _ALL:
            raise TooOften(
                "too_many_streams",
                Text(zh="打开的实时连接过多", en="too many live connections are open"),
                Text(zh="请关闭不用的页面。", en="Close pages you do not use."),
                wait_seconds=_AGAIN_SECONDS,
            )

    @contextmanager
    def one(self, caller: Principal) -> Iterator[None]:
        """While a stream is open."""
        whose = _whose(caller)
        self._open[whose] += 1
        try:
            yield
        finally:
            self._open[whose] -= 1
            if not self._open[whose]:
                del self._open[whose]


@router.get("/live", summary="Be told when figures change", response_class=StreamingResponse)
async def get_live(request: Request, runtime: RuntimeOf, caller: FiguresReader) -> StreamingResponse:
    """Server-sent events: ``facts`` with a number that grows whenever newer facts are in the figures.

    A stream ends after some minutes and the browser asks anew, so that a right taken away ends it too.
    """
    streams: LiveStreams = request.app.state.live
    streams.check(caller)
    return StreamingResponse(
        _events(runtime, streams, caller),
        media_type="text/event-stream",
        # Proxies that gather an answer before they send it on would keep the news back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(runtime: Runtime, streams: LiveStreams, caller: Principal) -> AsyncIterator[str]:
    with streams.one(caller):
        ends = anyio.current_time() + runtime.settings.live_seconds
        told = runtime.answers.round_of(caller.workspace)
        yield f"retry: 5000\n{_event(told)}"
        said_at = spoke_at = anyio.current_time()
        while not streams.stopping and (left := ends - anyio.current_time()) > 0:
            await anyio.sleep(min(_LOOK_SECONDS, left))
            now = anyio.current_time()
            present = runtime.answers.round_of(caller.workspace)
            if present != told and now - said_at >= _PAUSE_SECONDS:
                told, said_at, spoke_at = present, now, now
                yield _event(told)
            elif now - spoke_at >= _BEAT_SECONDS:
                spoke_at = now
                yield ": still here\n\n"


def _event(number: int) -> str:
    return f"event: facts\nid: {number}\ndata: {number}\n\n"


def _whose(caller: Principal) -> object:
    return caller.actor.kind, caller.actor.id
