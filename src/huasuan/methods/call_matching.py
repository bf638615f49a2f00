"""Which visit a call came from, as probabilities: whoever saw the number competes by how likely he calls just then."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What a visitor was doing when the call came, and the seconds since: page open since …, closed since …, link pressed
# since …. Each edge begins a cell; the last one of each ends with REACH_SECONDS or where the link's press is forgotten.
OPEN_EDGES = (0, 8, 16, 24, 32, 45, 60, 90, 120, 180, 240, 360, 600, 1200)
LEFT_EDGES = (0, 8, 16, 30, 50, 80, 120, 200, 400, 900, 2400, 7200, 21_600, 86_400)
TAPPED_EDGES = (0, 2, 4, 7, 10, 15, 20, 30, 45, 90)
TAPPED_SECONDS = 300
REACH_SECONDS = 3 * 86_400
CELLS = len(OPEN_EDGES) + len(LEFT_EDGES) + len(TAPPED_EDGES)
# Beginnings of a business without calls of its own: a visitor in fifty calls, mostly while reading; a press nearly
# always becomes a call; a number is called out of the blue once in some weeks.
_OPEN = (1e-5, 2e-5, 3e-5, 5e-5, 7e-5, 9e-5, 1e-4, 1e-4, 9e-5, 8e-5, 6e-5, 4e-5, 2e-5, 5e-6)
_LEFT = (8e-5, 8e-5, 7e-5, 6e-5, 4e-5, 2e-5, 1e-5, 7e-6, 5e-6, 2e-6, 6e-7, 2e-7, 8e-8, 2e-8)
_TAPPED = (9e-2, 8e-2, 7e-2, 5e-2, 3e-2, 1e-2, 4e-3, 1e-3, 3e-4, 1e-4)
_OWN_REGION = 0.5
SMALLEST_PART = 1e-4
_ROUNDS, _SETTLED = 200, 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchModel:
    """Calls a second of one visitor in each cell, and of nobody's visit for each number.

    ``own_region``: how often a visitor calls with a number of the region the visit was from, 0..1; ``regions``: what
    part of all calls is from each region.
    """

    rates: tuple[float, ...] = (*_OPEN, *_LEFT, *_TAPPED)
    background: float = 5e-7
    own_region: float = 0.0
    regions: tuple[tuple[str, float], ...] = ()


UNTAUGHT = MatchModel()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchData:
    """Candidates of many calls, one row each, and how long visitors were in each cell.

    call: (n,) number of the call, rising. cell: (n,) number of the cell. same: (n,) 1 where caller and visit are of one
    region, 0 of two, -1 unknown. part: (n,) the part of all calls that is from the caller's region, 0..1. calls: how
    many calls there are, those without any candidate included. seconds: (CELLS,) time spent in each cell by all
    visitors; number_seconds: time all numbers could be called.
    regions: each with its part of all calls.
    """

    call: NDArray[np.int64]
    cell: NDArray[np.int64]
    same: NDArray[np.int64]
    part: NDArray[np.float64]
    calls: int
    seconds: NDArray[np.float64]
    number_seconds: float
    regions: tuple[tuple[str, float], ...] = ()


def fit_matching(data: MatchData, *, start: MatchModel | None = None, weight: float = 1.0) -> MatchModel:
    """The rates at which visitors of each cell call, learned from calls whose visitor nobody has told.

    Expectation and maximisation (Dempster, Laird and Rubin 1977) for competing Poisson processes with rates that are
    constant within a cell. Assumptions: (1) visitors call independently of one another; (2) a visitor's rate depends
    on its cell and on whether the regions agree alone; (3) calls out of the blue come evenly over numbers and time.
    ``weight``: how many seen calls the rates beside a cell stand for in it, since rates change slowly. It is small:
    where the rate falls steeply the cells beside would say too much, and every match would sound less sure than it is.
    """
    first = start or UNTAUGHT
    prior = np.array(first.rates)
    rates, background, own = prior.copy(), first.background, first.own_region or _OWN_REGION
    known, same = data.same >= 0, data.same == 1
    part = np.maximum(data.part, SMALLEST_PART)
    for _ in range(_ROUNDS):
        pull = rates[data.cell] * np.where(known, np.where(same, (own + (1 - own) * part) / part, 1 - own), 1.0)
        total = np.bincount(data.call, weights=pull, minlength=data.calls) + background
        share = pull / total[data.call]
        nobody = float((background / total).sum())
        came = np.bincount(data.cell, weights=share, minlength=CELLS)
        before = rates
        likely = _between(before)
        rates = (came + weight) / (data.seconds + weight / likely)
        background = (nobody + weight) / (data.number_seconds + weight / first.background)
        # Of one region by chance, or because it is the same person.
        really = share[same] * own / (own + (1 - own) * part[same])
        # Two made-up pairs keep a region that was never seen to differ from ruling visits out.
        own = (float(really.sum()) + 2 * _OWN_REGION) / (float(share[known].sum()) + 2)
        if float(np.abs(np.log(rates) - np.log(before)).max()) < _SETTLED:
            break
    return MatchModel(
        rates=tuple(float(rate) for rate in rates),
        background=float(background),
        own_region=float(own),
        regions=data.regions,
    )


def _between(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the cells on either side let expect of each cell."""
    logs = np.log(rates)
    parts = []
    for part in np.split(logs, (len(OPEN_EDGES), len(OPEN_EDGES) + len(LEFT_EDGES))):
        wide = np.concatenate([part[:1], part, part[-1:]])
        parts.append((wide[:-2] + wide[2:]) / 2)
    found: NDArray[np.float64] = np.exp(np.concatenate(parts))
    return found


def cell_bounds() -> Sequence[tuple[str, int, int]]:
    """State, first and last second of every cell, in their order."""
    found: list[tuple[str, int, int]] = []
    for state, edges, end in (
        ("open", OPEN_EDGES, REACH_SECONDS),
        ("left", LEFT_EDGES, REACH_SECONDS),
        ("tapped", TAPPED_EDGES, TAPPED_SECONDS),
    ):
        found.extend((state, low, high) for low, high in zip(edges, (*edges[1:], end), strict=True))
    return found
