"""Scorecards over HTTP: set up, seen by managers, the own line by an agent and nobody else's (S4-26, S4-30)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import HASHED, House, found_owner, house
from huasuan.intake import deliver
from huasuan.people import Role, WorkspaceSettings, add_member, create_account, create_workspace
from huasuan.store import Store

CARD = "A: dials 20 40; connect_rate 50% 30; no_answer_rate 50% 30"
PERIOD = {"from": "2026-07-01", "to": "2026-07-03"}


def _call(agent: str, number: int) -> dict[str, object]:
    at = f"2026-07-01T02:{number:02d}:00Z"
    answered = number % 2 == 0
    record = {
        "key": f"{agent}-{number}",
        "direction": "out",
        "dialed_at": at,
        "called": f"139000{number:05d}",
        "agent": agent,
        "team": "A",
        "list": "L1",
        "result": "human" if answered else "no_answer",
    }
    return record | ({"answered_at": at, "talk_seconds": 60} if answered else {})


@pytest.fixture
def here(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    with sqlite_store.write() as connection:
        workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    calls = [_call(agent, number) for agent, most in (("A7", 40), ("A8", 10)) for number in range(most)]
    delivered = deliver(sqlite_store, workspace=workspace.id, kind_name="call", source="t", records=calls)
    assert {one.status for one in delivered.outcomes} == {"created"}
    found_owner(sqlite_store)
    with sqlite_store.write() as connection:
        account = create_account(connection, email="a7@example.com", name="a7", password=HASHED)
        add_member(connection, workspace=workspace.id, account=account, role=Role.AGENT, agent="A7")
    with house(sqlite_store, tmp_path) as found:
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def test_a_scorecard_is_set_up_filled_in_and_opened(owner: TestClient) -> None:
    assert owner.get("/api/v1/scorecards", params=PERIOD).json() == {"cards": []}
    refused = owner.patch("/api/v1/settings", json={"settings": {"scorecards": "A: dials 20 50; talk_seconds 9 50"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_scorecard")
    assert owner.patch("/api/v1/settings", json={"settings": {"scorecards": CARD}}).status_code == 200
    (card,) = owner.get("/api/v1/scorecards", params=PERIOD).json()["cards"]
    assert (card["team"], card["working_days"]) == ("A", 2)
    first, second = card["people"]
    # 40 of 40 dials, half of them answered.
    assert (first["agent"], first["index"]) == ("A7", "100.0")
    assert [part["attainment"] for part in first["parts"]] == ["100.0", "100.0", "100.0"]
    assert (second["agent"], second["index"]) == ("A8", None)
    assert "30" in second["reason"]["zh"]
    assert card["whole"]["parts"][0]["value"] == "25"
    for line, count in ((first, 40), (second, 10)):
        opened = owner.post("/api/v1/behind", json=line["parts"][0]["behind"]).json()
        assert (opened["count"], opened["total"]) == (count, count)
    assert owner.post("/api/v1/behind", json=card["whole"]["parts"][1]["behind"]).json()["count"] == 25


def test_an_agent_sees_the_own_line_and_nobody_elses(here: House, owner: TestClient) -> None:
    agent = here.signed_in("a7@example.com")
    assert agent.get("/api/v1/mine/scorecard", params=PERIOD).json()["code"] == "no_scorecard"
    owner.patch("/api/v1/settings", json={"settings": {"scorecards": CARD}})
    (card,) = agent.get("/api/v1/mine/scorecard", params=PERIOD).json()["cards"]
    assert [line["agent"] for line in card["people"]] == ["A7"]
    assert card["whole"]["parts"][1]["value"] == "0.5"
    assert agent.get("/api/v1/scorecards", params=PERIOD).status_code == 403
