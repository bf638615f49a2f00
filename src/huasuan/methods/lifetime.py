"""How often will a customer buy again, and is he still one? Buying without a contract, where leaving is silent.

BG/NBD and its variant MBG/NBD: a customer buys at his own rate until, after some purchase, he silently leaves. Value
per purchase is in ``lifetime_value``, the older Pareto/NBD as a check in ``lifetime_pareto``, contracts in
``retention``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from huasuan.methods.likelihood import lowest_point

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histories:
    """What is known of each customer: three columns of one length, times in one unit (weeks, say).

    ``repeats``: purchases after the first one; ``last``: time from the first purchase to the last, 0 without repeats;
    ``age``: time from the first purchase to now. Several purchases of one day count as one.
    """

    repeats: Floats
    last: Floats
    age: Floats

    def __post_init__(self) -> None:
        """Refuse histories that cannot have happened."""
        x, last, age = self.repeats, self.last, self.age
        if x.ndim != 1 or x.size == 0 or not x.shape == last.shape == age.shape:
            raise ValueError(f"expected three columns of one length, got {x.shape}, {last.shape}, {age.shape}")
        if not (np.isfinite(x).all() and np.isfinite(last).all() and np.isfinite(age).all()):
            raise ValueError("a number is missing or infinite")
        if (x < 0).any() or (last < 0).any() or (last > age).any() or ((x == 0) != (last == 0)).any():
            raise ValueError("a history is impossible: needs 0 <= last <= age, and last = 0 exactly without repeats")

    def counted(self) -> tuple["Histories", Floats]:
        """Each different history once, with the number of customers who share it: fitting then costs less."""
        rows = np.column_stack((self.repeats, self.last, self.age))
        distinct, counts = np.unique(rows, axis=0, return_counts=True)
        each = Histories(repeats=distinct[:, 0], last=distinct[:, 1], age=distinct[:, 2])
        return each, counts.astype(np.float64)


def histories(repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> Histories:
    """Histories from three columns of numbers; see ``Histories`` for their meaning and for what is refused."""
    return Histories(
        repeats=np.asarray(repeats, dtype=np.float64),
        last=np.asarray(last, dtype=np.float64),
        age=np.asarray(age, dtype=np.float64),
    )


class Leaving(StrEnum):
    """When a customer may leave: after each repeat purchase (BG/NBD), or after the first one too (MBG/NBD).

    BG/NBD thinks that everybody who bought once is still there; where many never buy again MBG/NBD is fairer.
    """

    AFTER_REPEATS = "bg_nbd"
    AFTER_EVERY_PURCHASE = "mbg_nbd"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyingModel:
    """A fitted BG/NBD or MBG/NBD model: rates are Gamma(r, alpha), chances of leaving Beta(a, b).

    Times of all questions are in the unit of the histories it was fitted on.
    """

    r: float
    alpha: float
    a: float
    b: float
    leaving: Leaving = Leaving.AFTER_REPEATS
    log_likelihood: float | None = None

    def expected_of_new(self, time: float) -> float:
        """Repeat purchases expected of a new customer within ``time`` of the first purchase."""
        start = self.b + self._early
        a = _beside_poles(self.a, start)
        z = time / (self.alpha + time)
        # Euler's transformation of 2F1 keeps every factor near 1, where the textbook form overflows.
        series = (1 - z) ** (a - 1) * hypergeometric(a + start - 1 - self.r, a - 1, a + start - 1, z)
        stays = self.b / (self.a + self.b) if self._early else 1.0
        return float(stays * (a + start - 1) / (a - 1) * (1 - series))

    def expected(self, known: Histories, time: float) -> Floats:
        """Purchases expected of each known customer within the next ``time``; one number per history."""
        start, x = self.b + self._early, known.repeats
        a = _beside_poles(self.a, start)
        z = time / (self.alpha + known.age + time)
        series = (1 - z) ** (a - 1) * hypergeometric(a + start - 1 - self.r, a - 1, a + start + x - 1, z)
        return np.asarray((a + start + x - 1) / (a - 1) * (1 - series) * self.alive(known))

    def alive(self, known: Histories) -> Floats:
        """Probability that each customer is still one; under BG/NBD 1 for those without a repeat purchase."""
        return np.asarray(special.expit(-self._log_odds_left(known)))

    def probability_of(self, repeats: int, time: float) -> float:
        """Probability that a new customer makes exactly so many repeat purchases within ``time``."""
        if repeats < 0 or time < 0:
            raise ValueError(f"not a count in a time: {repeats}, {time}")
        start, share = self.b + self._early, self.alpha / (self.alpha + time)
        whole = special.betaln(self.a, self.b)
        stayed = np.exp(special.betaln(self.a, start + repeats) - whole) * _negative_binomial(repeats, self.r, share)
        if repeats + self._early == 0:
            return float(stayed)
        at_least = 1.0 if repeats == 0 else float(special.betainc(repeats, self.r, 1 - share))
        left = np.exp(special.betaln(self.a + 1, start + repeats - 1) - whole) * at_least
        return float(stayed + left)

    def log_likelihoods(self, known: Histories) -> Floats:
        """Log of the probability (density) of each history under the model, up to a constant of the data."""
        x = known.repeats
        stayed = (
            special.gammaln(self.r + x)
            - special.gammaln(self.r)
            + self.r * np.log(self.alpha)
            + special.betaln(self.a, self.b + self._early + x)
            - special.betaln(self.a, self.b)
            - (self.r + x) * np.log(self.alpha + known.age)
        )
        return np.asarray(stayed + np.logaddexp(0, self._log_odds_left(known)))

    def _log_odds_left(self, known: Histories) -> Floats:
        """Log of the odds that a customer left right after the last purchase seen; -inf where he cannot have."""
        x = known.repeats
        possible = x + self._early > 0
        chances = np.where(possible, self.b + self._early + x - 1, 1.0)
        since = np.log(self.alpha + known.age) - np.log(self.alpha + known.last)
        return np.where(possible, np.log(self.a) - np.log(chances) + (self.r + x) * since, -np.inf)

    @property
    def _early(self) -> int:
        """One more chance to leave, right after the first purchase: the only difference of MBG/NBD."""
        return int(self.leaving is Leaving.AFTER_EVERY_PURCHASE)


def fit_buying(known: Histories, *, leaving: Leaving = Leaving.AFTER_REPEATS) -> BuyingModel:
    """Learn from histories how often customers buy and how soon they leave.

    Any number of customers; some hundred with a few repeat purchases among them are needed for stable numbers. Raises
    ``ValueError`` when nobody ever bought again.

    Assumptions: (1) while a customer, purchases come at random at a steady rate, (2) rates over customers follow a
    gamma law, (3) after a purchase a customer leaves with his own fixed chance, (4) chances follow a beta law, (5) rate
    and chance are independent, (6) no seasons and no campaigns: what was is what will be.

    Fader, Hardie and Lee, "Counting your customers the easy way", Marketing Science 24, 2005 (BG/NBD); Batislam,
    Denizel and Filiztekin, International Journal of Research in Marketing 24, 2007 (MBG/NBD).
    """
    if known.repeats.sum() == 0:
        raise ValueError("nobody ever bought again: how often they buy cannot be learnt")
    each, weights = known.counted()

    def model(point: Floats) -> BuyingModel:
        r, alpha, a, b = np.exp(point).tolist()
        return BuyingModel(r=r, alpha=alpha, a=a, b=b, leaving=leaving)

    def loss(point: Floats) -> float:
        return -float(weights @ model(point).log_likelihoods(each))

    pace = float(np.log(np.average(each.age, weights=weights) / 5))
    starts = [(-1.0, pace, 0.0, 0.5), (0.5, pace + 1, 0.0, 1.5)]
    best = lowest_point(loss, starts, [(-7, 7), (pace - 9, pace + 9), (-7, 7), (-7, 7)])
    return replace(model(best), log_likelihood=-loss(best))


def hypergeometric(a: Floats | float, b: float | Floats, c: Floats | float, z: Floats | float) -> Floats:
    """Gauss's 2F1(a, b; c; z) for 0 <= z < 1, also where c - a - b is a large whole number and scipy's overflows."""
    value = np.asarray(special.hyp2f1(a, b, c, z))
    # A neighbour of a differs in the ninth digit and is computed without the poles that cancel.
    return np.where(np.isfinite(value), value, special.hyp2f1(np.asarray(a) + 1e-9, b, c, z))


def _negative_binomial(count: int, r: float, share: float) -> float:
    log_ways = special.gammaln(r + count) - special.gammaln(r) - special.gammaln(count + 1)
    return float(np.exp(log_ways + r * np.log(share) + special.xlogy(count, 1 - share)))


def _beside_poles(a: float, start: float) -> float:
    """At a = 1 and at a + b = 1 the closed forms are 0 / 0; a neighbour gives the limit to seven digits."""
    return a + 2e-7 if min(abs(a - 1), abs(a + start - 1)) < 1e-7 else a
