"""Which touches earned a deal: rules that share every conversion of a path among its touches.

None of these models is causal: they divide what was earned, they do not tell what would have been lost. For that,
hold somebody out (``experiments``).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from huasuan.methods.paths import Floats, Paths, Places, of_channels, summed

Weigher = Callable[[Paths], Floats]
"""A model: one weight per touch, not negative, in the order of ``Paths.touches``; what counts is their proportion."""

DIRECT = ("direct", "(direct)", "direct / none", "(direct) / (none)", "直接访问", "直接", "直访")
HALF_LIFE_DAYS = 7.0
FIRST_SHARE = LAST_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Credit:
    """What each channel is credited with, in the order of ``channels``; sums are those of the paths.

    removal: only of models that tell what would be lost without a channel, 0 to 1. notes: what must be said with it.
    """

    channels: tuple[str, ...]
    conversions: Floats
    value: Floats
    removal: Floats | None = None
    notes: tuple[str, ...] = ()


def credit(found: Paths, weigh: Weigher) -> Credit:
    """Share all conversions and value of the paths by a model; any function of ``Paths`` will do.

    Within a path a touch gets its weight over the sum of weights; where all are 0 the last touch gets everything.
    Raises ``ValueError`` where a weight is negative, not finite, or missing.
    """
    shares = shares_of(found, weigh(found))
    owners, size = found.owners, len(found.channels)
    return Credit(
        channels=found.channels,
        conversions=summed(found.touches, shares * found.conversions[owners], size),
        value=summed(found.touches, shares * found.value[owners], size),
    )


def shares_of(found: Paths, weights: Floats) -> Floats:
    """Weights as shares that sum to 1 within each path."""
    if weights.shape != found.touches.shape:
        raise ValueError(f"{weights.size} weights for {found.touches.size} touches")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("a weight is negative or no number")
    owners = found.owners
    # Half-lives of minutes make weights of 1e-300: scaled by the largest of the path, one of them is 1.
    top = np.zeros(found.ends.size)
    np.maximum.at(top, owners, weights)
    scaled = np.where(top[owners] > 0, weights / np.where(top > 0, top, 1)[owners], _at(found, found.lasts))
    return np.asarray(scaled / np.bincount(owners, weights=scaled, minlength=found.ends.size)[owners])


def first_touch(found: Paths) -> Floats:
    """All credit to the first touch."""
    return _at(found, found.firsts)


def last_touch(found: Paths) -> Floats:
    """All credit to the last touch."""
    return _at(found, found.lasts)


def last_non_direct(direct: Collection[str] = DIRECT) -> Weigher:
    """All credit to the last touch that is not a direct visit; to direct only where there is nothing else."""

    def weigh(found: Paths) -> Floats:
        steps = np.where(of_channels(found, direct), 0, 1 + np.arange(found.touches.size))
        last = np.zeros(found.ends.size, dtype=np.int64)
        np.maximum.at(last, found.owners, steps)
        return _at(found, np.where(last > 0, last - 1, found.lasts))

    return weigh


def linear(found: Paths) -> Floats:
    """Equal shares for all touches."""
    return np.ones(found.touches.size)


def position(first: float = FIRST_SHARE, last: float = LAST_SHARE) -> Weigher:
    """Stated shares for the first and the last touch, the rest evenly among those between.

    Two touches share in proportion of ``first`` and ``last``; a single one gets everything.
    """
    if min(first, last) < 0 or not 0 < first + last <= 1:
        raise ValueError(f"shares of first and last add up to more than 0 and at most 1, not {first} and {last}")

    def weigh(found: Paths) -> Floats:
        between = np.repeat(np.maximum(found.lengths - 2, 1), found.lengths)
        weights = (1 - first - last) / between
        weights[found.firsts] = first
        weights[found.lasts] = last
        # A path of one touch whose share of last is 0 still earned its deal.
        return np.where(np.repeat(found.lengths == 1, found.lengths), 1.0, weights)

    return weigh


def time_decay(half_life_days: float = HALF_LIFE_DAYS) -> Weigher:
    """A touch counts half as much for every half-life that passed before the deal: 2^(-age / half-life).

    Time is real time (``Paths.ages``), never a number of steps. Raises ``ValueError`` where ages are unknown.
    """
    if not half_life_days > 0:
        raise ValueError(f"a half-life is more than 0 days, not {half_life_days}")

    def weigh(found: Paths) -> Floats:
        if found.ages is None:
            raise ValueError("time decay needs the age of every touch")
        youngest = np.full(found.ends.size, np.inf)
        np.minimum.at(youngest, found.owners, found.ages)
        # Against the youngest touch of the path, so that old paths do not vanish altogether.
        return np.asarray(np.exp2((youngest[found.owners] - found.ages) / half_life_days))

    return weigh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A step of the funnel with the share of the deal it stands for.

    reached: for each path, days before its end at which the step was taken; NaN: never.
    half_life_days: the share is spread over the touches up to the step, by age at the step; None: all of it goes to the
    last touch before the step.
    """

    weight: float
    reached: Floats
    half_life_days: float | None = None


def stage_weights(stages: Collection[Stage]) -> Weigher:
    """Every step of the funnel hands its share to the touches that led to it, with a decay of its own (S2-37).

    Steps that were not taken, or before any touch, leave their share to the others. Raises ``ValueError`` without ages.
    """

    def weigh(found: Paths) -> Floats:
        if found.ages is None:
            raise ValueError("stage weights need the age of every touch")
        weights = np.zeros(found.touches.size)
        for stage in stages:
            weights += _of_stage(found, found.ages, stage)
        return weights

    return weigh


def _of_stage(found: Paths, ages: Floats, stage: Stage) -> Floats:
    """The share of one step, per touch; touches after it have none."""
    owners = found.owners
    since = ages - stage.reached[owners]
    before = np.nan_to_num(since, nan=-1.0) >= 0
    if stage.half_life_days is None:
        steps = np.where(before, 1 + np.arange(ages.size), 0)
        last = np.zeros(found.ends.size, dtype=np.int64)
        np.maximum.at(last, owners, steps)
        return stage.weight * _at(found, last[last > 0] - 1)
    nearest = np.full(found.ends.size, np.inf)
    np.minimum.at(nearest, owners, np.where(before, since, np.inf))
    away = np.where(before, since - np.where(np.isinf(nearest), 0.0, nearest)[owners], 0.0)
    raw = np.where(before, np.exp2(-away / stage.half_life_days), 0.0)
    total = np.bincount(owners, weights=raw, minlength=found.ends.size)
    return np.asarray(stage.weight * raw / np.where(total > 0, total, 1.0)[owners])


def _at(found: Paths, places: Places) -> Floats:
    weights = np.zeros(found.touches.size)
    weights[places] = 1.0
    return weights
