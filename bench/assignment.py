"""How soon a lead is with an agent, with 500 of them at work: from being sent until anybody can see whose it is."""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import text

from bench.findings import Finding, Line
from huasuan import leads
from huasuan.app.analysis import Analysis
from huasuan.app.interpreter import settle
from huasuan.app.worker.minder import Minder
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import Rule, Seat
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store, upgrade

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.postgres import Cluster, new_folder

AGENTS, SECONDS = 500, 30
_RATES = {"SQLite": 100, "PostgreSQL": 300}
_P99_MS = 200
_AT_ONCE_SECONDS = 0.05
_PAST, _KNOWN, _IN_HAND = 2_000, 10, 10
_REGIONS = ("上海", "北京", "广东", "江苏", "浙江")


def bench(_cache: Path, _sizes: Sequence[int]) -> Finding:
    """Half a minute of leads on each database."""
    settle()
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        lines = [line for name, rate in _RATES.items() for line in _measure(name, rate, Path(folder))]
    return Finding(
        name="assignment",
        title="Giving leads to agents",
        notes=(
            f"{AGENTS} agents, {len(_REGIONS)} rules by region; leads come in deliveries of a twentieth of a "
            f"second for {SECONDS} s; intake and giving run in one process, as in the service",
            f"scored by what was learnt of {_PAST} earlier leads; one in {_KNOWN} is somebody known, and is looked up "
            "in the warehouse",
            "the delay runs from before the delivery until another connection sees the owner",
            f"every agent has {_IN_HAND} leads in hand before the clock runs",
            "PostgreSQL: synchronous commit without fsync, on the same machine; analysed once before, as autovacuum "
            "does within the first minute: plans made for an empty table read it whole",
        ),
        lines=tuple(lines),
    )


def _measure(name: str, rate: int, folder: Path) -> Iterator[Line]:
    with _store(name, folder) as store:
        workspace = _office(store)
        look = _taught(store, workspace)
        sent: dict[str, float] = {}
        seen: dict[str, float] = {}
        total = rate * SECONDS
        with Minder(store, looking=lambda _: look):
            last = _fill_hands(store, workspace)
            sender = threading.Thread(target=_send, args=(store, workspace, rate, sent))
            cpu, begun = time.process_time(), time.perf_counter()
            sender.start()
            _watch(store, seen, total, after=last, until=time.perf_counter() + SECONDS * 3)
            sender.join()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
        delays = np.array([seen[key] - sent[key] for key in seen]) * 1000
        twice, lost = _faults(store, total)
    p50, p99 = np.quantile(delays, (0.5, 0.99))
    reached = len(seen) / wall
    yield Line(
        what=f"delay, {name}",
        size=f"{rate}/s",
        ours=f"median {p50:.0f} ms, p99 {p99:.0f} ms; {1000 * cpu / total:.1f} CPU ms a lead",
        bound=f"p99 ≤ {_P99_MS} ms",
        met=bool(p99 <= _P99_MS),
    )
    yield Line(
        what=f"given, {name}",
        size=f"{total:,}",
        ours=f"{reached:.0f}/s; {lost} lost, {twice} twice",
        bound=f"{rate}/s, none lost or twice",
        met=not lost and not twice and reached >= rate * 0.95,
    )


@contextmanager
def _store(name: str, folder: Path) -> Iterator[Store]:
    cluster = None
    if name == "SQLite":
        store = Store.at(folder / "store.sqlite")
    else:
        cluster = Cluster(new_folder())
        cluster.start()
        cluster.execute("CREATE DATABASE bench")
        store = Store(cluster.url("bench"))
    try:
        upgrade(store, backup_folder=folder)
        yield store
    finally:
        store.close()
        if cluster is not None:
            cluster.stop()


def _office(store: Store) -> Workspace:
    with store.write() as connection:
        space = create_workspace(connection, name="bench", settings=WorkspaceSettings())
        for number in range(AGENTS):
            place = _REGIONS[number % len(_REGIONS)]
            seat = Seat(agent=f"a{number:03d}", regions=frozenset({place}), capacity=10_000)
            leads.keep_seat(connection, workspace=space.id, seat=seat, at=now())
        for order, region in enumerate(_REGIONS):
            rule = Rule(name=region, place=order, regions=(region,), own_region=True, method="least_loaded")
            leads.keep_rule(connection, workspace=space.id, rule=rule)
    return space


def _taught(store: Store, workspace: Workspace) -> leads.Look:
    """A score learnt from leads of the last year, and the look into the warehouse it needs."""
    began = now() - timedelta(days=400)
    told, won = [], []
    for number in range(_PAST):
        phone, at = f"138{number:08d}", began + timedelta(days=number * 300 / _PAST)
        told.append({"key": f"P{number}", "phone": phone, "created_at": at.isoformat(), "region": _region(number // 3)})
        if number % 4 == 0:
            won.append({"key": f"W{number}", "deal": f"W{number}", "kind": "won", "phone": phone, "amount": "100.00",
                        "at": (at + timedelta(days=3)).isoformat()})  # fmt: skip
    for kind, records in (("lead", told), ("deal_event", won)):
        deliver(store, workspace=workspace.id, kind_name=kind, source="bench", records=records)
    analysis = Analysis(None, store, workspace)
    analysis.follow()
    reader = analysis.reader()
    learnt = leads.learn(store, partial(leads.past_leads, reader), workspace=workspace.id, at=now())
    assert learnt.number is not None
    return lambda asked: leads.behaviour(reader, asked)


def _fill_hands(store: Store, workspace: Workspace) -> int:
    """Leads given before the clock runs: who gives hundreds a second has a store with rows and statistics in it."""
    at = now().isoformat()
    told = [
        {"key": f"H{n}", "phone": f"137{n:08d}", "created_at": at, "region": _region(n)}
        for n in range(_IN_HAND * AGENTS)
    ]
    deliver(store, workspace=workspace.id, kind_name="lead", source="bench", records=told)
    last = _watch(store, {}, len(told), after=0, until=time.perf_counter() + 120)
    if not store.is_sqlite:
        with store.write() as connection:
            connection.execute(text("ANALYZE"))
    return last


def _region(number: int) -> str:
    return _REGIONS[number % len(_REGIONS)]


def _phone(number: int) -> str:
    return f"138{number // _KNOWN % _PAST:08d}" if number % _KNOWN == 0 else f"139{number:08d}"


def _send(store: Store, workspace: Workspace, rate: int, sent: dict[str, float]) -> None:
    begun = time.perf_counter()
    for number in range(rate * SECONDS):
        sent[f"L{number}"] = 0.0
    batch = max(1, round(rate * _AT_ONCE_SECONDS))
    for first in range(0, rate * SECONDS, batch):
        time.sleep(max(0.0, begun + first / rate - time.perf_counter()))
        moment, at = time.perf_counter(), now().isoformat()
        records = [
            {"key": f"L{n}", "phone": _phone(n), "created_at": at, "region": _region(n)}
            for n in range(first, min(first + batch, rate * SECONDS))
        ]
        sent.update((str(record["key"]), moment) for record in records)
        deliver(store, workspace=workspace.id, kind_name="lead", source="bench", records=records)


def _watch(store: Store, seen: dict[str, float], total: int, *, after: int, until: float) -> int:
    """Note when each lead has an owner; the number of the last case."""
    last = after
    while len(seen) < total and time.perf_counter() < until:
        with store.read() as connection:
            rows = connection.execute(
                text("SELECT id, source_key FROM lead_case WHERE id > :last AND state = 'owned' ORDER BY id"),
                {"last": last},
            ).fetchall()
        moment = time.perf_counter()
        for row in rows:
            seen[row.source_key] = moment
            last = row.id
        time.sleep(0.005)
    return last


def _faults(store: Store, total: int) -> tuple[int, int]:
    """How many were given twice, how many never."""
    with store.read() as connection:
        counts = connection.execute(
            text("SELECT lead, count(*) FROM lead_step WHERE kind = 'assigned' GROUP BY lead")
        ).fetchall()
    return sum(number > 1 for _, number in counts), total + _IN_HAND * AGENTS - len(counts)
