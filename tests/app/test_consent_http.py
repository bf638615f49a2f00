"""Consent over HTTP: opting out by every way, the checker, the log, lists, requests, merges."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.opting_out import opt_out
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import open_request
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.time import now
from huasuan.people import Right, Workspace, create_api_key
from huasuan.store import Store

ONE, OTHER, THIRD, LAST = "13900000001", "13900000002", "13900000003", "13900000004"
AT = "2026-09-16T10:00:00+08:00"


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path)
    answers = Warehouses(store, settings)
    with store.write() as connection:
        key = create_api_key(connection, workspace=workspace.id, name="test", rights=frozenset(Right))
    runtime = Runtime(settings=settings, store=store, answers=answers, gauges=Gauges(answers.lag))
    with answers, TestClient(create_app(runtime), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        agreed = [
            {"key": n, "at": "2026-09-01T10:00:00+08:00", "purpose": "call", "given": True, "phone": n, "evidence": "f"}
            for n in (ONE, OTHER, THIRD, LAST)
        ]
        assert client.post("/api/v1/facts/consent", json=agreed).json()["created"] == 4
        yield client


def codes(client: TestClient, number: str, at: str | None = AT) -> list[str]:
    answer = client.post("/api/v1/gate/check", json={"number": number} | ({"at": at} if at else {})).json()
    return [reason["code"] for reason in answer["reasons"]]


def test_every_way_of_opting_out_holds_at_once(client: TestClient) -> None:
    now = None
    assert "opted_out" not in codes(client, ONE, now)
    assert client.post("/api/v1/opt-outs", json={"number": ONE, "agent": "A7"}).status_code == 200
    started = time.monotonic()
    assert "opted_out" in codes(client, ONE, now)
    assert time.monotonic() - started < 1
    assert client.post("/api/v1/opt-outs/reply", json={"number": OTHER, "text": "ＴＤ "}).json() == {"opted_out": True}
    assert client.post("/api/v1/opt-outs/reply", json={"number": THIRD, "text": "好的"}).json() == {"opted_out": False}
    assert "opted_out" in codes(client, OTHER, now)
    assert "opted_out" not in codes(client, THIRD, now)
    url = client.post("/api/v1/opt-outs/link", json={"number": THIRD}).json()["url"]
    path = url.removeprefix("http://127.0.0.1:8000")
    page = client.get(path, headers={"Authorization": ""})
    assert "<button>" in page.text
    assert "opted_out" not in codes(client, THIRD, now), "a mail program that opens links opts nobody out"
    assert "已退订" in client.post(path, headers={"Authorization": ""}).text
    assert "opted_out" in codes(client, THIRD, now)
    assert client.get(path[:-4] + "AAAA").status_code == 400


def test_a_contact_is_checked_in_both_languages_with_the_next_time(client: TestClient) -> None:
    answer = client.post("/api/v1/gate/check", json={"number": ONE, "at": "2026-09-16T22:00:00+08:00"}).json()
    assert (answer["verdict"], answer["number"]) == ("deny", "+86139****0001")
    assert answer["next_at"] == "2026-09-17T01:00:00Z"
    [reason] = answer["reasons"]
    assert (reason["rule"], reason["version"]) == ("R05", 1)
    assert reason["text"]["zh"].startswith("不在被叫当地的可呼时段内")
    assert reason["text"]["en"].startswith("outside the calling hours")


def test_a_permit_is_asked_for_and_used_once(client: TestClient) -> None:
    now = {"key": "cb", "at": datetime.now(UTC).isoformat(), "purpose": "callback", "given": True, "phone": ONE}
    client.post("/api/v1/facts/consent", json=[now])
    answer = client.post("/api/v1/gate/ask", json={"number": ONE, "purpose": "callback"}).json()
    assert answer["verdict"] == "allow", answer
    used = client.post("/api/v1/gate/use", json={"permit": answer["permit"]}).json()
    assert used["number"] == "+8613900000001"
    assert client.post("/api/v1/gate/use", json={"permit": answer["permit"]}).json()["code"] == "permit_used"
    lines = client.get("/api/v1/gate/log").json()["lines"]
    assert [line["entry"]["step"] for line in lines] == ["use", "ask"]
    assert "139" not in str([line["entry"] | {"at": 0} for line in lines])


def test_a_do_not_call_list_keeps_digests_alone(client: TestClient, store: Store) -> None:
    taken = client.put("/api/v1/do-not-call/own", json={"numbers": [ONE, "nonsense"], "source": "post"}).json()
    assert taken == {"taken": 1, "refused": ["nonsense"]}
    assert codes(client, ONE) == ["listed"]
    client.post("/api/v1/gate/ask", json={"number": ONE, "purpose": "marketing"})
    [line, *_] = client.get("/api/v1/gate/log").json()["lines"]
    place = next(place for place, one in enumerate(line["entry"]["rules"]) if one.endswith(" listed"))
    rule = line["entry"]["rules"][place].removesuffix(" listed")
    told = {"zh": f"号码在谢绝来电名单中（{rule}）", "en": f"the number stands on a do-not-call list ({rule})"}
    assert line["reasons"][place] == told
    [listed] = client.get("/api/v1/do-not-call").json()["lists"]
    assert (listed["name"], listed["numbers"]) == ("own", 1)
    with store.read() as connection:
        assert ONE not in repr(connection.exec_driver_sql("SELECT * FROM dnc_entry").fetchall())
    assert client.delete("/api/v1/do-not-call/own").status_code == 200
    assert codes(client, ONE) == []


def test_a_registry_says_as_of_when_it_is(client: TestClient) -> None:
    """A list that was pasted in today is as old as it is; what is older adds without making it so (R16)."""
    moment = datetime.now(UTC)

    def put(name: str = "GB-TPS", **said: object) -> dict[str, object]:
        return client.put(f"/api/v1/do-not-call/{name}", json={"numbers": [ONE]} | said).json()

    def as_of(days: int) -> dict[str, object]:
        return {"as_of": (moment - timedelta(days=days)).isoformat(), "source": "TPS 2026"}

    assert put()["code"] == "no_list_date"
    assert put(as_of=moment.isoformat())["code"] == "no_list_date", "nobody knows where it is from"
    assert put(**as_of(-2))["code"] == "list_date_ahead"
    assert put(**as_of(29))["taken"] == 1
    british = {"number": "+442071234567", "at": moment.isoformat()}

    def missing() -> set[str]:
        reasons = client.post("/api/v1/gate/check", json=british).json()["reasons"]
        return {reason["code"] for reason in reasons} & {"registry_old", "registry_missing"}

    def shown() -> tuple[object, ...]:
        [one] = [one for one in client.get("/api/v1/do-not-call").json()["lists"] if one["name"] == "GB-TPS"]
        return one["numbers"], one["max_age_days"], one["too_old"], one["source"]

    assert (missing(), shown()) == ({"registry_old"}, (1, 28, True, "TPS 2026"))
    assert put(**as_of(28))["taken"] == 0
    assert (missing(), shown()[2]) == (set(), False)
    assert put(numbers=[OTHER], **as_of(40))["taken"] == 1
    assert (missing(), shown()[0]) == (set(), 2), "an older part makes the list no older"
    assert put(numbers=[OTHER], replace=True, **as_of(40))["taken"] == 1
    assert (missing(), shown()[0]) == ({"registry_old"}, 1)


def test_numbers_stand_on_a_list_until_their_end(client: TestClient) -> None:
    def put(days: int | None) -> int:
        ends = None if days is None else (datetime.fromisoformat(AT) + timedelta(days=days)).isoformat()
        return client.put("/api/v1/do-not-call/own", json={"numbers": [ONE], "ends_at": ends}).status_code

    def listed(days: int) -> bool:
        return "listed" in codes(client, ONE, (datetime.fromisoformat(AT) + timedelta(days=days)).isoformat())

    assert put(-1) == 400
    base = (datetime.now(UTC) - datetime.fromisoformat(AT)).days
    assert put(base + 10) == 200
    assert (listed(base + 9), listed(base + 11)) == (True, False)
    assert put(base + 5) == 200
    assert (listed(base + 9), listed(base + 11)) == (True, False), "the later end holds"
    assert put(None) == 200
    assert listed(base + 1000)
    assert put(base + 20) == 200
    assert listed(base + 1000), "who is listed for good stays so"


def test_how_many_of_a_list_may_be_called(client: TestClient) -> None:
    leads = [{"key": n, "created_at": AT, "list": "autumn", "phone": n} for n in (ONE, OTHER, "13900000009")]
    client.post("/api/v1/facts/lead", json=leads)
    counted = client.post("/api/v1/gate/count", json={"list": "autumn", "at": AT}).json()
    [reason] = counted.pop("reasons")
    assert counted == {"asked": 3, "callable": 2, "by_reason": {"no_consent": 1}}
    assert (reason["code"], reason["count"], reason["text"]["zh"]) == ("no_consent", 1, "没有此人对该用途的同意记录")


def test_merging_and_taking_it_back_moves_gate_and_figures(client: TestClient) -> None:
    calls = [
        {"key": n, "direction": "out", "dialed_at": AT, "called": n, "result": "human", "talk_seconds": 9}
        for n in (ONE, OTHER)
    ]
    client.post("/api/v1/facts/call", json=calls)
    client.put("/api/v1/do-not-call/own", json={"numbers": [ONE]})

    def contacts(expected: int) -> int:
        """The log of calls may be a second behind."""
        for _ in range(50):
            found = {call["contact_id"] for call in client.get("/api/v1/calls").json()["calls"]}
            if len(found) == expected:
                break
            time.sleep(0.1)
        return len(found)

    assert (contacts(2), codes(client, OTHER)) == (2, [])
    body = {"one": ONE, "other": OTHER, "reason": "same voice"}
    merge = client.post("/api/v1/contacts/merges", json=body).json()["merge"]
    assert (contacts(1), codes(client, OTHER)) == (1, ["listed"])
    assert client.delete(f"/api/v1/contacts/merges/{merge}").status_code == 200
    assert (contacts(2), codes(client, OTHER)) == (2, [])
    assert client.delete("/api/v1/contacts/merges/999").json()["code"] == "no_merge"
    assert "same voice" in client.get("/api/v1/audit").text


def test_a_deletion_request_from_beginning_to_end(client: TestClient) -> None:
    asked = client.post("/api/v1/persons/requests", json={"number": LAST, "kind": "delete"}).json()["id"]
    [request] = client.get("/api/v1/persons/requests").json()["requests"]
    assert request["status"] == "open"
    known = client.post("/api/v1/persons/see", json={"number": LAST}).json()
    assert list(known["facts"]) == ["consent"]
    erasure = client.post("/api/v1/persons/erase", json={"number": LAST, "request": asked}).json()
    assert (erasure["facts"], erasure["lines"]) == (1, 1)
    [request] = client.get("/api/v1/persons/requests").json()["requests"]
    assert request["status"] == "done"
    assert "erased" in codes(client, LAST)
    assert client.post("/api/v1/persons/see", json={"number": LAST}).json()["code"] == "no_person"


def test_requests_are_answered_with_a_word_and_overdue_ones_stand_first(client: TestClient, store: Store) -> None:
    """To see and to correct, and what nobody is known for, ends too (R13)."""
    long_ago = datetime.now(UTC) - timedelta(days=40)
    with store.write() as connection:
        late = open_request(
            connection, workspace=1, kind="correct", identity=("phone", f"+86{LAST}"), received_at=long_ago
        )
    see = client.post("/api/v1/persons/requests", json={"number": ONE, "kind": "see"}).json()["id"]
    unknown = client.post("/api/v1/persons/requests", json={"email": "nobody@example.com", "kind": "delete"}).json()[
        "id"
    ]
    listed = client.get("/api/v1/persons/requests").json()["requests"]
    assert [(one["id"], one["overdue"]) for one in listed] == [(late, True), (see, False), (unknown, False)]
    assert client.post("/api/v1/persons/see", json={"number": OTHER, "request": see}).json()["code"] == "other_person"
    assert client.post("/api/v1/persons/see", json={"number": ONE, "request": see}).json()["known_by"]
    for number, word in ((late, "address put right"), (see, "handed over"), (unknown, "nothing known")):
        closed = client.post(f"/api/v1/persons/requests/{number}/close", json={"outcome": word})
        assert closed.status_code == 200, closed.text
    again = client.post(f"/api/v1/persons/requests/{see}/close", json={"outcome": "twice"})
    assert again.json()["code"] == "no_request"
    assert client.post(f"/api/v1/persons/requests/{see}/close", json={"outcome": "  "}).status_code in {400, 422}
    listed = client.get("/api/v1/persons/requests").json()["requests"]
    assert {one["id"]: (one["status"], one["outcome"], one["overdue"]) for one in listed} == {
        late: ("done", "address put right", False),
        see: ("done", "handed over", False),
        unknown: ("done", "nothing known", False),
    }
    assert "handed over" in client.get("/api/v1/audit").text


def test_whoever_is_known_by_an_address_alone_has_the_same_rights(client: TestClient) -> None:
    """Seen, opted out, held and deleted by e-mail address (R03, R13)."""
    address = "Li.Lei@example.com"
    lead = [{"key": "mail", "created_at": AT, "email": address, "name": "李雷某"}]
    assert client.post("/api/v1/facts/lead", json=lead).json()["created"] == 1
    consent = [{"key": "mail", "at": AT, "purpose": "email", "given": True, "email": address, "evidence": "f"}]
    assert client.post("/api/v1/facts/consent", json=consent).json()["created"] == 1

    def denied() -> list[str]:
        asked = client.post("/api/v1/gate/check", json={"number": address, "channel": "email"}).json()
        assert asked["number"] == "L****@example.com"
        return [reason["code"] for reason in asked["reasons"]]

    assert denied() == []
    assert client.post("/api/v1/opt-outs", json={"email": address, "via": "web"}).status_code == 200
    assert denied() == ["opted_out"]
    assert client.post("/api/v1/opt-outs", json={"email": address, "number": ONE}).status_code in {400, 422}
    known = client.post("/api/v1/persons/see", json={"email": address}).json()
    assert set(known["facts"]) == {"lead", "consent", "opt_out"}
    assert client.post("/api/v1/persons/hold", json={"email": address, "reason": "case 7"}).status_code == 200
    assert client.post("/api/v1/persons/erase", json={"email": address}).json()["code"] == "legal_hold"
    assert client.post("/api/v1/persons/release", json={"email": address}).status_code == 200
    assert client.post("/api/v1/persons/release", json={"email": address}).json()["code"] == "no_hold"
    assert client.get("/api/v1/persons/holds").json() == {"holds": []}
    erased = client.post("/api/v1/persons/erase", json={"email": address}).json()
    assert (erased["facts"], erased["left"]) == (3, [])
    address = address.lower()
    asked = client.post("/api/v1/gate/check", json={"number": address, "channel": "email"}).json()
    assert asked["reasons"][0]["code"] == "erased", "small letters make nobody else"


def test_holds_are_listed_with_their_reasons_and_end_one_by_one(client: TestClient) -> None:
    before = now()
    for reason in ("case 7", "case 8"):
        assert client.post("/api/v1/persons/hold", json={"number": ONE, "reason": reason}).status_code == 200
    second, first = client.get("/api/v1/persons/holds").json()["holds"]
    assert (first["reason"], second["reason"]) == ("case 7", "case 8")
    assert first["about"] == second["about"]
    assert before <= datetime.fromisoformat(first["since"]) <= now()
    assert ONE not in str(first)
    assert client.post(f"/api/v1/persons/holds/{first['id']}/end").status_code == 200
    assert client.get("/api/v1/persons/holds").json() == {"holds": [second]}
    # The other one still stands, and what ended once does not end again.
    assert client.post("/api/v1/persons/erase", json={"number": ONE}).json()["code"] == "legal_hold"
    again = client.post(f"/api/v1/persons/holds/{first['id']}/end")
    assert (again.status_code, again.json()["code"]) == (404, "no_hold")


def test_the_ledger_of_a_person_is_read_and_written(client: TestClient) -> None:
    """With its evidence; recorded, taken back, and decisions by machine refused and allowed (S3-9, S3-23, R11)."""
    who = {"number": "13900000031"}

    def ledger() -> dict[str, object]:
        return client.post("/api/v1/consents/of", json=who).json()

    def word(**said: object) -> None:
        answer = client.post("/api/v1/consents", json=who | said)
        assert answer.status_code == 200, answer.text

    assert (ledger()["known"], ledger()["lines"], ledger()["by_machine"]) == (False, [], True)
    word(purpose="marketing", given=True, channel="call", evidence="form 7", proof="s3://forms/7", text_version="v2")
    [line] = ledger()["lines"]
    assert (line["given"], line["evidence"], line["proof"], line["text_version"]) == (
        True,
        "form 7",
        "s3://forms/7",
        "v2",
    )
    assert (line["source"], line["proven"], ledger()["person"]) == ("huasuan ledger", True, "+86139****0031")
    at = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert "no_consent" not in codes(client, who["number"], at)
    word(purpose="marketing", given=False)
    assert [line["given"] for line in ledger()["lines"]] == [False, True]
    assert "consent_withdrawn" in codes(client, who["number"], at)
    word(purpose="automated_decisions", given=False)
    assert ledger()["by_machine"] is False
    word(purpose="automated_decisions", given=True)
    assert ledger()["by_machine"] is True
    client.post("/api/v1/opt-outs", json=who)
    client.put("/api/v1/do-not-call/own", json={"numbers": [who["number"]]})
    client.post("/api/v1/gate/refusals", json=who)
    found = ledger()
    assert found["opted_out_at"] is not None
    assert found["refused_at"] is not None
    assert found["lists"] == ["own"]
    log = client.get("/api/v1/audit").text
    assert "consent.recorded" in log
    assert who["number"] not in log


def test_evidence_is_shown_to_those_who_may_see_numbers(client: TestClient, store: Store) -> None:
    with store.write() as connection:
        key = create_api_key(connection, workspace=1, name="reader", rights=frozenset({Right.FACTS_READ}))
    answer = client.post("/api/v1/consents/of", json={"number": ONE}, headers={"Authorization": f"Bearer {key}"})
    [line] = answer.json()["lines"]
    assert (line["evidence"], line["proven"]) == (None, True)


def test_rules_are_shown_with_dates_sources_and_values(client: TestClient) -> None:
    rules = client.get("/api/v1/calling-rules").json()["rules"]
    [first, second] = [rule for rule in rules if rule["id"] == "R01"]
    assert (first["valid_to"], second["valid_from"]) == ("2026-08-11", "2026-08-11")
    [france] = [clause for clause in second["clauses"] if clause["country"] == "FR"]
    assert france["parameters"]["mode"] == "opt_in"


def test_an_opt_out_that_was_not_taken_is_not_confirmed(client: TestClient, store: Store) -> None:
    with pytest.raises(InvalidInput, match="phone"):
        opt_out(store, workspace=1, identity=("phone", "nobody's number"), via="sms")
    refused = client.post("/api/v1/opt-outs", json={"number": ONE, "agent": "a\u0000b"})
    assert refused.status_code == 400, refused.text
    checked = client.post("/api/v1/gate/check", json={"number": ONE, "purpose": "callback"}).json()
    assert "opted_out" not in {reason["code"] for reason in checked["reasons"]}


def test_a_rule_of_ones_own_is_decided_shown_and_ended(client: TestClient) -> None:
    said = {"rule": "R06", "country": "CN", "parameters": {"gap_minutes": 0}, "reason": "urgent"}
    refused = client.post("/api/v1/calling-rules/own", json=said)
    assert (refused.status_code, refused.json()["code"]) == (400, "no_legal_basis")
    made = client.post("/api/v1/calling-rules/own", json=said | {"legal_basis": "contract"}).json()
    assert made["loosens"] == ["gap_minutes"]
    (rule,) = [one for one in client.get("/api/v1/calling-rules").json()["rules"] if one["id"] == "R06"]
    (clause,) = [one for one in rule["clauses"] if one["country"] == "CN"]
    assert clause["own"] is True
    assert client.delete(f"/api/v1/calling-rules/own/{made['id']}").status_code == 200
    (kept,) = client.get("/api/v1/calling-rules/own").json()["rules"]
    assert kept["valid_to"] is not None
