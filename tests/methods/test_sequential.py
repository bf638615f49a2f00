import numpy as np
import pytest
from scipy.stats import multivariate_normal

from huasuan.methods.experiments import Comparison, arm_of_sums, relative_lift
from huasuan.methods.sequential import anytime_valid, crossing_probability, obrien_fleming_bounds, pocock_bounds


def comparison(estimate: float, error: float) -> Comparison:
    return Comparison(estimate=estimate, error=error, low=0, high=0, p_value=1, level=0.95)


def test_growthbook_sequential():
    a, b = arm_of_sums(3000, 1396.87, 52377.9767), arm_of_sums(3461, 2422.7, 134698.29)
    result = anytime_valid(relative_lift(a, b), units=6461, tightest_at=1000)
    assert round(result.estimate, 5) == 0.50336
    assert (round(result.low, 5), round(result.high, 5)) == (-0.55844, 1.56516)


def test_the_interval_is_narrowest_near_the_chosen_size():
    def width(tightest_at):
        result = anytime_valid(comparison(0, 1), units=5000, tightest_at=tightest_at)
        return result.high - result.low

    assert width(5000) < min(width(1000), width(2500), width(10_000), width(50_000))
    # at that size the price of looking is 1.5 times the fixed interval, 2 x 1.96
    assert 1.4 < width(5000) / 3.92 < 1.7


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [
        (2, 2.178, [2.797, 1.977]),
        (3, 2.289, [3.471, 2.454, 2.004]),
        (4, 2.361, [4.049, 2.863, 2.337, 2.024]),
        (5, 2.413, [4.562, 3.226, 2.634, 2.281, 2.040]),
    ],
)
def test_bounds_of_jennison_and_turnbull(looks, pocock, obrien_fleming):
    # "Group Sequential Methods with Applications to Clinical Trials", 2000, tables 2.1 and 2.3
    assert [round(bound, 3) for bound in pocock_bounds(looks)] == [pocock] * looks
    assert [round(bound, 3) for bound in obrien_fleming_bounds(looks)] == obrien_fleming


def test_bounds_of_ten_looks():
    assert round(pocock_bounds(10)[0], 3) == 2.555
    bounds = obrien_fleming_bounds(10)
    assert (round(bounds[0], 3), round(bounds[-1], 3)) == (6.598, 2.087)
    assert crossing_probability(bounds) == pytest.approx(0.05, abs=1e-8)


def test_one_look_is_the_plain_test():
    assert round(pocock_bounds(1)[0], 6) == 1.959964
    assert crossing_probability([1.959964]) == pytest.approx(0.05, abs=1e-7)


def test_peeking_with_a_plain_test():
    assert round(crossing_probability([1.959964] * 5), 4) == 0.1417
    assert round(crossing_probability([1.959964] * 10), 4) == 0.1934
    # 24.8 % in 4,000 simulated trials
    assert round(crossing_probability([1.959964] * 20), 3) == 0.248


def test_only_the_ratio_of_sizes_matters():
    bounds = [2.5, 2.3, 2.0]
    assert crossing_probability(bounds, [100, 200, 300]) == pytest.approx(crossing_probability(bounds), abs=1e-12)


def test_two_looks_by_the_bivariate_normal():
    # correlation of z at the two looks is sqrt(1 / 1.02)
    correlation = (1 / 1.02) ** 0.5
    inside = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([2, 2], lower_limit=[-2, -2])
    assert crossing_probability([2.0, 2.0], [1.0, 1.02]) == pytest.approx(1 - inside, abs=1e-6)


def test_peeking_simulated():
    """A/A at 10 %, 500 per arm and look, 20 looks, 4,000 runs: who is fooled at some look?"""
    random = np.random.default_rng(8)
    n = 500 * np.arange(1, 21)
    rate_a, rate_b = (random.binomial(500, 0.1, (4000, 20)).cumsum(axis=1) / n for _ in range(2))
    error = np.sqrt((rate_a * (1 - rate_a) + rate_b * (1 - rate_b)) / n)
    z = np.abs(rate_b - rate_a) / error
    half = [anytime_valid(comparison(0, 1), units=int(2 * size), tightest_at=10_000).high for size in n]
    fooled_plain = np.mean((z > 1.959964).any(axis=1))
    fooled_anytime = np.mean((z > np.array(half)).any(axis=1))
    assert fooled_plain == pytest.approx(0.248, abs=0.02)
    assert fooled_anytime <= 0.03


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: anytime_valid(comparison(0, 1), units=0, tightest_at=10),
        lambda: anytime_valid(comparison(0, 1), units=5, tightest_at=10, level=95),
        lambda: crossing_probability([]),
        lambda: crossing_probability([2.0, 2.0], [2.0, 1.0]),
        lambda: crossing_probability([0.0]),
        lambda: crossing_probability([2.0, 2.0], [1.0, 1.000001]),
        lambda: pocock_bounds(0),
    ],
)
def test_refusals(attempt):
    with pytest.raises(ValueError, match="needs"):
        attempt()
