"""Selling on to customers and what they are worth, worked out by hand: facts in, figure out."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import ZONE, Record, Small, at, cost, deal_event, dial, small_business, won
from huasuan.people import WorkspaceSettings

A, B, C = "13800138001", "13800138002", "13800138003"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def sold(deal: str, day: str, phone: str, *lines: tuple[str, str], call: str | None = "k1") -> Record:
    """A deal of lines (product group, value)."""
    made = [{"product_group": group, "product": f"{group}-1", "value": value, "cost": "1"} for group, value in lines]
    return won(deal, f"{day} 12:00", phone=phone, lines=made, **({"origin_call": call} if call else {}))


def sell(small: Small) -> None:
    """A: tea 10; pots 5 and tea 12 (crosses and climbs); tea 12 (neither); cups 1 without a call.

    B: pots 9, then pots 8. C: a deal without a product group, then tea: nothing is known about the first.
    """
    small.give("call", *(dial(f"k{n}", "2025-06-01 09:00", phone, talk=60) for n, phone in enumerate((A, B, C), 1)))
    small.give(
        "deal_event",
        sold("a1", "2025-07-01", A, ("tea", "10")),
        sold("a2", "2025-07-02", A, ("pots", "5"), ("tea", "12")),
        sold("a3", "2025-07-03", A, ("tea", "12")),
        sold("a4", "2025-07-04", A, ("cups", "1"), call=None),
        sold("b1", "2025-07-01", B, ("pots", "9"), call="k2"),
        sold("b2", "2025-07-02", B, ("pots", "8"), call="k2"),
        won("c1", "2025-07-01 12:00", "7", phone=C, origin_call="k3"),
        sold("c2", "2025-07-02", C, ("tea", "20"), call="k3"),
    )


def test_selling_something_else_and_more_of_the_same(small: Small) -> None:
    sell(small)
    assert small.value("cross_sell_deals") == 1
    assert small.value("upsell_deals") == 1
    assert small.value("cross_sell_rate") == Decimal("0.125")
    assert small.value("upsell_rate") == Decimal("0.125")
    assert small.cut("cross_sell_deals", "product_group", basis="event") == {"pots": 1}
    assert small.cut("upsell_deals", "product_group", basis="event") == {"tea": 1}


def test_an_earlier_deal_that_comes_late_makes_others_selling_on(small: Small) -> None:
    small.give("call", dial("k1", "2025-06-01 09:00", A, talk=60))
    small.give("deal_event", sold("a2", "2025-07-02", A, ("pots", "5")))
    assert small.value("cross_sell_deals") == 0
    small.give("deal_event", sold("a1", "2025-07-01", A, ("tea", "10")))
    assert small.value("cross_sell_deals") == 1


def test_what_was_known_then_had_sold_nothing_on_yet(small: Small) -> None:
    """The second deal became known a month later than it was made."""
    small.give("call", dial("k1", "2025-06-01 09:00", A, talk=60))
    small.give("deal_event", sold("a1", "2025-07-01", A, ("tea", "10")) | {"known_at": "2025-07-01T12:00:00+08:00"})
    small.give("deal_event", sold("a2", "2025-07-02", A, ("pots", "5")) | {"known_at": "2025-08-02T12:00:00+08:00"})
    assert _known(small, "2025-08-01") == 0
    assert _known(small, "2025-09-01") == 1


def _known(small: Small, day: str) -> Any:
    return small.value("cross_sell_deals", as_of=date.fromisoformat(day))


def test_lifetime_value_and_what_a_customer_costs(small: Small) -> None:
    """Two customers: 30 + 12 - 2 of goods, half of B's given back; 8 yuan were spent on them.

    Margin 30 - 1 + 6 - 0.5 = 34.5; CLV 17.25; CAC 4; 17.25 / 4 = 4.3125.
    """
    small.give("call", dial("k1", "2025-06-01 09:00", A, talk=60), dial("k2", "2025-06-01 09:00", B, talk=60))
    small.give(
        "deal_event",
        sold("a1", "2025-07-01", A, ("tea", "30")),
        sold("b1", "2025-07-01", B, ("tea", "12"), call="k2"),
        deal_event("b1", "part_returned", "2025-07-03 12:00", amount="6"),
    )
    small.give("cost", cost("e", "other", "2025-06-01", "8"))
    assert small.value("clv") == 1725
    figure = small.figure("clv_cac")
    assert (figure.value, figure.numerator, figure.denominator) == (Decimal("4.3125"), Decimal(1725), Decimal(400))


def test_without_cost_or_customers_the_quotient_is_unknown(small: Small) -> None:
    figure = small.figure("clv_cac")
    assert figure.value is None
    assert figure.reason is not None
    small.give("deal_event", sold("a1", "2025-07-01", A, ("tea", "30"), call=None))
    assert small.value("clv_cac") is None


@pytest.fixture
def staged(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """Somebody said in which order the stages follow."""
    settings = WorkspaceSettings(deal_stages=("demo", "offer"))
    with small_business(sqlite_template, tmp_path, settings) as business:
        yield business


def step(deal: str, day: str, stage: str | None, kind: str = "stage") -> Record:
    """A deal enters a stage at noon."""
    record = deal_event(deal, kind, f"2025-07-{day} 12:00", phone=A)
    return record | {"key": f"{deal}/{day}/{kind}"} | ({"stage": stage} if stage else {})


def go_through(small: Small) -> None:
    """d1 demo, offer, sold; d2 demo, offer, lost; d3 demo; d4 demo, sold; d5 offer, and back to demo."""
    small.give(
        "deal_event",
        step("d1", "01", "demo"),
        step("d1", "02", "offer"),
        step("d1", "05", None, "won") | {"amount": "5"},
        step("d2", "01", "demo", "opened"),
        step("d2", "02", "offer"),
        step("d2", "03", "lost", "lost"),
        step("d3", "01", "demo"),
        step("d3", "02", "demo"),
        step("d4", "01", "demo"),
        step("d4", "09", None, "won") | {"amount": "5"},
        step("d5", "01", "offer"),
    )


def test_a_deal_goes_on_to_whatever_stage_comes_next(small: Small) -> None:
    go_through(small)
    assert small.cut("funnel_stage", "stage") == {
        "demo": Decimal("0.75"),
        "offer": (Decimal(1) / 3).quantize(Decimal(1).scaleb(-12)),
    }
    # one, one and eight days after the demo; three after the offer
    assert small.cut("funnel_stage_days", "stage") == {"demo": 1, "offer": 3}
    assert small.cut("funnel_stage", "month") == {"2025-07": (Decimal(4) / 7).quantize(Decimal(1).scaleb(-12))}


def test_in_a_stated_order_skipped_stages_are_passed(staged: Small) -> None:
    """d4 was sold without an offer: it entered and passed that stage when it was sold."""
    go_through(staged)
    assert staged.cut("funnel_stage", "stage") == {"demo": Decimal("0.75"), "offer": Decimal("0.5")}
    assert staged.figure("funnel_stage").denominator == 8


def test_a_deal_in_a_stage_has_the_place_of_its_lead(small: Small) -> None:
    small.give("lead", {"key": "l", "created_at": at("2025-07-01 08:00"), "phone": A, "channel": "x", "list": "L"})
    small.give("deal_event", step("d1", "01", "demo") | {"lead": "l"})
    assert small.cut("funnel_stage", "channel") == {"x": 0}
    small.give("lead", {"key": "l", "created_at": at("2025-07-01 08:00"), "phone": A, "channel": "y", "list": "L"})
    assert small.cut("funnel_stage", "channel") == {"y": 0}


def test_customers_lost_from_month_to_month(small: Small) -> None:
    """Active for 90 days after buying. A: 15 January and 1 March; B: 15 January; C: in the month that is not over.

    On 1 February, March and April A and B (B until 15 April), on 1 May A (until 30 May), on 1 June nobody.
    """
    small.give("deal_event", won("a1", "2025-01-15 12:00", "5", phone=A), won("a2", "2025-03-01 12:00", "5", phone=A))
    small.give("deal_event", won("b1", "2025-01-15 12:00", "5", phone=B))
    small.give("deal_event", won("c1", f"{datetime.now(ZONE).date() - timedelta(days=35)} 12:00", "5", phone=C))
    past = {"date_to": date(2025, 12, 1)}
    months = {"2025-02": 2, "2025-03": 2, "2025-04": 2, "2025-05": 1}
    assert small.cut("customers_at_start", "month", **past) == months
    assert small.cut("customers_lost", "month", **past) == {"2025-04": 1, "2025-05": 1}
    assert small.cut("churn", "month", **past) == {
        "2025-02": 0,
        "2025-03": 0,
        "2025-04": Decimal("0.5"),
        "2025-05": 1,
    }
    assert small.value("churn", **past) == (Decimal(2) / 7).quantize(Decimal(1).scaleb(-12))


def test_a_purchase_that_comes_late_keeps_a_customer(small: Small) -> None:
    small.give("deal_event", won("a1", "2025-01-15 12:00", "5", phone=A))
    assert small.cut("customers_lost", "month") == {"2025-04": 1}
    small.give("deal_event", won("a2", "2025-04-20 12:00", "5", phone=A))
    assert small.cut("customers_lost", "month") == {"2025-07": 1}


def test_customers_under_contract_are_lost_when_it_ends(small: Small) -> None:
    """A: a year from 15 January, ended early on 20 April; B: half a year, renewed for another; C bought once.

    On 1 April all three are active, on 1 May B and nobody else: C's 90 days ended on 15 April.
    """
    small.give(
        "deal_event",
        won("a1", "2025-01-15 12:00", "5", phone=A, contract_until="2026-01-14"),
        won("b1", "2025-01-15 12:00", "5", phone=B, contract_until="2025-07-14"),
        won("c1", "2025-01-15 12:00", "5", phone=C),
    )
    small.give("deal_event", deal_event("a1", "changed", "2025-04-10 12:00", amount="5", contract_until="2025-04-20"))
    small.give("deal_event", won("b2", "2025-07-10 12:00", "5", phone=B, contract_until="2026-01-14"))
    april = {"date_from": date(2025, 4, 1), "date_to": date(2025, 5, 1)}
    assert small.cut("customers_at_start", "trade", **april) == {"contract": 2, "repurchase": 1}
    assert small.cut("churn", "trade", **april) == {"contract": Decimal("0.5"), "repurchase": 1}
    later = {"date_from": date(2025, 5, 1), "date_to": date(2025, 11, 1)}
    assert small.cut("customers_at_start", "month", **later) == {f"2025-{month:02}": 1 for month in range(5, 11)}
    assert small.value("customers_lost", **later) == 0


def test_a_cancelled_contract_ends_that_day(small: Small) -> None:
    small.give("deal_event", won("a1", "2025-01-15 12:00", "5", phone=A, contract_until="2025-10-14"))
    small.give("deal_event", deal_event("a1", "cancelled", "2025-03-05 12:00"))
    assert small.cut("customers_lost", "month", date_to=date(2025, 10, 1)) == {"2025-03": 1}


def test_a_contract_without_end_in_sight_is_not_lost_where_rows_end(small: Small) -> None:
    small.give("deal_event", won("a1", "2000-01-15 12:00", "5", phone=A, contract_until="9999-12-31"))
    assert small.value("customers_lost") == 0
    assert small.value("customers_at_start") == 240
