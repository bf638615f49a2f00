"""The thread that finds conversions in the facts and tells them to platforms (ADR 0023, ADR 0032)."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Connection

from huasuan.app.worker.posting import Poster, Posting
from huasuan.app.worker.repeating import Repeating
from huasuan.connectors import platforms
from huasuan.journeys import (
    NOBODY,
    Batch,
    Missed,
    Person,
    Platform,
    Refused,
    Reply,
    Row,
    Target,
    Token,
    Unsendable,
    caller_of,
    claim,
    due,
    free,
    hindered_by_people,
    is_due,
    log_attempt,
    note_missed,
    note_taken,
    note_trouble,
    note_unsendable,
    queue,
    targets_of,
    told_since,
    unreadable,
    values_of,
)
from huasuan.kernel.addresses import Reach
from huasuan.kernel.time import now
from huasuan.metrics.snapshot import Snapshot
from huasuan.people import Vault
from huasuan.store import Store
from huasuan.warehouse import Cursor

_LOG = structlog.get_logger(__name__)
_SECONDS, _TIMEOUT_SECONDS = 5.0, 20.0
# What is older was in reach of no platform.
_OLDEST = timedelta(days=90)
# What lay ahead of the clock happens, and what was uncertain is settled, without any change in the facts.
_AGAIN = timedelta(minutes=10)
# A token is renewed somewhat before its end; who gets none is left alone for a while.
_EARLY, _SHUT = timedelta(minutes=1), timedelta(minutes=5)
# A look at a person is a look into the store.
_PEOPLE_A_ROUND = 500


class Reading(Protocol):
    """What is asked of the warehouses."""

    def round_of(self, workspace: int) -> int:
        """Grows with every change."""
        ...

    def reading(self, workspace: int) -> AbstractContextManager[tuple[Cursor, Snapshot]]:
        """A snapshot."""
        ...


class Teller(Repeating):
    """Runs beside the projector.

    Killed between a request and its note, the next round repeats that very request with its number, by which the
    other side knows it; where the other side knows no numbers, its lines are shown as uncertain instead.
    """

    def __init__(
        self,
        store: Store,
        answers: Reading,
        reach: Reach,
        vault: Vault,
        *,
        seconds: float = _SECONDS,
        timeout_seconds: float = _TIMEOUT_SECONDS,
        people_a_round: int = _PEOPLE_A_ROUND,
        known: Mapping[str, Platform] = platforms.PLATFORMS,
    ) -> None:
        super().__init__("conversions", seconds=seconds)
        self._store = store
        self._answers = answers
        self._vault = vault
        self._poster: Posting = Poster(reach, timeout_seconds)
        self._known = known
        self._looked: dict[int, tuple[tuple[int, Target], datetime]] = {}
        self._freed: dict[int, tuple[Target, datetime]] = {}
        self._people_a_round = people_a_round
        # Of each target the last line whose person was asked about, while there are older ones.
        self._asked_down_to: dict[int, int] = {}
        self._tokens: dict[int, Token] = {}

    def __exit__(self, *unused: object) -> None:
        """Finish the request that runs, then stop."""
        super().__exit__(*unused)
        self._poster.close()

    def look(self) -> int:
        """One look as of now."""
        return self.round(now())

    def round(self, at: datetime) -> int:
        """One look: what is new is queued, what is due is sent; how many requests of conversions went out."""
        with self._store.read() as connection:
            targets = targets_of(connection, vault=self._vault)
        sent = 0
        for workspace, target in targets:
            platform = self._known.get(target.platform)
            if not target.active or platform is None:
                continue
            try:
                self.find(workspace, target, platform, at)
                self.free_people(workspace, target, platform, at)
                sent += self._send_due(workspace, target, platform, at)
            except Exception as error:
                # One account must not stop the others.
                _LOG.error("telling a target failed", target=target.id, exc_info=error)
        return sent

    def find(self, workspace: int, target: Target, platform: Platform, at: datetime) -> None:
        """Queue what is still to be told, unless nothing has changed since the last look."""
        since = max(target.since, at - _OLDEST)
        with self._store.read() as connection:
            values = values_of(connection, workspace=workspace)
        with self._answers.reading(workspace) as (cursor, snapshot):
            # Asked only now: to read is to follow the store first.
            seen = self._answers.round_of(workspace)
            before, when = self._looked.get(target.id, (None, at))
            if before == (seen, target) and seen and timedelta(0) <= at - when < _AGAIN:
                return
            with self._store.read() as connection:
                told = told_since(connection, workspace=workspace, target=target, since=since)
            rules = snapshot.rules
            found = list(due(cursor, since=since, at=at, currency=rules.currency, values=values, told=told))
        with self._store.write() as connection:
            queue(connection, workspace=workspace, target=target, platform=platform, found=found, since=since, at=at)
        self._looked[target.id] = (seen, target), at

    def free_people(self, workspace: int, target: Target, platform: Platform, at: datetime) -> None:
        """Lines that could not leave for what was known of the person: some may have agreed meanwhile.

        So many are looked at every ten minutes, from the newest to the oldest over the rounds, then from the newest on.
        """
        before, when = self._freed.get(target.id, (None, at))
        if before == target and timedelta(0) <= at - when < _AGAIN:
            return
        with self._store.read() as connection:
            page = self._hindered(connection, target, at)
            found = [
                line
                for line, row in page
                if row.person is not None
                and isinstance(platform.completed(row, _whose(connection, workspace, platform, row, at), target), Row)
            ]
        if found:
            with self._store.write() as connection:
                free(connection, lines=found, at=at)
        self._freed[target.id] = target, at
        if len(page) == self._people_a_round:
            self._asked_down_to[target.id] = page[-1][0]

    def _hindered(self, connection: Connection, target: Target, at: datetime) -> Sequence[tuple[int, Row]]:
        """Those whose turn it is: the next older ones, else the newest."""
        before, limit = self._asked_down_to.pop(target.id, None), self._people_a_round
        older = hindered_by_people(connection, target=target, at=at, limit=limit, before=before)
        return older or hindered_by_people(connection, target=target, at=at, limit=limit)

    def _send_due(self, workspace: int, target: Target, platform: Platform, at: datetime) -> int:
        sent = 0
        while not self._stop.is_set():
            token = self._token(target, platform, at)
            if token is None:
                return sent
            with self._store.write() as connection:
                batch = claim(connection, target=target, platform=platform, at=at)
                rows = [] if batch is None else self._completed(connection, workspace, target, platform, batch, at)
            if batch is None:
                return sent
            if not rows:
                continue
            sent += 1
            # What changed while a line was on its way is told once it has arrived: look again.
            self._looked.pop(target.id, None)
            if not self._send(workspace, target, platform, batch, rows, token, at):
                return sent
        return sent

    def _completed(  # noqa: PLR0917  one step of the round
        self, connection: Connection, workspace: int, target: Target, platform: Platform, batch: Batch, at: datetime
    ) -> list[tuple[Row, Person]]:
        """The rows as they leave; those that cannot are noted."""
        found: list[tuple[Row, Person]] = []
        hopeless: list[Unsendable] = []
        for row in batch.rows:
            person = _whose(connection, workspace, platform, row, at)
            whole = platform.completed(row, person, target)
            if isinstance(whole, Unsendable):
                hopeless.append(whole)
            else:
                found.append((whole, person))
        note_unsendable(connection, batch=batch, found=hopeless)
        return found

    def _token(self, target: Target, platform: Platform, at: datetime) -> str | None:
        """What opens the account: nothing is needed, one that still holds, or a new one. None: not now."""
        asked = platform.entry(target)
        if asked is None:
            return ""
        kept = self._tokens.get(target.id)
        if kept is not None and kept.until - _EARLY > at:
            return kept.text
        with self._store.read() as connection:
            paused = target.paused_until is not None and target.paused_until > at
            if paused or not is_due(connection, target=target, at=at):
                return None
        reply = self._poster.post(asked)
        token = platform.token_of(reply, at) if isinstance(reply, Reply) else reply
        if isinstance(token, Missed):
            with self._store.write() as connection:
                note_trouble(connection, target=target.id, missed=token, until=at + _SHUT)
            return None
        self._tokens[target.id] = token
        return token.text

    def _send(  # noqa: PLR0917  one step of the round
        self,
        workspace: int,
        target: Target,
        platform: Platform,
        batch: Batch,
        rows: Sequence[tuple[Row, Person]],
        token: str,
        at: datetime,
    ) -> bool:
        """One request and its note; whether the next may follow at once."""
        whole = [row for row, _ in rows]
        reply = self._poster.post(platform.request(target, whole, batch.number, at, token))
        read: Mapping[str, Refused] | Missed
        try:
            read = platform.read(reply, whole) if isinstance(reply, Reply) else reply
        except Exception as error:
            _LOG.error("an answer cannot be read", target=target.id, exc_info=error)
            read = unreadable()
        told = _without_people(
            reply.body.decode("utf-8", "replace") if isinstance(reply, Reply) else reply.text.en, rows
        )
        status = reply.status if isinstance(reply, Reply) else None
        if isinstance(read, Missed) and read.stale:
            self._tokens.pop(target.id, None)
        with self._store.write() as connection:
            log_attempt(connection, workspace=workspace, batch=batch, at=at, status=status, told=told)
            if isinstance(read, Missed):
                note_missed(connection, batch=batch, missed=read, at=at, knows_repeats=platform.knows_repeats)
                if read.stale or read.for_good:
                    note_trouble(connection, target=target.id, missed=read)
                return False
            note_taken(connection, batch=batch, refused=read, at=at)
            if target.trouble is not None:
                note_trouble(connection, target=target.id, missed=None)
        return True


def _without_people(told: str, rows: Sequence[tuple[Row, Person]]) -> str:
    """Platforms repeat in their words what they refuse; the log names nobody."""
    for _, person in rows:
        for named in filter(None, (person.phone, person.email)):
            told = told.replace(named, "…").replace(named.removeprefix("+"), "…")
    return told


def _whose(connection: Connection, workspace: int, platform: Platform, row: Row, at: datetime) -> Person:
    if row.person is None:
        return NOBODY
    return caller_of(connection, workspace=workspace, call=row.person, to=platform.region, at=at)
