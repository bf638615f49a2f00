"""Callbacks: when they are arranged for, whom they are not, and what the list of them says (S2-13)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.opening import seconds_of_hours
from huasuan.kernel.time import zone
from huasuan.numbers import AHEAD, Asker, Site, SiteSettings, form_token, is_form, is_welcome, open_times
from huasuan.numbers.when_to_call import call_time, open_from

CHINA = zone("Asia/Shanghai")
BERLIN = zone("Europe/Berlin")
WEEKDAYS = seconds_of_hours(["1-5 09:00-18:00"])
# A Wednesday, 10 o'clock in China.
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"


def site(*, signs: str = "s", callback: bool = True) -> Site:
    settings = SiteSettings(origins=("https://a.example",), overflow="+862162000999", callback=callback)
    return Site(id=1, workspace=1, name="shop", key="k", secret=signs, settings=settings, created_at=NOW)


@pytest.mark.parametrize(
    ("asked", "wanted", "due", "in_hours"),
    [
        ("2026-07-01 10:00", None, "2026-07-01 10:00", True),
        ("2026-07-01 08:59", None, "2026-07-01 09:00", False),
        ("2026-07-01 18:00", None, "2026-07-02 09:00", False),
        ("2026-07-03 23:00", None, "2026-07-06 09:00", False),
        ("2026-07-01 10:00", "2026-07-02 14:30", "2026-07-02 14:30", True),
        ("2026-07-01 10:00", "2026-07-04 14:30", "2026-07-06 09:00", True),
    ],
    ids=["open", "before", "at closing", "friday night", "chosen", "chosen on a saturday"],
)
def test_a_call_is_tried_as_soon_as_it_is_wanted_and_somebody_is_there(
    asked: str, wanted: str | None, due: str, in_hours: bool
) -> None:
    def at(text: str) -> datetime:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)

    found = call_time(None if wanted is None else at(wanted), hours=WEEKDAYS, zone=CHINA, now=at(asked))
    assert (found.at, found.in_hours) == (at(due), in_hours)


def test_a_time_past_or_far_ahead_is_refused_and_a_slow_clock_is_not() -> None:
    for wrong in (NOW - timedelta(minutes=11), NOW + AHEAD + timedelta(seconds=1)):
        with pytest.raises(InvalidInput, match="cannot be chosen"):
            call_time(wrong, hours=(), zone=CHINA, now=NOW)
    assert call_time(NOW - timedelta(minutes=9), hours=(), zone=CHINA, now=NOW).at == NOW


def test_the_door_opens_by_the_clock_on_it_when_clocks_change() -> None:
    saturday = datetime(2026, 3, 28, 20, tzinfo=UTC)
    opening = open_from(saturday, seconds_of_hours(["7 09:00-12:00"]), BERLIN)
    assert opening == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert open_times(saturday, seconds_of_hours(["7 09:00-24:00"]), BERLIN)[0][1] == datetime(
        2026, 3, 29, 22, tzinfo=UTC
    )


@given(
    moment=st.integers(0, 365 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    hours=st.lists(st.tuples(st.integers(1, 7), st.integers(0, 22), st.integers(1, 24)), max_size=5),
    where=st.sampled_from([CHINA, BERLIN]),
)
def test_it_is_never_earlier_and_somebody_is_there(
    moment: datetime, hours: list[tuple[int, int, int]], where: object
) -> None:
    said = {day: (day, opens * 3600, closes * 3600) for day, opens, closes in hours if opens < closes}
    found = open_from(moment, tuple(said.values()), where)  # type: ignore[arg-type]
    assert moment <= found <= moment + timedelta(days=8)
    open_then = open_times(moment, tuple(said.values()), where)  # type: ignore[arg-type]
    assert not said or any(begins <= found < ends for begins, ends in open_then)


def test_a_form_holds_for_hours_not_for_a_moment_and_for_its_site_alone() -> None:
    shown = form_token(site(), at=1000)
    assert [is_form(site(), shown, at=at) for at in (1000, 1002, 1000 + 5 * 3600, 1000 + 7 * 3600)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not is_form(site(signs="t"), shown, at=1002)
    for wrong in ("", "1000", "1000.aa", shown.replace("1000", "1001", 1), "²." + shown, shown + "0", "a.b.c"):
        assert not is_form(site(), wrong, at=1003), wrong


def test_robots_and_pages_elsewhere_are_not_welcome() -> None:
    good = Asker(address="1.2.3.4", origin="https://a.example", program=BROWSER)
    assert is_welcome(site(), good)
    assert not is_welcome(site(), Asker(address="", origin="https://b.example", program=BROWSER))
    assert not is_welcome(site(), Asker(address="", origin=good.origin, program="curl/8"))
    assert not is_welcome(site(callback=False), good)
