"""Two processes never lend one number to two visitors, and kill -9 loses no lease (S0-19)."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from huasuan.numbers import Desk
from huasuan.store import Store
from servers.shop import ORIGIN, OVERFLOW, SWAPPED, Shop, shop

PROGRAM = Path(__file__).with_name("lessees.py")


def _process(found: Shop, count: int) -> subprocess.Popen[str]:
    url = found.store.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), url, found.site.key, ORIGIN, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.close()
    process.stdin = None


def _said(output: str) -> list[tuple[str, str]]:
    return [(line.split()[0], line.split()[1]) for line in output.splitlines() if len(line.split()) == 2]


def test_two_processes_at_once_lend_every_number_once(store: Store) -> None:
    found = shop(store, numbers=60)
    processes = [_process(found, 60) for _ in range(2)]
    for process in processes:
        _start(process)
    said = [pair for process in processes for pair in _said(process.communicate(timeout=120)[0])]
    assert len(said) == 120
    lent = Counter(number for _, number in said)
    assert lent.pop(OVERFLOW) == 60
    assert set(lent.values()) == {1}
    assert len(lent) == 60


def test_a_killed_process_loses_no_lease(store: Store) -> None:
    said_before = 7
    found = shop(store, numbers=60)
    process = _process(found, 60)
    _start(process)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(said_before)]
    process.kill()
    lines += process.stdout.read().splitlines(keepends=True)
    process.wait()
    process.stdout.close()
    said = _said("".join(lines))
    with store.read() as connection:
        held = dict(connection.execute(text("SELECT visitor, shown FROM lease_slot WHERE lease > 0")).fetchall())
        logged = connection.execute(text("SELECT count(*) FROM lease_log")).scalar_one()
    assert said_before <= len(said) <= logged == len(held)
    assert dict(said).items() <= held.items()
    # Whoever goes on lends out only what is left.
    desk = Desk(store)
    left = [found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(60 - len(held) + 1)]
    desk.close()
    assert left.pop() == OVERFLOW
    assert set(left).isdisjoint(held.values())
    assert len(set(left)) == len(left)
