"""The thread that finds conversions in the facts and tells them to platforms (ADR 0023)."""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx2
import structlog

from huasuan.app.calling_out import checked_transport
from huasuan.app.failures import known_failure
from huasuan.connectors.webhook import WEBHOOK
from huasuan.journeys import (
    Batch,
    Platform,
    Reply,
    Request,
    Target,
    claim,
    due,
    log_attempt,
    note_missed,
    note_taken,
    queue,
    targets_of,
    wait_after,
)
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.metrics.snapshot import Snapshot
from huasuan.store import Store
from huasuan.warehouse import Cursor

_LOG = structlog.get_logger(__name__)
PLATFORMS: Mapping[str, Platform] = {WEBHOOK.name: WEBHOOK}
_SECONDS, _TIMEOUT_SECONDS = 5.0, 20.0
# What is older was in reach of no platform.
_OLDEST = timedelta(days=90)
_TAKEN, _TOO_MANY, _BROKEN = 300, 429, 500
_REFUSES = frozenset({400, 409, 410, 413, 415, 422})
_LONGEST_PAUSE, _MOST_BYTES = timedelta(days=1), 100_000


class Reading(Protocol):
    """What is asked of the warehouses."""

    def round_of(self, workspace: int) -> int:
        """Grows with every change."""
        ...

    def reading(self, workspace: int) -> AbstractContextManager[tuple[Cursor, Snapshot]]:
        """A snapshot."""
        ...


class Teller:
    """Runs beside the projector; a failed round is logged and tried again.

    Killed between a request and its note, the next round repeats that very request with its number, by which the
    other side knows it.
    """

    def __init__(self, store: Store, answers: Reading, reach: Reach, *, seconds: float = _SECONDS) -> None:
        self._store = store
        self._answers = answers
        self._client = httpx2.Client(
            transport=checked_transport(reach), timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        )
        self._seconds = seconds
        self._looked: dict[int, tuple[int, Target]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conversions", daemon=True)

    def __enter__(self) -> "Teller":
        """Start looking."""
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        """Finish the request that runs, then stop."""
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.round(now())
            except Exception as error:
                failure = known_failure(error)
                _LOG.error("telling conversions failed", code=failure.code if failure else None, exc_info=error)

    def round(self, at: datetime) -> int:
        """One look: what is new is queued, what is due is sent; how many requests went out."""
        with self._store.read() as connection:
            targets = targets_of(connection)
        sent = 0
        for workspace, target in targets:
            platform = PLATFORMS.get(target.platform)
            if target.active and platform is not None:
                self._find(workspace, target, platform, at)
                sent += self._send_due(workspace, target, platform, at)
        return sent

    def _find(self, workspace: int, target: Target, platform: Platform, at: datetime) -> None:
        """Queue what is new, unless nothing has changed since the last look."""
        since = max(target.since, at - _OLDEST)
        with self._answers.reading(workspace) as (cursor, snapshot):
            # Asked only now: to read is to follow the store first.
            seen = self._answers.round_of(workspace)
            if self._looked.get(target.id) == (seen, target) and seen:
                return
            found = list(due(cursor, since=since, currency=snapshot.rules.currency))
        with self._store.write() as connection:
            queue(connection, workspace=workspace, target=target, platform=platform, found=found, at=at)
        self._looked[target.id] = seen, target

    def _send_due(self, workspace: int, target: Target, platform: Platform, at: datetime) -> int:
        sent = 0
        while not self._stop.is_set():
            with self._store.write() as connection:
                batch = claim(connection, target=target, platform=platform, at=at)
            if batch is None:
                return sent
            sent += 1
            # What came back of a sale is queued only once the sale was sent: look again.
            self._looked.pop(target.id, None)
            if not self._send(workspace, target, platform, batch, at):
                return sent
        return sent

    def _send(self, workspace: int, target: Target, platform: Platform, batch: Batch, at: datetime) -> bool:
        """One request and its note; whether the next may follow at once."""
        request = platform.request(target, batch.rows, batch.number, at)
        reply: Reply | None = None
        try:
            reply = self._post(request)
            told = reply.body.decode("utf-8", "replace")
        except (httpx2.HTTPError, Broken) as error:
            told = f"{type(error).__name__}: {error}"
        status = None if reply is None else reply.status
        with self._store.write() as connection:
            log_attempt(connection, workspace=workspace, batch=batch, at=at, status=status, told=told)
            if reply is not None and reply.status < _TAKEN:
                note_taken(connection, batch=batch, refused=platform.refused(reply, batch.rows), at=at)
                return True
            wait = wait_after(batch.attempt)
            if reply is not None and reply.retry_after is not None:
                wait = min(max(wait, timedelta(seconds=reply.retry_after)), _LONGEST_PAUSE)
            note_missed(
                connection,
                batch=batch,
                code="unreachable" if status is None else f"http_{status}",
                text=_missed(status),
                until=at + wait,
                for_good=status in _REFUSES,
                pause=status == _TOO_MANY or status is None or status >= _BROKEN,
            )
        return False

    def _post(self, request: Request) -> Reply:
        answer = self._client.post(request.address, content=request.body, headers=dict(request.headers))
        return Reply(
            status=answer.status_code,
            body=answer.content[:_MOST_BYTES],
            retry_after=seconds_in(answer.headers.get("Retry-After"), now()),
        )


def seconds_in(text: str | None, at: datetime) -> float | None:
    """``Retry-After``: seconds, or a moment (RFC 9110, 10.2.3); None where it says neither."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - at).total_seconds())
    except (ValueError, TypeError):
        return None


def _missed(status: int | None) -> Text:
    if status is None:
        return Text(zh="对方无法连接，稍后自动重试", en="the other side cannot be reached; it is tried again")
    if status == _TOO_MANY:
        return Text(zh="对方要求放慢，稍后自动重试", en="the other side asks for fewer requests; it is tried again")
    if status in _REFUSES:
        return Text(
            zh=f"对方拒绝整个请求（HTTP {status}），请检查地址与设置后重发",
            en=f"the other side refuses the whole request (HTTP {status}); check address and settings, then send again",
        )
    return Text(
        zh=f"对方出错（HTTP {status}），稍后自动重试", en=f"the other side fails (HTTP {status}); it is tried again"
    )
