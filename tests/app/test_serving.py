"""The real service in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from huasuan.app.cli.main import run
from huasuan.app.worker.owner import holder, read_card
from huasuan.intake import deliver
from huasuan.store import Store

CALL = {"direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001", "key": "1"}


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("HUASUAN_HOME", str(folder))
    monkeypatch.setenv("HUASUAN_PORT", "0")
    return folder


@pytest.fixture
def key(home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["init"]) == 0
    found = re.search(r"hs_\S+", capsys.readouterr().out)
    assert found is not None
    return found[0]


@pytest.fixture
def service(home: Path, key: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "huasuan.app.cli", "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "http://127.0.0.1:" in process.stdout.readline()
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def _address(home: Path) -> str:
    card = read_card(home)
    assert card is not None
    return f"http://127.0.0.1:{card.port}"


def _get(url: str, key: str) -> dict[str, object]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        found: dict[str, object] = json.loads(response.read())
    return found


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(home: Path, service: "subprocess.Popen[str]", stop: signal.Signals) -> None:
    service.send_signal(stop)
    _, said = service.communicate(timeout=20)
    assert service.returncode == 0
    assert "Traceback" not in said
    assert read_card(home) is None
    assert holder(home) is None


def test_another_process_asks_the_owner_and_sees_what_was_just_written(
    home: Path, service: "subprocess.Popen[str]", key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert holder(home) == service.pid
    for number in range(1, 4):
        store = Store.at(home / "store.sqlite")
        deliver(store, workspace=1, kind_name="call", source="pbx", records=[{**CALL, "key": str(number)}])
        store.close()
        assert run(["ask", "dials", "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["rows"][0]["values"]["dials"]["value"] == number
    assert run(["rebuild"]) == 0
    assert run(["ask", "nosuch"]) == 2


def test_the_projector_follows_by_itself(home: Path, service: "subprocess.Popen[str]", key: str) -> None:
    store = Store.at(home / "store.sqlite")
    deliver(store, workspace=1, kind_name="call", source="pbx", records=[CALL])
    store.close()
    until = time.monotonic() + 20
    while _get(f"{_address(home)}/api/v1/health", key)["behind_rows"]:
        assert time.monotonic() < until, "the projector did not follow"
        time.sleep(0.1)


def test_after_kill_9_the_command_line_answers_itself_and_a_new_service_starts(
    home: Path, service: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
    assert read_card(home) is not None, "the card is stale now"
    assert run(["ask", "dials", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["values"]["dials"]["value"] == 0


def test_a_taken_port_is_said_plainly(home: Path, service: "subprocess.Popen[str]", key: str) -> None:
    port = _address(home).rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-m", "huasuan.app.cli", "serve", "--lang", "en"],
        env={**os.environ, "HUASUAN_PORT": port, "HUASUAN_HOME": str(home.parent / "second")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "HUASUAN_PORT" in done.stderr
