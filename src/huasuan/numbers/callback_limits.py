"""How often one address may ask: to see the form, and to be called back."""

import threading
import time
from collections import OrderedDict, deque

_WINDOW_SECONDS = 3600.0
_ADDRESSES = 50_000
# Visitors of one office share an address; a form is shown with each page.
_FORMS, _REQUESTS = 300, 5


class CallbackLimits:
    """Counts within the hour, in this process; safe from any thread. The addresses heard from longest ago go first."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, bool], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def may(self, address: str, *, request: bool) -> bool:
        """Count one more of an address; False where it had as many as it may."""
        moment = time.monotonic()
        with self._lock:
            mine = self._asked.setdefault((address, request), deque())
            self._asked.move_to_end((address, request))
            while len(self._asked) > _ADDRESSES:
                self._asked.popitem(last=False)
            while mine and mine[0] < moment - _WINDOW_SECONDS:
                mine.popleft()
            if len(mine) >= (_REQUESTS if request else _FORMS):
                return False
            mine.append(moment)
            return True
