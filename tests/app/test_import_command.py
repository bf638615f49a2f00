"""``huasuan import`` of a file, as a person types it."""

import json
import os
from pathlib import Path

import pytest

from huasuan.app.cli.main import run

GOOD = (
    "呼叫时间,被叫,方向,时长,坐席\n2026-07-01 10:00,13900000001,呼出,60,A1\n2026-07-01 10:05,13900000002,呼出,90,A2\n"
)
BAD = GOOD + "2026-07-01 10:10,13900000003,呼出,-5,A2\n"


@pytest.fixture
def founded(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("HUASUAN_HOME", str(home))
    assert run(["init"]) == 0
    capsys.readouterr()
    return tmp_path


def _dials(capsys: pytest.CaptureFixture[str], *arguments: str) -> int:
    capsys.readouterr()
    assert run(["ask", "dials", *arguments, "--json"]) == 0
    value: int = json.loads(capsys.readouterr().out)["rows"][0]["values"]["dials"]["value"]
    return value


def test_a_good_file_goes_in_once(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = founded / "calls.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert run(["import", "calls", str(path)]) == 0
    assert run(["import", "call", str(path)]) == 0
    assert _dials(capsys) == 2
    assert _dials(capsys, "--where", "agent=A2", "--from", "2026-07-01", "--to", "2026-07-02") == 1


def test_a_check_writes_nothing(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = founded / "calls.csv"
    path.write_text(BAD, encoding="gb18030")
    assert run(["import", "call", str(path), "--check"]) == 3
    assert sorted(os.listdir(founded)) == ["calls.csv", "home"]
    assert _dials(capsys) == 0


def test_good_rows_go_in_and_bad_ones_come_back(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = founded / "calls.csv"
    path.write_text(BAD, encoding="utf-8")
    assert run(["import", "call", str(path)]) == 3
    assert "calls.errors.csv" in capsys.readouterr().out
    assert _dials(capsys) == 2
    errors = (founded / "calls.errors.csv").read_text(encoding="utf-8-sig")
    assert "-5" in errors
    assert "13900000001" not in errors


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 1000, b"a,b\n1,2\n"])
def test_a_file_that_cannot_be_right_fails_and_changes_nothing(
    founded: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = founded / "calls.csv"
    path.write_bytes(content)
    assert run(["import", "call", str(path)]) == 1
    said = capsys.readouterr().err
    assert "→" in said
    assert "Traceback" not in said
    assert _dials(capsys) == 0


def test_a_file_is_taken_back(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = founded / "calls.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert run(["import", "call", str(path)]) == 0
    assert run(["batches"]) == 0
    assert "calls.csv" in capsys.readouterr().out
    assert run(["undo", "1"]) == 0
    assert _dials(capsys) == 0
    assert run(["undo", "77"]) == 1


def test_the_sample_goes_and_what_was_imported_beside_it_stays(
    founded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = founded / "calls.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert run(["simulate", "--days", "5", "--calls", "200", "--seed", "3", "--start", "2026-06-01"]) == 0
    assert run(["import", "call", str(path)]) == 0
    assert _dials(capsys) > 2
    assert run(["remove-sample"]) == 0
    assert _dials(capsys) == 2
    capsys.readouterr()
    assert run(["ask", "total_cost", "won_deals", "leads", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)["rows"][0]["values"]
    assert [values[name]["value"] for name in ("total_cost", "won_deals", "leads")] == ["0.00", 0, 0]
