"""The seam between a question and whatever computes it: one statement in, plain Python rows out."""

from typing import Any, Protocol

from huasuan.warehouse.duck import Cursor


class Runner(Protocol):
    """Runs statements over the star tables.

    Every engine takes the same text, SQL as DuckDB writes it, and gives the same values: ``int`` for whole numbers of
    any size, ``str``, ``bool``, ``datetime.date`` and None. No figure passes through a float.
    """

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement, in no particular order."""
        ...


class DuckRunner:
    """The embedded engine: statements run as they are on one cursor."""

    def __init__(self, reader: Cursor) -> None:
        self._reader = reader

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        return self._reader.execute(sql).fetchall()
