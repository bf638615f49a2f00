"""From a conversation to a lead, from a lead to a sale: who buys, how long it takes, how often one calls until then."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import PROMOTION, Ad
from huasuan.simulator.orders import Order, Orders
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.persons import Persons
from huasuan.simulator.workforce import Member
from huasuan.simulator.world import Record, World

_LONGEST_CYCLE = 150
_ATTRIBUTES = ("channel", "source", "medium", "campaign", "keyword", "creative", "list", "promotion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A lead as the business sees it. ``named``: later calls say that they belong to this lead."""

    key: str
    person: int
    origin_call: str | None
    named: bool
    returns: float
    b2b: bool
    agent: str | None
    team: str | None
    promotion: str | None
    appeal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A call to make: ``first`` decides over the sale of a lead nobody has talked to yet."""

    prospect: Prospect
    first: bool
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation that may lead to something. ``chance``: probability of a sale."""

    call: Record
    person: int
    day: int
    ended: datetime
    chance: float
    ad: Ad | None
    agent: str | None
    team: str | None


class Selling:
    """Keeps the leads, the calls that are to be made, and hands what is sold to ``Orders``."""

    def __init__(self, world: World, persons: Persons, outbox: Outbox, orders: Orders) -> None:
        self._world = world
        self._persons = persons
        self._outbox = outbox
        self._orders = orders
        self._rng = world.rng(6)
        self._queue: dict[int, list[FollowUp]] = defaultdict(list)
        self._overdue: list[FollowUp] = []
        self._serial = 0

    def due(self, day: int, limit: int) -> list[FollowUp]:
        """The calls to make today, as far as there is time; the rest waits."""
        waiting = self._overdue + self._queue.pop(day, [])
        self._overdue = waiting[limit:]
        return waiting[:limit]

    def again(self, task: FollowUp, day: int) -> None:
        """Nobody answered: try again two days later, three times at most."""
        if task.tries < 3:
            self._queue[day + 2].append(FollowUp(prospect=task.prospect, first=task.first, tries=task.tries + 1))

    def consider(self, talk: Talk) -> None:
        """After a conversation: perhaps a lead, perhaps a sale."""
        lead, buy, named, customer, twice = self._rng.random(5).tolist()
        lead_chance = min(0.9, 0.05 + 4 * talk.chance)
        if lead >= lead_chance:
            return
        key = self._next_key()
        if customer < 0.6:
            self._introduce(talk.person, talk.ended)
        record: Record = {
            "key": key,
            "known_at": talk.ended,
            "created_at": talk.ended,
            "phone": self._persons.phones[talk.person],
            "call": talk.call["key"],
            "stage": "new" if lead > 0.4 * lead_chance else "qualified",
            "agent": talk.agent,
            "team": talk.team,
            **{name: talk.call.get(name) for name in _ATTRIBUTES},
        }
        if named < 0.7:
            talk.call["lead"] = key
        self._write_lead(record, talk.person, twice)
        prospect = Prospect(
            key=key,
            person=talk.person,
            origin_call=talk.call["key"],
            named=named < 0.7,
            returns=talk.ad.returns if talk.ad else 1.0,
            b2b=talk.person in self._persons.company,
            agent=talk.agent,
            team=talk.team,
            promotion=talk.call.get("promotion"),
            appeal=1.0,
        )
        self._pursue(prospect, talk.day, talk.ended, buys=buy < talk.chance / lead_chance)

    def form(self, record: Record, person: int, day: int, ad: Ad | None, *, unseen: bool) -> None:
        """A lead from a form or a fair: it is called the next day, or (``unseen``) buys without any call."""
        task = self.asked(record, person, ad)
        if unseen:
            self._pursue(task.prospect, day, record["created_at"], buys=True, calls=0)
        else:
            self._queue[day + 1].append(task)

    def asked(self, record: Record, person: int, ad: Ad | None) -> FollowUp:
        """A lead nobody has talked to yet, and the call it waits for; whoever asked sees to that call."""
        record["key"] = self._next_key()
        self._write_lead(record, person, float(self._rng.random()))
        prospect = Prospect(
            key=record["key"],
            person=person,
            origin_call=None,
            named=True,
            returns=1.0,
            b2b=person in self._persons.company,
            agent=record.get("agent"),
            team=record.get("team"),
            promotion=record.get("promotion"),
            appeal=ad.appeal if ad else 1.5,
        )
        return FollowUp(prospect=prospect, first=True, tries=0)

    def decide(self, task: FollowUp, day: int, moment: datetime, chance: float) -> None:
        """The first conversation with a lead that came without a call."""
        self._pursue(task.prospect, day, moment, buys=float(self._rng.random()) < chance)

    def _next_key(self) -> str:
        self._serial += 1
        return f"LD{self._serial}"

    def _introduce(self, person: int, moment: datetime) -> None:
        for kind, record in self._persons.introduce(person, moment):
            self._outbox.add(kind, record)
            if kind == "customer" and record.get("city") and self._rng.random() < 0.02:
                # Some people move: their calls of old move with them, since a place is what it is now.
                moved = moment + timedelta(days=6)
                self._outbox.plan(kind, record | {"known_at": moved, "province": "四川", "city": "成都"}, moved)

    def _write_lead(self, record: Record, person: int, twice: float) -> None:
        created: datetime = record["created_at"]
        if person in self._persons.known:
            record["customer"] = self._persons.customer_key(person)
        if record.get("stage") == "qualified":
            record["mql_at"] = created + timedelta(hours=1)
            record["sql_at"] = created + timedelta(hours=30)
        record = {name: value for name, value in record.items() if value is not None}
        self._outbox.add("lead", record)
        if twice > 0.985 and not record.get("duplicate"):
            found_out = created + timedelta(days=4)
            self._outbox.plan("lead", record | {"known_at": found_out, "duplicate": True}, found_out)
        score = float(self._rng.random())
        self._outbox.add("score", _score(record["key"], created, "v1", score))
        if score < 0.2:
            later = created + timedelta(days=3)
            self._outbox.plan("score", _score(record["key"] + "+", later, "v2", score / 2, lead=record["key"]), later)
        if twice < 0.04:
            copy = record | {
                "key": record["key"] + "d",
                "duplicate": True,
                "created_at": created + timedelta(minutes=9),
            }
            self._outbox.add("lead", copy)

    def _pursue(self, prospect: Prospect, day: int, moment: datetime, *, buys: bool, calls: int | None = None) -> None:
        """Plan the calls until the sale or the refusal."""
        delay = self._delay() if buys else float(self._rng.exponential(12.0))
        wanted = int(self._rng.poisson(1.5 if buys else 0.7)) if calls is None else calls
        if delay >= 1:
            for step in range(wanted):
                self._queue[day + 1 + int(delay * step / max(1, wanted))].append(
                    FollowUp(prospect=prospect, first=False, tries=0)
                )
        if buys:
            self._introduce(prospect.person, moment)
        self._orders.place(
            Order(
                person=prospect.person,
                lead=prospect.key,
                origin_call=prospect.origin_call,
                agent=prospect.agent,
                opened_at=moment + timedelta(seconds=5),
                decided_at=moment + timedelta(minutes=6) + timedelta(days=delay),
                won=buys,
                returns=prospect.returns,
                b2b=prospect.b2b,
                promotion=prospect.promotion or (PROMOTION if self._rng.random() < 0.02 else None),
            )
        )

    def _delay(self) -> float:
        """Days until the sale: nearly half buy in the call, the others think about it, some for months."""
        if self._rng.random() < 0.45:
            return 0.0
        return float(np.clip(self._rng.lognormal(2.1, 1.1), 1.0, _LONGEST_CYCLE))


def _score(key: str, at: datetime, version: str, value: float, *, lead: str | None = None) -> Record:
    return {
        "key": f"SC-{key}",
        "known_at": at,
        "at": at,
        "model": "fit",
        "model_version": version,
        "value": f"{value * 100:.1f}",
        "lead": lead or key,
    }


def team_of(member: Member | None, team: str | None) -> tuple[str | None, str | None]:
    """Agent and team of a call as a lead keeps them; a call of a voice bot has neither."""
    return (None, None) if member is None else (member.code, team)
