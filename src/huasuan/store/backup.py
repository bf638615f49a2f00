"""Copying a SQLite store while it is in use, and proving the copy whole."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.text import Text
from huasuan.store.engine import Store

# SQLite copies this many pages before it lets writers have their turn: 4 MB.
_PAGES_A_STEP = 1024
Progress = Callable[[int, int], None]


def _quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


def sqlite_path(store: Store) -> Path:
    """The file of a SQLite store.

    Raises
    ------
    InvalidInput
        ``not_sqlite`` for PostgreSQL, whose own tool makes better backups; the remedy is the command to run.
    """
    if not store.is_sqlite or store.url.database is None:
        name = store.url.set(drivername="postgresql", password=None).render_as_string()
        dump, restore = f"pg_dump -Fc -f huasuan.dump '{name}'", f"pg_restore --clean -d '{name}' huasuan.dump"
        raise InvalidInput(
            "not_sqlite",
            Text(zh="PostgreSQL 数据库由 pg_dump 备份", en="a PostgreSQL store is backed up with pg_dump"),
            Text(zh=f"备份：{dump}；恢复：{restore}", en=f"Back up: {dump}; restore: {restore}"),
        )
    return Path(store.url.database)


def copy_sqlite(store: Store, target: Path, *, progress: Progress = _quiet) -> int:
    """Write a whole, checked copy of a SQLite store to ``target`` while others read and write; its size in bytes.

    The copy appears under its name only when it is complete, synced and passes SQLite's own check.
    """
    return copy_file(sqlite_path(store), target, progress=progress)


def copy_file(source: Path, target: Path, *, progress: Progress = _quiet) -> int:
    """As ``copy_sqlite``, from a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    # The copy holds every customer's number: its owner alone may read it.
    os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None)) as reader,
            closing(sqlite3.connect(partial)) as writer,
        ):
            # One snapshot for the whole copy; without it SQLite starts over whenever somebody writes.
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            reader.backup(
                writer, pages=_PAGES_A_STEP, progress=lambda _status, left, total: progress(total - left, total)
            )
            # A copy is one file: no write-ahead log beside it that could be left behind.
            writer.execute("PRAGMA journal_mode=DELETE")
        check_file(partial)
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def check_file(path: Path) -> None:
    """Refuse a file that is no whole huasuan store.

    Raises
    ------
    Broken
        ``bad_backup``
    """
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict == "ok":
                connection.execute("SELECT version_num FROM alembic_version").fetchone()
                return
    except sqlite3.Error as error:
        verdict = str(error)
    raise Broken(
        "bad_backup",
        Text(zh=f"{path.name} 不是完整的 huasuan 数据库：{verdict}", en=f"{path.name} is no whole store: {verdict}"),
        Text(zh="请换一份备份。", en="Use another backup."),
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
