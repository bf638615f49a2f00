import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.retention import RetentionModel, fit_retention

# Fader and Hardie 2007, "How to project customer retention", two segments of 1,000 customers
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


def test_regular_segment():
    model = fit_retention(REGULAR)
    assert (round(model.alpha, 4), round(model.beta, 3)) == (0.7041, 1.182)
    assert round(model.log_likelihood, 2) == -1680.27
    percent = [round(100 * model.survival(t), 1) for t in range(1, 13)]
    assert percent == [62.7, 47.4, 38.8, 33.2, 29.2, 26.2, 23.9, 22.0, 20.4, 19.1, 18.0, 17.0]


def test_high_end_segment():
    model = fit_retention(HIGH_END)
    assert (round(model.alpha, 4), round(model.beta, 4)) == (0.6681, 3.8061)
    assert round(model.log_likelihood, 2) == -1611.16
    assert [round(100 * model.survival(t), 1) for t in range(8, 13)] == [46.0, 43.6, 41.4, 39.5, 37.8]


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "log_likelihood"),
    [(REGULAR[:5], 0.7637, 1.2958, -1401.559), (HIGH_END[:5], 1.2810, 7.7904, -1225.135)],
)
def test_from_the_first_five_points(survivors, alpha, beta, log_likelihood):
    model = fit_retention(survivors)
    assert (round(model.alpha, 4), round(model.beta, 4)) == (alpha, beta)
    assert round(model.log_likelihood, 3) == log_likelihood


def test_one_renewal_by_hand():
    # alpha / (alpha + beta) leave at the first renewal, then retention is (beta + 1) / (alpha + beta + 1)
    model = RetentionModel(alpha=1, beta=3)
    assert model.survival(1) == pytest.approx(3 / 4)
    assert model.retention(2) == pytest.approx(4 / 5)
    assert model.survival(2) == pytest.approx(3 / 4 * 4 / 5)


@given(st.floats(0.05, 50), st.floats(0.05, 50))
def test_survival_is_the_product_of_rising_retention(alpha, beta):
    model = RetentionModel(alpha=alpha, beta=beta)
    rates = [model.retention(t) for t in range(1, 15)]
    assert model.survival(14) == pytest.approx(np.prod(rates), rel=1e-9)
    assert all(later >= earlier for earlier, later in itertools.pairwise(rates))
    assert model.survival(0) == 1


@pytest.mark.parametrize("survivors", [[10, 5], [10, 10, 10], [10, 11, 5], [10, 5, -1]])
def test_curves_that_teach_nothing_are_refused(survivors):
    with pytest.raises(ValueError, match="falling"):
        fit_retention(survivors)


def test_periods_that_are_none_are_refused():
    with pytest.raises(ValueError, match="periods"):
        RetentionModel(alpha=1, beta=1).survival(-1)
    with pytest.raises(ValueError, match="from 1"):
        RetentionModel(alpha=1, beta=1).retention(0)
