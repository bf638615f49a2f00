"""Ways round the rules that a member, a key or a neighbour might try (ADR 0013)."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.people.visitors import PASSWORD, House, found_owner, house, settle
from huasuan.intake import deliver
from huasuan.kernel.time import now, to_micros
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.versions import version_of
from huasuan.people import Right, Role, Workspace, WorkspaceSettings, create_workspace
from huasuan.people.tables import EXPORT_REQUEST
from huasuan.store import Store

OWNER = "owner@example.com"


def _calls(first: int, last: int) -> list[dict[str, str]]:
    return [
        {"key": f"c{n}", "direction": "out", "dialed_at": f"2026-07-{n:02}T02:00:00Z", "called": "13987654321"}
        for n in range(first, last + 1)
    ]


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=_calls(1, 3), origin="test")
    with house(store, tmp_path, export_rows=2) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in(OWNER)


def _code(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def _key(owner: TestClient, *rights: Right) -> str:
    made = owner.post("/api/v1/keys", json={"name": "n", "rights": list(rights)}).json()
    return str(made["secret"])


DAY = {"kind": "call", "from": "2026-07-01", "to": "2026-07-03"}
ALL = {"kind": "call"}


def test_a_key_is_no_second_person(here: House, owner: TestClient, workspace: Workspace) -> None:
    asked = owner.post("/api/v1/exports", json=ALL).json()
    program = here.with_key(_key(owner, Right.EXPORT, Right.EXPORT_APPROVE))
    assert _code(program.post(f"/api/v1/exports/{asked['id']}/grant")) == (403, "people_only")

    by_key = program.post("/api/v1/exports", json=ALL).json()
    assert by_key["status"] == "pending"
    assert _code(owner.post(f"/api/v1/exports/{by_key['id']}/grant")) == (403, "own_export"), (
        "it is the owner's own key"
    )
    settle(here.store, email="m@example.com", workspace=workspace.id, role=Role.MANAGER)
    assert here.signed_in("m@example.com").post(f"/api/v1/exports/{by_key['id']}/grant").status_code == 200


def test_many_small_exports_are_a_large_one(here: House, owner: TestClient) -> None:
    assert owner.post("/api/v1/exports", json=DAY).json()["status"] == "granted"
    assert owner.post("/api/v1/exports", json=DAY).json()["status"] == "pending"
    program = here.with_key(_key(owner, Right.EXPORT))
    assert program.post("/api/v1/exports", json=DAY).json()["status"] == "pending", "a key of one's own is no way round"
    with here.store.write() as connection:
        yesterday = to_micros(now() - timedelta(hours=25))
        connection.execute(update(EXPORT_REQUEST).values(created_at=yesterday))
    assert owner.post("/api/v1/exports", json=DAY).json()["status"] == "granted"


def test_what_came_in_since_is_not_in_what_was_granted(here: House, owner: TestClient, workspace: Workspace) -> None:
    future = owner.post("/api/v1/exports", json={"kind": "call", "from": "2026-07-10"}).json()
    assert (future["rows"], future["status"]) == (0, "granted")
    deliver(here.store, workspace=workspace.id, kind_name="call", source="pbx", records=_calls(10, 20), origin="test")
    answer = owner.post(f"/api/v1/exports/{future['id']}/fetch")
    assert len(list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))) == 1, "the heading alone"


def test_an_earlier_version_of_a_metric_is_no_way_to_costs(here: House, workspace: Workspace) -> None:
    settle(here.store, email="c@example.com", workspace=workspace.id, role=Role.COMPLIANCE)
    compliance = here.signed_in("c@example.com")
    for name in ("total_cost", "roi"):
        metric = f"{name}@{version_of(METRICS[name])}"
        assert _code(compliance.get("/api/v1/ask", params={"metric": metric})) == (403, "no_right")
        assert _code(compliance.post("/api/v1/behind", json={"metrics": [metric]})) == (403, "no_right")
        body = {"questions": [{"metrics": [metric]}, {"metrics": ["dials"]}]}
        refused, told = compliance.post("/api/v1/ask-many", json=body).json()["answers"]
        assert refused["problem"]["code"] == "no_right"
        assert told["rows"][0]["values"]["dials"]["value"] == 3


def test_an_account_made_in_wait_does_not_get_into_another_workspace(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    """A neighbour makes an account of somebody else's address, with his password, before we let that person in."""
    with here.store.write() as connection:
        theirs = create_workspace(connection, name="neighbour", settings=WorkspaceSettings())
    settle(here.store, email="evil@example.com", workspace=theirs.id, role=Role.OWNER)
    evil = here.signed_in("evil@example.com")
    made = evil.post("/api/v1/users", json={"email": "ana@example.com", "name": "Ana", "role": "agent"}).json()
    trap = here.browser()
    assert trap.post("/api/v1/invitation", json={"token": made["invitation"], "password": PASSWORD}).status_code == 200

    us = f"?workspace={workspace.id}"
    wanted = {"email": "ana@example.com", "name": "Ana", "role": "manager"}
    assert _code(owner.post(f"/api/v1/users{us}", json=wanted)) == (403, "account_elsewhere")
    with_key = here.with_key(_key(owner, *Right))
    assert _code(with_key.post(f"/api/v1/users{us}", json=wanted)) == (403, "account_elsewhere")

    assert evil.delete(f"/api/v1/users/{made['id']}").status_code == 200, "then nobody has it"
    added = owner.post(f"/api/v1/users{us}", json=wanted).json()
    assert added["invitation"] is not None, "it begins anew: the old password and session are void"
    assert trap.get("/api/v1/me").status_code == 401
    entering = {"email": "ana@example.com", "password": PASSWORD}
    assert _code(here.browser().post("/api/v1/sign-in", json=entering)) == (401, "wrong_password")


def test_whoever_rules_over_both_lets_people_in_at_once(here: House, owner: TestClient, workspace: Workspace) -> None:
    settle(here.store, email="ana@example.com", workspace=workspace.id, role=Role.ANALYST)
    client = owner.post("/api/v1/workspaces", json={"name": "client"}).json()["id"]
    wanted = {"email": "ana@example.com", "name": "Ana", "role": "read_only"}
    assert owner.post(f"/api/v1/users?workspace={client}", json=wanted).json()["invitation"] is None
    assert len(here.signed_in("ana@example.com").get("/api/v1/me").json()["workspaces"]) == 2


@pytest.mark.parametrize("extra", [{"workspace": 2}, {"is_owner": True}, {"id": 1}, {"rights": ["audit.read"]}])
def test_fields_nobody_offered_are_refused(owner: TestClient, extra: dict[str, object]) -> None:
    for method, path, body in (
        ("POST", "/api/v1/users", {"email": "x@example.com", "name": "X", "role": "agent"}),
        ("PATCH", "/api/v1/me", {"name": "X"}),
        ("POST", "/api/v1/exports", ALL),
        ("POST", "/api/v1/workspaces", {"name": "w"}),
        ("PATCH", "/api/v1/settings", {"settings": {"target_seconds": "70"}}),
    ):
        assert _code(owner.request(method, path, json={**body, **extra})) == (400, "bad_request"), path
