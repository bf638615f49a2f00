"""Answers that were given already, and those being worked out: nobody reckons the same thing twice at once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by key, the least recently used forgotten first; an error is told to all who waited and not kept.

    weigh: how much room a value takes; together they take at most ``room``.
    """

    def __init__(self, *, room: int, weigh: Callable[[Value], int]) -> None:
        self._room = room
        self._weigh = weigh
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, Future[Value]] = OrderedDict()
        self._weights: dict[Key, int] = {}

    def get(self, keys: Sequence[Key], make: Callable[[list[Key]], Sequence[Value | Exception]]) -> list[Future[Value]]:
        """The finished value, or error, of every key; ``make`` is asked once for those nobody knows or works on."""
        mine: dict[Key, Future[Value]] = {}
        with self._lock:
            for key in keys:
                if key in self._known:
                    self._known.move_to_end(key)
                else:
                    self._known[key] = mine[key] = Future()
            found = [self._known[key] for key in keys]
        if mine:
            self._work(mine, make)
        for future in found:
            # Others work on it in threads of their own, and every one of them finishes.
            future.exception()
        return found

    def clear(self) -> None:
        """Forget all; who waits for a value still gets it."""
        with self._lock:
            self._known.clear()
            self._weights.clear()

    def _work(self, mine: dict[Key, Future[Value]], make: Callable[[list[Key]], Sequence[Value | Exception]]) -> None:
        try:
            made: Sequence[Value | Exception] = make(list(mine))
        except BaseException as error:
            with self._lock:
                for key in mine:
                    self._known.pop(key, None)
            for future in mine.values():
                future.set_exception(error)
            raise
        with self._lock:
            for key, value in zip(mine, made, strict=True):
                if isinstance(value, Exception):
                    self._known.pop(key, None)
                elif key in self._known:
                    self._weights[key] = self._weigh(value)
            self._shrink()
        for future, value in zip(mine.values(), made, strict=True):
            if isinstance(value, Exception):
                future.set_exception(value)
            else:
                future.set_result(value)

    def _shrink(self) -> None:
        taken = sum(self._weights.values())
        for key in [key for key in self._known if key in self._weights]:
            if taken <= self._room:
                return
            taken -= self._weights.pop(key)
            del self._known[key]
