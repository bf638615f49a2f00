"""Killing programs of ours at random moments, and looking at what is left."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from huasuan.app.analysis import Analysis
from huasuan.people import Workspace, WorkspaceSettings, create_workspace, workspaces
from huasuan.store import Store
from warehouse.following import TABLES

ROUNDS = int(os.environ.get("HUASUAN_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("HUASUAN_KILL_SEED", str(random.SystemRandom().randrange(10**6))))


def moments(name: str) -> random.Random:
    """Random moments, told so that a failure can be run again: HUASUAN_KILL_SEED."""
    print(f"HUASUAN_KILL_SEED={SEED} {name}")  # noqa: T201  pytest shows it with a failure
    return random.Random(f"{SEED} {name}")


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """A program of ours in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )


def kill(process: "subprocess.Popen[str]") -> None:
    """Give it no chance to tidy up."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def kill_after(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Kill it after a while; whether it was still running."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            process.communicate()
            return False
        time.sleep(0.01)
    kill(process)
    return True


def new_home(folder: Path, template: Path) -> tuple[Path, Store, Workspace]:
    """A data folder with an empty store and one workspace."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "store.sqlite").write_bytes(template.read_bytes())
    store = Store.at(home / "store.sqlite")
    with store.write() as connection:
        workspace = create_workspace(connection, name="default", settings=WorkspaceSettings())
    return home, store, workspace


def the_workspace(store: Store) -> Workspace:
    """The only workspace of a store."""
    with store.read() as connection:
        return workspaces(connection)[0]


def differences_from_rebuild(path: Path, store: Store) -> list[str]:
    """The tables of a warehouse file, brought up to date, that are not as a new one made of the same store."""
    workspace = the_workspace(store)
    left, made = Analysis(path, store, workspace), Analysis(None, store, workspace)
    try:
        left.follow()
        made.follow()
        return [table for table in TABLES if _rows(left, table) != _rows(made, table)]
    finally:
        left.close()
        made.close()


def _rows(analysis: Analysis, table: str) -> list[object]:
    reader = analysis.reader()
    try:
        return list(reader.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall())
    finally:
        reader.close()
