"""Requests to be called back over HTTP: from the page to the list, through the gate, to the facts; and under abuse."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from app.people.visitors import program
from huasuan.app import wiring
from huasuan.app.arrivals import Arrivals
from huasuan.app.worker.leases import LeaseKeeper
from huasuan.facts.news import CallbackAsked
from huasuan.intake import KINDS, deliver
from huasuan.kernel.time import now
from huasuan.numbers import CallbackLimits, calling_back
from huasuan.people import Right, Workspace, change_settings
from huasuan.store import Store

SHOP = "https://www.example.com"
BROWSER = {"origin": SHOP, "user-agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"}
SITE = {"origins": [SHOP], "overflow": "02162000999", "callback": True, "privacy": f"{SHOP}/privacy"}
INSTEAD = "021-62000999"
NUMBER = "13900139001"


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    # Nobody types a number within a second; here nobody types.
    monkeypatch.setattr(calling_back, "_QUICKEST", 0.0)
    with program(store, workspace, tmp_path, rights=frozenset(Right)) as client:
        made = client.post("/api/v1/tracking/sites", json={"name": "shop", "settings": SITE})
        assert made.status_code == 200, made.text
        yield client


@pytest.fixture
def heard() -> Iterator[list[CallbackAsked]]:
    found: list[CallbackAsked] = []
    wiring.NEWS.hear(CallbackAsked, lambda _, record: found.append(record))
    yield found
    wiring.NEWS._listeners[CallbackAsked].pop()


def ask(client: TestClient, status: int = 200, headers: dict[str, str] | None = None, **words: object) -> Any:
    said = {"k": client.get("/api/v1/tracking").json()["sites"][0]["key"], **words}
    answer = client.post("/api/v1/callback", content=orjson.dumps(said), headers=headers or BROWSER)
    assert answer.status_code == status, answer.text
    return answer.json()


def form(client: TestClient) -> str:
    found: str = ask(client)["f"]
    return found


def anew(client: TestClient) -> None:
    """Another hour: addresses may ask again."""
    app: Any = client.app
    app.state.callback_limits = CallbackLimits()


def listed(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/callbacks").json()["callbacks"]
    return found


def told(store: Store, kind: str) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(select(KINDS[kind].table).order_by(KINDS[kind].table.c.seq)))


def test_a_request_becomes_consent_lead_and_fact_is_called_through_the_gate_and_reached(
    client: TestClient, store: Store, heard: list[CallbackAsked]
) -> None:
    shown = ask(client)
    assert (shown["o"], shown["w"], shown["p"], shown["c"][2]) == (True, [], f"{SHOP}/privacy", INSTEAD)
    at = int((now() + timedelta(seconds=1)).timestamp())
    answer = ask(client, n="139 0013 9001", f=shown["f"], l="en")
    assert answer["o"]
    assert abs(answer["at"] - at) < 90
    assert [one["state"] for one in listed(client)] == ["requested"]
    assert [(one.number, one.in_hours) for one in heard] == [(f"+86{NUMBER}", True)]

    keeper = LeaseKeeper(store, Arrivals())
    keeper.look()
    (row,) = listed(client)
    assert (row["state"], row["number"], row["language"]) == ("due", "+86139****9001", "en")
    (lead,) = told(store, "lead")
    assert (lead.origin, lead.source_key, lead.source_system) == ("callback", heard[0].source_key, "tracking")
    (consent,) = told(store, "consent")
    assert (consent.purpose, bool(consent.given)) == ("callback", True)

    called = client.post(f"/api/v1/callbacks/{row['id']}/call").json()
    assert called["reasons"] == []
    assert called["call"] == f"tel:+86{NUMBER}"
    assert listed(client)[0]["state"] == "dialled"
    assert client.post(f"/api/v1/callbacks/{row['id']}/call").json()["code"] == "callback_taken"
    with store.read() as connection:
        used = connection.execute(text("SELECT purpose, used_at IS NOT NULL FROM contact_attempt")).all()
    assert [tuple(one) for one in used] == [("callback", 1)]

    assert client.post(f"/api/v1/callbacks/{row['id']}/outcome", json={"outcome": "reached"}).status_code == 200
    keeper.look()
    assert listed(client)[0]["state"] == "reached"
    fact = told(store, "callback_request")[-1]
    assert fact.dialled_at <= fact.joined_at
    assert (fact.failed_side, fact.lead) == (None, heard[0].source_key)
    assert len(told(store, "lead")) == len(told(store, "consent")) == 1


def test_who_did_not_answer_is_told_apart_and_may_be_called_again(client: TestClient, store: Store) -> None:
    ask(client, n=NUMBER, f=form(client))
    keeper = LeaseKeeper(store, Arrivals())
    keeper.look()
    number = listed(client)[0]["id"]
    assert client.post(f"/api/v1/callbacks/{number}/outcome", json={"outcome": "staff"}).json()["code"] == "not_dialled"
    assert client.post(f"/api/v1/callbacks/{number}/call").json()["allowed"]
    for outcome in ("staff", "customer"):
        client.post(f"/api/v1/callbacks/{number}/outcome", json={"outcome": outcome})
        keeper.look()
        assert (listed(client)[0]["state"], listed(client)[0]["failed"]) == ("missed", outcome)
        assert told(store, "callback_request")[-1].failed_side == outcome
    # The gate keeps a while between two attempts: it says so, and for when that puts the next one off.
    again = client.post(f"/api/v1/callbacks/{number}/call").json()
    assert (again["allowed"], again["call"], len(again["reasons"])) == (False, None, 1)
    assert (listed(client)[0]["due_at"], listed(client)[0]["attempts"]) == (again["next_at"], 1)
    client.post(f"/api/v1/callbacks/{number}/outcome", json={"outcome": "withdrawn"})
    assert listed(client)[0]["state"] == "withdrawn"
    assert client.post(f"/api/v1/callbacks/{number}/call").json()["code"] == "callback_over"
    assert client.post("/api/v1/callbacks/99/call").json()["code"] == "no_callback"


def test_a_call_of_the_exchange_says_whether_the_person_was_reached(
    client: TestClient, store: Store, workspace: Workspace
) -> None:
    ask(client, n=NUMBER, f=form(client))
    keeper = LeaseKeeper(store, Arrivals())
    keeper.look()
    begun = datetime.now(UTC) + timedelta(seconds=1)

    def rings(key: str, result: str, after: int) -> None:
        at = begun + timedelta(seconds=after)
        call = {"key": key, "direction": "out", "called": NUMBER, "dialed_at": at.isoformat(), "agent": "7"}
        answered = {"answered_at": (at + timedelta(seconds=9)).isoformat()} if result == "human" else {}
        deliver(
            store,
            workspace=workspace.id,
            kind_name="call",
            source="pbx",
            records=[call | answered | {"result": result}],
            origin="test",
        )
        keeper.look()

    rings("a", "no_answer", 0)
    assert [(one["state"], one["failed"], one["attempts"]) for one in listed(client)] == [("missed", "customer", 1)]
    rings("b", "human", 60)
    (row,) = listed(client)
    assert (row["state"], row["attempts"], row["agent"]) == ("reached", 2, "7")
    joined = datetime.fromisoformat(row["joined_at"])
    assert joined - datetime.fromisoformat(row["dialled_at"]) == timedelta(seconds=9)
    assert told(store, "callback_request")[-1].call == "b"


def test_who_said_no_is_not_called_and_the_request_takes_nothing_back(
    client: TestClient, store: Store, workspace: Workspace, heard: list[CallbackAsked]
) -> None:
    out = {"key": "o", "received_at": "2026-01-01T00:00:00Z", "phone": NUMBER}
    deliver(store, workspace=workspace.id, kind_name="opt_out", source="s", records=[out], origin="test")
    assert "at" in ask(client, n=NUMBER, f=form(client))
    LeaseKeeper(store, Arrivals()).look()
    (row,) = listed(client)
    assert (row["state"], row["blocked"]) == ("blocked", "opted_out")
    assert client.post(f"/api/v1/callbacks/{row['id']}/call").json()["code"] == "callback_over"
    assert (told(store, "lead"), told(store, "consent"), heard) == ([], [], [])
    assert told(store, "callback_request")[-1].blocked == "opted_out"


def test_outside_hours_it_is_kept_for_opening_time_and_a_time_may_be_chosen(
    client: TestClient, store: Store, workspace: Workspace
) -> None:
    today = datetime.now(UTC).isoweekday()
    closed = (today + 2) % 7 + 1
    with store.write() as connection:
        settings = replace(workspace.settings, business_hours=(f"{closed} 09:00-18:00",))
        change_settings(connection, workspace=workspace.id, settings=settings)
    shown = ask(client)
    assert (shown["o"], len(shown["w"])) == (False, 1)
    answer = ask(client, n=NUMBER, f=shown["f"])
    assert (answer["at"], answer["o"]) == (shown["w"][0][0], False)
    later = shown["w"][0][0] + 3600
    assert ask(client, n="13900139002", f=form(client), a=later)["at"] == later
    wrong = ask(client, status=400, n="13900139003", f=form(client), a=later + 30 * 86_400)
    assert wrong["e"]["en"].startswith("the time cannot")
    LeaseKeeper(store, Arrivals()).look()
    assert [one["state"] for one in listed(client)] == ["scheduled", "scheduled"]
    assert not any(row.in_hours for row in told(store, "callback_request"))


def test_what_is_not_believed_gets_the_number_to_call_and_nothing_is_written(client: TestClient) -> None:
    assert ask(client, status=400, n="+1 212 555 0100", f=form(client))["e"]["zh"]
    good = form(client)
    assert ask(client, n=NUMBER, f=good)["at"]
    assert len(listed(client)) == 1
    others = {
        "replayed with another number": ask(client, n="13900139002", f=good),
        "no form": ask(client, n="13900139002"),
        "forged form": ask(client, n="13900139002", f=f"{good[:-1]}{'0' if good[-1] != '0' else '1'}"),
        "robot": ask(client, headers=BROWSER | {"user-agent": "python-requests/2"}, n="13900139002", f=good),
        "forged origin": ask(client, headers=BROWSER | {"origin": "https://evil.example"}, n="13900139002", f=good),
    }
    for what, answer in others.items():
        assert (answer["c"][2], "at" in answer, "f" in answer) == (INSTEAD, False, False), what
    assert len(listed(client)) == 1
    anew(client)
    # The same words again, as after an answer that was lost, arrange nothing new.
    assert ask(client, n=NUMBER, f=good)["at"]
    assert len(listed(client)) == 1
    said = {"k": client.get("/api/v1/tracking").json()["sites"][0]["key"]}
    answer = client.post(
        "/api/v1/callback", content=orjson.dumps(said), headers=BROWSER | {"origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in answer.headers


def changed(client: TestClient, site: dict[str, Any], **settings: object) -> Any:
    body = {"name": site["name"], "settings": site["settings"] | settings}
    return client.patch(f"/api/v1/tracking/sites/{site['id']}", json=body)


def test_a_flood_from_one_address_or_on_one_site_leads_to_the_number_not_to_an_outage(
    client: TestClient, store: Store
) -> None:
    answers = [ask(client, n=f"1390013{number:04d}", f=form(client)) for number in range(8)]
    assert ["at" in answer for answer in answers[:4]] == [True] * 4
    assert ["at" in answer for answer in answers[5:]] == [False] * 3
    assert {answer["c"][2] for answer in answers} == {INSTEAD}
    taken = len(listed(client))
    # Many addresses: what the site takes within the hour ends it.
    site = client.get("/api/v1/tracking").json()["sites"][0]
    assert changed(client, site, callback_most=taken).status_code == 200
    anew(client)
    full = ask(client)
    assert (full["c"][2], "f" in full) == (INSTEAD, False)
    assert len(listed(client)) == taken


def test_a_site_that_offers_none_and_one_that_could_not_answer(client: TestClient) -> None:
    site = client.get("/api/v1/tracking").json()["sites"][0]
    changed(client, site, callback=False)
    assert ask(client) == {"off": True}
    assert client.post("/api/v1/callback", content=b'{"k": "none"}').json() == {"off": True}
    refused = changed(client, site, overflow="")
    assert refused.json()["code"] == "callback_number"
    assert client.post("/api/v1/callback", content=b"{").json()["code"] == "bad_words"
