"""Signing in with an OpenID Connect provider that really speaks HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from sqlalchemy import text

from app.people.visitors import House, found_owner, house
from huasuan.people import Workspace
from huasuan.store import Store
from servers.openid import CLIENT, CLIENT_SECRET, Provider, openid_provider, visit

OWNER = "owner@example.com"
START = "/api/v1/sign-in/openid"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with openid_provider() as found:
        found.claims = {"email": OWNER, "email_verified": True}
        yield found


@pytest.fixture
def here(sqlite_store: Store, tmp_path: Path, provider: Provider) -> Iterator[House]:
    from huasuan.people import WorkspaceSettings, create_workspace

    with sqlite_store.write() as connection:
        made: Workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    assert made.id
    secret = SecretStr(CLIENT_SECRET)
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": secret,
        "inner_hosts": ("127.0.0.1",),
    }
    with house(sqlite_store, tmp_path, **settings) as found:
        found_owner(sqlite_store)
        yield found


def _there_and_back(browser: TestClient, *, to: str = "/") -> tuple[int, str]:
    sent = browser.get(START, params={"to": to}, follow_redirects=False)
    assert sent.status_code == 302, sent.text
    back = visit(sent.headers["location"])
    answer = browser.get(back.removeprefix("http://127.0.0.1"), follow_redirects=False)
    return answer.status_code, answer.headers["location"] if answer.status_code == 302 else answer.json()["code"]


def test_there_and_back_signs_in_and_shows_the_page(here: House) -> None:
    browser = here.browser()
    assert browser.get("/api/v1/sign-in").json()["openid"] == "OpenID"
    assert _there_and_back(browser, to="/calls?from=2026-07-01") == (302, "/calls?from=2026-07-01")
    assert browser.get("/api/v1/me").json()["email"] == OWNER
    assert browser.get("/api/v1/audit").json()["entries"][0]["detail"] == {"way": "openid"}


def test_the_subject_stays_when_the_address_changes(here: House, provider: Provider) -> None:
    assert _there_and_back(here.browser())[0] == 302
    provider.claims = {"email": "renamed@example.com", "email_verified": True}
    browser = here.browser()
    assert _there_and_back(browser)[0] == 302
    assert browser.get("/api/v1/me").json()["email"] == OWNER


@pytest.mark.parametrize(
    "claims",
    [
        {"email": OWNER},
        {"email": OWNER, "email_verified": False},
        {"email": "x@example.com", "email_verified": True},
        {},
    ],
    ids=str,
)
def test_an_address_nobody_verified_or_invited_opens_nothing(
    here: House, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    browser = here.browser()
    assert _there_and_back(browser) == (403, "not_invited")
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"aud": "somebody-else"}, {"iss": "https://evil.example"}, {"exp": 1}], ids=str
)
def test_a_token_that_is_not_meant_for_this_sign_in_is_refused(
    here: House, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims |= claims
    assert _there_and_back(here.browser()) == (401, "provider_refused")


def test_a_token_signed_by_somebody_else_is_refused(here: House, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert _there_and_back(here.browser()) == (401, "provider_refused")


def test_a_way_begun_in_another_browser_leads_nowhere(here: House) -> None:
    sent = here.browser().get(START, follow_redirects=False)
    back = visit(sent.headers["location"]).removeprefix("http://127.0.0.1")
    assert here.browser().get(back, follow_redirects=False).json()["code"] == "provider_lost"


def test_a_code_serves_once(here: House) -> None:
    browser = here.browser()
    back = visit(browser.get(START, follow_redirects=False).headers["location"]).removeprefix("http://127.0.0.1")
    kept = dict(browser.cookies)
    assert browser.get(back, follow_redirects=False).status_code == 302
    again = here.browser()
    again.cookies.update(kept)
    assert again.get(back, follow_redirects=False).json()["code"] == "provider_refused"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\\b", "/\t/x"])
def test_nobody_is_led_to_another_site_afterwards(here: House, to: str) -> None:
    assert _there_and_back(here.browser(), to=to) == (302, "/")


def test_a_disabled_account_stays_out(here: House) -> None:
    with here.store.write() as connection:
        connection.execute(text("UPDATE account SET disabled_at = 1"))
    assert _there_and_back(here.browser()) == (401, "wrong_password")


def test_a_provider_that_is_gone_or_another_is_said_so(here: House, provider: Provider) -> None:
    provider.issuer = "https://another.example"
    answer = here.browser().get(START, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unreachable")
