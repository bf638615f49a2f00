"""What tracks calls, looked at over HTTP: installation, leases, sizes, and why a call has its source (S0-20, S2-48)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from app.people.visitors import program
from huasuan.people import Right, Workspace
from huasuan.store import Store

SHOP = "https://www.example.com"
BROWSER = {"origin": SHOP, "user-agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"}
STATED = {"origins": [SHOP], "consent": True, "storage": "none", "new_visits": 30, "overflow": "02162000999"}


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    with program(store, workspace, tmp_path, rights=frozenset(Right)) as client:
        yield client


def made(client: TestClient, path: str, body: dict[str, object]) -> Any:
    answer = client.post(f"/api/v1/tracking{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def visit(client: TestClient, key: str, number: int, query: str = "") -> Any:
    said = {"k": key, "s": f"{number:032x}", "v": f"{number:032x}", "u": f"{SHOP}/?{query}"}
    answer = client.post("/api/v1/track", content=orjson.dumps(said), headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.json()["n"]


def codes(client: TestClient, site: int) -> list[str]:
    return [one["code"] for one in client.get(f"/api/v1/tracking/sites/{site}/check").json()["faults"]]


def test_the_file_of_leases_holds_no_more_than_may_go_out_without_approval(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    with program(store, workspace, tmp_path, rights=frozenset(Right), export_rows=1) as client:
        site = made(client, "/sites", {"name": "shop", "settings": STATED})["id"]
        pool = made(client, f"/sites/{site}/pools", {"name": "p", "replaces": "4008001234"})["id"]
        made(client, "/numbers", {"numbers": ["02162000001", "02162000002"], "kind": "pool", "pool": pool})
        key = client.get("/api/v1/tracking").json()["sites"][0]["key"]
        for number in (1, 2):
            visit(client, key, number)
        assert len(client.get("/api/v1/tracking/leases.csv").text.splitlines()) == 2
        (entry,) = client.get("/api/v1/audit", params={"action": "export"}).json()["entries"]
    assert entry["detail"] == {"rows": 1, "of": 2}


def test_the_installation_check_goes_from_nothing_to_all_well_and_sees_a_pool_run_out(client: TestClient) -> None:
    site = made(client, "/sites", {"name": "shop", "settings": STATED})["id"]
    assert codes(client, site) == ["no_pool", "never_heard"]
    pool = made(client, f"/sites/{site}/pools", {"name": "p", "replaces": "4008001234"})["id"]
    assert codes(client, site) == ["no_numbers", "never_heard"]
    later = {"numbers": ["02162000002"], "kind": "pool", "pool": pool, "valid_from": "2199-01-01T00:00:00Z"}
    coming = made(client, "/numbers", later)["ids"][0]
    # Nobody is lent a number that is ours only later.
    assert codes(client, site) == ["no_numbers", "never_heard"]
    assert client.delete(f"/api/v1/tracking/numbers/{coming}").status_code == 200
    made(client, "/numbers", {"numbers": ["02162000001"], "kind": "pool", "pool": pool, "price": "20"})
    assert codes(client, site) == ["never_heard"]
    key = client.get("/api/v1/tracking").json()["sites"][0]["key"]
    assert visit(client, key, 1, "utm_source=baidu&utm_medium=cpc&utm_term=tyres")["4008001234"][0] == "02162000001"
    assert codes(client, site) == []

    assert visit(client, key, 2)["4008001234"][0] == "02162000999"
    assert codes(client, site) == ["pool_full"]

    found = client.get(f"/api/v1/tracking/sites/{site}/check").json()
    assert (found["visits"], found["leases"], found["overflow"], found["numbers"]) == (2, 2, 1, 1)
    assert f'data-site="{key}"' in found["snippet"]
    assert 'data-storage="none" data-consent="required"' in found["snippet"]

    newest, first = client.get("/api/v1/tracking/leases", params={"pool": pool}).json()["leases"]
    assert (newest["overflow"], first["overflow"], first["shown"]) == (True, False, "021-62000001")
    assert (first["keyword"], first["released_at"]) == ("tyres", None)
    older = client.get("/api/v1/tracking/leases", params={"before": newest["id"]}).json()["leases"]
    assert [one["id"] for one in older] == [first["id"]]

    def found_by(**query: object) -> list[int]:
        return [one["id"] for one in client.get("/api/v1/tracking/leases", params=query).json()["leases"]]

    assert found_by(number="021-6200 0001") == found_by(number="0001") == [first["id"]]
    assert found_by(since=newest["leased_at"]) == [newest["id"]]
    assert found_by(until=newest["leased_at"]) == [first["id"]]
    file = client.get("/api/v1/tracking/leases.csv", params={"number": "0001"})
    header, row = file.text.removeprefix("\ufeff").splitlines()
    assert header.startswith("id,pool,shown,overflow")
    assert "'+862162000001" in row
    (entry,) = client.get("/api/v1/audit", params={"action": "export"}).json()["entries"]
    assert (entry["target"], entry["detail"]) == ("leases", {"rows": 1, "of": 1})

    said = {"k": key, "s": "f" * 32, "v": "f" * 32, "u": "https://m.example.net/"}
    stranger = BROWSER | {"origin": "https://m.example.net"}
    client.post("/api/v1/track", content=orjson.dumps(said), headers=stranger)
    told = client.get(f"/api/v1/tracking/sites/{site}/check").json()["faults"]
    assert "https://m.example.net" in next(one for one in told if one["code"] == "origins_rejected")["text"]["en"]
    client.patch(
        f"/api/v1/tracking/sites/{site}",
        json={"name": "shop", "settings": STATED | {"origins": [SHOP, "https://m.example.net"]}},
    )
    assert codes(client, site) == ["pool_full"]

    size = client.get(f"/api/v1/tracking/pools/{pool}/sizing", params={"target": 0.02}).json()
    assert (size["visits"], size["lost"], size["price"]) == (2, 1, "20.00")
    assert size["buy_price"] == f"{20 * size['buy']}.00"
    assert (size["buy"] > 0, sum(one["lost"] for one in size["by_hour"])) == (True, 1)


def test_numbers_pools_and_sites_are_changed_and_removed(client: TestClient) -> None:
    """A number keeps its record when its price or what it tracks is changed."""
    site = made(client, "/sites", {"name": "shop", "settings": STATED})["id"]
    pool = made(client, f"/sites/{site}/pools", {"name": "p", "replaces": "4008001234"})["id"]
    made(client, "/numbers", {"numbers": ["02162000001"], "kind": "pool", "pool": pool, "price": "20"})
    (static,) = made(client, "/numbers", {"numbers": ["02162000008"], "kind": "static", "channel": "radio"})["ids"]
    told = {"label": "front window", "channel": "poster", "creative": "A2", "price": "30", "hours": ["1-5 09:00-18:00"]}
    assert client.patch(f"/api/v1/tracking/numbers/{static}", json=told).status_code == 200
    found = {one["id"]: one for one in client.get("/api/v1/tracking").json()["numbers"]}[static]
    assert found | told == found
    assert (found["source"], found["valid_until"], found["kind"]) == (None, None, "static")
    for hours, code in (("8 09:00-18:00", "bad_request"), ("1-5 18:00-09:00", "bad_hours")):
        wrong = client.patch(f"/api/v1/tracking/numbers/{static}", json=told | {"hours": [hours]})
        assert (wrong.status_code, wrong.json()["code"]) == (400, code)
    early = client.patch(f"/api/v1/tracking/numbers/{static}", json=told | {"valid_until": "2001-01-01T00:00:00Z"})
    assert early.json()["code"] == "bad_validity"

    changed = {"name": "b", "replaces": "4008009999", "hold_seconds": 60, "quiet_seconds": 60}
    assert client.patch(f"/api/v1/tracking/pools/{pool}", json=changed).status_code == 200
    (one,) = client.get("/api/v1/tracking").json()["pools"]
    assert one | changed == one
    assert client.delete(f"/api/v1/tracking/pools/{pool}").status_code == 200
    assert client.delete(f"/api/v1/tracking/sites/{site}").status_code == 200
    left = client.get("/api/v1/tracking").json()
    assert (left["sites"], left["pools"]) == ([], [])
    assert [one["id"] for one in left["numbers"] if one["valid_until"] is None] == [static]
    assert client.delete(f"/api/v1/tracking/sites/{site}").json()["code"] == "no_site"


def test_a_pasted_list_keeps_its_good_lines_and_tells_of_each_other_why(client: TestClient) -> None:
    """The whole list may still be wrong: a pool that is not named is no fault of a line."""
    lines = ["021-62000001", "front desk", "02162000001", "+86 21 6200 0002", "12"]
    body = {"numbers": lines, "kind": "static", "channel": "radio"}
    answer = made(client, "/numbers", body)
    assert [(one["line"], one["number"], one["code"]) for one in answer["refused"]] == [
        (2, "front desk", "not_a_phone"),
        (3, "02162000001", "number_taken"),
        (5, "12", "not_a_phone"),
    ]
    assert all(one["text"]["zh"] and one["remedy"]["zh"] and one["remedy"]["en"] for one in answer["refused"])
    kept = {one["id"]: one["written"] for one in client.get("/api/v1/tracking").json()["numbers"]}
    assert [kept[one] for one in answer["ids"]] == ["021-62000001", "021-62000002"]
    whole = client.post("/api/v1/tracking/numbers", json=body | {"kind": "pool"})
    assert (whole.status_code, whole.json()["code"]) == (400, "pool_missing")


def test_no_two_sites_have_one_name_and_a_site_is_renamed(client: TestClient) -> None:
    shop = made(client, "/sites", {"name": "shop", "settings": STATED})["id"]
    again = client.post("/api/v1/tracking/sites", json={"name": " Shop ", "settings": STATED})
    assert (again.status_code, again.json()["code"]) == (409, "site_exists")
    office = made(client, "/sites", {"name": "office", "settings": STATED})["id"]
    same = client.patch(f"/api/v1/tracking/sites/{office}", json={"name": "shop", "settings": STATED})
    assert (same.status_code, same.json()["code"]) == (409, "site_exists")
    assert client.patch(f"/api/v1/tracking/sites/{shop}", json={"name": "front", "settings": STATED}).status_code == 200
    told = {one["id"]: one["name"] for one in client.get("/api/v1/tracking").json()["sites"]}
    assert list(told.items()) == [(office, "office"), (shop, "front")]
    # The name of a site that is no more is free.
    client.delete(f"/api/v1/tracking/sites/{shop}")
    assert made(client, "/sites", {"name": "front", "settings": STATED})["id"] > office


def test_a_call_tells_what_decided_its_source(client: TestClient) -> None:
    number = {"key": "n1", "own_number": "+862162000008", "kind": "static", "valid_from": "2026-01-01T00:00:00Z"}
    client.post("/api/v1/facts/tracked_number", json=[number | {"channel": "radio"}])
    lease = {"own_number": "+862162000001", "seen_at": "2026-07-01T02:03:00Z", "released_at": "2026-07-01T02:05:00Z"}
    leases = [
        lease | {"key": "1", "visit": "a", "leased_at": "2026-07-01T02:00:00Z", "channel": "baidu", "keyword": "k"},
        lease | {"key": "2", "visit": "b", "leased_at": "2026-07-01T01:00:00Z", "channel": "direct"}
        | {"seen_at": "2026-07-01T01:01:00Z", "released_at": "2026-07-01T01:03:00Z"},
    ]  # fmt: skip
    client.post("/api/v1/facts/lease", json=leases)
    ring = {"direction": "in", "ringing_at": "2026-07-01T02:01:00Z", "caller": "13900139001", "result": "answered"}
    calls = [
        ring | {"key": "lent", "called": "+862162000001"},
        ring | {"key": "static", "called": "+862162000008"},
        ring | {"key": "said", "called": "+862162000001", "channel": "letter"},
        ring | {"key": "none", "called": "+862162000005"},
    ]
    assert client.post("/api/v1/facts/call", json=calls).json()["created"] == 4
    numbers = {one["key"]: one["fact_id"] for one in client.get("/api/v1/calls").json()["calls"]}
    told = {key: client.get(f"/api/v1/calls/{number}/source").json() for key, number in numbers.items()}

    assert [told[key]["how"] for key in ("lent", "static", "said", "none")] == ["visits", "number", "said", "none"]
    assert (told["static"]["channel"], told["static"]["probability"], told["said"]["channel"]) == ("radio", 1, "letter")
    first, second = told["lent"]["candidates"]
    assert (first["channel"], first["state"], first["seconds"], second["state"]) == ("baidu", "open", 60, "left")
    shares = first["probability"] + second["probability"] + told["lent"]["nobody"]
    assert shares == pytest.approx(1, abs=1e-6)
    assert told["lent"]["probability"] == pytest.approx(first["probability"], abs=1e-6)
    assert client.get("/api/v1/calls/999999/source").json()["code"] == "no_call"
