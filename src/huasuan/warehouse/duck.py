"""One DuckDB file and who may open it."""

from pathlib import Path
from typing import Any

import duckdb

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text


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
        self.writer = self._connection.cursor()

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A cursor that sees a consistent snapshot and may run on its own thread."""
        return self._connection.cursor()

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
    connection: duckdb.DuckDBPyConnection, sql: str, values: list[object] | None = None
) -> tuple[Any, ...] | None:
    """The first row of a short answer. The result is read to its end: DuckDB 2 refuses other work before that."""
    rows = connection.execute(sql, values).fetchall()
    return rows[0] if rows else None
