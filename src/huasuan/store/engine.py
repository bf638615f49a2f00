"""Opening the store: SQLite (write-ahead log, full durability) or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.store.turns import Turns

BUSY_SECONDS = 60


class Store:
    """One database with all workspaces. Reads see a snapshot; a write is one transaction, durable when it returns."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turns = Turns()
        self._reader = self._open(immediate=False)
        # SQLite takes the write lock at BEGIN, so that a transaction never fails half-way for want of it.
        self._writer = self._open(immediate=True) if self.is_sqlite else self._reader

    @classmethod
    def at(cls, path: Path) -> "Store":
        """The SQLite store in a file."""
        return cls(URL.create("sqlite", database=str(path)))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; commits at the end of the block, rolls back on an error."""
        with self._turns.turn() if self.is_sqlite else nullcontext(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For reading: on SQLite one snapshot, on PostgreSQL every statement sees what was committed before it."""
        with self._reader.begin() as connection:
            yield connection

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    def close(self) -> None:
        """Give all connections back."""
        self._reader.dispose()
        self._writer.dispose()

    def _open(self, *, immediate: bool) -> Engine:
        if self.is_sqlite:
            return _open_sqlite(self.url, immediate=immediate)
        try:
            return create_engine(
                self.url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, isolation_level="READ COMMITTED"
            )
        except ModuleNotFoundError as error:
            raise Broken(
                "missing_extra",
                Text(zh="缺少 PostgreSQL 驱动", en="the PostgreSQL driver is not installed"),
                Text(zh="请安装 huasuan[postgres]。", en="Install huasuan[postgres]."),
            ) from error


# Pages each connection keeps for itself. Dozens read at once, and the system keeps the file in memory for all of them;
# whoever writes thousands of rows comes back to the same pages of the indexes.
_READER_KIB, _WRITER_KIB = 4_096, 65_536


def _open_sqlite(url: URL, *, immediate: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401  DBAPI connection
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_WRITER_KIB if immediate else _READER_KIB}")
        # Pages that many deliveries change are then written to the file once for all of them (40 MB of log at most).
        cursor.execute("PRAGMA wal_autocheckpoint=10000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
