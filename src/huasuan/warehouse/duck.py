"""One DuckDB file and who may open it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.text import Text

_TOO_LATE = "time is up"
# A parsed statement takes some tens of kilobytes.
_REMEMBERED = 1000


class Cursor:
    """A connection that parses every text once; of a wide statement over few rows that is up to two fifths.

    Raises what ``duckdb`` raises.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, rewritten: Callable[[str], str] | None = None) -> None:
        self._connection = connection
        self._rewritten = rewritten
        self._late = False

    def through(self, rewritten: Callable[[str], str]) -> "Cursor":
        """The same connection; what ``rewritten`` makes of a text runs in its place."""
        return Cursor(self._connection, rewritten=rewritten)

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] | None = None) -> "Cursor":
        """Run the statements of a text; the last one's rows can then be fetched."""
        for statement in _parsed(sql if self._rewritten is None else self._rewritten(sql)):
            if self._late:
                raise duckdb.InterruptException(_TOO_LATE)
            self._connection.execute(statement, values)
        return self

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What still runs after so many seconds is broken off.

        Raises
        ------
        InvalidInput
            ``takes_too_long``
        """
        timer = threading.Timer(seconds, self._break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise InvalidInput(
                "takes_too_long",
                Text(zh=f"超过上限 {seconds:g} 秒，已中止", en=f"broken off after {seconds:g} s, the limit"),
                Text(zh="请缩短期间或减少模型。", en="Ask for a shorter period or for fewer models."),
            ) from error
        finally:
            timer.cancel()

    def _break_off(self) -> None:
        # Between two statements nothing runs that could be interrupted: the next one is not begun.
        self._late = True
        self._connection.interrupt()

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows of the last statement."""
        return self._connection.fetchall()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
        self._connection.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget a registered table."""
        self._connection.unregister(name)

    def begin(self) -> None:
        """Begin a transaction."""
        self._connection.begin()

    def commit(self) -> None:
        """End it, keeping what it did."""
        self._connection.commit()

    def rollback(self) -> None:
        """End it as if it had not been; a commit that failed has ended it already."""
        with suppress(duckdb.TransactionException):
            self._connection.rollback()

    def close(self) -> None:
        """Let go of it; the file stays open for the others."""
        self._connection.close()


@lru_cache(maxsize=_REMEMBERED)
def _parsed(sql: str) -> list[duckdb.Statement]:
    return duckdb.extract_statements(sql)


class DuckFile:
    """The warehouse file of one workspace, open for writing. While it is open, no other process can read it.

    ``writer`` is for the projector alone; ``reader()`` gives a cursor of its own to every question.
    """

    def __init__(self, path: Path | None, *, threads: int | None = None, memory: str | None = None) -> None:
        self.path = path
        options: dict[str, str | bool | int | float | list[str]] = {
            "preserve_insertion_order": False,
            # A checkpoint holds up whoever asks meanwhile; at 16 MB, DuckDB's own, it came every few seconds.
            "checkpoint_threshold": "256MB",
        }
        if threads is not None:
            options["threads"] = threads
        if memory is not None:
            options["memory_limit"] = memory
        try:
            self._connection = duckdb.connect(":memory:" if path is None else str(path), config=options)
        except duckdb.IOException as error:
            raise _refused(path, error) from error
        self._threads: int = self._connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
        self.writer = Cursor(self._connection.cursor())

    @contextmanager
    def single_threaded(self) -> Iterator[None]:
        """For many statements over few rows: handing each to another thread and back costs a fifth of the time.

        Questions asked meanwhile get by with one thread each, too.
        """
        # Not by the writer: after an error its transaction takes no statement but ROLLBACK.
        self._connection.execute("SET threads = 1")
        try:
            yield
        finally:
            self._connection.execute(f"SET threads = {self._threads}")

    def reader(self) -> Cursor:
        """A cursor that sees a consistent snapshot and may run on its own thread."""
        return Cursor(self._connection.cursor())

    def close(self) -> None:
        """Write everything down and let go of the file."""
        self._connection.close()


def _refused(path: Path | None, error: duckdb.IOException) -> Broken:
    """Why a file could not be opened: only a lock means that somebody else has it."""
    if "lock" in str(error):
        return Broken(
            "warehouse_in_use",
            Text(zh=f"分析库正被另一个进程使用：{path}", en=f"the warehouse is open in another process: {path}"),
            Text(
                zh="请让该进程回答，或先停止它（huasuan doctor）。",
                en="Ask that process, or stop it first (huasuan doctor).",
            ),
        )
    return Broken(
        "warehouse_unreadable",
        Text(zh=f"无法打开分析库 {path}：{error}", en=f"the warehouse {path} cannot be opened: {error}"),
        Text(
            zh="请检查磁盘与权限；若文件损坏，请运行 huasuan rebuild，不会丢失数据。",
            en="Check the disk and its permissions; if the file is damaged run huasuan rebuild, nothing is lost by it.",
        ),
    )


def first_row(
    connection: Cursor, sql: str, values: Sequence[object] | Mapping[str, object] | None = None
) -> tuple[Any, ...] | None:
    """The first row of a short answer. The result is read to its end: DuckDB 2 refuses other work before that."""
    rows = connection.execute(sql, values).fetchall()
    return rows[0] if rows else None
