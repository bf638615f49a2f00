"""Requests made from the OpenAPI description, right and wrong: whatever is sent, the service does not fall over."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
import structlog
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, GenerationMode

from app.people.visitors import found_owner, house
from huasuan.app.develop.docs import _described
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

EXAMPLES = 12
# All kinds of records go through one address; three of them stand for it.
_KINDS = ("call", "cost", "deal_event")
_FACTS = "/api/v1/facts/"
# Those would end the session of the test, or shut its account out.
_LEFT_OUT = {("POST", "/api/v1/sign-out"), ("DELETE", "/api/v1/me/sessions/{session}")}


def _operations() -> list[APIOperation]:
    schema = schemathesis.openapi.from_dict(_described().openapi())
    found = [result.ok() for result in schema.get_all_operations()]
    return [
        one
        for one in found
        if (one.method.upper(), one.path) not in _LEFT_OUT
        and (not one.path.startswith(_FACTS) or one.path.removeprefix(_FACTS) in _KINDS)
    ]


OPERATIONS = _operations()


@pytest.fixture(scope="module", autouse=True)
def _short_logs() -> Iterator[None]:
    """The console's picture of a traceback takes minutes where a local variable holds a whole request."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def owner(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("crash")
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(folder / "store.sqlite")
    with store.write() as connection:
        create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    with house(store, folder, live_seconds=0) as here:
        yield here.signed_in("owner@example.com")
    store.close()


def test_there_is_something_to_send() -> None:
    assert len(OPERATIONS) > 30


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_no_request_makes_it_fall_over(owner: TestClient, operation: APIOperation) -> None:
    cases = st.one_of(operation.as_strategy(mode) for mode in GenerationMode)

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        kwargs = case.as_transport_kwargs(base_url="http://127.0.0.1")
        answer = owner.request(
            kwargs["method"],
            kwargs["url"],
            params=kwargs.get("params"),
            # Fields of a form come as a mapping.
            **{"data" if isinstance(kwargs.get("data"), dict) else "content": kwargs.get("data")},
            json=kwargs.get("json"),
            headers={name: value for name, value in (kwargs.get("headers") or {}).items() if _sendable(name, value)},
            follow_redirects=False,
        )
        assert answer.status_code < 500 or answer.json()["code"] == "provider_unreachable", (answer.text, kwargs)

    send()
    assert owner.get("/api/v1/me").status_code == 200, "else nothing but refusals was tested"


def test_most_addresses_were_reached_and_answered(owner: TestClient) -> None:
    """Counted by the service itself: a run in which everything was refused would show nothing."""
    shown = TestClient(owner.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000)).get("/metrics").text
    reached = set(
        re.findall(r'huasuan_http_request_seconds_count\{method="(\w+)",route="([^"]+)",status="200"\}', shown)
    )
    assert len(reached) > 15, reached


def _sendable(name: str, value: object) -> bool:
    """Our own sign-in stays, and what no client can put on the wire is left out."""
    return name.lower() not in {"authorization", "origin", "cookie", "host"} and str(value).isascii()
