"""Visitors of a web site who see lent numbers and call, with the truth of every call: who called from which visit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

# Visits by hour of the day; advertisements double or treble them for an hour now and then.
_HOURS = (
    0.2,
    0.1,
    0.1,
    0.1,
    0.1,
    0.2,
    0.4,
    0.8,
    1.4,
    1.9,
    2.0,
    1.8,
    1.4,
    1.3,
    1.6,
    1.7,
    1.7,
    1.5,
    1.2,
    1.3,
    1.7,
    1.4,
    0.8,
    0.4,
)
_BURST, _BURST_CHANCE = 3.0, 0.04
SOURCES = ("baidu", "google", "douyin", "direct", "360", "bing")
_SOURCE_SHARES = (0.34, 0.22, 0.18, 0.14, 0.08, 0.04)
# Mobile numbers of four provinces by their first seven digits, and what part of the visitors is from each.
REGIONS = ("广东", "北京", "上海", "四川")
_REGION_SHARES = (0.4, 0.25, 0.2, 0.15)
PREFIXES = ("1380250", "1380100", "1380170", "1380800")
_SAME_REGION = 0.85
_PAGE_MEAN, _PAGE_LEAST = 170.0, 12.0
_BEAT = 15.0
_MOBILE = 0.55
_PRESS_RATE, _PRESS_CALLS, _PRESS_DELAY = 2.5e-4, 0.8, 7.0
_OUT_OF_THE_BLUE = 4e-7
_LATE_SECONDS = 2.5 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How busy the site is, how many numbers it has, and how long each is held. ``visits``: an hour, on average.

    ``quiet_seconds``: for how long a number that was called is lent to nobody else.
    """

    days: int
    visits: float
    numbers: int
    hold_seconds: float = 150.0
    calling: float = 1.0
    quiet_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What happened, column by column, times in seconds since the beginning.

    Visits: started, seen (last known open), pressed (NaN: never), source, region, number (-1: the overflow number),
    released. Calls: at, number, region (of the caller), visit (the truth, -1: nobody's).
    """

    started: NDArray[np.float64]
    seen: NDArray[np.float64]
    pressed: NDArray[np.float64]
    source: NDArray[np.int64]
    region: NDArray[np.int64]
    number: NDArray[np.int64]
    released: NDArray[np.float64]
    at: NDArray[np.float64]
    called: NDArray[np.int64]
    caller_region: NDArray[np.int64]
    visit: NDArray[np.int64]
    lost: float


def _open_rate(delay: NDArray[np.float64], calling: float) -> NDArray[np.float64]:
    """Calls a second of a visitor who has read for so long."""
    return calling * 6e-4 * np.minimum(delay / 40, 1.0) * np.exp(-np.maximum(delay - 120, 0) / 240)


def _left_rate(delay: NDArray[np.float64], calling: float) -> NDArray[np.float64]:
    """Calls a second of a visitor who left so long ago; some redial a day later."""
    return calling * (4e-4 * np.exp(-delay / 45) + 3e-5 * np.exp(-delay / 900) + 4e-8 * np.exp(-delay / 86_400))


def simulate(site: Site, seed: int) -> Seen:
    """Visits, leases and calls of a site."""
    rng = np.random.default_rng(seed)
    started = _arrivals(site, rng)
    count = len(started)
    page = _PAGE_LEAST + rng.exponential(_PAGE_MEAN - _PAGE_LEAST, count)
    left = started + page
    # The service hears of a page every few seconds only.
    seen = started + np.floor(page / _BEAT) * _BEAT
    source = rng.choice(len(SOURCES), count, p=_SOURCE_SHARES)
    region = rng.choice(len(REGIONS), count, p=_REGION_SHARES)
    pressed, calls = _calls(site, rng, started, left)
    visit = np.array([owner for owner, _ in calls], dtype=np.int64)
    at = np.array([moment for _, moment in calls])
    blue = rng.poisson(_OUT_OF_THE_BLUE * site.days * 86_400 * (site.numbers + 1))
    at = np.concatenate([at, rng.uniform(0, site.days * 86_400, blue)])
    strangers = rng.integers(-1, site.numbers, blue)
    released = seen + site.hold_seconds
    number = _lend(site, started, released, (at, np.concatenate([visit, -2 - strangers])))
    called = np.concatenate([number[visit], strangers])
    visit = np.concatenate([visit, np.full(blue, -1)])
    stranger = rng.choice(len(REGIONS), len(at), p=_REGION_SHARES)
    own = (visit >= 0) & (rng.random(len(at)) < _SAME_REGION)
    caller_region = np.where(own, region[visit], stranger)
    order = np.argsort(at, kind="stable")
    order = order[at[order] < site.days * 86_400]
    return Seen(
        started=started,
        seen=seen,
        pressed=pressed,
        source=source,
        region=region,
        number=number,
        released=released,
        at=at[order],
        called=called[order],
        caller_region=caller_region[order],
        visit=visit[order],
        lost=float((number < 0).mean()),
    )


def _arrivals(site: Site, rng: np.random.Generator) -> NDArray[np.float64]:
    found = []
    profile = np.array(_HOURS) / np.mean(_HOURS)
    for hour in range(site.days * 24):
        burst = _BURST if rng.random() < _BURST_CHANCE else 1.0
        found.append(hour * 3600 + rng.uniform(0, 3600, rng.poisson(site.visits * profile[hour % 24] * burst)))
    return np.sort(np.concatenate(found))


def _lend(
    site: Site,
    started: NDArray[np.float64],
    until: NDArray[np.float64],
    calls: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Each visit's number by the rule of the leases: the one free longest, else the overflow number (-1).

    ``calls``: when, and by which visit, or to which number as -2 - number; a number that was called rests.
    """
    at, caller = calls if site.quiet_seconds else (np.array([]), np.array([], dtype=np.int64))
    number = np.full(len(started), -1)
    held, quiet = np.zeros(site.numbers), np.zeros(site.numbers)
    # Visits come before calls of the same moment.
    for event in np.argsort(np.concatenate([started, at]), kind="stable"):
        if event < len(started):
            moment = started[event]
            free = np.flatnonzero((held <= moment) & (quiet <= moment))
            if len(free):
                number[event] = free[np.argmin(held[free])]
                held[number[event]] = until[event]
            continue
        who = caller[event - len(started)]
        called = number[who] if who >= 0 else -2 - who
        if called >= 0:
            quiet[called] = max(quiet[called], at[event - len(started)] + site.quiet_seconds)
    return number


def _calls(
    site: Site, rng: np.random.Generator, started: NDArray[np.float64], left: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Sequence[tuple[int, float]]]:
    """Presses, and calls after presses, while reading and after leaving; thinned from the largest rate of each."""
    pressed = np.full(len(started), np.nan)
    calls: list[tuple[int, float]] = []
    page = left - started
    mobile = rng.random(len(started)) < _MOBILE
    for visit in np.flatnonzero(mobile & (rng.random(len(started)) < 1 - np.exp(-_PRESS_RATE * site.calling * page))):
        pressed[visit] = started[visit] + rng.uniform(0, page[visit])
        if rng.random() < _PRESS_CALLS:
            calls.append((int(visit), float(pressed[visit] + rng.exponential(_PRESS_DELAY))))
    most = float(_open_rate(np.array([120.0]), site.calling)[0])
    for visit in np.repeat(np.arange(len(started)), rng.poisson(most * page)):
        delay = rng.uniform(0, page[visit])
        if rng.random() * most < _open_rate(np.array([delay]), site.calling)[0]:
            calls.append((int(visit), float(started[visit] + delay)))
    for weight, mean in ((4e-4, 45.0), (3e-5, 900.0), (4e-8, 86_400.0)):
        for visit in np.repeat(np.arange(len(started)), rng.poisson(site.calling * weight * mean, len(started))):
            delay = rng.exponential(mean)
            if delay < _LATE_SECONDS:
                calls.append((int(visit), float(left[visit] + delay)))
    return pressed, calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What somebody who knew every rate would say: per call the likeliest visit and source, -1 for nobody."""

    visit: NDArray[np.int64]
    source: NDArray[np.int64]


def best_guess(site: Site, seen: Seen) -> Best:
    """The Bayes-optimal guess from what a service can see, with the true rates."""
    visits, sources = np.full(len(seen.at), -1), np.full(len(seen.at), -1)
    by_number = {number: np.flatnonzero(seen.number == number) for number in np.unique(seen.number)}
    for call, (moment, number) in enumerate(zip(seen.at, seen.called, strict=True)):
        mine = by_number.get(number, np.array([], dtype=np.int64))
        first, last = np.searchsorted(seen.started[mine], [moment - _LATE_SECONDS - 86_400, moment])
        mine = mine[first:last]
        rate = _rates(site, seen, mine, moment)
        match = seen.region[mine] == seen.caller_region[call]
        share = np.array(_REGION_SHARES)[seen.caller_region[call]]
        rate *= np.where(match, (_SAME_REGION + (1 - _SAME_REGION) * share) / share, 1 - _SAME_REGION)
        if not len(mine):
            continue
        if rate.max() > _OUT_OF_THE_BLUE:
            visits[call] = mine[rate.argmax()]
        sums = np.bincount(seen.source[mine], weights=rate, minlength=len(SOURCES))
        if sums.max() > _OUT_OF_THE_BLUE:
            sources[call] = sums.argmax()
    return Best(visit=visits, source=sources)


def _rates(site: Site, seen: Seen, mine: NDArray[np.int64], moment: float) -> NDArray[np.float64]:
    # Where within the last beat the page was left is not known: its middle is as good as any.
    left = moment - seen.seen[mine] - _BEAT / 2
    rate = np.where(
        left <= 0, _open_rate(moment - seen.started[mine], site.calling), _left_rate(np.maximum(left, 0), site.calling)
    )
    since = moment - seen.pressed[mine]
    pressed = np.where(since >= 0, _PRESS_CALLS / _PRESS_DELAY * np.exp(-np.maximum(since, 0) / _PRESS_DELAY), 0)
    found: NDArray[np.float64] = rate + np.nan_to_num(pressed)
    return found


def number_text(number: int) -> str:
    """A lent number as records have it."""
    return f"+86106200{number + 1:04d}"


def lease_records(seen: Seen, first: datetime) -> list[Mapping[str, object]]:
    """What the door is told of leases."""

    def at(seconds: float) -> str:
        return (first + timedelta(seconds=round(float(seconds), 3))).isoformat()

    return [
        {
            "key": str(visit),
            "own_number": number_text(int(seen.number[visit])),
            "leased_at": at(seen.started[visit]),
            "seen_at": at(seen.seen[visit]),
            "released_at": at(seen.released[visit]),
            "overflow": bool(seen.number[visit] < 0),
            "visit": str(visit),
            "region": REGIONS[seen.region[visit]],
            "channel": SOURCES[seen.source[visit]],
            **({} if np.isnan(seen.pressed[visit]) else {"tapped_at": at(seen.pressed[visit])}),
        }
        for visit in range(len(seen.started))
    ]


def call_records(seen: Seen, first: datetime) -> list[Mapping[str, object]]:
    """What the door is told of calls; every caller is somebody new."""
    return [
        {
            "key": str(call),
            "direction": "in",
            "ringing_at": (first + timedelta(seconds=round(float(moment), 3))).isoformat(),
            "called": number_text(int(seen.called[call])),
            "caller": f"{PREFIXES[seen.caller_region[call]]}{call:04d}",
            "result": "answered",
            "talk_seconds": 90,
            "agent": "a",
        }
        for call, moment in enumerate(seen.at)
    ]
