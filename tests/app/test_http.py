"""The HTTP service, spoken to as a client would, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from huasuan.app.answers import Asked, Lag
from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.intake import KINDS
from huasuan.people import Workspace, WorkspaceSettings, create_api_key, create_workspace
from huasuan.store import Store

OWNER = "the token of this process"
CALL = {"key": "c1", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}


@dataclass(frozen=True, slots=True)
class Silent:
    """Answers nothing; questions have tests of their own."""

    def ask(self, workspace: int, asked: Asked) -> dict[str, Any]:
        return {"rows": []}

    def behind(self, workspace: int, asked: Asked, *, limit: int) -> dict[str, Any]:
        return {"rows": []}

    def lag(self) -> Lag:
        return Lag(rows=3, seconds=1.5)


@pytest.fixture
def key(store: Store, workspace: Workspace) -> str:
    with store.write() as connection:
        return create_api_key(connection, workspace=workspace.id, name="test")


@pytest.fixture
def anonymous(store: Store) -> Iterator[TestClient]:
    answers = Silent()
    runtime = Runtime(
        settings=Settings(allowed_hosts=("shop.example", "*.inside.example"), max_items=10, max_body_bytes=4096),
        store=store,
        answers=answers,
        gauges=Gauges(answers.lag),
        owner_token=OWNER,
    )
    with TestClient(create_app(runtime), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(anonymous: TestClient, key: str) -> TestClient:
    anonymous.headers["Authorization"] = f"Bearer {key}"
    return anonymous


def _facts(store: Store, kind: str) -> int:
    table = KINDS[kind].table
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_records_go_in_and_each_gets_an_answer(client: TestClient, store: Store) -> None:
    bad = {**CALL, "key": "c2", "direction": "sideways"}

    answer = client.post("/api/v1/facts/call?source=pbx", json=[CALL, bad]).json()

    assert (answer["created"], answer["refused"]) == (1, 1)
    assert [item["status"] for item in answer["items"]] == ["created", "refused"]
    assert [item["number"] for item in answer["items"]] == [0, 1]
    assert set(answer["items"][1]["text"]) == {"zh", "en"}
    assert "direction" in answer["items"][1]["text"]["en"]
    assert _facts(store, "call") == 1


def test_the_same_again_changes_nothing_and_another_content_corrects(client: TestClient, store: Store) -> None:
    client.post("/api/v1/facts/call", json=[CALL])
    assert client.post("/api/v1/facts/call", json=[CALL]).json()["items"][0]["status"] == "unchanged"
    changed = {**CALL, "agent": "A7"}
    assert client.post("/api/v1/facts/call", json=changed).json()["items"][0]["status"] == "corrected"
    assert _facts(store, "call") == 2


def test_ndjson_refuses_the_broken_line_alone(client: TestClient, store: Store) -> None:
    body = orjson.dumps(CALL) + b"\n{broken\n\n" + orjson.dumps({**CALL, "key": "c9"}) + b"\n"

    answer = client.post("/api/v1/facts/call", content=body, headers={"Content-Type": "application/x-ndjson"}).json()

    assert [item["status"] for item in answer["items"]] == ["created", "refused", "created"]
    assert _facts(store, "call") == 2


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"{oops", "bad_json", 400),
        (b"[]", "no_records", 400),
        (b"[" + b"{}," * 10 + b"{}]", "too_many_items", 413),
        (b"[" + b" " * 5000 + b"{}]", "body_too_large", 413),
    ],
)
def test_a_delivery_that_cannot_be_read_is_refused_whole(
    client: TestClient, store: Store, body: bytes, code: str, status: int
) -> None:
    answer = client.post("/api/v1/facts/call", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert _facts(store, "call") == 0


def test_a_body_that_hides_its_length_is_still_counted(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    answer = client.post("/api/v1/facts/call", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_an_unknown_kind_is_answered_with_the_nearest(client: TestClient) -> None:
    answer = client.post("/api/v1/facts/cals", json=[CALL])
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_kind")
    assert "call" in answer.json()["remedy"]["en"]


@pytest.mark.parametrize("header", [None, "Bearer hs_wrong", "Basic abc"])
def test_without_a_right_key_nothing_is_told(anonymous: TestClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in [("POST", "facts/call"), ("GET", "batches"), ("GET", "ask?metric=roi"), ("POST", "behind")]:
        answer = anonymous.request(method, f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert set(answer.json()["text"]) == {"zh", "en"}


def test_a_key_opens_its_own_workspace_only(client: TestClient, store: Store) -> None:
    with store.write() as connection:
        other = create_workspace(connection, name="other", settings=WorkspaceSettings())
        other_key = create_api_key(connection, workspace=other.id, name="test")
    client.post("/api/v1/facts/call", json=[CALL])

    assert len(client.get("/api/v1/batches").json()["batches"]) == 1
    theirs = client.get("/api/v1/batches", headers={"Authorization": f"Bearer {other_key}"}).json()
    assert theirs == {"batches": []}


def test_our_own_command_line_names_its_workspace(anonymous: TestClient, store: Store, workspace: Workspace) -> None:
    headers = {"Authorization": f"Bearer {OWNER}", "X-Huasuan-Workspace": workspace.name}
    assert anonymous.post("/api/v1/facts/call", json=CALL, headers=headers).status_code == 200
    headers["X-Huasuan-Workspace"] = "nowhere"
    assert anonymous.post("/api/v1/facts/call", json=CALL, headers=headers).json()["code"] == "no_workspace"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example", 200),
        ("SHOP.example:8000", 200),
        ("a.inside.example", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("inside.example", 400),
        ("evil.example", 400),
        ("shop.example.evil.example", 400),
        ("", 400),
    ],
)
def test_only_the_names_of_the_service_are_answered(anonymous: TestClient, host: str, status: int) -> None:
    answer = anonymous.get("/api/v1/health", headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "bad_host"


def test_errors_read_in_the_language_of_the_reader(anonymous: TestClient) -> None:
    english = anonymous.get("/api/v1/batches", headers={"Accept-Language": "en-GB,en"}).json()
    chinese = anonymous.get("/api/v1/batches").json()
    assert english["title"] == "the API key is missing"
    assert chinese["title"] == "缺少 API 密钥"


def test_a_wrong_address_is_a_problem_too(anonymous: TestClient) -> None:
    answer = anonymous.get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert anonymous.delete("/api/v1/batches").json()["status"] == 405


def test_health_and_prometheus(client: TestClient) -> None:
    client.post("/api/v1/facts/call", json=[CALL])

    assert client.get("/api/v1/health").json() == {
        "status": "ok",
        "schema_version": "0001",
        "behind_seconds": 1.5,
        "behind_rows": 3,
    }
    shown = client.get("/metrics").text
    assert 'huasuan_intake_records_total{kind="call",status="created"} 1.0' in shown
    assert "huasuan_projector_lag_seconds 1.5" in shown
    assert 'huasuan_http_request_seconds_count{method="POST",route="/facts/{kind}",status="200"} 1.0' in shown


def test_the_docs_need_no_internet(anonymous: TestClient) -> None:
    assert str(anonymous.get("/", follow_redirects=False).headers["location"]) == "/docs"
    page = anonymous.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert anonymous.get("/docs/assets/swagger-ui-bundle.js").status_code == 200
    assert anonymous.get("/docs/assets/swagger-ui.css").status_code == 200


def test_every_kind_shows_its_own_fields(anonymous: TestClient) -> None:
    schema = anonymous.get("/api/v1/openapi.json").json()
    for name, kind in KINDS.items():
        body = schema["paths"][f"/api/v1/facts/{name}"]["post"]["requestBody"]["content"]
        reference = body["application/json"]["schema"]["items"]["$ref"]
        model = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
        assert set(kind.columns) <= set(model["properties"]) | {
            field for field in kind.columns if field.endswith("_minor") or field in kind.extra
        }
