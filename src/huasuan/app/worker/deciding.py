"""The thread that makes facts of what the gate answered, so that figures count blocked calls by rule."""

import structlog

from huasuan.app.arrivals import Arrivals
from huasuan.app.origins import GATE
from huasuan.app.worker.repeating import Repeating
from huasuan.consent import DECISIONS, hold_decisions, mark_decisions_told, untold_decisions, workspaces_with_untold
from huasuan.intake import deliver_within
from huasuan.store import Store

_LOG = structlog.get_logger(__name__)
_SECONDS = 2.0
# Other writers wait while these are taken, so they are few at a time.
_AT_ONCE = 200


class DecisionTeller(Repeating):
    """Follows the gate's log.

    Facts and the mark of how far they go are one transaction, so each answer is told once, killed or not.
    """

    def __init__(self, store: Store, arrivals: Arrivals, *, seconds: float = _SECONDS) -> None:
        super().__init__("decisions", seconds=seconds)
        self._store = store
        self._arrivals = arrivals

    def look(self) -> int:
        """Tell all that was answered up to now; how many facts that made."""
        with self._store.read() as connection:
            waiting = workspaces_with_untold(connection)
        told = 0
        for workspace in waiting:
            while not self._stop.is_set() and (found := self._tell(workspace)) is not None:
                told += found
        return told

    def _tell(self, workspace: int) -> int | None:
        """One step; how many facts, None where nothing was left."""
        with self._arrivals.taking(), self._store.write() as connection:
            hold_decisions(connection, workspace=workspace)
            told = untold_decisions(connection, workspace=workspace, limit=_AT_ONCE)
            if told.read == 0:
                return None
            if told.records:
                delivery = deliver_within(
                    connection, workspace=workspace, kind_name=DECISIONS, source=GATE, records=told.records, origin=GATE
                )
                for outcome in delivery.outcomes:
                    if outcome.status == "refused":
                        _LOG.error("an answer of the gate was refused", key=outcome.source_key, code=outcome.code)
            mark_decisions_told(connection, workspace=workspace, told=told)
        return len(told.records)
