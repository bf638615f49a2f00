"""The stream that tells of newer facts: it grows with them, ends by itself, is counted, and leaves nothing open."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house
from huasuan.app.http.live import _EACH, LiveStreams
from huasuan.intake import deliver
from huasuan.kernel.errors import TooOften
from huasuan.people import Actor, Principal, Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store

CALL = {"key": "c1", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}


@pytest.fixture
def here(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_store, tmp_path, live_seconds=1) as found:
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    _workspace(here.store)
    found_owner(here.store)
    return here.signed_in("owner@example.com")


def _workspace(store: Store) -> Workspace:
    with store.write() as connection:
        return create_workspace(connection, name="test", settings=WorkspaceSettings())


def _told(answer: str) -> list[int]:
    return [int(line.removeprefix("data: ")) for line in answer.splitlines() if line.startswith("data: ")]


def test_it_says_a_larger_number_after_newer_facts_and_ends_by_itself(here: House, owner: TestClient) -> None:
    began = time.monotonic()
    first = owner.get("/api/v1/live")
    assert time.monotonic() - began < 10
    assert first.headers["content-type"].startswith("text/event-stream")
    assert first.headers["x-accel-buffering"] == "no"
    assert first.text.startswith("retry: 5000\n")
    deliver(here.store, workspace=1, kind_name="call", source="pbx", records=[CALL], origin="test")
    owner.get("/api/v1/ask", params={"metric": "dials"})
    second = owner.get("/api/v1/live")
    assert _told(second.text)[-1] > _told(first.text)[-1]
    assert here.client.app.state.live.count() == 0


def test_it_ends_when_the_service_stops(here: House, owner: TestClient) -> None:
    here.client.app.state.live.close()
    began = time.monotonic()
    assert owner.get("/api/v1/live").status_code == 200
    assert time.monotonic() - began < 0.9


def test_nobody_holds_more_than_a_few() -> None:
    streams = LiveStreams()
    caller, other = (
        Principal(actor=Actor(kind="account", id=number, name="x"), workspace=1, rights=frozenset())
        for number in (1, 2)
    )
    held = [streams.one(caller) for _ in range(_EACH)]
    for one in held:
        one.__enter__()
    with pytest.raises(TooOften):
        streams.check(caller)
    streams.check(other)
    held[0].__exit__(None, None, None)
    streams.check(caller)
    for one in held[1:]:
        one.__exit__(None, None, None)
    assert streams.count() == 0


def test_it_tells_nothing_to_a_stranger(here: House) -> None:
    assert here.browser().get("/api/v1/live").status_code == 401
