"""The web application as it is sent: a policy for each page, nothing but what was built, a word if unbuilt."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from huasuan.app.http.pages import pages
from huasuan.app.http.problems import answer_problems

SCRIPT = "console.log('hello')"


def _client(folder: Path) -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    answer_problems(app)
    app.include_router(pages(folder))
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text('<meta name="csp-nonce" content="__NONCE__">')
    (static / "assets/main-1a2b.js").write_text(SCRIPT)
    (static / "assets/main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "secret.js").write_text("secret")
    return _client(static)


def test_an_installation_without_pages_says_how_to_build_them(tmp_path: Path) -> None:
    answer = _client(tmp_path / "nothing").get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text
    assert "页面尚未构建" in answer.text
    assert "not built" in answer.text


def test_every_address_of_a_screen_is_the_page_with_a_policy_of_its_own(built: TestClient) -> None:
    answers = [built.get(path) for path in ("/", "/by/channel", "/calls/17?lang=en")]
    nonces = []
    for answer in answers:
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", policy)
        assert nonce is not None
        assert f'content="{nonce[1]}"' in answer.text
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        nonces.append(nonce[1])
    assert len(set(nonces)) == 3, "a nonce is for one page"


def test_files_are_sent_packed_to_whoever_unpacks_them_and_kept(built: TestClient) -> None:
    packed = built.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == SCRIPT
    assert "immutable" in packed.headers["cache-control"]
    plain = built.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT
    assert plain.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/api/v1/nosuch",
        "/docs/nosuch",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
    ],
)
def test_what_was_not_built_is_not_found(built: TestClient, path: str) -> None:
    answer = built.get(path)
    assert "secret" not in answer.text.replace("secret.js", "")
    assert answer.status_code == 404 or "csp-nonce" in answer.text
    if path.startswith(("/assets/gone", "/api", "/docs")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
