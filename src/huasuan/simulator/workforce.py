"""The agents of the made-up business: where they sit, what they can do, when they are paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from huasuan.simulator.business import OFFICES, Office
from huasuan.simulator.world import Record, World

_CALLS_A_DAY = 75
_FEWEST, _MOST = 7, 400
_SATURDAY, _SUNDAY = 5, 6
_MORNING, _NOON, _AFTERNOON, _EVENING = 32_400, 43_200, 48_600, 64_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agent: skill is a factor on the chance of a sale, speed one on the length of talk."""

    code: str
    office: Office
    team: str
    skill: float
    speed: float
    part_time: bool


class Workforce:
    """Who works when. One agent moves to another team in mid-life of the business."""

    def __init__(self, world: World) -> None:
        self._world = world
        count = max(_FEWEST, min(_MOST, round(world.calls / world.days / _CALLS_A_DAY)))
        draws = world.rng(4).random((count, 3)).tolist()
        self.members = [self._hire(index, count, draw) for index, draw in enumerate(draws)]
        self.mover = self.members[0]
        self.new_team = OFFICES[0].teams[1]
        self.move_day = world.days // 2

    def _hire(self, index: int, count: int, draw: list[float]) -> Member:
        place = (index + 0.5) / count
        office = OFFICES[0]
        for candidate in OFFICES:
            office = candidate
            if place < candidate.share:
                break
            place -= candidate.share
        return Member(
            code=f"A{index + 1:02d}",
            office=office,
            team=office.teams[0] if index == 0 else office.teams[index % len(office.teams)],
            skill=0.6 + 0.9 * draw[0],
            speed=0.8 + 0.5 * draw[1],
            part_time=index % 6 == 5,
        )

    def team(self, member: Member, day: int) -> str:
        """The member's team on that day."""
        return self.new_team if member is self.mover and day >= self.move_day else member.team

    def hired(self) -> Iterator[Record]:
        """The agents as they are known on the first day."""
        since = self._world.midnight(0) - timedelta(days=200)
        for member in self.members:
            yield {
                "key": member.code,
                "known_at": since,
                "agent": member.code,
                "since": since,
                "name": f"坐席{member.code}",
                "team": member.team,
                "city": member.office.city,
            }

    def moved(self) -> Record:
        """The agent that changes teams: a second membership, from the later date on."""
        since = self._world.midnight(self.move_day)
        return {
            "key": f"{self.mover.code}@{since:%Y-%m-%d}",
            "known_at": since,
            "agent": self.mover.code,
            "since": since,
            "name": f"坐席{self.mover.code}",
            "team": self.new_team,
            "city": self.mover.office.city,
        }

    def at_work(self, day: int) -> list[Member]:
        """Who has a shift that day; at weekends only some, never nobody."""
        weekday = self._world.day(day).weekday()
        share = {_SATURDAY: 0.5, _SUNDAY: 0.17}.get(weekday, 0.95)
        draws = self._world.rng(5, day).random(len(self.members)).tolist()
        found = [member for member, draw in zip(self.members, draws, strict=True) if draw < share]
        return found or [self.members[day % len(self.members)]]

    def shifts(self, day: int, working: list[Member]) -> Iterator[Record]:
        """The paid times of a day: part-timers in the afternoon only; one shift in ten says nothing of its team."""
        midnight = self._world.midnight(day)
        for serial, member in enumerate(working):
            record: Record = {
                "key": f"S{day}-{member.code}",
                "known_at": midnight + timedelta(seconds=_EVENING),
                "agent": member.code,
                "started_at": midnight + timedelta(seconds=_AFTERNOON if member.part_time else _MORNING),
                "ended_at": midnight + timedelta(seconds=_EVENING),
            }
            if not member.part_time:
                record["paid_seconds"] = _EVENING - _MORNING - (_AFTERNOON - _NOON) // 2
            if (day + serial) % 10:
                record |= {"team": self.team(member, day), "city": member.office.city}
            yield record

    def states(self, day: int, working: list[Member], handled: dict[str, tuple[int, int, int]]) -> Iterator[Record]:
        """What the agents did, as blocks of time: their calls, breaks and training; the rest is waiting."""
        midnight = self._world.midnight(day)
        for member in working:
            start = midnight + timedelta(seconds=_AFTERNOON if member.part_time else _MORNING)
            length = _EVENING - (_AFTERNOON if member.part_time else _MORNING)
            dialing, talk, wrap = handled.get(member.code, (0, 0, 0))
            blocks = [
                ("dialing", dialing),
                ("talk", talk),
                ("wrap", wrap),
                ("break", 1800),
                ("training", 900 * (day % 5 == 0)),
            ]
            blocks.append(("ready", max(600, length - sum(seconds for _, seconds in blocks))))
            yield from _blocks(f"{day}-{member.code}", member.code, start, blocks)


def _blocks(key: str, agent: str, start: datetime, blocks: list[tuple[str, int]]) -> Iterator[Record]:
    for state, seconds in blocks:
        if seconds <= 0:
            continue
        end = start + timedelta(seconds=seconds)
        record: Record = {
            "key": f"{key}-{state}",
            "known_at": end,
            "agent": agent,
            "state": state,
            "started_at": start,
            "ended_at": end,
        }
        if state == "break":
            record["pause_code"] = "lunch"
        yield record
        start = end
