"""The desk over HTTP: who is there, whose seat is emptied, what a change of a seat leaves alone (S3-32, S3-34)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.people.visitors import House, found_owner, house, settle
from huasuan import leads
from huasuan.app.wiring import KINDS
from huasuan.app.worker.minder import Minder
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.people import Role, WorkspaceSettings, change_member, create_workspace
from huasuan.store import Store


@dataclass
class Office:
    """A service with an owner and two agents, both ready."""

    store: Store
    workspace: int
    house: House
    owner: TestClient
    agents: dict[str, TestClient]
    accounts: dict[str, int]

    def seats(self) -> dict[str, dict[str, Any]]:
        found = self.owner.get("/api/v1/leads/seats").json()["seats"]
        return {one["agent"]: one for one in found}

    def give(self, *keys: str, phone: str = "1391234", **said: object) -> dict[str, dict[str, Any]]:
        at = now().isoformat()
        records = [
            {"key": key, "phone": f"{phone}{place:04d}", "created_at": at, "name": key, **said}
            for place, key in enumerate(keys)
        ]
        found = deliver(self.store, workspace=self.workspace, kind_name="lead", source="test", records=records)
        assert {one.status for one in found.outcomes} == {"created"}, found.outcomes
        return self.leads()

    def leads(self) -> dict[str, dict[str, Any]]:
        Minder(self.store).look()
        return {one["name"]: one for one in self.owner.get("/api/v1/leads").json()["leads"]}


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(tmp_path / "store.sqlite")
    with store.write() as connection:
        space = create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    accounts = {code: settle(store, email=f"{code}@example.com", workspace=space.id, role=Role.AGENT) for code in "ab"}
    with store.write() as connection:
        for code, account in accounts.items():
            change_member(connection, workspace=space.id, account=account, agent=code)
    with house(store, tmp_path) as here:
        owner = here.signed_in("owner@example.com")
        agents = {code: here.signed_in(f"{code}@example.com") for code in accounts}
        yield Office(store, space.id, here, owner, agents, accounts)
    store.close()


def begin(office: Office, *codes: str) -> None:
    for code in codes:
        assert office.owner.put("/api/v1/leads/seats", json={"agent": code}).status_code == 200
        assert office.agents[code].post("/api/v1/desk/presence", json={"state": "ready"}).status_code == 200


def test_leads_are_found_by_state_owner_and_number(office: Office) -> None:
    begin(office, "a")
    office.give("x", "y")
    office.give("x2")

    def found(**query: object) -> set[str]:
        answer = office.owner.get("/api/v1/leads", params=query)
        assert answer.status_code == 200, answer.text
        return {one["name"] for one in answer.json()["leads"]}

    assert found(state=["owned", "waiting"]) == {"x", "y"}
    assert found(state="duplicate") == {"x2"}
    assert found(owner="b") == set()
    assert found(number="139 1234 0001") == {"y"}
    assert found(number="13900009999") == set()
    assert office.owner.get("/api/v1/leads", params={"number": "abc"}).status_code == 400


def test_a_change_of_a_seat_wipes_nothing(office: Office) -> None:
    full = {"agent": "a", "team": "north", "industries": ["教育"], "regions": ["上海"], "skills": ["s"], "sales": True}
    assert office.owner.put("/api/v1/leads/seats", json=full).status_code == 200
    assert office.owner.put("/api/v1/leads/seats", json={"agent": "a", "capacity": 9}).status_code == 200
    assert office.seats()["a"].items() >= (full | {"capacity": 9}).items()
    # What is named is taken away.
    office.owner.put("/api/v1/leads/seats", json={"agent": "a", "industries": [], "team": None})
    assert (office.seats()["a"]["industries"], office.seats()["a"]["team"]) == ([], None)


@pytest.mark.parametrize("how", ["disabled", "removed", "seat taken out"])
def test_whoever_is_shut_out_gives_their_leads_to_others(office: Office, how: str) -> None:
    begin(office, "a")
    assert {one["owner"] for one in office.give("x", "y").values()} == {"a"}
    begin(office, "b")
    user = f"/api/v1/users/{office.accounts['a']}"
    if how == "seat taken out":
        answer = office.owner.put("/api/v1/leads/seats", json={"agent": "a", "active": False})
    else:
        answer = office.owner.post(f"{user}/disable") if how == "disabled" else office.owner.delete(user)
    assert answer.status_code == 200, answer.text
    assert {one["owner"] for one in office.leads().values()} == {"b"}
    seat = office.seats()["a"]
    assert (seat["active"], seat["state"], seat["open_leads"]) == (False, "offline", 0)


def test_any_request_of_the_desk_shows_that_somebody_is_there(office: Office) -> None:
    # Both were ready ten minutes ago; since then only one of them has asked for anything.
    before = now() - timedelta(minutes=10)
    with office.store.write() as connection:
        for code in "ab":
            leads.keep_seat(connection, workspace=office.workspace, seat=leads.Seat(agent=code), at=before)
    assert office.agents["b"].get("/api/v1/desk/pools").status_code == 200
    assert leads.end_silence(office.store, workspace=office.workspace, at=now()) == 1
    assert {code: seat["state"] for code, seat in office.seats().items()} == {"a": "offline", "b": "ready"}


def _agreed(office: Office, *phones: str, purpose: str = "callback") -> None:
    records = [
        {"key": phone, "phone": phone, "purpose": purpose, "given": True, "at": _BEFORE, "evidence": "form"}
        for phone in phones
    ]
    deliver(office.store, workspace=office.workspace, kind_name="consent", source="test", records=records)


_BEFORE = (now() - timedelta(minutes=5)).isoformat()


def _calls(office: Office) -> list[Any]:
    table = KINDS["call"].table
    with office.store.read() as connection:
        return list(
            connection.execute(select(table).where(table.c.workspace == office.workspace).order_by(table.c.seq))
        )


def _talk(office: Office, lead: int, **said: object) -> None:
    agent = office.agents["a"]
    answer = agent.post(f"/api/v1/desk/leads/{lead}/call", json={"script": "开场", "version": 1})
    assert answer.json()["allowed"], answer.text
    assert agent.post("/api/v1/desk/answered").status_code == 200
    assert agent.post("/api/v1/desk/hang-up").status_code == 200
    answer = agent.post("/api/v1/desk/result", json={"result": "interested", **said})
    assert answer.status_code == 200, answer.text
    office.leads()


def _with_a_script(office: Office) -> int:
    begin(office, "a")
    for opening in ("您好", "{name} 您好"):
        office.owner.put("/api/v1/leads/scripts", json={"name": "开场", "opening": opening})
    _agreed(office, "13912340000", "13912340001")
    found = office.give("x", "y", origin="callback", campaign="spring", list="L1")
    return int(found["x"]["id"])


def test_a_call_of_the_desk_is_a_fact_with_its_result_and_the_version_read(office: Office) -> None:
    lead = _with_a_script(office)
    _talk(office, lead, remark="想要报价")
    (call,) = _calls(office)
    assert (call.direction, call.result, call.disposition, call.right_party) == ("out", "human", "interested", True)
    assert (call.agent, call.lead, call.campaign, call.list) == ("a", "x", "spring", "L1")
    # Version 2 was the newest; what stood on the screen was version 1.
    assert call.script_version == "开场 v1"
    assert call.dialed_at <= call.answered_at <= call.ended_at
    assert call.talk_seconds is not None
    # The remark is told with the history, and the call among the calls of the person.
    seen = office.agents["a"].get(f"/api/v1/desk?lead={lead}").json()
    assert [one["remark"] for one in seen["history"] if one["kind"] == "noted"] == ["想要报价"]
    care = office.agents["a"].get(f"/api/v1/desk/leads/{lead}/care").json()
    assert [(one["disposition"], one["agent"]) for one in care["calls"]] == [("interested", "a")]


def test_a_call_its_telephone_system_tells_is_not_told_twice(office: Office) -> None:
    lead = _with_a_script(office)
    own = {"key": "pbx-1", "direction": "out", "dialed_at": _BEFORE, "called": "13955556666", "agent": "a"}
    deliver(office.store, workspace=office.workspace, kind_name="call", source="pbx", records=[own])
    _talk(office, lead)
    assert [call.source_system for call in _calls(office)] == ["pbx"]
    settings = office.owner.get("/api/v1/leads/settings").json()
    office.owner.put("/api/v1/leads/settings", json=settings | {"desk_calls": "always"})
    _talk(office, office.leads()["y"]["id"])
    assert [call.source_system for call in _calls(office)] == ["pbx", "desk"]


def test_a_script_nobody_kept_is_refused(office: Office) -> None:
    lead = _with_a_script(office)
    answer = office.agents["a"].post(f"/api/v1/desk/leads/{lead}/call", json={"script": "没有"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_script_here")


def test_leads_nobody_may_call_are_counted_with_the_reasons(office: Office) -> None:
    begin(office, "a")
    office.give("x", "y", origin="file")
    desk = office.agents["a"].get("/api/v1/desk").json()
    assert desk["lead"] is None
    waiting = desk["waiting"]
    assert (waiting["held"], waiting["planned"]) == (2, 0)
    assert waiting["reasons"]
    assert all(one["leads"] == 2 and one["text"]["zh"] and one["text"]["en"] for one in waiting["reasons"])
    assert "no_consent" in {one["code"] for one in waiting["reasons"]}
    assert waiting["next_at"] is not None
    # A lead that is opened by choice says beforehand why it may not be called.
    chosen = office.agents["a"].get(f"/api/v1/desk?lead={office.leads()['x']['id']}").json()
    assert chosen["lead"]["name"] == "x"
    assert chosen["denied"]


def test_a_lead_typed_in_at_a_fair_is_ones_own_and_may_be_called(office: Office) -> None:
    begin(office, "a", "b")
    person = {"phone": "139 1111 2222", "origin": "fair", "source": "广交会", "name": "张三", "evidence": "名片与签字"}
    answer = office.agents["b"].post("/api/v1/desk/leads", json=person)
    assert answer.status_code == 200, answer.text
    Minder(office.store).look()
    case = office.leads()["张三"]
    assert (case["owner"], case["traits"]["origin"], case["traits"]["source"]) == ("b", "fair", "广交会")
    with office.store.read() as connection:
        (one,) = leads.list_cases(connection, workspace=office.workspace)
        answered = leads.may_call(connection, workspace=office.workspace, case=one, agent="b", at=now())
    assert answered is not None
    assert "no_consent" not in {reason.code for reason in answered.reasons}
    bad = office.agents["b"].post("/api/v1/desk/leads", json=person | {"phone": "12"})
    assert bad.status_code == 400
    # The rules give what one does not keep.
    office.agents["b"].post("/api/v1/desk/leads", json=person | {"phone": "13911113333", "name": "李四", "mine": False})
    Minder(office.store).look()
    assert office.leads()["李四"]["owner"] in {"a", "b"}


def test_a_number_finds_customers_who_have_no_lead(office: Office) -> None:
    begin(office, "a")
    records = [{"key": "K1", "name": "老客户", "phones": ["13977778888"]}]
    deliver(office.store, workspace=office.workspace, kind_name="customer", source="crm", records=records)
    deals = [{"key": "D1", "deal": "D1", "kind": "won", "at": _BEFORE, "amount": "88.00", "phone": "13977778888"}]
    found = deliver(office.store, workspace=office.workspace, kind_name="deal_event", source="crm", records=deals)
    assert {one.status for one in found.outcomes} == {"created"}, found.outcomes
    shown = office.agents["a"].get("/api/v1/desk/pop?number=13977778888").json()
    assert shown["leads"] == []
    assert [one["name"] for one in shown["customers"]] == ["老客户"]
    nobody = office.agents["a"].get("/api/v1/desk/pop?number=13900009999").json()
    assert nobody == {"leads": [], "customers": []}
    # Once there is a lead, its agent sees the customer's record and deals.
    lead = office.give("x", phone="1397777")["x"]["id"]
    assert office.agents["a"].get(f"/api/v1/desk/leads/{lead}/care").json()["deals"] == []
    again = {"key": "again", "phone": "13977778888", "created_at": now().isoformat(), "name": "again"}
    deliver(office.store, workspace=office.workspace, kind_name="lead", source="test", records=[again])
    care = office.agents["a"].get(f"/api/v1/desk/leads/{office.leads()['again']['id']}/care").json()
    assert [(one["deal"], one["amount_minor"]) for one in care["deals"]] == [("D1", 8800)]
    assert [one["key"] for one in care["customers"]] == ["K1"]


def test_a_task_noted_by_hand_is_due_and_done(office: Office) -> None:
    begin(office, "a", "b")
    lead = office.give("x")["x"]
    mine, other = ("a", "b") if lead["owner"] == "a" else ("b", "a")
    task = {"due_at": (now() + timedelta(hours=1)).isoformat(), "text": "发报价单"}
    path = f"/api/v1/desk/leads/{lead['id']}"
    assert office.agents[other].post(f"{path}/tasks", json=task).status_code == 404
    number = office.agents[mine].post(f"{path}/tasks", json=task).json()["id"]
    listed = office.agents[mine].get("/api/v1/desk").json()["tasks"]
    assert [(one["id"], one["kind"], one["why"]) for one in listed] == [(number, "task", "发报价单")]
    assert office.agents[other].post(f"/api/v1/desk/tasks/{number}/done").status_code == 404
    assert office.agents[mine].post(f"/api/v1/desk/tasks/{number}/done").status_code == 200
    assert office.agents[mine].get("/api/v1/desk").json()["tasks"] == []
    past = task | {"due_at": _BEFORE}
    assert office.agents[mine].post(f"{path}/tasks", json=past).status_code == 400
