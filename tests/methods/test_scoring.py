"""Lead scores: on a bank's real campaigns, and the laws that hold for any data (S3-34)."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan import methods
from huasuan.methods import scoring
from methods.bank import bank

EIGHTY = 0.8


@pytest.fixture(scope="module")
def campaigns():
    return bank()


@pytest.fixture(scope="module")
def rolled(campaigns):
    features, bought = campaigns
    begin = int(len(bought) * EIGHTY)
    return {
        model: (
            bought[begin:],
            methods.roll(features, bought, model=model, begin=begin, every=4_000, window=20_000, threads=1).scores,
        )
        for model in ("boosting", "logistic")
    }


def test_learning_anew_in_the_order_of_time_ranks_better_than_logistic_regression(rolled):
    """The bar of the full protocol (every 500 rows, five seeds) is held by ``python -m bench scoring``."""
    boosted = methods.quality(rolled["boosting"][1], rolled["boosting"][0])
    regressed = methods.quality(rolled["logistic"][1], rolled["logistic"][0])
    assert boosted.auc > 0.74
    assert boosted.auc > regressed.auc
    assert boosted.calibration_error < 0.06
    assert not boosted.too_good


def test_the_length_of_the_call_cannot_become_a_feature():
    with pytest.raises(ValueError, match="duration"):
        bank(also=("duration",))


def test_a_leak_under_another_name_is_called_too_good(campaigns):
    features, bought = campaigns
    seconds = bank_durations()
    leaking = methods.Features(
        names=(*features.names, "seconds"),
        values=np.column_stack((features.values, seconds)),
        categories=features.categories,
    )
    mixed = np.random.default_rng(1).permutation(len(bought))[:6_000]
    learnt = methods.train(dataclasses.replace(leaking, values=leaking.values[mixed]), bought[mixed], threads=1)
    honest = methods.train(dataclasses.replace(features, values=features.values[mixed]), bought[mixed], threads=1)
    assert learnt.held_back.too_good
    assert not honest.held_back.too_good


def bank_durations():
    import csv
    import gzip

    from methods.bank import FILE

    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return np.array([float(row["duration"]) for row in csv.DictReader(lines, delimiter=";")])


def made_up(leads, seed=3):
    """Leads whose chance depends on one number and one category; the third feature tells nothing."""
    chance = np.random.default_rng(seed)
    visits, source, noise = chance.poisson(2, leads), chance.integers(0, 3, leads), chance.normal(size=leads)
    odds = -2.5 + 0.6 * visits + np.array([0.0, 1.0, -1.0])[source]
    bought = (chance.random(leads) < 1 / (1 + np.exp(-odds))).astype(float)
    values = np.column_stack((visits, source, noise)).astype(float)
    return methods.Features(
        names=("visits", "source", "noise"), values=values, categories=frozenset({"source"})
    ), bought


def test_with_few_buyers_there_is_no_model_and_with_some_a_regression():
    features, bought = made_up(100)
    assert methods.train(features, bought) is None
    features, bought = made_up(600)
    assert methods.train(features, bought, threads=1).kind == "logistic"


def test_without_lightgbm_it_is_logistic_regression(monkeypatch):
    features, bought = made_up(4_000)
    assert methods.train(features, bought, threads=1).kind in {"boosting", "logistic"}
    monkeypatch.setattr(scoring, "boosting_loads", lambda: False)
    assert methods.train(features, bought).kind == "logistic"


@pytest.mark.parametrize("kind", ["boosting", "logistic"])
def test_reasons_name_what_raised_and_lowered_the_score(kind, monkeypatch):
    features, bought = made_up(5_000)
    model = scoring._learn(kind, features, bought, 0, 1)
    ask = methods.Features(
        names=features.names, values=np.array([[8.0, 1.0, 0.0], [0.0, 2.0, 0.0]]), categories=features.categories
    )
    high, low = model.contributions(ask)
    assert high[0] > 0 > low[0]
    assert high[1] > 0 > low[1]
    assert abs(high[2]) < min(abs(high[0]), abs(high[1]))


@pytest.mark.parametrize("leads", [600, 5_000])
def test_a_score_is_the_same_after_it_was_kept(leads):
    features, bought = made_up(leads)
    learnt = methods.train(features, bought, threads=1)
    kept = methods.scorer_from_json(methods.scorer_to_json(learnt))
    np.testing.assert_allclose(kept.scores(features), learnt.scores(features))
    assert kept.held_back == learnt.held_back
    assert learnt.held_back.n == leads / 5


def test_other_features_than_learnt_are_refused():
    features, bought = made_up(600)
    learnt = methods.train(features, bought, threads=1)
    with pytest.raises(ValueError, match="learnt from"):
        learnt.scores(methods.Features(names=("visits",), values=np.zeros((1, 1))))


def test_a_rolled_score_never_sees_its_own_or_later_outcomes():
    features, bought = made_up(3_000)
    before = methods.roll(features, bought, model="logistic", begin=1_000, every=500, window=1_000).scores
    changed = bought.copy()
    changed[2_000:] = 1 - changed[2_000:]
    after = methods.roll(features, changed, model="logistic", begin=1_000, every=500, window=1_000).scores
    np.testing.assert_array_equal(before[:1_000], after[:1_000])


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs):
    scores = np.array([score / 10 for score, _ in pairs])
    bought = np.array([float(did) for _, did in pairs])
    found = methods.quality(scores, bought).auc
    wins = [
        (high > low) + (high == low) / 2
        for high, did in zip(scores, bought, strict=True)
        if did
        for low, other in zip(scores, bought, strict=True)
        if not other
    ]
    assert found == (pytest.approx(sum(wins) / len(wins)) if wins else None)


def test_quality_by_hand():
    found = methods.quality([0.9, 0.8, 0.2, 0.1], [1, 0, 1, 0])
    assert found.auc == pytest.approx(0.75)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.64 + 0.01) / 4)
    assert found.gains == (0.0, 0.5, 0.5)
    assert found.calibration_error == pytest.approx((0.1 + 0.8 + 0.8 + 0.1) / 4)


def test_isotonic_from_a_thousand_buyers_on():
    chance = np.random.default_rng(5)
    odds = chance.normal(size=6_000)
    bought = (chance.random(6_000) < 1 / (1 + np.exp(-2 * odds))).astype(float)
    curve = methods.calibrate(odds, bought)
    assert curve.at
    assert methods.quality(curve(odds), bought).calibration_error < 0.02
    assert not methods.calibrate(odds[:200], bought[:200]).at


def test_stability_tells_a_moved_world_from_the_same():
    chance = np.random.default_rng(2)
    before = chance.normal(size=5_000)
    assert methods.stability(before, chance.normal(size=5_000)) < 0.02
    assert methods.stability(before, chance.normal(loc=1, size=5_000)) > 0.25
    unknown = np.where(chance.random(5_000) < 0.3, np.nan, before)
    assert methods.stability(before, unknown) > 0.25
    # By hand: two values, 50/50 before and 80/20 after: .3·ln 1.6 + (−.3)·ln .4.
    assert methods.stability([0, 1] * 50, [0] * 80 + [1] * 20) == pytest.approx(0.3 * np.log(4), abs=1e-6)
