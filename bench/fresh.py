"""How soon a fact that was acknowledged stands in the answers, at 400 facts a second."""

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from bench import records
from bench.findings import Finding, Line, rows_text
from bench.installation import Caller, Service, found, serving
from bench.processes import run_step
from huasuan.app.settings import Settings

RATE, SECONDS = 400, 30
_TICK = 0.25
# How many of each kind in a tick; together RATE * _TICK.
_MIX = {"call": 80, "lead": 12, "deal_event": 7, "cost": 1}
SCREENS = 4
_PAUSE = 0.1
_GIVE_UP = 60
BOUND = 1.0
# Less than this share of the wanted rate means that the sender was held up.
_HELD_UP = 0.98
_QUESTION = {"metrics": ["dials", "inbound_calls", "leads", "won_deals", "total_cost"]}
_NUMBERS = 50_000


@dataclass(slots=True, kw_only=True)
class _Seen:
    """Acknowledged and answered totals of every kind over time, both only growing."""

    acknowledged: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: {kind: [] for kind in _MIX})
    answered: list[list[tuple[float, dict[str, int]]]] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)
    sending: bool = True
    rate: float = 0.0


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """Send for 30 s and ask all the while."""
    size = sizes[0]
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        home = Path(folder) / "home"
        found(home)
        run_step("installation:fill", home=str(home), calls=size)
        with serving(home) as service:
            before = _totals(Caller(service))
            _warm(service)
            seen = _go(service, _totals(Caller(service)))
    lags = {kind: _lags(seen, kind) for kind in _MIX}
    every = sorted(lag for found_ in lags.values() for lag in found_)
    asking = sorted(seen.asking)
    stood = sum(count for kind, count in before.items() if kind != "cost")  # of costs the totals are money
    return Finding(
        name="fresh",
        title="Freshness of answers",
        notes=(
            f"{stood} facts stood there before; every {_TICK} s {_MIX}, each kind one POST, {SECONDS} s; the projector "
            f"of `huasuan serve` looks every {Settings().projector_seconds} s",
            f"lag: from the acknowledgement (HTTP 200) of a fact to the arrival of the first answer that counts it; "
            f"{SCREENS} screens ask without cuts over everything, each {_PAUSE} s after its last answer",
            "a question brings the warehouse up to the store before it is answered, so its own time is the lag; "
            f"that time: median {_at(asking, 0.5):.2f} s, p95 {_at(asking, 0.95):.2f} s, {len(asking)} questions",
        ),
        lines=(
            Line(
                what="facts taken a second",
                size=rows_text(size),
                ours=f"{seen.rate:.0f}/s",
                bound=f"{RATE}/s",
                met=seen.rate >= _HELD_UP * RATE,
            ),
            _line("all kinds", size, every, bound=True),
            *(_line(kind, size, sorted(found_), bound=False) for kind, found_ in lags.items()),
        ),
    )


def _line(what: str, size: int, lags: Sequence[float], *, bound: bool) -> Line:
    p95 = _at(lags, 0.95)
    return Line(
        what=f"lag, {what}: {len(lags)} facts",
        size=rows_text(size),
        ours=f"p50 {_at(lags, 0.5):.2f} s, p95 {p95:.2f} s, max {lags[-1]:.2f} s",
        bound=f"p95 ≤ {BOUND:.0f} s" if bound else "",
        met=p95 <= BOUND if bound else None,
    )


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _totals(caller: Caller) -> dict[str, int]:
    values = caller.ask(_QUESTION)
    return {
        "call": int(values["dials"] or 0) + int(values["inbound_calls"] or 0),
        "lead": int(values["leads"] or 0),
        "deal_event": int(values["won_deals"] or 0),
        # Each cost sent here is one yuan; what stood there before is taken off.
        "cost": int(float(values["total_cost"] or 0)),
    }


def _bodies(tick: int, prefix: str) -> dict[str, bytes]:
    """The facts of one tick; deals name calls of the tick before."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    numbers = {kind: range(tick * count, (tick + 1) * count) for kind, count in _MIX.items()}
    made: dict[str, list[records.Record]] = {
        "call": [
            records.call(n, numbers=_NUMBERS, started=at, aware=True, prefix=prefix + "c") for n in numbers["call"]
        ],
        "lead": [records.lead(n, numbers=_NUMBERS, at=at, prefix=prefix + "l") for n in numbers["lead"]],
        "deal_event": [
            records.won(
                n,
                at=at,
                origin_call=f"{prefix}c{max(0, tick - 1) * _MIX['call'] + n % 80}",
                phone=f"138{n:08d}",
                prefix=prefix + "d",
            )
            for n in numbers["deal_event"]
        ],
        "cost": [records.cost(n, at=at, prefix=prefix + "k") for n in numbers["cost"]],
    }
    return {kind: orjson.dumps(facts) for kind, facts in made.items()}


def _warm(service: Service) -> None:
    """One tick and one answer, unmeasured: what is loaded on first use is loaded."""
    caller = Caller(service)
    for kind, body in _bodies(0, "warm-").items():
        caller.deliver(kind, body)
    caller.ask(_QUESTION)


def _go(service: Service, start: dict[str, int]) -> _Seen:
    seen = _Seen()
    screens = [threading.Thread(target=_keep_asking, args=(service, start, seen)) for _ in range(SCREENS)]
    for screen in screens:
        screen.start()
    try:
        _send(service, seen)
    finally:
        seen.sending = False
        for screen in screens:
            screen.join()
    return seen


def _send(service: Service, seen: _Seen) -> None:
    caller = Caller(service)
    sent = dict.fromkeys(_MIX, 0)
    begun = time.perf_counter()
    for tick in range(int(SECONDS / _TICK)):
        time.sleep(max(0.0, begun + tick * _TICK - time.perf_counter()))
        for kind, body in _bodies(tick, "live-").items():
            sent[kind] += caller.deliver(kind, body)
            seen.acknowledged[kind].append((time.perf_counter(), sent[kind]))
    seen.rate = sum(sent.values()) / max(SECONDS, time.perf_counter() - begun)


def _keep_asking(service: Service, start: dict[str, int], seen: _Seen) -> None:
    """Ask until everything sent is in an answer."""
    caller = Caller(service)
    until = time.perf_counter() + SECONDS + _GIVE_UP
    mine: list[tuple[float, dict[str, int]]] = []
    seen.answered.append(mine)
    while time.perf_counter() < until:
        begun = time.perf_counter()
        totals = _totals(caller)
        now = time.perf_counter()
        seen.asking.append(now - begun)
        counted = {kind: totals[kind] - start[kind] for kind in _MIX}
        mine.append((now, counted))
        if not seen.sending and all(counted[kind] >= seen.acknowledged[kind][-1][1] for kind in _MIX):
            return
        time.sleep(_PAUSE)


def _lags(seen: _Seen, kind: str) -> list[float]:
    """The lag of every fact of a kind: until the first screen shows it."""
    lags: list[float] = []
    for screen in seen.answered:
        counts = [counted[kind] for _, counted in screen]
        assert counts == sorted(counts), f"{kind}: an answer went back"
    before = 0
    for moment, total in seen.acknowledged[kind]:
        shown = [arrived for screen in seen.answered for arrived, counted in screen if counted[kind] >= total]
        assert shown, f"{kind}: {total} acknowledged, not answered"
        # Shown before the acknowledgement was read: no lag.
        lags.extend([max(0.0, min(shown) - moment)] * (total - before))
        before = total
    return lags
