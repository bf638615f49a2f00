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
        self._news = threading.Event()

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
            self._news.set()

    def quiet_seconds(self) -> float:
        """How long ago the last delivery ended; 0 while one is under way, infinite before the first."""
        with self._counting:
            return 0.0 if self._under_way else time.monotonic() - self._ended

    def wait(self, seconds: float) -> bool:
        """Wait until a delivery has ended since the last time this was asked, so long at most; whether one has."""
        found = self._news.wait(seconds)
        self._news.clear()
        return found
