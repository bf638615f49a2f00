from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from huasuan.methods.lifetime import Histories, fit_buying, histories
from huasuan.methods.lifetime_pareto import ParetoModel, fit_pareto

CDNOW = Path(__file__).parents[1] / "data" / "cdnow" / "cdnow_customers_summary_with_transactions.csv"

positive = st.floats(0.1, 20)
models = st.builds(ParetoModel, r=positive, alpha=positive, s=positive, beta=positive)


@pytest.fixture(scope="module")
def known() -> Histories:
    table = np.loadtxt(CDNOW, delimiter=",", skiprows=1)
    return histories(table[:, 1], table[:, 2], table[:, 3])


@pytest.fixture(scope="module")
def fitted(known) -> ParetoModel:
    return fit_pareto(known)


def test_pareto_nbd_on_cdnow(fitted):
    found = [round(value, 4) for value in (fitted.r, fitted.alpha, fitted.s, fitted.beta)]
    assert found == [0.5533, 10.5776, 0.6062, 11.6679]
    assert round(fitted.log_likelihood, 3) == -9594.974


def test_expected_of_a_new_customer_as_btyd():
    # The manual of the R package BTYD prints these for its rounded parameters
    model = ParetoModel(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    assert [round(model.expected_of_new(t), 8) for t in (1, 2, 3)] == [0.05077821, 0.09916088, 0.14542507]


def test_expected_of_the_heavy_buyer_as_btyd(fitted):
    assert round(fitted.expected(histories([26], [30.86], [31]), 52)[0], 2) == 25.46


def test_both_models_expect_the_same_sum_for_the_weeks_to_come(known, fitted):
    one, other = fitted.expected(known, 39).sum(), fit_buying(known).expected(known, 39).sum()
    assert one == pytest.approx(other, rel=0.03)


@pytest.mark.parametrize("scales", [(4.0, 9.0), (9.0, 4.0), (5.0, 5.0)])
@pytest.mark.parametrize("history", [(0, 0.0, 12.0), (3, 8.0, 12.0), (3, 12.0, 12.0)])
def test_likelihood_and_alive_by_numeric_integration(scales, history):
    (alpha, beta), (x, last, age) = scales, history
    model = ParetoModel(r=0.7, alpha=alpha, s=1.3, beta=beta)

    def joint(leaves: float) -> float:
        """Density of x purchases until ``leaves`` and of leaving then; rates integrated out as gammas by hand."""
        return 1.3 / (beta + leaves) * (beta / (beta + leaves)) ** 1.3 * (alpha + leaves) ** -(0.7 + x)

    left = integrate.quad(joint, last, age, epsabs=0, epsrel=1e-11)[0]
    stayed = (beta / (beta + age)) ** 1.3 * (alpha + age) ** -(0.7 + x)
    known = histories([x], [last], [age])
    assert model.alive(known)[0] == pytest.approx(stayed / (stayed + left), rel=1e-9)
    ways = np.prod([0.7 + k for k in range(x)]) * alpha**0.7
    assert model.log_likelihoods(known)[0] == pytest.approx(np.log(ways * (stayed + left)), rel=1e-9)


def test_heavy_buyers_do_not_overflow():
    model = ParetoModel(r=0.55, alpha=10.6, s=0.6, beta=11.7)
    known = histories([2000, 2000], [52.0, 30.0], [52.0, 52.0])
    alive = model.alive(known)
    assert alive[0] == 1
    assert alive[1] < 1e-6
    # about 32 a week for 52 weeks, less those who leave, .6 / 63.7 in the first week: 82 % in the mean over the year
    assert model.expected(known, 52)[0] == pytest.approx(2000.55 / 62.6 * 52 * 0.82, rel=0.03)


@given(models, st.floats(0.1, 60))
def test_somebody_of_no_age_is_a_new_customer(model, time):
    newborn = histories([0], [0.0], [0.0])
    assert model.expected(newborn, time)[0] == pytest.approx(model.expected_of_new(time), rel=1e-9)


@given(models, st.integers(1, 300), st.floats(0.5, 100), st.floats(0.1, 100))
def test_silence_makes_a_customer_less_likely_to_be_there(model, count, last, silence):
    alive = model.alive(histories([count, count], [last, last], [last, last + silence]))
    assert 0 <= alive[1] <= alive[0] == pytest.approx(1)


def test_the_removable_gap_at_one():
    at, beside = (ParetoModel(r=0.5, alpha=4, s=s, beta=8) for s in (1.0, 1.000001))
    assert at.expected_of_new(30) == pytest.approx(0.5 / 4 * 8 * np.log(1 + 30 / 8))
    assert at.expected_of_new(30) == pytest.approx(beside.expected_of_new(30), rel=1e-5)


def test_nobody_who_bought_again_is_refused():
    with pytest.raises(ValueError, match="nobody"):
        fit_pareto(histories([0, 0], [0.0, 0.0], [5.0, 6.0]))
