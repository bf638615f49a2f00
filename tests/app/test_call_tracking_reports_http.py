"""The reports over HTTP: listed, run, changed and saved, refused where they cannot be; negative keywords as a file."""

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

# A keyword that a spreadsheet would take for a formula, with three junk calls of four.
CALLS = [
    {
        "key": f"c{n}",
        "direction": "in",
        "ringing_at": f"2026-07-01T0{n}:00:00Z",
        "caller": f"1390000000{n}",
        "result": "answered",
        "talk_seconds": 20 if n else 90,
        "keyword": "=discs",
    }
    for n in range(4)
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
        assert client.post("/api/v1/facts/call", json=CALLS).json()["created"] == 4
        yield client


def test_a_report_is_made_into_ones_own(client: TestClient) -> None:
    """Two sections of the first report are kept, under another name; it runs, and is gone when deleted."""
    known = client.get("/api/v1/reports").json()["reports"]
    assert [one["key"] for one in known] == ["proper", "missed", "channels", "callbacks", "lines", "incoming"]
    mine = {name: known[0][name] for name in ("meaning", "kind")}
    mine |= {"title": {"zh": "我的", "en": "Mine"}, "sections": known[0]["sections"][2:4]}
    key = client.post("/api/v1/reports", json=mine).json()["key"]
    told = client.get(f"/api/v1/reports/{key}/run", params={"from": "2026-07-01", "to": "2026-07-02"}).json()
    assert [one["key"] for one in told["sections"]] == ["traffic", "keywords"]
    (row,) = told["sections"][1]["answer"]["rows"]
    assert (row["values"]["inbound_calls"]["value"], row["values"]["junk_calls"]["value"]) == (4, 3)
    opened = client.post("/api/v1/behind", json=row["values"]["junk_calls"]["behind"]).json()
    assert opened["count"] == 3
    changed = client.put(f"/api/v1/reports/{key}", json=mine | {"sections": known[0]["sections"][:1]})
    assert changed.status_code == 200
    assert len(client.get("/api/v1/reports").json()["reports"][-1]["sections"]) == 1
    assert client.delete(f"/api/v1/reports/{key}").status_code == 200
    assert client.get(f"/api/v1/reports/{key}/run").status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"metrics": ["dial"]}, "unknown_metric"),
        ({"metrics": ["dials"], "by": ["moon"]}, "unknown_cut"),
        ({"metrics": []}, "bad_report"),
        ({"metrics": ["missed"], "by": ["hour"], "layout": "heat"}, "bad_report"),
    ],
)
def test_what_cannot_be_asked_is_not_saved(client: TestClient, change: dict[str, object], code: str) -> None:
    text = {"zh": "一", "en": "one"}
    body = {"title": text, "meaning": text, "kind": "missed", "sections": [{"key": "a", "title": text} | change]}
    assert client.post("/api/v1/reports", json=body).json()["code"] == code
    assert client.put("/api/v1/reports/missed", json=body).status_code // 100 == 4


def test_negative_keywords_come_as_a_file_that_runs_nothing(client: TestClient) -> None:
    answer = client.get("/api/v1/negative-keywords")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == "\ufeffkeyword,junk_reason,junk_calls,inbound_calls\r\n'=discs,,3,4\r\n"
