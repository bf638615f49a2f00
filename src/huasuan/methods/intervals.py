"""Intervals for rates, differences of rates and ratios of sums: how far chance alone may have moved a figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


class Reason(StrEnum):
    """Why there is no interval. The code is stable: screens translate it."""

    TOO_FEW_UNITS = "too_few_units"
    TOO_FEW_DEALS = "too_few_deals"
    ONE_DEAL_DOMINATES = "one_deal_dominates"
    ZERO_DENOMINATOR = "zero_denominator"
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A figure that must not be shown, with the reason and the number that was too small (or too large)."""

    reason: Reason
    found: float
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the range that holds the true value in ``level`` (0.95 = 95 %) of repetitions."""

    estimate: float
    low: float
    high: float
    level: float


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Interval of a rate, the default for every percentage (answered of dialled, sold of talked to).

    ``successes`` of ``trials``, 0 <= successes <= trials, trials >= 1. Returns rates in 0..1. Raises ``ValueError``
    for other counts: a rate of nothing is unknown, and the caller says so.

    Assumptions: (1) trials are independent, (2) they share one rate, (3) ``trials`` was not chosen by looking at the
    results. Repeated calls to one customer break (1): use the ratio of sums over customers there.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    _check_counts(successes, trials)
    rate = successes / trials
    z2 = _two_sided_z(level) ** 2
    centre = rate + z2 / (2 * trials)
    half = math.sqrt(z2 * (rate * (1 - rate) / trials + z2 / (4 * trials * trials)))
    scale = 1 + z2 / trials
    # At 0 and 1 the bound is exactly 0 and 1; rounding must not leave 1e-18 there.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == trials else (centre + half) / scale
    return Interval(estimate=rate, low=low, high=high, level=level)


def clopper_pearson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Interval of a rate that never covers less than it promises; wider than Wilson's, for audits.

    Arguments, errors and assumptions as ``wilson``. Clopper and Pearson, Biometrika 26, 1934.
    """
    _check_counts(successes, trials)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(special.betaincinv(successes + 1, trials - successes, 1 - tail))
    return Interval(estimate=successes / trials, low=low, high=high, level=level)


def jeffreys(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Interval of a rate as the posterior range under the prior Beta(1/2, 1/2).

    Arguments, errors and assumptions as ``wilson``; the bound at 0 or at all successes is 0 or 1.
    Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16, 2001.
    """
    _check_counts(successes, trials)
    tail = (1 - level) / 2
    a, b = successes + 0.5, trials - successes + 0.5
    low = 0.0 if successes == 0 else float(special.betaincinv(a, b, tail))
    high = 1.0 if successes == trials else float(special.betaincinv(a, b, 1 - tail))
    return Interval(estimate=successes / trials, low=low, high=high, level=level)


def newcombe_difference(
    successes_a: int, trials_a: int, successes_b: int, trials_b: int, *, level: float = 0.95
) -> Interval:
    """Interval of the difference of two rates, A minus B, in 0..1 points (0.05 = five percentage points).

    Errors as ``wilson``. Assumptions: those of ``wilson`` in each group, and (4) the groups share no trial.

    Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17,
    1998, method 10 (Wilson limits, no continuity correction).
    """
    a, b = wilson(successes_a, trials_a, level=level), wilson(successes_b, trials_b, level=level)
    difference = a.estimate - b.estimate
    return Interval(
        estimate=difference,
        low=difference - math.hypot(a.estimate - a.low, b.high - b.estimate),
        high=difference + math.hypot(a.high - a.estimate, b.estimate - b.low),
        level=level,
    )


def delta_ratio(
    numerators: ArrayLike, denominators: ArrayLike, *, fixed_denominator: float = 0.0, level: float = 0.95
) -> Interval | Unknown:
    """Quick interval of a ratio of two sums, such as talk minutes per lead or cost per call.

    ``numerators`` and ``denominators``: one number per unit (customer, lead), same length n >= 2, any unit of measure.
    ``fixed_denominator`` is added to the sum of denominators and does not vary (a monthly fee). Returns ``Unknown`` for
    fewer than two units, a zero denominator or when every unit is alike.

    Assumptions: (1) units are independent: all calls and deals of a customer are summed first, (2) the denominator
    sum is far from zero, (3) sums are nearly normal. With a few large deals (3) fails and too many intervals miss on
    the high side: use ``skewness_corrected_ratio`` or ``bootstrap.ratio_of_sums``.

    Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018; t with n - 1 degrees.
    """
    parts = _linearised(numerators, denominators, fixed_denominator)
    if isinstance(parts, Unknown):
        return parts
    half = float(special.stdtrit(parts.units - 1, (1 + level) / 2)) * parts.error
    return Interval(estimate=parts.ratio, low=parts.ratio - half, high=parts.ratio + half, level=level)


def skewness_corrected_ratio(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    fixed_denominator: float = 0.0,
    absent: int = 0,
    level: float = 0.95,
) -> Interval | Unknown:
    """Interval of a ratio of sums of money, where a few large deals pull: the delta method leaning the right way.

    Arguments, result and assumptions (1), (2) as ``delta_ratio``; instead of (3): the skewness of the units is finite
    and well enough estimated, which fails when one deal is most of the revenue (the caller's rule stops there). Needs
    no resampling, so it serves tables of many cells and millions of customers.

    ``absent``: how many units more there are, with 0 in both columns (customers who were called and bought nothing).
    Beside a fixed denominator they matter: of many who might have bought, how many did is chance too. A large number
    stands for "nobody knows how many", which gives the interval of a compound Poisson sum.

    Hall, "On the removal of skewness by transformation", JRSS B 54, 1992: the cubic that removes the skewness of the
    t statistic is increasing, hence exactly invertible; applied to the linearised ratio.
    """
    parts = _linearised(numerators, denominators, fixed_denominator, absent)
    if isinstance(parts, Unknown):
        return parts
    t = float(special.stdtrit(parts.units - 1, (1 + level) / 2))
    lean = parts.skewness / math.sqrt(parts.units)
    return Interval(
        estimate=parts.ratio,
        low=parts.ratio - _undo_skewness(t, lean) * parts.error,
        high=parts.ratio - _undo_skewness(-t, lean) * parts.error,
        level=level,
    )


def total_of_moments(total: float, squares: float, cubes: float, *, level: float = 0.95) -> Interval | Unknown:
    """Interval of a sum over customers of whom nobody knows how many there might have been, from three sums.

    total, squares, cubes: of what each customer brought, its square and its cube; a database adds them up for millions.
    Returns ``Unknown`` where nobody brought anything. It is what resampling customers gives (each drawn as often as
    Poisson's law says), and the limit of ``skewness_corrected_ratio`` for a fixed denominator of 1 and ``absent``
    without end; assumptions as there.
    """
    if squares <= 0:
        return Unknown(reason=Reason.NO_VARIATION, found=0.0, needed=1.0)
    z, error = _two_sided_z(level), math.sqrt(squares)
    lean = cubes / error**3
    return Interval(
        estimate=total,
        low=total - _undo_skewness(z, lean) * error,
        high=total - _undo_skewness(-z, lean) * error,
        level=level,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Linearised:
    """A ratio seen as a mean: its value, its standard error, the skewness of its units."""

    units: int
    ratio: float
    error: float
    skewness: float


def _linearised(
    numerators: ArrayLike, denominators: ArrayLike, fixed_denominator: float, absent: int = 0
) -> _Linearised | Unknown:
    y, x = paired(numerators, denominators)
    n = y.size + absent
    if n < 2:
        return Unknown(reason=Reason.TOO_FEW_UNITS, found=n, needed=2)
    total = float(x.sum()) + fixed_denominator
    if total == 0:
        return Unknown(reason=Reason.ZERO_DENOMINATOR, found=0.0, needed=1.0)
    ratio = float(y.sum()) / total
    residuals = (y - ratio * x) / total
    # Units with 0 in both columns have a residual of 0; they need not be written out to be counted.
    mean = float(residuals.sum()) / n
    residuals -= mean
    spread = math.sqrt((float(np.sum(residuals**2)) + absent * mean**2) / n)
    # Below rounding noise of the sums every unit is alike, and an interval of width 1e-17 would be a lie.
    if spread * n <= 1e-12 * abs(ratio):
        return Unknown(reason=Reason.NO_VARIATION, found=0.0, needed=1.0)
    skewness = (float(np.sum((residuals / spread) ** 3)) - absent * (mean / spread) ** 3) / n
    return _Linearised(units=n, ratio=ratio, error=n * spread / math.sqrt(n - 1), skewness=skewness)


def _undo_skewness(t: float, lean: float) -> float:
    """Solve ``s + lean s^2 / 3 + lean^2 s^3 / 27 + lean / 6 = t`` for s; s = t without skewness."""
    if abs(lean) < 1e-8:
        return t
    return 3 / lean * (math.cbrt(1 + lean * (t - lean / 6)) - 1)


def paired(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two columns of the same length as float arrays; ``ValueError`` when lengths differ or a number is not finite."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"expected two columns of one length, got shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a number is missing or infinite")
    return a, b


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values of several comparisons so that one false alarm among all stays rare.

    Returns the adjusted p-values in the order given. Assumes nothing about their dependence.
    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that among the comparisons called real only a small share is false.

    Returns the adjusted p-values in the order given. Assumes tests that are independent or positively dependent.
    Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    adjusted, running = [0.0] * len(p_values), 1.0
    for back, i in enumerate(order):
        running = min(running, p_values[i] * len(p_values) / (len(p_values) - back))
        adjusted[i] = running
    return adjusted


def _check_counts(successes: int, trials: int) -> None:
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"not a rate: {successes} of {trials}")


def _two_sided_z(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return float(special.ndtri((1 + level) / 2))
