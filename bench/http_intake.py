"""Durable HTTP intake in batches of 500, beside bare SQLite inserts of the same rows in the same batches."""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from bench.findings import Finding, Line, rows_text
from bench.installation import Caller, found, serving
from bench.records import COLUMNS, Record, calls

BATCH = 500
PART = 15


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """The bodies are made beforehand; both sides are durable with every batch."""
    size = sizes[0]
    rows = list(calls(size, aware=True))
    batches = [rows[start : start + BATCH] for start in range(0, size, BATCH)]
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        plain = _plain(Path(folder) / "plain.db", batches)
        ours = _ours(Path(folder) / "home", batches)
        plain = min(plain, _plain(Path(folder) / "again.db", batches))
    return Finding(
        name="http",
        title="HTTP intake",
        notes=(
            f"POST /api/v1/facts/call, {BATCH} calls of {len(COLUMNS)} fields as JSON in each, one client, one "
            "connection kept alive; "
            "`huasuan serve` in a process of its own on loopback with its projector following; 200 means "
            "on disk",
            "beside it: INSERT of the same fields into a table without index, one transaction a batch, WAL, "
            "synchronous=FULL; the better of two, before and after",
        ),
        lines=(
            Line(
                what="calls a second",
                size=rows_text(size),
                ours=f"{size / ours:.0f}/s",
                theirs=f"{size / plain:.0f}/s",
                ratio=f"1/{ours / plain:.1f}",
                bound=f"≥ 1/{PART}",
                met=ours <= PART * plain,
            ),
        ),
    )


def _ours(home: Path, batches: Sequence[Sequence[Record]]) -> float:
    bodies = [orjson.dumps(batch) for batch in batches]
    found(home)
    with serving(home) as service:
        caller = Caller(service)
        caller.deliver("call", orjson.dumps([{**batches[0][0], "key": "warm"}]))
        begun = time.perf_counter()
        created = sum(caller.deliver("call", body) for body in bodies)
        seconds = time.perf_counter() - begun
    assert created == sum(len(batch) for batch in batches), created
    return seconds


def _plain(path: Path, batches: Sequence[Sequence[Record]]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE call (" + ", ".join(f'"{name}"' for name in COLUMNS) + ")")
    insert = f"INSERT INTO call VALUES ({', '.join('?' * len(COLUMNS))})"
    tuples = [[tuple(row[name] for name in COLUMNS) for row in batch] for batch in batches]
    begun = time.perf_counter()
    for batch in tuples:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, batch)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds
