"""How long until it happens: time to the first deal, to the next stage, to leaving, with open cases counted rightly.

An open case (a lead not yet sold, a customer still there) is censored: it tells that nothing happened so far. Leaving
open cases out makes cycles look short and churn look high.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from huasuan.methods.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """A Kaplan-Meier curve: the share to whom it has not yet happened after each time.

    All tuples have one entry per distinct time at which something happened or a case left view, ascending;
    ``survival`` with its bounds ``low`` and ``high`` holds from that time until the next one.
    """

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float

    def at(self, time: float) -> Interval | None:
        """Share not yet reached after ``time``, with its interval; ``None`` when nobody was watched that long."""
        if time > self.times[-1] and self.survival[-1] > 0:
            return None
        i = int(np.searchsorted(self.times, time, side="right")) - 1
        if i < 0:
            return Interval(estimate=1.0, low=1.0, high=1.0, level=self.level)
        return Interval(estimate=self.survival[i], low=self.low[i], high=self.high[i], level=self.level)

    def quantile(self, share: float) -> "SurvivalTime":
        """Time after which it has happened to ``share`` (0..1, exclusive) of all, with its interval.

        A bound is ``None`` where the curve does not fall that far: the time is then longer than anything watched.
        Interval of Brookmeyer and Crowley, Biometrics 38, 1982: where the bounds of the curve cross the level.
        """
        if not 0 < share < 1:
            raise ValueError(f"share must lie between 0 and 1, got {share}")
        return SurvivalTime(
            share=share,
            estimate=self._first_time_at_most(self.survival, 1 - share),
            low=self._first_time_at_most(self.low, 1 - share),
            high=self._first_time_at_most(self.high, 1 - share),
            level=self.level,
        )

    def median(self) -> "SurvivalTime":
        """Time after which it has happened to half of all; see ``quantile``."""
        return self.quantile(0.5)

    def _first_time_at_most(self, curve: tuple[float, ...], height: float) -> float | None:
        # 1 - 0.3 is 0.7000000000000001 less a hair: a curve that falls exactly on the height has reached it
        reached = np.nonzero(np.asarray(curve) <= height + 1e-12)[0]
        return self.times[int(reached[0])] if reached.size else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalTime:
    """A time by which it has happened to ``share`` of all; ``None`` means later than anything watched."""

    share: float
    estimate: float | None
    low: float | None
    high: float | None
    level: float


def kaplan_meier(durations: ArrayLike, happened: ArrayLike, *, level: float = 0.95) -> Survival:
    """Share of cases to which it has not yet happened, by time since their start, open cases included.

    ``durations``: time from start to the event or to the last look, >= 0, any unit, one per case; ``happened``: true
    where the event came, false where the case was still open. Raises ``ValueError`` for no case, other lengths, or a
    negative time. At a tie, events come before open cases.

    Assumptions: (1) why a case is still open has nothing to do with how soon it would have happened, (2) cases are
    independent, (3) early and late cohorts behave alike.

    Kaplan and Meier, JASA 53, 1958; Greenwood's variance with the log-minus-log bounds, which stay inside 0..1:
    Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data", 2002, section 1.4.
    """
    times = np.asarray(durations, dtype=np.float64)
    event = np.asarray(happened, dtype=np.bool_)
    if times.ndim != 1 or times.size == 0 or times.shape != event.shape:
        raise ValueError(f"expected one duration and one mark per case, got shapes {times.shape} and {event.shape}")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("a duration is missing or negative")
    distinct, position = np.unique(times, return_inverse=True)
    left = np.bincount(position)
    events = np.bincount(position, weights=event).astype(np.int64)
    at_risk = times.size - np.concatenate(([0], np.cumsum(left)[:-1]))
    survival = np.cumprod(1 - events / at_risk)
    low, high = _bounds(survival, events, at_risk, level)
    return Survival(
        times=tuple(distinct.tolist()),
        at_risk=tuple(at_risk.tolist()),
        events=tuple(events.tolist()),
        survival=tuple(survival.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        level=level,
    )


def patience(waits: ArrayLike, abandoned: ArrayLike) -> float | None:
    """Mean patience of callers in the unit of ``waits``, from those who hung up and those who were answered.

    ``waits``: time in queue per caller, >= 0; ``abandoned``: true where the caller hung up. Returns ``None`` when
    nobody hung up: patience is then longer than anything seen. Assumption: patience is exponential and has nothing
    to do with the wait offered. Censored maximum likelihood: total waiting divided by the number of hang-ups.
    """
    waited, gave_up = np.asarray(waits, dtype=np.float64), np.asarray(abandoned, dtype=np.bool_)
    if waited.shape != gave_up.shape or (waited < 0).any():
        raise ValueError("expected one wait, not negative, and one mark per caller")
    leavers = int(gave_up.sum())
    return float(waited.sum()) / leavers if leavers else None


def _bounds(
    survival: NDArray[np.float64], events: NDArray[np.int64], at_risk: NDArray[np.int64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-minus-log bounds; flat 1 before the first event, and 0..0 once nobody is left."""
    z = float(special.ndtri((1 + level) / 2))
    last = events == at_risk
    greenwood = np.cumsum(np.where(last, 0.0, events / (at_risk * np.where(last, 1, at_risk - events))))
    inside = (survival > 0) & (survival < 1)
    log_s = np.log(np.where(inside, survival, math.exp(-1)))
    spread = np.exp(z * np.sqrt(greenwood) / np.abs(log_s))
    low = np.where(inside, np.exp(log_s * spread), survival)
    high = np.where(inside, np.exp(log_s / spread), survival)
    return low, high
