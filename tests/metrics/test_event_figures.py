"""Figures of what happens around calls and leads, worked out by hand: facts in, figure out."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import Record, Small, at, cost, dial, ring, small_business, won
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.question import Question

DAY = "2025-07-01"
A, B, C, D = "13800138001", "13800138002", "13800138003", "13800138004"
Facts = list[tuple[str, Record]]


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def when(clock: str, day: str = DAY) -> Any:
    """A moment of the day all this happens on."""
    return at(f"{day} {clock}")


def event(what: str, key: str, /, **fields: Any) -> tuple[str, Record]:
    """One record."""
    return what, {"key": key, **fields}


# Of five lines two are good, two duplicates, one impossible.
LIST: Facts = [
    event("list_record", f"r{n}", imported_at=when("09:00"), list="A", status=status, phone=phone)
    for n, (status, phone) in enumerate(
        (("imported", A), ("imported", B), ("duplicate", A), ("duplicate", B), ("invalid", C))
    )
]
# Aimed at: A, B, C, D. A talks for a minute, B calls back, C replies; D only refuses, and talked before the campaign.
CAMPAIGN: Facts = [
    *(
        event("campaign_target", f"t{n}", targeted_at=when("08:00"), campaign="x", phone=phone)
        for n, phone in enumerate((A, B, C, D))
    ),
    ("call", dial("k1", f"{DAY} 09:00", A, talk=60, campaign="x")),
    ("call", ring("k2", f"{DAY} 09:00", B, talk=60, agent_joined_at=when("09:00"))),
    event(
        "message",
        "m1",
        sent_at=when("09:00"),
        delivered_at=when("09:01"),
        replied_at=when("09:02"),
        phone=C,
        campaign="x",
    ),
    ("call", dial("k3", f"{DAY} 09:00", D, talk=60, campaign="x", disposition="instant_refusal")),
    ("call", dial("k4", f"{DAY} 07:00", D, talk=60, campaign="x")),
]
# A bot reaches A, B, C and D, finds A and B highly interested, and hands A over twice and B never; C is handed over
# though nobody said that he was interested.
BOT: Facts = [
    *(("call", dial(f"k{n}", f"{DAY} 09:00", phone, talk=20, voice="bot")) for n, phone in enumerate((A, B, C, D))),
    event(
        "bot_verdict", "v1", at=when("09:01"), verdict="high_intent", handed_at=when("09:01"), mode="live", call="k0"
    ),
    event("bot_verdict", "v2", at=when("09:05"), verdict="high_intent", handed_at=when("10:01"), mode="later", phone=A),
    event("bot_verdict", "v3", at=when("09:01"), verdict="high_intent", call="k1"),
    event("bot_verdict", "v4", at=when("09:01"), verdict="unclear", handed_at=when("09:01"), call="k2"),
]
# Four reached by phone; A and B book by phone afterwards, C on the web, D had booked before. A's took place, B's did
# not, D's is far in the future, C's does not count. 90 yuan were spent.
MEETINGS: Facts = [
    *(("call", dial(f"k{n}", f"{DAY} 09:00", phone, talk=60)) for n, phone in enumerate((A, B, C, D))),
    event("meeting", "a", booked_at=when("10:00"), starts_at=when("12:00"), held_at=when("12:00"), call="k0"),
    event("meeting", "b", booked_at=when("10:00"), starts_at=when("12:00"), cancelled_at=when("11:00"), phone=B),
    event("meeting", "c", booked_at=when("10:00"), held_at=when("12:00"), phone=C, via="web"),
    event("meeting", "d", booked_at=when("08:00"), starts_at=at("2125-07-01 08:00"), phone=D),
    ("cost", cost("e", "other", DAY, "90")),
]
# Five handed over: two accepted, one rejected, one undecided for a long time, one undecided and (as of now) young.
HANDOVERS: Facts = [
    event("handover", "h1", handed_at=when("09:00"), verdict="accepted"),
    event("handover", "h2", handed_at=when("09:00"), verdict="accepted"),
    event("handover", "h3", handed_at=when("09:00"), verdict="rejected", reason="too small"),
    event("handover", "h4", handed_at=when("09:00")),
    event("handover", "h5", handed_at=at("2125-07-01 08:00")),
]
# (80 × 2 + 50 × 1) / 3 known weights, and 20 of another: (160 + 50 + 20) / 4; ratings 4 and 5.
QUALITY: Facts = [
    event("lead_quality", "q1", scored_at=when("09:00"), budget=80, budget_weight=2, need=50, rating=4),
    event("lead_quality", "q2", scored_at=when("09:00"), fit=20),
    event("lead_quality", "q3", scored_at=when("09:00"), rating=5),
]
# Delivered to A (twice), B, C; A replies, C asks to be left alone; D's is never delivered; a chat message is none.
MESSAGES: Facts = [
    event("message", "m1", sent_at=when("09:00"), delivered_at=when("09:01"), phone=A),
    event("message", "m2", sent_at=when("10:00"), delivered_at=when("10:01"), replied_at=when("10:09"), phone=A),
    event("message", "m3", sent_at=when("09:00"), delivered_at=when("09:01"), phone=B, template="T"),
    event(
        "message",
        "m4",
        sent_at=when("09:00"),
        delivered_at=when("09:01"),
        replied_at=when("09:02"),
        opted_out_at=when("09:02"),
        phone=C,
    ),
    event("message", "m5", sent_at=when("09:00"), replied_at=when("09:02"), phone=D),
    event("message", "m6", sent_at=when("09:00"), delivered_at=when("09:01"), phone=D, kind="wechat"),
    event("touch", "s1", at=when("09:00"), kind="sms", phone=A),
]
CALLBACKS: Facts = [
    event("callback_request", "c1", requested_at=when("09:00"), joined_at=when("09:01"), phone=A),
    event("callback_request", "c2", requested_at=when("09:00"), failed_side="staff", phone=B),
    event("callback_request", "c3", requested_at=when("09:00"), failed_side="customer", phone=C),
    event("callback_request", "c4", requested_at=when("23:00"), in_hours=False, phone=D),
]
# Two minutes are a proper call, ten seconds are junk unless a person says otherwise; of c4 nobody knows the call.
CALLBACK_CALLS: Facts = [
    *(
        ("call", dial(f"k{n}", f"{DAY} 09:01", phone, talk=talk))
        for n, (phone, talk) in enumerate(((A, 120), (B, 10), (C, 10)))
    ),
    ("call", dial("k9", f"{DAY} 09:30", D, talk=600)),
    *(
        event(
            "callback_request", f"c{n}", requested_at=when("09:00"), joined_at=when("09:01"), phone=phone, call=f"k{n}"
        )
        for n, phone in enumerate((A, B, C))
    ),
    event("callback_request", "c4", requested_at=when("09:00"), joined_at=when("09:01"), phone=D),
    event("callback_request", "c5", requested_at=when("09:00"), failed_side="customer", phone=D, call="k9"),
    event("call_tag", "t1", call="k2", at=when("10:00"), by="person", call_class="target"),
]
# Two of four reached opt out, one of them twice; 20 opt-outs took effect after 1 … 20 s, so p95 is the 19th.
OPT_OUTS: Facts = [
    *(("call", dial(f"k{n}", f"{DAY} 09:00", phone, talk=60)) for n, phone in enumerate((A, B, C, D))),
    event("opt_out", "o1", received_at=when("10:00"), phone=A),
    event("opt_out", "o2", received_at=when("10:00"), call="k1"),
    event("opt_out", "o3", received_at=when("11:00"), call="k1"),
]
LATENCY: Facts = [
    event("opt_out", f"o{n}", received_at=when("10:00"), blocked_at=when(f"10:00:{n:02}")) for n in range(1, 21)
] + [event("opt_out", "o99", received_at=when("10:00"))]
COMPLAINTS: Facts = [
    *(("call", dial(f"k{n}", f"{DAY} 09:00", phone, talk=60)) for n, phone in enumerate((A, B, C, D))),
    event("complaint", "c1", received_at=when("10:00"), phone=A),
]
DECISIONS: Facts = [
    event("decision", "d1", decided_at=when("09:00"), verdict="block", rules=["R01", "R02"], phone=A),
    event("decision", "d2", decided_at=when("09:00"), verdict="block", rules=["R01"], phone=B),
    event("decision", "d3", decided_at=when("09:00"), verdict="block", phone=C),
    event("decision", "d4", decided_at=when("09:00"), verdict="allow", phone=D),
]
SURVEYS: Facts = [
    *(event("survey_answer", f"a{n}", answered_at=when("09:00"), score=score) for n, score in enumerate((5, 4, 3, 1))),
    *(
        event("survey_answer", f"s{n}", answered_at=when("09:00"), score=score, survey="sales_team")
        for n, score in enumerate((5, 4, 3, 2, 2))
    ),
]
FEW_SURVEYS: Facts = SURVEYS[:-1]
# People: 80 of 100 and a critical failure of 50; automatic: 30 of 40. Errors: looked for in two calls.
SCORES: Facts = [
    event(
        "quality_score",
        "s1",
        scored_at=when("09:00"),
        points="80",
        max_points="100",
        customer_critical_errors=0,
        business_critical_errors=0,
        noncritical_errors=3,
    ),
    event(
        "quality_score",
        "s2",
        scored_at=when("09:00"),
        points="45.5",
        max_points="50",
        critical_fail=True,
        customer_critical_errors=1,
        business_critical_errors=0,
    ),
    event("quality_score", "s3", scored_at=when("09:00"), points="30", max_points="40", scored_by="automatic"),
]
# Customers 0.5, -1 and 0.2; the agent 0.9. "Refund" is said three times by customers, once by the agent.
HEARD: Facts = [
    ("call", dial("k1", f"{DAY} 09:00", A, talk=60)),
    *(
        event("sentiment", f"s{n}", call="k1", side=side, score=score, part=part)
        for n, (side, score, part) in enumerate(
            (
                ("customer", "0.5", "start"),
                ("customer", "-1", "end"),
                ("customer", "0.2", "end"),
                ("agent", "0.9", "end"),
            )
        )
    ),
    event("transcript_hit", "h1", call="k1", keyword="refund", side="customer", hits=3),
    event("transcript_hit", "h2", call="k1", keyword="refund", side="agent"),
]
# Of four conversations with a script one is followed by a deal, one by a meeting; without a script none counts.
SCRIPTS: Facts = [
    *(
        ("call", dial(f"k{n}", f"{DAY} 09:00", phone, talk=60, script_version="s1"))
        for n, phone in enumerate((A, B, C, D))
    ),
    ("call", dial("k9", f"{DAY} 09:00", "13800138009", talk=60)),
    ("deal_event", won("d1", f"{DAY} 11:00", "5", phone=A)),
    ("deal_event", won("d2", f"{DAY} 11:00", "5", phone="13800138009")),
    event("meeting", "m", booked_at=when("10:00"), call="k1"),
]
# Planned: an hour's work, of which 30 minutes ready and 20 minutes talking; half an hour's break, of which 10 minutes.
PLANS: Facts = [
    event("planned_state", "p1", agent="a", state="work", started_at=when("09:00"), ended_at=when("10:00")),
    event("planned_state", "p2", agent="a", state="break", started_at=when("10:00"), ended_at=when("10:30")),
    event("agent_state", "s1", agent="a", state="ready", started_at=when("08:30"), ended_at=when("09:30")),
    event("agent_state", "s2", agent="a", state="talk", started_at=when("09:30"), ended_at=when("09:50")),
    event("agent_state", "s3", agent="a", state="break", started_at=when("09:50"), ended_at=when("10:10")),
    event("agent_state", "s4", agent="b", state="ready", started_at=when("09:00"), ended_at=when("10:00")),
]
CASES: list[tuple[Facts, dict[str, Any]]] = [
    (LIST, {"list_records": 2}),
    (CAMPAIGN, {"contacts_targeted": 4, "responses": 3, "response_rate": Decimal("0.75")}),
    (BOT, {"bot_handovers": 1, "bot_pass_rate": Decimal("0.25")}),
    (
        MEETINGS,
        {
            "meetings_booked": 3,
            "meetings_held": 1,
            "show_rate": Decimal("0.5"),
            "appointment_rate": Decimal("0.5"),
            "cost_per_meeting": Decimal(9000),
        },
    ),
    (HANDOVERS, {"handovers": 5, "handovers_accepted": 2, "handovers_decided": 4, "mql_sql": Decimal("0.5")}),
    (QUALITY, {"lead_quality": Decimal("57.5"), "lead_quality_rating": Decimal("4.5")}),
    (MESSAGES, {"sms_reply_rate": Decimal(1) / 3, "sms_sent": 6}),
    (CALLBACKS, {"callback_requests": 4, "callback_connected": 1, "callback_connect_rate": Decimal("0.25")}),
    (
        CALLBACK_CALLS,
        {
            "callback_connected": 4,
            "callback_connected_target": 2,
            "callback_connected_grey": 0,
            "callback_connected_junk": 1,
        },
    ),
    (OPT_OUTS, {"opt_outs": 3, "opt_out_rate": Decimal("0.75")}),
    (LATENCY, {"optout_latency": Decimal(19)}),
    (COMPLAINTS, {"complaints": 1, "complaint_rate": Decimal(250)}),
    (DECISIONS, {"blocked_by_rule": 3}),
    (SURVEYS, {"csat": Decimal("0.5"), "sales_satisfaction": Decimal("3.2")}),
    (FEW_SURVEYS, {"sales_satisfaction": None}),
    (
        SCORES,
        {
            "call_quality": Decimal(80) * 100 / 150,
            "call_quality_automatic": Decimal(75),
            "error_free_rate": Decimal(0),
            "error_free_rate_customer": Decimal("0.5"),
            "error_free_rate_business": Decimal(1),
            "error_free_rate_noncritical": Decimal(0),
        },
    ),
    (HEARD, {"sentiment": Decimal("-0.1"), "sentiment_agent": Decimal("0.9"), "keyword_hits": 4}),
    (SCRIPTS, {"script_effect": Decimal("0.5")}),
    (PLANS, {"schedule_adherence": Decimal(60) / 90}),
]
FIGURES = [(facts, metric, value) for facts, told in CASES for metric, value in told.items()]


def give(small: Small, facts: Facts) -> None:
    """Deliver all of them."""
    for kind, record in facts:
        small.give(kind, record)


@pytest.mark.parametrize(("facts", "metric", "value"), FIGURES, ids=[f"{n}-{m}" for n, (_, m, _) in enumerate(FIGURES)])
def test_a_figure_is_what_was_worked_out_by_hand(small: Small, facts: Facts, metric: str, value: Any) -> None:
    give(small, facts)
    found = small.value(metric)
    assert found == (value.quantize(Decimal(1).scaleb(-12)) if isinstance(value, Decimal) else value)


def test_an_attempt_stands_in_the_row_of_each_rule_it_breaks(small: Small) -> None:
    give(small, DECISIONS)
    assert small.cut("blocked_by_rule", "rule") == {"R01": 2, "R02": 1, "unknown": 1}


def test_an_event_has_from_its_call_what_it_does_not_say(small: Small) -> None:
    small.give("agent", {"key": "a1", "agent": "a1", "since": at("2025-01-01 00:00"), "team": "north"})
    small.give("customer", {"key": "c1", "phones": [A], "industry": "steel", "province": "Hunan"})
    small.give("call", dial("k1", f"{DAY} 09:30", A, talk=60, agent="a1", campaign="x", script_version="s1", list="A"))
    small.give("meeting", {"key": "m", "booked_at": when("10:00"), "call": "k1", "campaign": "own"})
    told = {"agent": "a1", "team": "north", "campaign": "own", "list": "A", "industry": "steel", "province": "Hunan"}
    assert {cut: small.cut("meetings_booked", cut) for cut in told} == {cut: {said: 1} for cut, said in told.items()}
    assert small.cut("meetings_booked", "hour") == {10: 1}


def test_an_event_has_from_its_lead_what_nobody_else_says(small: Small) -> None:
    lead = {"key": "l1", "created_at": when("08:00"), "phone": A, "source": "fair", "channel": "events", "agent": "a7"}
    small.give("lead", lead)
    small.give("handover", {"key": "h", "handed_at": when("10:00"), "lead": "l1"})
    told = {"source": "fair", "channel": "events", "agent": "a7"}
    assert {cut: small.cut("handovers", cut) for cut in told} == {cut: {said: 1} for cut, said in told.items()}


def test_a_complaint_is_put_down_to_the_last_call_before_it(small: Small) -> None:
    small.give("call", dial("k1", f"{DAY} 09:00", A, campaign="x"), dial("k2", f"{DAY} 11:00", A, campaign="y"))
    small.give("complaint", {"key": "c", "received_at": when("10:00"), "phone": A})
    assert small.cut("complaints", "campaign") == {"x": 1}


def test_meetings_belong_to_the_day_of_booking_or_on_the_other_basis_to_the_day_they_took_place(small: Small) -> None:
    small.give("meeting", {"key": "m", "booked_at": when("10:00"), "held_at": at("2025-08-02 10:00"), "phone": A})
    assert small.cut("meetings_held", "month") == {"2025-07": 1}
    assert small.cut("meetings_held", "month", basis="event") == {"2025-08": 1}


def test_answers_of_few_cannot_be_told(small: Small) -> None:
    give(small, FEW_SURVEYS)
    figure = small.figure("sales_satisfaction")
    assert (figure.value, figure.numerator) == (None, None)
    assert figure.reason is not None
    assert figure.reason.en == "fewer than 5: not shown"
    with pytest.raises(InvalidInput) as refused:
        list(small.analysis.behind(Question(metrics=("sales_satisfaction",))))
    assert refused.value.code == "answers_hidden"


def test_text_messages_bear_their_cost_as_either_record(small: Small) -> None:
    """A tariff of 0.05 a segment: 3 of a touch, 2 of a message; a chat message costs nothing."""
    small.give("touch", {"key": "t", "at": when("09:00"), "kind": "sms", "segments": 3, "campaign": "x", "phone": A})
    small.give("message", {"key": "m", "sent_at": when("09:00"), "segments": 2, "campaign": "y", "phone": A})
    small.give("message", {"key": "w", "sent_at": when("09:00"), "kind": "wechat", "campaign": "y", "phone": A})
    small.give("cost", {"key": "c", "cost_kind": "sms", "service_from": DAY, "rate": "0.05"})
    assert small.cut("total_cost", "campaign") == {"x": 15, "y": 10}
    small.give("message", {"key": "m", "sent_at": when("09:00"), "segments": 4, "campaign": "y", "phone": A})
    assert small.cut("total_cost", "campaign") == {"x": 15, "y": 20}
    assert sum(fact.amount for fact in small.analysis.behind(Question(metrics=("total_cost",)))) == 35
