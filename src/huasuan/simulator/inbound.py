"""A day's calls coming in: who calls because of what, at which hour, and whether anybody is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import ADS, PROMOTION, Ad
from huasuan.simulator.persons import Persons
from huasuan.simulator.workforce import Member
from huasuan.simulator.world import Record, World

# When people call in, by hour; and what a conversation at that hour is worth (after four they buy).
HOURS_IN = (0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.5, 4, 8, 11, 10, 6, 5, 7, 8, 9, 8, 5, 4, 3.5, 3, 2, 0.8)
WORTH = (1.0,) * 10 + (0.9, 0.9, 0.8, 0.8, 0.9, 1.0, 1.6, 1.7, 1.5, 1.2, 1.0, 1.0, 1.0, 1.0)
OPEN_FROM, OPEN_TO = 9, 18
_BASE_CHANCE = 0.125
_GREY_FACTOR = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A call as the sales side sees it; ``chance`` is the probability of a sale, 0 where nobody talked."""

    call: Record
    person: int | None
    ended: datetime
    chance: float
    ad: Ad | None
    member: Member | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ring:
    """A call that has reached us; ``draw`` is its share of chance."""

    call: Record
    ad: Ad
    person: int | None
    start: datetime
    hour: int
    talk: float
    draw: list[float]


class Inbound:
    """Draws the calls of one day after another."""

    def __init__(self, world: World, persons: Persons) -> None:
        self._world = world
        self._persons = persons
        weights = np.array([ad.weight for ad in ADS])
        self._ads = np.cumsum(weights / weights.sum())
        hours = np.array(HOURS_IN)
        self._hours = np.cumsum(hours / hours.sum())
        self._recent: list[int] = []

    def draw(
        self, day: int, count: int, working: Sequence[Member], buyers: Sequence[int], *, promotion: bool
    ) -> list[Conversation]:
        """The inbound calls of a day, in no order. ``promotion``: an offer is in force."""
        rng = self._world.rng(8, day)
        ads = np.searchsorted(self._ads, rng.random(count)).clip(0, len(ADS) - 1).tolist()
        hours = np.searchsorted(self._hours, rng.random(count)).clip(0, 23).tolist()
        talks = rng.lognormal(0.0, 0.7, count).tolist()
        draws = rng.random((count, 10)).tolist()
        fresh = iter(self._persons.meet(count))
        midnight = self._world.midnight(day)
        found = []
        for ad_index, hour, talk, draw in zip(ads, hours, talks, draws, strict=True):
            ad = ADS[ad_index]
            if ad.evening and draw[0] < 0.85:
                hour = 20  # noqa: PLW2901  heard on the radio at eight
            start = midnight + timedelta(seconds=3600 * hour + int(3600 * draw[1]), milliseconds=int(1000 * draw[2]))
            person = self._caller(draw[3], draw[4], next(fresh), buyers)
            call = self._call(ad, start, person, promotion=promotion and draw[5] < 0.7)
            ring = _Ring(call=call, ad=ad, person=person, start=start, hour=hour, talk=talk, draw=draw)
            found.append(_outcome(ring, working[int(draw[6] * len(working))]))
        return found

    def _caller(self, which: float, whom: float, fresh: int, buyers: Sequence[int]) -> int | None:
        """Mostly somebody new, else a repeat caller, a customer, or a withheld number."""
        if which < 0.03:
            return None
        if which < 0.25 and self._recent:
            return self._recent[int(whom * len(self._recent))]
        if which < 0.31 and buyers:
            return buyers[int(whom * len(buyers))]
        self._recent.append(fresh)
        if len(self._recent) > 400:
            del self._recent[:200]
        return fresh

    def _call(self, ad: Ad, start: datetime, person: int | None, *, promotion: bool) -> Record:
        call: Record = {"direction": "in", "ringing_at": start, "called": ad.number}
        if person is not None:
            second = self._persons.second_phone.get(person)
            call["caller"] = second if second and start.minute % 2 else self._persons.phones[person]
        for name in ("channel", "source", "medium", "campaign", "keyword", "creative", "insertion"):
            value = getattr(ad, name)
            if value is not None:
                call[name] = value
        if ad.insertion == "dynamic":
            call["match_probability"] = 0.5 + start.second / 120
        if promotion:
            call["promotion"] = PROMOTION
        return call


def _outcome(ring: _Ring, member: Member) -> Conversation:
    """Somebody answers, the voice bot does in the evening, or nobody."""
    draw = ring.draw
    open_now = OPEN_FROM <= ring.hour < OPEN_TO
    ring.call["in_hours"] = open_now
    if not open_now and draw[7] < 0.2:
        ring.call["voice"] = "bot"
        return _answered(ring, None)
    crowd = 0.16 if ring.hour in (10, 11) else 0.08
    if not open_now or draw[7] < crowd:
        ended = _missed(ring, open_now=open_now, member=member)
        return Conversation(call=ring.call, person=ring.person, ended=ended, chance=0.0, ad=ring.ad, member=None)
    ring.call["agent"] = member.code
    return _answered(ring, member)


def _answered(ring: _Ring, member: Member | None) -> Conversation:
    """A conversation with an agent or (shorter) with the bot: junk, unclear, or a real enquiry."""
    draw, ad = ring.draw, ring.ad
    junk = draw[8] < ad.junk
    grey = not junk and draw[8] > 0.9
    talk = ring.talk if member else 0.4 * ring.talk
    seconds = 3 + int(28 * draw[9]) if junk else 31 + int(29 * draw[9]) if grey else 60 + int(150 * talk)
    rang = 2 + int(14 * draw[9])
    hold = int(40 * draw[8]) if draw[9] > 0.9 else 0
    answered = ring.start + timedelta(seconds=rang, milliseconds=int(999 * draw[8]))
    ended = answered + timedelta(seconds=seconds + hold)
    ring.call.update(
        answered_at=answered,
        agent_joined_at=answered,
        ended_at=ended,
        ring_seconds=rang,
        talk_seconds=seconds,
        hold_seconds=hold,
        result="answered",
    )
    if member is not None:
        ring.call.update(queue="sales", queue_entered_at=ring.start, wrap_seconds=10 + int(50 * draw[7]))
    _tag(ring.call, ad, draw, junk=junk)
    chance = 0.0 if junk else _BASE_CHANCE * ad.appeal * WORTH[ring.hour] * (member.skill if member else 0.3)
    return Conversation(
        call=ring.call,
        person=ring.person,
        ended=ended,
        chance=chance * (_GREY_FACTOR if grey else 1.0),
        ad=ad,
        member=member,
    )


def _tag(call: Record, ad: Ad, draw: list[float], *, junk: bool) -> None:
    """Somebody listened: the reason of a junk call, and now and then a class that the length would not give."""
    if junk and draw[7] < 0.8:
        call["junk_reason"] = ad.junk_reason
    if draw[2] < 0.03:
        call["call_class"] = "junk" if junk else "target"


def _missed(ring: _Ring, *, open_now: bool, member: Member) -> datetime:
    """Why nobody answered; a menu or voicemail may have taken the call, which the carrier bills all the same."""
    call, start, draw = ring.call, ring.start, ring.draw
    if open_now:
        causes = ("abandoned_ivr", "abandoned_queue", "no_answer", "busy", "failed")
        cause = causes[int(draw[8] * len(causes))]
    else:
        cause = "voicemail" if draw[8] < 0.3 else "out_of_hours"
    waited = 2 + int(40 * draw[9])
    ended = start + timedelta(seconds=waited)
    call |= {"result": "missed", "cause": cause, "ended_at": ended}
    if cause in ("abandoned_ivr", "abandoned_queue", "voicemail"):
        call["answered_at"] = start + timedelta(seconds=1)
        call["ivr_seconds"] = waited - 1
    if cause == "abandoned_queue":
        call |= {"queue": "sales", "queue_entered_at": start + timedelta(seconds=1)}
    if cause == "no_answer":
        call["agent"] = member.code
    return ended
