"""Working days of China as the State Council announced them, and of nowhere in particular."""

from datetime import date

import pytest

from huasuan.kernel.workdays import is_calendar, is_working_day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-25", False),  # an ordinary Saturday
        ("2025-01-26", True),  # a Sunday worked for the Spring Festival
        ("2025-01-28", False),  # New Year's Eve, a Tuesday
        ("2025-02-08", True),  # a Saturday worked
        ("2025-09-28", True),  # a Sunday worked for the National Day
        ("2025-10-08", False),  # the last day of it, a Wednesday
        ("2025-10-09", True),
        ("2026-02-14", True),
    ],
)
def test_the_days_worked_instead_count(day: str, works: bool) -> None:
    assert is_working_day("CN", date.fromisoformat(day)) is works


def test_without_a_country_monday_to_friday_are_worked() -> None:
    assert [is_working_day("", date(2025, 1, day)) for day in range(24, 29)] == [True, False, False, True, True]


def test_countries_are_known_by_their_code() -> None:
    assert [is_calendar(name) for name in ("CN", "", "DE", "XX", "cn")] == [True, True, True, False, False]
