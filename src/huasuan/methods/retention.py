"""How many customers under contract will renew, and renew again: a few points of the curve carried on honestly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from huasuan.methods.likelihood import lowest_point


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionModel:
    """A fitted shifted-beta-geometric model: chances not to renew are Beta(alpha, beta) over customers.

    Those likely to leave go first, so retention rises with age although no single customer changes.
    """

    alpha: float
    beta: float
    log_likelihood: float | None = None

    def survival(self, periods: int) -> float:
        """Share of a cohort still there after so many renewals (0 renewals: all)."""
        if periods < 0:
            raise ValueError(f"not a number of periods: {periods}")
        log_share = special.betaln(self.alpha, self.beta + periods) - special.betaln(self.alpha, self.beta)
        return float(np.exp(log_share))

    def retention(self, period: int) -> float:
        """Share of those there before the ``period``-th renewal (1, 2, ...) who renew."""
        if period < 1:
            raise ValueError(f"renewals count from 1, got {period}")
        return (self.beta + period - 1) / (self.alpha + self.beta + period - 1)


def fit_retention(survivors: Sequence[int]) -> RetentionModel:
    """Learn from one cohort how renewal goes on.

    ``survivors``: customers at the start and after each renewal so far, never rising; at least two renewals and one
    loss. Raises ``ValueError`` otherwise.

    Assumptions: (1) each customer has one fixed chance not to renew, (2) chances follow a beta law, (3) leaving shows
    at the renewal at once, (4) prices and rivals stay as they were. For curves with open cases at all ages use
    ``survival.kaplan_meier`` first.

    Fader and Hardie, "How to project customer retention", Journal of Interactive Marketing 21, 2007.
    """
    counts = np.asarray(survivors, dtype=np.float64)
    lost = -np.diff(counts)
    if counts.size < 3 or (lost < 0).any() or counts[-1] < 0 or lost.sum() == 0:
        raise ValueError(f"needs falling survivors over two renewals: {list(survivors)}")
    ages = np.arange(1.0, counts.size)

    def loss(point: NDArray[np.float64]) -> float:
        alpha, beta = math.exp(point[0]), math.exp(point[1])
        left = special.betaln(alpha + 1, beta + ages - 1) - special.betaln(alpha, beta)
        stayed = special.betaln(alpha, beta + ages[-1]) - special.betaln(alpha, beta)
        return -float(lost @ left + counts[-1] * stayed)

    best = lowest_point(loss, [(0.0, 0.5), (1.0, 2.5)], [(-7.0, 12.0), (-7.0, 12.0)])
    alpha, beta = np.exp(best).tolist()
    return RetentionModel(alpha=alpha, beta=beta, log_likelihood=-loss(best))
