"""The golden cases of the domain canon, through the public intake, with numbers worked out by hand.

Covers S2-3, S2-26, S2-27, S2-34, S2-44, S2-45, S2-58, S0-4..S0-9, S3-2..S3-8, S3-10..S3-12 and S3-51.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import Record, Small, at, cost, deal_event, dial, ring, shift, small_business, won
from huasuan.metrics.drivers import COST_KINDS, DRIVERS
from huasuan.people import WorkspaceSettings

DAY = "2025-07-01"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


@pytest.fixture
def taxi(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """Every call counts: there is no sales cycle."""
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(cycle_days=0)) as business:
        yield business


def _sell_a_hundred(small: Small) -> None:
    """100 deals of 100 yuan on one call each; advertising of 4,000 yuan brought them."""
    small.give("call", *(ring(f"r{n}", f"{DAY} 10:00", f"139001{n:05}", talk=90, channel="ads") for n in range(100)))
    small.give("cost", cost("ads", "ads", DAY, "4000", channel="ads"))
    small.give("deal_event", *(won(f"d{n}", f"{DAY} 11:00", "100", origin_call=f"r{n}") for n in range(100)))


def test_a_hundred_sold_and_seventy_returned(small: Small) -> None:
    """S2-44: (10,000 - 4,000) / 4,000 = +150 %, then (3,000 - 4,000) / 4,000 = -25 %."""
    _sell_a_hundred(small)
    assert small.value("roi") == Decimal("1.5")
    assert small.value("return_rate") == 0
    small.give("deal_event", *(deal_event(f"d{n}", "returned", "2025-07-09 12:00", reason="7 days") for n in range(70)))
    roi = small.figure("roi")
    assert (roi.value, roi.numerator, roi.denominator) == (Decimal("-0.25"), -100_000, 400_000)
    assert small.value("revenue_net") == 300_000
    rate = small.figure("return_rate")
    assert (rate.value, rate.numerator, rate.denominator) == (Decimal("0.7"), 700_000, 1_000_000)
    assert (small.value("returned_deals"), small.value("won_deals")) == (70, 100)
    assert small.figure("cost_per_sale").denominator == 30
    assert small.value("aov") == 10_000
    assert small.value("new_customers") == 30
    assert small.value("roas") == Decimal("0.75")
    assert small.cut("roi", "channel") == {"ads": Decimal("-0.25")}


def test_returns_of_parts_come_to_the_same(small: Small) -> None:
    """Seven tenths of every deal come back in two steps: the value is the same, every deal has a return."""
    _sell_a_hundred(small)
    for name, amount in (("first", "30"), ("second", "40")):
        small.give(
            "deal_event",
            *(
                {
                    "key": f"d{n}/{name}",
                    "deal": f"d{n}",
                    "kind": "part_returned",
                    "at": at("2025-07-09 12:00"),
                    "amount": amount,
                }
                for n in range(100)
            ),
        )
    assert small.value("roi") == Decimal("-0.25")
    assert small.value("return_rate") == Decimal("0.7")
    assert (small.value("returned_deals"), small.figure("cost_per_sale").denominator) == (100, 100)


def test_spent_in_july_and_sold_in_september(small: Small) -> None:
    """S2-34: 10,000 in July, 30,000 in September. Cohort: July +200 %. Event: July -100 %, September unknown."""
    small.give("call", ring("r", "2025-07-10 10:00", talk=90))
    small.give("cost", cost("ads", "ads", "2025-07-01", "10000", service_to="2025-08-01"))
    small.give("deal_event", won("d", "2025-09-15 10:00", "30000", origin_call="r"))
    assert small.cut("roi", "month") == {"2025-07": Decimal(2)}
    event = {row.by["month"]: row.values["roi"] for row in small.rows("roi", by=("month",), basis="event")}
    assert event.keys() == {"2025-07", "2025-09"}
    assert event["2025-07"].value == -1
    assert event["2025-09"].value is None
    assert event["2025-09"].reason is not None
    assert event["2025-09"].reason.en == "no cost recorded"
    assert event["2025-09"].reason.zh == "没有记录费用"
    september = {"date_from": date(2025, 9, 1), "date_to": date(2025, 10, 1)}
    assert small.value("won_value", **september) == 0
    assert small.value("won_value", basis="event", **september) == 3_000_000


_TAXI_CALLS = [
    # three rides on one day, one a week later, one 29 days and one 30 days after the first
    ring("r1", "2025-07-01 08:00", talk=70),
    ring("r2", "2025-07-01 12:00", talk=70),
    ring("r3", "2025-07-01 23:59", talk=20),
    ring("r4", "2025-07-08 08:00", talk=70),
    ring("r5", "2025-07-31 07:59", talk=70),
    ring("r6", "2025-07-31 08:00", talk=70),
    ring("other", "2025-07-01 08:00", "13900139002", talk=70),
    ring("withheld", "2025-07-01 08:00", None, talk=70),
]


def test_a_taxi_counts_every_call(taxi: Small) -> None:
    """S2-27 with a cycle of 0: seven calls of known people are unique, six of them target calls."""
    taxi.give("call", *_TAXI_CALLS)
    assert taxi.value("inbound_calls") == 8
    assert taxi.value("unique_calls") == 7
    assert taxi.value("unique_target_calls") == 6
    assert taxi.value("repeat_calls") == 0
    assert taxi.value("withheld_calls") == 1


def test_an_estate_agent_counts_a_person_once_a_month(small: Small) -> None:
    """S2-26 with 30 days: r1, and r6 exactly 30 days later; r5 is one minute too early."""
    small.give("call", *_TAXI_CALLS)
    assert small.value("unique_calls") == 3
    assert small.value("unique_target_calls") == 3
    assert small.value("repeat_calls") == 4
    assert small.cut("unique_calls", "day") == {"2025-07-01": 2, "2025-07-31": 1}


def test_a_missed_first_call_leaves_the_first_target_call_unique(small: Small) -> None:
    """S2-28: the buyer's first call was missed, the second too short; the third is the unique target call."""
    small.give(
        "call",
        ring("r1", "2025-07-01 08:00"),
        ring("r2", "2025-07-02 08:00", talk=30),
        ring("r3", "2025-07-03 08:00", talk=60),
        ring("r4", "2025-07-04 08:00", talk=60),
    )
    assert small.cut("unique_calls", "day") == {"2025-07-01": 1}
    assert small.cut("unique_target_calls", "day") == {"2025-07-03": 1}
    assert small.cut("repeat_calls", "day") == {"2025-07-04": 1}


def test_calls_missed_after_a_radio_spot(small: Small) -> None:
    """S2-58: the spot runs at 20 h; 30 of 40 calls of that hour and 12 of 20 of the next are missed."""
    calls = [("09", 10, 1), ("20", 40, 30), ("21", 20, 12)]
    small.give(
        "call",
        *(
            ring(
                f"{hour}-{n}",
                f"{DAY} {hour}:{n:02}",
                f"1390013{hour}{n:02}",
                talk=0 if n < missed else 70,
                channel="radio",
            )
            for hour, count, missed in calls
            for n in range(count)
        ),
    )
    assert small.cut("inbound_calls", "hour") == {9: 10, 20: 40, 21: 20}
    assert small.cut("missed", "hour") == {9: 1, 20: 30, 21: 12}
    assert small.cut("missed_rate", "hour") == {9: Decimal("0.1"), 20: Decimal("0.75"), 21: Decimal("0.6")}
    evening = {"hour": ("20", "21")}
    assert small.figure("missed_rate", where=evening).numerator == 42
    assert small.figure("missed_rate", where=evening).denominator == 60
    # 2025-07-01 is a Tuesday
    assert small.cut("missed", "weekday") == {2: 43}


def test_people_looking_for_brake_discs_ring_about_tyres(small: Small) -> None:
    """S2-3: each keyword costs 500; of 10 calls about brake discs 8 are for another product."""
    calls: list[Record] = []
    for keyword, junk in (("tyres", 1), ("brake discs", 8)):
        for n in range(10):
            tag = {"call_class": "junk", "junk_reason": "wrong_product"} if n < junk else {}
            calls.append(
                ring(
                    f"{keyword}{n}",
                    f"{DAY} 10:{n:02}",
                    f"1390013{len(keyword):02}{n:02}",
                    talk=90,
                    keyword=keyword,
                    **tag,
                )
            )
    small.give("call", *calls)
    small.give("cost", *(cost(keyword, "ads", DAY, "500", keyword=keyword) for keyword in ("tyres", "brake discs")))
    junk, answered = small.cut("junk_calls", "keyword"), small.cut("inbound_answered", "keyword")
    assert {keyword: Decimal(junk[keyword]) / answered[keyword] for keyword in junk} == {
        "tyres": Decimal("0.1"),
        "brake discs": Decimal("0.8"),
    }
    assert small.cut("junk_calls", "junk_reason") == {"wrong_product": 9}
    assert small.cut("target_calls", "keyword") == {"tyres": 9, "brake discs": 2}
    # 50,000 fen over 9 and over 2 target calls
    assert small.cut("cost_per_target_call", "keyword") == {
        "tyres": Decimal("5555.555555555556"),
        "brake discs": Decimal(25_000),
    }
    assert small.value("target_calls") + small.value("junk_calls") + small.value("grey_calls") == 20


def _a_day(small: Small) -> None:
    """A day of everything a cost may be borne by; two agents, two channels, one call without an agent."""
    small.give("agent", {"key": "a1", "agent": "a1", "since": at("2025-01-01 00:00"), "team": "north", "city": "Wuhan"})
    small.give("shift", shift("a1", DAY), shift("a2", DAY, 4))
    small.give(
        "call",
        dial("o1", f"{DAY} 09:30", talk=61, agent="a1", list="A", channel="list", wrap_seconds=9),
        dial("o2", f"{DAY} 09:40", "13800138002", agent="a2", list="A", channel="list"),
        dial("o3", f"{DAY} 09:50", "13800138003", talk=10, voice="bot", list="B", channel="list"),
        ring("i1", f"{DAY} 10:00", talk=125, agent="a2", channel="search", keyword="tyres"),
        ring("i2", f"{DAY} 21:00", None),
    )
    small.give(
        "touch",
        {"key": "s1", "at": at(f"{DAY} 12:00"), "kind": "sms", "segments": 2, "phone": "13800138001"},
        {"key": "s2", "at": at(f"{DAY} 12:00"), "kind": "sms", "channel": "list"},
        {"key": "v1", "at": at(f"{DAY} 12:00"), "kind": "visit", "channel": "search", "visitor": "v"},
    )
    small.give(
        "lead",
        {"key": "l1", "created_at": at(f"{DAY} 10:02"), "phone": "13900139001", "call": "i1", "channel": "search"},
        {"key": "l2", "created_at": at(f"{DAY} 12:30"), "visitor": "v", "channel": "search"},
    )
    small.give("deal_event", won("d1", f"{DAY} 11:00", "999.99", origin_call="i1", phone="13900139001"))


CUTS = ("channel", "agent", "hour", "list", "day")
AMOUNTS = ("100", "0.01", "77.77")


def _booked(kind: str, **more: Any) -> list[Record]:
    return [cost(f"{kind}-{n}", kind, DAY, amount, **more) for n, amount in enumerate(AMOUNTS)]


@pytest.fixture(scope="module")
def ledger(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The day with every kind of cost and every driver; a kind nobody knows says which driver it tries."""
    with small_business(sqlite_template, tmp_path_factory.mktemp("ledger")) as business:
        _a_day(business)
        business.give("cost", *(line for kind in COST_KINDS for line in _booked(kind)))
        for driver in DRIVERS:
            business.give("cost", *_booked(f"by {driver}", driver=driver))
            business.give("cost", cost(f"hundred {driver}", f"hundred by {driver}", DAY, "100", driver=driver))
        yield business


@pytest.mark.parametrize("kind", COST_KINDS)
def test_each_kind_of_cost_is_spread_exactly_once(ledger: Small, kind: str) -> None:
    alone = {"cost_kind": (kind,)}
    assert ledger.value("total_cost", where=alone) == 17_778
    for cut in CUTS:
        placed = ledger.cut("total_cost", cut, where=alone)
        assert sum(placed.values()) == 17_778, cut
        # somebody bears each of them that day
        assert "unallocated" not in placed, cut
    marketing = kind in WorkspaceSettings().marketing_kinds
    assert ledger.value("marketing_spend", where=alone) == (17_778 if marketing else 0)


def test_all_kinds_together_are_the_ledger(ledger: Small) -> None:
    whole = 17_778 * (len(COST_KINDS) + len(DRIVERS)) + 10_000 * len(DRIVERS)
    assert ledger.value("total_cost") == whole
    for cut in (*CUTS, "cost_kind", "supplier"):
        assert sum(ledger.cut("total_cost", cut).values()) == whole, cut


@pytest.mark.parametrize("driver", DRIVERS)
def test_each_driver_spreads_exactly_once(ledger: Small, driver: str) -> None:
    alone = {"cost_kind": (f"by {driver}",)}
    for cut in CUTS:
        placed = ledger.cut("total_cost", cut, where=alone)
        assert sum(placed.values()) == 17_778, cut
        assert ("unallocated" in placed) == (driver == "none" and cut != "day"), cut


def test_without_anybody_to_bear_it_a_cost_is_unallocated(small: Small) -> None:
    small.give("call", dial("o", "2025-06-30 10:00", agent="a1"))
    for driver in DRIVERS:
        small.give("cost", *_booked(driver, driver=driver))
    for row in small.rows("total_cost", by=("cost_kind", "agent")):
        assert (row.kind, row.values["total_cost"].value) == ("unallocated", 17_778), row.by
    assert small.cut("total_cost", "day") == {DAY: 17_778 * len(DRIVERS)}
    assert small.cut("total_cost", "cost_kind") == dict.fromkeys(DRIVERS, 17_778)


# 100.00 yuan a driver over the day above, worked out by hand, by agent (None: nobody's)
SHARES: dict[str, dict[Any, int]] = {
    # o1 a1, o2 a2, i1 a2, o3 and i2 nobody: a fifth each
    "call": {"a1": 2000, "a2": 4000, "unknown": 4000},
    "dial": {"a1": 3334, "a2": 3333, "unknown": 3333},
    "inbound_call": {"a2": 5000, "unknown": 5000},
    # billed: o1 61 s, o3 10 s, i1 125 s
    "answered_call": {"a1": 3334, "a2": 3333, "unknown": 3333},
    # whole minutes: 2 + 1 + 3
    "minute_60": {"a1": 3333, "a2": 5000, "unknown": 1667},
    # steps of 6 s: 66 + 12 + 126 = 204
    "minute_6": {"a1": 3235, "a2": 6177, "unknown": 588},
    # 61 + 10 + 125 = 196
    "minute_1": {"a1": 3112, "a2": 6378, "unknown": 510},
    # shifts of 8 h and 4 h
    "seat_hour": {"a1": 6667, "a2": 3333},
    "bot_minute": {"unknown": 10000},
    "bot_call": {"unknown": 10000},
    # first dials of lists A (two contacts) and B
    "record": {"a1": 3334, "a2": 3333, "unknown": 3333},
    # the deal came from i1
    "deal": {"a2": 10000},
    # i1, i2 and the lead without a call
    "response": {"a2": 3333, "unknown": 6667},
}


@pytest.mark.parametrize("driver", SHARES)
def test_shares_by_agent_worked_out_by_hand(ledger: Small, driver: str) -> None:
    alone = {"cost_kind": (f"hundred by {driver}",)}
    assert {agent: fen for agent, fen in ledger.cut("total_cost", "agent", where=alone).items() if fen} == SHARES[
        driver
    ]


def test_tariffs_earn_their_price(small: Small) -> None:
    """0.15 a started minute: 2 + 1 + 3 minutes are 0.90. 30 an hour of a1's 8 hours are 240. 0.05 a segment of 3."""
    _a_day(small)
    small.give(
        "cost",
        cost("line", "call_charges", DAY, rate="0.15"),
        cost("pay", "pay", DAY, rate="30", agent="a1"),
        cost("sms", "sms", DAY, rate="0.05"),
    )
    assert small.cut("total_cost", "cost_kind") == {"call_charges": 90, "pay": 24_000, "sms": 15}


def test_capital_and_training_are_written_off_in_a_straight_line(small: Small) -> None:
    """3,650 over twelve months of 365 days: 10 a day, 310 in July."""
    small.give("cost", cost("bot", "capital", "2025-07-01", "3650", useful_months=12))
    assert small.value("total_cost") == 365_000
    assert small.cut("total_cost", "month")["2025-07"] == 31_000
    assert small.cut("total_cost", "month")["2026-02"] == 28_000
    assert "2026-07" not in small.cut("total_cost", "month")
    assert small.value("total_cost", date_from=date(2025, 7, 31), date_to=date(2025, 8, 2)) == 2_000


def test_a_restated_cost_replaces(small: Small) -> None:
    small.give("cost", cost("c", "ads", DAY, "100"))
    assert small.give("cost", cost("c", "ads", DAY, "80")) == ["corrected"]
    assert small.value("total_cost") == 8_000
