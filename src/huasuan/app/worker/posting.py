"""Requests to platforms, and what their silence means."""

import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx2

from huasuan.app.calling_out import checked_transport
from huasuan.journeys import Missed, Reply, Request, inner_address, no_answer, unreachable
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Broken
from huasuan.kernel.time import now

# 2,000 rows that are all refused with words.
_MOST_BYTES = 16_000_000
_DAY_SECONDS = 86_400.0


class Posting(Protocol):
    """Sends one request."""

    def post(self, request: Request) -> Reply | Missed:
        """What came back, or that nothing did."""
        ...

    def close(self) -> None:
        """No more requests."""
        ...


class Poster:
    """Over HTTP, never into the network the service stands in."""

    def __init__(self, reach: Reach, timeout_seconds: float) -> None:
        self._seconds = timeout_seconds
        self._client = httpx2.Client(
            transport=checked_transport(reach), timeout=timeout_seconds, follow_redirects=False, trust_env=False
        )

    def post(self, request: Request) -> Reply | Missed:
        """What came back; without a connection nothing went out, after that nobody knows."""
        try:
            with self._client.stream(
                request.verb, request.address, content=request.body or None, headers=dict(request.headers)
            ) as answer:
                body = self._whole(answer)
        except Broken:
            return inner_address()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL):
            return unreachable()
        except (httpx2.HTTPError, TimeoutError):
            return no_answer()
        return Reply(
            status=answer.status_code,
            body=body,
            retry_after=seconds_in(answer.headers.get("Retry-After"), now()),
        )

    def _whole(self, answer: httpx2.Response) -> bytes:
        """The body; one that drips or never ends holds up nobody else."""
        until, body = time.monotonic() + self._seconds, bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > _MOST_BYTES or time.monotonic() > until:
                raise TimeoutError
        return bytes(body)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def seconds_in(text: str | None, at: datetime) -> float | None:
    """``Retry-After``: seconds, or a moment (RFC 9110, 10.2.3); None where it says neither."""
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return min(float(text), _DAY_SECONDS)
    try:
        return min(max(0.0, (parsedate_to_datetime(text) - at).total_seconds()), _DAY_SECONDS)
    except (ValueError, TypeError, OverflowError):
        return None
