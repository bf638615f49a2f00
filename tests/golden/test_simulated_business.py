"""The engine against an independent reckoning of a made-up business: counts exact, money to the fen, sums exact.

Covers S0-1, S0-4..S0-9, S0-21, S2-36, S2-42, S2-44, S2-45, S3-2..S3-8 and S3-10..S3-12:
every cost kind and driver of the canon appears in the simulated ledger.
"""

from fractions import Fraction

import pytest

from golden.simulated import (
    COSTS,
    COUNTS,
    CUTS,
    MONEY,
    Business,
    ask,
    differences,
    open_business,
    rows_by_cut,
)
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.drivers import COST_KINDS
from huasuan.metrics.plan import can_cut
from huasuan.simulator.world import World

ALL = COUNTS + MONEY + COSTS


@pytest.fixture(scope="module", params=[1, 2, 3])
def business(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Business:
    """90 days and 60,000 calls, three seeds."""
    return open_business(tmp_path_factory.mktemp("golden"), World(days=90, calls=60_000, seed=request.param))


def _possible(dimension: str) -> tuple[str, ...]:
    return tuple(metric for metric in ALL if can_cut(METRICS[metric], DIMENSIONS[dimension]))


def test_totals_are_exact(business: Business) -> None:
    figures = ask(business, ALL)[0].values
    for metric in COUNTS + MONEY:
        assert figures[metric].value == business.truth.total[metric], metric
    for metric in COSTS:
        assert abs(Fraction(figures[metric].value) - Fraction(business.truth.total[metric])) <= Fraction(1, 2), metric


def test_every_cut_agrees_with_the_truth(business: Business) -> None:
    assert [fault for cut in CUTS for fault in differences(business, cut, _possible(cut))] == []


def test_every_cut_adds_up_to_the_total(business: Business) -> None:
    total = {metric: figure.value for metric, figure in ask(business, COSTS + MONEY)[0].values.items()}
    for cut in (*CUTS, "cost_kind", "week", "quarter"):
        for metric in (*COSTS, *MONEY):
            if not can_cut(METRICS[metric], DIMENSIONS[cut]):
                continue
            rows = ask(business, (metric,), by=(cut,))
            assert sum(row.values[metric].value for row in rows) == total[metric], (cut, metric)


def test_cost_kinds_are_each_exact_and_all_there(business: Business) -> None:
    rows = rows_by_cut(ask(business, ("total_cost",), by=("cost_kind",)), "cost_kind")
    assert set(COST_KINDS) <= {key[1] for key in rows}
    for kind, cost in business.truth.cost_kinds.items():
        assert abs(rows["value", kind]["total_cost"].value - cost) < 1, kind


def test_roi_follows_from_its_parts_in_every_row(business: Business) -> None:
    for cut in ("channel", "campaign", "agent", "list", "hour", "province", "script_version", "tracking_number"):
        for row in ask(business, ("roi", "revenue_net", "total_cost"), by=(cut,)):
            roi, net, cost = (row.values[name] for name in ("roi", "revenue_net", "total_cost"))
            assert (roi.numerator, roi.denominator) == (net.value - cost.value, cost.value)
            if cost.value:
                assert abs(Fraction(roi.value) - Fraction(net.value - cost.value, cost.value)) <= Fraction(1, 10**12)
            else:
                assert roi.value is None
                assert roi.reason is not None


def test_products_and_events_agree_with_the_truth(business: Business) -> None:
    money = ("won_value", "cancelled_value", "returned_value", "revenue_net")
    rows = rows_by_cut(ask(business, (*money, "won_deals"), by=("product",)), "product")
    for product, figures in business.truth.products.items():
        values = rows["unknown" if product is None else "value", product]
        for metric in (*money, "won_deals"):
            assert values[metric].value == figures.get(metric, 0), (product, metric)
    for table in ("day", "month"):
        rows = rows_by_cut(ask(business, (*money, "won_deals"), by=(table,), basis="event"), table)
        assert {key[1] for key in rows} == set(business.truth.events[table])
        for value, figures in business.truth.events[table].items():
            for metric in (*money, "won_deals"):
                assert rows["value", value][metric].value == figures[metric], (table, value, metric)
