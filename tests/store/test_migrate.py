"""Schema steps on both databases."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text

from huasuan.kernel.errors import Broken
from huasuan.store import METADATA, Store
from huasuan.store.migrate import check_schema, head, schema_of, upgrade


def test_all_steps_together_make_exactly_the_tables_of_the_rooms(empty_store: Store, tmp_path: Path) -> None:
    done = upgrade(empty_store, backup_folder=tmp_path)

    assert (done.before, done.after, done.backup) == (None, head(), None)
    with empty_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "alembic_version"}


def test_upgrading_again_does_nothing(empty_store: Store, tmp_path: Path) -> None:
    upgrade(empty_store, backup_folder=tmp_path)

    assert upgrade(empty_store, backup_folder=tmp_path).before == head()
    check_schema(empty_store)


def test_sqlite_never_gives_a_seq_twice(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        # Tables whose keys say something (a number, a digest) number no rows.
        numbered = [
            name for name, table in METADATA.tables.items() if {"id", "seq"} & set(table.primary_key.columns.keys())
        ]
        assert len(numbered) > 40
        for name in numbered:
            made = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}).scalar()
            assert "AUTOINCREMENT" in made


def test_head_is_what_alembic_says() -> None:
    config = Config()
    config.set_main_option("script_location", "huasuan.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [head()]


def test_an_empty_store_is_refused_with_what_to_do(empty_store: Store) -> None:
    assert schema_of(empty_store) is None
    with pytest.raises(Broken) as caught:
        check_schema(empty_store)
    assert caught.value.code == "no_schema"
    assert "huasuan init" in caught.value.remedy.en


def test_a_newer_store_is_refused_and_left_alone(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for step in (lambda: check_schema(store), lambda: upgrade(store, backup_folder=tmp_path)):
        with pytest.raises(Broken) as caught:
            step()
        assert caught.value.code == "schema_newer"
        assert "9999" in caught.value.text.zh
    assert schema_of(store) == "9999"


def test_an_older_sqlite_store_is_refused_and_copied_before_an_upgrade(sqlite_store: Store, tmp_path: Path) -> None:
    # A step that no program knows: the upgrade must fail, but only after the copy was made.
    with sqlite_store.write() as connection:
        connection.execute(text("CREATE TABLE witness (x INTEGER)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(Broken) as caught:
        check_schema(sqlite_store)
    assert caught.value.code == "schema_older"
    with pytest.raises(CommandError, match="0000"):
        upgrade(sqlite_store, backup_folder=tmp_path / "backups")

    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith(f"before-{head()}-")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM witness").fetchone() == (0,)


def test_a_failed_step_leaves_nothing_behind(empty_store: Store, tmp_path: Path) -> None:
    # A table of the first step exists already, so that step must fail half-way and take all its tables back.
    with empty_store.write() as connection:
        connection.execute(text("CREATE TABLE party (x INTEGER)"))
    with pytest.raises(Exception, match="party"):
        upgrade(empty_store, backup_folder=tmp_path)
    with empty_store.read() as connection:
        assert inspect(connection).get_table_names() == ["party"]
