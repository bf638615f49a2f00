"""Saved views, notes on days, comments on calls: who sees whose, and what leads nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house, settle
from huasuan.intake import deliver
from huasuan.people import Role, Workspace, change_member
from huasuan.store import Store

CALL = {"key": "c1", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001", "agent": "A7"}


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=[CALL], origin="test")
    with house(store, tmp_path, live_seconds=0) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def _person(here: House, workspace: Workspace, role: Role, team: str | None = None, agent: str | None = None):
    number = settle(here.store, email=f"{role}-{team}@example.com", workspace=workspace.id, role=role)
    with here.store.write() as connection:
        change_member(connection, workspace=workspace.id, account=number, team=team, agent=agent)
    return here.signed_in(f"{role}-{team}@example.com")


def _names(visitor: TestClient) -> list[str]:
    return [view["name"] for view in visitor.get("/api/v1/views").json()["views"]]


def test_a_view_is_seen_by_those_it_is_shared_with(here: House, workspace: Workspace) -> None:
    north, south = (_person(here, workspace, Role.ANALYST, team) for team in ("north", "south"))
    for name, shared in (("mine", "own"), ("ours", "team"), ("everybody's", "workspace")):
        body = {"name": name, "path": "/by/channel", "search": "?where=channel%3Dsms", "shared": shared}
        assert north.post("/api/v1/views", json=body).status_code == 200
    beside = _person(here, workspace, Role.MARKETER, "north")
    assert _names(north) == ["everybody's", "mine", "ours"]
    assert _names(beside) == ["everybody's", "ours"]
    assert _names(south) == ["everybody's"]
    (view,) = south.get("/api/v1/views").json()["views"]
    assert (view["search"], view["mine"], view["author"]) == ("where=channel%3Dsms", False, "analyst-north@example.com")
    assert south.delete(f"/api/v1/views/{view['id']}").json()["code"] == "no_view"
    assert north.delete(f"/api/v1/views/{view['id']}").status_code == 200
    assert _names(south) == []


def test_a_view_of_the_same_name_is_replaced(owner: TestClient) -> None:
    for path in ("/roi", "/heat"):
        owner.post("/api/v1/views", json={"name": "weekly", "path": path})
    assert [view["path"] for view in owner.get("/api/v1/views").json()["views"]] == ["/heat"]


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/roi?next=//evil.example"])
def test_a_view_leads_to_a_screen_of_ours_alone(owner: TestClient, path: str) -> None:
    assert owner.post("/api/v1/views", json={"name": "x", "path": path}).json()["code"] == "bad_path"


def test_sharing_takes_a_team_and_a_right(here: House, workspace: Workspace, owner: TestClient) -> None:
    body = {"name": "x", "path": "/roi", "shared": "team"}
    assert owner.post("/api/v1/views", json=body).json()["code"] == "no_team"
    reader = _person(here, workspace, Role.READ_ONLY, "north")
    assert reader.post("/api/v1/views", json=body).json()["code"] == "no_right"
    assert reader.post("/api/v1/views", json=body | {"shared": "own"}).status_code == 200


def test_notes_are_found_by_the_days_they_touch(owner: TestClient) -> None:
    for first, last, note in (("2026-07-01", "2026-07-03", "sale"), ("2026-07-10", None, "line down")):
        body = {"first_day": first, "note": note} | ({} if last is None else {"last_day": last})
        assert owner.post("/api/v1/annotations", json=body).status_code == 200

    def found(from_: str, to: str) -> list[str]:
        told = owner.get("/api/v1/annotations", params={"from": from_, "to": to}).json()["annotations"]
        return [one["note"] for one in told]

    assert found("2026-07-03", "2026-07-10") == ["sale"]
    assert found("2026-07-04", "2026-07-11") == ["line down"]
    assert found("2026-07-04", "2026-07-10") == []
    refused = owner.post("/api/v1/annotations", json={"first_day": "2026-07-02", "last_day": "2026-07-01", "note": "x"})
    assert refused.json()["code"] == "empty_period"


def test_comments_stand_on_their_call_and_only_the_own_are_deleted(
    here: House, workspace: Workspace, owner: TestClient
) -> None:
    (call,) = owner.get("/api/v1/calls").json()["calls"]
    at = f"/api/v1/calls/{call['fact_id']}/comments"
    made = owner.post(at, json={"note": "<b>call back</b>", "second": 12}).json()["id"]
    other = _person(here, workspace, Role.ANALYST)
    (comment,) = other.get(at).json()["comments"]
    assert (comment["note"], comment["second"], comment["mine"]) == ("<b>call back</b>", 12, False)
    assert other.delete(f"{at}/{made}").json()["code"] == "no_comment"
    assert owner.delete(f"{at}/{made}").status_code == 200
    assert owner.post("/api/v1/calls/999/comments", json={"note": "x"}).json()["code"] == "no_call"


def test_an_agent_sees_the_own_day_and_nothing_of_others(here: House, workspace: Workspace) -> None:
    others = [CALL | {"key": "c2", "agent": "A8"}, CALL | {"key": "c3", "dialed_at": "2026-07-02T02:00:00Z"}]
    deliver(here.store, workspace=workspace.id, kind_name="call", source="pbx", records=others, origin="test")
    agent = _person(here, workspace, Role.AGENT, "north", "A7")
    day = agent.get("/api/v1/mine/day", params={"day": "2026-07-01"}).json()
    assert {figure["key"]: figure["value"] for figure in day["figures"]}["dials"] == 1
    calls = agent.get("/api/v1/mine/calls").json()["calls"]
    assert [call["key"] for call in calls] == ["c3", "c1"]
    assert all("****" in call["people"]["phone"][0] for call in calls)
    for path in ("/calls", "/deals", "/ask?metric=dials", "/views"):
        assert agent.get(f"/api/v1{path}").status_code == 403
    nobody = _person(here, workspace, Role.AGENT, "south")
    assert nobody.get("/api/v1/mine/day").json()["code"] == "no_agent_code"
