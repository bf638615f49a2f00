"""Views are questions that can be asked, under every name the command line knows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, dial, ring, small_business
from huasuan.app.cli.asking import ReportName
from huasuan.app.cli.reports import REPORTS, parts_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.catalogue.views import VIEWS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.plan import can_cut
from huasuan.reports import STANDARD

DAY = "2025-07-01"
A, B = "13900139001", "13900139002"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


@pytest.mark.parametrize("key", VIEWS)
def test_a_view_can_be_asked(key: str) -> None:
    view = VIEWS[key]
    assert key not in METRICS
    assert re.search(r"[\u4e00-\u9fff]", view.title.zh + view.about.meaning.zh)
    assert [
        (name, cut) for name in view.metrics for cut in view.by if not can_cut(METRICS[name], DIMENSIONS[cut])
    ] == []


def test_the_command_line_knows_every_report_and_view() -> None:
    assert [name.value for name in ReportName] == [*REPORTS, *VIEWS, *STANDARD]
    for name in ReportName:
        assert parts_of(name.value)


def test_every_dial_ends_in_one_way(small: Small) -> None:
    small.give(
        "call", dial("a", f"{DAY} 09:00", talk=60), *(dial(f"b{n}", f"{DAY} 10:0{n}", result="busy") for n in "12")
    )
    assert small.cut("dials", "result") == {"human": 1, "busy": 2}


def test_calls_are_numbered_by_contact_and_by_cycle(small: Small) -> None:
    """A: 1 July, 10 July, 1 August (31 days later: a new cycle), B: one call; ours and a withheld one have none."""
    small.give(
        "call",
        ring("a1", f"{DAY} 09:00", A),
        dial("a2", f"{DAY} 10:00", A),
        ring("a3", "2025-07-10 09:00", A),
        ring("a4", "2025-08-01 09:00", A),
        ring("b1", f"{DAY} 09:00", B),
        ring("w1", f"{DAY} 09:00", None),
    )
    assert small.cut("inbound_calls", "call_number") == {1: 2, 2: 1, 3: 1, "unknown": 1}
    assert small.cut("inbound_calls", "call_number_in_cycle") == {1: 3, 2: 1, "unknown": 1}
