"""Secrets of second factors are encrypted in the store, with a key beside it; the command line leaves its traces."""

import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.people.visitors import PASSWORD, House, found_owner, house
from huasuan.app.cli.main import run
from huasuan.app.settings import load_settings
from huasuan.app.worker.doctor import examine
from huasuan.kernel.errors import Broken
from huasuan.people import COMMAND, Vault, Workspace
from huasuan.store import Store

OWNER = "owner@example.com"


@pytest.fixture
def here(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    from huasuan.people import WorkspaceSettings, create_workspace

    with sqlite_store.write() as connection:
        made: Workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    assert made.id
    with house(sqlite_store, tmp_path) as found:
        found_owner(sqlite_store)
        yield found


def _turn_on(owner: TestClient) -> tuple[str, list[str]]:
    secret = owner.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()["secret"]
    code = pyotp.TOTP(secret).now()
    return secret, owner.post("/api/v1/me/second-factor/confirm", json={"code": code}).json()["codes"]


def _enter(here: House, code: str) -> tuple[int, str]:
    body = {"email": OWNER, "password": PASSWORD, "code": code}
    answer = here.browser().post("/api/v1/sign-in", json=body)
    return answer.status_code, answer.json().get("code", "")


def _later(secret: str, steps: int) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def test_the_store_does_not_tell_the_secret_and_the_key_is_its_owner_s_alone(here: House, tmp_path: Path) -> None:
    secret, codes = _turn_on(here.signed_in(OWNER))
    here.store.close()
    for path in tmp_path.rglob("store.sqlite*"):
        kept = path.read_bytes()
        assert secret.encode() not in kept
        assert all(code.replace("-", "").encode() not in kept for code in codes)
    (key,) = tmp_path.rglob("secrets.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert _enter(here, _later(secret, 1)) == (200, "")


def test_without_the_key_codes_are_refused_with_the_way_out_and_recovery_codes_serve(
    here: House, tmp_path: Path
) -> None:
    secret, codes = _turn_on(here.signed_in(OWNER))
    (tmp_path / "secrets.key").unlink()
    assert _enter(here, _later(secret, 1)) == (503, "secrets_key_missing")
    assert _enter(here, codes[0]) == (200, "")
    Vault(tmp_path / "secrets.key").lock("another key is made")
    assert _enter(here, _later(secret, 1)) == (503, "secrets_key_missing")


def test_a_renewed_key_is_followed_at_once_and_the_old_one_may_go(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "k")
    kept = vault.lock("secret")
    assert vault.lock("secret") != kept, "equal secrets do not look equal"
    vault.renew()
    assert vault.unlock(kept) == "secret"
    again = vault.relock(kept)
    vault.forget_old()
    assert vault.unlock(again) == "secret"
    with pytest.raises(Broken) as refused:
        vault.unlock(kept)
    assert refused.value.code == "secrets_key_missing"
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["k"]


@pytest.mark.parametrize("content", ["", "no key", "€"])
def test_a_damaged_key_file_is_said_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "k").write_text(content, encoding="utf-8")
    with pytest.raises(Broken):
        Vault(tmp_path / "k").unlock("x")


def test_renewing_by_command_and_what_the_doctor_says(
    here: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = _turn_on(here.signed_in(OWNER))
    monkeypatch.setenv("HUASUAN_HOME", str(tmp_path))
    before = (tmp_path / "secrets.key").read_text()
    assert run(["user", "renew-secrets", "--forget-old"]) == 0
    assert (tmp_path / "secrets.key").read_text() != before
    assert _enter(here, _later(secret, 1)) == (200, "")
    (tmp_path / "secrets.key").unlink()
    assert "secrets_key_missing" in {one.code for one in examine(load_settings())}


def test_the_log_says_who_did_what_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASUAN_HOME", str(tmp_path / "home"))
    calls = tmp_path / "calls.csv"
    calls.write_text("key,direction,dialed_at,called\n1,out,2026-07-01T10:00:00+08:00,13900000001\n")
    for command in (
        ["init"],
        ["import", "call", str(calls), "--check"],
        ["import", "call", str(calls)],
        ["settings", "target_seconds=90"],
        ["undo", "1"],
        ["remove-sample"],
        ["user", "renew-secrets"],
        ["backup", str(tmp_path / "copy.sqlite")],
        ["restore", str(tmp_path / "copy.sqlite")],
    ):
        assert run(command) == 0, command
    store = Store.at(tmp_path / "home/store.sqlite")
    with store.read() as connection:
        found = connection.execute(text("SELECT actor_kind, actor_name, action, target FROM audit ORDER BY id")).all()
    store.close()
    assert {(kind, name) for kind, name, _, _ in found} == {("command", COMMAND.name)}
    assert [(action, target) for _, _, action, target in found] == [
        ("key.made", "init"),
        ("file.imported", "calls.csv"),
        ("settings.changed", ""),
        ("batch.undone", "1"),
        ("sample.removed", ""),
        ("secrets.renewed", ""),
        ("store.restored", "copy.sqlite"),
    ], "the backup holds what was before it"
