import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.survival import kaplan_meier, patience

TELCO = Path(__file__).parents[1] / "data" / "telco-churn" / "Telco-Customer-Churn.csv.gz"

cases = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


def telco(contract: str | None = None):
    with gzip.open(TELCO, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if contract in (None, row["Contract"])]
    return [int(row["tenure"]) for row in rows], [row["Churn"] == "Yes" for row in rows]


def test_a_curve_by_hand():
    # 6 leads: sold after 1, 3, 3, 5; still open after 2 and 6. S: 5/6, 5/6 * 2/4, that * 1/2
    curve = kaplan_meier([1, 2, 3, 3, 5, 6], [True, False, True, True, True, False])
    assert curve.times == (1, 2, 3, 5, 6)
    assert curve.at_risk == (6, 5, 4, 2, 1)
    assert curve.events == (1, 0, 2, 1, 0)
    assert curve.survival == pytest.approx((5 / 6, 5 / 6, 5 / 12, 5 / 24, 5 / 24))
    assert curve.median().estimate == 3


def test_greenwood_bounds_by_hand():
    # One event in 10: S = .9, Greenwood sum 1/(10*9); bounds .9 ** exp(+-1.959964 * sqrt(1/90) / -ln .9)
    curve = kaplan_meier([1] + [2] * 9, [True] + [False] * 9)
    assert (round(curve.low[0], 4), round(curve.high[0], 4)) == (0.473, 0.9853)


def test_freireich_remission_times():
    # 6-mercaptopurine arm, 21 patients: the textbook curve .8571 .8067 .7529 .6902 .6275 .5378 .4482, median 23
    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    open_cases = {3, 5, 7, 8, 11, 12, 13, 16, 17, 18, 19, 20}
    curve = kaplan_meier(times, [i not in open_cases for i in range(21)])
    at = [round(curve.at(t).estimate, 4) for t in (6, 7, 10, 13, 16, 22, 23)]
    assert at == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert curve.median().estimate == 23
    assert curve.median().low == 13
    assert curve.median().high is None


def test_telco_customers_leave_as_published_with_the_data():
    tenure, left = telco()
    assert round(np.mean(left), 5) == 0.26537
    curve = kaplan_meier(tenure, left)
    assert [round(curve.at(month).estimate, 4) for month in (12, 24, 72)] == [0.8432, 0.7887, 0.5928]
    monthly = kaplan_meier(*telco("Month-to-month"))
    assert round(monthly.at(12).estimate, 4) == 0.7031


def test_beyond_the_longest_watch_nothing_is_known():
    curve = kaplan_meier([1, 2, 9], [True, True, False])
    assert curve.at(9).estimate == pytest.approx(1 / 3)
    assert curve.at(9.1) is None
    assert curve.quantile(0.9).estimate is None
    everyone = kaplan_meier([1, 2], [True, True])
    assert everyone.at(50).estimate == 0


def test_a_quantile_at_a_step_is_reached_there():
    # ten events one by one: 30 % have happened after the third
    curve = kaplan_meier(range(1, 11), [True] * 10)
    assert [curve.quantile(share).estimate for share in (0.1, 0.3, 0.5, 0.7)] == [1, 3, 5, 7]


@given(cases)
def test_curve_falls_inside_its_bounds(observed):
    curve = kaplan_meier([time for time, _ in observed], [event for _, event in observed])
    steps = np.array(curve.survival)
    assert (np.diff(steps, prepend=1.0) <= 1e-12).all()
    assert all(0 <= a <= b + 1e-12 and b <= c + 1e-12 for a, b, c in zip(curve.low, steps, curve.high, strict=True))
    assert sum(curve.events) == sum(event for _, event in observed)


@given(cases)
def test_without_open_cases_it_is_the_plain_share(observed):
    times = [time for time, _ in observed]
    curve = kaplan_meier(times, [True] * len(times))
    for moment in (0, 3, 10, 20):
        share = sum(time > moment for time in times) / len(times)
        assert curve.at(moment).estimate == pytest.approx(share, abs=1e-9)


def test_greenwood_interval_covers():
    random = np.random.default_rng(11)
    inside = 0
    for _ in range(1000):
        life, watched = random.exponential(10, 150), random.uniform(0, 25, 150)
        at = kaplan_meier(np.minimum(life, watched), life <= watched).at(7)
        inside += at.low <= np.exp(-0.7) <= at.high
    assert 930 <= inside <= 970


def test_patience_counts_those_who_were_answered():
    # 300 s waited by all, three hung up: 100 s; only the three would say 40 s
    assert patience([30, 40, 50, 100, 80], [True, True, True, False, False]) == 100
    assert patience([30, 40], [False, False]) is None


@pytest.mark.parametrize(
    ("durations", "happened", "why"),
    [([], [], "shapes"), ([1], [True, False], "shapes"), ([-1], [True], "negative"), ([float("nan")], [True], "miss")],
)
def test_broken_cases_are_refused(durations, happened, why):
    with pytest.raises(ValueError, match=why):
        kaplan_meier(durations, happened)


def test_other_refusals():
    with pytest.raises(ValueError, match="share"):
        kaplan_meier([1], [True]).quantile(1.0)
    with pytest.raises(ValueError, match="wait"):
        patience([-1.0], [True])
