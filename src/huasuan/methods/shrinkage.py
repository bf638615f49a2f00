"""Fair comparison of small cells: pull the rate of a short list or a new agent toward what the whole team shows.

A cell with few calls says little about itself, so part of what it shows is luck. The prior is fitted over all cells
(empirical Bayes); each cell then gets the mean and the range that remain after the luck is taken off.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from huasuan.methods.intervals import Interval
from huasuan.methods.likelihood import lowest_point

_HEAVIEST_PRIOR = 1e6
"""Upper end of the prior's weight (trials, or events): cells then differ by luck alone and get the common value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """What rates look like over the team: mean a / (a + b), worth a + b trials of evidence."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The rate expected of a cell of which nothing is known, 0..1."""
        return self.a / (self.a + self.b)

    @property
    def weight(self) -> float:
        """How many trials of a cell's own the prior outweighs."""
        return self.a + self.b


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaPrior:
    """What observed-to-expected ratios look like over the team: mean shape / rate, worth ``rate`` expected events."""

    shape: float
    rate: float

    @property
    def mean(self) -> float:
        """The ratio expected of a cell of which nothing is known."""
        return self.shape / self.rate


def fit_beta_prior(successes: ArrayLike, trials: ArrayLike) -> BetaPrior:
    """Learn from all cells how rates vary between cells beyond luck.

    ``successes`` and ``trials``: one count per cell (agent, hour, list), length >= 2, cells without trials are left
    out. Raises ``ValueError`` for impossible counts, fewer than two cells with trials, or when no trial or every
    trial was a success: then nothing tells how rates vary.

    Assumptions: (1) cells are exchangeable: adjust for case mix first, (2) trials within a cell are independent with
    one rate, (3) rates over cells follow a beta law. When cells differ by no more than luck the prior becomes very
    heavy (weight up to 1,000,000), which is right: all cells then get the common rate.

    Maximum marginal likelihood of the beta-binomial law; Casella, "An introduction to empirical Bayes data analysis",
    American Statistician 39, 1985.
    """
    k, n = _cells(successes, trials)
    if (k > n).any():
        raise ValueError("more successes than trials")
    if k.sum() == 0 or k.sum() == n.sum():
        raise ValueError("all cells are at 0 or at 1: the spread of rates cannot be learnt")

    def loss(point: NDArray[np.float64]) -> float:
        mean, weight = special.expit(point[0]), math.exp(point[1])
        a, b = mean * weight, (1 - mean) * weight
        return -float(np.sum(special.betaln(k + a, n - k + b) - special.betaln(a, b)))

    common = float(k.sum() / n.sum())
    centre = float(special.logit(common))
    bounds = [(centre - 8, centre + 8), (math.log(1e-2), math.log(_HEAVIEST_PRIOR))]
    mean_logit, log_weight = lowest_point(loss, [(centre, math.log(w)) for w in (3.0, 50.0, 3000.0)], bounds)
    mean, weight = float(special.expit(mean_logit)), math.exp(log_weight)
    return BetaPrior(a=mean * weight, b=(1 - mean) * weight)


def shrink_rate(successes: int, trials: int, prior: BetaPrior, *, level: float = 0.9) -> Interval:
    """The rate of one cell after luck is taken off, with the range that holds it with probability ``level``.

    ``successes`` of ``trials`` of that cell, trials may be 0 (the prior alone speaks). Raises ``ValueError`` for
    impossible counts. Assumptions as ``fit_beta_prior``; the prior's own uncertainty is not in the range, so with
    fewer than about ten cells it is somewhat too narrow.
    """
    a, b = _posterior_of_rate(successes, trials, prior)
    return Interval(
        estimate=a / (a + b),
        low=float(special.betaincinv(a, b, (1 - level) / 2)),
        high=float(special.betaincinv(a, b, (1 + level) / 2)),
        level=level,
    )


def probability_rate_above(target: float, successes: int, trials: int, prior: BetaPrior) -> float:
    """Probability that the true rate of a cell is above ``target`` (0..1). Assumptions as ``shrink_rate``."""
    a, b = _posterior_of_rate(successes, trials, prior)
    return float(special.betaincc(a, b, target))


def fit_gamma_prior(observed: ArrayLike, expected: ArrayLike) -> GammaPrior:
    """Learn from all cells how observed-to-expected ratios (or counts per hour) vary beyond luck.

    ``observed`` counts of events; ``expected`` events under the case-mix model, or exposure in any unit (hours). One
    number per cell, at least two cells with exposure. Raises ``ValueError`` for negative numbers or no event at all.

    Assumptions: (1) cells are exchangeable once ``expected`` is divided out, (2) counts are Poisson given the cell's
    ratio, (3) ratios follow a gamma law. Maximum marginal likelihood (negative binomial).

    Clayton and Kaldor, "Empirical Bayes estimates of age-standardized relative risks", Biometrics 43, 1987.
    """
    k, exposure = _cells(observed, expected)
    if k.sum() == 0:
        raise ValueError("no event in any cell: the spread of ratios cannot be learnt")

    common = float(k.sum() / exposure.sum())

    def loss(point: NDArray[np.float64]) -> float:
        mean, shape = math.exp(point[0]), math.exp(point[1])
        rate = shape / mean
        terms = special.gammaln(k + shape) - special.gammaln(shape)
        # log1p keeps the very heavy prior exact, where rate / (rate + exposure) rounds to 1
        terms += -shape * np.log1p(exposure / rate) - k * np.log(rate + exposure)
        return -float(np.sum(terms))

    centre = math.log(common)
    bounds = [(centre - 8, centre + 8), (math.log(1e-2), math.log(_HEAVIEST_PRIOR))]
    log_mean, log_shape = lowest_point(loss, [(centre, math.log(w)) for w in (1.0, 20.0, 1000.0)], bounds)
    return GammaPrior(shape=math.exp(log_shape), rate=math.exp(log_shape - log_mean))


def shrink_ratio(observed: int, expected: float, prior: GammaPrior, *, level: float = 0.9) -> Interval:
    """The observed-to-expected ratio of one cell after luck is taken off, with its range.

    ``observed`` >= 0 events where ``expected`` >= 0 were due (0 of both: the prior alone speaks). Raises
    ``ValueError`` for negative numbers. Assumptions as ``fit_gamma_prior``.
    """
    shape, rate = _posterior_of_ratio(observed, expected, prior)
    return Interval(
        estimate=shape / rate,
        low=float(special.gammaincinv(shape, (1 - level) / 2)) / rate,
        high=float(special.gammaincinv(shape, (1 + level) / 2)) / rate,
        level=level,
    )


def probability_ratio_above(target: float, observed: int, expected: float, prior: GammaPrior) -> float:
    """Probability that the true ratio of a cell is above ``target``. Assumptions as ``shrink_ratio``."""
    shape, rate = _posterior_of_ratio(observed, expected, prior)
    return float(special.gammaincc(shape, target * rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class JamesStein:
    """Estimates pulled to their common mean: each keeps ``factor`` (0..1) of its distance from ``mean``."""

    mean: float
    factor: float
    estimates: tuple[float, ...]


def james_stein(values: Sequence[float], variance: float) -> JamesStein:
    """Pull several measured values toward their mean so that together they are nearest the truth.

    ``values``: at least four, in any unit; ``variance``: of the chance error of each, in that unit squared. Raises
    ``ValueError`` for fewer values or a negative variance.

    Assumptions: (1) errors are normal and independent, (2) all have the same variance, (3) the sum of squared errors
    is what counts; a single extreme value may be judged worse. The factor never falls below 0 (positive part).

    Efron and Morris, "Data analysis using Stein's estimator and its generalizations", JASA 70, 1975.
    """
    if len(values) < 4 or variance < 0:
        raise ValueError(f"needs four values and a variance, got {len(values)} and {variance}")
    y = np.asarray(values, dtype=np.float64)
    mean = float(y.mean())
    spread = float(np.sum((y - mean) ** 2))
    factor = max(0.0, 1 - (len(values) - 3) * variance / spread) if spread > 0 else 0.0
    return JamesStein(mean=mean, factor=factor, estimates=tuple((mean + factor * (y - mean)).tolist()))


def _cells(counts: ArrayLike, exposures: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k, n = np.asarray(counts, dtype=np.float64), np.asarray(exposures, dtype=np.float64)
    if k.ndim != 1 or k.shape != n.shape or not (np.isfinite(k).all() and np.isfinite(n).all()):
        raise ValueError(f"expected two finite columns of one length, got shapes {k.shape} and {n.shape}")
    if (k < 0).any() or (n < 0).any() or (k[n == 0] > 0).any():
        raise ValueError("a count is negative, or there are events without exposure")
    used = n > 0
    if used.sum() < 2:
        raise ValueError("one cell alone cannot tell how cells differ")
    return k[used], n[used]


def _posterior_of_rate(successes: int, trials: int, prior: BetaPrior) -> tuple[float, float]:
    if not 0 <= successes <= trials:
        raise ValueError(f"not a rate: {successes} of {trials}")
    return prior.a + successes, prior.b + trials - successes


def _posterior_of_ratio(observed: int, expected: float, prior: GammaPrior) -> tuple[float, float]:
    if observed < 0 or expected < 0:
        raise ValueError(f"not a ratio: {observed} observed, {expected} expected")
    return prior.shape + observed, prior.rate + expected
