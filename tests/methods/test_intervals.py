import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan import methods
from huasuan.methods.intervals import (
    Interval,
    Reason,
    Unknown,
    benjamini_hochberg,
    clopper_pearson,
    delta_ratio,
    holm,
    jeffreys,
    newcombe_difference,
    skewness_corrected_ratio,
    wilson,
)

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
rate_intervals = pytest.mark.parametrize("method", [wilson, clopper_pearson, jeffreys])
ratio_intervals = pytest.mark.parametrize("method", [delta_ratio, skewness_corrected_ratio])


def shown(interval, digits=4):
    return round(interval.low, digits), round(interval.high, digits)


def test_published_intervals_of_81_in_263():
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, and statsmodels
    assert shown(wilson(81, 263)) == (0.2553, 0.3662)
    assert shown(clopper_pearson(81, 263)) == (0.2527, 0.3676)
    assert shown(jeffreys(81, 263)) == (0.2545, 0.3656)


def test_none_of_twenty_still_leaves_room_for_a_sixth():
    assert wilson(0, 20).low == 0
    assert round(wilson(0, 20).high, 4) == 0.1611


def test_newcombe_s_example_of_a_difference():
    result = newcombe_difference(56, 70, 48, 80)
    assert round(result.estimate, 6) == 0.2
    assert shown(result) == (0.0524, 0.3339)


@rate_intervals
@given(counts)
def test_a_rate_lies_inside_its_interval_and_mirrors(method, count):
    hits, n = count
    interval, mirrored = method(hits, n), method(n - hits, n)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(counts, counts)
def test_swapping_the_groups_turns_the_difference_over(a, b):
    one, other = newcombe_difference(*a, *b), newcombe_difference(*b, *a)
    assert one.low == pytest.approx(-other.high, abs=1e-12)
    assert -1 <= one.low <= one.estimate <= one.high <= 1


@rate_intervals
@pytest.mark.parametrize("count", [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_rate_is_refused(method, count):
    with pytest.raises(ValueError, match="not a rate"):
        method(*count)


def test_a_level_that_is_a_percentage_is_refused():
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=95)


def test_wilson_covers_as_promised():
    """Share of 1,000 seeded draws whose 95 % interval holds the true rate, over rates and sizes met in practice."""
    random = np.random.default_rng(7)
    for rate, n in [(0.03, 200), (0.1, 100), (0.3, 50), (0.5, 400), (0.8, 150)]:
        drawn = random.binomial(n, rate, size=1000)
        inside = [interval.low <= rate <= interval.high for interval in (wilson(int(k), n) for k in drawn)]
        sys.stdout.write(f"Wilson, rate {rate}, n {n}: coverage {np.mean(inside):.3f}\n")
        assert 0.93 <= np.mean(inside) <= 0.97


def test_delta_interval_of_a_ratio_by_hand():
    # y = 1 2 3 6, x = 1 2 2 3: R = 12/8 = 1.5; residuals -.5 -1 0 1.5 sum to 0, squares 3.5, variance 3.5/3
    # error = sqrt(4 * 3.5/3) / 8 = 2.160247 / 8 = 0.2700309; t(.975, 3) = 3.182446, half 0.8593587
    result = delta_ratio([1, 2, 3, 6], [1, 2, 2, 3])
    assert isinstance(result, Interval)
    assert result.estimate == 1.5
    assert shown(result, 6) == (0.640641, 2.359359)


def test_a_ratio_over_ones_is_a_mean_with_its_t_interval():
    # mean 3, sd 1.5811388, t(.975, 4) = 2.7764451: half 1.9632433
    result = delta_ratio([1, 2, 3, 4, 5], [1] * 5)
    assert shown(result, 5) == (1.03676, 4.96324)


def test_fixed_cost_lowers_the_ratio_but_does_not_vary():
    without, with_fixed = delta_ratio([0, 4, 8], [1, 1, 1]), delta_ratio([0, 4, 8], [1, 1, 1], fixed_denominator=3)
    assert (without.estimate, with_fixed.estimate) == (4, 2)
    assert with_fixed.high - with_fixed.low == pytest.approx((without.high - without.low) / 2)


def test_without_skewness_both_ratio_intervals_agree():
    symmetric = [1.0, 2.0, 3.0, 4.0, 5.0]
    plain, corrected = delta_ratio(symmetric, [1] * 5), skewness_corrected_ratio(symmetric, [1] * 5)
    assert shown(plain, 9) == shown(corrected, 9)


def test_a_few_large_deals_move_the_interval_up():
    deals = [0.0] * 90 + [1.0] * 9 + [40.0]
    plain, corrected = delta_ratio(deals, [1] * 100), skewness_corrected_ratio(deals, [1] * 100)
    assert corrected.low > plain.low
    assert corrected.high > plain.high


@given(st.lists(st.floats(0.0, 1e6), min_size=3, max_size=30), st.integers(0, 40), st.floats(0.0, 1e6))
def test_absent_units_count_like_zeros_written_out(values, absent, fixed):
    ones = [1.0] * len(values)
    short = skewness_corrected_ratio(values, ones, fixed_denominator=fixed, absent=absent)
    zeros = [0.0] * absent
    full = skewness_corrected_ratio([*values, *zeros], [*ones, *zeros], fixed_denominator=fixed)
    if isinstance(full, Unknown):
        assert isinstance(short, Unknown)
    else:
        assert (short.low, short.high) == pytest.approx((full.low, full.high), rel=1e-6, abs=1e-9)


def test_of_many_who_might_have_bought_as_many_as_did_is_chance_like_poisson():
    # 100 customers bought 1 each for 50 spent: alone nothing varies, among a million the total has a deviation of 10.
    bought = [1.0] * 100
    nothing = [0.0] * 100
    alone = skewness_corrected_ratio(bought, nothing, fixed_denominator=50.0)
    assert isinstance(alone, Unknown)
    assert alone.reason is Reason.NO_VARIATION
    many = skewness_corrected_ratio(bought, nothing, fixed_denominator=50.0, absent=1_000_000)
    assert many.estimate == 2
    # the exact Poisson interval of 100 is 81.4 to 121.6
    assert (many.low * 50, many.high * 50) == pytest.approx((81.4, 121.6), abs=0.8)


@ratio_intervals
@given(st.lists(st.floats(0.0, 1e6), min_size=3, max_size=30), st.floats(0.01, 1000))
def test_scaling_both_sums_changes_nothing(method, values, factor):
    ones = np.ones(len(values))
    result, scaled = method(values, ones), method(np.asarray(values) * factor, ones * factor)
    if isinstance(result, Unknown):
        assert isinstance(scaled, Unknown)
    else:
        assert (scaled.low, scaled.high) == pytest.approx((result.low, result.high), rel=1e-6, abs=1e-9)


@ratio_intervals
@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (([], []), Reason.TOO_FEW_UNITS),
        (([5.0], [1.0]), Reason.TOO_FEW_UNITS),
        (([5.0, 2.0], [0.0, 0.0]), Reason.ZERO_DENOMINATOR),
        (([5.0, 10.0], [1.0, 2.0]), Reason.NO_VARIATION),
        (([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]), Reason.NO_VARIATION),
    ],
)
def test_an_interval_that_cannot_be_known_says_why(method, columns, reason):
    result = method(*columns)
    assert isinstance(result, Unknown)
    assert result.reason is reason


@ratio_intervals
@pytest.mark.parametrize("columns", [([1.0], [1.0, 2.0]), ([1.0, float("nan")], [1.0, 2.0])])
def test_broken_columns_are_refused(method, columns):
    with pytest.raises(ValueError, match=r"length|missing"):
        method(*columns)


def test_holm_by_hand():
    # sorted .01 .02 .03 .04: x4 .04, x3 .06, x2 .06, x1 .06 after the running maximum
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])


def test_benjamini_hochberg_by_hand():
    # .01*4/1 = .04, .02*4/2 = .04, .03*4/3 = .04, .5*4/4 = .5
    assert benjamini_hochberg([0.01, 0.5, 0.03, 0.02]) == pytest.approx([0.04, 0.5, 0.04, 0.04])


@given(st.lists(st.floats(0, 1), max_size=10))
def test_adjusted_p_values_never_shrink_and_holm_is_the_stricter(p_values):
    strict, loose = holm(p_values), benjamini_hochberg(p_values)
    assert all(p <= b + 1e-12 and b <= h + 1e-12 <= 1 + 1e-9 for p, b, h in zip(p_values, loose, strict, strict=True))


def test_a_sum_over_customers_moves_as_resampling_says():
    """500 customers, a few of them large: both ends as of 20,000 draws of customers, each as often as Poisson says."""
    rng = np.random.default_rng(5)
    brought = rng.lognormal(0, 1, 500)
    found = methods.total_of_moments(brought.sum(), (brought**2).sum(), (brought**3).sum())
    draws = rng.poisson(1, (20_000, 500)) @ brought
    low, high = np.quantile(draws, [0.025, 0.975])
    width = high - low
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.06 * width)
    nothing = np.zeros(500)
    same = methods.skewness_corrected_ratio(brought, nothing, fixed_denominator=1, absent=10**9)
    assert (found.low, found.high) == pytest.approx((same.low, same.high), rel=1e-3)


def test_a_sum_of_nothing_is_unknown():
    assert isinstance(methods.total_of_moments(0.0, 0.0, 0.0), methods.Unknown)
