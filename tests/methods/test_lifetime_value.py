from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.lifetime_value import SpendModel, discounted_value, fit_spend

CDNOW = Path(__file__).parents[1] / "data" / "cdnow" / "cdnow_customers_summary_with_transactions.csv"


@pytest.fixture(scope="module")
def columns():
    table = np.loadtxt(CDNOW, delimiter=",", skiprows=1)
    return table[:, 1], table[:, 4]


@pytest.fixture(scope="module")
def fitted(columns) -> SpendModel:
    return fit_spend(*columns)


def test_gamma_gamma_of_the_946_repeaters(columns, fitted):
    assert int((columns[0] > 0).sum()) == 946
    assert [round(value, 3) for value in (fitted.p, fitted.q, fitted.v)] == [6.249, 3.745, 15.448]
    assert round(fitted.log_likelihood, 3) == -4055.923
    assert round(fitted.mean, 2) == 35.17


def test_its_first_ten_customers(columns, fitted):
    expected = fitted.expected(columns[0][:10], columns[1][:10])
    assert expected.round(2).tolist() == [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]


def test_the_correlation_is_weak_on_cdnow(columns, fitted):
    bought = columns[0] > 0
    assert fitted.correlation == pytest.approx(np.corrcoef(columns[0][bought], columns[1][bought])[0, 1])
    assert round(fitted.correlation, 2) == 0.11
    assert fitted.trustworthy


def test_a_strong_correlation_is_not_trusted():
    purchases = np.arange(1.0, 40.0)
    model = fit_spend(purchases, 10 + purchases + np.random.default_rng(1).gamma(2, 1, 39))
    assert model.correlation > 0.9
    assert not model.trustworthy


def test_the_parameters_of_drawn_customers_are_found_again():
    random = np.random.default_rng(2)
    purchases = random.integers(1, 9, 8000)
    scale = 1 / random.gamma(4.0, 1 / 20.0, 8000)  # a customer's values: Gamma(p) times his own inverse-gamma scale
    means = random.gamma(5.0 * purchases, scale) / purchases
    model = fit_spend(purchases, means)
    assert model.mean == pytest.approx(5 * 20 / 3, rel=0.03)
    assert (model.p, model.q) == pytest.approx((5, 4), rel=0.1)


@given(st.integers(1, 100), st.floats(1, 1000))
def test_an_expected_value_lies_between_customer_and_population(purchases, value):
    model = SpendModel(p=6.25, q=3.74, v=15.44)
    low, high = sorted((value, model.mean))
    assert low - 1e-9 <= model.expected([purchases], [value])[0] <= high + 1e-9


def test_discounting_by_hand():
    # one purchase in each of two periods of 100, margin 30 %, 10 % a period: 30/1.1 + 30/1.21 = 52.0661
    result = discounted_value([[1, 2], [0, 0]], [100, 100], margin=0.3, discount_per_period=0.1)
    assert result.round(4).tolist() == [52.0661, 0]


def test_without_discount_it_is_purchases_times_value():
    result = discounted_value([[0.5, 0.9, 1.2]], [80.0], margin=0.25, discount_per_period=0.0)
    assert result[0] == pytest.approx(1.2 * 80 * 0.25)


def test_refusals():
    with pytest.raises(ValueError, match="positive"):
        fit_spend([1, 2, 3], [5.0, 0.0, 2.0])
    with pytest.raises(ValueError, match="two customers"):
        fit_spend([0, 1], [0.0, 3.0])
    with pytest.raises(ValueError, match="no mean"):
        _ = SpendModel(p=1, q=0.9, v=1).mean
    with pytest.raises(ValueError, match="periods"):
        discounted_value([1.0, 2.0], [1.0], margin=1, discount_per_period=0)
