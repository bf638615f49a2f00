"""Everything a workspace ever took in, as one archive: a CSV of each kind of record, made as it is sent."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from huasuan.app.exporting import Wanted, count_rows, rows_as_csv
from huasuan.intake import KINDS
from huasuan.people import COST_KINDS, Workspace
from huasuan.store import Store

EVERYTHING = "everything"


class _Sink(io.RawIOBase):
    """Takes what the archive writes until it is sent on; cannot go back, so the archive says lengths afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "memoryview | bytes") -> int:  # type: ignore[override]
        """Keep it for the next ``taken``."""
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def kinds_for(*, costs: bool) -> list[str]:
    """The kinds an archive holds for somebody who may see costs, or may not."""
    return [kind for kind in KINDS if costs or kind not in COST_KINDS]


def count_all(connection: Connection, workspace: Workspace, wanted: Wanted, *, costs: bool) -> int:
    """How many records the archive would hold."""
    return sum(count_rows(connection, workspace, replace(wanted, kind=kind)) for kind in kinds_for(costs=costs))


def all_as_zip(store: Store, workspace: Workspace, wanted: Wanted, *, costs: bool, most: int) -> Iterator[bytes]:
    """The archive in parts; never more than a part of it is in memory, and never more than ``most`` rows in it."""
    sink = _Sink()
    left = most
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind in kinds_for(costs=costs):
            mine = replace(wanted, kind=kind)
            with store.read() as connection:
                granted = min(left, count_rows(connection, workspace, mine))
            left -= granted
            with archive.open(f"{kind}.csv", "w", force_zip64=True) as entry:
                for part in rows_as_csv(store, workspace, mine, most=granted):
                    entry.write(part)
                    yield sink.taken()
    yield sink.taken()
