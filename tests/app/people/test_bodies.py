"""No address takes more than it may, whether the length is said or not; made from the table of routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import found_owner, house
from huasuan.app.develop.docs import _described
from huasuan.app.http.routes import Address, addresses
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

UNSAFE = tuple(one for one in addresses(_described()) if one.method not in {"GET", "HEAD", "OPTIONS"})
MOST, MOST_OF_A_FILE = 4096, 10_000
_JSON = {"Content-Type": "application/json"}
_SCHEMA = _described().openapi()["paths"]
# The description has an address for each kind of fact.
WITH_BODY = tuple(
    one
    for one in UNSAFE
    if "requestBody" in _SCHEMA.get(one.path.replace("{kind}", "call"), {}).get(one.method.lower(), {})
)


@pytest.fixture(scope="module")
def owner(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(folder / "store.sqlite")
    with store.write() as connection:
        create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    with house(store, folder, max_body_bytes=MOST, max_file_bytes=MOST_OF_A_FILE) as here:
        yield here.signed_in("owner@example.com")
    store.close()


def _path(address: Address) -> str:
    path = address.path.replace("{kind}", "call").replace("{file}", "a" * 24)
    return "".join(
        part if not part.startswith("{") else "1" for part in path.replace("{", "\0{").replace("}", "}\0").split("\0")
    )


def _pieces(size: int) -> Iterator[bytes]:
    yield b'{"x": "'
    for _ in range(size // 1024):
        yield b"x" * 1024
    yield b'"}'


@pytest.mark.parametrize("address", UNSAFE, ids=lambda one: f"{one.method} {one.path}")
def test_too_much_is_refused_by_its_length(owner: TestClient, address: Address) -> None:
    size = 2 * MOST if address.path != "/api/v1/files" else 2 * MOST_OF_A_FILE
    answer = owner.request(address.method, _path(address), params={"name": "a.csv"}, content=b"x" * size, headers=_JSON)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


@pytest.mark.parametrize("address", WITH_BODY, ids=lambda one: one.path)
def test_too_much_is_refused_while_it_comes(owner: TestClient, address: Address) -> None:
    size = 2 * MOST if address.path != "/api/v1/files" else 2 * MOST_OF_A_FILE
    answer = owner.request(
        address.method, _path(address), params={"name": "a.csv"}, content=_pieces(size), headers=_JSON
    )
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert answer.headers["connection"] == "close"


def test_a_file_has_a_limit_of_its_own_and_leaves_nothing_behind(owner: TestClient) -> None:
    taken = owner.post("/api/v1/files", params={"name": "a.csv"}, content=b"a,b\n" + b"1,2\n" * 1500)
    assert taken.status_code == 200, taken.text
    uploads = owner.app.state.runtime.settings.home / "uploads"  # type: ignore[attr-defined]
    before = sorted(uploads.rglob("*"))
    answer = owner.post("/api/v1/files", params={"name": "b.csv"}, content=_pieces(2 * MOST_OF_A_FILE))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert sorted(uploads.rglob("*")) == before
