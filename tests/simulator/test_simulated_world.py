"""The made-up business: the same every time, of the stated size, with every kind of cost, and welcome at the intake."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select

from huasuan.costs.rules import default_driver
from huasuan.intake import KINDS
from huasuan.metrics.drivers import COST_KINDS, DRIVERS
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.simulator import Record, World, generate, simulate
from huasuan.simulator.world import calls_by_day
from huasuan.store import METADATA, Store

START = date(2025, 1, 6)
SMALL = World(days=60, calls=1500, seed=3, start=START)


@pytest.fixture(scope="module")
def parcels() -> list[tuple[str, list[Record]]]:
    return list(generate(SMALL))


def records(parcels: list[tuple[str, list[Record]]], kind: str) -> list[Record]:
    return list(chain.from_iterable(found for name, found in parcels if name == kind))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.at(tmp_path / "store.db")
    METADATA.create_all(store.engine)
    return store


@pytest.fixture
def workspace(store: Store) -> Workspace:
    with store.write() as connection:
        return create_workspace(connection, name="sample", settings=WorkspaceSettings())


def test_same_world_same_facts(parcels: list[tuple[str, list[Record]]]) -> None:
    assert orjson.dumps(list(generate(SMALL))) == orjson.dumps(parcels)


def test_another_seed_is_another_business(parcels: list[tuple[str, list[Record]]]) -> None:
    other = World(days=60, calls=1500, seed=4, start=START)
    assert orjson.dumps(list(generate(other))) != orjson.dumps(parcels)


def test_calls_by_day_are_exactly_the_calls() -> None:
    counts = calls_by_day(SMALL)
    assert sum(counts) == 1500
    assert len(counts) == 60
    # 2025-01-06 is a Monday, the 12th a Sunday: hardly anybody works then.
    assert counts[0] > 3 * counts[6]


def test_as_many_calls_as_asked_and_a_plausible_mix(parcels: list[tuple[str, list[Record]]]) -> None:
    calls = {record["key"]: record for record in records(parcels, "call")}
    assert len(calls) == 1500
    inbound = sum(record["direction"] == "in" for record in calls.values())
    assert 0.2 < inbound / 1500 < 0.32
    won = {record["deal"] for record in records(parcels, "deal_event") if record["kind"] == "won"}
    assert 0.01 < len(won) / 1500 < 0.045


# Plain records whose rules and screens are still to come: the made-up business does not tell of them yet.
UNTOLD = {
    "ad_spot",
    "bot_verdict",
    "call_tag",
    "campaign_target",
    "complaint",
    "decision",
    "handover",
    "lead_quality",
    "list_record",
    "meeting",
    "message",
    "number_tag",
    "opt_out",
    "planned_state",
    "quality_score",
    "sentiment",
    "survey_answer",
    "transcript_hit",
}


def test_every_kind_of_fact_is_spoken_of(parcels: list[tuple[str, list[Record]]]) -> None:
    assert {kind for kind, _ in parcels} == set(KINDS) - UNTOLD


def test_every_cost_kind_and_driver_appears(parcels: list[tuple[str, list[Record]]]) -> None:
    costs = records(parcels, "cost")
    assert {record["cost_kind"] for record in costs} >= set(COST_KINDS)
    assert {record.get("driver") or default_driver(record["cost_kind"]) for record in costs} == set(DRIVERS)
    # A kind nobody knows, a foreign currency, tariffs beside booked amounts, and commissions that go back.
    assert {record["cost_kind"] for record in costs} - set(COST_KINDS) == {"parking"}
    assert {record.get("currency", "CNY") for record in costs} == {"CNY", "USD", "HKD"}
    assert any("rate" in record for record in costs)


def test_returns_cancellations_and_reversals_happen() -> None:
    larger = list(generate(World(days=90, calls=12_000, seed=1, start=START)))
    kinds = Counter(record["kind"] for record in records(larger, "deal_event"))
    assert set(kinds) == {
        "opened",
        "stage",
        "won",
        "lost",
        "paid",
        "received",
        "changed",
        "part_returned",
        "returned",
        "cancelled",
        "commission_reversed",
    }
    reversed_ones = [record for record in records(larger, "cost") if record.get("amount", "").startswith("-")]
    assert reversed_ones
    assert all(record["cost_kind"] == "commission" for record in reversed_ones)
    results = {record["result"] for record in records(larger, "call")}
    assert results >= {"human", "machine", "abandoned", "invalid", "congestion", "network_block", "answered", "missed"}
    causes = {record.get("cause") for record in records(larger, "call") if record["result"] == "missed"}
    assert causes == {"abandoned_ivr", "abandoned_queue", "no_answer", "busy", "failed", "voicemail", "out_of_hours"}


def test_nothing_is_known_before_it_happens_or_after_the_end(parcels: list[tuple[str, list[Record]]]) -> None:
    end = datetime(2025, 3, 6, 16, tzinfo=UTC)  # midnight in Shanghai after 60 days
    assert SMALL.end == end
    for record in records(parcels, "deal_event"):
        assert record["at"] < record["known_at"] < end + timedelta(minutes=1)
    for record in records(parcels, "call"):
        assert (record.get("dialed_at") or record["ringing_at"]) < record["known_at"]


def test_no_key_twice_in_a_parcel_but_corrections_later(parcels: list[tuple[str, list[Record]]]) -> None:
    for _, found in parcels:
        assert len({record["key"] for record in found}) == len(found)
    for kind in ("call", "cost"):
        twice = Counter(record["key"] for record in records(parcels, kind))
        assert max(twice.values()) > 1


def test_some_facts_arrive_in_the_wrong_order(parcels: list[tuple[str, list[Record]]]) -> None:
    newest: dict[str, datetime] = {}
    stale = 0
    for record in records(parcels, "cost"):
        stale += record["known_at"] < newest.get(record["key"], record["known_at"])
        newest[record["key"]] = max(record["known_at"], newest.get(record["key"], record["known_at"]))
    assert stale > 0


def test_intake_takes_everything(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    summary = simulate(
        store,
        workspace,
        SMALL,
        truth_path=tmp_path / "truth.json",
        progress=lambda done, whole: seen.append((done, whole)),
    )
    assert summary.created["call"] == 1500
    assert set(summary.created) == set(KINDS) - UNTOLD
    assert summary.corrected > 0
    assert seen[-1] == (1500, 1500)
    table = KINDS["call"].table
    with store.read() as connection:
        stored = connection.execute(select(func.count(table.c.source_key.distinct()))).scalar_one()
    assert stored == 1500
    truth = orjson.loads((tmp_path / "truth.json").read_bytes())
    assert truth["period"] == {"from": "2025-01-06", "to": "2025-03-07"}
    assert truth["total"]["dials"] + truth["total"]["inbound_calls"] < 1500  # test calls count nowhere


def test_sent_twice_changes_nothing(store: Store, workspace: Workspace) -> None:
    world = World(days=2, calls=60, seed=5, start=START)
    simulate(store, workspace, world)
    again = simulate(store, workspace, world)
    assert again.created == {}


def test_unknown_costs_of_goods_when_asked_for() -> None:
    world = World(days=20, calls=2000, seed=6, start=START, unknown_cost_share=1.0)
    won = [record for record in records(list(generate(world)), "deal_event") if record["kind"] == "won"]
    assert any("amount" in record for record in won)
    assert all("amount" in record or record["lines"][-1]["product"] == "P09" for record in won)


def test_a_world_needs_a_day_and_a_call() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        World(days=0, calls=10)


def test_without_a_start_the_last_day_is_yesterday() -> None:
    world = World(days=10, calls=10)
    assert (world.end_day - world.first_day).days == 10
    assert abs((world.end_day - datetime.now(UTC).date()).days) <= 1


def test_callbacks_are_kept_in_time_kept_late_and_missed() -> None:
    """Who asks is called at once, late, or never; each request is a lead with the consent in it (S2-13)."""
    larger = list(generate(World(days=90, calls=12_000, seed=1, start=START)))
    asked = {record["key"]: record for record in records(larger, "callback_request")}
    leads = {record["key"]: record for record in records(larger, "lead")}
    calls = {record["key"]: record for record in records(larger, "call")}
    consents = {record["key"] for record in records(larger, "consent") if record["purpose"] == "callback"}
    assert set(asked) == consents
    joined = [record for record in asked.values() if "joined_at" in record]
    waits = [record["dialled_at"] - record["due_at"] for record in joined]
    assert min(waits) >= timedelta(0)
    assert 0.6 < sum(wait < timedelta(minutes=10) for wait in waits) / len(waits) < 0.9
    assert any(wait > timedelta(hours=1) for wait in waits)
    assert 0.5 < len(joined) / len(asked) < 0.85
    sides = Counter(record.get("failed_side") for record in asked.values() if "joined_at" not in record)
    assert set(sides) == {None, "staff", "customer"}
    for record in asked.values():
        assert leads[record["lead"]]["origin"] == "callback"
        assert record["due_at"] >= record["requested_at"]
        if "call" in record:
            call = calls[record["call"]]
            assert (call["dialed_at"], call["lead"]) == (record["dialled_at"], record["lead"])
            assert call.get("answered_at") == record.get("joined_at")
    kept_until_opening = [record for record in asked.values() if not record["in_hours"]]
    assert kept_until_opening
    assert all(record["due_at"] > record["requested_at"] for record in kept_until_opening)
