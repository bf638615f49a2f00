import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from huasuan.methods.experiments import (
    Arm,
    arm_of_counts,
    arm_of_ratio,
    arm_of_sums,
    arm_of_values,
    beta_binomial,
    covaried_of_sums,
    covaried_of_values,
    cuped,
    relative_lift,
    split_check,
    units_for_means,
    units_for_rates,
    welch,
)
from huasuan.methods.intervals import delta_ratio
from huasuan.methods.sequential import anytime_valid

# The cases of GrowthBook's packages/stats/tests/frequentist/test_tests.py
A = arm_of_sums(3407, 1396.87, 52377.9767)
B = arm_of_sums(3461, 2422.7, 134698.29)


def test_an_uneven_split_is_found():
    result = split_check([1000, 1200], [1, 1])
    # (100^2 / 1100) * 2 = 18.1818
    assert result.chi_square == pytest.approx(18.181818, abs=1e-6)
    assert result.p_value == pytest.approx(2.0079e-05, abs=5e-10)
    assert not result.sound


def test_a_planned_uneven_split_is_sound():
    assert split_check([2000, 1000, 990], [0.5, 0.25, 0.25]).sound
    assert split_check([50, 50], [1, 1]).p_value == 1


def test_without_a_fault_the_split_check_is_rarely_wrong():
    random = np.random.default_rng(1)
    p_values = [split_check([int(n), 2000 - int(n)], [1, 1]).p_value for n in random.binomial(2000, 0.5, 3000)]
    assert 0.035 <= np.mean(np.array(p_values) < 0.05) <= 0.065
    assert 0.45 <= np.mean(p_values) <= 0.55


def test_units_for_ten_against_twelve_percent():
    assert units_for_rates(0.10, 0.12) == 3841
    assert units_for_rates(0.12, 0.10) == 3841


def test_units_for_a_mean_by_hand():
    # 2 (1.959964 + .841621)^2 = 15.69776 for a difference of one deviation, hence 16; four times for half of it
    assert units_for_means(1, 1) == 16
    assert units_for_means(2, 1) == 63


def test_the_power_promised_is_kept():
    random = np.random.default_rng(2)
    n = units_for_rates(0.2, 0.25)
    noticed = [
        welch(arm_of_counts(int(a), n), arm_of_counts(int(b), n)).p_value < 0.05
        for a, b in zip(random.binomial(n, 0.2, 3000), random.binomial(n, 0.25, 3000), strict=True)
    ]
    assert 0.78 <= np.mean(noticed) <= 0.82


def test_growthbook_absolute():
    result = welch(A, B)
    assert round(result.estimate, 5) == 0.29
    assert round(result.error, 5) == 0.12478
    assert round(result.p_value, 5) == 0.02016
    assert (round(result.low, 5), round(result.high, 5)) == (0.04538, 0.53462)


def test_growthbook_relative():
    result = relative_lift(A, B)
    assert round(result.estimate, 5) == 0.70732
    assert round(result.error, 5) == 0.37879
    assert (round(result.low, 5), round(result.high, 5)) == (-0.03526, 1.44989)
    assert round(result.p_value, 5) == 0.06191


def test_growthbook_sequential_with_cuped():
    # Earlier sums of that test: 16.87 and 527.9767, 22.7 and 1348.29, products 1; its default size is 5,000
    a = covaried_of_sums(3000, 1396.87, 52377.9767, 16.87, 527.9767, total_of_products=1)
    b = covaried_of_sums(3461, 2422.7, 134698.29, 22.7, 1348.29, total_of_products=1)
    adjusted = cuped(a, b)
    lift = relative_lift(adjusted.a, adjusted.b, plain_means=(a.mean, b.mean))
    result = anytime_valid(lift, units=6461, tightest_at=5000)
    assert round(result.estimate, 5) == 0.50338
    assert (round(result.low, 5), round(result.high, 5)) == (-0.50969, 1.51646)


def test_welch_by_hand():
    # means 2 and 5, variances 1 and 4, n 3 and 3: error sqrt(5/3), df = (5/3)^2 / ((1/9)/2 + (16/9)/2) = 50/17
    result = welch(arm_of_values([1, 2, 3]), arm_of_values([3, 5, 7]))
    assert result.estimate == 3
    assert result.error == pytest.approx((5 / 3) ** 0.5)
    assert result.p_value == pytest.approx(ttest_ind([1, 2, 3], [3, 5, 7], equal_var=False).pvalue, rel=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_sums_and_values_make_the_same_arm(values):
    y = np.array(values)
    one, other = arm_of_values(y), arm_of_sums(y.size, float(y.sum()), float(y @ y))
    assert other.mean == pytest.approx(one.mean, abs=1e-9)
    assert other.variance == pytest.approx(one.variance, rel=1e-6, abs=1e-6)


def test_a_ratio_arm_has_the_error_of_the_delta_method():
    random = np.random.default_rng(3)
    y, x = random.gamma(2, 3, 400), random.gamma(3, 2, 400)
    arm, interval = arm_of_ratio(y, x), delta_ratio(y, x)
    assert arm.mean == pytest.approx(interval.estimate)
    assert 2 * 1.9659 * arm.error_squared**0.5 == pytest.approx(interval.high - interval.low, rel=1e-4)


def test_cuped_removes_the_squared_correlation():
    random = np.random.default_rng(4)
    n, correlation = 20_000, 0.6

    def arm(lift):
        before = random.normal(0, 1, n)
        return covaried_of_values(lift + correlation * before + random.normal(0, 0.8, n), 7 + 3 * before)

    adjusted = cuped(arm(0.0), arm(0.05))
    assert adjusted.removed == pytest.approx(0.36, abs=0.012)
    assert adjusted.theta == pytest.approx(0.2, abs=0.01)
    assert welch(adjusted.a, adjusted.b).error == pytest.approx((2 * 0.64 / n) ** 0.5, rel=0.02)


def test_cuped_is_not_biased():
    random = np.random.default_rng(5)
    found, inside = [], 0
    for _ in range(1000):
        x = random.gamma(2, 1, 200)
        y = x + random.normal(0, 1, 200)
        y[100:] += 0.3
        adjusted = cuped(covaried_of_values(y[:100], x[:100]), covaried_of_values(y[100:], x[100:]))
        result = welch(adjusted.a, adjusted.b)
        found.append(result.estimate)
        inside += result.low <= 0.3 <= result.high
    assert np.mean(found) == pytest.approx(0.3, abs=0.02)
    assert 930 <= inside <= 970


def test_cuped_equals_regression_on_both_arms():
    # theta is the slope of y on x over both arms; adjusted values are the residuals around the common mean
    random = np.random.default_rng(6)
    x, noise = random.normal(5, 2, 60), random.normal(0, 1, 60)
    y = 0.5 * x + noise
    adjusted = cuped(covaried_of_values(y[:25], x[:25]), covaried_of_values(y[25:], x[25:]))
    slope = np.polyfit(x, y, 1)[0]
    by_hand = y - slope * (x - x.mean())
    assert adjusted.theta == pytest.approx(slope)
    assert adjusted.a.mean == pytest.approx(by_hand[:25].mean())
    assert adjusted.b.variance == pytest.approx(by_hand[25:].var(ddof=1))


def test_an_earlier_figure_without_spread_removes_nothing():
    a, b = covaried_of_values([1, 2, 4], [5, 5, 5]), covaried_of_values([2, 4, 9], [5, 5, 5])
    adjusted = cuped(a, b)
    assert (adjusted.theta, adjusted.removed) == (0, 0)
    assert adjusted.a.mean == a.mean


def test_twelve_against_ten_percent_of_a_thousand():
    result = beta_binomial(100, 1000, 120, 1000)
    # .9231 by simulation; the exact sum over B's successes gives .923183
    assert result.b_is_better == pytest.approx(0.92318, abs=1e-5)
    assert round(result.b_is_better, 3) == 0.923
    assert round(result.loss_choosing_b, 5) == 0.00048


def test_probability_of_being_better_in_a_case_solved_by_hand():
    # A ~ Beta(1, 1), B ~ Beta(2, 1): P(B > A) = E[B] = 2/3; E max(A - B, 0) = int 2x (1-x)^2/2 dx = 1/12
    result = beta_binomial(0, 0, 1, 1)
    assert result.b_is_better == pytest.approx(2 / 3, abs=1e-10)
    assert result.loss_choosing_b == pytest.approx(1 / 12, abs=1e-10)
    assert result.loss_choosing_a == pytest.approx(1 / 12 + 1 / 6, abs=1e-10)


def test_odds_of_a_large_arm_against_a_tiny_one():
    # A is known to be .5 exactly, B ~ Beta(1, 3): P(B > .5) = .5^3
    assert beta_binomial(50_000_000, 100_000_000, 0, 2).b_is_better == pytest.approx(0.125, abs=1e-7)


@given(st.integers(0, 50), st.integers(0, 5000), st.integers(0, 50), st.integers(0, 5000))
def test_odds_turn_over_with_the_arms_and_losses_differ_by_the_means(hits_a, more_a, hits_b, more_b):
    a, b = (hits_a, hits_a + more_a), (hits_b, hits_b + more_b)
    forward, backward = beta_binomial(*a, *b), beta_binomial(*b, *a)
    assert forward.b_is_better + backward.b_is_better == pytest.approx(1, abs=1e-8)
    means = [(hits + 1) / (trials + 2) for hits, trials in (a, b)]
    assert forward.loss_choosing_a - forward.loss_choosing_b == pytest.approx(means[1] - means[0], abs=1e-8)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: split_check([1], [1]),
        lambda: split_check([1, 2], [1, 0]),
        lambda: arm_of_sums(1, 1.0, 1.0),
        lambda: arm_of_values([1.0, float("inf")]),
        lambda: arm_of_counts(5, 4),
        lambda: arm_of_ratio([1.0, 2.0], [0.0, 0.0]),
        lambda: units_for_rates(0.1, 0.1),
        lambda: units_for_means(0, 1),
        lambda: welch(Arm(n=5, mean=1, variance=0), Arm(n=5, mean=2, variance=0)),
        lambda: relative_lift(Arm(n=5, mean=0, variance=1), Arm(n=5, mean=2, variance=1)),
        lambda: beta_binomial(3, 2, 1, 2),
    ],
)
def test_refusals(attempt):
    with pytest.raises(ValueError, match=r"split|arm|needs|rates|differs|zero"):
        attempt()
