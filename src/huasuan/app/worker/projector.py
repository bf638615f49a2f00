"""The thread that keeps the warehouses half a second behind the store."""

import math
import threading
import time
from collections.abc import Callable

import structlog

from huasuan.app.arrivals import Arrivals
from huasuan.app.failures import known_failure
from huasuan.app.gauges import Gauges

_LOG = structlog.get_logger(__name__)
# After a failure the next try comes later and later, up to this many pauses.
_SLOWEST = 64
# Rests as a multiple of the work before them; the shorter one while screens are watched that load again and again.
_REST, _REST_WATCHED, _LONGEST_REST = 2.0, 0.1, 10.0
_WATCHED_SECONDS = 30.0
# A client that sends delivery after delivery pauses for less than this between them.
_QUIET_SECONDS, _LOOK_SECONDS, _LONGEST_WAIT = 0.05, 0.02, 10.0


class Projector:
    """Calls ``step`` again and again, every ``seconds``; a failed round is logged and tried again, never fatal.

    ``step`` says whether there was anything to do. It rests twice as long as it worked, and begins when no delivery is
    coming in (``arrivals``) or has waited 10 s for that: what arrives meanwhile is cheaper in one go, and a flood of
    records has the machine to itself. A question does not wait for it, because it brings the warehouse up to date
    itself. A page that takes answers of a moment ago (``glanced``: how many seconds since the last one was asked for)
    shall find them: then a round begins ``seconds`` after the one before it began, or as soon as that is over and a
    tenth of its work has passed.
    """

    def __init__(
        self,
        step: Callable[[], bool],
        *,
        seconds: float,
        gauges: Gauges,
        arrivals: Arrivals,
        glanced: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._glanced = glanced
        self._step = step
        self._seconds = seconds
        self._gauges = gauges
        self._arrivals = arrivals
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)

    def __enter__(self) -> "Projector":
        """Start following."""
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        """Finish the round that runs, then stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        failures, pause = 0, self._seconds
        while not self._stop.wait(pause) and not self._stopped_before_quiet():
            begun = time.monotonic()
            failures = 0 if self._round() else failures + 1
            worked = time.monotonic() - begun
            watched = failures == 0 and self._glanced() < _WATCHED_SECONDS
            least = self._seconds - worked if watched else self._seconds * min(2**failures, _SLOWEST)
            pause = max(least, min(worked * (_REST_WATCHED if watched else _REST), _LONGEST_REST))

    def _stopped_before_quiet(self) -> bool:
        """Wait for a pause between deliveries."""
        until = time.monotonic() + _LONGEST_WAIT
        while self._arrivals.quiet_seconds() < _QUIET_SECONDS and time.monotonic() < until:
            if self._stop.wait(_LOOK_SECONDS):
                return True
        return False

    def _round(self) -> bool:
        """Whether the round went through."""
        try:
            worked = self._step()
        except Exception as error:
            self._gauges.rounds.labels("failed").inc()
            failure = known_failure(error)
            if failure is None:
                _LOG.error("projector failed", exc_info=error)
            else:
                _LOG.error("projector failed", code=failure.code, why=failure.text.en)
            return False
        self._gauges.rounds.labels("worked" if worked else "idle").inc()
        return True
