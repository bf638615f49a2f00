"""The service calls nobody within its own network, whoever names the address: settings, documents, redirects."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from huasuan.app.calling_out import checked_transport
from huasuan.app.outside import Provider
from huasuan.app.settings import Settings
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Broken


class _Inner(BaseHTTPRequestHandler):
    """Something on this machine; sends on to another address of it."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(302 if self.path == "/go" else 200)
        port = self.server.server_address[1]
        if self.path == "/go":
            self.send_header("Location", f"http://127.0.0.2:{port}/metadata")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        pass


@pytest.fixture
def inner() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    server = HTTPServer(("", 0), type("Inner", (_Inner,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def _client(*hosts: str) -> httpx2.Client:
    return httpx2.Client(transport=checked_transport(Reach(hosts)), follow_redirects=True, trust_env=False)


def test_an_inner_address_is_not_even_connected_to(inner: tuple[str, list[str]]) -> None:
    address, seen = inner
    with _client() as client, pytest.raises(Broken) as refused:
        client.get(address)
    assert refused.value.code == "address_refused"
    assert seen == []


def test_a_redirect_is_checked_as_the_first_address_was(inner: tuple[str, list[str]]) -> None:
    address, seen = inner
    with _client("127.0.0.1") as client, pytest.raises(Broken):
        client.get(f"{address}/go")
    assert seen == ["/go"], "the other address was not named by the operator"


def test_what_the_operator_names_is_reached(inner: tuple[str, list[str]]) -> None:
    address, seen = inner
    with _client("127.0.0.1", "127.0.0.2") as client:
        assert client.get(f"{address}/go").status_code == 200
    assert seen == ["/go", "/metadata"]


def test_a_name_nobody_knows_is_an_ordinary_failure() -> None:
    with _client() as client, pytest.raises(httpx2.ConnectError):
        client.get("http://nowhere.invalid/")


def test_the_provider_of_sign_ins_is_no_exception(inner: tuple[str, list[str]]) -> None:
    address, seen = inner
    with pytest.raises(Broken) as refused:
        Provider(Settings(oidc_issuer=address)).begin("http://127.0.0.1/back")
    assert refused.value.code == "address_refused"
    assert seen == []
