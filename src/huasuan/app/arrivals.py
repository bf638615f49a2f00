"""Whether records are coming in at this moment, for those who can wait until they are not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Arrivals:
    """Deliveries this process is taking; safe from any thread."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._under_way = 0
        self._ended = float("-inf")

    @contextmanager
    def taking(self) -> Iterator[None]:
        """One delivery, from its first byte parsed to its commit."""
        with self._counting:
            self._under_way += 1
        try:
            yield
        finally:
            with self._counting:
                self._under_way -= 1
                self._ended = time.monotonic()

    def quiet_seconds(self) -> float:
        """How long ago the last delivery ended; 0 while one is under way, infinite before the first."""
        with self._counting:
            return 0.0 if self._under_way else time.monotonic() - self._ended
