"""Eight dashboards of twelve tiles, reloaded every ten seconds over two years of calls, while facts arrive."""

import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson

from bench import records
from bench.findings import Finding, Line, rows_text
from bench.installation import Caller, Service, found, serving
from bench.processes import run_step
from bench.star_data import DAYS, FIRST_DAY
from huasuan.app.analysis import rules_of, rules_text
from huasuan.app.settings import STORE_FILE, Settings
from huasuan.intake import KINDS
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor, prepare_copies

DASHBOARDS, RELOAD, PERIOD_DAYS = 8, 10.0, 90
RATE, TICK, WARM, SECONDS = 400, 0.25, 40, 80
# How many of each kind in a tick; together RATE * TICK.
_MIX = {"call": 80, "lead": 13, "deal_event": 7}
_HELD_UP = 0.98
MAX_AGE = 1.5
PAGE_BOUND, STALE_BOUND = 1.0, 2.0
# Above the numbers the star tables use for their facts and contacts.
_FIRST_NUMBER = 5_000_000_000
_LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
_TILES: tuple[dict[str, Any], ...] = (
    {"metrics": ["dials", "inbound_calls"]},
    {"metrics": ["dials", "answered", "human_answered", "conversations"], "by": ["day"]},
    {"metrics": ["inbound_calls", "missed", "target_calls"], "by": ["hour"]},
    {"metrics": ["inbound_calls", "target_calls", "unique_target_calls"], "by": ["channel"]},
    {"metrics": ["dials", "answered", "conversations", "talk_seconds"], "by": ["agent"]},
    {"metrics": ["dials", "connected", "conversations"], "by": ["list"]},
    {"metrics": ["inbound_calls", "missed"], "by": ["weekday", "hour"]},
    {"metrics": ["leads"], "by": ["channel"]},
    {"metrics": ["revenue_net"], "by": ["week"]},
    {"metrics": ["revenue_net", "won_value"], "by": ["channel"]},
    {"metrics": ["contacts_reached"], "by": ["week"]},
    {"metrics": ["total_cost", "roi"], "by": ["channel"]},
)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """When totals of calls were acknowledged; of each page when it was sent for, when it came, its count, its word."""

    acknowledged: list[tuple[float, int]] = field(default_factory=list)
    pages: list[tuple[float, float, int, float]] = field(default_factory=list)
    running: bool = True
    rate: float = 0.0


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Each size over its own made-up stars."""
    lines = [line for size in sizes for line in _lines(cache, size)]
    return Finding(
        name="dashboards",
        title="Dashboards while facts arrive",
        notes=(
            f"{DASHBOARDS} dashboards of {len(_TILES)} tiles over the last {PERIOD_DAYS} days, each its own team or "
            f"direction, reloaded every {RELOAD:g} s by one POST /ask-many that takes answers up to {MAX_AGE:g} s old; "
            "10 tiles add up, one counts distinct contacts, one cuts costs",
            f"{RATE} facts a second arrive all the while ({_MIX} every {TICK} s), dated into the last day of the data; "
            f"{WARM} s unmeasured, then {SECONDS} s, in which the daily learning of lead scores falls",
            "the warehouse is made-up star tables put under `huasuan serve` with the calls' own table beside them; the "
            "store holds only what arrives, from new customers",
            "stale: how long before its arrival the first call was acknowledged that a page does not count",
        ),
        lines=tuple(lines),
    )


def _lines(cache: Path, size: int) -> list[Line]:
    stars = cache / f"stars-{size}.duckdb"
    if not stars.exists():
        print(f"  making {rows_text(size)} calls …", flush=True)
        run_step("star_data:make_file", path=str(stars), calls=size)
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-", dir=cache) as folder:
        home = Path(folder) / "home"
        found(home)
        run_step("dashboards:put_under", home=str(home), stars=str(stars))
        with serving(home) as service:
            seen = _go(service)
    took = sorted(came - sent for sent, came, _, _ in seen.pages)
    stale = sorted(_stale(seen, came, count) for _, came, count, _ in seen.pages)
    said = sorted(behind for _, _, _, behind in seen.pages)
    shown = rows_text(size)
    return [
        Line(what="facts taken a second", size=shown, ours=f"{seen.rate:.0f}/s", bound=f"{RATE}/s",
             met=seen.rate >= _HELD_UP * RATE),
        Line(what=f"a page: {len(took)} loads", size=shown, ours=_spread(took), bound=f"p95 ≤ {PAGE_BOUND:.0f} s",
             met=_at(took, 0.95) <= PAGE_BOUND),
        Line(what="staleness on arrival", size=shown, ours=_spread(stale), bound=f"max ≤ {STALE_BOUND:.0f} s",
             met=stale[-1] <= STALE_BOUND),
        Line(what="staleness as the answers say", size=shown, ours=_spread(said)),
    ]  # fmt: skip


def _spread(values: Sequence[float]) -> str:
    return f"p50 {_at(values, 0.5):.2f} s, p95 {_at(values, 0.95):.2f} s, max {values[-1]:.2f} s"


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def put_under(home: str, stars: str) -> None:
    """Make an installation's warehouse of made-up stars, and let its store number facts above theirs."""
    folder = Settings(home=Path(home)).warehouse_folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "1.duckdb"
    shutil.copy(stars, path)
    connection = duckdb.connect(str(path))
    prepare_copies(Cursor(connection), tuple(KINDS.values()))
    # What a round looks through for facts of the same caller.
    connection.execute(
        "INSERT INTO fact_call BY NAME SELECT fact_id, 1 AS version, started_at AS known_at, FALSE AS gone, key, "
        "contact_id AS party, direction, agent, list FROM call"
    )
    connection.execute("CREATE TABLE state (name VARCHAR, value VARCHAR)")
    connection.execute("INSERT INTO state VALUES ('rules', ?)", [rules_text(rules_of(WorkspaceSettings()))])
    connection.close()
    store = sqlite3.connect(Path(home) / STORE_FILE)
    with store:
        numbered = store.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").fetchall()
        kinds = {kind.table.name for kind in KINDS.values()} | {"party"}
        for (name,) in numbered:
            if name in kinds:
                store.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
                store.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, _FIRST_NUMBER])
    store.close()


def _go(service: Service) -> _Seen:
    seen = _Seen()
    start = _count(Caller(service).post("ask", orjson.dumps(_asked(0)[0])))
    begun = time.perf_counter()
    screens = [
        threading.Thread(target=_watch, args=(service, number, start, begun, seen)) for number in range(DASHBOARDS)
    ]
    for screen in screens:
        screen.start()
    try:
        _send(service, begun, seen)
    finally:
        seen.running = False
        for screen in screens:
            screen.join()
    return seen


def _asked(dashboard: int) -> list[dict[str, Any]]:
    """The tiles of a dashboard: the first sees all calls, so that what it counts can be told."""
    where = {0: {}, 7: {"direction": "in"}}.get(dashboard, {"team": f"team-{dashboard - 1}"})
    period = {"from": str(_LAST_DAY - timedelta(days=PERIOD_DAYS - 1)), "to": str(_LAST_DAY + timedelta(days=1))}
    return [
        {**tile, **period} if number == 0 or (dashboard == 7 and "leads" in tile["metrics"])
        else {**tile, **period, "where": where}
        for number, tile in enumerate(_TILES)
    ]  # fmt: skip


def _count(answer: dict[str, Any]) -> int:
    figures = answer["rows"][0]["values"]
    return int(figures["dials"]["value"]) + int(figures["inbound_calls"]["value"])


def _watch(service: Service, number: int, start: int, begun: float, seen: _Seen) -> None:
    """Load a dashboard every ten seconds, each at its own moment of them."""
    body = orjson.dumps({"questions": _asked(number), "max_age_seconds": MAX_AGE})
    due = begun + random.Random(number).random() * RELOAD
    while seen.running:
        time.sleep(max(0.0, min(due - time.perf_counter(), 0.2)))
        if (sent := time.perf_counter()) < due:
            continue
        due += RELOAD
        # The service closes connections that were quiet for five seconds; a browser makes a new one.
        answers = Caller(service).post("ask-many", body)["answers"]
        came = time.perf_counter()
        assert all("rows" in answer for answer in answers), [one["problem"] for one in answers if "problem" in one]
        if sent - begun >= WARM:
            behind = max(answer["behind_seconds"] for answer in answers)
            seen.pages.append((sent, came, _count(answers[0]) - start, behind))


def _send(service: Service, begun: float, seen: _Seen) -> None:
    caller = Caller(service)
    sent, total = 0, 0
    for tick in range(int((WARM + SECONDS) / TICK)):
        time.sleep(max(0.0, begun + tick * TICK - time.perf_counter()))
        for kind, body in _bodies(tick).items():
            taken = caller.deliver(kind, body)
            total += taken
            if kind == "call":
                sent += taken
                seen.acknowledged.append((time.perf_counter(), sent))
    seen.rate = total / max(WARM + SECONDS, time.perf_counter() - begun)


def _bodies(tick: int) -> dict[str, bytes]:
    """The facts of one tick; deals name calls of the tick before."""
    at = datetime.combine(_LAST_DAY, datetime.min.time(), records.LOCAL) + timedelta(hours=10, seconds=tick)
    numbers = {kind: range(tick * count, (tick + 1) * count) for kind, count in _MIX.items()}
    calls = _MIX["call"]
    made: dict[str, list[records.Record]] = {
        "call": [records.call(n, numbers=50_000, started=at, aware=True, prefix="live-") for n in numbers["call"]],
        "lead": [records.lead(n, numbers=50_000, at=at, prefix="live-") for n in numbers["lead"]],
        "deal_event": [
            records.won(
                n,
                at=at,
                origin_call=f"live-{max(0, tick - 1) * calls + n % calls}",
                phone=f"138{n:08d}",
                prefix="live-",
            )
            for n in numbers["deal_event"]
        ],
    }
    return {kind: orjson.dumps(facts) for kind, facts in made.items()}


def _stale(seen: _Seen, came: float, count: int) -> float:
    """How long the oldest call it lacks had been acknowledged when a page came."""
    lacking = next((moment for moment, total in seen.acknowledged if total > count), None)
    return 0.0 if lacking is None else max(0.0, came - lacking)
