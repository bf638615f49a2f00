"""Which conversions the facts hold: goals at hang-up, sales with the click of their call, what came back (S2-17)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, at, deal_event, ring, small_business, won
from huasuan.journeys import Conversion, due


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def _due(small: Small, now: str = "2026-07-01 00:00") -> list[Conversion]:
    with small.analysis.reading() as (cursor, _):
        return list(due(cursor, since=at("2026-06-01 00:00"), at=at(now), currency="CNY"))


def test_goals_of_calls_at_hang_up(small: Small) -> None:
    small.give(
        "call", ring("first", "2026-06-02 10:00", talk=90), ring("junk", "2026-06-02 11:00", "13900139002", talk=5)
    )
    small.give(
        "call", ring("again", "2026-06-03 10:00", talk=90), ring("old", "2026-05-03 10:00", "13900139003", talk=90)
    )
    found = _due(small)
    assert [one.goal for one in found] == [
        "call",
        "unique_call",
        "target_call",
        "unique_target_call",
        "call",
        "unique_call",
        "call",
    ]
    assert found[0].happened_at == at("2026-06-02 10:01:30")
    assert found[0].called_at == at("2026-06-02 10:00")
    assert len({one.key for one in found}) == len(found)


def test_a_sale_carries_the_click_of_its_call_and_comes_back(small: Small) -> None:
    small.give(
        "visit",
        {
            "key": "v",
            "started_at": at("2026-06-02 09:50"),
            "gclid": "Cj0",
            "bd_vid": "77",
            "landing_page": "https://a.example/",
        },
    )
    lease = {"key": "l", "own_number": "4008001234", "visit": "v"}
    small.give("lease", lease | {"leased_at": at("2026-06-02 09:50"), "seen_at": at("2026-06-02 10:05")})
    small.give("call", ring("c", "2026-06-02 10:00", talk=90))
    small.give("deal_event", won("d", "2026-06-04 10:00", "100.00", phone="13900139001", origin_call="c"))
    call = next(one for one in _due(small) if one.goal == "target_call")
    assert (call.gclid, call.landing_url) == ("Cj0", "https://a.example/?bd_vid=77")
    (sale,) = [one for one in _due(small) if one.goal == "sale"]
    assert (sale.value_minor, sale.gclid, sale.clicked_at) == (10000, "Cj0", at("2026-06-02 09:50"))

    small.give("deal_event", deal_event("d", "part_returned", "2026-06-20 10:00", amount="40.00"))
    (part,) = [one for one in _due(small) if one.goal == "sale"]
    assert (part.step, part.value_minor, part.changed_at, part.key) == (
        "conversion",
        6000,
        at("2026-06-20 10:00"),
        sale.key,
    )
    small.give("deal_event", deal_event("d", "cancelled", "2026-06-21 10:00"))
    (gone,) = [one for one in _due(small) if one.goal == "sale"]
    assert (gone.step, gone.key, gone.value_minor) == ("retraction", sale.key, None)


def test_a_call_that_is_not_over_is_no_conversion(small: Small) -> None:
    """Its talk would be none as yet, so it would pass for junk, and bidders would be told so for good."""
    on_the_line = ring("c", "2026-06-02 10:00") | {"result": "answered", "agent_joined_at": at("2026-06-02 10:00:20")}
    ringing = {"key": "r", "direction": "in", "ringing_at": at("2026-06-02 10:00"), "called": "4008001234"}
    small.give("call", {name: value for name, value in on_the_line.items() if name != "talk_seconds"})
    small.give("call", ringing | {"caller": "13900139002"})
    assert _due(small, "2026-06-02 10:10") == []
    over = {"ended_at": at("2026-06-02 10:05"), "ivr_seconds": 5, "hold_seconds": 30}
    small.give("call", {name: value for name, value in on_the_line.items() if name != "talk_seconds"} | over)
    found = _due(small, "2026-06-02 10:10")
    assert {one.goal for one in found} == {"call", "unique_call", "target_call", "unique_target_call"}
    assert {(one.happened_at, one.junk_reason) for one in found} == {(at("2026-06-02 10:05"), None)}
    # What rang so long ago rings no more, whoever forgot to say so.
    assert [one.missed for one in _due(small, "2026-06-02 11:10") if one.goal == "call"] == [False, True]


def test_an_answered_call_without_end_or_talk_is_over_after_half_a_day(small: Small) -> None:
    """What it was worth nobody knows, so it is not junk; where somebody said so, that stands."""
    taken = ring("c", "2026-06-02 10:00") | {"result": "answered", "agent_joined_at": at("2026-06-02 10:00:20")}
    del taken["talk_seconds"]
    small.give("call", taken)
    assert _due(small, "2026-06-02 21:59") == []
    found = _due(small, "2026-06-02 22:01")
    assert [one.goal for one in found] == ["call", "unique_call", "target_call", "unique_target_call"]
    assert {(one.unsure, one.junk_reason, one.talk_seconds) for one in found} == {(True, None, None)}
    small.give(
        "call_tag", {"key": "t", "call": "c", "at": at("2026-06-02 12:00"), "by": "person", "call_class": "junk"}
    )
    found = _due(small, "2026-06-02 22:01")
    assert [(one.goal, one.unsure, one.junk_reason) for one in found] == [
        ("call", False, "junk call"),
        ("unique_call", False, "junk call"),
    ]


def test_hang_up_is_after_menu_and_hold(small: Small) -> None:
    more = {"ring_seconds": 10, "ivr_seconds": 20, "queue_seconds": 30, "hold_seconds": 40}
    small.give("call", ring("c", "2026-06-02 10:00", talk=80, **more))
    assert {one.happened_at for one in _due(small)} == {at("2026-06-02 10:03")}


def test_a_sale_without_a_call_carries_the_last_click_of_the_person(small: Small) -> None:
    """A form, a callback or a dial of ours led to it; the visit is stored all the same (S2-17, S2-46, S2-47)."""
    for key, when, more in (
        ("old", "2026-03-01 09:00", {"gclid": "CjOld"}),
        ("ad", "2026-06-01 09:00", {"gclid": "CjAd"}),
        ("direct", "2026-06-02 09:00", {}),
        ("later", "2026-06-05 09:00", {"gclid": "CjLater"}),
    ):
        small.give("visit", {"key": key, "started_at": at(when), "visitor": "v1"} | more)
    small.give("visit", {"key": "other", "started_at": at("2026-06-02 09:30"), "visitor": "v2", "gclid": "CjOther"})
    form = {"key": "l", "created_at": at("2026-06-02 09:10"), "phone": "13900139001", "visitor": "v1"}
    small.give("lead", form)
    small.give("deal_event", won("d", "2026-06-04 10:00", "100.00", phone="13900139001", lead="l"))
    (sale,) = [one for one in _due(small) if one.goal == "sale"]
    assert (sale.gclid, sale.clicked_at) == ("CjAd", at("2026-06-01 09:00"))


def test_visits_are_joined_to_sales_by_the_person(small: Small) -> None:
    """By time alone every sale would meet every visit of three months: a hundred times the work at 5,000 sales."""
    asked: list[str] = []

    def noted(sql: str) -> str:
        asked.append(sql)
        return sql

    small.give("deal_event", won("d", "2026-06-04 10:00", "100.00", phone="13900139001"))
    # A plan over an empty table leaves out what reads it.
    small.give("visit", {"key": "v", "started_at": at("2026-06-02 09:00"), "visitor": "v1"})
    small.give("lead", {"key": "l", "created_at": at("2026-06-02 09:10"), "phone": "13900139001", "visitor": "v1"})
    since = at("2026-06-01 00:00")
    with small.analysis.reading() as (cursor, _):
        assert list(due(cursor.through(noted), since=since, at=at("2026-07-01 00:00"), currency="CNY"))
        (sales,) = [sql for sql in asked if "fact_deal_event" in sql]
        plan = str(cursor.execute(f"EXPLAIN {sales}", [since, []]).fetchall())
    # Else "Nested Loop Join", "IE Join" or "Cross Product" among them.
    assert set(re.findall(r"[A-Z]+[a-z]* (?:Loop )?(?:Join|Product)(?= )", plan)) == {"Hash Join"}
