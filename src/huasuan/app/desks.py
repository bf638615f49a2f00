"""Of which desks this process has heard lately, so that not every request is written down."""

import threading
import time

from huasuan.leads import SEEN_SECONDS


class Desks:
    """When each agent's desk was last written down as heard of; safe from any thread."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._seen: dict[tuple[int, str], float] = {}

    def is_due(self, workspace: int, agent: str) -> bool:
        """Whether it is to be written down now; whoever is told so does it."""
        moment = time.monotonic()
        with self._counting:
            due = moment - self._seen.get((workspace, agent), float("-inf")) >= SEEN_SECONDS
            if due:
                self._seen[workspace, agent] = moment
        return due
