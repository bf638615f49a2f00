"""Visits to the made-up business's pages: who saw which lent number, and who of them then called."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import ADS, Ad
from huasuan.simulator.inbound import Conversation
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.world import Record, World

_ONLINE = tuple(ad for ad in ADS if ad.insertion == "dynamic")
POOL = tuple(sorted({ad.number for ad in _ONLINE}))
POOL_NAME, SITE_NAME, OVERFLOW = "官网", "anxing.example", "+867558880900"
_HOLD = timedelta(seconds=150)
_BEAT = 15
# Of those who call because of the pages nearly all were seen there; most visitors never call.
_SEEN, _VISITS_A_CALL = 0.9, 4
_COPIED = ("channel", "source", "medium", "campaign", "keyword", "creative")


class SiteVisits:
    """Draws the visits of one day after another; no number is lent to two at once."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world = world
        self._outbox = outbox
        self._serial = 0
        self._held: dict[str, list[tuple[datetime, datetime]]] = {}

    def begin(self) -> None:
        """The numbers and what they track, known before the first call."""
        before = self._world.midnight(0) - timedelta(days=1)
        about: dict[str, Record] = {number: {"kind": "pool", "pool": POOL_NAME} for number in POOL}
        about[OVERFLOW] = {"kind": "overflow", "pool": POOL_NAME}
        for ad in ADS:
            if ad.insertion == "static":
                about[ad.number] = {"kind": "static"} | _source(ad)
        for number, said in about.items():
            self._outbox.add(
                "tracked_number",
                {"key": f"N{number}", "known_at": before, "own_number": number, "valid_from": before, **said},
            )

    def day(self, day: int, arrived: Sequence[Conversation]) -> None:
        """The visits of a day, first those whose calls are known: they saw the number that was called."""
        rng = self._world.rng(21, day)
        midnight = self._world.midnight(day)
        self._held = {
            number: [(begun, ended) for begun, ended in self._held.get(number, ()) if ended > midnight]
            for number in POOL
        }
        ours = [one for one in arrived if one.ad is not None and one.ad.insertion == "dynamic"]
        for conversation in ours:
            if rng.random() < _SEEN:
                self._caller(conversation, rng)
        chances = np.array([ad.weight for ad in _ONLINE])
        moments = np.sort(rng.normal(14.5, 4.0, _VISITS_A_CALL * len(ours)).clip(0, 23.9))
        for hour in moments.tolist():
            ad = _ONLINE[int(rng.choice(len(_ONLINE), p=chances / chances.sum()))]
            started = midnight + timedelta(seconds=int(hour * 3600))
            seen = started + timedelta(seconds=_BEAT * int(rng.exponential(8)))
            number = self._free(started, seen + _HOLD)
            self._tell(ad, number, started, seen, None)

    def _caller(self, conversation: Conversation, rng: np.random.Generator) -> None:
        rang: datetime = conversation.call["ringing_at"]
        started = rang - timedelta(seconds=25 + int(rng.exponential(90)))
        pressed = rang - timedelta(seconds=2 + int(rng.integers(8))) if rng.random() < 0.6 else None
        seen = rang + timedelta(seconds=_BEAT * int(rng.exponential(3))) - timedelta(seconds=int(rng.integers(20)))
        number, ad = conversation.call["called"], conversation.ad
        assert ad is not None  # noqa: S101  the caller chose those with one
        seen = max(seen, pressed or started)
        if self._is_free(number, started, seen + _HOLD):
            self._held[number].append((started, seen + _HOLD))
            self._tell(ad, number, started, seen, pressed)

    def _free(self, started: datetime, until: datetime) -> str | None:
        # One after another, much as the one free longest comes first.
        first = self._serial % len(POOL)
        number = next((one for one in POOL[first:] + POOL[:first] if self._is_free(one, started, until)), None)
        if number is not None:
            self._held[number].append((started, until))
        return number

    def _is_free(self, number: str, started: datetime, until: datetime) -> bool:
        return all(until <= begun or started >= ended for begun, ended in self._held[number])

    def _tell(self, ad: Ad, number: str | None, started: datetime, seen: datetime, pressed: datetime | None) -> None:
        self._serial += 1
        key, source = f"W{self._serial}", _source(ad)
        self._outbox.add(
            "visit",
            {
                "key": key,
                "known_at": seen + _HOLD,
                "started_at": started,
                "seen_at": seen,
                "site": SITE_NAME,
                "ad_group": ad.ad_group,
                "landing_page": f"https://{SITE_NAME}/{ad.campaign}?utm_source={ad.source}&utm_medium={ad.medium}",
                "device": "mobile" if self._serial % 3 else "desktop",
                **source,
            },
        )
        said: Record = {} if pressed is None else {"tapped_at": pressed}
        self._outbox.add(
            "lease",
            {
                "key": key,
                "known_at": seen + _HOLD,
                "own_number": number or OVERFLOW,
                "overflow": number is None,
                "leased_at": started,
                "seen_at": seen,
                "released_at": seen + _HOLD,
                "reason": "expired",
                "pool": POOL_NAME,
                "visit": key,
                **source,
                **said,
            },
        )


def _source(ad: Ad) -> Record:
    return {name: value for name in _COPIED if (value := getattr(ad, name)) is not None}
