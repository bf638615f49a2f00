"""Lease requests of one process, beside a bare FastAPI that updates one row of SQLite and commits it."""

import asyncio
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.findings import Finding, Line, rows_text
from bench.installation import found, serving
from bench.processes import ROOT
from huasuan.app.settings import Settings
from huasuan.app.wiring import open_store
from huasuan.numbers import SiteSettings, add_number, create_pool, create_site
from huasuan.people import workspace_named

TOGETHER = 32
SHARE = 0.6
ORIGIN = "https://shop.example"
_BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"
_POOL = 200
_BARE = """
import sqlite3, sys, threading, uvicorn
from fastapi import FastAPI, Request

app, own = FastAPI(), threading.local()

@app.post("/api/v1/track")
def track(number: int) -> dict[str, int]:
    if not hasattr(own, "connection"):
        own.connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
        own.connection.execute("PRAGMA synchronous=FULL")
    own.connection.execute("UPDATE slot SET held_until = held_until + 1 WHERE number = ?", (number,))
    return {"number": number}

uvicorn.run(app, port=int(sys.argv[2]), access_log=False, log_level="error")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speed:
    per_second: float
    p99_millis: float


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """The same client for both, in turns; every answer of either is on disk."""
    size = sizes[0]
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        ours, theirs = [], []
        home = Path(folder) / "home"
        found(home)
        key = _site(home)
        with serving(home) as service, _bare(Path(folder) / "bare.db") as port:
            for _ in range(3):
                theirs.append(_load(port, [_bare_request(n) for n in range(size // 3)]))
                ours.append(_load(service.port, [_page(key) for _ in range(size // 3)]))
    best, bare = max(ours, key=lambda one: one.per_second), max(theirs, key=lambda one: one.per_second)
    calm, bare_calm = (min(one, key=lambda speed: speed.p99_millis) for one in (ours, theirs))
    return Finding(
        name="leases",
        title="Leases",
        notes=(
            f"POST /api/v1/track, each the first word of a new page: visit and lease written, one of {_POOL} numbers "
            f"given or the overflow number; {TOGETHER} connections kept alive; `huasuan serve` in one process with its "
            "keeper and projector at work",
            "beside it: a bare FastAPI whose address updates one row of SQLite by its primary key; WAL, "
            "synchronous=FULL, autocommit, uvicorn; same client, three turns each, the better one",
        ),
        lines=(
            Line(
                what="requests a second",
                size=rows_text(size),
                ours=f"{best.per_second:.0f}/s",
                theirs=f"{bare.per_second:.0f}/s",
                ratio=f"{best.per_second / bare.per_second:.2f}",
                bound=f"≥ {SHARE}",
                met=best.per_second >= SHARE * bare.per_second,
            ),
            Line(
                what="p99",
                size=rows_text(size),
                ours=f"{calm.p99_millis:.0f} ms",
                theirs=f"{bare_calm.p99_millis:.0f} ms",
                ratio=f"{calm.p99_millis / bare_calm.p99_millis:.2f}",
                bound=f"≤ {1 / SHARE:.2f}",
                met=calm.p99_millis * SHARE <= bare_calm.p99_millis,
            ),
        ),
    )


def _site(home: Path) -> str:
    with open_store(Settings(home=home)) as store, store.write() as connection:
        workspace = workspace_named(connection, None).id
        settings = SiteSettings(origins=(ORIGIN,), overflow="+862100000000", new_visits=10**9)
        site = create_site(connection, workspace=workspace, name="bench", settings=settings)
        pool = create_pool(connection, workspace=workspace, site=site.id, name="bench", replaces="400-800-1234")
        for number in range(_POOL):
            add_number(connection, workspace=workspace, number=f"+861062{number:06d}", kind="pool", pool=pool.id)
    return site.key


def _page(key: str) -> bytes:
    words = {
        "k": key,
        "s": secrets.token_hex(16),
        "v": secrets.token_hex(16),
        "u": "https://shop.example/brakes?gclid=abcdef&utm_campaign=spring",
        "r": "https://www.google.com/",
        "d": "mobile",
    }
    return _request("/api/v1/track", orjson.dumps(words))


def _bare_request(number: int) -> bytes:
    return _request(f"/api/v1/track?number={number % _POOL}", b"{}")


def _request(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\nUser-Agent: {_BROWSER}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _load(port: int, requests: Sequence[bytes]) -> _Speed:
    return asyncio.run(_loaded(port, requests))


async def _loaded(port: int, requests: Sequence[bytes]) -> _Speed:
    waits: list[float] = []
    waiting = iter(requests)
    begun = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, waits) for _ in range(TOGETHER)))
    seconds = time.perf_counter() - begun
    waits.sort()
    return _Speed(per_second=len(waits) / seconds, p99_millis=waits[int(len(waits) * 0.99)] * 1000)


async def _connection(port: int, waiting: Iterator[bytes], waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.partition(b":")[2]))
        waits.append(time.perf_counter() - begun)
    writer.close()


@contextmanager
def _bare(path: Path) -> Iterator[int]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE slot (number INTEGER PRIMARY KEY, held_until INTEGER NOT NULL)")
    connection.executemany("INSERT INTO slot VALUES (?, 0)", [(number,) for number in range(_POOL)])
    connection.close()
    port = 8899
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(path), str(port)], cwd=ROOT)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            _load(port, [_bare_request(0)])
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the bare server did not start")
