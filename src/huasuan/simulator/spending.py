"""What the made-up business pays: every kind of cost and every driver, and some sums that nobody can place."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from huasuan.kernel.time import start_of_day
from huasuan.simulator.business import ADS, LISTS, OFFICES, PROMOTION, Ad
from huasuan.simulator.corrections import Corrections
from huasuan.simulator.inbound import Conversation
from huasuan.simulator.nearby import FAIR_DAYS, FAIR_EVERY, FAIR_FROM, fair_name
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.workforce import Member, Workforce
from huasuan.simulator.world import Record, World, yuan

_MAIN_LINE = "4008001234"
_TRACKED = sorted({ad.number for ad in ADS if ad.channel})[:6]
_WEEK = 7


class Spending:
    """Writes the ledger: what is known from the start, what comes every month, and the advertising of each day."""

    def __init__(self, world: World, workforce: Workforce, outbox: Outbox, corrections: Corrections) -> None:
        self._world = world
        self._workforce = workforce
        self._outbox = outbox
        self._corrections = corrections
        self._rng = world.rng(14)
        self._serial = 0
        # All fixed sums grow with the business, so that a small demonstration is as profitable as a large one.
        self._scale = len(workforce.members) / 10

    def begin(self) -> None:
        """Exchange rates, price lists of carriers and suppliers, and what is written off over months."""
        self._rates()
        self._tariffs()
        self._investments()

    def day(self, day: int, arrived: Sequence[Conversation], working: Sequence[Member]) -> None:
        """The advertising of the day; on the first day of a month also what the month costs."""
        today = self._world.day(day)
        if day == 0 or today.day == 1:
            self._month(today)
        brought: dict[int, int] = {}
        for conversation in arrived:
            if conversation.ad is not None:
                brought[id(conversation.ad)] = brought.get(id(conversation.ad), 0) + 1
        for serial, ad in enumerate(ADS):
            if ad.cost:
                self._advertise(day, serial, ad, brought.get(id(ad), 0))
        if fair_name(day) and day % FAIR_EVERY == FAIR_FROM:
            self._fair(today, fair_name(day))
        if day == self._world.days // 3:
            self._once(today)

    def _advertise(self, day: int, serial: int, ad: Ad, calls: int) -> None:
        """A platform's report of one day: half of the spend follows the calls, half is shown to nobody who calls."""
        per_day = self._world.calls / self._world.days * 0.25
        expected = per_day * ad.weight / 107
        noise = 0.8 + 0.4 * float(self._rng.random())
        fen = int(100 * ad.cost * (0.5 * calls + 0.5 * expected) * noise)
        clicks = 3 * calls + int(4 * expected)
        record: Record = {
            "key": f"AD-{day}-{serial}",
            "known_at": self._world.midnight(day + 1) - timedelta(hours=1),
            "cost_kind": "ads",
            "service_from": self._world.day(day).isoformat(),
            "amount": yuan(fen),
            "clicks": clicks,
            "impressions": clicks * 37,
        }
        for name in ("channel", "source", "medium", "campaign", "ad_group", "keyword", "creative"):
            value = getattr(ad, name)
            if value is not None:
                record[name] = value
        if ad.creative == "image-family":
            record["driver"] = "visit"
        self._corrections.send_cost(record, fen, change=fen // 20 + serial)

    def _rates(self) -> None:
        first = self._world.first_day - timedelta(days=10)
        for step in range((self._world.days + 20) // _WEEK + 1):
            day = first + timedelta(days=_WEEK * step)
            for currency, base in (("USD", 71500), ("HKD", 9150)):
                rate = base + int(self._rng.integers(-400, 400))
                record: Record = {
                    "key": f"{currency}-{day.isoformat()}",
                    "known_at": start_of_day(max(day, first), self._world.zone),
                    "day": day.isoformat(),
                    "currency": currency,
                    "into": "CNY",
                    "rate": f"{rate / 10000:.4f}",
                }
                self._outbox.add("fx_rate", record)

    def _tariffs(self) -> None:
        """Prices of one unit; the amounts follow from what happens. The carrier raises its price half-way."""
        start, middle, end = self._world.first_day, self._world.day(self._world.days // 2), self._world.end_day
        drivers = {"深圳": "minute_60", "成都": "minute_6", "西安": "minute_1"}
        for office in OFFICES:
            for number in office.shown:
                scope = {"direction": "out", "own_number": number, "driver": drivers[office.city]}
                self._tariff("call_charges", "0.09", start, middle, scope)
                self._tariff("call_charges", "0.095", middle, end, scope)
        self._tariff("call_charges", "0.18", start, end, {"direction": "in", "own_number": _MAIN_LINE})
        self._tariff("call_charges", "0.012", start, end, {"driver": "answered_call"})
        for item in LISTS:
            self._tariff("list_data", item.price, start, end, {"list": item.name, "supplier": item.supplier})
        self._tariff("dialler", "1.60", start, end, {"city": "深圳"})
        self._tariff("dialler", "0.015", start, end, {"driver": "minute_6", "voice": "human", "direction": "out"})
        self._tariff("voice_bot", "0.12", start, end, {})
        self._tariff("voice_bot", "0.03", start, end, {"driver": "bot_call"})
        self._tariff("sms", "0.045", start, end, {})
        for member in self._workforce.members:
            if member.part_time:
                self._tariff("pay", "24.5", start, end, {"agent": member.code})

    def _investments(self) -> None:
        start = self._world.first_day
        amount = int(1_800_000 * self._scale)
        self._book("capital", amount * 3, start, {"useful_months": 36, "note": "dialler with prediction"})
        self._book("training", amount // 4, start, {"useful_months": 12, "team": OFFICES[1].teams[0]})
        self._book("training", amount // 5, start, {"useful_months": 12})
        self._book("recruitment", amount // 6, start, {"useful_months": 6, "city": OFFICES[2].city})
        self._book("compliance", 91_337, start, {"useful_months": 3, "currency": "HKD"})

    def _month(self, today: date) -> None:
        """Invoices of a month: they are known at its end and serve all of its days."""
        after = _next_month(today)
        known = min(start_of_day(after, self._world.zone), self._world.end) - timedelta(hours=2)
        self._staff(today, after, known)
        fixed: tuple[tuple[str, int, Record], ...] = (
            ("crm", 99_900, {}),
            ("tools", 14_900, {"currency": "USD"}),
            ("content", 180_000, {"channel": "douyin"}),
            ("content", 40_000, {}),
            ("ads", 120_001, {"note": "agency fee"}),
            ("ads", 30_000, {"channel": "google", "campaign": "gg-old"}),
            ("list_data", 25_013, {"list": "L-cheap", "note": "cleaning"}),
            ("voice_bot", 36_500, {"driver": "bot_call", "voice": "bot", "note": "lines"}),
            ("compliance", 29_900, {}),
            ("parking", 15_000, {}),
            ("other", 66_600, {"driver": "none", "note": "shareholders' meeting"}),
            ("other", 12_345, {"driver": "dial", "city": "成都"}),
            ("sms", 9_900, {"campaign": "sms-wave", "note": "signature and template"}),
        )
        for kind, fen, scope in fixed:
            self._book(kind, int(fen * self._scale), today, scope | {"service_to": after.isoformat()}, known)

    def _staff(self, today: date, after: date, known: datetime) -> None:
        days = (after - today).days
        until = {"service_to": after.isoformat()}
        for member in self._workforce.members:
            # A bonus is the agent's own; base pay differs by city and is spread over whoever works there that day.
            self._book("pay", int(40_000 * member.skill), today, until | {"agent": member.code}, known)
        for office in OFFICES:
            staff = sum(member.office is office and not member.part_time for member in self._workforce.members)
            if staff:
                self._book("pay", staff * office.pay * 100 * days // 30, today, until | {"city": office.city}, known)
            rent = int(office.rent * 100 * self._scale)
            self._book("premises", rent, today, until | {"city": office.city}, known)
            for team in office.teams:
                self._book("management", int(210_077 * self._scale), today, until | {"team": team}, known)
            for number in office.shown:
                self._book("number_rent", 5_003, today, until | {"direction": "out", "own_number": number}, known)
        for number in _TRACKED:
            self._book("tracking_numbers", 3_000, today, until | {"direction": "in", "own_number": number}, known)

    def _fair(self, today: date, name: str | None) -> None:
        scope: Record = {"channel": "fair", "campaign": name}
        end = today + timedelta(days=FAIR_DAYS)
        self._book("events", int(250_000 * self._scale), today, scope | {"service_to": end.isoformat()})

    def _once(self, today: date) -> None:
        """What happens once: a fine, an offer's leaflets, and a commission for a deal nobody knows."""
        self._book("fine", 500_000, today, {"campaign": "out-city"})
        later = today + timedelta(days=max(1, self._world.days // 5))
        self._book("content", 88_888, today, {"promotion": PROMOTION, "service_to": later.isoformat()})
        self._book("commission", 12_300, today, {"deal": "D0"})
        self._book("tools", 4_001, today, {"driver": "inbound_call", "note": "feedback forms"})

    def _tariff(self, kind: str, rate: str, start: date, end: date, scope: Record) -> None:
        if start < end:
            known = start_of_day(start, self._world.zone)
            terms = {"rate": rate, "service_from": start.isoformat(), "service_to": end.isoformat()}
            self._write({"known_at": known, "cost_kind": kind, **terms, **scope})

    def _book(self, kind: str, fen: int, start: date, scope: Record, known: datetime | None = None) -> None:
        known = known or start_of_day(start, self._world.zone) + timedelta(hours=9)
        self._write(
            {"known_at": known, "cost_kind": kind, "amount": yuan(fen), "service_from": start.isoformat(), **scope}
        )

    def _write(self, record: Record) -> None:
        self._serial += 1
        self._outbox.plan("cost", {"key": f"L{self._serial}"} | record, record["known_at"])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
