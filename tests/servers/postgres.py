"""A PostgreSQL server of our own, for the tests and the benches."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg


def postgres_programs() -> Path:
    """The folder of initdb and pg_ctl; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    assert on_path, "PostgreSQL is needed by the tests: apt-get install postgresql (make test does it)"
    return Path(on_path).resolve().parent


class Cluster:
    """A PostgreSQL server of our own in a temporary folder, reached by a Unix socket only."""

    def __init__(self, folder: Path, *, options: str = "") -> None:
        self.folder = folder
        self._options = options

    def start(self) -> None:
        if not (self.folder / "data").exists():
            self._run("initdb", "-D", "data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        # Durability against power loss is not what the tests measure, so the server may skip fsync.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off {self._options}"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def drop(self, database: str) -> None:
        """Thousands of tests would fill the disk."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(
            [postgres_programs() / program, *arguments],
            cwd=self.folder,
            user=user,
            group=user,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )


def new_folder() -> Path:
    """A folder that the server's own user may enter."""
    # pytest's own folder is closed to the user the server runs as; a socket path must also be short.
    folder = Path(tempfile.mkdtemp(prefix="huasuan-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    return folder
