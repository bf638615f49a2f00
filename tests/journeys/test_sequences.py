"""Sequences, groups, what stands before direct, models side by side, why a deal was credited (S2-65 to S2-68)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from golden.small import Small, at, deal_event, dial, small_business, won
from huasuan.journeys import Wanted, before_direct, check_step, sequences, side_by_side, why_credited
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.metrics.attributing import attribution_of

PEOPLE = {"ann": "13900139001", "bob": "13900139002", "cai": "13900139003"}
MODELS = [attribution_of(text) for text in ("linear", "first", "last")]


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """Ann and Bob met banner, then came direct; Cai direct, then banner. Bob's sale came back in part."""
    with small_business(sqlite_template, tmp_path) as business:
        for name, (first, second) in {
            "ann": ("banner", "direct"),
            "bob": ("banner", "direct"),
            "cai": ("direct", "banner"),
        }.items():
            touches = [
                {"key": f"{name}{day}", "at": at(f"2026-06-0{day} 10:00"), "kind": "visit", "channel": channel}
                for day, channel in ((1, first), (3, second))
            ]
            business.give("touch", *(touch | {"phone": PEOPLE[name]} for touch in touches))
            business.give("deal_event", won(name, "2026-06-05 10:00", "100.00", phone=PEOPLE[name]))
        business.give("deal_event", deal_event("bob", "part_returned", "2026-06-20 10:00", amount="40.00"))
        yield business


def test_ways_to_a_sale_net_of_returns(small: Small) -> None:
    with small.analysis.reading() as (cursor, _):
        first, second = sequences(cursor, Wanted())
        assert (first.steps, first.conversions, first.value_minor) == (("banner", "direct"), 2, 16000)
        assert (first.length, first.days) == (2, 4)
        assert second.steps == ("direct", "banner")
        (group,) = sequences(cursor, Wanted(), grouped=True)
        assert (group.steps, group.conversions, group.value_minor) == (("banner", "direct"), 3, 26000)
        assert sequences(cursor, Wanted(date_from=date(2026, 7, 1))) == []
        by_kind = sequences(cursor, Wanted(step="touch_kind"), order="value")
        assert by_kind[0].steps == ("visit", "visit")


def test_what_stood_before_a_direct_visit(small: Small) -> None:
    with small.analysis.reading() as (cursor, _):
        assert [(row.step, row.visits) for row in before_direct(cursor, Wanted())] == [("banner", 2), (None, 1)]


def test_models_side_by_side_add_up_alike(small: Small) -> None:
    small.give("deal_event", won("unknown", "2026-06-05 10:00", "7.00", phone="13900139009"))
    with small.analysis.reading() as (cursor, _):
        rows = side_by_side(cursor, Wanted(), MODELS)
    assert [row.step for row in rows] == ["banner", "direct", None]
    banner = rows[0]
    assert banner.conversions == (1_500_000, 2_000_000, 1_000_000)
    assert banner.value_minor == (13000, 16000, 10000)
    assert (banner.assisted, banner.last) == (2, 1)
    for place in range(len(MODELS)):
        assert sum(row.conversions[place] for row in rows) == 4_000_000
        assert sum(row.value_minor[place] for row in rows) == 26700


def test_why_a_deal_was_credited(small: Small) -> None:
    small.give("call", dial("c", "2026-06-04 10:00", PEOPLE["ann"], talk=60, agent="li"))
    with small.analysis.reading() as (cursor, _):
        ((deal,),) = cursor.execute("SELECT deal_id FROM sale JOIN call USING (customer_id)").fetchall()
        touches = why_credited(cursor, deal, MODELS)
        assert [(touch.kind, touch.channel, touch.agent) for touch in touches] == [
            ("visit", "banner", None),
            ("visit", "direct", None),
            ("dial", None, "li"),
        ]
        assert [touch.shares for touch in touches] == [(333333, 1_000_000, 0), (333334, 0, 0), (333333, 0, 1_000_000)]
        assert [touch.value_minor[0] for touch in touches] == [3333, 3334, 3333]
        assert [touch.days_before for touch in touches] == [4, 2, 1]
        with pytest.raises(NotFound):
            why_credited(cursor, 1, MODELS)


def test_steps_have_names() -> None:
    with pytest.raises(InvalidInput, match="unknown_step"):
        check_step("colour; DROP")


def test_a_touch_stands_once_whatever_models_look_back(small: Small) -> None:
    """Of 4 and 2 days before the sale, a look-back of 3 days sees only the second."""
    models = [attribution_of(text) for text in ("linear", "linear@3", "markov")]
    with small.analysis.reading() as (cursor, _):
        ((deal,),) = cursor.execute("SELECT deal_id FROM sale WHERE returned_minor > 0").fetchall()
        touches = why_credited(cursor, deal, models)
    assert [(touch.position, touch.channel) for touch in touches] == [(1, "banner"), (2, "direct")]
    assert [touch.shares[:2] for touch in touches] == [(500_000, 0), (500_000, 1_000_000)]
    assert sum(touch.shares[2] for touch in touches) == 1_000_000


def test_a_report_that_takes_too_long_is_broken_off(small: Small) -> None:
    """In the middle of a statement, and between two of them."""

    def run(sql: str) -> None:
        with small.analysis.reading() as (cursor, _), cursor.within(0.05):
            for _ in range(1_000_000):
                cursor.execute(sql).fetchall()

    with pytest.raises(InvalidInput, match="takes_too_long"):
        run("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 7")
    with pytest.raises(InvalidInput, match="takes_too_long"):
        run("SELECT 1")
