"""Order, repetition, correction and undo: the figures depend on the facts alone."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from golden.small import Record, Small, cost, deal_event, dial, ring, small_business, won
from huasuan.intake import deliver, undo_batch
from huasuan.metrics.catalogue import METRICS
from huasuan.simulator.generate import generate
from huasuan.simulator.world import World

WORLD = World(days=40, calls=2000, seed=9, start=date(2025, 6, 10))
CUTS: tuple[tuple[str, ...], ...] = (
    (),
    ("channel",),
    ("agent",),
    ("month", "list"),
    ("hour",),
    ("province",),
    ("day",),
)
DAY = "2025-07-01"
Parcel = tuple[str, Sequence[Record]]


def answers(small: Small) -> list[Any]:
    """Every metric as a whole, and those that can be cut by anything, by several cuts on both bases."""
    cuttable = ("roi", "dials", "unique_calls", "revenue_net", "gross_margin", "won_deals", "call_conversion", "missed")
    return [
        *small.everything(tuple(METRICS), ((), ("month",))),
        *small.everything(cuttable, CUTS),
        *small.everything(cuttable, (("month",), ("day",)), basis="event"),
        *small.everything(("revenue_net", "total_cost", "won_deals"), (("channel",),), as_of=date(2025, 7, 5)),
        *small.everything(("total_cost",), (("cost_kind",), ("supplier",), ("campaign", "keyword"))),
    ]


@pytest.fixture(scope="module")
def parcels() -> list[Parcel]:
    return list(generate(WORLD))


@pytest.fixture(scope="module")
def original(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, parcels: list[Parcel]) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path_factory.mktemp("original")) as small:
        for kind, records in parcels:
            small.give(kind, *records)
        yield small


@pytest.fixture(scope="module")
def expected(original: Small) -> list[Any]:
    return answers(original)


def test_the_same_again_changes_nothing(original: Small, expected: list[Any], parcels: list[Parcel]) -> None:
    for kind, records in parcels:
        assert set(original.give(kind, *records)) <= {"unchanged"}
    assert original.analysis.waiting_rows() == 0
    assert answers(original) == expected


def test_another_order_changes_nothing(
    sqlite_template: Path, tmp_path: Path, expected: list[Any], parcels: list[Parcel]
) -> None:
    """Every parcel in another place and every record in another place of it; some of it twice, answers in between."""
    chance = random.Random(4)
    shuffled = [(kind, chance.sample(records, len(records))) for kind, records in parcels]
    shuffled += chance.sample(shuffled, len(shuffled) // 4)
    chance.shuffle(shuffled)
    with small_business(sqlite_template, tmp_path) as small:
        for number, (kind, records) in enumerate(shuffled):
            small.give(kind, *records)
            if number % 97 == 0:
                small.value("roi")
        assert answers(small) == expected


def test_undo_restores_every_figure(original: Small, expected: list[Any]) -> None:
    """Deliveries that correct and add facts of each kind, taken back in the opposite order."""
    undone: dict[str, list[Record]] = {
        "call": [dial("T3", "2025-07-02 10:00", talk=99, list="other"), ring("new", "2025-07-02 11:00", talk=70)],
        "customer": [{"key": "new", "phones": ["13900139777", "13900139778"], "province": "Hunan"}],
        "cost": [cost("new", "ads", "2025-07-02", "123.45")],
        "deal_event": [won("new", "2025-07-02 12:00", "500", origin_call="new")],
        "product": [{"key": "new", "product": "new", "margin_percent": "10"}],
    }
    batches = [
        deliver(original.store, workspace=original.workspace.id, kind_name=kind, source="sample", records=records).batch
        for kind, records in undone.items()
    ]
    assert answers(original) != expected
    for batch in reversed(batches):
        assert undo_batch(original.store, original.workspace.id, batch).conflict_count == 0
    assert answers(original) == expected


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def test_a_call_that_moves_to_another_month_leaves_no_ghost(small: Small) -> None:
    """S0-8: the call, its share of the costs and its deal all leave July."""
    small.give(
        "call",
        dial("k", "2025-07-31 23:30", talk=60, list="A"),
        dial("stays", "2025-07-31 22:00", "13800138002", list="B"),
        dial("waits", "2025-08-01 10:00", "13800138003", list="B"),
    )
    small.give(
        "cost",
        cost("july", "other", "2025-07-31", "100"),
        cost("august", "other", "2025-08-01", "100"),
        cost("tariff", "call_charges", "2025-07-01", rate="0.10", service_to="2025-09-01"),
    )
    small.give("deal_event", won("d", "2025-08-05 10:00", "500", origin_call="k"))
    assert small.cut("dials", "month") == {"2025-07": 2, "2025-08": 1}
    assert small.cut("total_cost", "month") == {"2025-07": 10_010, "2025-08": 10_000}
    assert small.cut("total_cost", "list") == {"A": 5_010, "B": 15_000}
    assert small.cut("revenue_net", "month") == {"2025-07": 50_000}
    assert small.give("call", dial("k", "2025-08-01 00:30", talk=60, list="A")) == ["corrected"]
    assert small.cut("dials", "month") == {"2025-07": 1, "2025-08": 2}
    assert small.cut("total_cost", "month") == {"2025-07": 10_000, "2025-08": 10_010}
    assert small.cut("total_cost", "list") == {"A": 5_010, "B": 15_000}
    assert small.cut("total_cost", "hour") == {22: 10_000, 10: 5_000, 0: 5_010}
    assert small.cut("revenue_net", "month") == {"2025-08": 50_000}
    assert small.cut("revenue_net", "hour") == {0: 50_000}


def test_a_caller_known_by_two_numbers_is_one_person_until_that_is_withdrawn(small: Small) -> None:
    small.give("call", ring("r1", f"{DAY} 10:00", talk=70), ring("r2", f"{DAY} 11:00", "13900139002", talk=70))
    small.give("deal_event", won("d", f"{DAY} 12:00", "10", origin_call="r1"))
    both = ("unique_calls", "unique_target_calls", "repeat_calls")
    assert [small.value(metric) for metric in both] == [2, 2, 0]
    assert small.figure("call_conversion").numerator == 1
    small.give("customer", {"key": "c", "phones": ["13900139001", "13900139002"]})
    assert [small.value(metric) for metric in both] == [1, 1, 1]
    small.give("customer", {"key": "c", "phones": ["13900139001"]})
    assert [small.value(metric) for metric in both] == [2, 2, 0]


def test_two_systems_may_use_the_same_key(small: Small) -> None:
    small.give("call", dial("1", f"{DAY} 10:00"), source="one")
    small.give("call", dial("1", f"{DAY} 10:00", "13800138002"), source="other")
    assert small.value("dials") == 2


def test_a_return_before_its_sale_arrives(small: Small) -> None:
    small.give("deal_event", deal_event("d", "returned", "2025-07-09 10:00"))
    assert small.value("returned_value") == 0
    small.give("deal_event", won("d", f"{DAY} 10:00", "100", phone="13900139001"))
    assert (small.value("won_value"), small.value("returned_value")) == (10_000, 10_000)
