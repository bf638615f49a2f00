"""The warehouse file: made anew from the store at any time, open in one process, derived again by other settings."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import duckdb
import pytest

from golden.small import Small, cost, dial, ring, shift, small_business, won
from huasuan.app import analysis
from huasuan.app.analysis import Analysis
from huasuan.kernel.errors import Broken
from huasuan.people import WorkspaceSettings, change_settings, create_workspace
from huasuan.simulator.run import simulate
from huasuan.simulator.world import World
from huasuan.warehouse import DuckFile

DAY = "2025-07-01"
METRICS = ("total_cost", "revenue_net", "dials", "unique_calls", "target_calls", "won_deals", "roi", "missed")
CUTS = ((), ("channel",), ("agent",), ("month", "result"))


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """A business whose warehouse is a file."""
    with small_business(sqlite_template, tmp_path) as business:
        opened = Analysis(tmp_path / "w.duckdb", business.store, business.workspace)
        yield replace(business, analysis=opened)
        opened.close()


def _some_facts(small: Small) -> None:
    small.give("call", dial("o", f"{DAY} 10:00", talk=40, agent="a1"), ring("i", f"{DAY} 11:00", talk=50))
    small.give("shift", shift("a1", DAY))
    small.give("cost", cost("pay", "pay", DAY, "100"), cost("ads", "ads", DAY, "33.33"))
    small.give("deal_event", won("d", f"{DAY} 12:00", "500", origin_call="i"))


def test_a_deleted_file_is_made_anew(small: Small, tmp_path: Path) -> None:
    simulate(small.store, small.workspace, World(days=10, calls=500, seed=2))
    before = small.everything(METRICS, CUTS)
    assert before[0][0][2][2][1][0] > 100
    small.analysis.close()
    (tmp_path / "w.duckdb").unlink()
    again = replace(small, analysis=Analysis(tmp_path / "w.duckdb", small.store, small.workspace))
    assert again.everything(METRICS, CUTS) == before
    rebuilt = again.analysis.rebuild()
    assert rebuilt.facts > 500
    assert again.everything(METRICS, CUTS) == before
    again.analysis.close()
    opened = replace(small, analysis=Analysis(tmp_path / "w.duckdb", small.store, small.workspace))
    assert opened.everything(METRICS, CUTS) == before
    opened.analysis.close()


@pytest.mark.parametrize("rows_a_round", [2, 100])
def test_rounds_of_any_size_come_to_the_same(small: Small, rows_a_round: int) -> None:
    simulate(small.store, small.workspace, World(days=2, calls=12, seed=3))
    _some_facts(small)
    expected = small.everything(METRICS, CUTS)
    slow = Analysis(None, small.store, small.workspace, rows_a_round=rows_a_round)
    assert replace(small, analysis=slow).everything(METRICS, CUTS) == expected
    slow.close()


def test_another_process_is_refused_and_told_so(small: Small, tmp_path: Path) -> None:
    _some_facts(small)
    assert small.value("dials") == 1
    script = (
        "import sys\nfrom pathlib import Path\nfrom huasuan.warehouse import DuckFile\n"
        "from huasuan.kernel.errors import Broken\n"
        "try:\n    DuckFile(Path(sys.argv[1]))\nexcept Broken as error:\n    print(error.code, error.text.en)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "w.duckdb")]
    refused = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert refused.startswith("warehouse_in_use the warehouse is open in another process")
    small.analysis.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_a_file_that_is_none_is_not_taken_for_busy(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    path.write_bytes(b"this is a text and no database" * 500)
    with pytest.raises(Broken) as caught:
        DuckFile(path)
    assert caught.value.code == "warehouse_unreadable"


def test_threads_come_back_after_a_failed_round() -> None:
    file = DuckFile(None, threads=2)
    file.writer.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")

    def fail() -> None:
        file.writer.begin()
        with file.single_threaded():
            assert threads(file) == 1
            file.writer.execute("INSERT INTO t VALUES (1), (1)")

    with pytest.raises(duckdb.Error):
        fail()
    assert threads(file) == 2
    file.writer.rollback()
    file.close()


def threads(file: DuckFile) -> int:
    ((found,),) = file.reader().execute("SELECT current_setting('threads')").fetchall()
    return int(found)


def decide(small: Small, settings: WorkspaceSettings) -> None:
    with small.store.write() as connection:
        change_settings(connection, workspace=small.workspace.id, settings=settings)


def test_other_settings_derive_the_past_again(small: Small) -> None:
    small.give(
        "call",
        ring("i1", f"{DAY} 10:00", talk=50),
        ring("i2", "2025-07-05 10:00", talk=70),
        ring("i3", "2025-07-20 10:00", talk=20),
    )
    small.give("cost", cost("sms", "sms", DAY, "5"), cost("ads", "ads", DAY, "10"))
    small.give("call", dial("o1", f"{DAY} 11:00", talk=30), dial("o2", f"{DAY} 12:00", talk=45))
    kept = (
        *("target_calls", "grey_calls", "junk_calls", "unique_calls", "unique_target_calls", "marketing_spend"),
        "conversations",
    )
    assert [small.value(key) for key in kept] == [1, 1, 1, 1, 1, 1_000, 2]
    settings = WorkspaceSettings(
        target_seconds=50, junk_seconds=19, cycle_days=10, marketing_kinds=("sms",), conversation_seconds=31
    )
    decide(small, settings)
    assert [small.value(key) for key in kept] == [2, 1, 0, 2, 1, 500, 1]
    decide(small, replace(settings, zone="America/New_York"))
    # 10 h in Shanghai is 22 h of the day before in New York
    assert small.cut("inbound_calls", "day") == {"2025-06-30": 1, "2025-07-04": 1, "2025-07-19": 1}
    assert small.cut("inbound_calls", "hour") == {22: 3}


@pytest.mark.parametrize(("rows", "everything"), [(5, True), (5_000, False)])
def test_many_new_rows_are_derived_with_everything_and_few_by_what_they_touched(
    small: Small, monkeypatch: pytest.MonkeyPatch, rows: int, everything: bool
) -> None:
    seen: list[bool] = []
    derive = analysis.derive
    monkeypatch.setattr(analysis, "_TOUCHED_ROWS", rows)
    _some_facts(small)
    assert small.value("dials") == 1

    def noted(*given: Any, everything: bool) -> None:
        seen.append(everything)
        derive(*given, everything=everything)

    monkeypatch.setattr(analysis, "derive", noted)
    small.give("call", *(dial(f"m{at}", f"{DAY} 10:{at}", f"138001380{at}") for at in range(10, 30)))
    assert small.value("dials") == 21
    assert seen == [everything]


def test_a_clock_that_is_set_back_hides_no_fact(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    class Back(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) - timedelta(hours=1)

    _some_facts(small)
    assert small.value("dials") == 1
    monkeypatch.setattr(analysis, "datetime", Back)
    small.give("call", dial("later", f"{DAY} 10:00"))
    assert small.value("dials") == 2


def test_settings_changed_while_nobody_followed_are_noticed(small: Small, tmp_path: Path) -> None:
    small.give("call", ring("i1", f"{DAY} 10:00", talk=50))
    assert small.value("target_calls") == 0
    small.analysis.close()
    decide(small, WorkspaceSettings(target_seconds=50))
    again = replace(small, analysis=Analysis(tmp_path / "w.duckdb", small.store, small.workspace))
    assert again.value("target_calls") == 1
    again.analysis.close()


def test_workspaces_see_only_their_own(tmp_path: Path, small: Small) -> None:
    with small.store.write() as connection:
        workspace = create_workspace(connection, name="other", settings=WorkspaceSettings())
    other = Small(
        store=small.store, workspace=workspace, analysis=Analysis(tmp_path / "o.duckdb", small.store, workspace)
    )
    _some_facts(small)
    other.give("call", dial("o", f"{DAY} 10:00"), dial("o2", f"{DAY} 10:00"))
    assert (small.value("dials"), other.value("dials")) == (1, 2)
    assert (small.value("total_cost"), other.value("total_cost")) == (13_333, 0)
    other.analysis.close()
