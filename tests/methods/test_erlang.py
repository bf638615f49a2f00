import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.erlang import Load, erlang_b, erlang_c, queue, staff, waiting_time_quantile

# 100 calls in half an hour of three minutes each: 10 erlangs
HALF_HOUR = Load(calls_per_second=100 / 1800, handle_seconds=180)
# 48 calls a minute of one minute each, mean patience two minutes (zinnov.com, "Introduction to Erlang")
IMPATIENT = Load(calls_per_second=0.8, handle_seconds=60, patience_seconds=120)


def test_blocking_by_hand():
    # B(1, 2): 1 -> 1/2 -> (1/2)/(2 + 1/2) = 1/5
    assert erlang_b(1, 2) == pytest.approx(0.2)
    assert round(erlang_b(10, 10), 6) == 0.214582
    assert erlang_b(3, 0) == 1


def test_waiting_by_hand():
    # C(1, 2) = .2 / (1 - .5 * .8) = 1/3; with one agent it is the load itself
    assert erlang_c(1, 2) == pytest.approx(1 / 3)
    assert erlang_c(0.6, 1) == pytest.approx(0.6)
    assert round(erlang_c(10, 14), 6) == 0.174132


@pytest.mark.parametrize(
    ("agents", "level", "wait", "waiting"),
    [
        (11, 0.3896, 122.8, 0.6821),
        (12, 0.6402, 40.4, 0.4494),
        (13, 0.7956, 17.1, 0.2853),
        (14, 0.8884, 7.84, 0.1741),
        (15, 0.9415, 3.67, 0.1020),
        (16, 0.9706, 1.72, 0.0573),
        (17, 0.9858, 0.79, 0.0309),
    ],
)
def test_the_table_of_ten_erlangs(agents, level, wait, waiting):
    result = queue(HALF_HOUR, agents)
    assert round(result.service_level, 4) == level
    assert round(result.waiting_share, 4) == waiting
    assert round(result.mean_wait_seconds, 1 if wait > 10 else 2) == wait


def test_staffing_as_pyworkforce_does_it():
    result = staff(HALF_HOUR, target_seconds=20, target_level=0.8, shrinkage=0.3)
    assert (result.agents, result.rostered) == (14, 20)
    assert result.queue.service_level == pytest.approx(0.8883500191794669, abs=1e-14)
    assert result.queue.waiting_share == pytest.approx(0.1741319335950498, abs=1e-14)
    assert round(result.queue.occupancy, 7) == 0.7142857


def test_an_occupancy_cap_adds_agents():
    assert staff(HALF_HOUR, target_level=0.5).agents == 12
    assert staff(HALF_HOUR, target_level=0.5, highest_occupancy=0.7).agents == 15


def test_impatient_callers_of_the_published_scenario():
    result = queue(IMPATIENT, 50)
    assert round(result.abandoned_share, 4) == 0.0309
    assert round(result.mean_wait_seconds, 2) == 3.71
    assert round(result.occupancy, 4) == 0.9303
    assert round(result.mean_queue, 2) == 2.97
    assert round(result.waiting_share, 4) == 0.4678


def test_patient_callers_of_the_published_scenario():
    patient = Load(calls_per_second=0.8, handle_seconds=60)
    result = queue(patient, 50)
    assert round(result.mean_wait_seconds, 2) == 20.83
    assert round(result.occupancy, 4) == 0.96
    assert round(result.mean_queue, 2) == 16.67
    assert round(waiting_time_quantile(patient, 50, 0.9), 1) == 58.1


def test_who_is_not_answered_has_hung_up():
    result = queue(IMPATIENT, 50, target_seconds=1e6)
    assert result.service_level == pytest.approx(1 - result.abandoned_share, abs=1e-12)


def test_within_no_time_only_those_who_need_not_wait():
    result = queue(IMPATIENT, 50, target_seconds=0)
    assert result.service_level == pytest.approx(1 - result.waiting_share, abs=1e-12)


def test_the_service_level_of_impatient_callers_against_a_simulated_queue():
    """One agent group played call by call: 3 agents, 12 calls per 100 s, 30 s each, mean patience 20 s, target 10 s."""
    random = np.random.default_rng(4)
    calls, free_at, in_time, lost = 60_000, [0.0, 0.0, 0.0], 0, 0
    arrivals = np.cumsum(random.exponential(100 / 12, calls))
    for arrival, patience, talk in zip(
        arrivals, random.exponential(20, calls), random.exponential(30, calls), strict=True
    ):
        # First come, first served: who outlasts the wait takes the agent who is free first
        soonest = min(range(3), key=free_at.__getitem__)
        wait = max(0.0, free_at[soonest] - arrival)
        if wait > patience:
            lost += 1
            continue
        in_time += wait <= 10
        free_at[soonest] = arrival + wait + talk
    result = queue(Load(calls_per_second=0.12, handle_seconds=30, patience_seconds=20), 3, target_seconds=10)
    assert result.service_level == pytest.approx(in_time / calls, abs=0.01)
    assert result.abandoned_share == pytest.approx(lost / calls, abs=0.01)


@given(st.floats(0.05, 40), st.floats(1, 600), st.floats(5, 600))
def test_laws_of_the_impatient_queue(erlangs, handle, patience):
    load = Load(calls_per_second=erlangs / handle, handle_seconds=handle, patience_seconds=patience)
    agents = int(erlangs) + 1
    one, more = queue(load, agents), queue(load, agents + 1)
    assert more.service_level >= one.service_level - 1e-12
    assert more.abandoned_share <= one.abandoned_share + 1e-12
    # every answered call keeps an agent busy: occupancy x agents = load x share answered
    assert one.occupancy * agents == pytest.approx(erlangs * (1 - one.abandoned_share), rel=1e-9)


@given(st.floats(0.01, 60), st.integers(1, 90))
def test_blocking_falls_with_lines_and_waiting_is_more_than_blocking(erlangs, lines):
    assert erlang_b(erlangs, lines + 1) < erlang_b(erlangs, lines)
    if lines > erlangs:
        assert erlang_c(erlangs, lines) >= erlang_b(erlangs, lines)


@given(st.floats(0.5, 30), st.integers(1, 8))
def test_endless_patience_is_erlang_c(erlangs, spare):
    agents = int(erlangs) + spare + 1
    patient = Load(calls_per_second=erlangs / 60, handle_seconds=60)
    nearly = Load(calls_per_second=erlangs / 60, handle_seconds=60, patience_seconds=1e9)
    one, other = queue(patient, agents), queue(nearly, agents)
    assert other.service_level == pytest.approx(one.service_level, abs=1e-4)
    assert other.mean_queue == pytest.approx(one.mean_queue, rel=1e-3, abs=1e-9)


@given(st.floats(0.1, 80), st.floats(0.1, 0.99), st.booleans())
def test_staffing_is_enough_and_one_less_is_not(erlangs, level, impatient):
    load = Load(calls_per_second=erlangs / 200, handle_seconds=200, patience_seconds=90 if impatient else None)
    result = staff(load, target_level=level)
    assert result.queue.service_level >= level
    if result.agents > (1 if impatient else int(erlangs) + 1):
        assert queue(load, result.agents - 1).service_level < level


def test_a_large_centre_behaves_like_a_fluid():
    # 7,200 erlangs: chance evens out, so to answer 90 % one needs 90 % of the load, and little more
    result = staff(Load(calls_per_second=30, handle_seconds=240, patience_seconds=120), target_level=0.9)
    assert 6480 <= result.agents <= 6490
    assert round(result.queue.abandoned_share, 2) == 0.1


def test_refusals():
    with pytest.raises(ValueError, match="keep up"):
        erlang_c(10, 10)
    with pytest.raises(ValueError, match="negative"):
        erlang_b(-1, 3)
    with pytest.raises(ValueError, match="positive"):
        Load(calls_per_second=1, handle_seconds=0)
    with pytest.raises(ValueError, match="agent"):
        queue(IMPATIENT, 0)
    with pytest.raises(ValueError, match="shares"):
        staff(IMPATIENT, target_level=80)
    with pytest.raises(ValueError, match="share"):
        waiting_time_quantile(HALF_HOUR, 14, 1.0)
