"""Whether calls of the desk are told by the desk, or by a telephone system of the workspace."""

import time
from datetime import timedelta

from sqlalchemy import select

from huasuan.app.origins import DESK
from huasuan.intake import KINDS
from huasuan.kernel.time import now, to_micros
from huasuan.leads import settings_of
from huasuan.store import Store

# As far back as a look costs some milliseconds; a system that tells calls tells them among the newest.
_LOOK_BACK_ROWS, _LOOK_BACK = 200_000, timedelta(days=30)
_LOOK_SECONDS = 60.0


class DeskCalls:
    """Looks whether somebody else tells outbound calls of a workspace; what was found holds for a minute.

    No fact says that the call of one system is the call of another: told by both it would count twice.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[int, tuple[float, bool]] = {}

    def told_elsewhere(self, workspace: int) -> bool:
        """Whether the desk keeps its calls to itself, as the workspace decides or as the last 30 days show."""
        known = self._found.get(workspace)
        if known is None or time.monotonic() - known[0] >= _LOOK_SECONDS:
            known = self._found[workspace] = (time.monotonic(), self._look(workspace))
        return known[1]

    def _look(self, workspace: int) -> bool:
        table = KINDS["call"].table
        with self._store.read() as connection:
            decided = settings_of(connection, workspace=workspace).desk_calls
            if decided != "auto":
                return decided == "never"
            last = connection.execute(select(table.c.seq).order_by(table.c.seq.desc()).limit(1)).scalar() or 0
            others = (
                table.c.seq > last - _LOOK_BACK_ROWS,
                table.c.workspace == workspace,
                table.c.direction == "out",
                table.c.source_system != DESK,
                table.c.dialed_at >= to_micros(now() - _LOOK_BACK),
            )
            return connection.execute(select(table.c.seq).where(*others).limit(1)).first() is not None
