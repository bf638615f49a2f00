"""An agency works in several businesses, each with its own rights there, and its client reads along (S4, S0 roles)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import PASSWORD, House, found_owner, house, settle
from huasuan.intake import deliver
from huasuan.people import Role, Workspace, WorkspaceSettings, create_api_key, create_workspace
from huasuan.store import Store

AGENCY, CLIENT = "agency@example.com", "client@example.com"
_WRONG = 50
# 128 bits in base64 are 22 characters: nobody finds such a secret by trying.
_LEAST_CHARACTERS = 22


@pytest.fixture
def town(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[tuple[House, dict[str, int]]]:
    """Three businesses: the agency keeps the first, reads the second as an analyst and has nothing in the third."""
    found_owner(store)
    made = {"bakery": workspace.id}
    with store.write() as connection:
        for name in ("garage", "clinic"):
            made[name] = create_workspace(connection, name=name, settings=WorkspaceSettings()).id
    for number, (name, key) in enumerate(made.items()):
        call = {"key": name, "direction": "in", "dialed_at": f"2026-07-01T0{number}:00:00Z", "caller": "13900000001"}
        deliver(store, workspace=key, kind_name="call", source="pbx", records=[call], origin="test")
    settle(store, email=AGENCY, workspace=made["bakery"], role=Role.MANAGER)
    settle(store, email=AGENCY, workspace=made["garage"], role=Role.ANALYST)
    settle(store, email=CLIENT, workspace=made["bakery"], role=Role.READ_ONLY)
    with house(store, tmp_path) as here:
        yield here, made


def _calls(visitor: TestClient, workspace: int) -> list[str] | int:
    answer = visitor.get("/api/v1/calls", params={"workspace": workspace})
    return [call["key"] for call in answer.json()["calls"]] if answer.status_code == 200 else answer.status_code


def test_an_agency_sees_its_businesses_apart_and_no_other(town: tuple[House, dict[str, int]]) -> None:
    here, made = town
    agency = here.signed_in(AGENCY)
    assert {one["workspace"] for one in agency.get("/api/v1/me").json()["workspaces"]} == {
        made["bakery"],
        made["garage"],
    }
    assert _calls(agency, made["bakery"]) == ["bakery"]
    assert _calls(agency, made["garage"]) == ["garage"]
    assert _calls(agency, made["clinic"]) == 404


def test_what_it_may_is_told_by_each_business(town: tuple[House, dict[str, int]]) -> None:
    here, made = town
    agency = here.signed_in(AGENCY)
    body = {"settings": {"target_seconds": "70"}}
    status = {
        name: agency.patch("/api/v1/settings", params={"workspace": key}, json=body).status_code
        for name, key in made.items()
    }
    assert status == {"bakery": 200, "garage": 403, "clinic": 404}


def test_its_client_reads_one_business_and_changes_nothing(town: tuple[House, dict[str, int]]) -> None:
    here, made = town
    client = here.signed_in(CLIENT)
    assert [_calls(client, key) for key in made.values()] == [["bakery"], 404, 404]
    body = {"settings": {"target_seconds": "70"}}
    answer = client.patch("/api/v1/settings", params={"workspace": made["bakery"]}, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_right")


def test_nobody_finds_a_secret_by_trying(town: tuple[House, dict[str, int]]) -> None:
    """Keys and invitations are not locked out, which would let a stranger lock out a program: they are too long."""
    here, made = town
    with here.store.write() as connection:
        key = create_api_key(connection, workspace=made["bakery"], name="site")
    right = here.with_key(key)
    assert _calls(right, made["bakery"]) == ["bakery"]
    invitation = (
        here.signed_in("owner@example.com")
        .post(
            "/api/v1/users",
            params={"workspace": made["bakery"]},
            json={"email": "a@b.example", "name": "A", "role": "analyst"},
        )
        .json()["invitation"]
    )
    assert len(invitation) >= _LEAST_CHARACTERS
    assert len(key.removeprefix("hs_")) >= _LEAST_CHARACTERS
    guesses = [f"{key[:-6]}{number:06d}" for number in range(_WRONG)]
    assert {here.with_key(guess).get("/api/v1/calls").status_code for guess in guesses} == {401}
    accept = here.browser()
    bodies = ({"token": f"{invitation[:-6]}{number:06d}", "password": PASSWORD} for number in range(_WRONG))
    assert {accept.post("/api/v1/invitation", json=body).status_code for body in bodies} == {403}
    assert _calls(right, made["bakery"]) == ["bakery"], "the true key goes on"
