"""Did the new script, hour or list do better, or was it luck? Comparing two arms of a randomised trial.

Order of questions: were units split as planned (``split_check``); then one of the comparisons. People look every day,
so the default for a running trial is ``sequential.anytime_valid``, which stays right however often one looks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from huasuan.methods.intervals import paired


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a trial in three numbers: units, mean, and sample variance of a unit. Units are what was randomised.

    The variance is per unit (not of the mean) and uses n - 1, except for rates, where it is p (1 - p).
    """

    n: int
    mean: float
    variance: float

    @property
    def error_squared(self) -> float:
        """Squared standard error of the mean."""
        return self.variance / self.n


def arm_of_sums(n: int, total: float, total_of_squares: float) -> Arm:
    """An arm from what a database can add up: n >= 2 units, the sum and the sum of squares of their values."""
    if n < 2:
        raise ValueError(f"an arm needs two units, got {n}")
    mean = total / n
    return Arm(n=n, mean=mean, variance=max(0.0, (total_of_squares - total * mean) / (n - 1)))


def arm_of_values(values: ArrayLike) -> Arm:
    """An arm from one value per unit, at least two."""
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size < 2 or not np.isfinite(y).all():
        raise ValueError(f"an arm needs two finite values, got shape {y.shape}")
    return Arm(n=y.size, mean=float(y.mean()), variance=float(y.var(ddof=1)))


def arm_of_counts(successes: int, trials: int) -> Arm:
    """An arm whose units succeed or not: 0 <= successes <= trials, at least two trials."""
    if trials < 2 or not 0 <= successes <= trials:
        raise ValueError(f"not an arm: {successes} of {trials}")
    rate = successes / trials
    return Arm(n=trials, mean=rate, variance=rate * (1 - rate))


def arm_of_ratio(numerators: ArrayLike, denominators: ArrayLike) -> Arm:
    """An arm whose figure is a ratio of sums (revenue per call) while leads were randomised, by the delta method.

    One numerator and one denominator per unit, at least two units; ``ValueError`` when the denominators sum to zero.
    Assumes many units, and a denominator the trial may change too. Deng, Knoblich and Lu, KDD 2018.
    """
    y, x = paired(numerators, denominators)
    if y.size < 2 or x.sum() == 0:
        raise ValueError(f"needs two units and a denominator, got {y.size} and {x.sum()}")
    ratio = float(y.sum() / x.sum())
    return Arm(n=y.size, mean=ratio, variance=float(((y - ratio * x) / x.mean()).var(ddof=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCheck:
    """Whether units arrived in the arms as planned; if not ``sound``, no result of the trial may be shown."""

    chi_square: float
    p_value: float
    sound: bool


def split_check(counts: Sequence[int], weights: Sequence[float], *, threshold: float = 0.001) -> SplitCheck:
    """Sample-ratio mismatch: are the arms as large as the planned split says?

    ``counts`` of units per arm, ``weights`` planned shares in any unit (50:50 is 1, 1), same length >= 2, positive.
    A p-value below ``threshold`` means that the assignment or the counting is broken. Assumption: units were assigned
    independently. Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019.
    """
    if len(counts) != len(weights) or len(counts) < 2 or min(weights) <= 0 or sum(counts) <= 0 or min(counts) < 0:
        raise ValueError(f"not a split: {counts} for weights {weights}")
    total, whole = sum(counts), math.fsum(weights)
    due = [total * weight / whole for weight in weights]
    chi_square = math.fsum((seen - plan) ** 2 / plan for seen, plan in zip(counts, due, strict=True))
    p_value = float(special.chdtrc(len(counts) - 1, chi_square))
    return SplitCheck(chi_square=chi_square, p_value=p_value, sound=p_value >= threshold)


def units_for_rates(rate_a: float, rate_b: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Units needed in each arm to notice that a rate goes from ``rate_a`` to ``rate_b`` (0..1, not equal).

    Two-sided test at ``alpha``; noticed in ``power`` of trials. Assumes equal arms, independent units, one look at
    the end. Fleiss, "Statistical Methods for Rates and Proportions", 1981 (no continuity correction).
    """
    if not (0 < rate_a < 1 and 0 < rate_b < 1) or rate_a == rate_b:
        raise ValueError(f"two different rates are needed: {rate_a}, {rate_b}")
    middle = (rate_a + rate_b) / 2
    under_null = _upper(alpha / 2) * math.sqrt(2 * middle * (1 - middle))
    under_effect = _upper(1 - power) * math.sqrt(rate_a * (1 - rate_a) + rate_b * (1 - rate_b))
    return math.ceil(((under_null + under_effect) / (rate_a - rate_b)) ** 2)


def units_for_means(deviation: float, difference: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Units needed in each arm to notice that a mean moves by ``difference``; ``deviation`` is that of one unit.

    Both in one unit of measure, deviation > 0, difference not 0. Test and assumptions as ``units_for_rates``; with a
    covariate of correlation r give deviation * sqrt(1 - r^2).
    """
    if deviation <= 0 or difference == 0:
        raise ValueError(f"needs a deviation and a difference: {deviation}, {difference}")
    return math.ceil(2 * ((_upper(alpha / 2) + _upper(1 - power)) * deviation / difference) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """B against A: the difference (or the relative lift, 0.1 = 10 %), its standard error, interval and p-value.

    ``p_value`` is for one look at a size fixed beforehand.
    """

    estimate: float
    error: float
    low: float
    high: float
    p_value: float
    level: float


def welch(a: Arm, b: Arm, *, level: float = 0.95) -> Comparison:
    """Difference of two means, B minus A, when the trial ended at its planned size.

    Raises ``ValueError`` when no unit differs from another. Assumptions: (1) units are independent, (2) means are
    nearly normal (thousands of units for money), (3) nobody stopped the trial because of its result.

    Welch, "The generalization of Student's problem", Biometrika 34, 1947.
    """
    error = math.sqrt(a.error_squared + b.error_squared)
    return _t_comparison(b.mean - a.mean, error, _welch_degrees(a, b), level)


def relative_lift(a: Arm, b: Arm, *, level: float = 0.95, plain_means: tuple[float, float] | None = None) -> Comparison:
    """How much better B is than A, as a share of A: mean of B over mean of A, less one.

    After ``cuped``, ``plain_means`` are the means of A and B before adjustment: the adjusted ones give the difference,
    the plain ones the level it is compared with. Raises ``ValueError`` when A's mean is zero. Assumptions as ``welch``,
    and (4) A's mean is several standard errors from zero.

    Delta method: var = v_B / (n_B m^2) + v_A m_B^2 / (n_A m^4); degrees of freedom as Welch's.
    """
    below, above = plain_means or (a.mean, b.mean)
    if below == 0:
        raise ValueError("A's mean is zero: no share of it can be given")
    difference = b.mean - a.mean
    variance = b.error_squared / below**2 + a.error_squared * above**2 / below**4
    return _t_comparison(difference / below, math.sqrt(variance), _welch_degrees(a, b), level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covaried:
    """One arm with a figure known of each unit before the trial (last month's calls): moments of both, and together.

    ``variance``, ``earlier_variance`` and ``covariance`` are per unit with n - 1.
    """

    n: int
    mean: float
    variance: float
    earlier_mean: float
    earlier_variance: float
    covariance: float


def covaried_of_values(values: ArrayLike, earlier: ArrayLike) -> Covaried:
    """An arm with its earlier figure, from one pair of values per unit; at least two units."""
    y, x = paired(values, earlier)
    return covaried_of_sums(
        y.size, float(y.sum()), float(y @ y), float(x.sum()), float(x @ x), total_of_products=float(x @ y)
    )


def covaried_of_sums(
    n: int,
    total: float,
    total_of_squares: float,
    earlier_total: float,
    earlier_total_of_squares: float,
    *,
    total_of_products: float,
) -> Covaried:
    """An arm with its earlier figure, from what a database can add up; at least two units."""
    now, before = arm_of_sums(n, total, total_of_squares), arm_of_sums(n, earlier_total, earlier_total_of_squares)
    return Covaried(
        n=n,
        mean=now.mean,
        variance=now.variance,
        earlier_mean=before.mean,
        earlier_variance=before.variance,
        covariance=(total_of_products - total * before.mean) / (n - 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Two arms after the earlier figure explained its part: ``removed`` (0..1) is the share of variance explained.

    Feed ``a`` and ``b`` to ``welch``, or to ``relative_lift`` with the plain means of both arms.
    """

    a: Arm
    b: Arm
    theta: float
    removed: float


def cuped(a: Covaried, b: Covaried) -> Adjusted:
    """Take out of a trial what was already known of each unit before it, which narrows the interval for free.

    Variance falls by the share ``removed`` = squared correlation, so a weak covariate brings nothing: show it. Without
    spread in the earlier figure nothing is removed. Assumptions: those of ``welch``, and (4) the earlier figure was
    fixed before assignment; one that the trial can move biases the result.

    Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments", WSDM 2013; theta is
    that of both arms taken as one sample.
    """
    n = a.n + b.n
    middle, earlier = (a.n * a.mean + b.n * b.mean) / n, (a.n * a.earlier_mean + b.n * b.earlier_mean) / n
    spread = _together(
        (a.n, a.earlier_variance, (a.earlier_mean - earlier) ** 2),
        (b.n, b.earlier_variance, (b.earlier_mean - earlier) ** 2),
    )
    shared = _together(
        (a.n, a.covariance, (a.mean - middle) * (a.earlier_mean - earlier)),
        (b.n, b.covariance, (b.mean - middle) * (b.earlier_mean - earlier)),
    )
    theta = shared / spread if spread > 0 else 0.0
    arms = [_without_earlier(arm, theta, earlier) for arm in (a, b)]
    before = a.variance / a.n + b.variance / b.n
    after = sum(arm.error_squared for arm in arms)
    return Adjusted(a=arms[0], b=arms[1], theta=theta, removed=1 - after / before if before > 0 else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What is known of two rates after the trial: is B better, and what would be lost on average by a wrong choice."""

    b_is_better: float
    loss_choosing_a: float
    loss_choosing_b: float


def beta_binomial(
    successes_a: int, trials_a: int, successes_b: int, trials_b: int, *, prior: tuple[float, float] = (1.0, 1.0)
) -> Odds:
    """Probability that B's rate is above A's, with the expected loss (in rate points) of choosing either.

    ``prior`` is the beta law of either rate before the trial, uniform by default. Raises ``ValueError`` for impossible
    counts. A display beside a test, not a stopping rule. Assumptions: (1) trials are independent, (2) the arms are
    independent, (3) the prior is honest.

    Exact for any prior: P(B > A) = integral of the law of B times the distribution of A; expected loss E max(A - B, 0)
    = m_A P(A+ > B) - m_B P(A > B+), where + means one more success (Stucchio, "Bayesian A/B testing at VWO", 2015).
    """
    if not (0 <= successes_a <= trials_a and 0 <= successes_b <= trials_b):
        raise ValueError(f"not rates: {successes_a} of {trials_a}, {successes_b} of {trials_b}")
    a = (prior[0] + successes_a, prior[1] + trials_a - successes_a)
    b = (prior[0] + successes_b, prior[1] + trials_b - successes_b)
    mean_a, mean_b = a[0] / sum(a), b[0] / sum(b)
    more_a, more_b = (a[0] + 1, a[1]), (b[0] + 1, b[1])
    return Odds(
        b_is_better=_chance_above(b, a),
        loss_choosing_a=max(0.0, mean_b * _chance_above(more_b, a) - mean_a * _chance_above(b, more_a)),
        loss_choosing_b=max(0.0, mean_a * _chance_above(more_a, b) - mean_b * _chance_above(a, more_b)),
    )


def _chance_above(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(one > other) for two beta laws, integrated over the narrower one, on which the other is smooth."""
    if _spread_of_logit(one) > _spread_of_logit(other):
        return 1 - _chance_above(other, one)
    a, b = one
    # On the logit scale the law falls off exponentially on both sides, where equal steps are exact to rounding.
    width = 9 * _spread_of_logit(one)
    t = np.linspace(-width - 45 / a, width + 45 / b, 1500) + math.log(a / b)
    weights = np.exp(-a * np.logaddexp(0, -t) - b * np.logaddexp(0, t) - special.betaln(a, b))
    x = special.expit(t)
    return float(np.sum(weights * special.betainc(other[0], other[1], x)) / np.sum(weights))


def _spread_of_logit(law: tuple[float, float]) -> float:
    return math.sqrt(1 / law[0] + 1 / law[1])


def _together(*groups: tuple[int, float, float]) -> float:
    """(Co)variance of several groups as one: (n, within, squared distance of the group's mean) each."""
    n = sum(count for count, _, _ in groups)
    return math.fsum((count - 1) * within + count * between for count, within, between in groups) / (n - 1)


def _without_earlier(arm: Covaried, theta: float, earlier: float) -> Arm:
    variance = arm.variance - 2 * theta * arm.covariance + theta**2 * arm.earlier_variance
    return Arm(n=arm.n, mean=arm.mean - theta * (arm.earlier_mean - earlier), variance=max(0.0, variance))


def _welch_degrees(a: Arm, b: Arm) -> float:
    both = a.error_squared + b.error_squared
    if both == 0:
        raise ValueError("no unit differs from another: there is no chance error to compare with")
    return both**2 / (a.error_squared**2 / (a.n - 1) + b.error_squared**2 / (b.n - 1))


def _t_comparison(estimate: float, error: float, degrees: float, level: float) -> Comparison:
    half = float(special.stdtrit(degrees, (1 + level) / 2)) * error
    p_value = 2 * float(special.stdtr(degrees, -abs(estimate) / error))
    return Comparison(
        estimate=estimate, error=error, low=estimate - half, high=estimate + half, p_value=p_value, level=level
    )


def _upper(tail: float) -> float:
    return -float(special.ndtri(tail))
