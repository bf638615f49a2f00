"""The truth of tiny businesses, worked out by hand from docs/definitions.md. Money in fen, days of Shanghai."""

from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from huasuan.metrics.drivers import COST_KINDS, DRIVERS
from huasuan.people import WorkspaceSettings
from huasuan.simulator.truth import Truth, reckon
from huasuan.simulator.truth.costs import DRIVERS as TRUE_DRIVERS
from huasuan.simulator.truth.costs import KIND_DRIVERS
from huasuan.simulator.truth.units import Row
from huasuan.simulator.world import Record

ZONE = ZoneInfo("Asia/Shanghai")
DAY = "2025-07-01"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def truth(
    *, first: str = DAY, end: str = "2025-07-02", settings: WorkspaceSettings | None = None, **facts: list[Record]
) -> Truth:
    """The truth of these facts; what states no ``known_at`` was known at the end of time."""
    parcels = [
        (kind, [{"known_at": at("2030-01-01"), **record} for record in records]) for kind, records in facts.items()
    ]
    return reckon(
        parcels,
        settings=settings or WorkspaceSettings(),
        first_day=date.fromisoformat(first),
        end_day=date.fromisoformat(end),
    )


def dial(key: str, time: str = "10:00:00", *, talk: int = 0, day: str = DAY, **extra: object) -> Record:
    start = at(f"{day} {time}")
    record: Record = {
        "key": key,
        "direction": "out",
        "dialed_at": start,
        "called": "+8613800138000",
        "result": "human" if talk else "no_answer",
        "ring_seconds": 10,
        "talk_seconds": talk,
    }
    return record | ({"answered_at": start} if talk else {}) | extra


def ring(key: str, time: str = "10:00:00", *, talk: int = 0, day: str = DAY, **extra: object) -> Record:
    record: Record = {
        "key": key,
        "direction": "in",
        "ringing_at": at(f"{day} {time}"),
        "caller": "+8613900139000",
        "called": "4008001234",
        "result": "answered" if talk else "missed",
        "talk_seconds": talk,
    }
    return record | extra


def cost(key: str, kind: str, amount: str | None = None, **extra: object) -> Record:
    record: Record = {"key": key, "cost_kind": kind, "service_from": DAY, **extra}
    return record if amount is None else record | {"amount": amount}


def won(deal: str, when: str, *lines: Record, **extra: object) -> Record:
    return {"key": f"{deal}/won", "deal": deal, "kind": "won", "at": at(when), "lines": list(lines), **extra}


def costs(found: Truth, dimension: str) -> dict[object, object]:
    return {value: row["total_cost"] for value, row in found.cuts[dimension].items() if row["total_cost"]}


def test_own_table_of_drivers_is_the_canon() -> None:
    assert {kind.key: kind.driver for kind in COST_KINDS.values()} == KIND_DRIVERS
    assert set(DRIVERS) == TRUE_DRIVERS


def test_amount_over_three_calls_is_thirds() -> None:
    found = truth(
        call=[dial("a", agent="A1"), dial("b", agent="A1"), dial("c", agent="A2")], cost=[cost("x", "tools", "10.00")]
    )
    assert costs(found, "agent") == {"A1": Fraction(2000, 3), "A2": Fraction(1000, 3)}
    assert found.total["total_cost"] == 1000


def test_only_the_days_of_the_period_count() -> None:
    lasting = cost("x", "tools", "31.00", service_to="2025-08-01")
    found = truth(end="2025-07-03", call=[dial("a"), dial("b", day="2025-07-02")], cost=[lasting])
    assert found.total["total_cost"] == 200
    assert costs(found, "day") == {"2025-07-01": 100, "2025-07-02": 100}


def test_months_of_use_end_on_the_last_day_of_a_short_month() -> None:
    # 31 January + 1 month ends on 28 February (excluded): 28 days of 1 yuan, of which the period holds 2.
    machine = cost("x", "capital", "28.00", service_from="2025-01-31", useful_months=1)
    found = truth(first="2025-02-26", end="2025-03-05", cost=[machine])
    assert found.total["total_cost"] == 200


def test_tariff_per_started_minute() -> None:
    # 61 s are two minutes, 60 s one; at 0.09 that is 27 fen, 18 and 9.
    found = truth(
        call=[dial("a", talk=61, agent="A1"), dial("b", talk=60, agent="A2"), dial("c")],
        cost=[cost("x", "call_charges", rate="0.09")],
    )
    assert costs(found, "agent") == {"A1": 18, "A2": 9}


def test_billed_seconds_round_half_up() -> None:
    start = at(f"{DAY} 10:00:00")
    call = dial("a", answered_at=start, ended_at=start.replace(microsecond=500_000), result="human")
    found = truth(call=[call], cost=[cost("x", "call_charges", rate="0.60", driver="minute_1")])
    assert found.total["total_cost"] == 1


def test_seat_hours_go_by_paid_time_then_by_handling() -> None:
    # 4 paid hours: A1 has 1, A2 has 3. A1's calls kept it 20 and 60 s (ring 10 + talk + wrap), A2's call any time.
    shifts = [
        {"key": "s1", "agent": "A1", "started_at": at(f"{DAY} 09:00"), "ended_at": at(f"{DAY} 10:00")},
        {
            "key": "s2",
            "agent": "A2",
            "started_at": at(f"{DAY} 09:00"),
            "ended_at": at(f"{DAY} 18:00"),
            "paid_seconds": 10_800,
        },
    ]
    calls = [
        dial("a", agent="A1", list="L1", wrap_seconds=10),
        dial("b", agent="A1", list="L2", talk=45, wrap_seconds=5),
        dial("c", agent="A2", list="L2"),
    ]
    found = truth(shift=shifts, call=calls, cost=[cost("x", "pay", "80.00"), cost("y", "dialler", rate="2.00")])
    # Pay 8,000: A1 2,000, A2 6,000. Tariff: A1 200, A2 600. A1's 2,200 go 20 : 60.
    assert costs(found, "list") == {"L1": 550, "L2": 1650 + 6600}
    assert costs(found, "agent") == {"A1": 2200, "A2": 6600}


def test_paid_agent_without_calls_keeps_its_cost() -> None:
    shift = {"key": "s", "agent": "A1", "team": "T", "started_at": at(f"{DAY} 09:00"), "ended_at": at(f"{DAY} 10:00")}
    found = truth(shift=[shift], call=[dial("a", agent="A2")], cost=[cost("x", "pay", "5.00")])
    assert costs(found, "agent") == {"A1": 500}
    assert costs(found, "team") == {"T": 500}
    assert costs(found, "hour") == {Row.UNALLOCATED: 500}
    assert found.idle == {"A1": 500}


def test_seat_cost_without_paid_time_goes_to_calls_directly() -> None:
    calls = [dial("a", agent="A1"), dial("b", agent="A2", wrap_seconds=20), dial("c")]
    found = truth(call=calls, cost=[cost("x", "premises", "4.00", city="成都"), cost("y", "dialler", rate="2.00")])
    assert costs(found, "agent") == {"A1": 100, "A2": 300}


def test_cost_nobody_bears_keeps_what_its_scope_says() -> None:
    ads = cost("x", "ads", "9.00", channel="baidu", keyword="轮胎")
    found = truth(call=[ring("a", channel="baidu", keyword="刹车盘")], cost=[ads])
    assert costs(found, "channel") == {"baidu": 900}
    assert costs(found, "keyword") == {"轮胎": 900}
    assert costs(found, "agent") == {Row.UNALLOCATED: 900}
    assert costs(found, "weekday") == {2: 900}
    assert found.total["marketing_spend"] == found.total["ad_spend"] == 900


def test_cost_that_is_not_spread() -> None:
    found = truth(call=[dial("a")], cost=[cost("x", "other", "3.00", driver="none", direction="in", own_number="400")])
    assert costs(found, "hour") == {Row.UNALLOCATED: 300}
    assert costs(found, "tracking_number") == {"400": 300}
    assert costs(found, "caller_number") == {Row.UNALLOCATED: 300}


def test_response_is_an_inbound_call_or_a_lead_without_one() -> None:
    leads = [
        {"key": "l1", "created_at": at(f"{DAY} 11:00"), "phone": "13700137000", "channel": "web"},
        {"key": "l2", "created_at": at(f"{DAY} 11:00"), "call": "a", "channel": "phone"},
        {"key": "l3", "created_at": at(f"{DAY} 11:00"), "duplicate": True, "channel": "web"},
    ]
    found = truth(call=[ring("a"), dial("b")], lead=leads, cost=[cost("x", "ads", "2.00")])
    assert costs(found, "channel") == {"web": 100, None: 100}
    assert costs(found, "direction") == {"in": 100, Row.LACKING: 100}
    assert found.total["leads"] == 2


def test_messages_by_segments_and_visits() -> None:
    touches = [
        {"key": "t1", "kind": "sms", "at": at(f"{DAY} 11:00"), "segments": 3, "campaign": "long"},
        {"key": "t2", "kind": "sms", "at": at(f"{DAY} 11:00"), "segments": 1, "campaign": "short"},
        {"key": "t3", "kind": "visit", "at": at(f"{DAY} 12:00"), "campaign": "page"},
    ]
    bills = [cost("x", "sms", "4.00"), cost("y", "ads", "1.00", driver="visit"), cost("z", "sms", rate="0.05")]
    found = truth(touch=touches, cost=bills)
    assert costs(found, "campaign") == {"long": 315, "short": 105, "page": 100}


def test_list_record_is_paid_at_the_first_dial_of_a_contact_in_the_list() -> None:
    calls = [
        dial("late", "15:00:00", list="L1", agent="A2"),
        dial("early", "09:00:00", list="L1", agent="A1"),
        dial("other", "16:00:00", list="L2", agent="A3"),
        dial("free", "17:00:00", agent="A4"),
    ]
    found = truth(call=calls, cost=[cost("x", "list_data", rate="0.50")])
    assert costs(found, "agent") == {"A1": 50, "A3": 50}


def test_commission_follows_its_deal_on_its_own_day() -> None:
    deal = won("D", "2025-06-20 10:00", {"value": "10.00", "cost": "1.00"}, origin_call="a")
    call = dial("a", "16:00:00", day="2025-06-19", agent="A1")
    found = truth(call=[call], deal_event=[deal], cost=[cost("x", "commission", "3.00", deal="D")])
    assert costs(found, "agent") == {"A1": 300}
    assert costs(found, "hour") == {16: 300}
    assert costs(found, "day") == {DAY: 300}
    assert found.total["won_deals"] == 0  # the cohort of 19 June


def test_bonus_is_shared_by_the_deals_in_scope_whatever_their_day() -> None:
    events = [
        won("D1", "2025-06-20 10:00", {"value": "1.00"}, origin_call="a"),
        won("D2", "2025-06-21 10:00", {"value": "9.00"}, lead="L"),
        won("D3", "2025-06-22 10:00", {"value": "1.00"}),
    ]
    lead = {"key": "L", "created_at": at("2025-06-21 08:00"), "source": "fm", "campaign": "radio"}
    call = ring("a", day="2025-06-19", source="fm", campaign="spot")
    found = truth(call=[call], lead=[lead], deal_event=events, cost=[cost("x", "commission", "3.00", source="fm")])
    assert costs(found, "campaign") == {"spot": 150, "radio": 150}


def test_foreign_cost_at_the_rate_of_its_first_day_half_to_even() -> None:
    rates = [
        {"key": "1", "day": "2025-06-01", "currency": "USD", "into": "CNY", "rate": "9.0"},
        {"key": "2", "day": "2025-06-30", "currency": "USD", "into": "CNY", "rate": "7.25"},
        {"key": "3", "day": "2025-07-02", "currency": "USD", "into": "CNY", "rate": "8.0"},
    ]
    # 0.10 USD × 7.25 = 72.5 fen → 72; 0.30 USD → 217.5 → 218.
    bills = [cost("x", "tools", "0.10", currency="USD"), cost("y", "tools", "0.30", currency="USD")]
    found = truth(fx_rate=rates, call=[dial("a")], cost=bills)
    assert found.total["total_cost"] == 72 + 218


def test_excluded_calls_count_nowhere_and_bear_nothing() -> None:
    found = truth(
        call=[dial("a", excluded="test", agent="A1"), dial("b", agent="A2")], cost=[cost("x", "tools", "1.00")]
    )
    assert found.total["dials"] == 1
    assert costs(found, "agent") == {"A2": 100}


def test_classes_of_inbound_calls() -> None:
    calls = [
        ring("junk", "10:00:00", talk=30),
        ring("grey", "10:10:00", talk=31),
        ring("target", "10:20:00", talk=60),
        ring("tagged", "10:30:00", talk=5, call_class="target"),
        ring("tagged junk", "10:40:00", talk=500, call_class="junk"),
        ring("missed", "10:50:00", call_class="target"),
    ]
    total = truth(call=calls).total
    assert (total["inbound_calls"], total["missed"], total["target_calls"]) == (6, 1, 2)
    assert (total["unique_calls"], total["unique_target_calls"]) == (1, 1)


@pytest.mark.parametrize(("cycle", "unique", "targets"), [(30, 3, 2), (0, 5, 3)])
def test_unique_calls_start_a_cycle_anew(cycle: int, unique: int, targets: int) -> None:
    calls = [
        ring("1", day="2025-07-01"),
        ring("2", day="2025-07-20", talk=90),  # in the cycle of 1; its first target
        ring("3", "09:59:59", day="2025-07-31"),  # one second short of 30 days after 1
        ring("4", "10:00:00", day="2025-07-31", talk=90),  # a new cycle of calls, not of targets (11 days after 2)
        ring("5", "10:00:00", day="2025-08-30", talk=90),  # both
    ]
    found = truth(end="2025-09-01", call=calls, settings=WorkspaceSettings(cycle_days=cycle))
    assert found.total["unique_calls"] == unique
    assert found.total["unique_target_calls"] == targets


def test_two_numbers_of_a_customer_are_one_contact_and_withheld_is_nobody() -> None:
    customer = {"key": "C", "phones": ["13900139000", "+8613700137000"], "city": "成都", "province": "四川"}
    calls = [ring("a"), ring("b", "11:00:00", caller="+8613700137000"), ring("c", "12:00:00", caller=None)]
    found = truth(customer=[customer], call=calls)
    assert found.total["unique_calls"] == 1
    assert {city: row["inbound_calls"] for city, row in found.cuts["city"].items()} == {"成都": 2, None: 1}


def test_what_was_known_last_stands_whenever_it_arrives() -> None:
    right = ring("a", talk=90, known_at=at("2025-07-03"))
    stale = ring("a", known_at=at("2025-07-02"))
    assert truth(call=[right, stale]).total["target_calls"] == 1
    assert truth(call=[stale, right]).total["target_calls"] == 1


def test_team_is_the_one_of_that_time() -> None:
    agents = [
        {"key": "A1", "agent": "A1", "since": at("2025-01-01"), "team": "old"},
        {"key": "A1", "agent": "A1", "since": at(f"{DAY} 10:30"), "team": "new"},
    ]
    found = truth(agent=agents, call=[dial("a", agent="A1"), dial("b", "11:00:00", agent="A1")])
    assert {team: row["dials"] for team, row in found.cuts["team"].items()} == {"old": 1, "new": 1}


def test_hundred_sold_seventy_come_back() -> None:
    # Requirement S2-44: 10,000 sold at a cost of 4,000; 70 of 100 return, 3,000 stay.
    events = [
        won("D", f"{DAY} 10:00", {"product": "P", "quantity": 100, "value": "10000.00", "cost": "2000.00"}, lead=None),
        {
            "key": "r",
            "deal": "D",
            "kind": "part_returned",
            "at": at(f"{DAY} 20:00"),
            "amount": "7000.00",
            "handling_cost": "100.00",
        },
    ]
    total = truth(deal_event=events).total
    assert (total["won_value"], total["returned_value"], total["revenue_net"]) == (1_000_000, 700_000, 300_000)
    # Goods of 30 are gone (600.00) and the return cost 100.00.
    assert total["gross_margin"] == 300_000 - 60_000 - 10_000
    assert total["new_customers"] == 0  # nobody knows who bought


def test_return_is_spread_by_what_is_left_and_takes_tax_half_to_even() -> None:
    lines = (
        {"product": "P", "value": "1.00", "tax": "0.05", "cost": "0.10"},
        {"product": "Q", "value": "1.00", "tax": "0.05", "cost": "0.10"},
        {"product": "R", "value": "1.00", "tax": "0.05", "cost": "0.10"},
    )
    part = {"key": "r", "deal": "D", "kind": "part_returned", "at": at(f"{DAY} 20:00"), "amount": "1.00"}
    found = truth(deal_event=[won("D", f"{DAY} 10:00", *lines), part])
    # 100 fen over three equal lines: 34, 33, 33. Tax of 34: 1.7 → 2, of 33: 1.65 → 2; in all 6 of 15 come back.
    assert {product: row["returned_value"] for product, row in found.products.items()} == {"P": 34, "Q": 33, "R": 33}
    assert found.total["revenue_net"] == 300 - 100 - 9
    # Cost of 34: 3.4 → 3, of 33: 3.3 → 3; 21 of 30 stay.
    assert found.total["gross_margin"] == 191 - 21


@pytest.mark.parametrize(("lost", "margin"), [(True, -40), (False, 0)])
def test_full_return_and_goods_that_cannot_be_sold_again(lost: bool, margin: int) -> None:
    deal = won(
        "D", f"{DAY} 10:00", {"product": "P", "value": "1.00", "tax": "0.11", "cost": "0.40"}, phone="13900139000"
    )
    back = {"key": "r", "deal": "D", "kind": "returned", "at": at(f"{DAY} 20:00"), "goods_lost": lost}
    total = truth(deal_event=[deal, back]).total
    assert (total["won_deals"], total["returned_value"], total["revenue_net"]) == (1, 100, 0)
    assert total["gross_margin"] == margin
    assert total["new_customers"] == 0


def test_margin_of_the_product_half_to_even_and_unknown_without_one() -> None:
    product = {"key": "P", "product": "P", "margin_percent": "50"}
    known = won("D", f"{DAY} 10:00", {"product": "P", "value": "0.05"})  # cost 2.5 → 2
    assert truth(product=[product], deal_event=[known]).total["gross_margin"] == 3
    bare = {"key": "E/won", "deal": "E", "kind": "won", "at": at(f"{DAY} 10:00"), "amount": "1.00", "tax": "0.10"}
    total = truth(product=[product], deal_event=[known, bare]).total
    assert total["gross_margin"] is None
    assert total["margin_unknown"] == 1
    assert total["revenue_net"] == 5 + 100 - 10


def test_july_call_and_september_deal() -> None:
    # Requirement S2-34: the cohort of July earns the deal, on the calendar September does.
    deal = won("D", "2025-09-10 10:00", {"value": "30000.00", "cost": "0"}, origin_call="a", phone="13900139000")
    found = truth(end="2025-10-01", call=[ring("a", talk=90)], deal_event=[deal])
    assert {row: figures["won_value"] for row, figures in found.cuts["month"].items()} == {"2025-07": 3_000_000}
    assert {row: figures["won_value"] for row, figures in found.events["month"].items()} == {"2025-09": 3_000_000}
    assert found.cuts["month"]["2025-07"]["new_customers"] == 1


def test_deal_belongs_to_the_first_call_naming_its_lead() -> None:
    lead = {"key": "L", "created_at": at(f"{DAY} 08:00"), "phone": "13900139000", "campaign": "web", "agent": "A9"}
    calls = [
        dial("later", "12:00:00", lead="L", agent="A2"),
        dial("first", "11:00:00", lead="L", list="L1"),
        ring("own", "09:00:00"),
    ]
    found = truth(lead=[lead], call=calls, deal_event=[won("D", f"{DAY} 18:00", {"value": "1.00"}, lead="L")])
    sold = {name: next(v for v, row in rows.items() if row["won_deals"]) for name, rows in found.cuts.items()}
    assert (sold["hour"], sold["list"], sold["direction"]) == (11, "L1", "out")
    # What the call lacks is the lead's.
    assert (sold["campaign"], sold["agent"]) == ("web", "A9")


def test_lead_without_naming_call_takes_the_call_it_names_or_the_contacts_next() -> None:
    calls = [ring("before", "07:00:00"), ring("next", "09:00:00"), ring("made", "12:00:00", caller="+8613700137000")]
    plain = {"key": "L", "created_at": at(f"{DAY} 08:00"), "phone": "13900139000"}
    event = won("D", f"{DAY} 18:00", {"value": "1.00"}, lead="L")
    for lead, hour in ((plain, 9), (plain | {"call": "made"}, 12)):
        found = truth(lead=[lead], call=calls, deal_event=[event])
        assert [row for row, figures in found.cuts["hour"].items() if figures["won_deals"]] == [hour]


def test_deal_without_any_call_has_no_hour() -> None:
    lead = {"key": "L", "created_at": at(f"{DAY} 08:00"), "phone": "13900139000", "channel": "fair"}
    event = won("D", "2025-08-18 18:00", {"value": "1.00"}, lead="L")
    found = truth(lead=[lead], deal_event=[event])
    assert found.cuts["hour"][None]["won_deals"] == 1
    assert found.cuts["channel"]["fair"]["won_deals"] == 1
    assert found.cuts["day"][DAY]["won_deals"] == 1


def test_company_is_one_customer_and_the_first_kept_deal_makes_it_new() -> None:
    people = [
        {"key": "C1", "company": "B", "phones": ["13900139000"]},
        {"key": "C2", "company": "B", "phones": ["13700137000"]},
    ]
    events = [
        won("D1", f"{DAY} 10:00", {"value": "1.00"}, customer="C1"),
        {"key": "c", "deal": "D1", "kind": "cancelled", "at": at(f"{DAY} 11:00")},
        won("D2", f"{DAY} 12:00", {"value": "1.00"}, phone="13700137000"),
        won("D3", f"{DAY} 13:00", {"value": "1.00"}, customer="C1"),
    ]
    found = truth(customer=people, company=[{"key": "B", "industry": "物流"}], deal_event=events)
    assert found.total["new_customers"] == 1
    assert found.total["cancelled_value"] == 100
    assert found.cuts["industry"]["物流"]["won_deals"] == 3


def test_changed_deal_counts_as_it_was_left() -> None:
    change = {
        "key": "D/changed",
        "deal": "D",
        "kind": "changed",
        "at": at(f"{DAY} 12:00"),
        "lines": [{"product": "P", "value": "3.00"}],
    }
    found = truth(deal_event=[change, won("D", f"{DAY} 10:00", {"product": "P", "value": "5.00"})])
    assert found.total["won_value"] == 300
    assert found.events["day"][DAY]["won_value"] == 300


def test_return_of_more_than_is_left_is_a_fault() -> None:
    back = {"key": "r", "deal": "D", "kind": "part_returned", "at": at(f"{DAY} 20:00"), "amount": "2.00"}
    with pytest.raises(ValueError, match="more comes back"):
        truth(deal_event=[won("D", f"{DAY} 10:00", {"value": "1.00"}), back])
