"""When the projector begins a round: in a pause between deliveries, or when it has waited long enough."""

import threading
import time

import pytest

from huasuan.app.answers import Lag
from huasuan.app.arrivals import Arrivals
from huasuan.app.gauges import Gauges
from huasuan.app.worker.projector import Projector

GAUGES = Gauges(lambda: Lag(rows=0, seconds=0.0))


def test_arrivals_tell_how_long_it_has_been_quiet() -> None:
    arrivals = Arrivals()
    assert arrivals.quiet_seconds() == float("inf")
    with arrivals.taking():
        with arrivals.taking():
            assert arrivals.quiet_seconds() == 0
        assert arrivals.quiet_seconds() == 0
    first = arrivals.quiet_seconds()
    assert 0 <= first < arrivals.quiet_seconds() < 5


def test_a_delivery_that_fails_has_ended_too() -> None:
    arrivals = Arrivals()
    with pytest.raises(ValueError, match="bad"), arrivals.taking():
        raise ValueError("bad")
    assert arrivals.quiet_seconds() > 0


def _looks(arrivals: Arrivals) -> tuple[Projector, threading.Event]:
    looked = threading.Event()

    def step() -> bool:
        looked.set()
        return False

    return Projector(step, seconds=0.01, gauges=GAUGES, arrivals=arrivals), looked


def test_it_waits_until_nothing_comes_in() -> None:
    arrivals = Arrivals()
    projector, looked = _looks(arrivals)
    with projector:
        assert looked.wait(5)
        with arrivals.taking():
            time.sleep(0.1)
            looked.clear()
            assert not looked.wait(0.3)
        assert looked.wait(5)


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huasuan.app.worker.projector._LONGEST_WAIT", 0.2)
    arrivals = Arrivals()
    projector, looked = _looks(arrivals)
    with arrivals.taking(), projector:
        assert looked.wait(5)


def test_it_stops_while_it_waits() -> None:
    arrivals = Arrivals()
    projector, looked = _looks(arrivals)
    with arrivals.taking():
        begun = time.monotonic()
        with projector:
            time.sleep(0.1)
        assert time.monotonic() - begun < 5
    assert not looked.is_set()


@pytest.mark.parametrize(("glanced", "least", "most"), [(0.0, 0.1, 1.5), (1e9, 2.0, 5.0)])
def test_it_rests_less_while_screens_are_watched(glanced: float, least: float, most: float) -> None:
    """Of several rests the shortest, as a multiple of the work before it: a busy machine only makes them longer."""
    begun: list[float] = []
    ended: list[float] = []

    def step() -> bool:
        begun.append(time.monotonic())
        time.sleep(0.1)
        ended.append(time.monotonic())
        return True

    with Projector(step, seconds=0.001, gauges=GAUGES, arrivals=Arrivals(), glanced=lambda: glanced):
        time.sleep(1.2)
    works = [end - begin for begin, end in zip(begun, ended, strict=True)]
    rests = [(after - end) / work for after, end, work in zip(begun[1:], ended, works, strict=False)]
    assert least * 0.98 <= min(rests) < most
