"""An import killed at any moment goes on where it was: nothing lost, nothing doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from huasuan.intake import KINDS, FileRefused, import_file, importing, list_batches, undo_batch
from huasuan.kernel.errors import Conflict
from huasuan.people import Workspace
from huasuan.store import Store

ROUNDS = int(os.environ.get("HUASUAN_KILL_ROUNDS", "3"))
CHUNK_ROWS = 1_000
# Four chunks a round and one chunk's time at most: the file never ends before the last kill.
ROWS = CHUNK_ROWS * (5 * ROUNDS + 5)
_IMPORT = """
import sys
from pathlib import Path
from huasuan.app import wiring
from huasuan.intake import import_file, importing
from huasuan.people import workspace_named
from huasuan.store import Store

store = Store(sys.argv[1])
with store.read() as connection:
    workspace = workspace_named(connection, "test")
importing.CHUNK_ROWS = int(sys.argv[3])
print("ready", flush=True)
import_file(store, workspace, "call", Path(sys.argv[2]), progress=lambda state: print(state.rows, flush=True))
"""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many commits in a file of moderate size."""
    monkeypatch.setattr(importing, "CHUNK_ROWS", CHUNK_ROWS)


def make_file(path: Path) -> None:
    """Calls in order of time; every hundredth row is one that cannot be."""
    lines = ["通话ID,方向,开始时间,客户号码,通话结果,通话时长"]
    for number in range(ROWS):
        seconds = "-1" if number % 100 == 7 else str(number % 300)
        minute, second = divmod(number % 86_400, 60)
        hour, minute = divmod(minute, 60)
        lines.append(
            f"c{number},呼出,2026-03-05 {hour:02}:{minute:02}:{second:02},138{number % 9973:08},已接,{seconds}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def start(store: Store, path: Path) -> subprocess.Popen[str]:
    url = store.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", _IMPORT, url, str(path), str(CHUNK_ROWS)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill_after(process: subprocess.Popen[str], chunks: int, seconds: float) -> bool:
    """Kill the process some seconds after it committed so many chunks; whether it was still running."""
    assert process.stdout is not None
    for _ in range(chunks):
        process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return process.returncode == -signal.SIGKILL


def test_three_kills_lose_and_double_nothing(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    make_file(path)
    chance = random.Random(20260305)
    for _ in range(ROUNDS):
        assert kill_after(start(store, path), chance.randrange(1, 5), chance.uniform(0, 0.02))

    report = import_file(store, workspace, "call", path)

    refused = ROWS // 100
    assert (report.tally.created, report.tally.refused) == (ROWS - refused, refused)
    table = KINDS["call"].table
    with store.read() as connection:
        total, keys, last = connection.execute(
            select(func.count(), func.count(table.c.source_key.distinct()), func.max(table.c.version))
        ).one()
        (batch,) = list_batches(connection, workspace=workspace.id)
        raw = connection.execute(text("SELECT count(*), count(DISTINCT first_item) FROM raw_payload")).one()
    assert (total, keys, last) == (ROWS - refused, ROWS - refused, 1)
    assert (batch.status, batch.tally) == ("done", report.tally)
    assert raw[0] == raw[1] == ROWS // CHUNK_ROWS
    assert report.errors is not None
    lines = report.errors.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + refused
    assert len(set(lines)) == len(lines)


def test_a_stopped_import_goes_on_and_a_finished_one_does_not(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    make_file(path)

    class Stopped(Exception):
        pass

    def stop(_progress: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        import_file(store, workspace, "call", path, progress=stop)
    other = import_file(store, workspace, "call", path, source="other")
    assert not other.resumed

    report = import_file(store, workspace, "call", path)
    assert report.resumed
    assert report.rows == ROWS - CHUNK_ROWS
    assert report.tally.created + report.tally.refused == ROWS
    again = import_file(store, workspace, "call", path)
    assert (again.resumed, again.tally.created, again.tally.unchanged) == (False, 0, report.tally.created)


def test_an_import_whose_batch_was_undone_stops(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    make_file(path)

    def take_back(_progress: object) -> None:
        with store.read() as connection:
            (batch, *_) = list_batches(connection, workspace=workspace.id)
        undo_batch(store, workspace.id, batch.id)

    with pytest.raises(Conflict) as caught:
        import_file(store, workspace, "call", path, progress=take_back)
    assert caught.value.code == "batch_taken_over"
    table = KINDS["call"].table
    with store.read() as connection:
        created = connection.execute(select(func.count()).where(table.c.version == 1)).scalar_one()
        gone = connection.execute(select(func.count()).where(table.c.gone)).scalar_one()
    assert created == gone == CHUNK_ROWS - CHUNK_ROWS // 100


def test_a_quote_that_is_never_closed_is_found_before_the_first_row(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    make_file(path)
    content = path.read_text(encoding="utf-8")
    path.write_text(content + 'c9,"呼出,2026\n' + content, encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        import_file(store, workspace, "call", path)
    assert caught.value.code == "quote_open"
    with store.read() as connection:
        assert not list_batches(connection, workspace=workspace.id)
