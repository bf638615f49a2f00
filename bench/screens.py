"""What a browser asks of the service for each screen; a test compares the overview with a real browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

PERIOD_DAYS = 30
_MONEY = ["total_cost", "revenue_net", "roi", "gross_margin", "cac"]
_WORK = ["won_deals", "conversations", "connect_rate", "target_calls", "missed_rate"]
_COMPARED = {"compare": "previous", "intervals": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    body: bytes | None = None


def frame() -> list[Asked]:
    """What every page asks for when it is opened."""
    return [Asked(method="GET", path=path) for path in ("me", "metrics", "health")]


def overview(last: date, days: int = PERIOD_DAYS) -> list[Asked]:
    """The first screen, over the ``days`` up to and with the last one."""
    end = last + timedelta(days=1)
    start = end - timedelta(days=days)
    now, before = (str(start), str(end)), (str(start - timedelta(days=days)), str(start))
    return [
        _ask(["revenue_net"], ["day"], now, {"compare": None}),
        _ask(["revenue_net"], ["day"], before, {"compare": None}),
        _ask(_MONEY, [], now, _COMPARED),
        _ask(_WORK, [], now, _COMPARED),
        _ask(["total_cost", "revenue_net", "roi"], ["channel"], now),
        _ask(["missed"], ["hour"], now),
    ]


def call_log(last: date) -> list[Asked]:
    """The newest calls of the period."""
    start = last - timedelta(days=PERIOD_DAYS - 1)
    return [Asked(method="GET", path=f"calls?from={start}&to={last + timedelta(days=1)}&limit=100")]


def card(number: int) -> list[Asked]:
    """One call."""
    return [Asked(method="GET", path=f"calls/{number}")]


def explorer(last: date, metric: str, by: str) -> list[Asked]:
    """A metric by a dimension, beside the period before."""
    period = (str(last - timedelta(days=PERIOD_DAYS - 1)), str(last + timedelta(days=1)))
    return [_ask([metric], [by], period, _COMPARED)]


def settings() -> list[Asked]:
    """The settings of the workspace."""
    return [Asked(method="GET", path="settings")]


def _ask(metrics: list[str], by: list[str], period: tuple[str, str], more: Mapping[str, object] | None = None) -> Asked:
    body = {"metrics": metrics, "by": by, "where": {}, "from": period[0], "to": period[1], "basis": "cohort"}
    return Asked(method="POST", path="ask", body=orjson.dumps({**body, "matured": None, **(more or {})}))
