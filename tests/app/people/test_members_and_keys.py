"""Who rules over whom, agencies with several workspaces, API keys, exports with approval, masked numbers, the log."""

import csv
import io
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from app.people.visitors import PASSWORD, House, found_owner, house, settle
from huasuan.intake import deliver
from huasuan.kernel.time import now, to_micros
from huasuan.people import (
    API_KEY,
    Right,
    Role,
    Workspace,
    WorkspaceSettings,
    create_api_key,
    create_workspace,
    revoke_key,
)
from huasuan.store import Store

OWNER = "owner@example.com"
NUMBER = "13987654321"
CALLS = [
    {
        "key": f"c{n}",
        "direction": "out",
        "dialed_at": f"2026-07-0{n}T02:00:00Z",
        "called": NUMBER,
        "agent": "=cmd()" if n == 1 else "A1",
    }
    for n in (1, 2, 3)
]


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=CALLS, origin="test")
    with house(store, tmp_path, export_rows=2) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in(OWNER)


def _member(here: House, workspace: Workspace, role: Role) -> TestClient:
    settle(here.store, email=f"{role}@example.com", workspace=workspace.id, role=role)
    return here.signed_in(f"{role}@example.com")


def _id(visitor: TestClient) -> int:
    return int(visitor.get("/api/v1/me").json()["id"])


def _code(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def _actions(owner: TestClient, query: str = "") -> list[str]:
    return [entry["action"] for entry in owner.get(f"/api/v1/audit?{query}").json()["entries"]]


def test_nobody_rules_over_somebody_who_may_more(here: House, owner: TestClient, workspace: Workspace) -> None:
    manager = _member(here, workspace, Role.MANAGER)
    agent = _member(here, workspace, Role.AGENT)
    new = {"email": "x@example.com", "name": "X", "role": "owner"}

    assert _code(manager.post("/api/v1/users", json=new)) == (403, "right_not_own")
    assert _code(manager.patch(f"/api/v1/users/{_id(owner)}", json={"role": "agent"})) == (403, "right_not_own")
    assert _code(manager.delete(f"/api/v1/users/{_id(owner)}")) == (403, "right_not_own")
    assert _code(manager.post(f"/api/v1/users/{_id(owner)}/invitation")) == (403, "right_not_own")
    assert _code(manager.patch(f"/api/v1/users/{_id(manager)}", json={"role": "owner"})) == (403, "right_not_own")
    assert manager.patch(f"/api/v1/users/{_id(agent)}", json={"role": "analyst"}).status_code == 200
    assert agent.get("/api/v1/metrics").status_code == 200, "a new role holds from the next request on"


def test_a_workspace_keeps_an_owner(owner: TestClient) -> None:
    mine = _id(owner)
    assert _code(owner.patch(f"/api/v1/users/{mine}", json={"role": "agent"})) == (409, "last_owner")
    assert _code(owner.delete(f"/api/v1/users/{mine}")) == (409, "last_owner")


def test_whoever_was_taken_out_sees_nothing_from_then_on(here: House, owner: TestClient, workspace: Workspace) -> None:
    analyst = _member(here, workspace, Role.ANALYST)
    assert analyst.get("/api/v1/metrics").status_code == 200
    assert owner.delete(f"/api/v1/users/{_id(analyst)}").status_code == 200
    assert _code(analyst.get("/api/v1/metrics")) == (404, "no_workspace")


def test_an_agency_names_its_workspace_and_its_client_only_reads(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    client = owner.post("/api/v1/workspaces", json={"name": "client"}).json()["id"]
    assert _code(owner.get("/api/v1/batches")) == (400, "which_workspace")
    assert owner.get(f"/api/v1/batches?workspace={client}").json() == {"batches": []}
    assert len(owner.get(f"/api/v1/batches?workspace={workspace.id}").json()["batches"]) == 1

    settle(here.store, email="client@example.com", workspace=client, role=Role.READ_ONLY)
    reader = here.signed_in("client@example.com")
    assert reader.get("/api/v1/ask?metric=dials").status_code == 200
    assert reader.post("/api/v1/facts/call", json=CALLS).status_code == 403
    assert _code(reader.get(f"/api/v1/ask?metric=dials&workspace={workspace.id}")) == (404, "no_workspace")


def test_a_link_to_set_a_password_opens_no_other_workspace(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    with here.store.write() as connection:
        other = create_workspace(connection, name="other", settings=WorkspaceSettings())
    account = settle(here.store, email="both@example.com", workspace=workspace.id, role=Role.ANALYST)
    settle(here.store, email="both@example.com", workspace=other.id, role=Role.OWNER)
    assert _code(owner.post(f"/api/v1/users/{account}/invitation")) == (403, "member_elsewhere")
    assert _code(owner.delete(f"/api/v1/users/{account}/second-factor")) == (403, "member_elsewhere")


def test_costs_are_not_told_to_whoever_may_not_see_them(here: House, workspace: Workspace) -> None:
    compliance, analyst = _member(here, workspace, Role.COMPLIANCE), _member(here, workspace, Role.ANALYST)
    assert compliance.get("/api/v1/ask?metric=dials").status_code == 200
    for metric in ("total_cost", "roi"):
        assert _code(compliance.get(f"/api/v1/ask?metric={metric}")) == (403, "no_right")
        assert _code(compliance.get(f"/api/v1/behind?metric={metric}")) == (403, "no_right")
        assert analyst.get(f"/api/v1/ask?metric={metric}").status_code == 200


def test_costs_may_be_sent_without_the_right_to_send_calls(here: House, workspace: Workspace) -> None:
    with here.store.write() as connection:
        secret = create_api_key(connection, workspace=workspace.id, name="ads", rights=frozenset({Right.COSTS_WRITE}))
    program = here.with_key(secret)
    cost = {"key": "k1", "kind": "ads", "amount": "10.00", "currency": "CNY", "day": "2026-07-01"}
    assert program.post("/api/v1/facts/cost", json=[cost]).status_code == 200
    assert _code(program.post("/api/v1/facts/call", json=CALLS)) == (403, "no_right")


def test_keys_are_made_listed_used_and_revoked_at_once(here: House, owner: TestClient) -> None:
    made = owner.post("/api/v1/keys", json={"name": "crm", "rights": ["figures.read"], "days": 30}).json()
    program = here.with_key(made["secret"])
    assert program.get("/api/v1/metrics").status_code == 200
    assert _code(program.get("/api/v1/batches")) == (403, "no_right")
    answer = owner.get("/api/v1/keys").json()
    listed = answer["keys"]
    assert made["secret"] not in str(listed)
    assert answer["rights"]["figures.read"] == {"zh": "查看指标", "en": "see figures"}
    assert (listed[0]["hint"], listed[0]["revoked_at"]) == (made["secret"][:7], None)

    assert owner.delete(f"/api/v1/keys/{made['id']}").status_code == 200
    assert _code(program.get("/api/v1/metrics")) == (401, "bad_key")
    assert _code(owner.delete(f"/api/v1/keys/{made['id']}")) == (404, "no_key_here")


def test_a_key_revoked_elsewhere_is_refused_within_seconds(here: House, workspace: Workspace) -> None:
    with here.store.write() as connection:
        secret = create_api_key(connection, workspace=workspace.id, name="n")
    program = here.with_key(secret)
    assert program.get("/api/v1/metrics").status_code == 200
    with here.store.write() as connection:
        revoke_key(connection, workspace=workspace.id, key=1)
    until = time.monotonic() + 10
    while program.get("/api/v1/metrics").status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert _code(program.get("/api/v1/metrics")) == (401, "bad_key")


def test_a_key_ends(here: House, workspace: Workspace) -> None:
    with here.store.write() as connection:
        secret = create_api_key(connection, workspace=workspace.id, name="n", ends_at=now() + timedelta(hours=1))
    assert here.with_key(secret).get("/api/v1/metrics").status_code == 200
    with here.store.write() as connection:
        connection.execute(update(API_KEY).values(ends_at=to_micros(now())))
    time.sleep(2.1)
    assert _code(here.with_key(secret).get("/api/v1/metrics")) == (401, "bad_key")


def test_nobody_gives_a_key_more_than_the_own_rights(here: House, workspace: Workspace) -> None:
    with here.store.write() as connection:
        rights = frozenset({Right.KEYS_WRITE, Right.FIGURES_READ})
        secret = create_api_key(connection, workspace=workspace.id, name="n", rights=rights)
    wanted = {"name": "more", "rights": ["figures.read", "audit.read"]}
    assert _code(here.with_key(secret).post("/api/v1/keys", json=wanted)) == (403, "right_not_own")


def test_numbers_are_masked_unless_wanted_whole_and_that_is_written_down(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    masked = owner.get("/api/v1/behind?metric=dials")
    assert masked.json()["facts"][0]["people"] == {"phone": ["+86139****4321"]}
    assert NUMBER not in masked.text
    assert "personal.seen" not in _actions(owner)

    analyst = _member(here, workspace, Role.ANALYST)
    assert _code(analyst.get("/api/v1/behind?metric=dials&unmask=true")) == (403, "no_right")
    whole = owner.get("/api/v1/behind?metric=dials&unmask=true").json()
    assert whole["facts"][0]["people"] == {"phone": [f"+86{NUMBER}"]}
    assert owner.post("/api/v1/behind?unmask=true", json={"metrics": ["dials"]}).json()["facts"] == whole["facts"]
    seen = owner.get("/api/v1/audit?action=personal.seen").json()["entries"]
    assert [(one["actor"], one["target"], one["detail"]) for one in seen] == [(OWNER, "dials", {"facts": 3})] * 2


def test_a_small_export_goes_out_at_once_and_once(owner: TestClient) -> None:
    asked = owner.post("/api/v1/exports", json={"kind": "call", "from": "2026-07-01", "to": "2026-07-03"}).json()
    assert (asked["rows"], asked["status"]) == (2, "granted")
    answer = owner.post(f"/api/v1/exports/{asked['id']}/fetch")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["key"], row["agent"], row["people"]) for row in rows] == [
        ("c1", "'=cmd()", "'+86139****4321"),
        ("c2", "A1", "'+86139****4321"),
    ]
    assert NUMBER not in answer.text
    assert _code(owner.post(f"/api/v1/exports/{asked['id']}/fetch")) == (409, "export_not_granted")


def test_a_large_export_needs_somebody_else(here: House, owner: TestClient, workspace: Workspace) -> None:
    compliance, analyst = _member(here, workspace, Role.COMPLIANCE), _member(here, workspace, Role.ANALYST)
    asked = compliance.post("/api/v1/exports", json={"kind": "call", "unmasked": True, "reason": "audit"}).json()
    number = asked["id"]
    assert (asked["rows"], asked["status"]) == (3, "pending")

    assert _code(compliance.post(f"/api/v1/exports/{number}/fetch")) == (409, "export_not_granted")
    assert _code(compliance.post(f"/api/v1/exports/{number}/grant")) == (403, "own_export")
    assert _code(analyst.post(f"/api/v1/exports/{number}/grant")) == (403, "no_right")
    assert owner.post(f"/api/v1/exports/{number}/grant").json()["status"] == "granted"
    assert _code(owner.post(f"/api/v1/exports/{number}/refuse")) == (409, "export_decided")
    assert _code(owner.post(f"/api/v1/exports/{number}/fetch")) == (404, "no_export")
    assert NUMBER in compliance.post(f"/api/v1/exports/{number}/fetch").text
    assert _code(compliance.post(f"/api/v1/exports/{number}/fetch")) == (409, "export_not_granted")
    assert _actions(owner, "action=export") == ["export.fetched", "export.granted", "export.asked"]
    assert _code(analyst.post("/api/v1/exports", json={"kind": "call", "unmasked": True})) == (403, "no_right")
    assert _code(analyst.post("/api/v1/exports", json={"kind": "calls"})) == (400, "unknown_kind")


def test_settings_are_changed_and_told(owner: TestClient) -> None:
    assert owner.patch("/api/v1/settings", json={"settings": {"target_seconds": "90"}}).status_code == 200
    values = {one["name"]: one["value"] for one in owner.get("/api/v1/settings").json()["settings"]}
    assert values["target_seconds"] == "90"
    assert _code(owner.patch("/api/v1/settings", json={"settings": {"target_seconds": "soon"}})) == (400, "bad_setting")
    entry = owner.get("/api/v1/audit?action=settings.changed").json()["entries"]
    assert [one["detail"] for one in entry] == [{"target_seconds": "90"}]


def test_the_log_tells_of_sign_ins_and_is_read_page_by_page(here: House, owner: TestClient) -> None:
    here.browser().post("/api/v1/sign-in", json={"email": OWNER, "password": "wrong one here"})
    owner.post("/api/v1/batches/1/undo")
    assert _actions(owner) == ["batch.undone", "sign_in.failed", "sign_in.done"]
    first = owner.get("/api/v1/audit?limit=1").json()["entries"]
    assert _actions(owner, f"limit=1&before={first[0]['id']}") == ["sign_in.failed"]
    assert _actions(owner, "action=sign_in") == ["sign_in.failed", "sign_in.done"]
    assert _actions(owner, "actor=nobody") == []
    tomorrow = (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert _actions(owner, f"since={tomorrow}") == []
    assert len(_actions(owner, f"until={tomorrow}")) == 3


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_name = 'x'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_log(owner: TestClient, store: Store, statement: str) -> None:
    before = _actions(owner)
    with pytest.raises(DatabaseError, match="append-only"), store.write() as connection:
        connection.execute(text(statement))
    assert _actions(owner) == before != []


def test_whoever_is_disabled_is_out_at_once_and_back_when_enabled(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    number = settle(here.store, email="marketer@example.com", workspace=workspace.id, role=Role.MARKETER)
    marketer = here.signed_in("marketer@example.com")
    assert owner.post(f"/api/v1/users/{number}/disable").status_code == 200
    assert marketer.get("/api/v1/me").status_code == 401
    entered = here.browser().post("/api/v1/sign-in", json={"email": "marketer@example.com", "password": PASSWORD})
    assert entered.status_code == 401
    listed = {user["email"]: user["disabled"] for user in owner.get("/api/v1/users").json()["users"]}
    assert listed == {"owner@example.com": False, "marketer@example.com": True}

    assert owner.post(f"/api/v1/users/{number}/enable").status_code == 200
    assert here.signed_in("marketer@example.com").get("/api/v1/me").status_code == 200
    told = [entry["action"] for entry in owner.get("/api/v1/audit", params={"action": "user"}).json()["entries"]]
    assert told[:2] == ["user.enabled", "user.disabled"]


def test_nobody_disables_the_own_account_nor_somebody_above_nor_a_member_of_others(
    here: House, owner: TestClient, workspace: Workspace
) -> None:
    me = owner.get("/api/v1/me").json()
    answer = owner.post(f"/api/v1/users/{me['id']}/disable")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_account")
    settle(here.store, email="manager@example.com", workspace=workspace.id, role=Role.MANAGER)
    manager = here.signed_in("manager@example.com")
    assert manager.post(f"/api/v1/users/{me['id']}/disable").json()["code"] == "right_not_own"
    with here.store.write() as connection:
        other = create_workspace(connection, name="other", settings=WorkspaceSettings())
    shared = settle(here.store, email="both@example.com", workspace=workspace.id, role=Role.ANALYST)
    settle(here.store, email="both@example.com", workspace=other.id, role=Role.ANALYST)
    assert owner.post(f"/api/v1/users/{shared}/disable").json()["code"] == "member_elsewhere"


def test_the_account_knows_the_days_the_money_and_the_modules_of_its_workspace(owner: TestClient) -> None:
    owner.patch("/api/v1/settings", json={"settings": {"modules_off": "deals,speech", "zone": "Asia/Tokyo"}})
    (place,) = owner.get("/api/v1/me").json()["workspaces"]
    assert (place["zone"], place["currency"]) == ("Asia/Tokyo", "CNY")
    assert place["modules"] == ["leads", "outbound", "call_tracking"]
    refused = owner.patch("/api/v1/settings", json={"settings": {"modules_off": "weather"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_setting")


def test_everything_goes_out_as_one_archive_of_what_one_may_see(here: House, workspace: Workspace) -> None:
    owner = here.signed_in(OWNER)
    asked = owner.post("/api/v1/exports", json={"kind": "everything"}).json()
    assert (asked["rows"], asked["status"]) == (3, "pending")
    _member(here, workspace, Role.MANAGER).post(f"/api/v1/exports/{asked['id']}/grant")
    fetched = owner.post(f"/api/v1/exports/{asked['id']}/fetch")
    assert fetched.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        assert archive.testzip() is None
        assert {"call.csv", "cost.csv", "deal_event.csv"} <= set(archive.namelist())
        rows = list(csv.DictReader(io.StringIO(archive.read("call.csv").decode("utf-8-sig"))))
    assert [row["key"] for row in rows] == ["c1", "c2", "c3"]
    assert rows[0]["agent"] == "'=cmd()"


def test_the_facts_behind_a_figure_go_out_as_an_export_that_is_written_down(owner: TestClient) -> None:
    answer = owner.post("/api/v1/behind/csv", json={"metrics": ["dials"]})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2, "as many as may go out without approval"
    assert {row["people"] for row in rows} == {"'+86139****4321"}, "a plus begins a formula"
    (entry,) = owner.get("/api/v1/audit", params={"action": "export", "limit": 1}).json()["entries"]
    assert (entry["action"], entry["target"], entry["detail"]) == ("export.behind", "dials", {"rows": 2, "of": 3})
