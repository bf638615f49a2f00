"""Every call to a tracking number has candidates with probabilities, or says that no visit led to it (S0-20, S2-48)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from golden.small import ZONE
from huasuan.intake import deliver
from huasuan.people import Workspace
from huasuan.store import Store
from warehouse.following import Follower

NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)
POOL = "+861062000001"
Rows = list[tuple[Any, ...]]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def lease(key: str, begun: float, seen: float | None, **said: object) -> dict[str, object]:
    times: dict[str, object] = {"leased_at": at(begun)}
    if seen is not None:
        times |= {"seen_at": at(seen), "released_at": at(seen + 150)}
    return (
        {"key": key, "own_number": POOL, "visit": f"v{key}", "channel": f"c{key}", "keyword": f"k{key}"} | times | said
    )


def ring(key: str, when: float, **said: object) -> dict[str, object]:
    call = {"key": key, "direction": "in", "ringing_at": at(when), "called": POOL, "caller": "13900139001"}
    return call | {"result": "answered", "talk_seconds": 90, "agent": "a"} | said


class Desk:
    """Sends records and reads what was made of them."""

    def __init__(self, store: Store, workspace: Workspace) -> None:
        self._store, self._workspace = store, workspace.id
        self.follower = Follower(store, workspace)

    def send(self, kind: str, *records: dict[str, object]) -> None:
        found = deliver(
            self._store, workspace=self._workspace, kind_name=kind, source="t", records=list(records), origin="test"
        )
        assert {one.status for one in found.outcomes} <= {"created", "corrected"}, found.outcomes
        self.follower.follow([1000])

    def rows(self, sql: str) -> Rows:
        return self.follower.rows(sql)


@pytest.fixture
def desk(store: Store, workspace: Workspace) -> Desk:
    return Desk(store, workspace)


CALLS = "SELECT channel, keyword, insertion, round(match_probability, 2) FROM call ORDER BY started_at"


def test_the_one_visitor_who_saw_the_number_is_the_caller(desk: Desk) -> None:
    desk.send("lease", lease("a", 0, 200), lease("b", 100_000, None))
    desk.send("call", ring("1", 60))
    ((channel, keyword, insertion, sure),) = desk.rows(CALLS)
    assert (channel, keyword, insertion) == ("ca", "ka", "dynamic")
    assert sure > 0.95
    assert desk.rows("SELECT state, seconds FROM candidate") == [("open", 60)]


def test_a_press_of_the_number_tells_two_visitors_apart(desk: Desk) -> None:
    desk.send(
        "lease",
        lease("a", 0, 300, overflow=True),
        lease("b", 10, 300, overflow=True, tapped_at=at(95)),
        lease("c", 20, 300, overflow=True),
    )
    desk.send("call", ring("1", 100))
    assert desk.rows(CALLS)[0][0] == "cb"
    (total,) = desk.rows("SELECT sum(probability) FROM candidate")[0]
    assert 0.99 < total < 1


def test_a_call_long_after_any_visit_is_nobodys(desk: Desk) -> None:
    desk.send("lease", lease("a", 0, 60))
    desk.send("call", ring("1", 2 * 86_400), ring("2", 4 * 86_400))
    assert [row[0] for row in desk.rows(CALLS)] == ["unattributed", "unattributed"]
    assert desk.rows("SELECT count(*) FROM candidate") == [(1,)]


def test_what_comes_later_changes_the_match(desk: Desk) -> None:
    desk.send("call", ring("1", 400))
    assert desk.rows(CALLS) == [(None, None, None, None)]
    desk.send("lease", lease("a", 0, 60))
    assert desk.rows(CALLS)[0][0] == "ca"
    desk.send("lease", lease("b", 350, None))
    assert desk.rows(CALLS)[0][0] == "cb"


def test_a_static_number_and_an_extension_know_their_channel(desk: Desk) -> None:
    hotline = "4008001234"
    since = {"valid_from": at(-1000)}
    desk.send(
        "tracked_number",
        {"key": "1", "own_number": hotline, "kind": "extension", "extension": "8001", "channel": "radio"} | since,
        {"key": "2", "own_number": hotline, "kind": "extension", "extension": "8002", "channel": "poster"} | since,
        {"key": "3", "own_number": POOL, "kind": "static", "channel": "old", "valid_until": at(0)} | since,
        {"key": "4", "own_number": POOL, "kind": "static", "channel": "new", "valid_from": at(0)},
    )
    desk.send(
        "call",
        ring("1", -5),
        ring("2", 5),
        ring("3", 6, called=hotline, extension="8002"),
        ring("4", 7, called=hotline, extension="8009"),
        ring("5", 8, channel="said"),
    )
    assert [row[0] for row in desk.rows(CALLS)] == ["old", "new", "poster", None, "said"]


def test_traffic_of_a_matched_call_is_that_of_its_visit(desk: Desk) -> None:
    """S2-20: pools and static numbers tell keyword, organic and other traffic apart as stated sources do."""
    sources = [
        {"channel": "organic_search", "medium": "organic", "keyword": "discs"},
        {"channel": "paid_search", "medium": "cpc", "keyword": None},
        {"channel": "other", "medium": "ocpc", "keyword": None},
        {"channel": "paid_social", "medium": "cpc", "keyword": None},
        {"channel": "direct", "medium": None, "keyword": None},
    ]
    desk.send(
        "lease", *(lease(str(place), place * 1e6, place * 1e6 + 200, **said) for place, said in enumerate(sources))
    )
    desk.send("call", *(ring(str(place), place * 1e6 + 60) for place in range(len(sources))), ring("9", 9e6))
    hotline = {"key": "1", "own_number": "4008001234", "kind": "static", "valid_from": at(-1000)}
    desk.send("tracked_number", {**hotline, "channel": "baidu", "keyword": "brake"})
    desk.send("call", ring("s", 10e6, called="4008001234"))
    told = desk.rows("SELECT key, traffic FROM call ORDER BY started_at")
    assert [traffic for _, traffic in told] == ["organic", "keyword", "keyword", "other", "other", None, "keyword"]


def test_rounds_and_one_derivation_agree(store: Store, workspace: Workspace, desk: Desk) -> None:
    desk.send("call", *(ring(str(number), number * 37 % 900) for number in range(40)))
    for number in range(30):
        desk.send("lease", lease(str(number % 20), number * 31 % 800, None if number % 3 else 900))
    desk.send("call", ring("3", 555, caller=None))
    other = Follower(store, workspace)
    other.round(10_000, everything=True)
    for table in ("candidate", "matched"):
        assert desk.rows(f"FROM {table} ORDER BY ALL") == other.rows(f"FROM {table} ORDER BY ALL")
    assert desk.rows(CALLS) == other.rows(CALLS)
