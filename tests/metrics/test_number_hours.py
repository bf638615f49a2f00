"""Business hours of single tracking numbers, worked out by hand: evening hours on one, the business's on another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golden.small import SOURCE, Record, Small, at, ring, small_business
from huasuan.intake import deliver
from huasuan.people import WorkspaceSettings

DAY, EVENING = "4008001234", "4008005678"
WEDNESDAY = "2025-07-02"
HOURS = WorkspaceSettings().changed({"business_hours": "1-5 09:00-18:00"})


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path, HOURS) as business:
        yield business


def number(own_number: str, *hours: str, **more: Any) -> Record:
    told: Record = {"key": own_number, "own_number": own_number, "kind": "static", "valid_from": at("2024-01-01 00:00")}
    return told | {"hours": list(hours)} | more


def by_number(small: Small) -> dict[Any, dict[Any, Any]]:
    """Missed calls of each number by whether they came within hours; None where that is unknown."""
    found: dict[Any, dict[Any, Any]] = {}
    for row in small.rows("missed", by=("tracking_number", "in_hours")):
        found.setdefault(row.by["tracking_number"], {})[row.by["in_hours"]] = row.values["missed"].value
    return found


def test_at_eight_in_the_evening_one_number_is_answered_and_another_is_not(small: Small) -> None:
    small.give("tracked_number", number(DAY), number(EVENING, "1-5 18:00-22:00"))
    small.give("call", ring("a", f"{WEDNESDAY} 20:00"), ring("b", f"{WEDNESDAY} 20:00", called=EVENING))
    assert by_number(small) == {DAY: {False: 1}, EVENING: {True: 1}}


@pytest.mark.parametrize(
    ("when", "inside"),
    [
        ("2025-07-04 17:59", False),  # a Friday
        ("2025-07-04 18:00", True),
        ("2025-07-04 22:00", False),
        ("2025-07-05 11:00", True),  # a Saturday
        ("2025-07-06 11:00", False),  # a Sunday, which the number does not name
        ("2025-01-26 21:00", True),  # a Sunday worked with the hours of a Monday
        ("2025-01-26 11:00", False),
        ("2025-01-28 20:00", False),  # New Year's Eve
        ("2033-07-06 20:00", True),  # a Wednesday beyond the calendar
    ],
)
def test_own_hours_by_weekday_stand_in_the_place_of_the_business_hours(small: Small, when: str, inside: bool) -> None:
    small.give("tracked_number", number(EVENING, "1-5 18:00-22:00", "6 10:00-12:00"))
    small.give("call", ring("k", when, called=EVENING))
    assert small.cut("missed", "in_hours") == {inside: 1}


def test_own_hours_hold_where_the_business_has_none(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path) as plain:
        plain.give("tracked_number", number(EVENING, "1-5 18:00-22:00"))
        calls = [ring(hour, f"{WEDNESDAY} {hour}:00", called=EVENING) for hour in ("20", "23")]
        plain.give("call", *calls, ring("a", f"{WEDNESDAY} 20:00"))
        assert plain.cut("missed", "in_hours") == {True: 1, False: 1, "unknown": 1}


def test_what_the_source_says_of_a_call_stands(small: Small) -> None:
    small.give("tracked_number", number(EVENING, "1-5 18:00-22:00"))
    small.give("call", ring("k", f"{WEDNESDAY} 20:00", called=EVENING, in_hours=False))
    assert small.cut("missed", "in_hours") == {False: 1}


def test_an_extension_has_its_own_hours_and_others_those_of_the_number(small: Small) -> None:
    small.give(
        "tracked_number",
        number(DAY, "1-5 10:00-12:00", key="whole"),
        number(DAY, "1-5 18:00-22:00", key="8001", kind="extension", extension="8001"),
        number(DAY, key="8002", kind="extension", extension="8002"),
    )
    for extension, evening in (("8001", True), ("8002", False), (None, False)):
        said = {"extension": extension} if extension else {}
        calls = [ring(f"{extension}{hour}", f"{WEDNESDAY} {hour}:00", **said) for hour in (11, 20)]
        small.give("call", *calls)
        found = {row.by["hour"]: row.by["in_hours"] for row in small.rows("missed", by=("hour", "in_hours"))}
        assert found == {11: not evening, 20: evening}
        for call in calls:
            small.give("call", call | {"excluded": "test"})


def test_hours_hold_as_long_as_the_record_of_the_number(small: Small) -> None:
    small.give("tracked_number", number(EVENING, "1-5 18:00-22:00", valid_until=at(f"{WEDNESDAY} 00:00")))
    small.give("call", *(ring(day, f"{day} 20:00", called=EVENING) for day in ("2025-07-01", WEDNESDAY)))
    found = {row.by["day"]: row.by["in_hours"] for row in small.rows("missed", by=("day", "in_hours"))}
    assert found == {"2025-07-01": True, WEDNESDAY: False}


def test_new_hours_reach_the_calls_before_and_a_rebuild_says_the_same(small: Small) -> None:
    calls = [
        ring(f"{own}{hour}", f"{WEDNESDAY} {hour}:30", called=own)
        for own in (DAY, EVENING)
        for hour in ("08", "12", "20")
    ]
    small.give("call", *calls)
    assert by_number(small) == {own: {True: 1, False: 2} for own in (DAY, EVENING)}
    stages = (
        (("1-5 18:00-22:00",), {True: 1, False: 2}),
        (("1-5 08:00-22:00",), {True: 3}),
        (("1-5 07:00-08:00",), {False: 3}),
        ((), {True: 1, False: 2}),
    )
    for hours, expected in stages:
        small.give("tracked_number", number(EVENING, *hours))
        followed = by_number(small)
        assert followed == {DAY: {True: 1, False: 2}, EVENING: expected}
        small.analysis.rebuild()
        assert by_number(small) == followed


def test_hours_that_are_none_are_refused_at_the_door(small: Small) -> None:
    good, bad = number(DAY, "1-5 09:00-18:00"), number(EVENING, "1-5 09:00-18:00", "evenings")
    outcomes = deliver(
        small.store, workspace=small.workspace.id, kind_name="tracked_number", source=SOURCE, records=[good, bad]
    ).outcomes
    assert [one.status for one in outcomes] == ["created", "refused"]
    assert outcomes[1].code == "bad_hours"
    assert outcomes[1].text is not None
    assert "evenings" in outcomes[1].text.en
    assert outcomes[1].remedy is not None
    assert "1-5 09:00-18:00" in outcomes[1].remedy.zh
