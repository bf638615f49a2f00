"""Coming in: the set-up, passwords, brute force, fixation, sessions, the second factor."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from app.people.visitors import PASSWORD, House, found_owner, house, settle
from huasuan.kernel.time import now, to_micros
from huasuan.people import Role, Workspace, setup_token
from huasuan.people.tables import ATTEMPT, SESSION
from huasuan.store import Store

OWNER = "owner@example.com"
NEW = "another long secret 8"


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    assert workspace.id
    with house(store, tmp_path) as found:
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    found_owner(here.store)
    return here.signed_in(OWNER)


def _code(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def _try(browser: TestClient, password: str, *, email: str = OWNER, code: str | None = None) -> object:
    return browser.post("/api/v1/sign-in", json={"email": email, "password": password, "code": code})


def test_the_first_owner_is_made_once_and_only_with_the_token(here: House) -> None:
    browser = here.browser()
    assert browser.get("/api/v1/sign-in").json() == {"set_up": False, "password": True, "openid": None}
    with here.store.write() as connection:
        token = setup_token(connection)
    first = {"token": "guessed", "email": OWNER, "name": "One", "password": PASSWORD}

    assert _code(browser.post("/api/v1/set-up", json=first)) == (403, "bad_token")
    assert _code(browser.post("/api/v1/set-up", json={**first, "token": token, "password": "password12"})) == (
        400,
        "weak_password",
    )
    assert browser.post("/api/v1/set-up", json={**first, "token": token}).status_code == 200

    me = browser.get("/api/v1/me").json()
    assert (me["email"], [one["role"] for one in me["workspaces"]]) == (OWNER, ["owner"])
    assert _code(browser.post("/api/v1/set-up", json={**first, "token": token})) == (409, "set_up_already")
    with here.store.write() as connection:
        assert setup_token(connection) is None


def test_the_cookie_is_out_of_reach_and_only_its_digest_is_kept(here: House) -> None:
    found_owner(here.store)
    answer = _try(here.browser(), PASSWORD)
    cookie = answer.headers["set-cookie"]  # type: ignore[attr-defined]
    token = re.search(r"huasuan=([^;]+)", cookie)
    assert token is not None
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    with here.store.read() as connection:
        assert token[1] not in str(connection.execute(text("SELECT * FROM account_session")).all())


def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    assert workspace.id
    with house(store, tmp_path, public_url="https://calls.example.com", allowed_hosts=("calls.example.com",)) as here:
        found_owner(store)
        origin = "https://calls.example.com"
        browser = here.visitor({"Origin": origin}, base_url=origin)
        cookie = _try(browser, PASSWORD).headers["set-cookie"]  # type: ignore[attr-defined]
        assert cookie.startswith("__Host-huasuan=")
        assert "Secure" in cookie
        assert browser.get("/api/v1/me").status_code == 200


def test_wrong_and_unknown_are_answered_alike_and_as_slowly(here: House) -> None:
    found_owner(here.store)
    seconds, said = [], []
    for email in (OWNER, "nobody@example.com", "no address"):
        _try(here.browser(), "x", email="warm@example.com")
        begun = time.process_time()
        answer = _try(here.browser(), "wrong password here", email=email)
        seconds.append(time.process_time() - begun)
        said.append((answer.status_code, answer.json()))  # type: ignore[attr-defined]
    assert said[0] == said[1] == said[2]
    assert said[0][1]["code"] == "wrong_password"
    # Each of them took an argon2 run.
    assert min(seconds) > max(seconds) / 4


def test_guessing_is_stopped_for_real_and_invented_accounts_alike(here: House) -> None:
    found_owner(here.store)
    for email in (OWNER, "nobody@example.com"):
        codes = []
        # On a slow machine the first waits of 1, 2, 4 … seconds are over before the next guess.
        while (429, "too_many_attempts") not in codes:
            codes.append(_code(_try(here.browser(), f"guess {len(codes)}", email=email)))
            assert len(codes) < 15
        assert len(codes) > 5
        assert set(codes[:-1]) == {(401, "wrong_password")}
    with here.store.write() as connection:
        connection.execute(update(ATTEMPT).values(blocked_until=to_micros(now() + timedelta(minutes=1))))
    stopped = _try(here.browser(), PASSWORD)
    assert _code(stopped) == (429, "too_many_attempts"), "the right password is no way around the wait"
    assert int(stopped.headers["retry-after"]) >= 1  # type: ignore[attr-defined]

    with here.store.write() as connection:
        connection.execute(update(ATTEMPT).values(blocked_until=0))
    assert _try(here.browser(), PASSWORD).status_code == 200  # type: ignore[attr-defined]
    assert _code(_try(here.browser(), "wrong again here")) == (401, "wrong_password"), "it starts afresh"


def test_a_session_known_before_is_none_after_the_sign_in(here: House) -> None:
    found_owner(here.store)
    browser = here.browser()
    browser.cookies.set("huasuan", "chosen-by-somebody-else", domain="127.0.0.1")
    assert _try(browser, PASSWORD).status_code == 200  # type: ignore[attr-defined]
    assert "chosen-by-somebody-else" not in [one.value for one in browser.cookies.jar if not one.domain_specified]

    planted = here.browser()
    planted.cookies.set("huasuan", "chosen-by-somebody-else")
    assert _code(planted.get("/api/v1/me")) == (401, "session_ended")
    first = here.signed_in(OWNER).cookies["huasuan"]
    assert here.signed_in(OWNER).cookies["huasuan"] != first


def test_a_foreign_page_cannot_sign_a_browser_in(here: House) -> None:
    found_owner(here.store)
    browser = here.browser()
    browser.headers["Origin"] = "https://evil.example"
    assert _code(_try(browser, PASSWORD)) == (403, "foreign_origin")


def test_sessions_are_listed_and_ended_one_by_one(here: House, owner: TestClient) -> None:
    other = here.signed_in(OWNER)
    listed = owner.get("/api/v1/me/sessions").json()["sessions"]
    assert sorted(one["present"] for one in listed) == [False, True]

    number = next(one["id"] for one in listed if not one["present"])
    assert owner.delete(f"/api/v1/me/sessions/{number}").status_code == 200
    assert _code(other.get("/api/v1/me")) == (401, "session_ended")
    assert owner.get("/api/v1/me").status_code == 200

    assert owner.post("/api/v1/sign-out").status_code == 200
    assert owner.get("/api/v1/me").status_code == 401


def test_nobody_ends_a_session_of_somebody_else(here: House, owner: TestClient) -> None:
    settle(here.store, email="two@example.com", workspace=1, role=Role.MANAGER)
    two = here.signed_in("two@example.com")
    number = two.get("/api/v1/me").json()["session"]
    assert _code(owner.delete(f"/api/v1/me/sessions/{number}")) == (404, "no_session")
    assert two.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("column", ["seen_at", "ends_at"])
def test_a_session_ends_by_idleness_and_by_age(here: House, owner: TestClient, column: str) -> None:
    past = {"seen_at": now() - timedelta(hours=13), "ends_at": now()}[column]
    with here.store.write() as connection:
        connection.execute(update(SESSION).values({column: to_micros(past)}))
    assert _code(owner.get("/api/v1/me")) == (401, "session_ended")


def test_a_new_password_ends_the_other_sessions(here: House, owner: TestClient) -> None:
    other = here.signed_in(OWNER)
    change = {"present": PASSWORD, "new": NEW}

    assert _code(owner.post("/api/v1/me/password", json={**change, "present": "not this one"})) == (
        403,
        "wrong_password",
    )
    assert _code(owner.post("/api/v1/me/password", json={**change, "new": "owner12345"})) == (400, "weak_password")
    assert owner.post("/api/v1/me/password", json=change).status_code == 200

    assert owner.get("/api/v1/me").status_code == 200
    assert other.get("/api/v1/me").status_code == 401
    assert _code(_try(here.browser(), PASSWORD)) == (401, "wrong_password")
    assert here.signed_in(OWNER, password=NEW).get("/api/v1/me").status_code == 200


def test_the_second_factor_is_demanded_and_each_code_serves_once(here: House, owner: TestClient) -> None:
    begun = owner.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()
    assert begun["address"].startswith("otpauth://totp/")
    totp = pyotp.TOTP(begun["secret"])
    assert _try(here.browser(), PASSWORD).status_code == 200, "not demanded before it was shown to work"  # type: ignore[attr-defined]
    wrong = f"{(int(totp.now()) + 1) % 1_000_000:06d}"
    assert _code(owner.post("/api/v1/me/second-factor/confirm", json={"code": wrong})) == (400, "bad_code")
    codes = owner.post("/api/v1/me/second-factor/confirm", json={"code": totp.now()}).json()["codes"]
    assert len(set(codes)) == 10

    assert _code(_try(here.browser(), PASSWORD)) == (401, "second_factor_needed")
    assert _code(_try(here.browser(), PASSWORD, code="000000")) == (401, "wrong_code")
    later = totp.at(int(time.time()) + 30)
    assert _try(here.browser(), PASSWORD, code=later).status_code == 200  # type: ignore[attr-defined]
    assert _code(_try(here.browser(), PASSWORD, code=later)) == (401, "wrong_code"), "read over the shoulder"
    assert _try(here.browser(), PASSWORD, code=codes[0].upper()).status_code == 200  # type: ignore[attr-defined]
    assert _code(_try(here.browser(), PASSWORD, code=codes[0])) == (401, "wrong_code")


def test_codes_cannot_be_guessed_by_asking_without_one_in_between(here: House, owner: TestClient) -> None:
    secret = owner.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()["secret"]
    owner.post("/api/v1/me/second-factor/confirm", json={"code": pyotp.TOTP(secret).now()})
    seen = set()
    for n in range(14):
        _try(here.browser(), PASSWORD)
        seen.add(_try(here.browser(), PASSWORD, code=f"{n:06d}").status_code)  # type: ignore[attr-defined]
    assert seen == {401, 429}


def test_an_invitation_sets_the_password_once(here: House, owner: TestClient) -> None:
    body = {"email": "New@Example.com", "name": "New", "role": "analyst"}
    added = owner.post("/api/v1/users", json=body).json()
    assert _code(_try(here.browser(), PASSWORD, email="new@example.com")) == (401, "wrong_password")

    browser = here.browser()
    accepted = {"token": added["invitation"], "password": NEW}
    assert browser.post("/api/v1/invitation", json=accepted).status_code == 200
    assert browser.get("/api/v1/me").json()["workspaces"][0]["role"] == "analyst"
    assert _code(here.browser().post("/api/v1/invitation", json=accepted)) == (403, "bad_token")


def test_the_profile_is_kept(owner: TestClient) -> None:
    assert owner.patch("/api/v1/me", json={"language": "en", "theme": "dark", "name": " 李雷 "}).status_code == 200
    me = owner.get("/api/v1/me").json()
    assert (me["language"], me["theme"], me["name"]) == ("en", "dark", "李雷")
    assert owner.patch("/api/v1/me", json={"theme": "pink"}).status_code == 400


def test_passwords_are_verified_few_at_a_time(here: House) -> None:
    import anyio

    from huasuan.app.http.password_gate import PasswordGate
    from huasuan.kernel.errors import Broken

    refused, answered = [], []

    async def crowd() -> None:
        gate = PasswordGate(1)

        async def one() -> None:
            try:
                answered.append(await gate.verify("x", None))
            except Broken as error:
                refused.append(error.code)

        async with anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(one)

    anyio.run(crowd)
    assert here
    assert len(answered) <= 33
    assert set(refused) == {"sign_in_busy"}
    assert len(answered) + len(refused) == 40
