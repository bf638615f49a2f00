"""What was known when: returns, restated costs and exchange rates that arrive later; and what stays unknown."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from golden.small import Small, at, cost, deal_event, dial, ring, shift, small_business, won

DAY = "2025-07-01"
AUGUST, OCTOBER = date(2025, 8, 1), date(2025, 10, 1)


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def test_as_known_before_and_after_a_return(small: Small) -> None:
    small.give("call", ring("r", f"{DAY} 10:00", talk=90))
    small.give("deal_event", won("d", f"{DAY} 11:00", "100", origin_call="r", known_at=at(f"{DAY} 11:00")))
    small.give("deal_event", deal_event("d", "returned", "2025-07-08 11:00", known_at=at("2025-08-01 00:00")))
    assert small.value("revenue_net") == 0
    # what was known at the very moment is not known before it
    assert small.value("revenue_net", as_of=AUGUST) == 10_000
    assert small.value("revenue_net", as_of=date(2025, 8, 2)) == 0
    assert small.value("won_value", as_of=date(2025, 7, 1)) == 0
    assert small.value("won_value", as_of=date(2025, 7, 2)) == 10_000
    assert (small.value("new_customers"), small.value("new_customers", as_of=AUGUST)) == (0, 1)
    facts = list(small.analysis.behind(small.answer("revenue_net", as_of=AUGUST).question))
    assert sum(fact.amount for fact in facts) == 10_000


def test_as_known_who_was_lost(small: Small) -> None:
    """A second purchase that was told late kept the customer only in what is known now (S1-22)."""
    buyer = "13800000001"
    first = won("d", f"{DAY} 11:00", "100", phone=buyer, known_at=at(f"{DAY} 11:00"))
    again = won("e", "2025-09-15 11:00", "100", phone=buyer, known_at=at("2025-12-10 00:00"))
    small.give("deal_event", first, again)
    for day, lost in ((None, 0), (date(2025, 12, 1), 1)):
        asked = {"date_from": date(2025, 8, 1), "date_to": date(2025, 11, 1), "as_of": day}
        assert small.value("customers_lost", **asked) == lost
    assert small.value("customers_at_start", as_of=date(2025, 7, 2), date_to=date(2025, 11, 1)) == 0


def test_as_known_before_and_after_a_cost_was_restated(small: Small) -> None:
    small.give("call", dial("o", f"{DAY} 10:00", channel="x"))
    small.give("cost", cost("c", "other", DAY, "100", known_at=at("2025-07-02 00:00")))
    small.give("cost", cost("c", "other", DAY, "80", channel="x", known_at=at("2025-09-01 00:00")))
    assert small.value("total_cost") == 8_000
    assert small.value("total_cost", as_of=AUGUST) == 10_000
    assert small.value("total_cost", as_of=date(2025, 7, 2)) == 0
    assert small.cut("total_cost", "channel", as_of=AUGUST) == {"x": 10_000}


def test_a_backfill_may_come_in_any_order(small: Small) -> None:
    """The version known last stands, however late the earlier one is delivered."""
    small.give("call", dial("o", f"{DAY} 10:00"))
    small.give("cost", cost("c", "other", DAY, "80", known_at=at("2025-09-01 00:00")))
    small.give("cost", cost("c", "other", DAY, "100", known_at=at("2025-07-02 00:00")))
    assert (small.value("total_cost"), small.value("total_cost", as_of=AUGUST)) == (8_000, 10_000)
    small.give("call", dial("o2", f"{DAY} 10:00", channel="late", known_at=at("2025-09-01 00:00")))
    small.give("call", dial("o2", f"{DAY} 10:00", channel="early", known_at=at("2025-07-02 00:00")))
    assert small.cut("dials", "channel") == {"late": 1, "unknown": 1}


def test_what_states_nothing_is_known_from_its_delivery_on(small: Small) -> None:
    small.give("cost", cost("c", "other", DAY, "100"))
    assert (small.value("total_cost"), small.value("total_cost", as_of=OCTOBER)) == (10_000, 0)


def test_a_rate_that_arrives_later_was_not_known_before(small: Small) -> None:
    small.give("cost", cost("c", "other", DAY, "100", currency="USD", known_at=at("2025-07-02 00:00")))
    unknown = small.figure("total_cost")
    assert (unknown.value, unknown.reason and unknown.reason.en) == (
        None,
        "costs without an exchange rate (1: USD 100.00)",
    )
    assert unknown.reason is not None
    assert unknown.reason.zh == "缺少汇率的费用（1 条：USD 100.00）"
    rate = {"key": "usd", "day": "2025-06-30", "currency": "USD", "into": "CNY", "rate": "7.1234"}
    small.give("fx_rate", rate | {"known_at": at("2025-09-01 00:00")})
    assert small.value("total_cost") == 71_234
    assert small.value("total_cost", as_of=AUGUST) is None
    small.give("fx_rate", rate | {"rate": "7", "known_at": at("2025-10-01 00:00")})
    assert (small.value("total_cost"), small.value("total_cost", as_of=OCTOBER)) == (70_000, 71_234)


def test_money_is_converted_at_the_rate_of_its_day(small: Small) -> None:
    """7 until 10 July, then 8: 100.01 dollars are 700.07 yuan, 100 dollars 800."""
    small.give(
        "fx_rate",
        {"key": "1", "day": "2025-07-01", "currency": "USD", "into": "CNY", "rate": "7"},
        {"key": "2", "day": "2025-07-10", "currency": "USD", "into": "CNY", "rate": "8"},
        {"key": "3", "day": "2025-07-01", "currency": "JPY", "into": "CNY", "rate": "0.0475"},
    )
    small.give(
        "deal_event",
        won("d1", "2025-07-09 23:59", "100.01", currency="USD", phone="13900139001"),
        won("d2", "2025-07-10 00:00", "100", currency="USD", phone="13900139001"),
        # 70 yen are 3.325 yuan: half to even gives 332 fen
        won("d3", "2025-07-09 12:00", "70", currency="JPY", phone="13900139001"),
        # what comes back of d1 later comes back at the rate of d1
        deal_event("d1", "returned", "2025-07-20 12:00", currency="USD"),
    )
    assert small.cut("won_value", "day") == {"2025-07-09": 70_007 + 332, "2025-07-10": 80_000}
    assert small.value("revenue_net") == 80_332


def test_without_a_rate_revenue_and_returns_are_unknown(small: Small) -> None:
    small.give(
        "deal_event",
        won("d1", f"{DAY} 11:00", "100", currency="USD", phone="13900139001"),
        won("d2", "2025-08-01 11:00", "100", phone="13900139001"),
        deal_event("d1", "returned", "2025-07-08 11:00", currency="USD"),
    )
    for metric in ("won_value", "returned_value", "revenue_net", "aov"):
        figure = small.figure(metric, date_to=AUGUST)
        assert figure.value is None, metric
        assert figure.reason is not None
        assert "exchange rate (1)" in figure.reason.en
    assert small.value("won_deals") == 2
    assert small.value("returned_deals") == 1
    assert small.value("new_customers") == 1
    assert small.value("revenue_net", date_from=AUGUST) == 10_000
    assert small.value("cancelled_value") == 0


def test_a_margin_needs_the_cost_of_every_product(small: Small) -> None:
    small.give("product", {"key": "p", "product": "pump", "product_group": "pumps", "margin_percent": "40"})
    small.give(
        "deal_event",
        won("d1", f"{DAY} 11:00", lines=[{"product": "pump", "value": "113", "tax": "13"}], phone="13900139001"),
        won("d2", f"{DAY} 11:00", lines=[{"product": "hose", "value": "10"}], phone="13900139001"),
    )
    # 113 - 13 tax - 60 % of 113
    assert small.cut("gross_margin", "product") == {"pump": 10_000 - 6_780, "hose": None}
    figure = small.figure("gross_margin")
    assert (figure.value, figure.reason and figure.reason.en) == (None, "deal lines without a product cost (1)")
    small.give("product", {"key": "h", "product": "hose", "margin_percent": "100"})
    assert small.value("gross_margin") == 10_000 - 6_780 + 1_000


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        ("roi", "no cost recorded"),
        ("roas", "no ad spend"),
        ("cac", "no new customers"),
        ("cpl", "no leads"),
        ("aov", "no won deals"),
        ("missed_rate", "no inbound calls"),
        ("utilisation", "no paid shifts"),
    ],
)
def test_nothing_is_not_zero(small: Small, metric: str, why: str) -> None:
    figure = small.figure(metric)
    assert (figure.value, figure.reason and figure.reason.en) == (None, why)


def test_a_cost_of_nothing_is_no_cost(small: Small) -> None:
    small.give("cost", cost("c", "other", DAY, "0"))
    small.give("deal_event", won("d", f"{DAY} 11:00", "100", phone="13900139001"))
    figure = small.figure("roi")
    assert (figure.value, figure.numerator, figure.denominator) == (None, 10_000, 0)


def test_unknown_and_unallocated_are_different_rows(small: Small) -> None:
    """A call without a channel bears 60 as unknown; a campaign nobody called about keeps its 40 as unallocated."""
    small.give("call", dial("o1", f"{DAY} 10:00", channel="x"), dial("o2", f"{DAY} 11:00"))
    small.give(
        "cost",
        cost("c1", "other", DAY, "120"),
        cost("c2", "ads", DAY, "40", campaign="spring"),
        cost("c3", "ads", DAY, "5", channel="fair"),
    )
    rows = {
        (row.kind, row.by["channel"]): row.values["total_cost"].value
        for row in small.rows("total_cost", by=("channel",))
    }
    assert rows == {
        ("value", "x"): 6_000,
        ("unknown", None): 6_000,
        ("unallocated", None): 4_000,
        ("value", "fair"): 500,
    }
    dials = {(row.kind, row.by["channel"]): row.values["dials"].value for row in small.rows("dials", by=("channel",))}
    assert dials == {("value", "x"): 1, ("unknown", None): 1}
    assert small.cut("total_cost", "campaign") == {"unknown": 12_000, "spring": 4_000, "unallocated": 500}


def test_a_paid_agent_without_calls_keeps_the_pay(small: Small) -> None:
    small.give("call", dial("o", f"{DAY} 10:00", agent="a1", channel="x"))
    small.give("shift", shift("a1", DAY), shift("a2", DAY))
    small.give("cost", cost("pay", "pay", DAY, "100"))
    assert small.cut("total_cost", "agent") == {"a1": 5_000, "a2": 5_000}
    assert small.cut("total_cost", "channel") == {"x": 5_000, "unallocated": 5_000}


def test_the_workspace_decides_what_marketing_is(small: Small) -> None:
    small.give("cost", cost("c1", "ads", DAY, "10"), cost("c2", "sms", DAY, "5"), cost("c3", "list_data", DAY, "3"))
    assert (small.value("marketing_spend"), small.value("ad_spend"), small.value("total_cost")) == (1_300, 1_000, 1_800)


def test_a_quotient_is_exact_to_the_twelfth_decimal(small: Small) -> None:
    small.give("call", *(ring(f"r{n}", f"{DAY} 10:00", f"1390013900{n}", talk=70 if n else 0) for n in range(3)))
    assert small.value("missed_rate") == Decimal("0.333333333333")
    assert small.value("target_call_share") == Decimal("0.666666666667")
