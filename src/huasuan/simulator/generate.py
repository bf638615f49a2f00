"""The life of the made-up business, day by day, as records for the intake."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from huasuan.simulator.business import CUSTOM_ITEM, ITEMS
from huasuan.simulator.callback_wishes import CallbackWishes
from huasuan.simulator.corrections import Corrections
from huasuan.simulator.inbound import Conversation, Inbound
from huasuan.simulator.nearby import Nearby
from huasuan.simulator.orders import Orders
from huasuan.simulator.outbound import Outbound
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.persons import Persons
from huasuan.simulator.selling import Selling, Talk, team_of
from huasuan.simulator.site_visits import SiteVisits
from huasuan.simulator.spending import Spending
from huasuan.simulator.workforce import Member, Workforce
from huasuan.simulator.world import Record, World, calls_by_day

_INBOUND_PERCENT = 25
_FOLLOW_UP_PERCENT = 35
_PROFILE_EVERY = 7
# The offer runs in the middle of the business's life; it brings calls and, later, goods that come back.
_PROMOTION_FROM, _PROMOTION_TO = 0.4, 0.5


def generate(world: World) -> Iterator[tuple[str, list[Record]]]:
    """The whole life of a business as parcels (kind of fact, records), in the order in which they become known.

    No key stands twice in one parcel; a later parcel may correct an earlier one. The same world gives the same records.
    """
    yield from _Life(world).run()


class _Life:
    def __init__(self, world: World) -> None:
        self._world = world
        self._outbox = Outbox(world)
        self._persons = Persons(world)
        self._workforce = Workforce(world)
        self._orders = Orders(world, self._persons, self._outbox)
        self._selling = Selling(world, self._persons, self._outbox, self._orders)
        self._inbound = Inbound(world, self._persons)
        self._outbound = Outbound(world, self._persons, self._workforce)
        self._corrections = Corrections(world, self._outbox)
        self._spending = Spending(world, self._workforce, self._outbox, self._corrections)
        self._nearby = Nearby(world, self._persons, self._outbox, self._selling)
        self._visits = SiteVisits(world, self._outbox)
        self._wishes = CallbackWishes(
            world,
            self._persons,
            self._outbox,
            selling=self._selling,
            outbound=self._outbound,
            staff=self._workforce,
        )
        self._serial = 0

    def run(self) -> Iterator[tuple[str, list[Record]]]:
        self._found()
        for day, count in enumerate(calls_by_day(self._world)):
            self._day(day, count)
            yield from self._outbox.parcels()
        yield from self._outbox.parcels(everything=True)

    def _found(self) -> None:
        """What is there before the first call."""
        before = self._world.midnight(0) - timedelta(days=1)
        for item in (*ITEMS, CUSTOM_ITEM):
            product: Record = {
                "key": item.product,
                "known_at": before,
                "product": item.product,
                "product_group": item.group,
            }
            if item.margin is not None:
                product["margin_percent"] = item.margin
            self._outbox.add("product", product)
        for agent in self._workforce.hired():
            self._outbox.add("agent", agent)
        self._spending.begin()
        self._visits.begin()

    def _day(self, day: int, count: int) -> None:
        if day == self._workforce.move_day and day > 0:
            self._outbox.add("agent", self._workforce.moved())
        self._outbox.begin_day(day)
        working = self._workforce.at_work(day)
        share = day / self._world.days
        promotion = _PROMOTION_FROM <= share < _PROMOTION_TO
        calls_in = min(count, count * (_INBOUND_PERCENT + (8 if promotion else 0)) // 100)
        arrived = self._inbound.draw(day, calls_in, working, self._orders.buyers, promotion=promotion)
        self._visits.day(day, arrived)
        called_back = self._wishes.day(day, calls_in, count - calls_in, working)
        dialled = self._dials(day, count - calls_in - len(called_back), working)
        calls = sorted(arrived + called_back + dialled, key=_start)
        handled = self._take(day, calls, working)
        self._wishes.tell()
        for shift in self._workforce.shifts(day, working):
            self._outbox.add("shift", shift)
        for state in self._workforce.states(day, working, handled):
            self._outbox.add("agent_state", state)
        self._nearby.day(day, calls_in, count - calls_in, working, self._workforce)
        self._spending.day(day, arrived, working)

    def _dials(self, day: int, budget: int, working: Sequence[Member]) -> list[Conversation]:
        tasks = self._selling.due(day, budget * _FOLLOW_UP_PERCENT // 100)
        found = []
        for task, conversation, chance in self._outbound.follow(day, tasks, working):
            found.append(conversation)
            if chance == 0:
                self._selling.again(task, day)
            elif task.first:
                self._selling.decide(task, day, conversation.ended, chance)
        tests = min(budget - len(found), (budget * 5 + day * 131 % 1000) // 1000)
        found += self._outbound.tests(day, tests, working)
        return found + self._outbound.draw(day, budget - len(found), working)

    def _take(
        self, day: int, calls: Sequence[Conversation], working: Sequence[Member]
    ) -> dict[str, tuple[int, int, int]]:
        """Number the calls in order of time, let them lead to sales, and send them.

        Returns seconds of dialling, talk and wrap-up by agent.
        """
        handled: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        teams = {member.code: self._workforce.team(member, day) for member in working}
        for conversation in calls:
            self._serial += 1
            call = conversation.call
            call["key"] = f"T{self._serial}"
            call["known_at"] = conversation.ended + timedelta(seconds=30)
            if self._serial % _PROFILE_EVERY == 0 and conversation.person is not None and "excluded" not in call:
                self._introduce(conversation.person, call["known_at"])
            if conversation.chance > 0 and conversation.person is not None and "lead" not in call:
                self._consider(day, conversation, teams)
            agent = call.get("agent")
            if agent is not None:
                # One call in twelve does not say its team; it is the agent's team of that day.
                if self._serial % 12:
                    call["team"] = teams.get(agent)
                seconds = handled[agent]
                seconds[0] += call.get("ring_seconds", 0) if call["direction"] == "out" else 0
                seconds[1] += call.get("talk_seconds", 0)
                seconds[2] += call.get("wrap_seconds", 0)
            self._corrections.send_call(call, day)
        return {agent: (seconds[0], seconds[1], seconds[2]) for agent, seconds in handled.items()}

    def _introduce(self, person: int, known_at: datetime) -> None:
        """Many lists come with a profile of the people on them."""
        for kind, record in self._persons.introduce(person, known_at):
            self._outbox.add(kind, record)

    def _consider(self, day: int, conversation: Conversation, teams: dict[str, str]) -> None:
        member = conversation.member
        agent, team = team_of(member, teams.get(member.code) if member else None)
        self._selling.consider(
            Talk(
                call=conversation.call,
                person=conversation.person or 0,
                day=day,
                ended=conversation.ended,
                chance=conversation.chance,
                ad=conversation.ad,
                agent=agent,
                team=team,
            )
        )


def _start(conversation: Conversation) -> datetime:
    call = conversation.call
    start: datetime = call["dialed_at"] if call["direction"] == "out" else call["ringing_at"]
    return start
