"""Laws of the truth on a whole made-up business: every cut adds up, and to the ledger."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import orjson
import pytest

from huasuan.people import WorkspaceSettings
from huasuan.simulator import World, generate, write_truth
from huasuan.simulator.truth import Truth
from huasuan.simulator.truth.reckoning import COSTS, COUNTS
from huasuan.simulator.truth.units import DIMENSIONS, Row
from huasuan.simulator.world import Record

WORLD = World(days=75, calls=3000, seed=11, start=date(2025, 1, 6))


@pytest.fixture(scope="module")
def parcels() -> list[tuple[str, list[Record]]]:
    return list(generate(WORLD))


@pytest.fixture(scope="module")
def written(parcels: list[tuple[str, list[Record]]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Path]:
    path = tmp_path_factory.mktemp("truth") / "truth.json"
    found = write_truth(parcels, path, settings=WorkspaceSettings(), first_day=WORLD.first_day, end_day=WORLD.end_day)
    return found, path


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_cut_adds_up_to_the_total(written: tuple[Truth, Path], dimension: str) -> None:
    truth, _ = written
    rows = truth.cuts[dimension].values()
    for measure in (*COUNTS, *COSTS, "gross_margin"):
        assert sum(row[measure] for row in rows) == truth.total[measure], measure


def test_kinds_add_up_to_the_total_cost(written: tuple[Truth, Path]) -> None:
    truth, _ = written
    assert sum(truth.cost_kinds.values()) == truth.total["total_cost"]
    marketing = ("ads", "events", "list_data", "tracking_numbers", "content")
    assert sum(truth.cost_kinds[kind] for kind in marketing) == truth.total["marketing_spend"]


def test_pools_are_the_ledger(parcels: list[tuple[str, list[Record]]], written: tuple[Truth, Path]) -> None:
    """Booked amounts of the period's days, line by line, are what the kinds without any tariff came to."""
    truth, _ = written
    lines: dict[str, Record] = {}
    for kind, records in parcels:
        for record in records if kind == "cost" else ():
            if record["key"] not in lines or record["known_at"] >= lines[record["key"]]["known_at"]:
                lines[record["key"]] = record
    booked: dict[str, Fraction] = defaultdict(Fraction)
    for record in lines.values():
        if "rate" in record or "currency" in record or "useful_months" in record:
            booked[record["cost_kind"]] += Fraction(10**12)  # not comparable this simply
            continue
        start = date.fromisoformat(record["service_from"])
        end = date.fromisoformat(record["service_to"]) if "service_to" in record else start + timedelta(days=1)
        inside = (min(end, WORLD.end_day) - max(start, WORLD.first_day)).days
        booked[record["cost_kind"]] += Fraction(record["amount"]) * 100 * max(0, inside) / (end - start).days
    comparable = {kind: amount for kind, amount in booked.items() if amount < 10**12}
    assert {"ads", "commission", "content", "management", "premises", "fine", "other"} <= set(comparable)
    assert comparable == {kind: truth.cost_kinds[kind] for kind in comparable}


def test_days_and_weekdays_are_never_unallocated(written: tuple[Truth, Path]) -> None:
    truth, _ = written
    for dimension in ("day", "weekday", "month"):
        assert not any(isinstance(value, Row) or value is None for value in truth.cuts[dimension])


def test_products_add_up_to_the_deals(written: tuple[Truth, Path]) -> None:
    truth, _ = written
    for measure in ("won_value", "cancelled_value", "returned_value", "revenue_net"):
        assert sum(row.get(measure, 0) for row in truth.products.values()) == truth.total[measure]


def test_events_of_days_and_months_agree(written: tuple[Truth, Path]) -> None:
    truth, _ = written
    for measure in ("won_deals", "won_value", "returned_value", "revenue_net"):
        by_day = sum(row[measure] for row in truth.events["day"].values())
        assert by_day == sum(row[measure] for row in truth.events["month"].values())
    # All origins and all that later happened lie in the life of the world, so both bases know the same deals.
    assert sum(row["won_value"] for row in truth.events["day"].values()) == truth.total["won_value"]


def test_the_file_says_what_was_reckoned(written: tuple[Truth, Path]) -> None:
    truth, path = written
    read = orjson.loads(path.read_bytes())
    assert read["total"]["won_value"] == truth.total["won_value"]
    for dimension, rows in truth.cuts.items():
        named = {
            None if row["row"] == "unknown" else row["value"] if row["row"] == "value" else Row(row["row"]): row
            for row in read["cuts"][dimension]
        }
        assert set(named) == set(rows)
        for value, figures in rows.items():
            exact = figures["total_cost"]
            assert abs(Fraction(named[value]["total_cost"]) - exact) < Fraction(1, 10**30)


def test_order_of_parcels_does_not_matter_for_what_stands(
    parcels: list[tuple[str, list[Record]]], written: tuple[Truth, Path], tmp_path: Path
) -> None:
    truth, _ = written
    costs_last = [parcel for parcel in parcels if parcel[0] != "cost"] + [
        parcel for parcel in reversed(parcels) if parcel[0] == "cost"
    ]
    again = write_truth(
        costs_last,
        tmp_path / "again.json",
        settings=WorkspaceSettings(),
        first_day=WORLD.first_day,
        end_day=WORLD.end_day,
    )
    assert again.total == truth.total
