"""The sample business in the browser: in with one step, out with one step, own facts untouched."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house, settle
from huasuan.app.worker.sample import SampleSize
from huasuan.app.worker.sample_runs import SampleRuns
from huasuan.intake import deliver
from huasuan.people import Role, WorkspaceSettings, create_workspace
from huasuan.store import Store

CALL = {"key": "own", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}


@pytest.fixture
def here(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    with sqlite_store.write() as connection:
        create_workspace(connection, name="test", settings=WorkspaceSettings())
    with house(sqlite_store, tmp_path) as found:
        found_owner(sqlite_store)
        settings = found.client.app.state.runtime.settings
        found.client.app.state.samples = SampleRuns(sqlite_store, settings, SampleSize(days=5, calls=600))
        yield found


def _settled(visitor: TestClient) -> dict[str, object]:
    until = time.monotonic() + 60
    while (found := visitor.get("/api/v1/sample").json())["state"] != "idle":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert found["failed"] is None
    return found


def _dials(visitor: TestClient) -> int:
    answer = visitor.get("/api/v1/ask", params={"metric": "dials"}).json()
    return int(answer["rows"][0]["values"]["dials"]["value"] or 0)


def _called_from_a_visit(visitor: TestClient) -> bool:
    """Whether some call tells which visit it most likely came from."""
    calls = visitor.get("/api/v1/calls", params={"where": ["direction=in", "channel=baidu"]}).json()["calls"]
    told = [visitor.get(f"/api/v1/calls/{call['fact_id']}/source").json() for call in calls[:8]]
    return any(one["candidates"] and one["candidates"][0]["probability"] > 0.5 for one in told)


def _shows_callbacks(visitor: TestClient) -> None:
    """Requests stand in the list and are counted by the report, of one source (S2-13)."""
    listed = visitor.get("/api/v1/callbacks").json()["callbacks"]
    reached = sum(one["state"] == "reached" for one in listed)
    metrics = ["callback_requests", "callback_connected"]
    values = visitor.get("/api/v1/ask", params={"metric": metrics}).json()["rows"][0]["values"]
    assert 0 < reached <= len(listed)
    assert [values[name]["value"] for name in metrics] == [len(listed), reached]
    assert {one["site"] for one in listed} == {"anxing.example"}
    assert {one["source"]["channel"] for one in listed} == {"baidu"}


def test_in_with_one_step_and_out_with_one_step(here: House) -> None:
    owner = here.signed_in("owner@example.com")
    assert owner.get("/api/v1/sample").json()["there"] is False
    assert owner.get("/api/v1/sample").json()["own_data"] is False
    deliver(here.store, workspace=1, kind_name="call", source="pbx", records=[CALL], origin="api")
    assert owner.post("/api/v1/sample").status_code == 202
    found = _settled(owner)
    assert (found["there"], found["own_data"]) == (True, True)
    assert _dials(owner) > 1
    # The screens of call tracking show it too: a site, its pool with what numbers cost, visits and what they saw.
    tracked = owner.get("/api/v1/tracking").json()
    assert [len(tracked[what]) for what in ("sites", "pools")] == [1, 1]
    assert {one["price"] for one in tracked["numbers"]} == {"30.00"}
    # The first is what the installation check shows: a business looks for its own, however new the sample is.
    body = {"name": "shop", "settings": {"origins": ["https://shop.example"]}}
    own = owner.post("/api/v1/tracking/sites", json=body).json()["id"]
    assert [one["sample"] for one in owner.get("/api/v1/tracking").json()["sites"]] == [False, True]
    assert owner.delete(f"/api/v1/tracking/sites/{own}").status_code == 200
    leases = owner.get("/api/v1/tracking/leases", params={"limit": 500}).json()["leases"]
    assert {one["channel"] for one in leases} == {"baidu"}
    size = owner.get(f"/api/v1/tracking/pools/{tracked['pools'][0]['id']}/sizing").json()
    assert (size["visits"], size["price"]) == (len(leases), "30.00")
    assert _called_from_a_visit(owner)
    _shows_callbacks(owner)

    assert owner.delete("/api/v1/sample").status_code == 202
    found = _settled(owner)
    assert (found["there"], found["own_data"]) == (False, True)
    assert _dials(owner) == 1, "the own call stays"
    tracked = owner.get("/api/v1/tracking").json()
    assert (tracked["sites"], tracked["pools"], tracked["numbers"]) == ([], [], [])
    assert owner.get("/api/v1/tracking/leases").json()["leases"] == []
    assert owner.get("/api/v1/callbacks").json()["callbacks"] == []


def test_a_reader_neither_brings_it_in_nor_takes_it_out(here: House) -> None:
    settle(here.store, email="reader@example.com", workspace=1, role=Role.READ_ONLY)
    reader = here.signed_in("reader@example.com")
    assert reader.post("/api/v1/sample").json()["code"] == "no_right"
    assert reader.delete("/api/v1/sample").json()["code"] == "no_right"
