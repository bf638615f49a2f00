"""A thread of the service that looks again and again whether there is something to do."""

import threading
from abc import ABC, abstractmethod
from typing import Self

import structlog

from huasuan.app.failures import known_failure

_LOG = structlog.get_logger(__name__)


class Repeating(ABC):
    """Looks every ``seconds`` from entering to leaving; a failed look is logged and tried again, never fatal.

    Parameters
    ----------
    name
        Of the thread; the log says "<name> failed".
    first_seconds
        How long after the start the first look comes, if not after ``seconds``.
    """

    def __init__(self, name: str, *, seconds: float, first_seconds: float | None = None) -> None:
        self._name = name
        self._seconds = seconds
        self._first_seconds = seconds if first_seconds is None else first_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start looking."""
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        """Finish the look that runs, then stop."""
        self._stop.set()
        self._thread.join()

    @abstractmethod
    def look(self) -> object:
        """Do what there is to do; long work asks ``self._stop`` between its steps."""

    def pause(self, *, failed: bool) -> float:
        """How many seconds to wait after a look."""
        return self._seconds

    def _run(self) -> None:
        pause = self._first_seconds
        while not self._stop.wait(pause):
            pause = self.pause(failed=not self._went_through())

    def _went_through(self) -> bool:
        """Whether a look went through."""
        try:
            self.look()
        except Exception as error:
            failure = known_failure(error)
            if failure is None:
                _LOG.error(f"{self._name} failed", exc_info=error)
            else:
                _LOG.error(f"{self._name} failed", code=failure.code, why=failure.text.en)
            return False
        return True
