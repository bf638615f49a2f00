"""The address where pages ask for numbers, under abuse: the overflow number, never an outage (S0-19, S0-20)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from app.people.visitors import program
from huasuan.numbers import Asker, Desk
from huasuan.people import Right, Workspace
from huasuan.store import Store
from servers.shop import BROWSER as PROGRAM
from servers.shop import ORIGIN, OVERFLOW, SWAPPED, shop

SHOP = "https://www.example.com"
BROWSER = {"origin": SHOP, "user-agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36"}
INSTEAD = "02162000999"
NUMBERS = 40


@pytest.fixture
def client(sqlite_store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    with program(sqlite_store, workspace, tmp_path, rights=frozenset(Right)) as client:
        settings = {"origins": [SHOP], "overflow": INSTEAD, "new_visits": 30}
        site = _made(client, "/sites", {"name": "shop", "settings": settings})["id"]
        pool = _made(client, f"/sites/{site}/pools", {"name": "p", "replaces": "4008001234"})["id"]
        numbers = [f"021620001{number:02d}" for number in range(NUMBERS)]
        _made(client, "/numbers", {"numbers": numbers, "kind": "pool", "pool": pool})
        yield client


def _made(client: TestClient, path: str, body: dict[str, object]) -> Any:
    return client.post(f"/api/v1/tracking{path}", json=body).raise_for_status().json()


def _key(client: TestClient) -> str:
    found: str = client.get("/api/v1/tracking").json()["sites"][0]["key"]
    return found


def _ask(client: TestClient, key: str, visit: int, *, headers: dict[str, str] | None = None, **more: object) -> Any:
    said = {"k": key, "s": f"{visit:032x}", "v": f"{visit:032x}", "u": SHOP, **more}
    answer = client.post("/api/v1/track", content=orjson.dumps(said), headers=headers or BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.json() | {"read": "access-control-allow-origin" in answer.headers}


def _shown(answer: Any) -> str:
    found: str = answer["n"]["4008001234"][0]
    return found


def test_a_bot_that_opens_page_after_page_is_soon_shown_the_overflow_number(client: TestClient) -> None:
    key = _key(client)
    with ThreadPoolExecutor(8) as bots:
        answers = list(bots.map(lambda visit: _ask(client, key, visit), range(1, NUMBERS + 21)))
    own = [_shown(answer) for answer in answers if _shown(answer) != INSTEAD]
    assert len(own) == len(set(own)) == 30, "as many visits as one address may begin, each with a number of its own"
    assert sum(_shown(answer) == INSTEAD for answer in answers) == NUMBERS + 20 - 30
    # Whoever has a number keeps it in the middle of it.
    kept = next(answer for answer in answers if _shown(answer) != INSTEAD)
    again = _ask(client, key, answers.index(kept) + 1, t=kept["t"])
    assert _shown(again) == _shown(kept)


def test_forged_origins_and_words_sent_again_get_the_overflow_number_and_take_none(client: TestClient) -> None:
    key = _key(client)
    first = _ask(client, key, 1)
    forged = _ask(client, key, 2, headers=BROWSER | {"origin": "https://evil.example"})
    assert (_shown(forged), forged["read"]) == (INSTEAD, False)
    without = _ask(client, key, 3, headers={"user-agent": BROWSER["user-agent"]})
    assert (_shown(without), without["read"]) == (INSTEAD, False)
    stolen = first["t"][:-1] + ("0" if first["t"][-1] != "0" else "1")
    assert _shown(_ask(client, key, 4, t=first["t"])) == INSTEAD, "another visit's words"
    assert _shown(_ask(client, key, 1, t=stolen)) in (_shown(first), INSTEAD)
    assert _ask(client, key, 5, headers=BROWSER | {"user-agent": "python-requests/2"})["n"] == {}
    leases = client.get("/api/v1/tracking/leases").json()["leases"]
    assert [one["shown"] for one in leases] == ["021-62000100"], "only the visitor's own lease was made"


def test_what_no_snippet_would_send_is_refused_and_costs_nothing(client: TestClient) -> None:
    for body in (b"", b"[]", b"{", b'{"k": 1}', b'{"k":"a","s":"b","v":"c\\u0000"}', b"x" * 9000):
        answer = client.post("/api/v1/track", content=body, headers=BROWSER)
        assert answer.status_code in (400, 413), body[:20]
    assert client.get("/api/v1/tracking/leases").json()["leases"] == []


def test_bots_of_many_addresses_may_take_a_pool_but_a_visitor_sees_a_number_all_the_same(store: Store) -> None:
    found = shop(store, numbers=5, hold=30)
    desk = Desk(store)
    try:
        taken = [found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(5)]
        assert len(set(taken)) == 5
        assert found.ask(desk, found.page()).swaps == {SWAPPED: OVERFLOW}
    finally:
        desk.close()


def test_a_flood_while_the_store_is_busy_is_answered_at_once(sqlite_store: Store) -> None:
    found = shop(sqlite_store, numbers=5)
    desk = Desk(sqlite_store)
    try:
        found.ask(desk, found.page())
        # Somebody else writes for a while: whoever comes waits, but only so many.
        with sqlite_store.write():
            begun = time.process_time()
            asked = [desk.ask(found.page(), _asker(number)) for number in range(2_600)]
            spent = time.process_time() - begun
            at_once = [one for one in asked if one.done()]
            assert len(at_once) >= 2_600 - 2_000 - 128 * 2
            assert {tuple(one.result().swaps.values()) for one in at_once} == {(OVERFLOW,)}
        assert spent < 5, "none of them waited for the store"
        shown = [one.result(timeout=60).swaps[SWAPPED] for one in asked]
        assert sum(number != OVERFLOW for number in shown) == 4
    finally:
        desk.close()


def _asker(number: int) -> Asker:
    return Asker(address=f"10.0.{number // 250}.{number % 250}", origin=ORIGIN, program=PROGRAM)
