"""What every answer tells a browser: what it may do with it, and that nobody else may show it (ADR 0013)."""

import hashlib
import re
from base64 import b64encode

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=()",
}
# Data is no page: were it ever shown as one, nothing in it would run, load or be framed.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_YEAR_SECONDS = 31_536_000
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def of_data() -> dict[str, str]:
    """The headers of an answer that is no page, errors included."""
    return {**ALWAYS, "Content-Security-Policy": DATA_POLICY, "Cache-Control": "no-store"}


def page_policy(body: bytes) -> str:
    """A policy for a page of somebody else's making: its own inline scripts and styles, and nothing from elsewhere."""
    hashes = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'" for script in _INLINE.findall(body)
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class SafeHeaders:
    """Adds what an answer does not say itself, so that no address can forget it.

    ``https`` says whether browsers reach us by https alone; then they are told to keep to it.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = of_data()
        if https:
            self._headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the answer leaves with its headers."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)
