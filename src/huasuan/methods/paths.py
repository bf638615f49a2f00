"""Aggregated paths of touches: which channels a person met, in order, and how often such paths led to a deal or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """Many paths in columns, so that a million of them take megabytes and not gigabytes.

    channels: names, each once. touches: the channel of each touch as a place in ``channels``, path after path.
    ends: where each path ends in ``touches`` (the first one begins at 0); no path is empty.
    conversions, value, nulls: per path, not negative (value may be negative: a deal given back); nulls are the people
    who went this way and did not convert. ages: per touch, days before the path ended; None where no time is known.
    """

    channels: tuple[str, ...]
    touches: NDArray[np.int32]
    ends: Places
    conversions: Floats
    value: Floats
    nulls: Floats
    ages: Floats | None = None

    def __post_init__(self) -> None:
        count = self.ends.size
        if not count == self.conversions.size == self.value.size == self.nulls.size:
            raise ValueError("conversions, value and nulls are one number per path")
        if (self.lengths < 1).any() or (count and self.ends[-1] != self.touches.size):
            raise ValueError("every path has a touch, and every touch a path")
        if (self.conversions < 0).any() or (self.nulls < 0).any():
            raise ValueError("conversions and nulls are not negative")
        if self.ages is not None and self.ages.size != self.touches.size:
            raise ValueError("ages are one number per touch")

    @property
    def lengths(self) -> Places:
        """Touches of each path."""
        return np.diff(self.ends, prepend=0)

    @property
    def owners(self) -> Places:
        """The path of each touch."""
        return np.repeat(np.arange(self.ends.size), self.lengths)

    @property
    def firsts(self) -> Places:
        """The first touch of each path, as a place in ``touches``."""
        return self.ends - self.lengths

    @property
    def lasts(self) -> Places:
        """The last touch of each path, as a place in ``touches``."""
        return self.ends - 1

    def kept(self, keep: NDArray[np.bool_]) -> "Paths":
        """The same paths with only some of their touches; each must keep one."""
        return replace(
            self,
            touches=self.touches[keep],
            ends=np.cumsum(np.bincount(self.owners[keep], minlength=self.ends.size)),
            ages=None if self.ages is None else self.ages[keep],
        )


def paths_of(
    ways: Iterable[Sequence[str]],
    conversions: Sequence[float],
    *,
    value: Sequence[float] | None = None,
    nulls: Sequence[float] | None = None,
    ages: Iterable[Sequence[float]] | None = None,
) -> Paths:
    """Put paths into columns: ``[["banner", "keyword"], …]`` with a number of conversions each.

    ``ages``: for each path, the days of each touch before its end. Raises ``ValueError`` for an empty path, a negative
    count, or columns of different lengths.
    """
    known: dict[str, int] = {}
    touches: list[int] = []
    ends: list[int] = []
    for way in ways:
        touches.extend(known.setdefault(channel, len(known)) for channel in way)
        ends.append(len(touches))
    count = len(ends)
    return Paths(
        channels=tuple(known),
        touches=np.asarray(touches, dtype=np.int32),
        ends=np.asarray(ends, dtype=np.int64),
        conversions=np.asarray(conversions, dtype=np.float64),
        value=np.zeros(count) if value is None else np.asarray(value, dtype=np.float64),
        nulls=np.zeros(count) if nulls is None else np.asarray(nulls, dtype=np.float64),
        ages=None if ages is None else np.asarray([age for way in ages for age in way], dtype=np.float64),
    )


def without_repeats(found: Paths) -> Paths:
    """Collapse consecutive touches of one channel into the last of them ("exposure")."""
    keep = np.ones(found.touches.size, dtype=np.bool_)
    keep[:-1] = (found.touches[1:] != found.touches[:-1]) | (found.owners[1:] != found.owners[:-1])
    return found.kept(keep)


def only_firsts(found: Paths) -> Paths:
    """Keep the first touch of each channel on a path."""
    pair = found.owners * max(len(found.channels), 1) + found.touches
    keep = np.zeros(found.touches.size, dtype=np.bool_)
    keep[np.unique(pair, return_index=True)[1]] = True
    return found.kept(keep)


def last_touches(found: Paths, most: int) -> Paths:
    """Keep the last ``most`` touches of each path ("trim")."""
    if most < 1:
        raise ValueError(f"a path keeps at least one touch, not {most}")
    left = np.repeat(found.ends, found.lengths) - np.arange(found.touches.size)
    return found.kept(left <= most)


def without(found: Paths, channels: Iterable[str], *, only_trailing: bool = False) -> Paths:
    """Drop touches of these channels (direct visits, say) unless a path has nothing else.

    only_trailing: drop them only after the last touch of another channel.
    """
    dropped = of_channels(found, channels)
    other = np.bincount(found.owners, weights=~dropped, minlength=found.ends.size) > 0
    if only_trailing:
        places = np.where(dropped, -1, np.arange(found.touches.size))
        dropped &= np.arange(found.touches.size) > np.repeat(_last_in_each(found, places), found.lengths)
    return found.kept(~dropped | ~np.repeat(other, found.lengths))


def of_channels(found: Paths, channels: Iterable[str]) -> NDArray[np.bool_]:
    """Which touches are of these channels; upper and lower case are one."""
    wanted = {channel.casefold() for channel in channels}
    named = np.asarray([channel.casefold() in wanted for channel in found.channels], dtype=np.bool_)
    return named[found.touches] if named.size else np.zeros(0, dtype=np.bool_)


def summed(places: NDArray[np.signedinteger], amounts: Floats, size: int) -> Floats:
    """Amounts added up by place, 0 to ``size`` - 1."""
    return np.bincount(places, weights=amounts, minlength=size).astype(np.float64)


def _last_in_each(found: Paths, places: Places) -> Places:
    return np.maximum.reduceat(places, found.firsts) if found.ends.size else places[:0]
