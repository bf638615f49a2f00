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
    for metric in dict(pair for _, told in CASES for pair in told.items()):
        figure = small.figure(metric)
        assert figure.value is None, metric
        assert figure.reason is not None
