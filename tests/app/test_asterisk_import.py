"""The recorded exchange through the command line into the store."""

import csv
import json
from pathlib import Path

import pytest

from huasuan.app.cli.main import run
from huasuan.app.worker.exchange_zone import zone_of_logs

RECORDED = Path(__file__).parents[1] / "data/asterisk"
LOGS = ["--cdr", "Master.csv", "--cel", "cel-Master.csv", "--queue-log", "queue_log"]


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
    for path in RECORDED.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["ask", *arguments, "--json"]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)["rows"]
    return rows


def test_the_ten_recorded_calls_arrive_once_each(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = json.loads((RECORDED / "expected.json").read_text(encoding="utf-8"))
    inbound = sum(call["kind"].startswith("inbound") for call in expected["calls"])
    assert 0 < inbound < len(expected["calls"]) == 10
    for _ in range(2):
        assert run(["import", "asterisk", *LOGS]) == 0
        values = _ask(capsys, "dials", "inbound_calls")[0]["values"]
        assert (values["dials"]["value"], values["inbound_calls"]["value"]) == (10 - inbound, inbound)


def test_a_check_writes_nothing(founded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "asterisk", *LOGS, "--check"]) == 0
    assert _ask(capsys, "dials")[0]["values"]["dials"]["value"] == 0


def test_a_line_that_is_none_comes_back_in_a_file_and_the_rest_goes_in(
    founded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (founded / "queue_log").open("a") as log:
        log.write("=this|is|no line\n")
    assert run(["import", "asterisk", *LOGS]) == 3
    assert _ask(capsys, "dials")[0]["values"]["dials"]["value"] == 7
    with (founded / "Master.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["queue_log"]
    assert rows[0]["value"].startswith("'="), "a spreadsheet must not run it"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["asterisk"], 2),
        (["asterisk", "--cdr", "nosuch.csv"], 2),
        (["asterisk", "Master.csv"], 2),
        (["call"], 2),
        (["nokind", "Master.csv"], 2),
        (["asterisk", "--queue-log", "Master.csv"], 1),
    ],
)
def test_wrong_use_and_wrong_files(founded: Path, arguments: list[str], code: int) -> None:
    assert run(["import", *arguments]) == code


def test_the_zone_of_the_exchange_is_found_from_its_channel_ids(tmp_path: Path) -> None:
    """1795356457 is 2026-11-22 14:07:37 UTC."""
    log = tmp_path / "log.csv"
    for stamp, zone in [
        ("2026-11-22 14:07:38", "UTC"),
        ("2026-11-22 22:07:38", "Asia/Shanghai"),
        ("2026-11-22 17:07:38", "Etc/GMT-3"),
        ("2026-11-22 09:07:38", "Etc/GMT+5"),
    ]:
        log.write_text(f'"x","{stamp}","pbx1-1795356457.54"\n' * 3)
        assert zone_of_logs([log], usual="Asia/Shanghai") == zone
    log.write_text("nothing to tell\n")
    assert zone_of_logs([log], usual="Asia/Shanghai") == "Asia/Shanghai"
