"""What a hold-out says a channel adds (S2-67)."""

import pytest

from huasuan import methods


def test_what_a_channel_adds_by_hand():
    """60 of 1000 bought with it, 40 of 1000 without: 2 of 100 are its own, 200 of 10,000; a third of all sales."""
    on, off = methods.arm_of_counts(60, 1000), methods.arm_of_counts(40, 1000)
    found = methods.added(on, off, units=10_000, credited=400)
    assert found.estimate == pytest.approx(200)
    assert found.share == pytest.approx(1 / 3)
    # standard error: square root of (.06 × .94 + .04 × .96) / 1000 = .0097365, 1.961 of them each way (t, many degrees)
    assert (found.low, found.high) == pytest.approx((200 - 190.95, 200 + 190.95), abs=0.1)
    assert found.of_credit == pytest.approx((0.5, found.low / 400, found.high / 400))
    assert found.p_value == pytest.approx(0.0401, abs=2e-4)


def test_a_channel_that_takes_away():
    found = methods.added(methods.arm_of_counts(40, 1000), methods.arm_of_counts(60, 1000), units=1000)
    assert found.estimate == pytest.approx(-20)
    assert found.of_credit is None


@pytest.mark.parametrize(("units", "credited"), [(0, None), (10, 0.0), (10, -1.0)])
def test_nothing_to_tell_it_of(units, credited):
    with pytest.raises(ValueError, match="positive credit"):
        methods.added(methods.arm_of_counts(4, 10), methods.arm_of_counts(2, 10), units=units, credited=credited)
