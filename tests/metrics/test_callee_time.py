"""The clock where a call rings, beside the workspace's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, dial, ring, small_business
from huasuan.contacts.place import zone_of


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+8613800138000", "Asia/Shanghai"),
        ("+86991123456", "Asia/Shanghai"),
        ("+442071234567", "Europe/London"),
        ("+12125551234", "America/New_York"),
        ("+79161234567", None),  # a mobile number of a country with many zones
        ("95588", None),
    ],
)
def test_a_number_tells_its_zone_or_it_does_not(number: str, zone: str | None) -> None:
    assert zone_of(number) == zone


def test_calls_by_the_clock_where_they_ring(small: Small) -> None:
    """Tuesday 06:30 in Shanghai is Monday 23:30 in London (summer) and 18:30 in New York."""
    numbers = {"cn": "13800138000", "uk": "+442071234567", "us": "+12125551234", "ru": "+79161234567"}
    small.give("call", *(dial(key, "2025-07-01 06:30", number) for key, number in numbers.items()))
    small.give("call", dial("withheld", "2025-07-01 06:30", None))
    assert small.cut("dials", "callee_hour") == {6: 1, 18: 1, 23: 1, "unknown": 2}
    assert small.cut("dials", "callee_weekday") == {1: 2, 2: 1, "unknown": 2}
    assert small.cut("dials", "hour") == {6: 5}


def test_who_calls_us_has_no_such_clock(small: Small) -> None:
    small.give("call", ring("k", "2025-07-01 06:30"))
    assert small.cut("inbound_calls", "callee_hour") == {"unknown": 1}
