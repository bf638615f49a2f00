"""Find the parameters under which the data seen are the most probable."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]


def lowest_point(
    loss: Callable[[Floats], float], starts: Sequence[Sequence[float]], bounds: Sequence[tuple[float, float]]
) -> Floats:
    """The point with the smallest loss (negative log-likelihood) inside the bounds.

    Every start is descended with L-BFGS-B; the best is polished with Nelder-Mead, which does not need the gradient
    that finite differences spoil on a flat likelihood. ``starts``: points of length k; ``bounds``: k pairs. Raises
    ``ValueError`` when the loss is not finite at any start.

    Assumption: the loss is smooth and one of the starts lies in the basin of its lowest point.
    """
    found = [optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min((result for result in found if np.isfinite(result.fun)), key=lambda result: result.fun, default=None)
    if best is None:
        raise ValueError("the likelihood is not finite at any start")
    low, high = np.asarray(bounds, dtype=np.float64).T
    polished = optimize.minimize(
        loss,
        np.clip(best.x, low, high),
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 4000, "maxfev": 8000},
    )
    winner = polished if polished.fun <= best.fun else best
    return np.asarray(winner.x, dtype=np.float64)
