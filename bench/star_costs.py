"""The ledger of the made-up business: month for month, booked amounts and tariffs of every kind of driver and scope."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from huasuan.metrics.derived.pools import SCALE
from huasuan.metrics.drivers import DRIVERS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """One line a month: ``fen`` booked for each 1,000 calls of the month, or ``tariff`` in fen for a priced unit."""

    kind: str
    driver: str
    fen: int | None = None
    tariff: int | None = None
    scope: dict[str, str] = field(default_factory=dict)


_LEDGER = (
    _Cost(kind="ads", driver="response", fen=310_001, scope={"channel": "baidu"}),
    _Cost(kind="ads", driver="response", fen=170_003, scope={"channel": "douyin"}),
    _Cost(kind="ads", driver="response", fen=41_007, scope={"channel": "wechat", "campaign": "wechat-2"}),
    _Cost(kind="content", driver="visit", fen=23_009, scope={"channel": "xiaohongshu"}),
    _Cost(kind="list_data", driver="record", fen=9_011, scope={"list": "list-03"}),
    _Cost(kind="list_data", driver="record", tariff=15),
    _Cost(kind="call_charges", driver="minute_60", tariff=12, scope={"direction": "out"}),
    _Cost(kind="call_charges", driver="minute_6", fen=3_013, scope={"own_number": "+861060000007"}),
    _Cost(kind="tracking_numbers", driver="inbound_call", fen=2_017),
    _Cost(kind="sms", driver="message", tariff=4),
    _Cost(kind="pay", driver="seat_hour", fen=1_900_019),
    _Cost(kind="pay", driver="seat_hour", tariff=3_500, scope={"team": "team-2"}),
    _Cost(kind="premises", driver="seat_hour", fen=210_023),
    _Cost(kind="dialler", driver="dial", fen=52_027),
    _Cost(kind="voice_bot", driver="bot_minute", tariff=9),
    _Cost(kind="capital", driver="minute_1", fen=77_029),
    _Cost(kind="tools", driver="call", fen=31_031),
    _Cost(kind="commission", driver="deal", fen=190_033),
    _Cost(kind="recruitment", driver="none", fen=15_037),
)
_SCOPED = ("channel", "campaign", "list", "team", "own_number", "direction")


def cost_lines(first: date, days: int, calls: int) -> Iterator[str]:
    """The statement that fills ``cost_line``."""
    last = first + timedelta(days=days - 1)
    rows: list[str] = []
    start = first
    while start <= last:
        after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = min(last, after - timedelta(days=1))
        rows.extend(_row(len(rows) + at, cost, (start, end), calls, days) for at, cost in enumerate(_LEDGER))
        start = after
    columns = ", ".join(
        ("entry", "cost_kind", "driver", "first_day", "last_day", "amount", "rate", "missing", *_SCOPED)
    )
    yield f"INSERT INTO cost_line BY NAME SELECT * FROM (VALUES {', '.join(rows)}) v({columns})"


def _row(entry: int, cost: _Cost, span: tuple[date, date], calls: int, days: int) -> str:
    start, end = span
    amount = rate = "NULL::HUGEINT"
    if cost.fen is not None:
        booked = cost.fen * calls * ((end - start).days + 1) // days // 1000
        amount = f"{booked * SCALE}::HUGEINT"
    else:
        assert cost.tariff is not None
        rate = f"{cost.tariff * SCALE // DRIVERS[cost.driver].per}::HUGEINT"
    scope = ", ".join(f"'{cost.scope[name]}'" if name in cost.scope else "NULL::VARCHAR" for name in _SCOPED)
    said = f"{entry}::BIGINT, '{cost.kind}', '{cost.driver}', DATE '{start}', DATE '{end}'"
    return f"({said}, {amount}, {rate}, FALSE, {scope})"
