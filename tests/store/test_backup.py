"""Copies of a SQLite store made while others write."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store
from huasuan.store.backup import check_file, copy_sqlite


def _names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM workspace ORDER BY id")]


def test_a_copy_holds_everything_committed_and_only_its_owner_may_read_it(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.write() as connection:
        create_workspace(connection, name="shop", settings=WorkspaceSettings())
    target = tmp_path / "copies" / "a.sqlite"

    size = copy_sqlite(sqlite_store, target)

    assert size == target.stat().st_size > 0
    assert _names(target) == ["shop"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["a.sqlite"]


def test_a_copy_made_beside_a_writer_is_one_moment(sqlite_store: Store, tmp_path: Path) -> None:
    """Every transaction writes two rows; a copy that saw half of one would hold an odd number."""
    stop = threading.Event()
    with sqlite_store.write() as connection:
        connection.execute(text("CREATE TABLE pair (x INTEGER, filler TEXT)"))
        connection.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 4000) "
                "INSERT INTO pair SELECT i, hex(randomblob(1000)) FROM n"
            )
        )

    def write() -> None:
        while not stop.is_set():
            with sqlite_store.write() as connection:
                connection.execute(text("INSERT INTO pair VALUES (-1, ''), (-2, '')"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        steps: list[int] = []
        copy_sqlite(sqlite_store, tmp_path / "b.sqlite", progress=lambda done, _total: steps.append(done))
    finally:
        stop.set()
        writer.join()

    with closing(sqlite3.connect(tmp_path / "b.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM pair WHERE x > 0").fetchone() == (4000,)
        assert connection.execute("SELECT count(*) % 2 FROM pair WHERE x < 0").fetchone() == (0,)
    assert len(steps) > 1
    assert steps == sorted(steps), "the copy never started over"


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\x01" * 5000])
def test_a_file_that_is_no_store_is_no_backup(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    with pytest.raises(Broken) as caught:
        check_file(path)
    assert caught.value.code == "bad_backup"


def test_postgresql_is_sent_to_its_own_tool(postgres_store: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        copy_sqlite(postgres_store, tmp_path / "x.sqlite")
    assert "pg_dump" in caught.value.remedy.en
