import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huasuan.methods.bootstrap import (
    Method,
    Plan,
    RatioInterval,
    Sample,
    difference_of_ratios,
    ratio_of_sums,
    roi,
)
from huasuan.methods.intervals import Reason, Unknown, skewness_corrected_ratio

EVERY_METHOD = pytest.mark.parametrize("method", list(Method))


def customers(seed: int, *, count: int = 500, buying: float = 0.5, sigma: float = 1.0):
    """Revenue and cost per customer: one log-normal deal or none; costs vary; true ratio buying*exp(sigma^2/2)."""
    random = np.random.default_rng(seed)
    bought = random.random(count) < buying
    revenue = np.where(bought, random.lognormal(0, sigma, count), 0.0)
    return revenue, random.gamma(4, 0.25, count), revenue[bought]


def sample(seed: int, **shape) -> Sample:
    revenue, cost, deals = customers(seed, **shape)
    return Sample(numerators=revenue, denominators=cost, deal_values=deals)


@EVERY_METHOD
def test_the_interval_holds_the_estimate_and_names_its_making(method):
    revenue, cost, deals = customers(1)
    result = ratio_of_sums(sample(1), Plan(method=method, seed=3))
    assert isinstance(result, RatioInterval)
    assert result.estimate == pytest.approx(revenue.sum() / cost.sum(), rel=1e-12)
    assert result.low < result.estimate < result.high
    assert (result.method, result.seed, result.draws, result.level) == (method, 3, 2000, 0.95)
    assert (result.customers, result.deals) == (500, deals.size)
    assert result.largest_share == pytest.approx(deals.max() / deals.sum())


@EVERY_METHOD
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(method):
    one, again = (ratio_of_sums(sample(1), Plan(method=method)) for _ in range(2))
    other = ratio_of_sums(sample(1), Plan(method=method, seed=99))
    assert one == again
    assert one.low != other.low
    assert one.low == pytest.approx(other.low, rel=0.05)


def test_a_mean_of_many_gives_the_textbook_interval():
    # Normal values over ones: the interval is mean +- 1.96 sd / sqrt(n), up to the noise of 4,000 draws
    values = np.random.default_rng(5).normal(10, 2, 2000)
    half = 1.96 * values.std(ddof=1) / np.sqrt(2000)
    for method in Method:
        plan = Plan(method=method, draws=4000)
        result = ratio_of_sums(Sample(numerators=values, denominators=np.ones(2000), deal_values=values), plan)
        assert (result.high - result.low) / 2 == pytest.approx(half, rel=0.06)
        assert (result.low + result.high) / 2 == pytest.approx(values.mean(), abs=half * 0.08)


def test_resampling_in_pieces_is_the_same_law_as_in_one_piece():
    # 30,000 customers x 2,000 draws pass the memory bound many times over; the closed form needs no draws
    shape = sample(2, count=30_000)
    result, closed = ratio_of_sums(shape), skewness_corrected_ratio(shape.numerators, shape.denominators)
    assert (result.low, result.high) == pytest.approx((closed.low, closed.high), rel=0.003)


def test_all_of_a_customer_stays_together():
    # Ten deals of one customer are one draw: splitting them into ten customers would feign more knowledge
    revenue, cost, deals = customers(4, count=300)
    split = Sample(numerators=np.repeat(revenue, 10) / 10, denominators=np.repeat(cost, 10) / 10, deal_values=deals)
    whole, feigned = ratio_of_sums(sample(4, count=300)), ratio_of_sums(split)
    assert whole.estimate == pytest.approx(feigned.estimate)
    assert (feigned.high - feigned.low) * 2.5 < whole.high - whole.low


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.01, 1000.0), st.sampled_from(Method))
def test_roi_does_not_know_the_currency(seed, factor, method):
    revenue, cost, deals = customers(seed, count=200)
    plan = Plan(method=method, draws=200)
    result = roi(revenue, cost, deal_values=deals, fixed_cost=50.0, plan=plan)
    scaled = roi(revenue * factor, cost * factor, deal_values=deals * factor, fixed_cost=50.0 * factor, plan=plan)
    assert (scaled.low, scaled.high) == pytest.approx((result.low, result.high), rel=1e-6, abs=1e-9)


@EVERY_METHOD
def test_roi_is_the_ratio_less_one(method):
    revenue, cost, deals = customers(6)
    ratio = ratio_of_sums(sample(6), Plan(method=method))
    returned = roi(revenue, cost, deal_values=deals, plan=Plan(method=method))
    assert (returned.estimate + 1, returned.low + 1, returned.high + 1) == pytest.approx(
        (ratio.estimate, ratio.low, ratio.high), rel=1e-9
    )


def test_fixed_cost_enters_the_roi_once():
    revenue, cost, deals = customers(6)
    result = roi(revenue, cost, deal_values=deals, fixed_cost=100.0)
    spent = cost.sum() + 100
    assert result.estimate == pytest.approx((revenue.sum() - spent) / spent)


def test_twenty_deals_are_needed():
    deals = np.ones(19)
    columns = Sample(numerators=np.r_[deals, np.zeros(50)], denominators=np.ones(69), deal_values=deals)
    assert ratio_of_sums(columns) == Unknown(reason=Reason.TOO_FEW_DEALS, found=19, needed=20)
    assert isinstance(ratio_of_sums(columns, Plan(minimum_deals=19)), RatioInterval)


def test_one_deal_above_half_of_the_revenue_leaves_no_interval():
    deals = np.r_[np.ones(30), 31.0]
    columns = Sample(numerators=deals, denominators=np.ones(31), deal_values=deals)
    assert ratio_of_sums(columns) == Unknown(reason=Reason.ONE_DEAL_DOMINATES, found=31 / 61, needed=0.5)
    half = replace(columns, numerators=np.r_[np.ones(31), 31.0], denominators=np.ones(32))
    assert isinstance(ratio_of_sums(replace(half, deal_values=np.r_[np.ones(31), 31.0])), RatioInterval)


def test_no_cost_no_ratio_and_no_spread_no_interval():
    deals = np.arange(1.0, 41.0)
    free = ratio_of_sums(Sample(numerators=deals, denominators=np.zeros(40), deal_values=deals))
    alike = ratio_of_sums(Sample(numerators=deals, denominators=deals * 3, deal_values=deals))
    assert isinstance(free, Unknown)
    assert free.reason is Reason.ZERO_DENOMINATOR
    assert isinstance(alike, Unknown)
    assert alike.reason is Reason.NO_VARIATION


@EVERY_METHOD
def test_a_difference_turns_over_with_its_groups_and_is_zero_inside_for_equals(method):
    a, b = sample(10), sample(11)
    plan = Plan(method=method)
    forward, backward = difference_of_ratios(a, b, plan), difference_of_ratios(b, a, plan)
    assert forward.estimate == pytest.approx(-backward.estimate)
    assert forward.low == pytest.approx(-backward.high, abs=0.03)
    assert forward.low < 0 < forward.high
    assert forward.customers == 1000


def test_overlapping_intervals_may_still_differ():
    a, b = sample(20, count=1200, buying=0.5), sample(21, count=1200, buying=0.6)
    one, other, difference = ratio_of_sums(a), ratio_of_sums(b), difference_of_ratios(b, a)
    assert other.low < one.high
    assert difference.low > 0


def test_the_rules_hold_for_each_group_of_a_difference():
    few = Sample(numerators=[1.0, 2.0], denominators=[1.0, 1.0], deal_values=[1.0, 2.0])
    result = difference_of_ratios(sample(1), few)
    assert result == Unknown(reason=Reason.TOO_FEW_DEALS, found=2, needed=20)


@pytest.mark.parametrize("bad", [Plan(level=0.95, draws=1), Plan(level=95)])
def test_a_plan_that_makes_no_interval_is_refused(bad):
    with pytest.raises(ValueError, match=r"draws|level"):
        ratio_of_sums(sample(1), bad)


def test_money_ratios_are_covered():
    """Share of 1,000 seeded businesses (about 250 log-normal deals each) whose 95 % interval holds the true ratio."""
    true = 0.5 * np.exp(0.5)
    inside = {"studentised": 0, "closed form": 0}
    for seed in range(1000):
        drawn = sample(seed)
        resampled = ratio_of_sums(drawn, Plan(draws=2000))
        closed = skewness_corrected_ratio(drawn.numerators, drawn.denominators)
        inside["studentised"] += resampled.low <= true <= resampled.high
        inside["closed form"] += closed.low <= true <= closed.high
    sys.stdout.write(f"coverage of the true ratio in 1,000 draws: {inside}\n")
    assert all(900 <= hits <= 980 for hits in inside.values())
