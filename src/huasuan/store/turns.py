"""Writers of one process take turns, in the order in which they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that is handed on to whoever has waited for longest.

    SQLite has one writer and lets the others look again and again, up to a tenth of a second apart and in no order: of
    a dozen that write all the time some wait for minutes and give up. Among threads the wait is exact and fair.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and keep it until the end of the block."""
        self._take()
        try:
            yield
        finally:
            self._hand_on()

    def _take(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            mine.acquire()
        except BaseException:
            # Whoever is interrupted while waiting must not be handed the turn, or must hand it on.
            with self._guard:
                gone = mine in self._waiting
                if gone:
                    self._waiting.remove(mine)
            if not gone:
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
