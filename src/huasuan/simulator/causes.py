"""People who meet channels and buy, with the cause of every sale known: what each channel truly adds.

Some would buy anyway; those search more, come directly more often and are written to more, so that these channels stand
on the ways of buyers without making them buy. Every touch has a fixed chance to make its person buy, and may lead to
further touches. All dice are thrown beforehand: switched off, a channel loses its touches and what they led to, and
everything else stays as it is. What is sold less then is what the channel truly added.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huasuan.methods import Arm, Paths, arm_of_counts, paths_of

DAYS = 60.0
_NEVER = np.inf
# How many would buy anyway, and how that grows with wanting it.
_ANYWAY, _WANTING, _MOST_ANYWAY = 0.012, 1.1, 0.6
_LED_DAYS = 3.0
DECIDING_DAYS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to meet people.

    meets: touches of somebody of average wanting. wanting: how that grows with it. sells: the chance that one touch
    makes somebody buy. leads_to: the chance of one further touch of another channel.
    """

    name: str
    meets: float
    wanting: float
    sells: float
    leads_to: tuple[tuple[str, float], ...] = ()


CHANNELS = (
    # Seen by everybody alike; sells little by itself but sends people to search and to type in the address.
    Channel(name="banner", meets=1.2, wanting=0.0, sells=0.004, leads_to=(("keyword", 0.08), ("direct", 0.12))),
    # Searched by those who want it anyway.
    Channel(name="keyword", meets=0.25, wanting=1.0, sells=0.008),
    Channel(name="feed", meets=0.8, wanting=0.1, sells=0.012, leads_to=(("direct", 0.05),)),
    # Sent to those who showed interest.
    Channel(name="sms", meets=0.5, wanting=0.7, sells=0.003),
    # Agents call a list bought blindly, and talk people into it.
    Channel(name="dial", meets=0.6, wanting=0.0, sells=0.05),
    Channel(name="direct", meets=0.15, wanting=1.2, sells=0.0),
)
_PLACES = {channel.name: place for place, channel in enumerate(CHANNELS)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """Persons and touches in columns.

    anyway: the day somebody buys whatever happens; never: infinity. Touches: person, channel (place in ``CHANNELS``),
    day, parent (the touch that led to it; -1: none, it stands before), buys (the day it makes its person buy).
    """

    anyway: NDArray[np.float64]
    person: NDArray[np.int64]
    channel: NDArray[np.int64]
    day: NDArray[np.float64]
    parent: NDArray[np.int64]
    buys: NDArray[np.float64]

    @property
    def persons(self) -> int:
        """How many people there are."""
        return self.anyway.size

    def happening(self, off: Collection[str] = (), *, spared: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Which touches happen with channels off; for the persons of ``spared`` they stay on."""
        gone = np.isin(self.channel, [_PLACES[name] for name in off])
        if spared is not None:
            gone &= ~spared[self.person]
        # Nothing leads to anything further, so one look at the parent is enough.
        led = self.parent >= 0
        gone[led] |= gone[self.parent[led]]
        return ~gone

    def bought(self, happening: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The day each person buys; never: infinity."""
        found = self.anyway.copy()
        np.minimum.at(found, self.person[happening], self.buys[happening])
        return found

    def adds(self, name: str) -> int:
        """How many sales there would be less without a channel: its true incremental effect."""
        everything, without = (np.isfinite(self.bought(self.happening(off))).sum() for off in ((), (name,)))
        return int(everything - without)

    def paths(self) -> Paths:
        """Everybody's path up to the sale, or whole without one; who met nothing has none."""
        bought = self.bought(self.happening())
        before = self.day <= bought[self.person]
        order = np.lexsort((self.day[before], self.person[before]))
        person, channel, day = (column[before][order] for column in (self.person, self.channel, self.day))
        who, firsts = np.unique(person, return_index=True)
        cuts = [*firsts[1:].tolist(), person.size]
        ends = np.where(np.isfinite(bought[who]), bought[who], DAYS * 2)
        ways = [[CHANNELS[place].name for place in channel[a:b]] for a, b in zip(firsts, cuts, strict=True)]
        ages = [(end - day[a:b]).tolist() for a, b, end in zip(firsts, cuts, ends, strict=True)]
        sold = np.isfinite(bought[who]).astype(float)
        return paths_of(ways, sold.tolist(), nulls=(1 - sold).tolist(), ages=ages)

    def hold_out(self, name: str, *, share: float, seed: int) -> tuple[Arm, Arm]:
        """An experiment: the channel is off for a random part of all people; who bought, with it on and with it off."""
        spared = np.random.default_rng(seed).random(self.persons) >= share
        bought = np.isfinite(self.bought(self.happening((name,), spared=spared)))
        on, off = bought[spared], bought[~spared]
        return arm_of_counts(int(on.sum()), on.size), arm_of_counts(int(off.sum()), off.size)


def market(persons: int, seed: int, *, deciding_days: float = DECIDING_DAYS) -> Market:
    """People, what they meet in sixty days, and why they buy, so many days on average after what made them."""
    rng = np.random.default_rng(seed)
    wanting = rng.normal(size=persons)
    would = rng.random(persons) < np.minimum(_ANYWAY * np.exp(_WANTING * wanting), _MOST_ANYWAY)
    anyway = np.where(would, rng.uniform(0, DAYS, persons), _NEVER)
    met = [rng.poisson(one.meets * np.exp(one.wanting * wanting - one.wanting**2 / 2)) for one in CHANNELS]
    person = np.concatenate([np.repeat(np.arange(persons), times) for times in met])
    channel = np.repeat(np.arange(len(CHANNELS)), [times.sum() for times in met])
    day = rng.uniform(0, DAYS, person.size)
    parent = np.full(person.size, -1)
    led = [
        (np.flatnonzero((channel == place) & (rng.random(person.size) < chance)), _PLACES[name])
        for place, one in enumerate(CHANNELS)
        for name, chance in one.leads_to
    ]
    parents = np.concatenate([touches for touches, _ in led])
    person = np.concatenate([person, person[parents]])
    channel = np.concatenate([channel, *(np.full(touches.size, place) for touches, place in led)])
    day = np.concatenate([day, day[parents] + rng.exponential(_LED_DAYS, parents.size)])
    parent = np.concatenate([parent, parents])
    sells = np.array([one.sells for one in CHANNELS])[channel]
    delay = rng.exponential(deciding_days, person.size)
    buys = np.where(rng.random(person.size) < sells, day + delay, _NEVER)
    return Market(anyway=anyway, person=person, channel=channel, day=day, parent=parent, buys=buys)
