"""How good scores were once the outcomes are known, and whether the world has moved since they were learnt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Ranking better than this does not happen with what is known before a call; something after it has crept in.
TOO_GOOD = 0.93
_BINS = 10
_SMALL = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well scores told buyers from others (S3-34).

    auc: chance that a buyer has the higher score of a random pair; None while all ended alike.
    calibration_error: mean distance of score and share of buyers, over ten bins of equal count.
    brier: mean squared distance of score and outcome.
    gains: share of all buyers within the best 10, 20 and 50 percent.
    rate: share of buyers; n: how many were scored.
    """

    n: int
    rate: float
    auc: float | None
    calibration_error: float
    brier: float
    gains: tuple[float, float, float]

    @property
    def too_good(self) -> bool:
        """Ranked better than anything known beforehand can: look for a feature that knows the outcome."""
        return self.auc is not None and self.auc > TOO_GOOD


def quality(scores: ArrayLike, outcomes: ArrayLike) -> Quality:
    """How good ``scores`` (0..1) were for ``outcomes`` (1 bought, 0 not), arrays of one length.

    Assumes (1) that every outcome had time to come in; (2) that no score saw its outcome.
    """
    given, bought = np.asarray(scores, float), np.asarray(outcomes, float)
    if given.shape != bought.shape or given.ndim != 1 or not given.size:
        raise ValueError("scores and outcomes must be two arrays of one length, not empty")
    buyers = float(bought.sum())
    best = bought[np.argsort(-given, kind="stable")]
    shares = [float(best[: round(len(best) * part)].sum() / buyers) if buyers else 0.0 for part in (0.1, 0.2, 0.5)]
    return Quality(
        n=len(given),
        rate=buyers / len(given),
        auc=_auc(given, bought, buyers),
        calibration_error=_calibration_error(given, bought),
        brier=float(np.mean((given - bought) ** 2)),
        gains=(shares[0], shares[1], shares[2]),
    )


def _auc(given: NDArray[np.float64], bought: NDArray[np.float64], buyers: float) -> float | None:
    """Mann and Whitney's statistic over all pairs; ties count half."""
    others = len(bought) - buyers
    if not buyers or not others:
        return None
    from scipy.stats import rankdata  # noqa: PLC0415  more than a second to load

    ranks = float(rankdata(given)[bought > 0].sum())
    return (ranks - buyers * (buyers + 1) / 2) / (buyers * others)


def _calibration_error(given: NDArray[np.float64], bought: NDArray[np.float64]) -> float:
    bins = np.array_split(np.argsort(given, kind="stable"), min(_BINS, len(given)))
    return float(sum(len(one) * abs(given[one].mean() - bought[one].mean()) for one in bins) / len(given))


def stability(before: ArrayLike, after: ArrayLike) -> float:
    """How far a feature or score has moved since the model was learnt: the population stability index.

    Below 0.1 nothing worth a look, 0.1 to 0.25 some, above 0.25 much. Bins are the tenths of ``before``, or its values
    if there are few; unknown (NaN) is a bin of its own. Assumes at least about a hundred values on either side.
    Source: N. Siddiqi, Credit Risk Scorecards, 2006.
    """
    old, new = np.asarray(before, float), np.asarray(after, float)
    if not old.size or not new.size:
        raise ValueError("nothing to compare")
    known = old[~np.isnan(old)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if known.size else np.empty(0)
    was, now = _shares(old, edges), _shares(new, edges)
    return float(np.sum((now - was) * np.log(now / was)))


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of each bin, the unknown last; an empty bin counts a little, or the logarithm had no value."""
    places = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
    counts = np.bincount(places, minlength=len(edges) + 2)
    return np.maximum(counts / len(values), _SMALL)
