import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huasuan.methods.shrinkage import (
    BetaPrior,
    GammaPrior,
    fit_beta_prior,
    fit_gamma_prior,
    james_stein,
    probability_rate_above,
    probability_ratio_above,
    shrink_rate,
    shrink_ratio,
)

TEAM = BetaPrior(a=2, b=48)

# Efron and Morris 1975, table 1: hits of 18 batters in their first 45 at bats, and their average over the season left
FIRST_HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
REST = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
REST += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.286, 0.316, 0.200]


def test_an_agent_with_twelve_of_a_hundred_in_a_four_percent_team():
    result = shrink_rate(12, 100, TEAM, level=0.9)
    assert round(result.estimate, 4) == 0.0933
    assert (round(result.low, 4), round(result.high, 4)) == (0.0577, 0.1351)
    assert round(probability_rate_above(0.05, 12, 100, TEAM), 3) == 0.982


def test_an_agent_without_calls_is_the_team_not_perfect_and_not_zero():
    assert shrink_rate(0, 0, TEAM).estimate == TEAM.mean == 0.04
    assert 0 < shrink_rate(0, 5, TEAM).estimate < TEAM.mean


def test_the_eighteen_batters():
    early = [hits / 45 for hits in FIRST_HITS]
    common = sum(early) / 18
    result = james_stein(early, common * (1 - common) / 45)
    assert round(result.mean, 4) == 0.2654
    assert round(result.factor, 3) == 0.212
    raw = sum((guess - truth) ** 2 for guess, truth in zip(early, REST, strict=True))
    pulled = sum((guess - truth) ** 2 for guess, truth in zip(result.estimates, REST, strict=True))
    assert (round(raw, 4), round(pulled, 4)) == (0.0755, 0.0214)


def test_the_fitted_prior_also_halves_the_error_of_the_batters():
    prior = fit_beta_prior(FIRST_HITS, [45] * 18)
    guesses = [shrink_rate(hits, 45, prior).estimate for hits in FIRST_HITS]
    assert sum((guess - truth) ** 2 for guess, truth in zip(guesses, REST, strict=True)) < 0.0755 / 2


def test_james_stein_never_pulls_beyond_the_mean():
    assert james_stein([1.0, 2.0, 3.0, 4.0], variance=100.0).estimates == (2.5,) * 4
    assert james_stein([1.0, 2.0, 3.0, 4.0], variance=0.0).estimates == (1.0, 2.0, 3.0, 4.0)
    assert james_stein([2.0] * 5, variance=1.0).estimates == (2.0,) * 5


def test_the_prior_of_a_large_team_is_found_again():
    random = np.random.default_rng(2)
    trials = random.integers(50, 400, 3000)
    prior = fit_beta_prior(random.binomial(trials, random.beta(2, 48, 3000)), trials)
    assert prior.mean == pytest.approx(0.04, rel=0.03)
    assert prior.weight == pytest.approx(50, rel=0.12)


def test_the_gamma_prior_of_a_large_team_is_found_again():
    random = np.random.default_rng(3)
    expected = random.uniform(2, 30, 3000)
    prior = fit_gamma_prior(random.poisson(random.gamma(6, 1 / 5, 3000) * expected), expected)
    assert prior.mean == pytest.approx(1.2, rel=0.03)
    assert prior.shape == pytest.approx(6, rel=0.1)


def test_the_beta_prior_maximises_its_likelihood():
    # Against a table of the likelihood over a grid: no point of it is better
    hits, trials = np.array([3, 8, 1, 12, 5]), np.array([40, 50, 30, 60, 55])
    from scipy.stats import betabinom

    def loglik(a, b):
        return betabinom.logpmf(hits, trials, a, b).sum()

    prior = fit_beta_prior(hits, trials)
    best = loglik(prior.a, prior.b)
    for mean in np.linspace(0.05, 0.3, 26):
        for weight in np.geomspace(2, 1e5, 60):
            assert loglik(mean * weight, (1 - mean) * weight) <= best + 1e-7


def test_the_gamma_prior_maximises_its_likelihood():
    observed, expected = np.array([3, 18, 1, 12, 25]), np.array([6.0, 9.0, 5.0, 11.0, 12.0])
    from scipy.stats import nbinom

    def loglik(shape, rate):
        return nbinom.logpmf(observed, shape, rate / (rate + expected)).sum()

    prior = fit_gamma_prior(observed, expected)
    best = loglik(prior.shape, prior.rate)
    for mean in np.linspace(0.5, 2.5, 41):
        for shape in np.geomspace(0.2, 1e4, 60):
            assert loglik(shape, shape / mean) <= best + 1e-7


def test_cells_that_differ_by_luck_alone_get_the_common_value():
    prior = fit_beta_prior([10, 10, 10, 10], [100] * 4)
    assert prior.weight > 1e4
    assert shrink_rate(10, 100, prior).estimate == pytest.approx(0.1, abs=1e-4)
    even = fit_gamma_prior([10, 20, 30], [10.0, 20.0, 30.0])
    assert shrink_ratio(25, 10.0, even).estimate == pytest.approx(1.0, abs=0.02)


def test_posterior_of_a_ratio_by_hand():
    # Gamma(4, 4) and 10 seen where 6 were due: Gamma(14, 10), mean 1.4
    result = shrink_ratio(10, 6.0, GammaPrior(shape=4, rate=4))
    assert result.estimate == pytest.approx(1.4)
    above = probability_ratio_above(result.low, 10, 6.0, GammaPrior(shape=4, rate=4))
    assert above == pytest.approx(0.95, abs=1e-9)


@given(st.integers(0, 400), st.integers(1, 400))
def test_a_shrunk_rate_lies_between_the_cell_and_the_team(hits, trials):
    hits = min(hits, trials)
    result = shrink_rate(hits, trials, TEAM)
    low, high = sorted((hits / trials, TEAM.mean))
    assert low - 1e-12 <= result.estimate <= high + 1e-12
    assert probability_rate_above(result.high, hits, trials, TEAM) == pytest.approx(0.05, abs=1e-6)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(hits, random):
    hits = [*hits, 1]
    shuffled = random.sample(hits, len(hits))
    one, other = fit_beta_prior(hits, [40] * len(hits)), fit_beta_prior(shuffled, [40] * len(hits))
    assert one.mean == pytest.approx(other.mean, abs=1e-4)


@pytest.mark.parametrize(
    ("hits", "trials", "why"),
    [
        ([1, 2], [1], "shapes"),
        ([1, 5], [1, 4], "more successes"),
        ([0, 0], [3, 4], "at 0 or at 1"),
        ([3, 4], [3, 4], "at 0 or at 1"),
        ([2, 0], [3, 0], "one cell"),
        ([2, 1], [3, 0], "without exposure"),
        ([-1, 1], [3, 3], "negative"),
    ],
)
def test_cells_that_teach_nothing_are_refused(hits, trials, why):
    with pytest.raises(ValueError, match=why):
        fit_beta_prior(hits, trials)


def test_other_refusals():
    with pytest.raises(ValueError, match="no event"):
        fit_gamma_prior([0, 0], [1.0, 2.0])
    with pytest.raises(ValueError, match="not a rate"):
        shrink_rate(3, 2, TEAM)
    with pytest.raises(ValueError, match="not a ratio"):
        shrink_ratio(-1, 2.0, GammaPrior(shape=1, rate=1))
    with pytest.raises(ValueError, match="four values"):
        james_stein([1.0, 2.0, 3.0], 1.0)
