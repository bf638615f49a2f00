"""Which conversions the facts hold: goals at hang-up, sales with the click of their call, what came back (S2-17)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, at, deal_event, ring, small_business, won
from huasuan.journeys import Conversion, due


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def _due(small: Small) -> list[Conversion]:
    with small.analysis.reading() as (cursor, _):
        return list(due(cursor, since=at("2026-06-01 00:00"), currency="CNY"))


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
