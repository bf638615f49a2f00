"""The doctor finds what is wrong and says how to mend it."""

import socket
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from os import utime
from pathlib import Path

import pytest
from pydantic import SecretStr

from huasuan.app.cli.main import run
from huasuan.app.settings import Settings
from huasuan.app.worker.doctor import Finding, examine
from huasuan.app.worker.founding import found, open_for_founding
from huasuan.app.worker.owner import Ownership
from huasuan.consent import Ask, ask_gate
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.people import WorkspaceSettings
from huasuan.store import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    store = open_for_founding(settings)
    found(store, settings, name="shop", business=WorkspaceSettings(), new_key=False)
    store.close()
    return settings


def _wrong(settings: Settings) -> dict[str, Finding]:
    return {finding.code: finding for finding in examine(settings) if finding.level != "ok"}


def test_a_sound_installation_has_no_faults(settings: Settings) -> None:
    assert _wrong(settings) == {}
    assert {finding.code for finding in examine(settings)} >= {"home", "disk", "clock", "store", "schema"}


def test_nothing_founded_yet(tmp_path: Path) -> None:
    finding = _wrong(Settings(home=tmp_path / "nowhere"))["no_home"]
    assert finding.remedy is not None
    assert "huasuan init" in finding.remedy.en


def test_a_damaged_store(settings: Settings) -> None:
    path = settings.home / "store.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    path.write_bytes(content)
    assert set(_wrong(settings)) & {"store_damaged", "bad_backup"}


def test_a_locked_store(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.home / "store.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert "locked" in _wrong(settings)
        writer.execute("ROLLBACK")
    assert "locked" not in _wrong(settings)


def test_a_clock_behind_its_own_files(settings: Settings) -> None:
    ahead = time.time() + 86_400
    utime(settings.home / "store.sqlite", (ahead, ahead))
    finding = _wrong(settings)["clock"]
    assert finding.remedy is not None


def test_a_clock_behind_the_facts(settings: Settings) -> None:
    store = Store(settings.url)
    record = {
        "direction": "in",
        "ringing_at": "2026-07-01T02:00:00Z",
        "known_at": (now() + timedelta(days=2)).isoformat(),
    }
    deliver(store, workspace=1, kind_name="call", source="pbx", records=[record])
    store.close()
    assert "clock" in _wrong(settings)


def test_a_folder_open_to_others(settings: Settings) -> None:
    settings.home.chmod(0o755)
    finding = _wrong(settings)["open_to_others"]
    assert finding.remedy is not None
    assert "chmod 700" in finding.remedy.en


def test_an_unreachable_database(settings: Settings) -> None:
    url = SecretStr("postgresql://nobody:secret@127.0.0.1:1/none")
    finding = _wrong(settings.model_copy(update={"store_url": url}))["store_unreachable"]
    assert "secret" not in finding.text.en


def test_a_warehouse_kept_by_somebody_who_does_not_serve(settings: Settings) -> None:
    with Ownership(settings.home):
        assert "warehouse_in_use" in _wrong(settings)


def test_a_damaged_warehouse_and_the_rebuild_that_mends_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASUAN_HOME", str(settings.home))
    assert run(["ask", "dials"]) == 0
    (file,) = settings.warehouse_folder.glob("*.duckdb")
    file.write_bytes(b"no warehouse" * 4096)
    finding = _wrong(settings)["warehouse_damaged"]
    assert finding.remedy is not None
    assert "huasuan rebuild" in finding.remedy.en
    assert run(["rebuild"]) == 0
    assert _wrong(settings) == {}
    assert run(["ask", "dials"]) == 0


def test_a_service_that_does_not_answer(settings: Settings) -> None:
    with socket.socket() as closed, Ownership(settings.home) as ownership:
        closed.bind(("127.0.0.1", 0))
        ownership.announce(host="127.0.0.1", port=closed.getsockname()[1], token="t")  # noqa: S106
        assert "service_silent" in _wrong(settings)


def test_a_log_of_the_gate_that_was_changed(settings: Settings) -> None:
    store = Store(settings.url)
    with store.write() as connection:
        for number in ("+8613900000001", "+8613900000002"):
            ask_gate(connection, workspace=1, ask=Ask(number=number))
    assert _wrong(settings) == {}
    with store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER gate_log_no_delete")
        connection.exec_driver_sql("DELETE FROM gate_log WHERE number = 1")
    store.close()
    finding = _wrong(settings)["gate_log_broken"]
    assert "line 1" in finding.text.en
