"""The bus: what a room announces reaches whoever wants to hear it, in the transaction in which it happened."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Tell = Callable[[Connection, object], None]
"""Announces a record of ``facts/news.py``."""


class News:
    """Who hears what. Subscriptions stand in ``app/wiring.py`` alone; listeners do little and raise nothing.

    A listener runs in the announcer's transaction: what both wrote is there together or not at all.
    """

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Connection, Any], object]]] = {}

    def hear(self, kind: type[T], listener: Callable[[Connection, T], object]) -> None:
        """From now on ``listener`` is told every record of the kind."""
        self._listeners.setdefault(kind, []).append(listener)

    def tell(self, connection: Connection, record: object) -> None:
        """Announce a record; without a listener nothing happens."""
        for listener in self._listeners.get(type(record), ()):
            listener(connection, record)
