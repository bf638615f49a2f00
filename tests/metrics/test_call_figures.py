"""Figures of calls and of agents' time from a handful of facts, worked out by hand: facts in, figure out."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import Record, Small, at, dial, ring, small_business

DAY = "2025-07-01"
Facts = list[tuple[str, Record]]


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def state(agent: str, name: str, start: str, end: str) -> Record:
    """A stretch of an agent's day."""
    return {
        "key": f"{agent}/{start}",
        "agent": agent,
        "state": name,
        "started_at": at(f"{DAY} {start}"),
        "ended_at": at(f"{DAY} {end}"),
    }


def answered(key: str, result: str, *, joined: str | None = None, ended: str = "09:01:00", **more: Any) -> Record:
    """A dial that was picked up at nine."""
    record = dial(key, f"{DAY} 09:00", result=result, answered_at=at(f"{DAY} 09:00"), ended_at=at(f"{DAY} {ended}"))
    return record | ({"agent_joined_at": at(f"{DAY} {joined}")} if joined else {}) | more


def spoken(key: str, when: str, caller: str | None) -> Record:
    """An inbound call somebody answered, and both talked for a minute."""
    return ring(key, when, caller, talk=60, agent_joined_at=at(when))


# Ten dials: 2 spoken, 3 invalid, 1 busy, 2 unanswered, 1 rejected, 1 refused by the network; one more left out.
RESULTS: Facts = [
    *(("call", dial(f"h{n}", f"{DAY} 09:0{n}", talk=60)) for n in range(2)),
    *(
        ("call", dial(f"d{n}", f"{DAY} 10:0{n}", result=result))
        for n, result in enumerate(
            ("invalid", "invalid", "invalid", "busy", "no_answer", "no_answer", "rejected", "network_block")
        )
    ),
    ("call", dial("x", f"{DAY} 11:00", result="invalid", excluded="test")),
]
# An agent is in from 9 to 12 with a break of an hour: two hours' work, of which half an hour ready.
# Two dials of 20 minutes of talk each, one of them with 120 s of hold; 10 minutes of wrap-up.
WORK: Facts = [
    ("agent_state", state("a1", "talk", "09:00", "10:20")),
    ("agent_state", state("a1", "wrap", "10:20", "10:30")),
    ("agent_state", state("a1", "ready", "10:30", "11:00")),
    ("agent_state", state("a1", "break", "11:00", "12:00")),
    ("call", dial("w1", f"{DAY} 09:00", talk=1200, agent="a1", agent_joined_at=at(f"{DAY} 09:00"))),
    ("call", dial("w2", f"{DAY} 09:30", talk=1200, hold_seconds=120, agent="a1", agent_joined_at=at(f"{DAY} 09:30"))),
    ("call", dial("w3", f"{DAY} 09:50", agent="a1")),
]
# Two calls out and one in are spoken on; one lead arose from a call, one phone lead bought, one lead is of the web.
LEADS: Facts = [
    ("call", dial("k1", f"{DAY} 09:00", talk=60)),
    ("call", dial("k2", f"{DAY} 09:10", "13800138002", talk=60)),
    ("call", dial("k3", f"{DAY} 09:20")),
    ("call", ring("k4", f"{DAY} 09:30", talk=60, agent_joined_at=at(f"{DAY} 09:30"))),
    ("lead", {"key": "l1", "created_at": at(f"{DAY} 09:05"), "phone": "13800138001", "call": "k1"}),
    ("lead", {"key": "l2", "created_at": at(f"{DAY} 09:05"), "phone": "13800138007", "source": "Phone"}),
    ("lead", {"key": "l3", "created_at": at(f"{DAY} 09:05"), "phone": "13800138009", "source": "web"}),
    ("deal_event", {"key": "w", "deal": "d", "kind": "won", "at": at(f"{DAY} 12:00"), "amount": "5", "lead": "l1"}),
]
# Five answered by people: joined after 1 s and after 3 s; never, given up after 1 s; never, after 5 s; by a bot.
# The clock starts when the greeting ends: one joined 5 s after the answer has waited 1 s only.
ABANDONED: Facts = [
    ("call", answered("a1", "human", joined="09:00:01", campaign="x")),
    ("call", answered("a2", "human", joined="09:00:03", campaign="x")),
    ("call", answered("a3", "abandoned", ended="09:00:01", campaign="y")),
    ("call", answered("a4", "abandoned", ended="09:00:05", campaign="y")),
    ("call", answered("a5", "human", voice="bot")),
    ("call", answered("a6", "human", joined="09:00:05", greeting_ended_at=at(f"{DAY} 09:00:04"))),
    ("call", answered("a7", "machine")),
]
A, B, C = "13900139001", "13900139002", "13900139003"
# Missed: A (called back and reached after 2 h), B (reached after 25 h), C (rang again, missed again), one withheld.
MISSED: Facts = [
    ("call", ring("m1", f"{DAY} 09:00", A)),
    ("call", dial("m2", f"{DAY} 10:00", A)),
    ("call", dial("m3", f"{DAY} 11:00", A, talk=60)),
    ("call", ring("m4", f"{DAY} 09:00", B)),
    ("call", dial("m5", "2025-07-02 10:00", B, talk=60)),
    ("call", ring("m6", f"{DAY} 09:00", C)),
    ("call", ring("m7", f"{DAY} 09:30", C)),
    ("call", ring("m8", f"{DAY} 09:00", None)),
]
# Answered: A's call settles it though we call him, B rings again after a day, C after three days; the last ones settle.
SETTLED: Facts = [
    ("call", spoken("s1", f"{DAY} 09:00", A)),
    ("call", dial("s2", f"{DAY} 10:00", A, talk=60)),
    ("call", spoken("s3", f"{DAY} 09:00", B)),
    ("call", spoken("s4", "2025-07-02 09:00", B)),
    ("call", spoken("s5", f"{DAY} 09:00", C)),
    ("call", ring("s6", "2025-07-04 09:00", C)),
    ("call", spoken("s7", "2125-07-04 09:00", "13900139009")),
    ("call", spoken("s8", f"{DAY} 09:00", None)),
]
# Talked for the first time: A again after 2 days, B after 15 days, C never; a word of 10 s before and after is none.
FOLLOWED: Facts = [
    ("call", dial("f0", "2025-06-30 09:00", A, talk=10)),
    ("call", dial("f1", f"{DAY} 09:00", A, talk=60)),
    ("call", spoken("f2", "2025-07-03 09:00", A)),
    ("call", dial("f3", f"{DAY} 09:00", B, talk=60)),
    ("call", dial("f4", "2025-07-16 09:00:01", B, talk=60)),
    ("call", dial("f5", f"{DAY} 09:00", C, talk=60)),
    ("call", dial("f6", "2025-07-02 09:00", C, talk=10)),
    ("call", dial("f7", "2125-07-02 09:00", "13900139009", talk=60)),
]
# Dials: A before and after consent; B with consent that ran out; C after an opt-out; one with consent to be written to.
CONSENT: Facts = [
    ("consent", {"key": "n1", "at": at(f"{DAY} 09:00"), "purpose": "call", "given": True, "phone": A}),
    ("call", dial("n2", f"{DAY} 08:00", A)),
    ("call", dial("n3", f"{DAY} 10:00", A)),
    (
        "consent",
        {
            "key": "n4",
            "at": at(f"{DAY} 09:00"),
            "purpose": "marketing",
            "given": True,
            "phone": B,
            "expires_at": at(f"{DAY} 11:00"),
        },
    ),
    ("call", dial("n5", f"{DAY} 10:59", B)),
    ("call", dial("n6", f"{DAY} 11:00", B)),
    ("consent", {"key": "n7", "at": at(f"{DAY} 09:00"), "purpose": "call", "given": True, "phone": C}),
    ("opt_out", {"key": "n8", "received_at": at(f"{DAY} 12:00"), "phone": C}),
    ("call", dial("n9", f"{DAY} 13:00", C)),
    ("consent", {"key": "n10", "at": at(f"{DAY} 09:00"), "purpose": "SMS", "given": True, "phone": "13900139009"}),
    ("call", dial("n11", f"{DAY} 10:00", "13900139009")),
    ("call", ring("n12", f"{DAY} 10:00", "13900139009")),
]
ONE, TWO, THREE = "02188880001", "02188880002", "02188880003"
# Three numbers shown: one while it is tagged, one only after the tag was cleared, one never; a fourth is not used.
TAGS: Facts = [
    ("number_tag", {"key": "t1", "own_number": "+862188880001", "tagged_at": at(f"{DAY} 08:00"), "supplier": "360"}),
    ("number_tag", {"key": "t2", "own_number": "+862188880001", "tagged_at": at(f"{DAY} 09:30"), "supplier": "x"}),
    (
        "number_tag",
        {
            "key": "t3",
            "own_number": "+862188880002",
            "tagged_at": at(f"{DAY} 08:00"),
            "cleared_at": at(f"{DAY} 09:00"),
        },
    ),
    ("number_tag", {"key": "t4", "own_number": "+862188880004", "tagged_at": at(f"{DAY} 08:00")}),
    ("call", dial("t5", f"{DAY} 10:00", A, caller=ONE)),
    ("call", dial("t6", f"{DAY} 10:00", A, caller=TWO)),
    ("call", dial("t7", f"{DAY} 10:00", A, caller=THREE)),
]
# Assigned after 1, 2, 3 … 10 minutes, one not at all: half within 5, nine in ten within 9.
# Dialled after 10 minutes, 20 minutes; one had been dialled only before, one is a duplicate.
DELAYS: Facts = [
    *(
        (
            "lead",
            {"key": f"g{n}", "created_at": at(f"{DAY} 09:00"), "assigned_at": at(f"{DAY} 09:{n:02}"), "agent": "a"},
        )
        for n in range(1, 11)
    ),
    ("lead", {"key": "g0", "created_at": at(f"{DAY} 09:00"), "phone": A}),
    ("lead", {"key": "g11", "created_at": at(f"{DAY} 09:00"), "phone": B}),
    ("lead", {"key": "g12", "created_at": at(f"{DAY} 09:00"), "phone": C}),
    (
        "lead",
        {
            "key": "g13",
            "created_at": at(f"{DAY} 09:00"),
            "phone": A,
            "duplicate": True,
            "assigned_at": at(f"{DAY} 12:00"),
        },
    ),
    ("call", dial("g20", f"{DAY} 09:10", A)),
    ("call", dial("g21", f"{DAY} 09:50", A)),
    ("call", dial("g22", f"{DAY} 09:20", B)),
    ("call", dial("g23", f"{DAY} 08:20", C)),
]
CASES: list[tuple[Facts, dict[str, Any]]] = [
    (
        RESULTS,
        {
            "invalid_rate": Decimal("0.3"),
            "busy_rate": Decimal("0.1"),
            "no_answer_rate": Decimal("0.2"),
            "rejected_rate": Decimal("0.1"),
            "network_block_rate": Decimal("0.1"),
        },
    ),
    (
        WORK,
        {
            "hold_avg": Decimal(120),
            "occupancy": Decimal(2400 + 120 + 600) / 7200,
            "effective_talk_share": Decimal(2400) / 10800,
            "wait_avg": Decimal(900),
            "dials_per_hour": Decimal("1.5"),
            "connects_per_hour": Decimal(1),
        },
    ),
    (
        ABANDONED,
        {
            "abandoned_2s": 3,
            "hung_up_before_agent": 1,
            "late_joined": 1,
            "abandon_rate": Decimal(3) / 6,
        },
    ),
    (MISSED, {"missed_rescued": 1, "rescue_rate": Decimal("0.2")}),
    (SETTLED, {"fcr_proxy": Decimal("0.75")}),
    (FOLLOWED, {"followups_due": 3, "followups_done": 1, "followup_success": Decimal(1) / 3}),
    (CONSENT, {"consent_coverage": Decimal(2) / 6}),
    (TAGS, {"number_flag_rate": Decimal(1) / 3}),
    (
        DELAYS,
        {
            "assign_delay": Decimal(5),
            "assign_delay_p90": Decimal(9),
            "speed_to_lead": Decimal(10),
            "speed_to_lead_p90": Decimal(20),
        },
    ),
    (LEADS, {"leads_per_call": Decimal(1) / 3, "total_conversion": Decimal("0.5")}),
]


@pytest.mark.parametrize(
    ("facts", "metric", "value"), [(facts, metric, value) for facts, told in CASES for metric, value in told.items()]
)
def test_a_figure_is_what_was_worked_out_by_hand(small: Small, facts: Facts, metric: str, value: Any) -> None:
    for kind, record in facts:
        small.give(kind, record)
    found = small.value(metric)
    assert found == (value if not isinstance(value, Decimal) else value.quantize(Decimal(1).scaleb(-12)))


def test_every_new_figure_is_unknown_without_facts(small: Small) -> None:
    for metric in {metric for _, told in CASES for metric, value in told.items() if isinstance(value, Decimal)}:
        figure = small.figure(metric)
        assert figure.value is None, metric
        assert figure.reason is not None
