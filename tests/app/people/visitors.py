"""Browsers and programs that come to a service, for the tests of who may see what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient

from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.people import (
    Right,
    Role,
    Workspace,
    add_member,
    create_account,
    create_api_key,
    find_account,
    hash_password,
    set_up,
    setup_token,
)
from huasuan.store import Store

HERE = "http://127.0.0.1"
PASSWORD = "a long enough secret 7"  # noqa: S105
COMMAND_TOKEN = "the token of this process"  # noqa: S105
# Hashing takes a quarter second: every account of the tests has the one password.
HASHED = hash_password(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running service over a store."""

    store: Store
    client: TestClient

    def visitor(self, headers: dict[str, str], *, base_url: str = HERE) -> TestClient:
        """Somebody who comes to the service; all share its event loop, as they would in earnest."""
        client = TestClient(self.client.app, base_url=base_url, raise_server_exceptions=False, headers=headers)
        client.portal = self.client.portal
        return client

    def browser(self) -> TestClient:
        """A browser that has never been here; it sends its origin as browsers do."""
        return self.visitor({"Origin": HERE})

    def signed_in(self, email: str, *, password: str = PASSWORD) -> TestClient:
        """A browser after the sign-in."""
        browser = self.browser()
        answer = browser.post("/api/v1/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return browser

    def with_key(self, secret: str) -> TestClient:
        """A program with a key."""
        return self.visitor({"Authorization": f"Bearer {secret}"})


@contextmanager
def house(store: Store, folder: Path, **changes: object) -> Iterator[House]:
    """The service over a store, with some settings of its own."""
    settings = Settings(home=folder).model_copy(update=changes)
    answers = Warehouses(store, settings)
    runtime = Runtime(
        settings=settings, store=store, answers=answers, gauges=Gauges(answers.lag), owner_token=COMMAND_TOKEN
    )
    with answers, TestClient(create_app(runtime), base_url=HERE, raise_server_exceptions=False) as client:
        yield House(store=store, client=client)


@contextmanager
def program(
    store: Store, workspace: Workspace, folder: Path, *, rights: frozenset[Right] | None = None, **changes: object
) -> Iterator[TestClient]:
    """A program with a key of the workspace, before a service over the store with some settings of its own."""
    with store.write() as connection:
        chosen = {} if rights is None else {"rights": rights}
        key = create_api_key(connection, workspace=workspace.id, name="test", **chosen)
    with house(store, folder, **changes) as here:
        here.client.headers["Authorization"] = f"Bearer {key}"
        yield here.client


def settle(store: Store, *, email: str, workspace: int, role: Role) -> int:
    """An account with the password of the tests as a member of a workspace; gives its number."""
    with store.write() as connection:
        account = find_account(connection, email)
        if account is None:
            account = create_account(connection, email=email, name=email.partition("@")[0], password=HASHED)
        add_member(connection, workspace=workspace, account=account, role=role)
    return account


def found_owner(store: Store, email: str = "owner@example.com") -> int:
    """The first account, owner of every workspace there is."""
    with store.write() as connection:
        token = setup_token(connection)
        assert token is not None
        return set_up(connection, token=token, email=email, name="Owner", hashed=HASHED, language="zh")
