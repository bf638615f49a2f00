"""Made-up calls, leads, deal events and costs as they are sent in: the same number always gives the same record."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random

LOCAL = timezone(timedelta(hours=8))
FIRST = datetime(2024, 1, 1, tzinfo=LOCAL)
_SECONDS = 730 * 86400
COLUMNS = (
    "key",
    "direction",
    "dialed_at",
    "ringing_at",
    "answered_at",
    "agent_joined_at",
    "ended_at",
    "ring_seconds",
    "talk_seconds",
    "wrap_seconds",
    "result",
    "caller",
    "called",
    "agent",
    "queue",
    "channel",
    "list",
    "disposition",
)
_OUT = ("human", "human", "human", "machine", "no_answer", "no_answer", "no_answer", "busy", "rejected", "invalid")
_CHANNELS = ("baidu", "douyin", "so360", "sogou", "wechat", "sms", "referral", "offline", "toutiao", "xiaohongshu")
Record = dict[str, str | int | None]


def call(number: int, *, numbers: int, started: datetime, aware: bool, prefix: str = "c") -> Record:
    """One call; ``numbers`` is how many customers' numbers there are, ``aware`` writes times with their zone."""
    dice = Random(number)
    inbound = dice.random() < 0.4
    result = ("answered" if dice.random() < 0.82 else "missed") if inbound else _OUT[dice.randrange(len(_OUT))]
    ring = dice.randrange(2, 30)
    talk = dice.randrange(3, 600) if result in ("human", "answered") else 0
    answered = started + timedelta(seconds=ring) if result in ("human", "answered", "machine") else None
    joined = answered if result in ("human", "answered") else None
    customer, own = f"138{dice.randrange(numbers):08d}", f"010{60000000 + dice.randrange(40)}"

    def moment(value: datetime | None) -> str | None:
        if value is None:
            return None
        return value.isoformat() if aware else value.strftime("%Y-%m-%d %H:%M:%S")

    return {
        "key": f"{prefix}{number}",
        "direction": "in" if inbound else "out",
        "dialed_at": None if inbound else moment(started),
        "ringing_at": moment(started),
        "answered_at": moment(answered),
        "agent_joined_at": moment(joined),
        "ended_at": moment(started + timedelta(seconds=ring + talk)),
        "ring_seconds": ring,
        "talk_seconds": talk if joined else None,
        "wrap_seconds": dice.randrange(40) if joined else None,
        "result": result,
        "caller": customer if inbound else own,
        "called": own if inbound else customer,
        "agent": f"agent-{dice.randrange(60):02d}" if joined or not inbound else None,
        "queue": f"queue-{dice.randrange(4)}" if inbound else None,
        "channel": _CHANNELS[dice.randrange(10)] if inbound else "cold_list",
        "list": None if inbound else f"list-{dice.randrange(40):02d}",
        "disposition": f"disposition-{dice.randrange(8)}" if joined else None,
    }


def calls(count: int, *, aware: bool) -> Iterator[Record]:
    """Calls of two years in order of time, four a number."""
    for number in range(count):
        started = FIRST + timedelta(seconds=number * _SECONDS // count)
        yield call(number, numbers=max(1, count // 4), started=started, aware=aware)


def write_calls(path: Path, count: int) -> None:
    """The calls as a CSV file of 18 columns."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(calls(count, aware=False))
    partial.rename(path)


def lead(number: int, *, numbers: int, at: datetime, prefix: str = "l") -> Record:
    """One lead."""
    dice = Random(number + 10**9)
    return {
        "key": f"{prefix}{number}",
        "created_at": at.isoformat(),
        "phone": f"138{dice.randrange(numbers):08d}",
        "channel": _CHANNELS[dice.randrange(10)],
        "agent": f"agent-{dice.randrange(60):02d}",
    }


def won(
    number: int, *, at: datetime, origin_call: str | None = None, phone: str | None = None, prefix: str = "d"
) -> Record:
    """The event that wins a deal."""
    return {
        "key": f"{prefix}{number}-won",
        "deal": f"{prefix}{number}",
        "kind": "won",
        "at": at.isoformat(),
        "amount": f"{100 + number % 900}.25",
        "origin_call": origin_call,
        "phone": phone,
    }


def cost(number: int, *, at: datetime, prefix: str = "k") -> Record:
    """One yuan of advertising on the day."""
    day = at.astimezone(LOCAL).date().isoformat()
    return {
        "key": f"{prefix}{number}",
        "cost_kind": "ads",
        "service_from": day,
        "amount": "1.00",
        "channel": _CHANNELS[number % 10],
    }


def month_costs() -> Iterator[Record]:
    """Two years of monthly costs of different drivers, so that a warehouse has pools to keep."""
    for month in range(24):
        start = datetime(2024 + month // 12, month % 12 + 1, 1, tzinfo=UTC).date()
        end = (start + timedelta(days=32)).replace(day=1)
        span = {"service_from": start.isoformat(), "service_to": end.isoformat()}
        yield {"key": f"ads-{month}", "cost_kind": "ads", "amount": "310000.01", "channel": "baidu", **span}
        yield {"key": f"pay-{month}", "cost_kind": "pay", "amount": "1900000.19", **span}
        yield {"key": f"rent-{month}", "cost_kind": "premises", "amount": "210000.23", **span}
        yield {"key": f"tools-{month}", "cost_kind": "tools", "amount": "31000.31", **span}
        yield {"key": f"line-{month}", "cost_kind": "call_charges", "rate": "0.12", "direction": "out", **span}
