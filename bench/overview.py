"""The overview, asked as a browser asks for it, over two years of calls."""

import http.client
import os
import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from bench.findings import Finding, Line, rows_text
from bench.installation import Service, found, serving
from bench.processes import run_step
from bench.screens import Asked, overview
from bench.star_data import DAYS, FIRST_DAY

PAGES, WARM = 60, 10
BOUND = 0.3
_LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
_TICKS = os.sysconf("SC_CLK_TCK")


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Every page asks for another period, so that nothing was reckoned before."""
    return Finding(
        name="overview",
        title="The overview",
        notes=(
            f"{PAGES} pages after {WARM} unmeasured ones; each the six questions of the screen over 30 days that end "
            "on another day of the last one and a half years, with the 30 days before, side by side on six "
            "connections as a browser has them",
            "first: never asked before; again: the same page a second time; alone: the six one after another. CPU is "
            "that of the service, all threads",
        ),
        lines=tuple(line for size in sizes for line in _lines(cache, size)),
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
            return _measured(service, rows_text(size))


def _measured(service: Service, shown: str) -> list[Line]:
    days = [_LAST_DAY - timedelta(days=back) for back in range(540)]
    random.Random(1).shuffle(days)
    pages = [overview(day) for day in days[: WARM + 2 * PAGES]]
    with ThreadPoolExecutor(len(pages[0])) as browser:
        for page in pages[:WARM]:
            list(browser.map(lambda asked: _took(service, asked), page))
        together, alone, again = pages[WARM : WARM + PAGES], pages[WARM + PAGES :], pages[WARM : WARM + PAGES]
        begun = cpu_seconds(service.process.pid)
        first = [_page(service, browser, page) for page in together]
        used = cpu_seconds(service.process.pid) - begun
        second = [_page(service, browser, page) for page in again]
        single = [_took(service, asked) for page in alone for asked in page]
    return [
        Line(what="a page, first", size=shown, ours=spread(first), bound=f"p95 ≤ {BOUND * 1000:.0f} ms",
             met=at(sorted(first), 0.95) <= BOUND),
        Line(what="a page, again", size=shown, ours=spread(second)),
        Line(what="a question of it, alone and first", size=shown, ours=spread(single),
             bound=f"p95 ≤ {BOUND * 1000:.0f} ms", met=at(sorted(single), 0.95) <= BOUND),
        Line(what="CPU a page, first", size=shown, ours=f"{used / PAGES * 1000:.0f} ms"),
    ]  # fmt: skip


def _page(service: Service, browser: ThreadPoolExecutor, page: list[Asked]) -> float:
    begun = time.perf_counter()
    list(browser.map(lambda asked: _took(service, asked), page))
    return time.perf_counter() - begun


def _took(service: Service, asked: Asked) -> float:
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
    connection.request(asked.method, f"/api/v1/{asked.path}", asked.body, headers)
    response = connection.getresponse()
    said = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{asked.path}: {response.status} {said[:500]!r}")
    return time.perf_counter() - begun


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def spread(seconds: Sequence[float]) -> str:
    """For a table, in milliseconds."""
    ordered = sorted(seconds)
    return (
        f"p50 {at(ordered, 0.5) * 1000:.0f} ms, p95 {at(ordered, 0.95) * 1000:.0f} ms, max {ordered[-1] * 1000:.0f} ms"
    )


def at(ordered: Sequence[float], share: float) -> float:
    """A quantile of ordered values."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
