"""Facts on their way out: what is written today, and what is planned for a later day."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from huasuan.simulator.world import Record, World

PARCEL = 5000
"""At most so many records go out together."""


class Outbox:
    """Collects records by kind into parcels; a key never stands twice in one parcel, as the intake demands."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._first = world.midnight(0)
        self._today = -1
        self._pending: dict[str, dict[str, Record]] = defaultdict(dict)
        self._ready: list[tuple[str, list[Record]]] = []
        self._planned: dict[int, list[tuple[str, Record]]] = defaultdict(list)

    def add(self, kind: str, record: Record) -> None:
        """A record that becomes known now."""
        pending = self._pending[kind]
        if len(pending) >= PARCEL or record["key"] in pending:
            self._close(kind)
            pending = self._pending[kind]
        pending[record["key"]] = record

    def plan(self, kind: str, record: Record, at: datetime) -> None:
        """A record that becomes known later; what lies after the end of the world never happens."""
        if at >= self._world.end:
            return
        day = (at - self._first).days
        if day <= self._today:
            self.add(kind, record)
        else:
            self._planned[day].append((kind, record))

    def begin_day(self, day: int) -> None:
        """Take in what was planned for this day."""
        self._today = day
        for kind, record in self._planned.pop(day, ()):
            self.add(kind, record)

    def parcels(self, *, everything: bool = False) -> Iterator[tuple[str, list[Record]]]:
        """The parcels that are full; with ``everything`` the half-full ones too."""
        if everything:
            for kind in list(self._pending):
                self._close(kind)
        yield from self._ready
        self._ready = []

    def _close(self, kind: str) -> None:
        pending = self._pending.pop(kind, None)
        if pending:
            self._ready.append((kind, list(pending.values())))
