"""Call rules over HTTP: chosen by a preset, tried, saved with what changed in the audit log; a call tagged (S2-16)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.people import Right, Workspace, create_api_key
from huasuan.store import Store

# Talk of 20, 40, 70, 100 and 130 seconds.
CALLS = [
    {
        "key": f"c{n}",
        "direction": "in",
        "ringing_at": f"2026-07-01T0{n}:00:00Z",
        "caller": f"1390000000{n}",
        "result": "answered",
        "talk_seconds": talk,
    }
    for n, talk in enumerate((20, 40, 70, 100, 130))
]


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path)
    answers = Warehouses(store, settings)
    with store.write() as connection:
        key = create_api_key(connection, workspace=workspace.id, name="test", rights=frozenset(Right))
    runtime = Runtime(settings=settings, store=store, answers=answers, gauges=Gauges(answers.lag))
    with answers, TestClient(create_app(runtime), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.post("/api/v1/facts/call", json=CALLS).json()["created"] == 5
        yield client


def targets(client: TestClient) -> int:
    (row,) = client.get("/api/v1/ask", params={"metric": "target_calls"}).json()["rows"]
    return int(row["values"]["target_calls"]["value"])


def test_a_preset_is_tried_saved_and_written_down(client: TestClient) -> None:
    """From 60 to 120 s: 70 and 100 s become grey, three target calls one; and nothing before it is saved."""
    rules = client.get("/api/v1/call-rules").json()
    assert rules["preset"] == "standard"
    assert "long_cycle" in [one["key"] for one in rules["presets"]]
    tried = client.post("/api/v1/call-rules/preview", json={"preset": "long_cycle"}).json()
    assert tried["moved"] == [{"before": "target", "after": "grey", "calls": 2}]
    assert (tried["before"]["target_share"], tried["after"]["target_share"]) == ("0.6000", "0.2000")
    assert targets(client) == 3
    saved = client.put(
        "/api/v1/call-rules", json={"preset": "long_cycle", "settings": {"internal_numbers": "13900000000"}}
    ).json()
    assert saved["text"]["en"].startswith("2 calls change from target to grey; 1 call changes from junk to excluded")
    assert targets(client) == 1
    assert client.get("/api/v1/call-rules").json()["preset"] == "long_cycle"
    (entry,) = client.get("/api/v1/audit", params={"action": "call_rules.changed"}).json()["entries"]
    assert entry["detail"]["before"]["target_seconds"] == "60"
    assert entry["detail"]["after"]["internal_numbers"] == "1 numbers"
    assert entry["detail"]["en"] == saved["text"]["en"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"preset": "taxi"}, "unknown_preset"),
        ({"settings": {"zone": "Asia/Urumqi"}}, "no_call_rule"),
        ({"settings": {"cycle_start": "monday"}}, "bad_setting"),
    ],
)
def test_rules_that_cannot_be_are_refused(client: TestClient, body: dict[str, object], code: str) -> None:
    for answer in (client.post("/api/v1/call-rules/preview", json=body), client.put("/api/v1/call-rules", json=body)):
        assert (answer.status_code // 100, answer.json()["code"]) == (4, code)


def test_a_call_is_tagged_by_its_number(client: TestClient) -> None:
    """The 130 s call was about another product; then the tag is taken back."""
    number = client.get("/api/v1/calls").json()["calls"][0]["fact_id"]
    body = {"call_class": "junk", "junk_reason": "other_product"}
    assert client.post(f"/api/v1/calls/{number}/tag", json=body).status_code == 200
    assert targets(client) == 2
    assert client.get("/api/v1/calls").json()["calls"][0]["junk_reason"] == "other_product"
    refused = client.post(f"/api/v1/calls/{number}/tag", json={"call_class": "grey", "junk_reason": "spam"})
    assert refused.json()["code"] == "reason_without_junk"
    assert client.post(f"/api/v1/calls/{number}/tag", json={}).status_code == 200
    assert targets(client) == 3
    assert client.post("/api/v1/calls/999999/tag", json=body).status_code == 404


def test_many_calls_are_tagged_at_once_or_none(client: TestClient) -> None:
    """One request and one entry of the audit log; a call that is not there keeps all from being tagged."""
    numbers = [one["fact_id"] for one in client.get("/api/v1/calls").json()["calls"]]
    before = targets(client)
    body = {"calls": [*numbers, 999_999], "call_class": "junk"}
    refused = client.post("/api/v1/calls/tags", json=body)
    assert (refused.status_code, refused.json()["code"]) == (404, "no_call")
    assert "999999" in refused.json()["text"]["en"]
    reason = client.post("/api/v1/calls/tags", json={"calls": numbers, "call_class": "grey", "junk_reason": "spam"})
    assert reason.json()["code"] == "reason_without_junk"
    assert targets(client) == before, "nothing was written"

    answer = client.post("/api/v1/calls/tags", json={"calls": [*numbers, numbers[0]], "call_class": "junk"})
    assert answer.json() == {"tagged": len(numbers)}
    assert targets(client) == 0
    told = [one for one in client.get("/api/v1/audit").json()["entries"] if one["action"].startswith("call")]
    assert [one["action"] for one in told if "tag" in one["action"]] == ["calls.tagged"]
    assert sorted(told[0]["detail"]["calls"]) == sorted(numbers)
    assert client.post("/api/v1/calls/tags", json={"calls": numbers}).status_code == 200
    assert targets(client) == 3


@pytest.mark.parametrize("calls", [[], list(range(1, 1_002)), [0]])
def test_as_many_calls_as_one_request_takes(client: TestClient, calls: list[int]) -> None:
    assert client.post("/api/v1/calls/tags", json={"calls": calls, "call_class": "junk"}).status_code == 400
