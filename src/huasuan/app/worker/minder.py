"""The thread that gives leads within a fraction of a second, and lets run out what has run out."""

import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from huasuan.app.arrivals import Arrivals
from huasuan.app.origins import DESK
from huasuan.app.worker.desk_calls import DeskCalls
from huasuan.app.worker.repeating import Repeating
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import (
    Judge,
    Look,
    Scores,
    Way,
    end_silence,
    give_again,
    heed_refusals,
    last_lead,
    listen,
    run_out,
    take_in,
    tell_facts,
)
from huasuan.people import workspaces
from huasuan.store import FactKind, Store

_LOG = structlog.get_logger(__name__)
_LOOK_SECONDS, _AGAIN_SECONDS, _RUN_OUT_SECONDS = 0.03, 1.0, 60.0
_BUSY_SECONDS, _QUIET_LOOK_SECONDS = 1.0, 0.25
_AFTER_FAILURE = 5.0


class Minder(Repeating):
    """Looks for new leads at once when a delivery of this process has ended, gives waiting ones once a second.

    While deliveries come in it looks about thirty times a second, else four times: another process may take leads too.
    Without ``arrivals`` it knows of no delivery and always looks as if there were some.

    Two services over one database do no harm to each other, since every round is one transaction under the lock of its
    workspace.
    """

    def __init__(
        self,
        store: Store,
        *,
        looking: Callable[[int], Look] | None = None,
        heard: Mapping[Way, FactKind] | None = None,
        arrivals: Arrivals | None = None,
    ) -> None:
        super().__init__("minder", seconds=_LOOK_SECONDS, first_seconds=0.0)
        self._store = store
        self._heard = heard or {}
        self._looking = looking
        self._scores = Scores()
        self._arrivals = arrivals
        self._calls = DeskCalls(store)
        self._last = -1
        self._again = self._out = float("-inf")

    def pause(self, *, failed: bool) -> float:
        """Longer after a failure; while nothing comes in, until something does."""
        if failed:
            return _AFTER_FAILURE
        if self._arrivals is None or self._arrivals.quiet_seconds() < _BUSY_SECONDS:
            return _LOOK_SECONDS
        self._arrivals.wait(_QUIET_LOOK_SECONDS)
        return 0.0

    def look(self) -> None:
        """One look; what is due once a second or minute only then."""
        last = last_lead(self._store)
        due = time.monotonic() - self._again >= _AGAIN_SECONDS
        if last == self._last and not due:
            return
        with self._store.read() as connection:
            numbers = [space.id for space in workspaces(connection)]
        for number in numbers:
            take_in(self._store, workspace=number, judge=self._judge(number), clock=now)
        self._last = last
        if due:
            self._once_a_second(numbers)

    def _once_a_second(self, numbers: Sequence[int]) -> None:
        self._again = time.monotonic()
        for number in numbers:
            heed_refusals(self._store, workspace=number, judge=self._judge(number))
            give_again(self._store, workspace=number, at=now())
            for way, kind in self._heard.items():
                listen(self._store, workspace=number, way=way, table=kind.table, at=now())
        while tell_facts(self._store, self._tell):
            pass
        if time.monotonic() - self._out >= _RUN_OUT_SECONDS:
            self._out = time.monotonic()
            for number in numbers:
                end_silence(self._store, workspace=number, at=now())
                run_out(self._store, workspace=number, at=now())

    def _judge(self, workspace: int) -> Judge:
        return self._scores.judge(workspace, None if self._looking is None else self._looking(workspace))

    def _tell(self, workspace: int, kind: str, records: Sequence[Mapping[str, object]]) -> None:
        if kind == "call" and self._calls.told_elsewhere(workspace):
            return
        found = deliver(self._store, workspace=workspace, kind_name=kind, source=DESK, records=records, origin=DESK)
        for outcome in found.outcomes:
            if outcome.status == "refused":
                _LOG.error("a fact of the desk was refused", kind=kind, key=outcome.source_key, code=outcome.code)
