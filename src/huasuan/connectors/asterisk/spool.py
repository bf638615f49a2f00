"""Lines gathered by call on disk, so that a log larger than memory can be read.

A private SQLite file (deleted by the system when closed) holds each line with its call's id and sorts by it. Memory
stays near the cache size; the temporary directory needs about twice the size of the logs.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CACHE_KIB = 64 * 1024
MOST_LINES_PER_CALL = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: the id it belongs to, and whether that id is a linkedid or still only a channel's (``loose``)."""

    key: str
    loose: bool
    kind: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The distinct lines of one call by kind of log; ``lines`` counts them all, ``raw`` is empty beyond the limit."""

    key: str
    lines: int
    raw: dict[str, list[bytes]]


class Spool:
    """Takes lines in any order and gives them back call by call, ordered by key."""

    def __init__(self) -> None:
        # generators may be finished by another thread than the one that began them
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("CREATE TABLE entry (key TEXT, loose INTEGER, kind TEXT, raw BLOB)")
        self._base.execute("CREATE TABLE alias (uniqueid TEXT PRIMARY KEY, linkedid TEXT) WITHOUT ROWID")
        self._base.execute("BEGIN")

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep these lines."""
        rows = ((entry.key, entry.loose, entry.kind, entry.raw) for entry in entries)
        self._base.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", rows)

    def learn(self, aliases: Iterable[tuple[str, str]]) -> None:
        """Remember which linkedid a channel's uniqueid belongs to; the smallest wins, whatever the order of lines."""
        self._base.executemany(
            "INSERT INTO alias VALUES (?, ?) ON CONFLICT (uniqueid)"
            " DO UPDATE SET linkedid = min(linkedid, excluded.linkedid)",
            aliases,
        )

    def bundles(self) -> Iterator[Bundle]:
        """Each call's lines; loose lines (queue_log, CDR without linkedid) join the call their channel belongs to."""
        self._base.execute(
            "UPDATE entry SET key = (SELECT linkedid FROM alias WHERE uniqueid = key)"
            " WHERE loose AND key IN (SELECT uniqueid FROM alias)"
        )
        self._base.execute("COMMIT")
        key: str | None = None
        seen: dict[str, set[bytes]] = {}
        lines = 0
        for found, kind, raw in self._base.execute("SELECT key, kind, raw FROM entry ORDER BY key"):
            if found != key:
                if key is not None:
                    yield _bundle(key, lines, seen)
                key, seen, lines = found, {}, 0
            lines += 1
            if lines <= MOST_LINES_PER_CALL:
                seen.setdefault(kind, set()).add(raw)
        if key is not None:
            yield _bundle(key, lines, seen)

    def close(self) -> None:
        """Give the temporary file back."""
        self._base.close()


def _bundle(key: str, lines: int, seen: dict[str, set[bytes]]) -> Bundle:
    kept = {} if lines > MOST_LINES_PER_CALL else {kind: sorted(raw) for kind, raw in seen.items()}
    return Bundle(key=key, lines=lines, raw=kept)
