"""The clock that holds are measured by: setting the machine's clock must neither end a lease nor prolong it.

Its present is the time since the machine started, which only ever grows, plus an offset that is written down once for
each start of the machine. So a process that starts anew goes on where the last one stopped, and two processes agree.
"""

import time
from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from huasuan.kernel.time import now, to_micros
from huasuan.numbers.tables import LEASE_CLOCK

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_THOUSAND = 1000


class HoldClock:
    """Microseconds that go on evenly while the machine runs, whatever its wall clock is set to."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    @classmethod
    def of(cls, connection: Connection) -> "HoldClock":
        """The clock of this start of the machine; the first one to ask sets it by the wall clock."""
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {"boot": boot(), "offset": to_micros(now()) - since_boot()}
        connection.execute(dialect.insert(LEASE_CLOCK).values(row).on_conflict_do_nothing(index_elements=["boot"]))
        return cls(connection.execute(select(LEASE_CLOCK.c.offset).where(LEASE_CLOCK.c.boot == boot())).scalar_one())

    def now(self) -> int:
        """The present in microseconds."""
        return since_boot() + self._offset


@cache
def boot() -> str:
    """Which start of the machine this is; where the system does not tell, every process is one of its own."""
    return _BOOT.read_text().strip() if _BOOT.exists() else uuid4().hex


def since_boot() -> int:
    """Microseconds since the machine started, those it slept through included."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // _THOUSAND
