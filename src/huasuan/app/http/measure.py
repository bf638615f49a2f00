"""How long requests take, for Prometheus."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huasuan.app.gauges import Gauges


class Measure:
    """Times every request by method, route and status; the route, not the address, so that no id becomes a label."""

    def __init__(self, app: ASGIApp, gauges: Gauges) -> None:
        self._app = app
        self._gauges = gauges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and time it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._gauges.requests.labels(scope["method"], route, str(status)).observe(time.perf_counter() - started)
