"""A day's dials: lists of different worth, two scripts, people and voice bots, and the calls that follow a lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import FLAGGED_NUMBER, LISTS, SCRIPTS, NumberList
from huasuan.simulator.inbound import WORTH, Conversation
from huasuan.simulator.persons import Persons
from huasuan.simulator.selling import FollowUp
from huasuan.simulator.workforce import Member, Workforce
from huasuan.simulator.world import Record, World

# Dials by hour from nine on, and how readily people answer then: best from ten to twelve.
_HOURS = (9, 10, 11, 12, 13, 14, 15, 16, 17)
_LOAD = (9, 15, 14, 5, 7, 13, 14, 13, 10)
_REACH = (1.0, 1.3, 1.3, 0.8, 0.7, 0.95, 1.0, 1.05, 0.9)
_BASE_CHANCE = 0.05
# Who asks to be called wants something.
_ASKED_CHANCE = 0.2
_LONG_TALK = 30
# What else a call ends in, with shares of the calls no person takes.
_FAILURES = (
    ("no_answer", 0.56),
    ("rejected", 0.14),
    ("busy", 0.11),
    ("machine", 0.10),
    ("network_block", 0.03),
    ("answered_unverified", 0.03),
    ("congestion", 0.014),
    ("abandoned", 0.012),
    ("raw", 0.004),
)
_BACKLOG = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is decided before the number is dialled."""

    person: int
    start: datetime
    hour: int
    member: Member
    human: float
    talk: float
    draw: list[float]


class Outbound:
    """Draws the dials of one day after another."""

    def __init__(self, world: World, persons: Persons, workforce: Workforce) -> None:
        self._world = world
        self._persons = persons
        self._workforce = workforce
        weights = np.array([item.weight for item in LISTS])
        self._lists = np.cumsum(weights / weights.sum())
        self._hours = np.cumsum(np.array(_LOAD) / sum(_LOAD))
        self._failures = np.cumsum([share for _, share in _FAILURES])
        self._failures /= self._failures[-1]
        self._unreached: dict[str, list[int]] = {item.name: [] for item in LISTS}
        self._failed: list[int] = []
        self._test_phones = persons.meet(2)

    def draw(self, day: int, count: int, working: Sequence[Member]) -> list[Conversation]:
        """The dials to lists of a day, in no order."""
        rng = self._world.rng(9, day)
        chosen = np.searchsorted(self._lists, rng.random(count)).clip(0, len(LISTS) - 1)
        new = rng.random(count) < 0.62
        people = self._people(chosen, new, rng)
        plans = self._plans(day, people, working, rng)
        self._failed = np.searchsorted(self._failures, rng.random(count)).clip(0, len(_FAILURES) - 1).tolist()
        found = []
        for number, (index, plan) in enumerate(zip(chosen.tolist(), plans, strict=True)):
            found.append(self._dial(LISTS[index], plan, _FAILURES[self._failed[number]][0]))
        return found

    def follow(
        self, day: int, tasks: Sequence[FollowUp], working: Sequence[Member]
    ) -> list[tuple[FollowUp, Conversation, float]]:
        """The calls to leads, each with its chance of a sale (0: nobody answered).

        They are made by the agent who knows the lead where that agent is at work.
        """
        rng = self._world.rng(10, day)
        plans = self._plans(day, [task.prospect.person for task in tasks], working, rng)
        by_code = {member.code: member for member in working}
        found = []
        for task, plan in zip(tasks, plans, strict=True):
            member = by_code.get(task.prospect.agent or "", plan.member)
            call = _begun(plan, member.office.shown[0], self._persons.phones[plan.person])
            call["agent"] = member.code
            if task.prospect.named:
                call["lead"] = task.prospect.key
            chance = 0.0
            if plan.human < 0.7:
                ended = _talked(call, plan, plan.start, member)
                chance = 0.08 * task.prospect.appeal * WORTH[plan.hour] * member.skill
            else:
                ended = _failed(call, plan, "no_answer")
            # The sale was or will be decided with the lead, so that the call itself leads to nothing new.
            done = Conversation(call=call, person=plan.person, ended=ended, chance=0.0, ad=None, member=member)
            found.append((task, done, chance))
        return found

    def call_back(
        self, task: FollowUp, start: datetime, *, hour: int, member: Member, reached: bool, draw: list[float]
    ) -> tuple[Conversation, float]:
        """The call to somebody who asked for it, and its chance of a sale; ``draw``: ten shares of chance."""
        talk = 0.5 + draw[3]
        plan = _Plan(
            person=task.prospect.person, start=start, hour=hour, member=member, human=0.0, talk=talk, draw=draw
        )
        call = _begun(plan, member.office.shown[0], self._persons.phones[plan.person])
        call |= {"agent": member.code, "lead": task.prospect.key}
        ended = _talked(call, plan, start, member) if reached else _failed(call, plan, "no_answer")
        chance = _ASKED_CHANCE * task.prospect.appeal * member.skill if reached else 0.0
        # As with other calls to leads: the sale is decided with the lead.
        return Conversation(call=call, person=plan.person, ended=ended, chance=0.0, ad=None, member=member), chance

    def tests(self, day: int, count: int, working: Sequence[Member]) -> list[Conversation]:
        """Test calls of the technicians, marked so that they count nowhere."""
        rng = self._world.rng(11, day)
        plans = self._plans(day, [self._test_phones[step % 2] for step in range(count)], working, rng)
        found = []
        for plan in plans:
            call = _begun(plan, plan.member.office.shown[0], self._persons.phones[plan.person])
            call |= {"agent": plan.member.code, "excluded": "test"}
            ended = _talked(call, plan, plan.start, plan.member)
            found.append(Conversation(call=call, person=plan.person, ended=ended, chance=0.0, ad=None, member=None))
        return found

    def _people(self, chosen: np.ndarray, new: np.ndarray, rng: np.random.Generator) -> list[int]:
        """Whom to dial: the next of the list, or one who was not reached before."""
        picks = rng.random(len(chosen)).tolist()
        people = []
        for index, fresh, pick in zip(chosen.tolist(), new.tolist(), picks, strict=True):
            item = LISTS[index]
            waiting = self._unreached[item.name]
            if fresh or not waiting:
                people.append(self._persons.meet(1, b2b=item.b2b)[0])
                continue
            place = int(pick * len(waiting))
            waiting[place], waiting[-1] = waiting[-1], waiting[place]
            people.append(waiting.pop())
        return people

    def _plans(
        self, day: int, people: Sequence[int], working: Sequence[Member], rng: np.random.Generator
    ) -> list[_Plan]:
        count = len(people)
        hours = np.searchsorted(self._hours, rng.random(count)).clip(0, len(_HOURS) - 1).tolist()
        draws = rng.random((count, 10)).tolist()
        talks = rng.lognormal(0.0, 0.7, count).tolist()
        midnight = self._world.midnight(day)
        return [
            _Plan(
                person=person,
                start=midnight
                + timedelta(seconds=3600 * _HOURS[hour] + int(3600 * draw[0]), milliseconds=int(1000 * draw[1])),
                hour=_HOURS[hour],
                member=working[int(draw[2] * len(working))],
                human=draw[3] / _REACH[hour],
                talk=talk,
                draw=draw,
            )
            for person, hour, draw, talk in zip(people, hours, draws, talks, strict=True)
        ]

    def _dial(self, item: NumberList, plan: _Plan, failure: str) -> Conversation:
        draw = plan.draw
        member = plan.member
        shown = member.office.shown[int(draw[4] * len(member.office.shown))]
        call = _begun(plan, shown, self._persons.phones[plan.person])
        script, factor = SCRIPTS[int(draw[5] * 2)]
        call |= {"channel": "list", "campaign": item.campaign, "list": item.name, "script_version": script}
        bot = item.quality < 1 and draw[6] < 0.35
        if bot:
            call["voice"] = "bot"
        human = 0.36 * item.reach * (0.7 if shown == FLAGGED_NUMBER else 1.0)
        chance = 0.0
        if draw[7] < item.invalid and plan.human >= human:
            ended = _failed(call, plan, "invalid")
        elif plan.human < human:
            ended = _talked(call, plan, plan.start, None if bot else member)
            if call["talk_seconds"] >= _LONG_TALK:
                skill = 0.35 if bot else member.skill
                chance = _BASE_CHANCE * item.quality * factor * WORTH[plan.hour] * skill
        else:
            ended = _failed(call, plan, failure)
            self._keep(item, plan.person)
        on_the_line = not bot and failure != "abandoned" and ("talk_seconds" in call or draw[8] < 0.5)
        if on_the_line or (call.get("result") == "human" and not bot):
            call["agent"] = member.code
        return Conversation(
            call=call, person=plan.person, ended=ended, chance=chance, ad=None, member=None if bot else member
        )

    def _keep(self, item: NumberList, person: int) -> None:
        waiting = self._unreached[item.name]
        waiting.append(person)
        if len(waiting) > _BACKLOG:
            del waiting[: _BACKLOG // 2]


def _begun(plan: _Plan, shown: str, phone: str) -> Record:
    return {
        "direction": "out",
        "dialed_at": plan.start,
        "ringing_at": plan.start + timedelta(seconds=2 + int(3 * plan.draw[9])),
        "caller": shown,
        # The dialler writes mainland numbers without a country code, as most of them do.
        "called": phone[3:] if plan.draw[9] < 0.2 and phone.startswith("+861") and len(phone) == 14 else phone,
    }


def _talked(call: Record, plan: _Plan, start: datetime, member: Member | None) -> datetime:
    """A person answered and was joined to an agent or bot."""
    draw = plan.draw
    refused = draw[8] < 0.4
    speed = member.speed if member else 0.4
    talk = 2 + int(20 * draw[4]) if refused else 30 + int(110 * plan.talk * speed)
    answered = start + timedelta(seconds=5 + int(20 * draw[5]), milliseconds=int(999 * draw[6]))
    ended = answered + timedelta(seconds=talk, milliseconds=int(900 * draw[7]))
    call |= {
        "result": "human",
        "answered_at": answered,
        "ended_at": ended,
        "talk_seconds": talk,
        "ring_seconds": 5 + int(18 * draw[5]),
        "disposition": "refused" if refused else "interested" if draw[4] > 0.6 else "call_again",
        "right_party": draw[9] < 0.8,
    }
    if member is not None:
        call["wrap_seconds"] = int(45 * draw[0])
    if draw[1] < 0.015:
        # Some exchanges lose the end of a call and state the durations only.
        del call["ended_at"]
    if draw[1] > 0.99:
        call["disposition"] = "do_not_call"
    return ended


def _failed(call: Record, plan: _Plan, failure: str) -> datetime:
    """Nobody of ours talked with anybody of theirs."""
    draw = plan.draw
    ring = {"invalid": 1, "congestion": 1, "network_block": 1, "busy": 3, "rejected": 4 + int(8 * draw[4])}.get(failure)
    ring = 10 + int(30 * draw[4]) if ring is None else ring
    ended = plan.start + timedelta(seconds=5 + ring, milliseconds=int(999 * draw[6]))
    call |= {"result": failure, "ring_seconds": ring, "ended_at": ended}
    if failure == "raw":
        call["result"] = "Q850-127"
    if failure == "invalid":
        call["cause"] = ("空号", "停机", "关机")[int(3 * draw[5])]
    if failure in ("machine", "answered_unverified", "abandoned"):
        seconds = 1 + int(25 * draw[5])
        call["answered_at"] = ended
        ended += timedelta(seconds=seconds)
        call["ended_at"] = ended
        if failure != "abandoned":
            call["talk_seconds"] = seconds
    return ended
