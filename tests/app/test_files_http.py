"""Files through the browser's addresses: brought, looked at, imported, mended, stopped, taken back."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import program
from huasuan.people import Right, Workspace, WorkspaceSettings, create_api_key, create_workspace
from huasuan.store import Store

CALLS = """呼叫时间,客户电话,方向,通话时长(秒),坐席
2026-03-02 09:00:00,13800138001,呼出,65,小王
2026-03-02 09:05:00,13800138002,呼出,abc,小王
2026-03-02 09:10:00,13800138003,呼出,0,小李
"""


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    with program(store, workspace, tmp_path, max_body_bytes=4096, max_file_bytes=100_000) as client:
        yield client


def _bring(client: TestClient, content: bytes, name: str = "三月通话.csv") -> dict[str, Any]:
    answer = client.post("/api/v1/files", params={"name": name}, content=content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _ended(client: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    started = client.post("/api/v1/imports", json=body)
    assert started.status_code == 202, started.text
    number = started.json()["id"]
    for _ in range(1000):
        found: dict[str, Any] = client.get(f"/api/v1/imports/{number}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.01)
    raise AssertionError(found)


def test_a_chinese_file_is_looked_at_checked_imported_mended_and_taken_back(client: TestClient) -> None:
    brought = _bring(client, CALLS.encode("gb18030"))
    assert (brought["name"], brought["kinds"][0]) == ("三月通话.csv", "call")

    preview = client.post(f"/api/v1/files/{brought['file']}/preview", json={"kind": "call"}).json()
    assert preview["columns"][0] == "呼叫时间"
    assert preview["rows"][0][1] == "13800138001"
    assert preview["mapping"]["fields"]["agent"]["column"] == "坐席"
    assert preview["origin"] == "guessed"
    assert {"agent", "result"} <= {field["name"] for field in preview["fields"]}

    order = {"file": brought["file"], "kind": "call", "mapping": preview["mapping"]}
    checked = _ended(client, {**order, "check": True})
    assert (checked["state"], checked["created"], checked["refused"], checked["batch"]) == ("done", 2, 1, None)
    assert checked["faults"][0]["line"] == 3
    assert set(checked["faults"][0]["remedy"]) == {"zh", "en"}

    done = _ended(client, order)
    assert (done["created"], done["refused"], done["errors"], done["share"]) == (2, 1, True, 1.0)
    errors = client.get(f"/api/v1/imports/{done['id']}/errors")
    assert "13800138002" in errors.content.decode("utf-8-sig")
    assert errors.headers["content-disposition"].startswith("attachment")

    mended = _bring(client, errors.content.decode("utf-8-sig").replace("abc", "30").encode(), "改好.csv")
    again = _ended(client, {"file": mended["file"], "kind": "call"})
    assert (again["created"], again["refused"]) == (1, 0)

    undone = client.post(f"/api/v1/batches/{done['batch']}/undo").json()
    assert undone["removed"] == 2


def test_another_mapping_can_be_chosen_and_a_wrong_one_is_refused(client: TestClient) -> None:
    brought = _bring(client, CALLS.encode())
    preview = client.post(f"/api/v1/files/{brought['file']}/preview", json={"kind": "call"}).json()
    fields = preview["mapping"]["fields"] | {"campaign": {"constant": "spring"}}
    looked = client.post(
        f"/api/v1/files/{brought['file']}/preview", json={"kind": "call", "mapping": {"fields": fields}}
    ).json()
    assert (looked["origin"], looked["mapping"]["fields"]["campaign"]["constant"]) == ("given", "spring")
    for wrong in ({"agent": {"column": "坐席", "constant": "x"}}, {"agent": {"column": "坐席", "unit": "ells"}}):
        refused = client.post(
            f"/api/v1/files/{brought['file']}/preview", json={"kind": "call", "mapping": {"fields": wrong}}
        )
        assert refused.json()["code"] == "mapping_invalid"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a.exe", "..", ".csv", "x/y.csv/.."])
def test_a_name_that_is_no_file_we_read_is_refused(client: TestClient, name: str) -> None:
    assert client.post("/api/v1/files", params={"name": name}, content=b"a,b\n1,2\n").json()["code"] == "bad_file_name"


def test_a_name_cannot_leave_the_folder(client: TestClient, tmp_path: Path) -> None:
    brought = _bring(client, CALLS.encode(), "../..\\..//x\x00y<é>.csv")
    (path,) = (tmp_path / "uploads").rglob("*.csv")
    assert path.parent.name == brought["file"]
    assert path.name == brought["name"] == "x_y_é_.csv"


def test_the_files_of_a_workspace_have_a_limit_together(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    """What is kept is counted, what is refused leaves nothing, and room that comes back can be used."""
    with program(store, workspace, tmp_path, max_kept_bytes=100_000) as client:
        first = _bring(client, CALLS.encode() + b"\n" * 60_000)
        announced = client.post("/api/v1/files", params={"name": "a.csv"}, content=b"a,b\n" * 20_000)
        piece = b"a,b\n" * 5_000
        unannounced = client.post("/api/v1/files", params={"name": "a.csv"}, content=iter([piece] * 4))
        for refused in (announced, unannounced):
            assert (refused.status_code, refused.json()["code"]) == (413, "too_many_kept")
            assert "HUASUAN_MAX_KEPT_BYTES" in refused.json()["remedy"]["zh"]
        assert len(list((tmp_path / "uploads").rglob("*.csv"))) == 1
        _bring(client, CALLS.encode(), "small.csv")
        shutil.rmtree(tmp_path / "uploads" / str(workspace.id) / first["file"])
        _bring(client, CALLS.encode() + b"\n" * 60_000)


def test_files_have_their_own_limit_of_size(client: TestClient, tmp_path: Path) -> None:
    assert _bring(client, CALLS.encode() + b"\n" * 50_000)["bytes"] > 50_000
    large = client.post("/api/v1/files", params={"name": "a.csv"}, content=b"x" * 200_000)
    assert (large.status_code, large.json()["code"]) == (413, "file_too_large")
    assert client.post("/api/v1/files", params={"name": "a.csv"}, content=b"").json()["code"] == "empty_file"
    assert len(list((tmp_path / "uploads").rglob("*.csv"))) == 1


def test_what_is_no_table_is_not_kept(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/api/v1/files", params={"name": "a.xlsx"}, content=b"PK\x03\x04 no workbook")
    assert (answer.status_code, answer.json()["code"]) == (400, "xlsx_damaged")
    assert set(answer.json()["remedy"]) == {"zh", "en"}
    assert list((tmp_path / "uploads").rglob("*.xlsx")) == []


def test_a_file_as_a_whole_refused_ends_the_import_with_the_reason(client: TestClient) -> None:
    brought = _bring(client, "甲,乙\n1,2\n".encode())
    assert brought["kinds"] == []
    failed = _ended(client, {"file": brought["file"], "kind": "call"})
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "columns_missing")


def test_what_another_workspace_brought_does_not_exist(client: TestClient, store: Store) -> None:
    brought = _bring(client, CALLS.encode())
    done = _ended(client, {"file": brought["file"], "kind": "call"})
    with store.write() as connection:
        other = create_workspace(connection, name="other", settings=WorkspaceSettings())
        key = create_api_key(connection, workspace=other.id, name="other")
    client.headers["Authorization"] = f"Bearer {key}"
    assert client.post(f"/api/v1/files/{brought['file']}/preview", json={"kind": "call"}).status_code == 404
    assert client.post("/api/v1/imports", json={"file": brought["file"], "kind": "call"}).status_code == 404
    for path in (f"/imports/{done['id']}", f"/imports/{done['id']}/errors"):
        assert client.get("/api/v1" + path).status_code == 404
    assert client.get("/api/v1/imports").json() == {"imports": []}


def test_whoever_may_only_enter_costs_sees_no_other_import(
    client: TestClient, store: Store, workspace: Workspace
) -> None:
    done = _ended(client, {"file": _bring(client, CALLS.encode())["file"], "kind": "call"})
    with store.write() as connection:
        key = create_api_key(connection, workspace=workspace.id, name="costs", rights={Right.COSTS_WRITE})
    client.headers["Authorization"] = f"Bearer {key}"
    for path in (f"/imports/{done['id']}", f"/imports/{done['id']}/errors"):
        assert client.get("/api/v1" + path).json()["code"] == "no_right"
    assert client.post(f"/api/v1/imports/{done['id']}/stop").json()["code"] == "no_right"
    assert client.get("/api/v1/imports").json() == {"imports": []}
    costs = _bring(client, "费用类型,金额,日期\n广告,12.50,2026-03-02\n".encode(), "costs.csv")
    mine = _ended(client, {"file": costs["file"], "kind": "cost"})
    assert client.get("/api/v1/imports").json()["imports"][0]["id"] == mine["id"]


def test_a_stopped_import_goes_on_where_it_was(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huasuan.intake.importing.CHUNK_ROWS", 5)
    rows = [f"2026-03-02 09:{at // 60:02}:{at % 60:02},138001{at:05},呼出,30,小王" for at in range(900)]
    brought = _bring(client, "\n".join([CALLS.splitlines()[0], *rows]).encode())
    order = {"file": brought["file"], "kind": "call"}
    number = client.post("/api/v1/imports", json=order).json()["id"]
    assert client.post("/api/v1/imports", json=order).json()["code"] == "import_running"
    assert client.post(f"/api/v1/imports/{number}/stop").status_code == 200
    for _ in range(1000):
        stopped = client.get(f"/api/v1/imports/{number}").json()
        if stopped["state"] != "running":
            break
        time.sleep(0.01)
    assert stopped["state"] == "stopped"
    assert 0 < stopped["created"] < 900
    done = _ended(client, order)
    assert (done["resumed"], done["created"], done["refused"]) == (True, 900, 0)
