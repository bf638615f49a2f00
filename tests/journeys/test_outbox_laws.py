"""Whatever a platform does and wherever the sender dies: nothing is lost, and nothing is sent twice."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.fake_platforms import MOODS, SLOW_SECONDS, FakePlatform, fake_platform
from connectors.telling import NOW, target_at
from golden.small import Small, ring, small_business
from huasuan.app.worker.conversions import Teller
from huasuan.app.worker.posting import Posting
from huasuan.connectors.platforms import PLATFORMS
from huasuan.intake import deliver
from huasuan.journeys import (
    Conversion,
    Missed,
    Platform,
    Reply,
    Request,
    Target,
    keep_target,
    lines_of,
    queue,
    send_again,
    take_as_sent,
    targets_of,
)
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import NotFound
from huasuan.people import Vault
from huasuan.store import Store

# `make soak` tries far more.
EXAMPLES = int(os.environ.get("HUASUAN_OUTBOX_EXAMPLES", "4"))
LINES = 3
OLDEST = NOW - timedelta(days=90)
DEATHS = ("before", "after")
steps = st.lists(st.sampled_from((*MOODS, *(f"dies {when}" for when in DEATHS))), min_size=1, max_size=6)


class Death(BaseException):
    """The process is gone."""


class Mortal:
    """Sends as ever, and dies before or after when it is told to."""

    def __init__(self, inner: Posting) -> None:
        self.inner = inner
        self.dies: str | None = None

    def post(self, request: Request) -> Reply | Missed:
        when = self.dies if "token" not in request.address.partition("?")[0] else None
        if when == "before":
            raise Death
        reply = self.inner.post(request)
        if when == "after":
            raise Death
        return reply

    def close(self) -> None:
        self.inner.close()


def _conversions(number: int) -> list[Conversion]:
    """Calls that every platform knows by its own kind of click."""
    found = []
    for place in range(LINES):
        name = f"{number * 100 + place}"
        found.append(
            Conversion(
                key=f"call-{name}-target_call", goal="target_call", happened_at=NOW - timedelta(hours=7),
                clicked_at=NOW - timedelta(hours=8), gclid=f"Cj{name}", clickid=name, qz_gdt=f"gdt{name}",
                ym_client=name, client_id=f"{name}.1", session_id="1720000000",
                landing_url=f"https://a.example/?bd_vid={name}",
            )
        )  # fmt: skip
    return found


def _known(fake: FakePlatform, one: Conversion) -> int:
    """How often the platform counts it, by whichever name it has there."""
    names = (one.key, one.clickid, one.key.replace("-", "_"))
    return sum(fake.counted[name] for name in dict.fromkeys(names) if name)


@pytest.fixture(scope="module")
def place(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, Vault, FakePlatform]]:
    folder = tmp_path_factory.mktemp("outbox")
    with small_business(sqlite_template, folder) as business, fake_platform() as fake:
        yield business.store, Vault(folder / "secrets.key"), fake


def _account(store: Store, vault: Vault, fake: FakePlatform, platform: Platform, workspace: int) -> Target:
    target = target_at(platform.name, address=fake.address, per_minute=6000)
    with store.write() as connection:
        keep_target(connection, workspace=workspace, target=target, platform=platform, vault=vault)
        ((_, kept),) = targets_of(connection, workspace=workspace, vault=vault)
    return kept


_NUMBERS = iter(range(1, 1_000_000))


@pytest.mark.parametrize("name", sorted(set(PLATFORMS) - {"webhook"}))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=steps)
def test_nothing_is_lost_and_nothing_is_sent_twice(
    name: str, script: list[str], place: tuple[Store, Vault, FakePlatform]
) -> None:
    store, vault, fake = place
    platform, workspace = PLATFORMS[name], 1000 + next(_NUMBERS)
    target = _account(store, vault, fake, platform, workspace)
    fake.counted.clear()
    fake.refused.clear()
    told, at = _conversions(workspace), NOW
    with store.write() as connection:
        assert (
            queue(connection, workspace=workspace, target=target, platform=platform, found=told, since=OLDEST, at=at)
            == LINES
        )
    for step in [*script, *["fine"] * 4]:
        fake.moods[:] = [] if step.startswith("dies") else [step]
        with Teller(
            store, None, Reach(("127.0.0.1",)), vault, seconds=3600, timeout_seconds=SLOW_SECONDS / 2
        ) as teller:  # type: ignore[arg-type]
            mortal = Mortal(teller._poster)
            mortal.dies = step.removeprefix("dies ") if step.startswith("dies") else None
            teller._poster = mortal
            with store.read() as connection:
                ((_, target),) = targets_of(connection, workspace=workspace, vault=vault)
            with suppress(Death):
                teller._send_due(workspace, target, platform, at)
        at += timedelta(minutes=20)
    with store.read() as connection:
        lines = {line.name: line for line in lines_of(connection, workspace=workspace)}
    assert len(lines) == LINES, "every line is kept"
    for one in told:
        line, counts = lines[one.key], _known(fake, one)
        assert counts <= 1, "nothing counts twice"
        assert line.state in {"sent", "failed", "uncertain"}, (line, script)
        if line.state == "sent":
            assert counts == 1
        if line.state == "failed":
            assert counts == 0
            assert "partial" in script
        if line.state == "uncertain":
            assert not platform.knows_repeats
            assert {"lost", "slow", "unheard", "dies before", "dies after"} & set(script)


def test_an_uncertain_line_is_settled_by_a_look(place: tuple[Store, Vault, FakePlatform]) -> None:
    store, vault, fake = place
    platform, workspace = PLATFORMS["ga4"], 999
    target = _account(store, vault, fake, platform, workspace)
    fake.counted.clear()
    _queue(store, workspace, target, platform, _conversions(9))
    fake.moods[:] = ["slow"] * LINES
    with Teller(store, None, Reach(("127.0.0.1",)), vault, seconds=3600, timeout_seconds=SLOW_SECONDS / 2) as teller:  # type: ignore[arg-type]
        for minute in range(0, 60, 20):
            ((_, target),) = _targets(store, vault, workspace)
            teller._send_due(workspace, target, platform, NOW + timedelta(minutes=minute))
        fake.moods.clear()
        with store.read() as connection:
            first, second, third = lines_of(connection, workspace=workspace)
        assert [line.state for line in (first, second, third)] == ["uncertain"] * 3
        with store.write() as connection:
            take_as_sent(connection, workspace=workspace, line=first.id, at=NOW)
            with pytest.raises(NotFound):
                take_as_sent(connection, workspace=workspace, line=first.id, at=NOW)
            assert send_again(connection, workspace=workspace, target=target.id, at=NOW) == 0, "each wants a look"
            assert send_again(connection, workspace=workspace, line=second.id, at=NOW) == 1
        ((_, target),) = _targets(store, vault, workspace)
        teller._send_due(workspace, target, platform, NOW + timedelta(hours=2))
    with store.read() as connection:
        states = {line.id: line.state for line in lines_of(connection, workspace=workspace)}
    assert states == {first.id: "sent", second.id: "sent", third.id: "uncertain"}


def test_what_waits_longer_than_the_platform_takes_it_is_listed(place: tuple[Store, Vault, FakePlatform]) -> None:
    store, vault, fake = place
    platform, workspace = PLATFORMS["ga4"], 998
    target = _account(store, vault, fake, platform, workspace)
    _queue(store, workspace, target, platform, _conversions(8))
    fake.moods[:] = ["outage"]
    with Teller(store, None, Reach(("127.0.0.1",)), vault, seconds=3600) as teller:  # type: ignore[arg-type]
        teller._send_due(workspace, target, platform, NOW)
        teller._send_due(workspace, target, platform, NOW + timedelta(hours=66))
    with store.read() as connection:
        found = lines_of(connection, workspace=workspace)
    assert {(line.state, line.code) for line in found} == {("unsendable", "too_late")}


def _queue(store: Store, workspace: int, target: Target, platform: Platform, found: Sequence[Conversion]) -> None:
    with store.write() as connection:
        queue(connection, workspace=workspace, target=target, platform=platform, found=found, since=OLDEST, at=NOW)


def _targets(store: Store, vault: Vault, workspace: int) -> list[tuple[int, Target]]:
    with store.read() as connection:
        return list(targets_of(connection, workspace=workspace, vault=vault))


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


@pytest.mark.parametrize(
    ("ads", "abroad", "state"),
    [
        (None, None, "no_consent"),
        (False, True, "no_consent"),
        (True, None, "no_export"),
        (True, False, "no_export"),
        (True, True, "sent"),
    ],
)
def test_a_caller_is_named_to_google_only_while_the_ledger_says_so(
    small: Small, ads: bool | None, abroad: bool | None, state: str, tmp_path: Path
) -> None:
    """The number is looked up when it leaves, and leaves the country by a consent to that alone (R14, PIPL 39).

    The outbox and its log never hold it.
    """
    small.give("call", ring("c", "2026-06-02 10:00", talk=90))
    said = {"at": "2026-06-01T00:00:00Z", "phone": "13900139001"}
    ledger = [
        said | {"key": purpose, "purpose": purpose, "given": given}
        for purpose, given in (("ads", ads), ("abroad", abroad))
        if given is not None
    ]
    deliver(small.store, workspace=small.workspace.id, kind_name="consent", source="test", records=ledger)
    vault, platform, workspace = Vault(tmp_path / "k"), PLATFORMS["google_ads"], small.workspace.id
    with fake_platform() as fake:
        target = target_at("google_ads", address=fake.address, goals=("target_call",))
        with small.store.write() as connection:
            keep_target(connection, workspace=workspace, target=target, platform=platform, vault=vault)
        with Teller(small.store, _Answers(small), Reach(("127.0.0.1",)), vault, seconds=3600) as teller:
            teller.round(NOW - timedelta(days=30))
        with small.store.read() as reading:
            (line,) = lines_of(reading, workspace=workspace)
            kept = reading.exec_driver_sql("SELECT * FROM conversion_out").fetchall()
            logged = reading.exec_driver_sql("SELECT * FROM conversion_attempt").fetchall()
        assert line.state == ("sent" if state == "sent" else "unsendable")
        assert (line.code or "sent") == state
        assert sum(fake.counted.values()) == (state == "sent")
    assert "13900139001" not in str(kept) + str(logged)


class _Answers:
    """The warehouse of the small business, as the service hands it out."""

    def __init__(self, small: Small) -> None:
        self._small = small

    def round_of(self, _workspace: int) -> int:
        return self._small.analysis.rolls.round

    def reading(self, _workspace: int) -> Any:
        return self._small.analysis.reading()
