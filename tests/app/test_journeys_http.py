"""What /journeys/* and /conversions/* answer, over HTTP, by hand-computed figures (S2-37, S2-46, S2-65 … S2-68)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house, program
from huasuan.connectors.platforms import PLATFORMS
from huasuan.intake import deliver
from huasuan.journeys import (
    Conversion,
    claim,
    log_attempt,
    note_taken,
    queue,
    targets_of,
)
from huasuan.kernel.time import now
from huasuan.people import Right, Workspace
from huasuan.store import Store

BUYER, LOST, DECIDING = "13900000001", "13900000002", "13900000003"


def _touch(key: str, day: str, phone: str, channel: str) -> dict[str, object]:
    return {"key": key, "at": f"{day}T02:00:00Z", "kind": "visit", "phone": phone, "channel": channel}


TOUCHES = [
    _touch("t1", "2026-06-28", BUYER, "banner"),
    _touch("t2", "2026-06-30", BUYER, "direct"),
    _touch("t3", "2026-01-05", LOST, "banner"),
    _touch("t4", "2026-06-29", DECIDING, "banner"),
]
CALL = {
    "key": "c1", "direction": "in", "ringing_at": "2026-07-01T02:00:00Z", "called": "4008001234", "caller": BUYER,
    "result": "answered", "talk_seconds": 90, "ended_at": "2026-07-01T02:02:00Z", "channel": "search",
}  # fmt: skip
WON = {
    "key": "w", "deal": "D1", "kind": "won", "at": "2026-07-01T03:00:00Z", "phone": BUYER, "origin_call": "c1",
    "lines": [{"product": "sofa", "value": "900"}],
}  # fmt: skip
BACK = {"key": "b", "deal": "D1", "kind": "part_returned", "at": "2026-07-05T03:00:00Z", "amount": "300"}


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    for kind, records in (("touch", TOUCHES), ("call", [CALL]), ("deal_event", [WON, BACK])):
        delivered = deliver(store, workspace=workspace.id, kind_name=kind, source="crm", records=records, origin="test")
        assert {one.status for one in delivered.outcomes} == {"created"}
    with house(store, tmp_path) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def _got(owner: TestClient, path: str, **query: Any) -> Any:
    answer = owner.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_sequences_groups_and_what_precedes_direct(owner: TestClient) -> None:
    found = _got(owner, "journeys/sequences", lookback_days=30)
    (way,) = found["rows"]
    assert way["steps"] == ["banner", "direct", "search"]
    assert (way["conversions"], way["value"], way["length"]) == (1, "600.00", 3)
    assert way["days"] == pytest.approx(3 + 1 / 24, abs=1e-4)
    assert found["before_direct"] == [{"step": "banner", "visits": 1, "conversions": 1}]
    group = _got(owner, "journeys/sequences", shape="group", lookback_days=30)
    assert group["rows"][0]["steps"] == ["banner", "direct", "search"]
    assert _got(owner, "journeys/sequences", **{"from": "2026-08-01"})["rows"] == []


def test_models_side_by_side_sum_to_the_sale_net_of_the_return(owner: TestClient) -> None:
    models = ["first", "last", "linear"]
    found = _got(owner, "journeys/models", model=models, lookback_days=30)
    assert found["models"] == ["first@30", "last@30", "linear@30"]
    rows = {row["step"]: row for row in found["rows"]}
    assert rows["banner"]["value"] == ["600.00", "0.00", "200.00"]
    assert rows["search"]["value"] == ["0.00", "600.00", "200.00"]
    assert (rows["banner"]["assisted"], rows["search"]["last"]) == (1, 1)


def test_why_tells_every_touch(owner: TestClient) -> None:
    (deal,) = _got(owner, "deals")["deals"]
    why = _got(owner, f"journeys/why/{deal['number']}", model=["linear"])
    assert [(one["channel"], one["shares"]) for one in why["touches"]] == [
        ("banner", ["0.333333"]),
        ("direct", ["0.333334"]),
        ("search", ["0.333333"]),
    ]
    assert owner.get("/api/v1/journeys/why/7").status_code == 404


def test_what_is_lost_with_a_step_off_counts_sales_and_says_what_it_is(owner: TestClient) -> None:
    """One sale by banner, direct, search; one lost by banner; one still deciding is left out.

    Half of those who meet the banner buy. Without any of the three steps the one sale is lost: share 1, one sale.
    """
    found = _got(owner, "journeys/removal", lookback_days=30)
    assert (found["sold"], found["gone"], found["left_out"]) == (1, 1, 1)
    assert {row["step"]: (row["share"], row["sales"]) for row in found["rows"]} == dict.fromkeys(
        ("banner", "direct", "search"), (1.0, 1.0)
    )
    assert "hold-out" in found["note"]["en"]
    july = _got(owner, "journeys/removal", lookback_days=30, **{"from": "2026-07-01", "to": "2026-08-01"})
    assert (july["sold"], july["gone"], july["left_out"]) == (1, 0, 0)
    # Thirty days after the only touch, in February, that person is lost.
    months = [
        _got(owner, "journeys/removal", lookback_days=30, **{"from": f"2026-0{n}-01", "to": f"2026-0{n + 1}-01"})
        for n in (1, 2)
    ]
    assert [one["gone"] for one in months] == [0, 1]
    assert _got(owner, "journeys/removal", **{"from": "2026-08-01"})["rows"] == []


def test_goals_and_their_credit(owner: TestClient) -> None:
    body = {"goal": "target_call", "model": "first", "lookback_days": 30, "value": "50"}
    assert owner.put("/api/v1/journeys/goals", json=body).status_code == 200
    goals = {one["goal"]: one for one in _got(owner, "journeys/goals")["goals"]}
    assert (goals["target_call"]["model"], goals["target_call"]["value"]) == ("first", "50.00")
    credit = _got(owner, "journeys/goals/target_call/credit")
    assert (credit["model"], credit["currency"]) == ("first@30", "CNY")
    assert [(row["step"], row["reached"], row["value"]) for row in credit["rows"] if row["value"] != "0.00"] == [
        ("banner", "1", "50.00")
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:9/hook", "inner_address"),
        ("http://[::1]/hook", "inner_address"),
        ("https://10.1.2.3/hook", "inner_address"),
        ("https://0x7f.1/hook", "inner_address"),
        ("ftp://8.8.8.8/hook", "bad_address"),
        ("https://", "bad_address"),
        ("https://8.8.8.8:99999/", "bad_address"),
    ],
)
def test_where_nobody_could_ever_be_told_is_refused_when_it_is_saved(
    owner: TestClient, address: str, code: str
) -> None:
    target = {"name": "crm", "address": address, "secrets": {"secret": "k" * 16}, "goals": ["sale"]}
    refused = owner.put("/api/v1/conversions/targets", json=target)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert ("HUASUAN_INNER_HOSTS" in refused.json()["remedy"]["zh"]) == (code == "inner_address")
    assert _got(owner, "conversions/targets")["targets"] == []
    assert (
        owner.put("/api/v1/conversions/targets", json=target | {"address": "https://8.8.8.8/hook"}).status_code == 200
    )


def test_an_inner_address_that_the_operator_names_is_kept(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    target = {"name": "crm", "address": "http://127.0.0.1:9/", "secrets": {"secret": "k" * 16}, "goals": ["sale"]}
    rights = frozenset({Right.SETTINGS_WRITE})
    with program(store, workspace, tmp_path, rights=rights, inner_hosts=("127.0.0.1",)) as client:
        assert client.put("/api/v1/conversions/targets", json=target).status_code == 200


def test_the_outbox_its_pages_its_requests_and_repeating(owner: TestClient, store: Store, workspace: Workspace) -> None:
    target = {
        "name": "crm", "address": "https://crm.example/told", "secrets": {"secret": "k" * 16}, "goals": ["sale"],
        "per_minute": 90,
    }  # fmt: skip
    assert owner.put("/api/v1/conversions/targets", json=target).status_code == 200
    (kept,) = _got(owner, "conversions/targets")["targets"]
    assert (kept["per_minute"], kept["active"], "secrets" in kept) == (90, True, False)
    changed = {**target, "id": kept["id"], "secrets": {}, "per_minute": 30, "active": False}
    assert owner.put("/api/v1/conversions/targets", json=changed).status_code == 200
    (kept,) = _got(owner, "conversions/targets")["targets"]
    assert (kept["per_minute"], kept["active"]) == (30, False)
    assert owner.put("/api/v1/conversions/targets", json=changed | {"active": True}).status_code == 200

    moment, webhook = now() + timedelta(seconds=5), PLATFORMS["webhook"]
    sales = [
        Conversion(key=f"sale-{number}", goal="sale", happened_at=moment, value_minor=100, currency="CNY")
        for number in range(3)
    ]
    with store.write() as connection:
        ((_, whom),) = targets_of(connection, workspace=workspace.id)
        old = datetime(2026, 1, 1, tzinfo=UTC)
        queue(
            connection, workspace=workspace.id, target=whom, platform=webhook, found=sales, since=old, at=moment
        )  # fmt: skip
        batch = claim(connection, target=whom, platform=webhook, at=moment)
        assert batch is not None
        log_attempt(connection, workspace=workspace.id, batch=batch, at=moment, status=200, told="fine")
        note_taken(connection, batch=batch, refused={}, at=moment)
    found = _got(owner, "conversions", limit=2)
    assert (len(found["lines"]), found["all"]) == (2, 3)
    rest = _got(owner, "conversions", limit=2, offset=2, state="sent", target=kept["id"])
    assert ([one["name"] for one in rest["lines"]], rest["all"]) == (["sale-0"], 3)
    assert _got(owner, "conversions", target=kept["id"] + 1) == {"lines": [], "all": 0}
    line = rest["lines"][0]["id"]
    (attempt,) = _got(owner, f"conversions/{line}/attempts")["attempts"]
    assert (attempt["rows"], attempt["status"], attempt["told"]) == (3, 200, "fine")
    assert owner.get("/api/v1/conversions/999/attempts").status_code == 404
    assert owner.post(f"/api/v1/conversions/{line}/again").status_code == 200
    (again,) = _got(owner, "conversions", state="waiting")["lines"]
    assert again["id"] == line
    assert {one["name"] for one in _got(owner, "conversions/platforms")["platforms"]} >= {"webhook", "google_ads"}
