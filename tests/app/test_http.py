"""The HTTP service, spoken to as a client would, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import func, select

from app.people.visitors import COMMAND_TOKEN as OWNER
from app.people.visitors import house
from huasuan.intake import KINDS
from huasuan.people import Workspace, WorkspaceSettings, create_api_key, create_workspace
from huasuan.store import Store
from huasuan.store.migrate import head

CALL = {"key": "c1", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}


@pytest.fixture
def key(store: Store, workspace: Workspace) -> str:
    with store.write() as connection:
        return create_api_key(connection, workspace=workspace.id, name="test")


@pytest.fixture
def anonymous(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    hosts = ("shop.example", "*.inside.example")
    with house(store, tmp_path, allowed_hosts=hosts, max_items=10, max_body_bytes=4096) as here:
        yield here.client


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
    for method, path in [
        ("POST", "facts/call"),
        ("GET", "batches"),
        ("GET", "ask?metric=roi"),
        ("POST", "behind"),
        ("POST", "batches/1/undo"),
    ]:
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
    assert english["title"] == "not signed in, and the API key is missing"
    assert chinese["title"] == "未登录，也没有 API 密钥"


def test_a_wrong_address_is_a_problem_too(anonymous: TestClient) -> None:
    answer = anonymous.get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert anonymous.delete("/api/v1/batches").json()["status"] == 405


def test_health_and_prometheus(client: TestClient) -> None:
    client.post("/api/v1/facts/call", json=[CALL])

    late = client.get("/api/v1/health").json()
    assert (late["status"], late["schema_version"], late["behind_rows"]) == ("ok", head(), 1)
    with_us = TestClient(client.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
    shown = with_us.get("/metrics").text
    assert 'huasuan_intake_records_total{kind="call",status="created"} 1.0' in shown
    assert "huasuan_projector_lag_rows 1.0" in shown
    assert 'huasuan_http_request_seconds_count{method="POST",route="/facts/{kind}",status="200"} 1.0' in shown

    client.get("/api/v1/ask?metric=dials")
    level = client.get("/api/v1/health").json()
    assert (level["behind_rows"], level["behind_seconds"]) == (0, 0.0)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "192.0.2.7", ""])
def test_counters_are_for_this_machine(anonymous: TestClient, address: str) -> None:
    answer = TestClient(anonymous.app, base_url="http://127.0.0.1", client=(address, 50_000)).get("/metrics")
    here = address in {"127.0.0.1", "::1"}
    assert answer.status_code == (200 if here else 403)
    assert here or (answer.json()["code"], set(answer.json()["remedy"])) == ("metrics_closed", {"zh", "en"})


def test_counters_are_for_whoever_has_the_token(sqlite_store: Store, tmp_path: Path) -> None:
    token = "a token of sixteen"  # noqa: S105
    with house(sqlite_store, tmp_path, metrics_token=SecretStr(token)) as here:
        asked = [
            here.client.get("/metrics", headers={"Authorization": said}).status_code
            for said in (f"Bearer {token}", token, "Bearer a token of sixteem", "")
        ]
        assert asked == [200, 403, 403, 403]
        near = TestClient(here.client.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
        assert near.get("/metrics").status_code == 403, "with a token it is the token that counts"


def test_a_question_sees_everything_written_before_it(client: TestClient) -> None:
    client.post("/api/v1/facts/call", json=[CALL, {**CALL, "key": "c2"}, {**CALL, "key": "c3", "agent": "A1"}])

    by_address = client.get("/api/v1/ask?metric=dials&by=agent&from=2026-07-01&to=2026-07-02").json()
    body = {"metrics": ["dials"], "by": ["agent"], "from": "2026-07-01", "to": "2026-07-02"}
    by_body = client.post("/api/v1/ask", json=body).json()

    assert by_address["rows"] == by_body["rows"]
    figures = {row["by"]["agent"]: row["values"]["dials"]["value"] for row in by_body["rows"]}
    assert figures == {"A1": 1, None: 2}
    assert client.get("/api/v1/ask?metric=dials&where=agent=").json()["rows"][0]["values"]["dials"]["value"] == 2


def test_what_a_figure_holds_as_its_address_opens_its_facts(client: TestClient) -> None:
    client.post("/api/v1/facts/call?source=pbx", json=[CALL, {**CALL, "key": "c3", "agent": "A1"}])
    rows = client.get("/api/v1/ask?metric=dials&by=agent").json()["rows"]
    address = next(row["values"]["dials"]["behind"] for row in rows if row["by"]["agent"] == "A1")

    opened = client.post("/api/v1/behind", json=address).json()

    assert (opened["count"], opened["total"]) == (1, 1)
    fact = opened["facts"][0]
    assert (fact["source"], fact["key"], fact["record"]["agent"]) == ("pbx", "c3", "A1")
    assert "13900000001" not in str(opened)


def test_variants_of_a_question_read_alike_by_address_and_by_body(client: TestClient) -> None:
    client.post("/api/v1/facts/call", json=[CALL, {**CALL, "key": "c0", "dialed_at": "2026-06-01T02:00:00Z"}])

    asked = "metric=dials,connect_rate,won_deals&from=2026-07-01&to=2026-08-01&intervals=true"
    path = f"/api/v1/ask?{asked}&compare=2026-06-01..2026-07-01&matured=0&firm=2026-09-01"
    by_address = client.get(path).json()
    body = {
        "metrics": ["dials", "connect_rate", "won_deals"],
        "from": "2026-07-01",
        "to": "2026-08-01",
        "intervals": True,
        "compare": {"from": "2026-06-01", "to": "2026-07-01"},
        "matured": 0,
        "firm": "2026-09-01",
    }
    by_body = client.post("/api/v1/ask", json=body).json()

    assert by_address["rows"] == by_body["rows"]
    assert by_address["question"] == by_body["question"]
    assert by_body["compared"] == {"from": "2026-06-01", "to": "2026-07-01"}
    assert by_body["firm"]["unreceived_deals"] == 0
    values = by_body["rows"][0]["values"]
    assert (values["dials"]["before"]["value"], values["dials"]["change"]["value"]) == (1, "0")
    assert values["connect_rate"]["interval"]["method"] == "exact"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ask?metric=dials&compare=lately", "bad_period"),
        ("ask?metric=dials&matured=soon", "bad_days"),
        ("ask?metric=dials&firm=soon", "bad_request"),
        ("ask?metric=dails", "unknown_metric"),
        ("ask?metric=dials&by=agnet", "unknown_dimension"),
        ("ask?metric=dials&where=agent", "bad_filter"),
        ("ask?metric=dials&from=2026-07-02&to=2026-07-01", "empty_period"),
        ("ask?metric=dials&from=yesterday", "bad_request"),
        ("behind?metric=dials,roi", "one_metric"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, path: str, code: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_delivery_is_taken_back(client: TestClient) -> None:
    batch = client.post("/api/v1/facts/call", json=[CALL]).json()["batch"]
    changed = client.post("/api/v1/facts/call", json=[{**CALL, "agent": "A7"}]).json()["batch"]

    first = client.post(f"/api/v1/batches/{batch}/undo").json()
    assert first["conflicts"] == [{"key": "c1", "changed_by": changed}]
    assert client.post(f"/api/v1/batches/{changed}/undo").json()["restored"] == 1
    assert client.post(f"/api/v1/batches/{batch}/undo").json()["removed"] == 1

    assert client.get("/api/v1/ask?metric=dials").json()["rows"][0]["values"]["dials"]["value"] == 0
    assert client.post("/api/v1/batches/99/undo").status_code == 404


def test_the_catalogue_lists_what_can_be_asked(client: TestClient) -> None:
    found = client.get("/api/v1/metrics").json()
    roi = next(metric for metric in found["metrics"] if metric["key"] == "roi")
    assert roi["text"]["zh"]
    assert roi["denominator"] == "total_cost"
    assert "channel" in roi["dimensions"]


def test_only_our_own_command_line_may_rebuild(client: TestClient) -> None:
    assert client.post("/internal/rebuild").json()["code"] == "owner_only"
    made = client.post("/internal/rebuild", headers={"Authorization": f"Bearer {OWNER}"}).json()
    assert made["facts"] == 0


def test_the_docs_need_no_internet(anonymous: TestClient) -> None:
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
