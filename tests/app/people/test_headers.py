"""Every answer, of whatever address and however it ends, tells a browser what it must not do with it (ADR 0013)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import HERE, House, found_owner, house
from huasuan.app.develop.docs import _described
from huasuan.app.http.routes import addresses
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

ADDRESSES = tuple(dict.fromkeys((one.method, one.path) for one in addresses(_described())))
# What is nobody's, a wrong method, a wrong Host, a file that is not there.
WRONG = (
    ("GET", "/api/v1/nothing"),
    ("DELETE", "/api/v1/health"),
    ("GET", "/docs/assets/none.js"),
    ("GET", "/assets/x"),
)
MUST = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def here(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("headers")
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(folder / "store.sqlite")
    with store.write() as connection:
        create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    with house(store, folder, live_seconds=0) as found:
        yield found
    store.close()


@pytest.fixture(scope="module")
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def _check(headers: object) -> None:
    said = dict(headers.items())  # type: ignore[attr-defined]
    assert {name: said.get(name) for name in MUST} == MUST
    policy = {part.split()[0]: part.split()[1:] for part in said["content-security-policy"].split(";")}
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert "'unsafe-inline'" not in policy.get("script-src", policy["default-src"])
    assert said["cache-control"] in {"no-store", "no-cache"} or "immutable" in said["cache-control"]


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, *WRONG])
def test_whoever_asks(here: House, owner: TestClient, method: str, path: str) -> None:
    filled = path.replace("{path:path}", "calls").replace("{kind}", "call").replace("{", "").replace("}", "")
    _check(here.browser().request(method, filled).headers)
    if path != "/api/v1/sign-out":
        _check(owner.request(method, filled, json={}, follow_redirects=False).headers)


def test_a_foreign_host_and_a_failure(here: House, owner: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = here.visitor({}, base_url="http://evil.example").get("/")
    assert answer.status_code == 400
    _check(answer.headers)

    def broken(*_given: object) -> None:
        raise RuntimeError("secret of the code")

    monkeypatch.setattr(here.client.app.state.runtime.answers, "lag", broken)  # type: ignore[attr-defined]
    failed = owner.get("/api/v1/health")
    assert (failed.status_code, failed.json()["code"]) == (500, "http_500")
    assert "secret" not in failed.text
    _check(failed.headers)


def test_the_docs_run_their_own_script_alone(owner: TestClient) -> None:
    policy = owner.get("/docs").headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy


def test_behind_https_browsers_are_told_to_stay_there(here: House, tmp_path: Path) -> None:
    assert "strict-transport-security" not in here.browser().get("/").headers
    with house(here.store, tmp_path, public_url="https://calls.example.com", allowed_hosts=("*",)) as https:
        answer = https.visitor({"Origin": HERE}).get("/api/v1/health")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
