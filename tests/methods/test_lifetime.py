from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.lifetime import BuyingModel, Histories, Leaving, fit_buying, histories, hypergeometric

CDNOW = Path(__file__).parents[1] / "data" / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
FIRST = histories([2], [30.43], [38.86])  # customer 1 of the sample

positive = st.floats(0.1, 20)
models = st.builds(
    BuyingModel, r=positive, alpha=positive, a=positive, b=positive, leaving=st.sampled_from(list(Leaving))
)


def cdnow() -> Histories:
    table = np.loadtxt(CDNOW, delimiter=",", skiprows=1)
    return histories(table[:, 1], table[:, 2], table[:, 3])


@pytest.fixture(scope="module")
def bg_nbd() -> BuyingModel:
    return fit_buying(cdnow())


def bought(model: BuyingModel, customers: int, horizon: float, seed: int):
    """Play the model customer by customer: times of repeat purchases up to the horizon."""
    random = np.random.default_rng(seed)
    rates, chances = random.gamma(model.r, 1 / model.alpha, customers), random.beta(model.a, model.b, customers)
    early = model.leaving is Leaving.AFTER_EVERY_PURCHASE
    for rate, chance in zip(rates, chances, strict=True):
        times, now = [], 0.0
        gone = early and random.random() < chance
        while not gone:
            now += random.exponential(1 / rate)
            if now > horizon:
                break
            times.append(now)
            gone = random.random() < chance
        yield times


def test_bg_nbd_of_fader_hardie_lee(bg_nbd):
    found = [round(value, 4) for value in (bg_nbd.r, bg_nbd.alpha, bg_nbd.a, bg_nbd.b)]
    assert found == [0.2426, 4.4135, 0.7929, 2.4258]
    assert round(bg_nbd.log_likelihood, 3) == -9582.426


def test_bg_nbd_to_the_digits_of_lifetimes(bg_nbd):
    assert (bg_nbd.r, bg_nbd.alpha, bg_nbd.a, bg_nbd.b) == pytest.approx(
        (0.242593, 4.413532, 0.792886, 2.425752), abs=2e-5
    )


def test_the_first_customer(bg_nbd):
    assert round(bg_nbd.expected(FIRST, 39)[0], 4) == 1.2259
    assert round(bg_nbd.alive(FIRST)[0], 4) == 0.7266


def test_expected_of_a_new_customer(bg_nbd):
    weeks = (0.1429, 1, 3, 31.8571, 32, 78)
    assert [round(bg_nbd.expected_of_new(t), 4) for t in weeks] == [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580]


def test_probability_of_no_repeat_with_the_rounded_parameters():
    rounded = BuyingModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
    assert round(rounded.probability_of(0, 39), 7) == 0.5737864


def test_mbg_nbd_on_the_same_customers():
    model = fit_buying(cdnow(), leaving=Leaving.AFTER_EVERY_PURCHASE)
    assert [round(value, 3) for value in (model.r, model.alpha, model.a, model.b)] == [0.525, 6.183, 0.891, 1.614]


@pytest.mark.parametrize("leaving", list(Leaving))
def test_formulas_against_customers_played_one_by_one(leaving):
    model = BuyingModel(r=1.5, alpha=4.0, a=1.2, b=3.0, leaving=leaving)
    played = list(bought(model, 40_000, 26.0, seed=1))
    early = [sum(time <= 13 for time in times) for times in played]
    assert np.mean(early) == pytest.approx(model.expected_of_new(13.0), rel=0.02)
    for count in (0, 1, 4):
        assert np.mean(np.array(early) == count) == pytest.approx(model.probability_of(count, 13.0), abs=0.006)
    known = histories(early, [max((t for t in times if t <= 13), default=0.0) for times in played], [13.0] * 40_000)
    later = np.array([sum(time > 13 for time in times) for times in played])
    expected = model.expected(known, 13.0)
    assert expected.mean() == pytest.approx(later.mean(), rel=0.03)
    busy = known.repeats >= 4
    assert expected[busy].mean() == pytest.approx(later[busy].mean(), rel=0.05)


@pytest.mark.parametrize("leaving", list(Leaving))
def test_the_parameters_of_played_customers_are_found_again(leaving):
    model = BuyingModel(r=0.8, alpha=5.0, a=0.9, b=2.5, leaving=leaving)
    played = list(bought(model, 20_000, 40.0, seed=2))
    known = histories([len(t) for t in played], [max(t, default=0.0) for t in played], [40.0] * 20_000)
    fitted = fit_buying(known, leaving=leaving)
    assert fitted.expected_of_new(80) == pytest.approx(model.expected_of_new(80), rel=0.04)
    assert (fitted.r, fitted.alpha) == pytest.approx((model.r, model.alpha), rel=0.12)


@given(models, st.floats(0.1, 60))
def test_probabilities_sum_to_one_and_to_the_expectation(model, time):
    p = np.array([model.probability_of(count, time) for count in range(60)])
    assert (p >= -1e-12).all()
    assert p.sum() <= 1 + 1e-8
    rest = 1 - p.sum()
    if rest < 1e-9:
        assert p @ np.arange(60) == pytest.approx(model.expected_of_new(time), rel=1e-4, abs=1e-6)


@given(models, st.floats(0.1, 60))
def test_somebody_of_no_age_is_a_new_customer(model, time):
    newborn = histories([0], [0.0], [0.0])
    assert model.expected(newborn, time)[0] == pytest.approx(model.expected_of_new(time), rel=1e-7)


@given(models, st.integers(1, 400), st.floats(0.5, 100), st.floats(0.0, 100), st.floats(0.1, 200))
def test_silence_makes_a_customer_less_likely_to_be_there(model, count, last, silence, time):
    known = histories([count, count], [last, last], [last, last + silence])
    alive = model.alive(known)
    assert 0 <= alive[1] <= alive[0] <= 1
    expected = model.expected(known, time)
    assert np.isfinite(expected).all()
    assert (expected >= -1e-9).all()


def test_a_series_whose_poles_cancel():
    # 2F1(1, 1; 101; z) = sum of k! / (101 ... (100 + k)) z^k; scipy 1.17 gives infinity
    terms = np.cumprod([k / (100 + k) * 19 / 21 for k in range(1, 200)])
    assert hypergeometric(1, 1, 101, 19 / 21) == pytest.approx(1 + terms.sum(), rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.5, 0.5), (1.0, 1e-9)])
def test_the_removable_gaps(a, b):
    at, beside = (BuyingModel(r=0.5, alpha=4, a=value, b=b) for value in (a, a + 1e-4))
    assert at.expected_of_new(30) == pytest.approx(beside.expected_of_new(30), rel=1e-3)
    fresh = histories([0, 2], [0.0, 30.43], [38.86, 38.86])
    assert at.expected(fresh, 30).tolist() == pytest.approx(beside.expected(fresh, 30).tolist(), rel=1e-3)


@given(st.floats(0.01, 500))
def test_the_unit_of_time_does_not_matter(factor):
    weeks = BuyingModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
    other = BuyingModel(r=0.243, alpha=4.414 * factor, a=0.793, b=2.426)
    scaled = histories([2], [30.43 * factor], [38.86 * factor])
    assert other.expected(scaled, 39 * factor)[0] == pytest.approx(weeks.expected(FIRST, 39)[0], rel=1e-9)


def test_a_fit_in_days_is_the_fit_in_weeks(bg_nbd):
    weeks = cdnow()
    days = fit_buying(histories(weeks.repeats, weeks.last * 7, weeks.age * 7))
    assert days.alpha == pytest.approx(bg_nbd.alpha * 7, rel=1e-3)
    assert days.r == pytest.approx(bg_nbd.r, rel=1e-3)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (([1], [1.0, 2.0], [3.0]), "length"),
        (([], [], []), "length"),
        (([1], [5.0], [3.0]), "impossible"),
        (([0], [1.0], [3.0]), "impossible"),
        (([2], [0.0], [3.0]), "impossible"),
        (([1], [float("nan")], [3.0]), "missing"),
    ],
)
def test_histories_that_cannot_be_are_refused(columns, why):
    with pytest.raises(ValueError, match=why):
        histories(*columns)


def test_other_refusals():
    with pytest.raises(ValueError, match="nobody"):
        fit_buying(histories([0, 0], [0.0, 0.0], [5.0, 6.0]))
    with pytest.raises(ValueError, match="not a count"):
        BuyingModel(r=1, alpha=1, a=1, b=1).probability_of(-1, 3)
