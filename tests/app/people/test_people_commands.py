"""``huasuan user`` and ``huasuan key`` as somebody types them."""

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from app.people.visitors import PASSWORD, house
from huasuan.app.cli.main import run
from huasuan.people import verify_password
from huasuan.store import Store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.setenv("HUASUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["init"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"http://127\.0\.0\.1:8000/set-up#token=\S+", printed)
    return tmp_path / "home"


def _type(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))


def _rows(home: Path, statement: str) -> list[tuple[object, ...]]:
    store = Store.at(home / "store.sqlite")
    with store.read() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    store.close()
    return found


def test_a_user_is_added_with_a_typed_password_or_by_a_link(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _type(monkeypatch, PASSWORD)
    assert run(["user", "add", "Boss@Example.com", "--password-stdin"]) == 0
    assert run(["user", "add", "ana@example.com", "--role", "analyst", "--name", "Ana"]) == 0
    assert "/invitation#token=" in capsys.readouterr().out
    assert run(["user", "list"]) == 0
    listed = capsys.readouterr().out
    assert "boss@example.com" in listed
    assert "analyst" in listed
    ((kept,),) = _rows(home, "SELECT password FROM account WHERE email = 'boss@example.com'")
    assert verify_password(PASSWORD, str(kept))
    assert run(["init"]) == 0
    assert "set-up" not in capsys.readouterr().out, "it is set up already"
    assert _rows(home, "SELECT actor_kind, action, target FROM audit ORDER BY id") == [
        ("command", "key.made", "init"),
        ("command", "user.added", "boss@example.com"),
        ("command", "user.added", "ana@example.com"),
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["x"], "not an e-mail"), (["a@b.c", "--role", "king"], "no role king")],
)
def test_what_cannot_be_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert run(["user", "add", *arguments]) == 2
    said = capsys.readouterr().err
    assert code in said or "邮箱" in said or "king" in said
    assert _rows(home, "SELECT count(*) FROM account") == [(0,)]


def test_a_password_set_anew_ends_every_session_and_the_second_factor(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _type(monkeypatch, PASSWORD)
    assert run(["user", "add", "boss@example.com", "--password-stdin"]) == 0
    store = Store.at(home / "store.sqlite")
    with house(store, home) as here:
        signed = here.signed_in("boss@example.com")
        secret = signed.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()["secret"]
        assert secret
        _type(monkeypatch, PASSWORD + "!")
        assert run(["user", "password", "boss@example.com", "--password-stdin", "--end-second-factor"]) == 0
        assert signed.get("/api/v1/me").status_code == 401
        assert here.signed_in("boss@example.com", password=PASSWORD + "!").get("/api/v1/me").status_code == 200
    store.close()
    assert _rows(home, "SELECT totp FROM account") == [(None,)]


def test_keys_are_made_listed_and_revoked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["key", "add", "crm", "--right", "intake.write", "--days", "7"]) == 0
    assert re.search(r"hs_\S+", capsys.readouterr().out)
    assert run(["key", "list"]) == 0
    assert "intake.write" in capsys.readouterr().out
    assert run(["key", "revoke", "2"]) == 0
    assert run(["key", "revoke", "2"]) == 1
    assert run(["key", "add", "crm", "--right", "everything"]) == 2
    assert _rows(home, "SELECT name, rights, revoked_at IS NULL FROM api_key WHERE id = 2") == [
        ("crm", "intake.write", 0)
    ]
