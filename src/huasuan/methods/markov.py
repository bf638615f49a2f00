"""Channels as states of a Markov chain: what share of conversions would be lost if one were taken away."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from huasuan.methods.attribution import Credit, credit, last_touch
from huasuan.methods.paths import Floats, Paths, Places

FELL_BACK = "nothing is lost without any one channel: credit by the last touch"
NO_NULLS = "no path without a conversion was given: removal effects are of converters only"
_LONGEST_MEMORY = 3
_DIRECTLY = 3000
"""States up to which one factorisation serves all channels."""
_STILL = 1e-16
_AT_ONCE = 4_000_000
"""Numbers of one batch of solutions held in memory."""


def markov_credit(found: Paths, order: int = 1) -> Credit:
    """Credit in proportion to removal effects, solved exactly, without simulation.

    ``order``: how many of the last touches the next step depends on.

    States: start, the channels (tuples of them for ``order`` 2 and 3), conversion, null. Transitions are counted over
    converting and non-converting paths. The chance to convert is p = s (I - Q)^-1 r. Taking channel c away sends every
    step into it to null; the removal effect is the share of p that is lost, and credit is in proportion to it.
    Where p or all effects are 0, the last touch is credited, and ``notes`` say so.

    What is lost without c is the chance to come to c at all, times the chance to convert from there. Both follow from
    one factorisation of I - Q, so no system is solved anew for every channel. Beyond 3,000 states (a long
    memory of many channels) the same equations are iterated to the last digit instead.

    Assumptions: (1) the next step depends on the last ``order`` touches only, (2) whoever would have come to a removed
    channel is lost, (3) paths of people who did not convert are given; without them effects are those of converters.
    It is observational: it does not tell what would happen, see docs/journeys.md.

    Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey", IJRM 33, 2016; Kemeny and Snell,
    "Finite Markov chains", 1960 (absorbing chains). Raises ``ValueError`` for an order other than 1, 2, 3.
    """
    if order not in range(1, _LONGEST_MEMORY + 1):
        raise ValueError(f"the order is 1, 2 or 3, not {order}")
    chain = _chain(found, order)
    reached, lost = _solve(chain, len(found.channels))
    notes = () if found.nulls.any() else (NO_NULLS,)
    if reached <= 0 or lost.sum() <= 0:
        return replace(credit(found, last_touch), removal=lost, notes=(*notes, FELL_BACK))
    shares = lost / lost.sum()
    return Credit(
        channels=found.channels,
        conversions=shares * found.conversions.sum(),
        value=shares * found.value.sum(),
        removal=lost / reached,
        notes=notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chain:
    """Chances to go from state to state, from start to a state, and from a state to conversion.

    last: the channel each state is at.
    """

    steps: sparse.csc_array
    starts: Floats
    converts: Floats
    last: NDArray[np.int32]


def _chain(found: Paths, order: int) -> _Chain:
    weights = found.conversions + found.nulls
    states, last = _states(found, order)
    owners, size = found.owners, last.size
    counted = weights[owners]
    through = np.bincount(states, weights=counted, minlength=size)
    inner = np.ones(states.size, dtype=np.bool_)
    inner[found.lasts] = False
    here = np.flatnonzero(inner)
    safe = np.where(through > 0, through, 1.0)
    steps = sparse.csc_array(
        sparse.coo_array((counted[here] / safe[states[here]], (states[here], states[here + 1])), shape=(size, size))
    )
    starts = np.bincount(states[found.firsts], weights=weights, minlength=size) / max(weights.sum(), 1e-300)
    ended = np.bincount(states[found.lasts], weights=found.conversions, minlength=size)
    return _Chain(steps=steps, starts=starts, converts=ended / safe, last=last)


def _states(found: Paths, order: int) -> tuple[Places, NDArray[np.int32]]:
    """The state at each touch: it and up to ``order - 1`` touches before; and the channel of each state."""
    base = len(found.channels) + 1
    codes = found.touches.astype(np.int64) + 1
    since_first = np.arange(found.touches.size) - np.repeat(found.firsts, found.lengths)
    tuples = codes.copy()
    for back in range(1, order):
        if base ** (order + 1) >= 2**62:
            raise ValueError(f"{base - 1} channels are too many for order {order}")
        earlier = np.zeros_like(codes)
        earlier[back:] = codes[:-back]
        tuples += np.where(since_first >= back, earlier, 0) * base**back
    kinds, states = np.unique(tuples, return_inverse=True)
    return states, (kinds % base - 1).astype(np.int32)


def _solve(chain: _Chain, channels: int) -> tuple[float, Floats]:
    """The chance to convert, and how much of it is lost without each channel."""
    if chain.last.size == 0 or not chain.starts.any():
        return 0.0, np.zeros(channels)
    if chain.last.size > _DIRECTLY:
        return _solve_by_steps(chain, channels)
    lost = np.zeros(channels)
    factors = splu(sparse.csc_array(sparse.identity(chain.last.size, format="csc") - chain.steps))
    from_here = factors.solve(chain.converts)
    visits = factors.solve(chain.starts, trans="T")
    for channel in range(channels):
        mine = np.flatnonzero(chain.last == channel)
        if mine.size:
            # Visits of a set of states = first arrivals there, each followed by the visits that begin at it.
            arrivals = np.linalg.solve(_returns(factors, mine, chain.last.size).T, visits[mine])
            lost[channel] = max(float(arrivals @ from_here[mine]), 0.0)
    return float(chain.starts @ from_here), lost


def _solve_by_steps(chain: _Chain, channels: int) -> tuple[float, Floats]:
    """The same for very many states: x = r + Q x, walked until not one digit moves; all channels side by side.

    Every step is one more touch that can still lead to a conversion, so the sum of what is left out shrinks to nothing.
    """
    states, steps = chain.last.size, chain.steps.tocsr()
    reached, lost = 0.0, np.zeros(channels)
    batch = max(1, _AT_ONCE // states)
    for begin in range(-1, channels, batch):
        gone = np.arange(begin, min(begin + batch, channels))  # -1: nothing is taken away
        barred = chain.last[:, None] == gone[None, :]
        open_ended = np.where(barred, 0.0, chain.converts[:, None])
        found, moved = open_ended, 1.0
        while moved > _STILL:
            after = np.where(barred, 0.0, open_ended + steps @ found)
            moved, found = float(np.abs(after - found).max()), after
        chances = chain.starts @ found
        if begin == -1:
            reached = float(chances[0])
        for column, channel in enumerate(gone.tolist()):
            if channel >= 0:
                lost[channel] = max(reached - float(chances[column]), 0.0)
    return reached, lost


def _returns(factors: object, mine: Places, size: int) -> Floats:
    """Expected visits of each of these states from each of them."""
    found = np.empty((mine.size, mine.size))
    batch = max(1, _AT_ONCE // size)
    for begin in range(0, mine.size, batch):
        some = mine[begin : begin + batch]
        units = np.zeros((size, some.size))
        units[some, np.arange(some.size)] = 1.0
        found[:, begin : begin + some.size] = factors.solve(units)[mine]  # type: ignore[attr-defined]
    return found
