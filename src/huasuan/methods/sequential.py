"""Looking at a running trial without fooling oneself: intervals that hold at every look, and bounds for a few looks."""

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from huasuan.methods.experiments import Comparison
from huasuan.methods.intervals import Interval

_FEWEST_NODES, _MOST_NODES = 120, 900
"""Points of the grid between the bounds; with ten per standard deviation of a step about ten digits are right."""


def anytime_valid(comparison: Comparison, *, units: int, tightest_at: int, level: float = 0.95) -> Interval:
    """Interval of a running trial that one may look at every day and stop at will: the default for every trial.

    ``comparison`` gives the estimate and its standard error (``welch`` or ``relative_lift``); ``units`` of both arms so
    far; ``tightest_at`` the number of units, chosen beforehand, at which the interval should be narrowest (the size
    expected). Raises ``ValueError`` for sizes below one. Wider than a fixed-size interval: the price of looking.

    Assumptions: (1) units are independent and come in random order, (2) the estimate is nearly normal from the first
    look on (some hundred units), (3) ``tightest_at`` does not depend on the results.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
    sequences", Annals of Statistics 52, 2024; rho as proposed there for a chosen size.
    """
    if units < 1 or tightest_at < 1 or not 0 < level < 1:
        raise ValueError(f"needs sizes and a level: {units}, {tightest_at}, {level}")
    alpha = 1 - level
    rho2 = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tightest_at
    grown = units * rho2 + 1
    factor = 2 * grown / (units**2 * rho2) * math.log(math.sqrt(grown) / alpha)
    half = comparison.error * math.sqrt(units) * math.sqrt(factor)
    return Interval(
        estimate=comparison.estimate, low=comparison.estimate - half, high=comparison.estimate + half, level=level
    )


def crossing_probability(bounds: Sequence[float], information: Sequence[float] | None = None) -> float:
    """Probability that a trial without any effect crosses a bound at some look: the true error of peeking.

    ``bounds``: |z| at each look that counts as "significant", positive; ``information``: units seen at each look, any
    unit, rising (default: equal steps). Raises ``ValueError`` for other looks, and for two that nearly coincide.
    Assumes normal, independent increments.

    Armitage, McPherson and Rowe, "Repeated significance tests on accumulating data", JRSS A 132, 1969.
    """
    seen = np.arange(1.0, len(bounds) + 1) if information is None else np.asarray(information, dtype=np.float64)
    if len(bounds) == 0 or seen.size != len(bounds) or min(bounds) <= 0 or (np.diff(seen, prepend=0.0) <= 0).any():
        raise ValueError(f"needs one positive bound per rising look: {bounds}, {information}")
    points, mass = _grid(bounds[0], float(seen[0]), float(seen[0]))
    density = _normal_density(points, float(seen[0]))
    for bound, before, now in zip(bounds[1:], seen[:-1], seen[1:], strict=True):
        next_points, next_mass = _grid(bound, float(now), float(now - before))
        steps = _normal_density(next_points[:, None] - points[None, :], float(now - before))
        density = steps @ (density * mass)
        points, mass = next_points, next_mass
    return 1 - float(density @ mass)


def _grid(bound: float, now: float, step: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and weights between the bounds on the sum of observations, fine enough for the coming step."""
    edge = bound * math.sqrt(now)
    count = max(_FEWEST_NODES, math.ceil(10 * edge / math.sqrt(step)))
    if count > _MOST_NODES:
        raise ValueError("two looks nearly coincide: needs more units between them")
    nodes, weights = _legendre(count)
    return nodes * edge, weights * edge


@cache
def _legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def pocock_bounds(looks: int, *, alpha: float = 0.05) -> list[float]:
    """The same |z| at each of ``looks`` equally spaced looks, so that all together err in ``alpha`` of null trials.

    Assumptions as ``crossing_probability``, and the number of looks is fixed beforehand. Two-sided.
    Pocock, "Group sequential methods in the design and analysis of clinical trials", Biometrika 64, 1977.
    """
    return _bounds_of_shape(looks, alpha, lambda _: 1.0)


def obrien_fleming_bounds(looks: int, *, alpha: float = 0.05) -> list[float]:
    """Bounds C sqrt(K / k) on |z| that are strict at early looks and almost the plain test at the last.

    Assumptions as ``pocock_bounds``; the constant C is the last bound.
    O'Brien and Fleming, "A multiple testing procedure for clinical trials", Biometrics 35, 1979.
    """
    return _bounds_of_shape(looks, alpha, lambda look: math.sqrt(looks / look))


def _bounds_of_shape(looks: int, alpha: float, shape: Callable[[int], float]) -> list[float]:
    if looks < 1 or not 0 < alpha < 1:
        raise ValueError(f"needs a look and an alpha: {looks}, {alpha}")
    form = [shape(look) for look in range(1, looks + 1)]
    # One look is the least the constant can be, Bonferroni the most.
    least, most = -float(special.ndtri(alpha / 2)), -float(special.ndtri(alpha / (2 * looks)))
    if looks == 1:
        return [least]

    def excess(constant: float) -> float:
        return crossing_probability([constant * part for part in form]) - alpha

    constant = float(optimize.brentq(excess, least, most, xtol=1e-10))
    return [constant * part for part in form]


def _normal_density(values: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    return np.exp(-(values**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
