"""The thread that tells the door of visits and leases, ends those nobody held on to, and spares numbers just called."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from huasuan.app.arrivals import Arrivals
from huasuan.app.origins import TRACKING
from huasuan.app.worker.repeating import Repeating
from huasuan.intake import KINDS, deliver
from huasuan.kernel.time import from_micros, now
from huasuan.numbers import (
    Dialled,
    Untold,
    end_due,
    end_expired,
    follow_calls,
    keep_quiet,
    learned,
    mark_told,
    sites,
    untold,
)
from huasuan.store import Mark, Store, newest, read_changes

_SECONDS = 2.0
_SOURCE = "tracking"
_OUT = ("source_key", "party", "dialed_at", "answered_at", "result", "agent", "gone")
# How many of the last calls are looked at when the service starts, and at most in one round.
_LAST_CALLS = 2000
_STUDY_SECONDS, _STALE = 3600.0, timedelta(days=1)


class LeaseKeeper(Repeating):
    """Runs beside the projector.

    A record told twice, because the process was killed in between, changes nothing: the door knows it by its key.
    """

    def __init__(
        self,
        store: Store,
        arrivals: Arrivals,
        *,
        learn: Callable[[int], object] | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        super().__init__("leases", seconds=seconds)
        self._store = store
        self._arrivals = arrivals
        self._learn = learn
        self._next_study: dict[int, float] = {}
        self._reached: dict[int, Mark] = {}

    def look(self) -> int:
        """One look; how many records the door was told."""
        with self._store.read() as connection:
            lending = {site.workspace for site in sites(connection)}
        if lending:
            with self._store.write() as connection:
                end_due(connection)
                end_expired(connection)
            for workspace in lending:
                self._spare(workspace)
                self._study(workspace)
        with self._store.read() as connection:
            waiting = untold(connection)
        for one in waiting:
            self._tell(one)
        return sum(len(one.records) for one in waiting)

    def _study(self, workspace: int) -> None:
        """Once a day look how visitors really call."""
        if self._learn is None or time.monotonic() < self._next_study.get(workspace, 0.0):
            return
        self._next_study[workspace] = time.monotonic() + _STUDY_SECONDS
        with self._store.read() as connection:
            found = learned(connection, workspace=workspace)
        if found is None or now() - found.learned_at > _STALE:
            self._learn(workspace)

    def _tell(self, one: Untold) -> None:
        with self._arrivals.taking():
            deliver(
                self._store,
                workspace=one.workspace,
                kind_name=one.kind,
                source=_SOURCE,
                records=[_plain(record) for record in one.records],
                origin=TRACKING,
            )
        with self._store.write() as connection:
            mark_told(connection, one)

    def _spare(self, workspace: int) -> None:
        """Numbers that were called since the last look are lent to nobody else for a while."""
        table = KINDS["call"].table
        with self._store.read() as connection:
            last = newest(connection, table, workspace=workspace)
            after = self._reached.get(workspace, Mark(txid=last.txid, seq=max(0, last.seq - _LAST_CALLS)))
            wanted = ("own_number", "ringing_at", "direction", *_OUT)
            rows, reached = read_changes(
                connection, table, workspace=workspace, after=after, columns=wanted, limit=_LAST_CALLS
            )
        called: dict[str, int] = {}
        dialled = []
        for row in rows:
            if row.own_number and row.ringing_at and row.direction == "in":
                called[row.own_number] = max(row.ringing_at, called.get(row.own_number, 0))
            elif row.direction == "out" and row.party is not None and row.dialed_at and not row.gone:
                dialled.append(_dialled(row))
        if called or dialled:
            with self._store.write() as connection:
                keep_quiet(connection, workspace=workspace, called=called)
                follow_calls(connection, workspace=workspace, calls=dialled, at=now())
        self._reached[workspace] = reached


def _dialled(row: Any) -> Dialled:  # noqa: ANN401  row of the facts
    """A call to a person; only whoever spoke was reached, not a machine."""
    spoke = row.answered_at if row.result in {"human", "answered_unverified"} else None
    return Dialled(
        key=row.source_key,
        party=row.party,
        at=from_micros(row.dialed_at),
        joined_at=None if spoke is None else from_micros(spoke),
        agent=row.agent,
    )


def _plain(record: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in record.items()}
