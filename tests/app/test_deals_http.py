"""The list of deals and a return entered by hand over HTTP: it counts once, moves the figures, and is taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house, settle
from huasuan.intake import deliver
from huasuan.people import Role, Workspace
from huasuan.store import Store

CALL = {
    "key": "c1",
    "direction": "out",
    "dialed_at": "2026-07-01T02:00:00Z",
    "called": "13900000001",
    "agent": "A7",
    "result": "human",
    "answered_at": "2026-07-01T02:00:10Z",
    "talk_seconds": 90,
}
# Two deals of one call: the first of two lines, 1,000 in all; the second still open.
DEALS = [
    {
        "key": "d1-won",
        "deal": "D1",
        "kind": "won",
        "at": "2026-07-01T03:00:00Z",
        "origin_call": "c1",
        "phone": "13900000001",
        "lines": [{"product": "sofa", "value": "700"}, {"product": "lamp", "value": "300"}],
    },
    {"key": "d2-open", "deal": "D2", "kind": "opened", "at": "2026-07-02T03:00:00Z", "origin_call": "c1"},
]
RETURN = {"key": "return-1", "deal": "D1", "kind": "part_returned", "day": "2026-07-05", "amount": "250.50"}


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    for kind, records in (("call", [CALL]), ("deal_event", DEALS)):
        delivered = deliver(store, workspace=workspace.id, kind_name=kind, source="crm", records=records, origin="test")
        assert {one.status for one in delivered.outcomes} == {"created"}
    with house(store, tmp_path) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def _net(owner: TestClient) -> str:
    answer = owner.get("/api/v1/ask", params={"metric": "revenue_net"}).json()
    return str(answer["rows"][0]["values"]["revenue_net"]["value"])


def test_each_deal_stands_once_with_its_state_and_its_products(owner: TestClient) -> None:
    found = owner.get("/api/v1/deals").json()
    told = [(deal["deal"], deal["status"], deal["products"], deal["value"]) for deal in found["deals"]]
    assert sorted(told) == [("D1", "won", ["lamp", "sofa"], "1000.00"), ("D2", "open", [], None)]
    assert found["count"] == 2
    (won,) = owner.get("/api/v1/deals", params={"status": "won"}).json()["deals"]
    assert won["people"]["phone"][0].endswith("****0001")
    assert won["origin_fact_id"] == owner.get("/api/v1/calls").json()["calls"][0]["fact_id"]


def test_pages_hold_every_deal_once(owner: TestClient) -> None:
    first = owner.get("/api/v1/deals", params={"limit": 1}).json()
    second = owner.get("/api/v1/deals", params={"limit": 1, "next": first["next"]}).json()
    assert {page["deals"][0]["deal"] for page in (first, second)} == {"D1", "D2"}
    assert (second["next"], second["count"], second["reasons"]) == (None, None, [])


def test_a_return_by_hand_moves_the_figures_counts_once_and_is_taken_back(owner: TestClient) -> None:
    assert _net(owner) == "1000.00"
    told = RETURN | {"reason": "too large", "handling_cost": "20"}
    recorded = owner.post("/api/v1/returns", json=told)
    assert recorded.status_code == 200, recorded.text
    again = owner.post("/api/v1/returns", json=told).json()
    assert again["status"] == "unchanged"
    assert _net(owner) == "749.50"

    page = owner.get("/api/v1/deals", params={"status": "part_returned"}).json()
    (deal,) = page["deals"]
    assert (deal["given_back"], deal["left"]) == ("250.50", "749.50")
    assert {(back["day"], back["kind"], back["reason"]) for back in deal["backs"]} == {
        ("2026-07-05", "returned", "too large")
    }
    assert page["reasons"] == [{"kind": "returned", "reason": "too large", "deals": 1, "value": "250.50"}]
    (entry,) = owner.get("/api/v1/audit", params={"action": "deal", "limit": 1}).json()["entries"]
    assert (entry["action"], entry["target"]) == ("deal.part_returned", "D1")

    owner.post(f"/api/v1/batches/{recorded.json()['batch']}/undo")
    assert _net(owner) == "1000.00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "1000.01"}, "more_than_left"),
        ({"deal": "D2"}, "deal_not_won"),
        ({"deal": "no such"}, "deal_not_won"),
        ({"day": "2026-06-30"}, "before_won"),
    ],
)
def test_what_cannot_have_come_back_is_refused(owner: TestClient, change: dict[str, str], code: str) -> None:
    answer = owner.post("/api/v1/returns", json=RETURN | change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert _net(owner) == "1000.00"


def test_all_of_a_deal_cancelled_leaves_nothing_to_give_back(owner: TestClient) -> None:
    body = {"key": "return-2", "deal": "D1", "kind": "cancelled", "day": "2026-07-05", "reason": "moved away"}
    assert owner.post("/api/v1/returns", json=body).status_code == 200
    told = owner.get("/api/v1/deals").json()["deals"]
    assert sorted(deal["status"] for deal in told) == ["cancelled", "open"], told
    assert owner.post("/api/v1/returns", json=RETURN).json()["code"] == "more_than_left"


def test_a_reader_enters_no_return(here: House, workspace: Workspace) -> None:
    settle(here.store, email="reader@example.com", workspace=workspace.id, role=Role.READ_ONLY)
    reader = here.signed_in("reader@example.com")
    assert reader.get("/api/v1/deals").json()["count"] == 2
    assert reader.post("/api/v1/returns", json=RETURN).json()["code"] == "no_right"


def test_the_file_of_a_customer_names_a_deal_of_two_lines_once(owner: TestClient) -> None:
    owner.post("/api/v1/returns", json=RETURN)
    contact = owner.get("/api/v1/calls").json()["calls"][0]["contact_id"]
    history = owner.get(f"/api/v1/customers/{contact}").json()["history"]
    (deal,) = [event for event in history if event["kind"] == "deal"]
    assert (deal["said"]["product"], deal["said"]["value"]) == ("lamp、sofa", "1000.00")
    assert len([event for event in history if event["kind"] == "return"]) == 1
