"""Sequences, groups, what stands before direct, models side by side, why a deal was credited (S2-65 to S2-68)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from golden.small import Small, at, cost, deal_event, dial, small_business, won
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


def many_sales(small: Small, customers: int) -> None:
    """Each met banner, then keyword; the n-th bought for n yuan; half of them came back."""
    people = [f"1370013{number:04}" for number in range(customers)]
    small.give(
        "touch",
        *(
            {
                "key": f"{phone}/{day}",
                "at": at(f"2026-05-0{day} 10:00"),
                "kind": "visit",
                "channel": channel,
                "phone": phone,
            }
            for phone in people
            for day, channel in ((1, "banner"), (2, "keyword"))
        ),
    )
    small.give(
        "deal_event",
        *(won(f"m{number}", "2026-05-05 10:00", str(number + 1), phone=phone) for number, phone in enumerate(people)),
        *(deal_event(f"m{number}", "returned", "2026-05-20 10:00") for number in range(0, customers, 2)),
    )


def test_how_sure_credit_is(small: Small) -> None:
    """Sales of 2, 4 … 60 yuan stay, each halved: 15 × 31 = 465.00; over 30 customers of whom 15 brought it."""
    many_sales(small, 60)
    with small.analysis.reading() as (cursor, _):
        rows = side_by_side(cursor, Wanted(date_to=date(2026, 6, 1)), MODELS[:1], intervals=True)
    (banner, keyword) = rows
    assert banner.value_minor == keyword.value_minor == (46500,)
    assert banner.sure is not None
    assert banner.sure[0] is not None
    sales, money = banner.sure[0]
    # 60 halves of a sale: standard error √60 / 2 = 3.87 of 30; the middle leans a little to the right
    assert (sales.low, sales.high) == pytest.approx((22.6e6, 37.8e6), rel=0.02)
    # squares of 100 k for k = 1 … 30 add up to 94,550,000: 9723.7 fen; cubes to 2.16225e11, a lean of .23519;
    # 3 / .23519 × (∛(1 + .23519 × (±1.95996 - .0392)) - 1) = 1.6879 below and 2.4342 above
    assert (money.low, money.high) == pytest.approx((46500 - 1.6879 * 9723.7, 46500 + 2.4342 * 9723.7), rel=1e-4)


def test_a_question_is_told_how_sure_credit_is(small: Small) -> None:
    """The same ends as models side by side have; without a model a sum is what happened."""
    many_sales(small, 60)
    until = date(2026, 6, 1)
    rows = small.rows("revenue_net", by=("channel",), attribution="linear", intervals=True, date_to=until)
    (banner,) = [row for row in rows if row.by["channel"] == "banner"]
    assert banner.values["revenue_net"].value == 46500
    assert banner.sure is not None
    interval = banner.sure["revenue_net"].interval
    assert interval is not None
    assert interval.method == "credited"
    ends = (float(interval.low), float(interval.high))
    assert ends == pytest.approx((46500 - 1.6879 * 9723.7, 46500 + 2.4342 * 9723.7), rel=1e-4)
    (whole,) = small.rows("revenue_net", intervals=True)
    assert whole.sure is not None
    assert whole.sure["revenue_net"].interval is None


def test_too_few_customers_have_no_interval(small: Small) -> None:
    with small.analysis.reading() as (cursor, _):
        rows = side_by_side(cursor, Wanted(), MODELS[:1], intervals=True)
    assert rows[0].sure is not None
    assert rows[0].sure[0] is not None
    assert rows[0].sure[0][1].low is None
    assert "too few customers (3" in str(rows[0].sure[0][1].reason)


def test_return_on_money_and_acquisition_cost_are_unsure_under_a_model(small: Small) -> None:
    """Cost is booked; what customers brought under the model varies (S2-45, S3-13)."""
    many_sales(small, 80)
    small.give("cost", cost("k", "ads", "2026-05-01", "100.00", channel="banner"))
    rows = small.rows("roas", "cac_attributed", by=("channel",), attribution="linear", intervals=True)
    (banner,) = [row for row in rows if row.by["channel"] == "banner"]
    assert banner.sure is not None
    for metric in ("roas", "cac_attributed"):
        interval, value = banner.sure[metric].interval, banner.values[metric].value
        assert interval is not None
        assert value is not None
        assert interval.low < value < interval.high
