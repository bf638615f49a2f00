"""The call log and what one call cost and earned, beside the figures they must agree with."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from golden.small import Small, cost, deal_event, dial, ring, shift, small_business, won
from huasuan.intake import KINDS
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.metrics.question import Question
from huasuan.reports import CallsWanted, call_page, happened, known_of, money_of_call, one_call

DAY = "2025-07-01"


@pytest.fixture(scope="module")
def business(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """Two agents, six calls on two days, one sold with a part returned, costs of several drivers."""
    with small_business(sqlite_template, tmp_path_factory.mktemp("log")) as small:
        small.give("shift", shift("a1", DAY), shift("a2", DAY, 4))
        small.give(
            "call",
            dial("o1", f"{DAY} 09:30", talk=61, agent="a1", list="A", channel="list"),
            dial("o2", f"{DAY} 09:40", "13800138002", agent="a2", list="A", channel="list"),
            dial("o3", f"{DAY} 09:50", "13800138003", talk=10, voice="bot", list="B", channel="list"),
            ring("i1", f"{DAY} 10:00", talk=125, agent="a2", channel="search"),
            ring("i2", f"{DAY} 21:00", None),
            dial("o4", "2025-07-02 09:00", "13900139001", talk=30, agent="a1"),
        )
        small.give(
            "cost",
            cost("ads", "ads", DAY, "100"),
            cost("pay", "pay", DAY, "77.77"),
            cost("line", "call_charges", DAY, "0.10"),
            cost("sms", "sms", DAY, "5"),
        )
        small.give(
            "deal_event",
            won("d1", f"{DAY} 11:00", "999.99", origin_call="i1", phone="13900139001"),
            deal_event("d1", "part_returned", "2025-07-05 11:00", amount="99.99", reason="too_small"),
        )
        yield small


def _numbers(small: Small) -> dict[str, int]:
    table = KINDS["call"].table
    with small.store.read() as connection:
        return dict(list(connection.execute(select(table.c.source_key, table.c.seq))))


def test_the_log_is_newest_first_and_goes_on_where_the_page_ended(business: Small) -> None:
    with business.analysis.reading() as (reader, snapshot):
        everything = call_page(reader, snapshot, CallsWanted())
        assert [row["hour"] for row in everything.rows] == [9, 21, 10, 9, 9, 9]
        assert (everything.count, everything.more) == (6, False)
        seen, wanted = [], CallsWanted(limit=4)
        while True:
            page = call_page(reader, snapshot, wanted)
            seen += [row["fact_id"] for row in page.rows]
            if not page.more:
                break
            last = page.rows[-1]
            wanted = replace(wanted, before=(last["started_at"], last["fact_id"]))
        assert page.count is None
        assert seen == [row["fact_id"] for row in everything.rows]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (CallsWanted(where={"direction": ("in",)}), 2),
        (CallsWanted(where={"agent": ("a1", "a2")}), 4),
        (CallsWanted(where={"agent": ("",)}), 2),
        (CallsWanted(talk_least=61), 2),
        (CallsWanted(talk_least=10, talk_most=61), 3),
        (CallsWanted(contacts=[]), 0),
    ],
)
def test_it_is_narrowed_by_cuts_and_talk(business: Small, wanted: CallsWanted, count: int) -> None:
    with business.analysis.reading() as (reader, snapshot):
        page = call_page(reader, snapshot, wanted)
    assert (page.count, len(page.rows)) == (count, count)


def test_a_cut_calls_do_not_have_is_refused(business: Small) -> None:
    with business.analysis.reading() as (reader, snapshot):
        with pytest.raises(UnknownName):
            call_page(reader, snapshot, CallsWanted(where={"colour": ("red",)}))
        with pytest.raises(InvalidInput):
            call_page(reader, snapshot, CallsWanted(where={"cost_kind": ("pay",)}))


def test_the_costs_of_all_calls_add_up_to_what_the_answers_say(business: Small) -> None:
    """Each call's parts are within a minor unit a kind of the exact share, and together they are the ledger's."""
    numbers = _numbers(business)
    with business.analysis.reading() as (reader, snapshot):
        money = {}
        for key, number in numbers.items():
            row = one_call(reader, number)
            assert row is not None
            money[key] = money_of_call(reader, snapshot, fact_id=number, day=row["day"])
    # The text message costs nobody anything here: no message was sent. Ads are borne by the two responses.
    assert money["i1"].costs["ads"] == money["i2"].costs["ads"] == 5_000
    assert sum(one.costs.get("pay", 0) for one in money.values()) == 7_777
    assert money["o2"].costs.get("pay", 0) + money["i1"].costs["pay"] == pytest.approx(7_777 / 3, abs=1)
    assert sum(one.costs.get("call_charges", 0) for one in money.values()) == 10
    assert all(one.ledger and not one.missing_rates for key, one in money.items() if key != "o4")
    assert (money["o4"].ledger, money["o4"].cost) == (False, 0)
    by_agent = business.cut("total_cost", "agent")
    assert money["o1"].cost + money["o4"].cost == pytest.approx(by_agent["a1"], abs=2)


def test_what_a_call_earned_is_what_its_deals_earned(business: Small) -> None:
    with business.analysis.reading() as (reader, snapshot):
        money = money_of_call(reader, snapshot, fact_id=_numbers(business)["i1"], day=_day(business, "i1"))
        nothing = money_of_call(reader, snapshot, fact_id=_numbers(business)["o1"], day=_day(business, "o1"))
    (deal,) = money.deals
    assert (deal.value, deal.given_back) == (99_999, 9_999)
    assert money.net == business.value("revenue_net")
    assert (nothing.deals, nothing.net) == ([], 0)


def test_the_file_of_a_customer_tells_everything(business: Small) -> None:
    with business.analysis.reading() as (reader, _):
        contact = reader.execute("SELECT DISTINCT contact_id FROM sale").fetchall()[0][0]
        story = happened(reader, contact)
        known = known_of(reader, contact)
    assert [one.kind for one in story] == ["return", "call", "deal", "call"]
    assert (known.calls, known.talk_seconds, known.deals) == (2, 155, 1)
    assert known.net == business.value("revenue_net")


def _day(small: Small, key: str) -> object:
    with small.analysis.reading() as (reader, _):
        row = one_call(reader, _numbers(small)[key])
    assert row is not None
    return row["day"]


def test_it_does_not_matter_how_the_answer_was_asked(business: Small) -> None:
    """The log's count is the figure's: all calls in and out that are not left out."""
    answer = business.analysis.ask(Question(metrics=("dials", "inbound_calls")))
    (row,) = answer.rows
    with business.analysis.reading() as (reader, snapshot):
        assert call_page(reader, snapshot, CallsWanted()).count == sum(one.value or 0 for one in row.values.values())
