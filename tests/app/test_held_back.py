"""Questions beside older transactions on PostgreSQL, where a committed row may not be final yet."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from golden.small import Small, ring
from huasuan.app import analysis
from huasuan.app.analysis import Analysis
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store, horizon
from servers.postgres import Cluster


@pytest.fixture
def small(postgres_store: Store) -> Iterator[Small]:
    """A business on PostgreSQL whose warehouse is in memory."""
    with postgres_store.write() as connection:
        workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    opened = Analysis(None, postgres_store, workspace)
    yield Small(store=postgres_store, workspace=workspace, analysis=opened)
    opened.close()


@contextmanager
def _older(store: Store) -> Iterator[None]:
    """A transaction that runs meanwhile, of anybody on the same server."""
    with store.engine.connect() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))
        yield


def test_a_question_waits_for_older_transactions(small: Small) -> None:
    small.give("call", ring("before", "2025-07-01 10:00", talk=50))
    assert small.value("inbound_calls") == 1
    with ThreadPoolExecutor(1) as pool:
        with _older(small.store):
            small.give("call", ring("after", "2025-07-01 11:00", talk=50))
            asked = pool.submit(small.value, "inbound_calls")
            threading.Event().wait(0.3)
            assert not asked.done()
        assert asked.result(timeout=3) == 2


def test_transactions_of_another_database_hold_nothing_back(small: Small, postgres: Cluster) -> None:
    other = Store(postgres.url("postgres"))
    with _older(other):
        small.give("call", ring("after", "2025-07-01 11:00", talk=50))
        assert small.value("inbound_calls") == 1
    other.close()


def test_whoever_may_not_see_what_others_do_waits_for_them_all_the_same(small: Small, postgres: Cluster) -> None:
    """A role of its own for each program: the numbers of running transactions are open to all."""
    name = str(small.store.url.database)
    postgres.execute(f"CREATE ROLE reader_{name} LOGIN")
    postgres.execute(f"ALTER ROLE reader_{name} SET default_transaction_isolation = 'repeatable read'")
    reader = Store(small.store.url.set(username=f"reader_{name}").render_as_string(hide_password=False))
    with reader.read() as connection:
        before = horizon(connection)
        with _older(small.store):
            small.give("call", ring("after", "2025-07-01 11:00", talk=50))
            held = horizon(connection)
        assert before is not None
        assert held is not None
        assert before <= held < (horizon(connection) or 0)
    reader.close()


def test_an_endless_transaction_leaves_the_answer_at_the_moment_it_reaches(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "_HELD_SECONDS", 0.2)
    small.give("call", ring("before", "2025-07-01 10:00", talk=50))
    first = small.answer("inbound_calls")
    with _older(small.store):
        small.give("call", ring("after", "2025-07-01 11:00", talk=50))
        held = small.answer("inbound_calls")
    assert (held.rows[0].values["inbound_calls"].value, held.as_of) == (1, first.as_of)
    assert held.behind_seconds >= 0.2
    reached = small.answer("inbound_calls")
    assert (reached.rows[0].values["inbound_calls"].value, reached.as_of > held.as_of) == (2, True)


def test_transactions_that_always_overlap_do_not_hold_a_moment_back_for_ever(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen under the first of two is there when that one has ended, though the second still runs."""
    monkeypatch.setattr(analysis, "_HELD_SECONDS", 0.0)
    assert small.value("inbound_calls") == 0
    with _older(small.store):
        small.give("call", ring("one", "2025-07-01 10:00", talk=50))
        empty = small.answer("inbound_calls")
        second = _older(small.store)
        second.__enter__()
    small.give("call", ring("two", "2025-07-01 11:00", talk=50))
    found = small.answer("inbound_calls")
    second.__exit__(None, None, None)
    assert (empty.rows[0].values["inbound_calls"].value, found.rows[0].values["inbound_calls"].value) == (0, 1)
    assert found.as_of > empty.as_of
    assert small.value("inbound_calls") == 2
