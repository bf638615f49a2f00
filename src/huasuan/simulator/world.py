"""How large the made-up business is and when it lives."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huasuan.kernel.time import now, start_of_day, zone
from huasuan.methods.apportion import apportion_by_weight

Record = dict[str, Any]
"""One record as the intake takes it: ``key``, ``known_at`` and the fields of its fact by their wire names."""

# Telephone selling rests at the weekend; the last value is Sunday.
_WEEKDAY_LOAD = (100, 104, 102, 100, 96, 45, 18)
# Share of the year's business by month: Spring Festival empties February, November and December are the season.
_MONTH_LOAD = (92, 70, 105, 104, 98, 96, 90, 92, 104, 106, 125, 112)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A telephone-selling business to make up: the same settings always give the same facts.

    days: length of its life in days; calls: how many calls it makes and takes in all (retries and follow-ups
    included); seed: which of many such businesses; start: its first day (without one, its last day is yesterday).
    unknown_cost_share: share of deals whose goods cost nobody entered, so that their margin cannot be known.
    """

    days: int
    calls: int
    seed: int = 1
    start: date | None = None
    zone: str = "Asia/Shanghai"
    unknown_cost_share: float = 0.0

    def __post_init__(self) -> None:
        if self.days < 1 or self.calls < 1:
            msg = f"a world needs at least one day and one call, got days={self.days} calls={self.calls}"
            raise ValueError(msg)
        if self.start is None:
            today = now().astimezone(zone(self.zone)).date()
            object.__setattr__(self, "start", today - timedelta(days=self.days))

    @property
    def first_day(self) -> date:
        """The first local day."""
        if self.start is None:
            raise AssertionError
        return self.start

    @property
    def end_day(self) -> date:
        """The day after the last one."""
        return self.first_day + timedelta(days=self.days)

    @property
    def end(self) -> datetime:
        """The first moment nothing is known about any more."""
        return start_of_day(self.end_day, self.zone)

    def day(self, index: int) -> date:
        """The local day of that number, 0 first."""
        return self.first_day + timedelta(days=index)

    def midnight(self, index: int) -> datetime:
        """The first moment of that day, UTC."""
        return start_of_day(self.day(index), self.zone)

    def rng(self, *purpose: int) -> np.random.Generator:
        """Chance for one purpose (and day), so that a change in one part of the business leaves the others as is."""
        return np.random.default_rng([self.seed, *purpose])


def calls_by_day(world: World) -> list[int]:
    """How many calls each day has: weekday and season, some noise, and exactly ``world.calls`` in all."""
    noise: NDArray[np.float64] = world.rng(1).normal(1.0, 0.08, world.days).clip(0.7, 1.3)
    weights = []
    for index in range(world.days):
        day = world.day(index)
        weights.append(int(_WEEKDAY_LOAD[day.weekday()] * _MONTH_LOAD[day.month - 1] * noise[index]))
    return apportion_by_weight(weights, world.calls)


def yuan(fen: int) -> str:
    """An amount of fen as the decimal text the intake takes."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
