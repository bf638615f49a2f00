"""The call log, the card and the customer's file over HTTP: masked numbers, pages, rights."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import program
from huasuan.people import Right, Workspace, create_api_key
from huasuan.store import Store

CALLS = [
    {
        "key": f"c{at}",
        "direction": "out",
        "dialed_at": f"2026-07-01T0{at}:00:00Z",
        "called": f"1390000000{at % 2}",
        "agent": "A7",
        "result": "human",
        "answered_at": f"2026-07-01T0{at}:00:10Z",
        "talk_seconds": 10 * at,
    }
    for at in range(5)
]


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    with program(store, workspace, tmp_path, rights=frozenset(Right)) as client:
        assert client.post("/api/v1/facts/call", json=CALLS).json()["created"] == 5
        yield client


def test_pages_of_the_log_hold_every_call_once_with_numbers_masked(client: TestClient) -> None:
    seen, next_ = [], None
    while True:
        page = client.get("/api/v1/calls", params={"limit": 2} | ({"next": next_} if next_ else {})).json()
        seen += [call["key"] for call in page["calls"]]
        assert all("****" in call["people"]["phone"][0] for call in page["calls"])
        next_ = page["next"]
        if next_ is None:
            break
    assert seen == ["c4", "c3", "c2", "c1", "c0"]


def test_calls_with_one_number_are_found_however_it_is_typed(client: TestClient) -> None:
    for typed in ("13900000001", "+86 139 0000 0001", "0086-13900000001"):
        page = client.get("/api/v1/calls", params={"phone": typed}).json()
        assert ([call["key"] for call in page["calls"]], page["count"]) == (["c3", "c1"], 2)
    assert client.get("/api/v1/calls", params={"phone": "13911111111"}).json()["count"] == 0
    assert client.get("/api/v1/calls", params={"phone": "nobody"}).json()["code"] == "not_a_phone"


def test_whole_numbers_are_shown_on_demand_and_written_down(client: TestClient) -> None:
    page = client.get("/api/v1/calls", params={"unmask": True, "limit": 1}).json()
    assert page["calls"][0]["people"]["phone"] == ["+8613900000000"]
    (told,) = [one for one in client.get("/api/v1/audit").json()["entries"] if one["action"] == "personal.seen"]
    assert told["target"] == "/api/v1/calls"


def test_a_card_tells_cost_income_and_history(client: TestClient) -> None:
    cost = {"key": "pay", "cost_kind": "call_charges", "service_from": "2026-07-01", "amount": "3.00"}
    client.post("/api/v1/facts/cost", json=[cost])
    deal = {"key": "d/won", "deal": "d", "kind": "won", "at": "2026-07-01T05:00:00Z", "amount": "80.00"}
    client.post("/api/v1/facts/deal_event", json=[deal | {"origin_call": "c1", "phone": "13900000001"}])
    number = client.get("/api/v1/calls", params={"phone": "13900000001"}).json()["calls"][1]["fact_id"]
    card = client.get(f"/api/v1/calls/{number}").json()
    assert card["call"]["key"] == "c1"
    # By whole minutes: four calls of one minute, one without talk.
    assert (card["money"]["cost"], card["money"]["costs"][0]["kind"]) == ("0.75", "call_charges")
    assert (card["money"]["net"], card["money"]["deals"][0]["value"]) == ("80.00", "80.00")
    assert [one["kind"] for one in card["history"]] == ["deal", "call", "call"]
    customer = client.get(f"/api/v1/customers/{card['call']['contact_id']}").json()
    assert (customer["customer"]["calls"], customer["customer"]["net"]) == (2, "80.00")
    assert customer["people"]["phone"] == ["+86139****0001"]


def test_without_the_right_to_costs_a_card_tells_none(client: TestClient, store: Store, workspace: Workspace) -> None:
    with store.write() as connection:
        key = create_api_key(connection, workspace=workspace.id, name="few", rights={Right.FACTS_READ})
    few = {"Authorization": f"Bearer {key}"}
    number = client.get("/api/v1/calls").json()["calls"][0]["fact_id"]
    assert client.get(f"/api/v1/calls/{number}", headers=few).json()["money"] is None
    assert client.get("/api/v1/calls", params={"unmask": True}, headers=few).json()["code"] == "no_right"


@pytest.mark.parametrize("path", ["calls/999999", "customers/999999"])
def test_what_does_not_exist_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, set(answer.json()["text"])) == (404, {"zh", "en"})


@pytest.mark.parametrize("next_", ["x", "2026-07-01T00:00:00", "_5", "9999-99-99_1", "2026-07-01T00:00:00_" + "9" * 30])
def test_a_page_that_was_never_told_is_refused(client: TestClient, next_: str) -> None:
    assert client.get("/api/v1/calls", params={"next": next_}).json()["code"] == "bad_page"
