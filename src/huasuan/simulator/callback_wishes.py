"""Visitors of the made-up business's pages who ask to be called back, and what comes of it (S2-13).

Most are called within minutes, some late, a few never; of those called some do not answer, and now and then it is the
agent who does not. What is asked outside the opening hours is kept until they begin. Each request becomes a lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import ADS, Ad
from huasuan.simulator.inbound import OPEN_FROM, OPEN_TO, Conversation
from huasuan.simulator.outbound import Outbound
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.persons import Persons
from huasuan.simulator.selling import FollowUp, Selling
from huasuan.simulator.workforce import Member, Workforce
from huasuan.simulator.world import Record, World

_ONLINE = tuple(ad for ad in ADS if ad.insertion == "dynamic")
_COPIED = ("channel", "source", "medium", "campaign", "keyword", "creative")
# One request for so many calls in; one in seven names an hour of the next day.
_SHARE, _NAMES_AN_HOUR = 0.04, 0.15
_FORGOTTEN, _STAFF_ABSENT, _NOT_REACHED = 0.03, 0.09, 0.30
_LATE = 0.25
_STREAM = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A request that nobody has dealt with yet."""

    record: Record
    person: int
    due: datetime
    task: FollowUp


class CallbackWishes:
    """Draws the requests of one day after another and the calls that answer them."""

    def __init__(
        self, world: World, persons: Persons, outbox: Outbox, *, selling: Selling, outbound: Outbound, staff: Workforce
    ) -> None:
        self._world = world
        self._persons = persons
        self._outbox = outbox
        self._selling = selling
        self._outbound = outbound
        self._staff = staff
        self._serial = 0
        self._waiting: list[_Wish] = []
        self._over: list[tuple[Record, Conversation | None]] = []
        weights = np.array([ad.weight for ad in _ONLINE])
        self._ads = np.cumsum(weights / weights.sum())

    def day(self, day: int, calls_in: int, budget: int, working: Sequence[Member]) -> list[Conversation]:
        """The calls of a day that answer requests, at most ``budget``; the requests are told by ``tell``."""
        rng = self._world.rng(_STREAM, day)
        for draw in rng.random((int(rng.poisson(_SHARE * calls_in)), 5)).tolist():
            self._ask(day, draw, working)
        ends = self._world.midnight(day + 1)
        due = [wish for wish in self._waiting if wish.due < ends]
        self._waiting = [wish for wish in self._waiting if wish.due >= ends]
        found: list[Conversation] = []
        for wish, draw in zip(due, rng.random((len(due), 14)).tolist(), strict=True):
            call = self._answer(day, wish, draw, working, may_dial=len(found) < budget)
            found += [] if call is None else [call]
        return found

    def tell(self) -> None:
        """Send how the requests of the day went, once the calls have their keys."""
        for record, conversation in self._over:
            said = {} if conversation is None else {"call": conversation.call["key"]}
            self._outbox.add("callback_request", record | said)
        self._over = []

    def _ask(self, day: int, draw: list[float], working: Sequence[Member]) -> None:
        self._serial += 1
        at = self._world.midnight(day) + timedelta(hours=8) + timedelta(seconds=int(draw[0] * 13 * 3600))
        key, due, ad = f"CB{self._serial}", self._due(day, at, draw[1]), self._ad(draw[2])
        person = self._persons.meet(1)[0]
        member = working[int(draw[3] * len(working))]
        source = {name: value for name in _COPIED if (value := getattr(ad, name)) is not None}
        asked: Record = {"known_at": at, "phone": self._persons.phones[person]} | source
        lead = asked | {"created_at": at, "origin": "callback", "stage": "new", "agent": member.code}
        task = self._selling.asked(lead | {"team": self._staff.team(member, day)}, person, ad)
        consent: Record = {"key": key, "known_at": at, "at": at, "purpose": "callback", "given": True}
        self._outbox.add("consent", consent | {"phone": asked["phone"], "channel": "call", "evidence": "回呼表单"})
        open_now = OPEN_FROM <= self._hour(day, at) < OPEN_TO
        record = asked | {"key": key, "requested_at": at, "due_at": due, "in_hours": open_now}
        record |= {"lead": task.prospect.key, "visitor": f"c{self._serial}"}
        self._waiting.append(_Wish(record=record, person=person, due=due, task=task))
        if due >= self._world.midnight(day + 1):
            self._over.append((record, None))

    def _answer(
        self, day: int, wish: _Wish, draw: list[float], working: Sequence[Member], *, may_dial: bool
    ) -> Conversation | None:
        """What becomes of a request that is due; the call, where the customer's telephone rang."""
        if draw[0] < _FORGOTTEN or not may_dial:
            self._over.append((wish.record, None))
            return None
        minutes = 40 + 160 * draw[1] / _LATE if draw[1] < _LATE else 1 + 8 * draw[2]
        dialled = wish.due + timedelta(seconds=int(60 * minutes))
        code = wish.task.prospect.agent
        member = next((one for one in working if one.code == code), working[int(draw[3] * len(working))])
        began = {"dialled_at": dialled, "agent": member.code, "team": self._staff.team(member, day)}
        if draw[0] < _STAFF_ABSENT:
            ended = dialled + timedelta(seconds=25)
            self._over.append((wish.record | began | {"known_at": ended, "failed_side": "staff"}, None))
            self._selling.again(wish.task, day)
            return None
        reached = draw[0] >= _NOT_REACHED
        call, chance = self._outbound.call_back(
            wish.task, dialled, hour=self._hour(day, dialled), member=member, reached=reached, draw=draw[4:]
        )
        end: Record = {"joined_at": call.call["answered_at"]} if reached else {"failed_side": "customer"}
        self._over.append((wish.record | began | end | {"known_at": call.ended}, call))
        if reached:
            self._selling.decide(wish.task, day, call.ended, chance)
        else:
            self._selling.again(wish.task, day)
        return call

    def _due(self, day: int, at: datetime, draw: float) -> datetime:
        """At once while the business is open, else when it opens; or at the hour somebody named."""
        tomorrow = self._world.midnight(day + 1)
        if draw < _NAMES_AN_HOUR:
            return tomorrow + timedelta(hours=10 + int(6 * draw / _NAMES_AN_HOUR))
        hour = self._hour(day, at)
        if hour < OPEN_FROM:
            return self._world.midnight(day) + timedelta(hours=OPEN_FROM)
        return at if hour < OPEN_TO else tomorrow + timedelta(hours=OPEN_FROM)

    def _ad(self, draw: float) -> Ad:
        return _ONLINE[min(int(np.searchsorted(self._ads, draw)), len(_ONLINE) - 1)]

    def _hour(self, day: int, moment: datetime) -> int:
        return int((moment - self._world.midnight(day)).total_seconds() // 3600)
