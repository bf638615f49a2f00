"""The outbox and a real receiver: outage, 429, partial failure, a killed sender; nothing lost or counted twice."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from golden.small import Small, at, deal_event, ring, small_business, won
from huasuan.app.worker.conversions import Teller
from huasuan.app.worker.posting import seconds_in
from huasuan.connectors.webhook import WEBHOOK
from huasuan.connectors.webhook.connector import signature
from huasuan.journeys import (
    Target,
    Told,
    claim,
    keep_target,
    lines_of,
    relock_targets,
    send_again,
    targets_of,
)
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.people import Vault

NOW = datetime(2026, 6, 10, 4, tzinfo=UTC)
SECRET = "k" * 16


class _Receiver(BaseHTTPRequestHandler):
    """Counts each conversion once by its request; answers as it was told to."""

    state: SimpleNamespace

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["webhook-signature"] == signature(
            SECRET, self.headers["webhook-id"], self.headers["webhook-timestamp"], body
        )
        status, headers, said = self.state.answers.pop(0) if self.state.answers else (200, {}, b"{}")
        self.state.requests.append((self.headers["Idempotency-Key"], body))
        if status < 300 and self.headers["Idempotency-Key"] not in self.state.seen:
            self.state.seen.add(self.headers["Idempotency-Key"])
            refused = {one["key"] for one in orjson.loads(said).get("failed", [])}
            told = [one for one in orjson.loads(body)["conversions"] if one["key"] not in refused]
            self.state.counted += [(one["key"], one["step"]) for one in told]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_said: object) -> None:
        pass


class _Answers:
    """The warehouse of the small business, as the service hands it out."""

    def __init__(self, small: Small) -> None:
        self._small = small

    def round_of(self, _workspace: int) -> int:
        return self._small.analysis.rolls.round

    def reading(self, _workspace: int) -> Any:
        return self._small.analysis.reading()


@pytest.fixture
def receiver() -> Iterator[SimpleNamespace]:
    state = SimpleNamespace(answers=[], requests=[], seen=set(), counted=[], address="")
    server = HTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"state": state}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}/told"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """Three calls of three callers."""
    with small_business(sqlite_template, tmp_path) as business:
        business.give(
            "call",
            ring("a", "2026-06-02 10:00", talk=90),
            ring("b", "2026-06-02 11:00", "13900139002", talk=90),
            ring("c", "2026-06-03 10:00", "13900139003", talk=90),
        )
        yield business


def _target(small: Small, address: str, **more: Any) -> Target:
    said: dict[str, Any] = {
        "name": "crm",
        "platform": "webhook",
        "address": address,
        "secrets": {"secret": SECRET},
        "goals": ("target_call", "sale"),
        "since": at("2026-06-01 00:00"),
    } | more
    with small.store.write() as connection:
        keep_target(
            connection, workspace=small.workspace.id, target=Target(**said), platform=WEBHOOK, vault=_vault(small)
        )
    return _on(small)


@contextmanager
def _teller(small: Small, *hosts: str) -> Iterator[Teller]:
    reach = Reach(hosts or ("127.0.0.1",))
    with Teller(small.store, _Answers(small), reach, _vault(small), seconds=3600, timeout_seconds=2) as teller:
        yield teller


def _vault(small: Small) -> Vault:
    return Vault(Path(str(small.store.engine.url.database)).parent / "secrets.key")


def _lines(small: Small) -> Sequence[Told]:
    with small.store.read() as connection:
        return sorted(lines_of(connection, workspace=small.workspace.id), key=lambda line: line.id)


def test_each_is_told_once_however_often_it_is_looked_for(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, receiver.address)
    for _ in range(2):
        with _teller(small) as teller:
            teller.round(NOW)
            teller.round(NOW)
    assert [line.state for line in _lines(small)] == ["sent"] * 3
    assert len(receiver.requests) == 1
    assert len(receiver.counted) == len(set(receiver.counted)) == 3


def test_an_outage_and_too_many_requests_lose_nothing(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, receiver.address)
    receiver.answers += [(503, {}, b""), (429, {"Retry-After": "60"}, b"")]
    with _teller(small) as teller:
        assert teller.round(NOW) == 1
        assert {line.code for line in _lines(small)} == {"http_503"}
        assert teller.round(NOW + timedelta(seconds=5)) == 0
        assert teller.round(NOW + timedelta(seconds=11)) == 1
        assert teller.round(NOW + timedelta(seconds=60)) == 0
        assert teller.round(NOW + timedelta(seconds=72)) == 1
    assert len({key for key, _ in receiver.requests}) == 1
    assert len({body for _, body in receiver.requests}) == 1
    assert [line.state for line in _lines(small)] == ["sent"] * 3
    assert len(receiver.counted) == 3


def test_a_partial_failure_holds_back_only_its_rows(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, receiver.address)
    with _teller(small) as teller:
        receiver.answers.append((500, {}, b""))
        teller.round(NOW)
        first, second, _ = (line.name for line in _lines(small))
        failed = [
            {"key": first, "code": "no_such_click", "message": "gone"},
            {"key": second, "code": "busy", "retry": True},
        ]
        receiver.answers.append((200, {}, orjson.dumps({"failed": failed})))
        teller.round(NOW + timedelta(minutes=1))
        assert [line.state for line in _lines(small)] == ["failed", "waiting", "sent"]
        why = _lines(small)[0].why
        assert why is not None
        assert "gone" in why.en
        teller.round(NOW + timedelta(minutes=2))
        assert [line.state for line in _lines(small)] == ["failed", "sent", "sent"]
        with small.store.write() as connection:
            send_again(connection, workspace=small.workspace.id, line=_lines(small)[0].id, at=NOW)
            with pytest.raises(NotFound):
                send_again(connection, workspace=small.workspace.id, line=_lines(small)[1].id, at=NOW)
        teller.round(NOW + timedelta(minutes=3))
    assert [line.state for line in _lines(small)] == ["sent"] * 3
    assert sorted(key for key, _ in receiver.counted) == sorted(line.name for line in _lines(small))


@pytest.mark.parametrize("arrived", [True, False])
def test_killed_between_sending_and_noting(small: Small, receiver: SimpleNamespace, *, arrived: bool) -> None:
    """The same request goes out once more, with the number by which the other side knows it."""
    target = _target(small, receiver.address, active=False)
    with _teller(small) as teller:
        _target_on(small, target)
        teller.find(small.workspace.id, _on(small), WEBHOOK, NOW)
        with small.store.write() as connection:
            batch = claim(connection, target=_on(small), platform=WEBHOOK, at=NOW)
            assert batch is not None
            assert claim(connection, target=_on(small), platform=WEBHOOK, at=NOW) is None
        if arrived:
            teller._poster.post(WEBHOOK.request(_on(small), batch.rows, batch.number, NOW, ""))
    with _teller(small) as after:
        assert after.round(NOW + timedelta(minutes=1)) == 0
        assert after.round(NOW + timedelta(minutes=3)) == 1
    assert {key for key, _ in receiver.requests} == {batch.number}
    assert len(receiver.counted) == 3
    assert [line.state for line in _lines(small)] == ["sent"] * 3


def test_a_cancelled_sale_is_taken_back_or_never_told(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, receiver.address, goals=("sale",))
    small.give("deal_event", won("told", "2026-06-04 10:00", "100.00", phone="13900139001"))
    with _teller(small) as teller:
        teller.round(NOW)
        small.give("deal_event", won("never", "2026-06-04 11:00", "50.00", phone="13900139002"))
        small.give("deal_event", deal_event("never", "cancelled", "2026-06-05 11:00"))
        small.give("deal_event", deal_event("told", "part_returned", "2026-06-05 10:00", amount="40.00"))
        small.give("deal_event", won("outage", "2026-06-04 12:00", "70.00", phone="13900139003"))
        receiver.answers.append((200, {}, orjson.dumps({"failed": [{"key": "sale-5", "retry": True}]})))
        teller.round(NOW + timedelta(minutes=1))
        small.give("deal_event", deal_event("told", "cancelled", "2026-06-06 10:00"))
        small.give("deal_event", deal_event("outage", "cancelled", "2026-06-06 11:00"))
        teller.round(NOW + timedelta(minutes=2))
    told = _lines(small)[0]
    assert (told.step, told.state) == ("conversion", "sent")
    assert receiver.counted == [(told.name, step) for step in ("conversion", "restatement", "retraction")]


def test_an_inner_address_is_refused_and_requests_are_spaced(small: Small, receiver: SimpleNamespace) -> None:
    target = _target(small, receiver.address, per_minute=1)
    with _teller(small, "elsewhere.example") as teller:
        assert teller.round(NOW) == 1
        assert {line.code for line in _lines(small)} == {"inner_address"}
    assert receiver.requests == []
    with _teller(small) as teller:
        assert teller.round(NOW + timedelta(seconds=30)) == 0, "one a minute"
        assert teller.round(NOW + timedelta(seconds=61)) == 1
    with small.store.write() as connection, pytest.raises(InvalidInput):
        keep_target(
            connection,
            workspace=small.workspace.id,
            target=Target(name=" ", platform="webhook", goals=("sale",), since=target.since),
            platform=WEBHOOK,
            vault=_vault(small),
        )


def test_retry_after_in_both_ways_it_is_written() -> None:
    assert seconds_in("120", NOW) == 120
    assert seconds_in("Wed, 10 Jun 2026 04:01:00 GMT", NOW) == 60
    assert seconds_in("soon", NOW) is None
    assert seconds_in("²", NOW) is None
    assert seconds_in("9" * 400, NOW) == 86_400
    assert seconds_in(None, NOW) is None


def _on(small: Small) -> Target:
    with small.store.read() as connection:
        ((_, kept),) = targets_of(connection, vault=_vault(small))
    return kept


def _target_on(small: Small, target: Target) -> None:
    with small.store.write() as connection:
        keep_target(
            connection,
            workspace=small.workspace.id,
            target=Target(
                id=target.id,
                name=target.name,
                platform=target.platform,
                address=target.address,
                goals=target.goals,
                since=target.since,
            ),
            platform=WEBHOOK,
            vault=_vault(small),
        )


def test_what_lies_ahead_of_the_clock_is_told_once_it_has_happened(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, receiver.address)
    with _teller(small) as teller:
        teller.round(at("2026-06-02 10:30"))
        assert [line.state for line in _lines(small)] == ["sent"]
        small.give("touch", {"key": "t", "at": at("2026-06-01 10:00"), "kind": "visit"})
        teller.round(NOW)
    assert [line.state for line in _lines(small)] == ["sent"] * 3


def test_secrets_are_locked_and_one_broken_target_stops_no_other(small: Small, receiver: SimpleNamespace) -> None:
    _target(small, "http://127.0.0.1:nowhere/", name="a broken one")
    with small.store.write() as connection:
        keep_target(
            connection, workspace=small.workspace.id, platform=WEBHOOK, vault=_vault(small),
            target=Target(
                name="crm", platform="webhook", address=receiver.address, secrets={"secret": SECRET},
                goals=("target_call",), since=at("2026-06-01 00:00"),
            ),
        )  # fmt: skip
        assert SECRET not in str(connection.exec_driver_sql("SELECT * FROM conversion_target").fetchall())
        relock_targets(connection, vault=_vault(small))
    receiver.answers.append((200, {}, b'{"failed": [{"key": []}, 7]}'))
    with _teller(small) as teller:
        teller.round(NOW)
    found = _lines(small)
    assert {line.code for line in found if line.target == "a broken one"} == {"unreachable"}
    assert [line.state for line in found if line.target == "crm"] == ["waiting"] * 3, "an odd answer is asked again"
    assert SECRET not in repr(_targets(small))


def _targets(small: Small) -> Any:
    with small.store.read() as connection:
        return targets_of(connection, vault=_vault(small))
