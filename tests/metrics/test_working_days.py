"""Working days, business hours, and waiting by the business clock, worked out by hand."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from golden.small import Small, at, cost, dial, ring, small_business
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.question import Question
from huasuan.people import WorkspaceSettings

HOURS = {"business_hours": "1-5 09:00-18:00, 6 10:00-12:00"}


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path, WorkspaceSettings().changed(HOURS)) as business:
        yield business


def test_a_sunday_worked_instead_is_a_working_day(small: Small) -> None:
    """Monday 27 January and Sunday 26 are worked, Saturday 25 and New Year's Eve are not."""
    days = ("2025-01-25", "2025-01-26", "2025-01-27", "2025-01-28")
    small.give("call", *(dial(f"k{day}", f"{day} 10:00") for day in days))
    small.give("cost", *(cost(f"e{day}", "ads", day, "1") for day in days[:3]))
    assert small.cut("dials", "working_day") == {True: 2, False: 2}
    assert small.cut("total_cost", "working_day") == {True: 200, False: 100}
    assert small.value("dials", where={"working_day": ("true",)}) == 2
    cell = {"working_day": False}
    behind = small.analysis.behind(Question(metrics=("total_cost",), by=("working_day",)), cell=cell, kind="value")
    assert sum(fact.amount for fact in behind) == 100


def test_another_calendar_without_deriving_anything_by_hand(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(calendar="")) as plain:
        plain.give("call", dial("k1", "2025-01-26 10:00"), dial("k2", "2025-01-28 10:00"))
        assert plain.cut("dials", "working_day") == {False: 1, True: 1}
        assert plain.cut("dials", "in_hours") == {"unknown": 2}


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2025-07-04 08:59", False),
        ("2025-07-04 09:00", True),
        ("2025-07-04 18:00", False),
        ("2025-07-05 11:00", True),  # a Saturday
        ("2025-07-05 12:00", False),
        ("2025-07-06 11:00", False),
        ("2025-01-26 17:00", True),  # a Sunday worked with the hours of a Monday
        ("2025-01-28 10:00", False),  # New Year's Eve
    ],
)
def test_when_the_business_is_open(small: Small, when: str, open_: bool) -> None:
    small.give("call", ring("k", when))
    assert small.cut("missed", "in_hours") == {open_: 1}


def test_what_the_source_says_of_its_hours_counts(small: Small) -> None:
    small.give("call", ring("k", "2025-07-06 11:00", in_hours=True))
    assert small.cut("missed", "in_hours") == {True: 1}


def test_waiting_is_counted_while_the_business_is_open(small: Small) -> None:
    """Created Friday 17:30, assigned Saturday 10:20, dialled Monday 09:10.

    Half an hour on Friday, 20 minutes on Saturday: 50 minutes; to Monday half an hour, two hours, ten minutes: 160.
    """
    lead = {"key": "l", "created_at": at("2025-07-04 17:30"), "assigned_at": at("2025-07-05 10:20")}
    small.give("lead", lead | {"phone": "13800138001"})
    small.give("call", dial("k", "2025-07-07 09:10", "13800138001"))
    assert small.value("assign_delay_business_hours") == 50
    assert small.value("speed_to_lead_business_hours_p90") == 160
    assert small.value("assign_delay") == Decimal(16 * 60 + 50)


def test_without_hours_the_business_clock_is_unknown(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path) as plain:
        plain.give("lead", {"key": "l", "created_at": at("2025-07-04 17:30"), "assigned_at": at("2025-07-05 10:20")})
        figure = plain.figure("assign_delay_business_hours")
        assert figure.value is None
        assert figure.reason is not None
        assert "no business hours are set" in figure.reason.en


@pytest.mark.parametrize("hours", ["1-5", "5-1 09:00-18:00", "8 09:00-18:00", "1 18:00-09:00", "1 09:00-25:00"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(InvalidInput):
        WorkspaceSettings().changed({"business_hours": hours})


def test_a_country_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidInput):
        WorkspaceSettings().changed({"calendar": "XX"})
