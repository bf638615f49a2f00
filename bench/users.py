"""Signed-in people who go from screen to screen, all at once, against one process."""

import http.client
import random
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import orjson

from bench import records, screens
from bench.findings import Finding, Line, rows_text
from bench.installation import Service, found, serving
from bench.overview import at, cpu_seconds, spread
from bench.processes import run_step
from bench.screens import Asked
from huasuan.app.settings import Settings
from huasuan.app.wiring import open_store
from huasuan.people import Role, add_member, create_account, hash_password, workspace_named

USERS, SECONDS, WARM = 200, 300, 60
PAUSE = (10.0, 30.0)
# Of the resident memory at the end of the first minute.
GROWN = 0.10
_PASSWORD = "a long enough secret 7"  # noqa: S105  of people who do not exist
_ROLES = (Role.OWNER, Role.MANAGER, Role.MARKETER, Role.ANALYST, Role.READ_ONLY)
_FIRST = records.FIRST.date()
_METRICS = ("conversations", "dials", "missed_rate", "revenue_net", "roi")
_CUTS = ("channel", "agent", "hour", "weekday", "campaign")
Screen = Callable[[random.Random], list[Asked]]


@dataclass(slots=True, kw_only=True)
class Seen:
    """Seconds of each request by screen, what failed, and the service's memory: (seconds since the begin, bytes)."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    def grown(self) -> float:
        """By how much the memory grew since the end of the first minute (or of the first fifth)."""
        mark = min(WARM, self.seconds / 5)
        first = next(size for moment, size in self.memory if moment >= mark)
        return self.memory[-1][1] / first - 1


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """The first size is the number of calls of the business."""
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        seen = visit(Path(folder) / "home", calls=sizes[0], users=USERS, seconds=SECONDS, pause=PAUSE)
    shown = rows_text(sizes[0])
    total = sorted(one for took in seen.took.values() for one in took)
    memory = [size / 2**20 for _, size in seen.memory]
    return Finding(
        name="users",
        title="Two hundred people at once",
        notes=(
            f"{USERS} people with sessions of their own, roles mixed, for {SECONDS} s; each opens a screen, waits "
            f"{PAUSE[0]:.0f} to {PAUSE[1]:.0f} s and opens the next; the requests of a screen one after another on "
            "one connection, from the frame of the page on",
            "screens by chance: overview, call log, card, explorer, settings, each over one of forty periods; the "
            "people and the service share the machine",
        ),
        lines=(
            Line(what="errors", size=shown, ours=str(len(seen.failures)), bound="0", met=not seen.failures),
            Line(what=f"a request ({len(total)} of them)", size=shown, ours=spread(total)),
            *(
                Line(what=f"a request of {name}", size=shown, ours=spread(took))
                for name, took in sorted(seen.took.items())
            ),
            Line(what="memory at the end of minute 1, at the end", size=shown,
                 ours=f"{memory[-1] / (1 + seen.grown()):.0f} MiB, {memory[-1]:.0f} MiB",
                 bound=f"≤ +{GROWN:.0%}", met=seen.grown() <= GROWN),
            Line(what="CPU of the service", size=shown, ours=f"{seen.cpu_seconds / seen.seconds:.0%} of a core"),
        ),
    )  # fmt: skip


def visit(home: Path, *, calls: int, users: int, seconds: float, pause: tuple[float, float]) -> Seen:
    """Found a business, let the people in, and let them look around for so long."""
    found(home)
    run_step("installation:fill", home=str(home), calls=calls)
    addresses = settle(home, users)
    with serving(home) as service:
        cookies = [sign_in(service, address) for address in addresses]
        numbers = _call_numbers(service, cookies[0])
        seen = Seen()
        begun = time.monotonic()
        used = cpu_seconds(service.process.pid)
        people = [
            threading.Thread(
                target=_walk, args=(service, cookie, random.Random(n), _screens(numbers), begun + seconds, pause, seen)
            )
            for n, cookie in enumerate(cookies)
        ]
        for one in people:
            one.start()
        while any(one.is_alive() for one in people):
            seen.memory.append((time.monotonic() - begun, resident_bytes(service.process.pid)))
            time.sleep(min(1.0, seconds / 20))
        seen.seconds = time.monotonic() - begun
        seen.cpu_seconds = cpu_seconds(service.process.pid) - used
    return seen


def settle(home: Path, users: int) -> list[str]:
    """So many members of the workspace; their addresses."""
    hashed = hash_password(_PASSWORD)
    addresses = [f"user{number}@example.com" for number in range(users)]
    with open_store(Settings(home=home)) as store, store.write() as connection:
        workspace = workspace_named(connection, None).id
        for number, address in enumerate(addresses):
            account = create_account(connection, email=address, name=f"User {number}", password=hashed)
            add_member(connection, workspace=workspace, account=account, role=_ROLES[number % len(_ROLES)])
    return addresses


def sign_in(service: Service, address: str) -> str:
    """The cookie of a new session."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    body = orjson.dumps({"email": address, "password": _PASSWORD})
    connection.request("POST", "/api/v1/sign-in", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"sign-in: {response.status}")
    return cookie


def resident_bytes(pid: int) -> int:
    """The memory a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024


def _screens(numbers: Sequence[int]) -> dict[str, Screen]:
    return {
        "overview": lambda chance: screens.overview(_day(chance)),
        "the call log": lambda chance: screens.call_log(_day(chance)),
        "a card": lambda chance: screens.card(chance.choice(numbers)),
        "the explorer": lambda chance: screens.explorer(_day(chance), chance.choice(_METRICS), chance.choice(_CUTS)),
        "settings": lambda _chance: screens.settings(),
    }


def _day(chance: random.Random) -> date:
    return _FIRST + timedelta(days=60 + 15 * chance.randrange(40))


def _walk(  # noqa: PLR0917  the target of a thread
    service: Service,
    cookie: str,
    chance: random.Random,
    choices: dict[str, Screen],
    end: float,
    pause: tuple[float, float],
    seen: Seen,
) -> None:
    # They do not all come in at the same moment.
    time.sleep(chance.uniform(0.0, pause[1]))
    while time.monotonic() < end:
        name = chance.choice(list(choices))
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
        try:
            for asked in (*screens.frame(), *choices[name](chance)):
                begun = time.perf_counter()
                status, said = _answer(connection, cookie, asked)
                seen.took[name].append(time.perf_counter() - begun)
                if status != 200:
                    seen.failures.append(f"{asked.path}: {status} {said[:200]!r}")
        except OSError as error:
            seen.failures.append(f"{name}: {error}")
        finally:
            connection.close()
        time.sleep(max(0.0, min(chance.uniform(*pause), end - time.monotonic())))


def _answer(connection: http.client.HTTPConnection, cookie: str, asked: Asked) -> tuple[int, bytes]:
    headers = {
        "Cookie": cookie,
        "Origin": f"http://127.0.0.1:{connection.port}",
        "Content-Type": "application/json",
    }
    connection.request(asked.method, f"/api/v1/{asked.path}", asked.body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def _call_numbers(service: Service, cookie: str) -> list[int]:
    """Some calls there are."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    status, said = _answer(connection, cookie, Asked(method="GET", path="calls?limit=500"))
    connection.close()
    assert status == 200, said
    return [int(one["fact_id"]) for one in orjson.loads(said)["calls"]]


def p95(seen: Seen) -> float:
    """Of all requests, in seconds."""
    return at(sorted(one for took in seen.took.values() for one in took), 0.95)
