"""The older model of silent leaving, as a check on ``lifetime``: customers may leave at any time."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from huasuan.methods.lifetime import Floats, Histories, hypergeometric
from huasuan.methods.likelihood import lowest_point


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoModel:
    """A fitted Pareto/NBD model: buying rates are Gamma(r, alpha), leaving rates Gamma(s, beta).

    Times of all questions are in the unit of the histories it was fitted on.
    """

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float | None = None

    def expected_of_new(self, time: float) -> float:
        """Repeat purchases expected of a new customer within ``time`` of the first purchase."""
        return float(self.r / self.alpha * self._time_as_customer(self.beta, time))

    def expected(self, known: Histories, time: float) -> Floats:
        """Purchases expected of each known customer within the next ``time``; one number per history."""
        rate = (self.r + known.repeats) / (self.alpha + known.age)
        return np.asarray(rate * self._time_as_customer(self.beta + known.age, time) * self.alive(known))

    def alive(self, known: Histories) -> Floats:
        """Probability that each customer is still one."""
        stayed, left = self._log_parts(known)
        return np.asarray(special.expit(stayed - left))

    def log_likelihoods(self, known: Histories) -> Floats:
        """Log of the probability (density) of each history under the model, up to a constant of the data."""
        rates = special.gammaln(self.r + known.repeats) - special.gammaln(self.r)
        scales = self.r * np.log(self.alpha) + self.s * np.log(self.beta)
        return np.asarray(rates + scales + np.logaddexp(*self._log_parts(known)))

    def _time_as_customer(self, beta: Floats | float, time: float) -> Floats:
        """Mean time until leaving or the horizon: ``beta / (s - 1) (1 - (beta / (beta + t)) ^ (s - 1))``."""
        growth = np.log1p(time / np.asarray(beta))
        # relative exponential: no 0 / 0 at s = 1, where the time is beta ln(1 + t / beta)
        return np.asarray(beta * growth * special.exprel(-(self.s - 1) * growth))

    def _log_parts(self, known: Histories) -> tuple[Floats, Floats]:
        """Logs of the two parts of the likelihood: still a customer, and left between the last purchase and now."""
        x = known.repeats
        stayed = -(self.r + x) * np.log(self.alpha + known.age) - self.s * np.log(self.beta + known.age)
        early, late = self._log_tail(x, known.last), self._log_tail(x, known.age)
        with np.errstate(divide="ignore"):  # last purchase just now: no time to have left, log 0
            left = np.log(self.s / (self.r + self.s + x)) + early + np.log(-np.expm1(np.minimum(late - early, 0.0)))
        return stayed, left

    def _log_tail(self, x: Floats, time: Floats) -> Floats:
        """Log of (r+s+x) times the integral of (alpha + u)^-(r+x) (beta + u)^-(s+1) over u > time.

        Expanded in 2F1 of the larger scale, where it converges; Euler's transformation turns the textbook
        2F1(r+s+x, ...) into 2F1(1, ...), which grows slowly for heavy buyers.
        """
        total = self.r + self.s + x
        if self.alpha >= self.beta:
            z = (self.alpha - self.beta) / (self.alpha + time)
            series = hypergeometric(1.0, self.r + x, total + 1, z)
            return np.asarray(-self.s * np.log1p(-z) + np.log(series) - total * np.log(self.alpha + time))
        z = (self.beta - self.alpha) / (self.beta + time)
        series = hypergeometric(1.0, self.s + 1, total + 1, z)
        return np.asarray((1 - self.r - x) * np.log1p(-z) + np.log(series) - total * np.log(self.beta + time))


def fit_pareto(known: Histories) -> ParetoModel:
    """Learn from histories how often customers buy and how soon they leave, under the Pareto/NBD model.

    Size and errors as ``lifetime.fit_buying``; takes a few seconds per 10,000 different histories. Assumptions:
    (1) while a customer, purchases come at random at a steady rate, (2) customers leave at random at a steady rate,
    (3) both rates follow gamma laws over customers, (4) they are independent, (5) no seasons and no campaigns.

    Schmittlein, Morrison and Colombo, "Counting your customers", Management Science 33, 1987; likelihood as in Fader
    and Hardie, "A note on deriving the Pareto/NBD model and related expressions", 2005.
    """
    if known.repeats.sum() == 0:
        raise ValueError("nobody ever bought again: how often they buy cannot be learnt")
    each, weights = known.counted()

    def model(point: Floats) -> ParetoModel:
        r, alpha, s, beta = np.exp(point).tolist()
        return ParetoModel(r=r, alpha=alpha, s=s, beta=beta)

    def loss(point: Floats) -> float:
        return -float(weights @ model(point).log_likelihoods(each))

    pace = float(np.log(np.average(each.age, weights=weights) / 3))
    starts = [(-0.5, pace, -0.5, pace + 0.1), (0.0, pace, -1.0, pace - 1)]
    best = lowest_point(loss, starts, [(-7, 7), (pace - 9, pace + 9), (-7, 7), (pace - 9, pace + 9)])
    return replace(model(best), log_likelihood=-loss(best))
