"""Threads that write take turns in their order, and nobody who waits is forgotten."""

import threading
import time
from pathlib import Path

from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store
from huasuan.store.turns import Turns


def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()

    def take(number: int) -> None:
        with turns.turn():
            order.append(number)

    threads = []
    with turns.turn():
        for number in range(20):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))
    with turns.turn():
        order.append(20)
    assert order[-1] == 20


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            with turns.turn():
                raise ValueError
        except ValueError:
            continue
    assert not turns._taken


def test_forty_writers_all_get_through(tmp_path: Path, sqlite_template: Path) -> None:
    """More than the pool has connections, and each at once after the other."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    store, failed = Store.at(path), list[BaseException]()

    def write(number: int) -> None:
        try:
            for place in range(5):
                with store.write() as connection:
                    create_workspace(connection, name=f"w{number}-{place}", settings=WorkspaceSettings())
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM workspace").scalar_one()
    store.close()
    assert (failed, count) == ([], 200)
