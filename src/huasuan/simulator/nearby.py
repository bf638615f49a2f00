"""What happens around the calls: visits, forms, text messages, fairs, and what people agree to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from huasuan.simulator.business import ADS
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.persons import Persons
from huasuan.simulator.selling import Selling
from huasuan.simulator.workforce import Member, Workforce
from huasuan.simulator.world import Record, World

_ONLINE = tuple(ad for ad in ADS if ad.online)
_SOURCE = ("channel", "source", "medium", "campaign", "ad_group", "keyword", "creative")
FAIR_EVERY, FAIR_FROM, FAIR_DAYS = 60, 20, 3
_SMS_WEEKDAY = 2


def fair_name(day: int) -> str | None:
    """The fair that is on at that day."""
    return f"expo-{day // FAIR_EVERY + 1}" if FAIR_FROM <= day % FAIR_EVERY < FAIR_FROM + FAIR_DAYS else None


class Nearby:
    """Draws everything of a day that is neither call nor sale nor cost."""

    def __init__(self, world: World, persons: Persons, outbox: Outbox, selling: Selling) -> None:
        self._world = world
        self._persons = persons
        self._outbox = outbox
        self._selling = selling
        self._serial = 0
        weights = np.array([ad.weight for ad in _ONLINE])
        self._ads = np.cumsum(weights / weights.sum())

    def day(self, day: int, calls_in: int, dials: int, working: Sequence[Member], workforce: Workforce) -> None:
        """Visits and forms follow the advertising, messages and consents the dialling."""
        rng = self._world.rng(13, day)
        self._visits(day, calls_in, rng, working, workforce)
        if self._world.day(day).weekday() == _SMS_WEEKDAY:
            self._messages(day, dials, rng)
        if fair := fair_name(day):
            self._fair(day, fair=fair, count=2 + dials // 12, rng=rng, working=working, workforce=workforce)
        self._consents(day, 1 + dials // 25, rng)

    def _visits(
        self, day: int, count: int, rng: np.random.Generator, working: Sequence[Member], workforce: Workforce
    ) -> None:
        ads = np.searchsorted(self._ads, rng.random(count)).clip(0, len(_ONLINE) - 1).tolist()
        for index, draw in zip(ads, rng.random((count, 5)).tolist(), strict=True):
            ad = _ONLINE[index]
            at = self._moment(day, draw[0])
            visitor = f"v{self._next()}"
            source = {name: getattr(ad, name) for name in _SOURCE if getattr(ad, name) is not None}
            visit: Record = {"kind": "visit", "visitor": visitor, "landing_page": f"/l/{ad.campaign}", **source}
            self._touch(visit, at)
            if draw[1] < 0.1:
                self._touch(visit | {"kind": "form"}, at + timedelta(minutes=2))
                lead = self._lead(at + timedelta(minutes=2), draw, day, working, workforce) | source
                lead["visitor"] = visitor
                if draw[2] < 0.4:
                    lead["email"] = f"{visitor}@example.com"
                self._selling.form(lead, lead.pop("person"), day, ad, unseen=False)

    def _lead(
        self, at: datetime, draw: list[float], day: int, working: Sequence[Member], workforce: Workforce
    ) -> Record:
        member = working[int(draw[3] * len(working))]
        person = self._persons.meet(1)[0]
        return {
            "known_at": at,
            "created_at": at,
            "person": person,
            "phone": self._persons.phones[person],
            "stage": "new" if draw[4] < 0.7 else "qualified",
            "agent": member.code,
            "team": workforce.team(member, day),
        }

    def _fair(
        self,
        day: int,
        *,
        fair: str,
        count: int,
        rng: np.random.Generator,
        working: Sequence[Member],
        workforce: Workforce,
    ) -> None:
        for draw in rng.random((count, 5)).tolist():
            at = self._moment(day, draw[0])
            lead = self._lead(at, draw, day, working, workforce) | {"channel": "fair", "campaign": fair}
            self._touch({"kind": "offline_ad", "phone": lead["phone"], "channel": "fair", "campaign": fair}, at)
            self._selling.form(lead, lead.pop("person"), day, None, unseen=draw[1] < 0.04)

    def _messages(self, day: int, count: int, rng: np.random.Generator) -> None:
        """The weekly wave of text messages to people of the lists, some of them longer than one part."""
        known = len(self._persons.phones)
        for draw in rng.random((count // 2, 3)).tolist():
            message: Record = {
                "kind": "sms",
                "phone": self._persons.phones[int(draw[0] * known)],
                "channel": "sms",
                "source": "sms",
                "medium": "sms",
                "campaign": "sms-wave",
                "creative": "sms-a" if draw[1] < 0.5 else "sms-b",
                "segments": 1 + int(draw[2] * 2.3),
            }
            self._touch(message, self._moment(day, draw[1]))

    def _consents(self, day: int, count: int, rng: np.random.Generator) -> None:
        known = len(self._persons.phones)
        for draw in rng.random((count, 3)).tolist():
            at = self._moment(day, draw[1])
            consent: Record = {
                "key": f"K{self._next()}",
                "known_at": at,
                "at": at,
                "purpose": "call" if draw[2] < 0.7 else "sms",
                "given": draw[2] < 0.85,
                "phone": self._persons.phones[int(draw[0] * known)],
                "evidence": "录音",
            }
            self._outbox.add("consent", consent)

    def _touch(self, touch: Record, at: datetime) -> None:
        self._outbox.add("touch", {"key": f"W{self._next()}", "known_at": at, "at": at, **touch})

    def _moment(self, day: int, share: float) -> datetime:
        return self._world.midnight(day) + timedelta(hours=8) + timedelta(seconds=int(share * 12 * 3600))

    def _next(self) -> int:
        self._serial += 1
        return self._serial
