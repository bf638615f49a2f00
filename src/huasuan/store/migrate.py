"""Bringing the tables of a store to what this program expects, and refusing a store that is ahead of it."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.store.backup import copy_sqlite
from huasuan.store.engine import Store
from huasuan.store.sealing import seal

_REVISION_FILE = re.compile(r"(\d{4})_\w+\.py")
# Any fixed number: two programs starting at once must not both create the tables.
_POSTGRES_LOCK = 7_261_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade did. ``before`` is None for a store that was empty; ``backup`` is the copy made first."""

    before: str | None
    after: str
    backup: Path | None


def head() -> str:
    """The newest schema this program knows; a file name per step, so nothing heavy is imported to learn it."""
    names = (entry.name for entry in files("huasuan.store.migrations").joinpath("versions").iterdir())
    return max(match[1] for name in names if (match := _REVISION_FILE.fullmatch(name)))


def schema_of(store: Store) -> str | None:
    """The schema the store has; None when it is empty."""
    with store.read() as connection:
        return _schema(connection)


def check_schema(store: Store) -> None:
    """Refuse to work on a store this program does not fit.

    Raises
    ------
    Broken
        ``schema_newer``, ``schema_older`` or ``no_schema``, each with what to do.
    """
    found = schema_of(store)
    if found is None:
        raise Broken(
            "no_schema",
            Text(zh="数据库为空", en="the store is empty"),
            Text(zh="请先运行 huasuan init。", en="Run huasuan init first."),
        )
    _refuse_newer(found)
    if found != head():
        raise Broken(
            "schema_older",
            Text(
                zh=f"数据库结构 {found} 旧于程序 {head()}", en=f"schema {found} is older than {head()} of this program"
            ),
            Text(
                zh="请运行 huasuan init（会先备份再升级）。",
                en="Run huasuan init: it makes a backup, then upgrades.",
            ),
        )


def upgrade(store: Store, *, backup_folder: Path) -> Upgrade:
    """Make the store's tables those of this program; a SQLite store with data is copied to ``backup_folder`` first.

    PostgreSQL is backed up by its operator (pg_dump). Everything happens in one transaction.

    Raises
    ------
    Broken
        ``schema_newer``
    """
    before = schema_of(store)
    if before == head():
        return Upgrade(before=before, after=before, backup=None)
    backup = None
    if before is not None:
        _refuse_newer(before)
        if store.is_sqlite:
            backup = backup_folder / f"before-{head()}-{now():%Y%m%dT%H%M%S.%fZ}.sqlite"
            copy_sqlite(store, backup)
    with store.write() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
        run_steps(connection)
    return Upgrade(before=before, after=head(), backup=backup)


def run_steps(connection: Connection, *, target: str = "head") -> None:
    """Run the missing migration steps on an open transaction."""
    from alembic import command  # noqa: PLC0415  1 s to import, needed once per release
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(files("huasuan.store.migrations")))
    command.upgrade(config, target)
    seal(connection)


def _schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _refuse_newer(found: str) -> None:
    if found > head():
        raise Broken(
            "schema_newer",
            Text(
                zh=f"数据库结构 {found} 新于本程序（{head()}）",
                en=f"the store has schema {found}, newer than this program knows ({head()})",
            ),
            Text(
                zh="请升级 huasuan，或用 huasuan restore 恢复升级前的备份。",
                en="Upgrade huasuan, or bring back the backup made before the upgrade with huasuan restore.",
            ),
        )
