"""Whether calls of the desk are told by the desk, or by a telephone system of the workspace."""

import time
from datetime import timedelta

from sqlalchemy import select

from huasuan.app.origins import DESK
from huasuan.intake import KINDS
from huasuan.kernel.time import now, to_micros
from huasuan.leads import settings_of
from huasuan.store import Store

# Of the workspace's own calls: a system that tells calls tells them among the newest.
_NEWEST, _LOOK_BACK = 200_000, timedelta(days=30)
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
            newest = (
                select(table.c.direction, table.c.source_system, table.c.dialed_at)
                .where(table.c.workspace == workspace)
                .order_by(table.c.txid.desc(), table.c.seq.desc())
                .limit(_NEWEST)
                .subquery()
            )
            others = (
                newest.c.direction == "out",
                newest.c.source_system != DESK,
                newest.c.dialed_at >= to_micros(now() - _LOOK_BACK),
            )
            return connection.execute(select(newest.c.direction).where(*others).limit(1)).first() is not None
