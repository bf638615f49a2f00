"""Bringing a backup back."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from huasuan.app import wiring
from huasuan.app.settings import Settings
from huasuan.app.worker.owner import Ownership
from huasuan.kernel.time import now
from huasuan.people import COMMAND, record_everywhere
from huasuan.store import check_file, copy_file, copy_sqlite, sqlite_path, upgrade


def restore(settings: Settings, backup: Path, *, progress: Callable[[int, int], None]) -> Path | None:
    """Put a backup in the place of the present store; gives the copy of the present store made before.

    No service may run meanwhile. Everything happens in one SQLite transaction, so a restore that is killed leaves the
    present store. The warehouse is made anew from the restored store.

    Raises
    ------
    Broken
        ``bad_backup``, ``warehouse_in_use``, ``schema_newer``
    InvalidInput
        ``not_sqlite``: PostgreSQL is restored with pg_restore.
    """
    wiring.make_home(settings)
    store = wiring.bare_store(settings)
    try:
        target = sqlite_path(store)
        check_file(backup)
        with Ownership(settings.home):
            kept = None
            if target.exists():
                kept = settings.backup_folder / f"before-restore-{now():%Y%m%dT%H%M%S.%fZ}.sqlite"
                copy_sqlite(store, kept)
                store.close()
                _overwrite(backup, target, progress)
            else:
                copy_file(backup, target, progress=progress)
            # What the warehouse copied may be ahead of the restored store.
            shutil.rmtree(settings.warehouse_folder, ignore_errors=True)
            upgrade(store, backup_folder=settings.backup_folder)
            with store.write() as connection:
                record_everywhere(connection, actor=COMMAND, action="store.restored", target=backup.name)
        return kept
    finally:
        store.close()


def _overwrite(backup: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    with (
        closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as reader,
        closing(sqlite3.connect(target, timeout=60.0)) as writer,
    ):
        reader.backup(writer, pages=1024, progress=lambda _status, left, total: progress(total - left, total))
