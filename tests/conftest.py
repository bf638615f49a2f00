"""Real databases for the tests: a private PostgreSQL cluster, started once per run, and SQLite files."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from huasuan.app import wiring
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store
from huasuan.store.migrate import upgrade
from servers.postgres import Cluster, new_folder

assert wiring.TABLES.tables  # importing the wiring fills the store's tables
_NUMBERS = count()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Cluster]:
    """One server for all xdist workers: the first one in starts it, the last one out stops it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    users, where, lock = shared / "postgres.users", shared / "postgres.folder", shared / "postgres.lock"
    with _locked(lock):
        if not where.exists():
            where.write_text(str(new_folder()))
        cluster = Cluster(Path(where.read_text()))
        present = users.read_text().split() if users.exists() else []
        if not present:
            cluster.start()
        users.write_text(" ".join([*present, worker_id]))
    yield cluster
    with _locked(lock):
        left = [name for name in users.read_text().split() if name != worker_id]
        users.write_text(" ".join(left))
        if not left:
            cluster.stop()
            shutil.rmtree(cluster.folder)
            where.unlink()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with all tables and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite"
    store = Store.at(path)
    upgrade(store, backup_folder=path.parent)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster, worker_id: str) -> str:
    """A database with all tables and nothing in it, to be copied."""
    name = f"template_{worker_id}"
    postgres.execute(f"CREATE DATABASE {name}")
    store = Store(postgres.url(name))
    upgrade(store, backup_folder=postgres.folder)
    store.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without any table, on each database."""
    if request.param == "sqlite":
        store = Store.at(tmp_path / "store.sqlite")
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = f"e{os.getpid()}_{next(_NUMBERS)}"
        cluster.execute(f"CREATE DATABASE {name}")
        request.addfinalizer(lambda: cluster.drop(name))  # noqa: PT021  of one of two databases
        store = Store(cluster.url(name))
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A migrated SQLite store."""
    path = tmp_path / "store.sqlite"
    shutil.copy(sqlite_template, path)
    store = Store.at(path)
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres: Cluster, postgres_template: str) -> Iterator[Store]:
    """A migrated PostgreSQL store."""
    name = f"s{os.getpid()}_{next(_NUMBERS)}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    store = Store(postgres.url(name))
    yield store
    store.close()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A migrated store, on each database."""
    found: Store = request.getfixturevalue(f"{request.param.replace('postgresql', 'postgres')}_store")
    return found


@pytest.fixture
def workspace(store: Store) -> Workspace:
    """An empty workspace in ``store`` with the default settings."""
    with store.write() as connection:
        return create_workspace(connection, name="test", settings=WorkspaceSettings())
