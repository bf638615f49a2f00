"""What a customer will spend per purchase, and what all his purchases to come are worth today."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from huasuan.methods.intervals import paired
from huasuan.methods.lifetime import Floats
from huasuan.methods.likelihood import lowest_point

_WEAK_CORRELATION = 0.3
"""Judgement: beyond it heavy buyers spend visibly more or less per purchase, and the model misjudges both kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendModel:
    """A fitted Gamma-Gamma model of the value of one purchase, in the unit of the values it was fitted on.

    ``correlation`` between the number of purchases and their mean value must be weak (``trustworthy``), else the
    product of expected purchases and expected value is wrong.
    """

    p: float
    q: float
    v: float
    correlation: float = 0.0
    log_likelihood: float | None = None

    @property
    def trustworthy(self) -> bool:
        """Whether purchases and their value are unrelated enough, and the mean of the population exists (q > 1)."""
        return abs(self.correlation) <= _WEAK_CORRELATION and self.q > 1

    @property
    def mean(self) -> float:
        """Value of a purchase of a customer of whom nothing is known. ``ValueError`` when the law has no mean."""
        if self.q <= 1:
            raise ValueError(f"the fitted law has no mean: q = {self.q}")
        return self.p * self.v / (self.q - 1)

    def expected(self, purchases: ArrayLike, mean_values: ArrayLike) -> Floats:
        """Value of the next purchase of each customer: his own mean, pulled to the population the fewer he made.

        ``purchases`` counted and their ``mean_values``; where no purchase was made, the value is the population's.
        """
        x, z = paired(purchases, mean_values)
        own = self.p * x / (self.p * x + self.q - 1)
        return np.asarray(own * z + (1 - own) * self.mean)


def fit_spend(purchases: ArrayLike, mean_values: ArrayLike) -> SpendModel:
    """Learn how the value of a purchase differs between customers and between purchases of one customer.

    One number of purchases and their mean value per customer; customers without purchases are left out, at least two
    with. Raises ``ValueError`` for fewer, or for a mean value that is not positive (net returns out beforehand, and
    drop customers who returned everything).

    Assumptions: (1) values of a customer's purchases follow a gamma law around his own mean, (2) means over customers
    follow an inverse gamma law, (3) the mean has nothing to do with how often he buys: see ``correlation``.

    Fader and Hardie, "The Gamma-Gamma model of monetary value", 2013; Colombo and Jiang, Journal of Interactive
    Marketing 13, 1999.
    """
    x, z = paired(purchases, mean_values)
    bought = x > 0
    x, z = x[bought], z[bought]
    if x.size < 2 or (z <= 0).any():
        raise ValueError("needs two customers with purchases, all of positive value")
    centre = float(np.log(np.average(z, weights=x)))

    def loss(point: Floats) -> float:
        p, q, v = np.exp(point)
        terms = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * np.log(v)
        terms += (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)
        return -float(np.sum(terms))

    bounds = [(-7.0, 9.0), (-7.0, 9.0), (centre - 12, centre + 12)]
    best = lowest_point(loss, [(1.0, 1.0, centre), (2.0, 1.5, centre - 1)], bounds)
    p, q, v = np.exp(best).tolist()
    return SpendModel(p=p, q=q, v=v, correlation=_correlation(x, z), log_likelihood=-loss(best))


def discounted_value(
    cumulative_purchases: ArrayLike, value_per_purchase: ArrayLike, *, margin: float, discount_per_period: float
) -> Floats:
    """What the purchases to come of each customer are worth today.

    ``cumulative_purchases``: customers x periods, purchases expected until the end of each period (a model's
    ``expected`` at 1, 2, ... periods); ``value_per_purchase``: one per customer; ``margin``: share of value that is
    profit; ``discount_per_period``: 0.01 = one percent per period. Money of a period is taken to come at its end.
    Returns one amount per customer in the unit of the values. ``ValueError`` for shapes that do not fit, or a
    discount of -1 or less.

    Assumptions: those of the models, (1) value and frequency are independent, (2) margin and discount stay fixed.
    Fader, Hardie and Lee, "RFM and CLV: using iso-value curves", Journal of Marketing Research 42, 2005.
    """
    cumulative = np.asarray(cumulative_purchases, dtype=np.float64)
    value = np.asarray(value_per_purchase, dtype=np.float64)
    if cumulative.ndim != 2 or value.shape != cumulative.shape[:1] or discount_per_period <= -1:
        raise ValueError(f"expected customers x periods and one value each: {cumulative.shape}, {value.shape}")
    per_period = np.diff(cumulative, axis=1, prepend=0.0)
    worth = (1 + discount_per_period) ** -np.arange(1.0, cumulative.shape[1] + 1)
    return np.asarray(margin * value * (per_period @ worth))


def _correlation(x: Floats, z: Floats) -> float:
    if x.std() == 0 or z.std() == 0:
        return 0.0
    return float(np.corrcoef(x, z)[0, 1])
