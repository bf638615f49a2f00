"""The thread that counts calls dialled elsewhere among the attempts the gate knows of (R06)."""

from sqlalchemy import Table

from huasuan.app.worker.repeating import Repeating
from huasuan.consent import calls_behind, follow_calls
from huasuan.kernel.time import now
from huasuan.people import workspaces
from huasuan.store import Store

_SECONDS = 1.0


class AttemptFollower(Repeating):
    """Follows the calls among the facts; each step and the mark of how far it goes are one transaction."""

    def __init__(self, store: Store, calls: Table, *, seconds: float = _SECONDS) -> None:
        super().__init__("attempts", seconds=seconds)
        self._store = store
        self._calls = calls

    def look(self) -> int:
        """Take in all calls that came up to now; how many versions of outbound calls that were."""
        with self._store.read() as connection:
            behind = [
                space.id
                for space in workspaces(connection)
                if calls_behind(connection, workspace=space.id, table=self._calls)
            ]
        return sum(self._follow(workspace) for workspace in behind)

    def _follow(self, workspace: int) -> int:
        taken, read = 0, 1
        while read and not self._stop.is_set():
            with self._store.write() as connection:
                read, mattered = follow_calls(connection, workspace=workspace, table=self._calls, at=now())
            taken += mattered
        return taken
