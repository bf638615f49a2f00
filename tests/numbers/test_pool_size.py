"""Reported and predicted loss of a pool against the true loss of simulated visitors (S0-19)."""

from collections import Counter

import pytest
from sqlalchemy import text

from huasuan.kernel.time import zone
from huasuan.numbers import Desk, sizing
from huasuan.numbers.pool_size import expected_loss
from huasuan.simulator.visits import Site, simulate
from huasuan.store import Store
from servers.shop import shop


@pytest.mark.parametrize("numbers", [3, 8, 20])
def test_predicted_loss_is_within_a_point_of_the_true_one(numbers: int) -> None:
    seen = simulate(Site(days=30, visits=25, numbers=numbers), seed=numbers)
    hours = Counter((seen.started // 3600).astype(int).tolist())
    held = float((seen.released - seen.started).mean())
    assert expected_loss(hours, held, numbers) == pytest.approx(seen.lost, abs=0.01)


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
