from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.methods.apportion import apportion_by_weight, largest_remainder

shares_of_either_sign = st.lists(st.fractions(-1000, 1000, max_denominator=60), max_size=12)
weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


def with_whole_sum(shares: list[Fraction], total: int) -> list[Fraction]:
    return [*shares, total - sum(shares, Fraction(0))]


def test_ten_fen_among_three_gives_the_odd_fen_to_the_first():
    assert largest_remainder([Fraction(10, 3)] * 3, 10) == [4, 3, 3]


def test_the_largest_remainder_is_served_before_the_earlier_position():
    # 1.2 + 2.7 + 3.1 = 7; floors 1 + 2 + 3 = 6, so one unit goes to the 2.7
    assert largest_remainder([Fraction(12, 10), Fraction(27, 10), Fraction(31, 10)], 7) == [1, 3, 3]


def test_hamilton_s_method_on_a_seat_table():
    # 10 seats, votes 47:16:15:12:6:4 of 100: quotas 4.7 1.6 1.5 1.2 .6 .4, floors sum to 7, seats to .7 .6 .6
    assert apportion_by_weight([47, 16, 15, 12, 6, 4], 10) == [5, 2, 1, 1, 1, 0]


def test_a_refund_cancels_its_cost():
    assert largest_remainder([Fraction(-10, 3)] * 3, -10) == [-4, -3, -3]


def test_a_total_rounded_from_the_exact_sum_is_accepted_both_ways():
    assert largest_remainder([Fraction(1, 4), Fraction(1, 4)], 0) == [0, 0]
    assert largest_remainder([Fraction(1, 4), Fraction(1, 4)], 1) == [1, 0]


def test_nothing_to_split_gives_nothing():
    assert largest_remainder([], 0) == []


@pytest.mark.parametrize(("shares", "total"), [([], 1), ([Fraction(1, 2)], 2), ([5], 4)])
def test_shares_of_another_total_are_refused(shares, total):
    with pytest.raises(ValueError, match="does not round to the total"):
        largest_remainder(shares, total)


@pytest.mark.parametrize(("bad", "why"), [([0, 0], "all weights are zero"), ([], "all"), ([2, -1], "negative")])
def test_weights_that_name_no_payer_are_refused(bad, why):
    with pytest.raises(ValueError, match=why):
        apportion_by_weight(bad, 10)


@given(shares_of_either_sign, st.integers(-5000, 5000))
def test_parts_sum_to_the_total_and_lie_within_one_of_their_share(shares, total):
    shares = with_whole_sum(shares, total)
    parts = largest_remainder(shares, total)
    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))


@given(shares_of_either_sign, st.integers(-5000, 5000))
def test_negation_negates(shares, total):
    shares = with_whole_sum(shares, total)
    negated = largest_remainder([-share for share in shares], -total)
    assert negated == [-part for part in largest_remainder(shares, total)]


@given(shares_of_either_sign)
def test_a_sum_rounded_down_or_up_is_met_exactly(shares):
    exact_sum = sum(shares, Fraction(0))
    for total in {exact_sum.__floor__(), exact_sum.__ceil__()}:
        parts = largest_remainder(shares, total)
        assert sum(parts) == total
        assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))


@given(weights, st.integers(-(10**12), 10**12))
def test_no_weight_no_part_and_the_sum_is_exact(weights, total):
    parts = apportion_by_weight(weights, total)
    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(weights, st.integers(0, 10**9))
def test_a_larger_weight_never_gets_less(weights, total):
    parts = apportion_by_weight(sorted(weights), total)
    # Equal weights may differ by the odd unit, which the earlier position gets; strictly larger ones never lose.
    pairs = zip(sorted(weights), parts, strict=True)
    by_weight: dict[int, list[int]] = {}
    for weight, part in pairs:
        by_weight.setdefault(weight, []).append(part)
    levels = [by_weight[weight] for weight in sorted(by_weight)]
    assert all(max(low) <= min(high) for low, high in pairwise(levels))
