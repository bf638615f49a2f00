"""Reported and predicted loss of a pool against the true loss of simulated visitors (S0-19)."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from huasuan.kernel.time import now, to_micros, zone
from huasuan.numbers import Desk, sizing
from huasuan.numbers.leasing import SECOND
from huasuan.numbers.pool_size import expected_loss
from huasuan.numbers.tables import LEASE_LOG, LEASE_QUIET
from huasuan.simulator.visits import Seen, simulate
from huasuan.simulator.visits import Site as SimulatedSite
from huasuan.store import Store
from servers.shop import Shop, shop


@pytest.mark.parametrize("numbers", [3, 8, 20])
def test_predicted_loss_is_within_a_point_of_the_true_one(numbers: int) -> None:
    seen = simulate(SimulatedSite(days=30, visits=25, numbers=numbers), seed=numbers)
    hours = Counter((seen.started // 3600).astype(int).tolist())
    held = float((seen.released - seen.started).mean())
    assert expected_loss(hours, held, numbers) == pytest.approx(seen.lost, abs=0.01)


@pytest.mark.parametrize("minutes", [0, 20, 40])
@pytest.mark.parametrize("numbers", [4, 8, 20])
def test_what_the_log_says_of_a_busy_line_is_within_a_point_of_the_true_loss(
    sqlite_store: Store, numbers: int, minutes: int
) -> None:
    """Every twelfth visitor calls, and a number that was called rests for ten minutes: "buy n more" knows it."""
    site = SimulatedSite(days=27, visits=25, numbers=numbers, calling=3.0, quiet_seconds=600)
    seen = simulate(site, seed=numbers)
    found = shop(sqlite_store, numbers=numbers, quiet=600)
    _write_down(found, site, seen, minutes)
    with sqlite_store.read() as connection:
        told = sizing(connection, pool=found.pool, zone=zone("Asia/Shanghai"))
    assert told.visits == len(seen.started)
    assert told.lost / told.visits == pytest.approx(seen.lost)
    assert told.predicted == pytest.approx(seen.lost, abs=0.01)
    # Without the quiet time it would be far too hopeful.
    held = float((seen.released - seen.started).mean())
    assert told.held_seconds > 1.15 * held
    # As many as it says are enough: the same visitors with that many numbers lose no more than a point over the target.
    assert told.wanted is not None
    assert simulate(replace(site, numbers=told.wanted), seed=numbers).lost <= told.target + 0.01


def _write_down(found: Shop, site: SimulatedSite, seen: Seen, minutes: int) -> None:
    """The leases and calls of a simulated site as the service logs them; its hours change so long after the clock's."""
    hour = 3600 * SECOND
    began = to_micros(now()) // hour * hour - site.days * 24 * hour - minutes * 60 * SECOND
    micros = [(began + (moments * SECOND).astype("int64")).tolist() for moments in (seen.started, seen.seen, seen.at)]
    same = {"workspace": found.workspace, "pool": found.pool.id}
    rest = {"held_until": 0, "revision": 1, "delivered": 1}
    leases = [
        same
        | rest
        | {"visit": visit, "shown": str(number), "overflow": number < 0, "leased_at": begun, "seen_at": last}
        for visit, (begun, last, number) in enumerate(zip(micros[0], micros[1], seen.number.tolist(), strict=True))
    ]
    quiet = round(site.quiet_seconds * SECOND)
    calls = [
        same | {"shown": str(number), "called_at": moment, "quiet_until": moment + quiet}
        for moment, number in zip(micros[2], seen.called.tolist(), strict=True)
        if number >= 0
    ]
    with found.store.write() as connection:
        connection.execute(insert(LEASE_LOG), leases)
        connection.execute(insert(LEASE_QUIET), calls)


def test_what_was_lost_is_counted_and_more_numbers_lose_less(sqlite_store: Store) -> None:
    found = shop(sqlite_store, numbers=3)
    desk = Desk(sqlite_store)
    for _ in range(10):
        found.ask(desk, found.page())
    desk.close()
    with sqlite_store.read() as connection:
        told = sizing(connection, pool=found.pool, zone=zone("Asia/Shanghai"))
        logged = connection.execute(text("SELECT count(*) FROM lease_log WHERE overflow")).scalar_one()
    assert (told.numbers, told.visits, told.lost) == (3, 10, 7)
    assert logged == 7
    assert (sum(one.visits for one in told.by_hour), sum(one.lost for one in told.by_hour)) == (10, 7)
    assert [one.hour for one in told.by_hour] == list(range(24))
    assert told.wanted is not None
    assert expected_loss({0: 10}, told.held_seconds, told.wanted) <= told.target
