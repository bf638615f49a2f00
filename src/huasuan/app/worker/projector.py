"""The thread that keeps the warehouses half a second behind the store."""

import math
import time
from collections.abc import Callable

from huasuan.app.arrivals import Arrivals
from huasuan.app.gauges import Gauges
from huasuan.app.worker.repeating import Repeating

# After a failure the next try comes later and later, up to this many pauses.
_SLOWEST = 64
# Rests as a multiple of the work before them; the shorter one while screens are watched that load again and again.
_REST, _REST_WATCHED, _LONGEST_REST = 2.0, 0.1, 10.0
_WATCHED_SECONDS = 30.0
# A client that sends delivery after delivery pauses for less than this between them.
_QUIET_SECONDS, _LOOK_SECONDS, _LONGEST_WAIT = 0.05, 0.02, 10.0


class Projector(Repeating):
    """Calls ``step`` again and again, every ``seconds``.

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
        super().__init__("projector", seconds=seconds)
        self._glanced = glanced
        self._step = step
        self._gauges = gauges
        self._arrivals = arrivals
        self._failures, self._worked = 0, 0.0

    def look(self) -> None:
        """One round, once no delivery is coming in."""
        if self._stopped_before_quiet():
            return
        begun = time.monotonic()
        try:
            worked = self._step()
        except Exception:
            self._gauges.rounds.labels("failed").inc()
            raise
        finally:
            self._worked = time.monotonic() - begun
        self._gauges.rounds.labels("worked" if worked else "idle").inc()

    def pause(self, *, failed: bool) -> float:
        """By how long the round took, whether it failed and whether somebody watches."""
        self._failures = self._failures + 1 if failed else 0
        watched = not failed and self._glanced() < _WATCHED_SECONDS
        least = self._seconds - self._worked if watched else self._seconds * min(2**self._failures, _SLOWEST)
        return max(least, min(self._worked * (_REST_WATCHED if watched else _REST), _LONGEST_REST))

    def _stopped_before_quiet(self) -> bool:
        """Wait for a pause between deliveries."""
        until = time.monotonic() + _LONGEST_WAIT
        while self._arrivals.quiet_seconds() < _QUIET_SECONDS and time.monotonic() < until:
            if self._stop.wait(_LOOK_SECONDS):
                return True
        return False
