"""What could not be sent is judged again when the facts, the account or the person's word changed (ADR 0048)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.fake_platforms import fake_platform
from connectors.telling import target_at
from golden.small import Small, at, ring, small_business, won
from huasuan.app.worker.conversions import Teller
from huasuan.connectors.platforms import PLATFORMS
from huasuan.journeys import (
    GoalSettings,
    Target,
    Told,
    Unsendable,
    attempts_of,
    claim,
    due,
    keep_goal,
    keep_target,
    lines_of,
    log_attempt,
    note_taken,
    note_unsendable,
    queue,
    targets_of,
    told_since,
    try_again,
)
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Conflict
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import Vault

NOON = at("2026-06-10 12:00")


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        business.give("call", ring("c", "2026-06-10 10:00", talk=90))
        yield business


class Account:
    """One account, without a wire: what is claimed is taken."""

    def __init__(self, small: Small, platform: str, **more: Any) -> None:
        self.small, self.platform, self.workspace = small, PLATFORMS[platform], small.workspace.id
        self.vault = Vault(Path(str(small.store.engine.url.database)).parent / "secrets.key")
        self.keep(target_at(platform, per_minute=6000, **more))

    def keep(self, target: Target, when: datetime = NOON) -> None:
        with self.small.store.write() as connection:
            keep_target(
                connection, workspace=self.workspace, target=target, platform=self.platform, vault=self.vault, at=when
            )
            ((_, self.target),) = targets_of(connection, workspace=self.workspace, vault=self.vault)

    def look(self, when: datetime = NOON) -> list[tuple[str, str | None]]:
        """Look and send once; state and code of every line."""
        since = when - timedelta(days=90)
        with self.small.store.read() as reading:
            told = told_since(reading, workspace=self.workspace, target=self.target, since=since)
        with self.small.analysis.reading() as (cursor, _):
            found = list(due(cursor, since=since, at=when, currency="CNY", told=told))
        with self.small.store.write() as connection:
            queue(
                connection, workspace=self.workspace, target=self.target, platform=self.platform, found=found,
                since=since, at=when,
            )  # fmt: skip
            self.send(connection, when)
        return [(line.state, line.code) for line in self.lines()]

    def send(self, connection: Any, when: datetime = NOON) -> list[str]:
        """What is due is taken; the keys of it."""
        sent = []
        while (batch := claim(connection, target=self.target, platform=self.platform, at=when)) is not None:
            log_attempt(connection, workspace=self.workspace, batch=batch, at=when, status=200, told="{}")
            note_taken(connection, batch=batch, refused={}, at=when)
            sent += [row.key for row in batch.rows]
        return sent

    def lines(self) -> list[Told]:
        with self.small.store.read() as connection:
            return sorted(lines_of(connection, workspace=self.workspace), key=lambda line: line.id)

    def again(self, line: int) -> None:
        with self.small.store.write() as connection:
            try_again(connection, workspace=self.workspace, line=line, known=PLATFORMS, at=NOON)


def test_a_visit_that_is_told_late_frees_the_call(small: Small) -> None:
    account = Account(small, "baidu", goals=("target_call",))
    assert account.look() == [("unsendable", "no_bd_vid")]
    assert account.look() == [("unsendable", "no_bd_vid")]
    with pytest.raises(Conflict, match="still_unsendable"):
        account.again(account.lines()[0].id)
    visit = {"key": "v", "started_at": at("2026-06-10 09:50"), "landing_page": "https://a.example/", "bd_vid": "77"}
    small.give("visit", visit)
    lease = {"key": "l", "own_number": "4008001234", "visit": "v", "leased_at": at("2026-06-10 09:50")}
    small.give("lease", lease | {"seen_at": at("2026-06-10 10:05")})
    assert account.look() == [("sent", None)]


@pytest.mark.parametrize(
    ("platform", "call", "later"),
    [
        ("webhook", ("sent", None), ("sent", None)),
        ("baidu", ("unsendable", "talk_unknown"), ("unsendable", "no_bd_vid")),
    ],
)
def test_a_call_of_unknown_talk_is_listed_with_the_reason_until_it_is_known(
    small: Small, platform: str, call: tuple[str, str | None], later: tuple[str, str | None]
) -> None:
    """Who counts calls is told of a call; who bids for them, or for target calls, is not told before it is known."""
    taken = ring("d", "2026-06-09 10:00", "13900139002") | {"result": "answered"}
    taken |= {"agent_joined_at": at("2026-06-09 10:00:20")}
    seconds = {"talk_seconds": taken.pop("talk_seconds") + 90}
    small.give("call", taken)
    account = Account(small, platform, goals=("call", "target_call"))

    def told() -> dict[str, tuple[str, str | None]]:
        account.look()
        mine = [line for line in account.lines() if line.happened_at < at("2026-06-10 00:00")]
        return {line.goal: (line.state, line.code) for line in mine}

    assert told() == {"call": call, "target_call": ("unsendable", "talk_unknown")}
    unsure = next(line.id for line in account.lines() if line.code == "talk_unknown")
    with pytest.raises(Conflict, match="neither its end nor its seconds of talk"):
        account.again(unsure)
    small.give("call", taken | seconds)
    assert told() == {"call": later, "target_call": later}


def test_an_account_that_is_mended_frees_its_lines(small: Small) -> None:
    small.give("visit", {"key": "v", "started_at": at("2026-06-10 09:50"), "visitor": "x", "bd_vid": "77"})
    small.give("lead", {"key": "l", "created_at": at("2026-06-10 09:55"), "phone": "13900139009", "visitor": "x"})
    small.give("deal_event", won("d", "2026-06-10 11:00", "100.00", phone="13900139009", lead="l"))
    account = Account(small, "baidu", goals=("sale",), account={})
    assert account.look() == [("unsendable", "no_kind")]
    account.keep(replace(account.target, account={"sale_as": "49"}))
    line = account.lines()[0].id
    assert account.look() == [("sent", None)]
    with pytest.raises(Conflict, match="counts_twice"):
        account.again(line)


def test_the_button_judges_by_the_account_as_it_is(small: Small) -> None:
    account = Account(
        small, "google_ads", goals=("target_call",), account={"customer": "1234567890", "click_action": "2"}
    )
    assert account.look() == [("unsendable", "no_call_action")]
    account.keep(replace(account.target, account={**account.target.account, "call_action": "3"}))
    account.again(account.lines()[0].id)
    assert [line.state for line in account.lines()] == ["waiting"]


def test_a_caller_who_agrees_later_is_told_then(small: Small, tmp_path: Path) -> None:
    vault, platform, workspace = Vault(tmp_path / "k"), PLATFORMS["google_ads"], small.workspace.id
    with fake_platform() as fake:
        with small.store.write() as connection:
            target = target_at("google_ads", address=fake.address, goals=("target_call",))
            keep_target(connection, workspace=workspace, target=target, platform=platform, vault=vault)
        with Teller(small.store, _Answers(small), Reach(("127.0.0.1",)), vault, seconds=3600) as teller:

            def state() -> tuple[str, str | None]:
                with small.store.read() as reading:
                    (line,) = lines_of(reading, workspace=workspace)
                return line.state, line.code

            later = NOON + timedelta(days=1)
            teller.round(later)
            assert state() == ("unsendable", "no_consent")
            agreed = {"at": later, "given": True, "phone": "13900139001"}
            small.give("consent", *(agreed | {"key": one, "purpose": one} for one in ("ads", "abroad")))
            teller.round(later + timedelta(minutes=5))
            assert state() == ("unsendable", "no_consent"), "people are looked at every ten minutes"
            teller.round(later + timedelta(minutes=11))
            assert state() == ("sent", None)
        assert sum(fake.counted.values()) == 1


def test_each_caller_is_asked_in_turn_however_many_never_agree(small: Small, tmp_path: Path) -> None:
    """Two a round: the newest two never agree, the oldest of five is asked in the third round, a new one after it."""
    for hour in range(4):
        small.give("call", ring(f"c{hour}", f"2026-06-10 {11 + hour}:00", f"1390013900{2 + hour}", talk=90))
    vault, platform, workspace = Vault(tmp_path / "k"), PLATFORMS["google_ads"], small.workspace.id
    with fake_platform() as fake:
        with small.store.write() as connection:
            target = target_at("google_ads", address=fake.address, goals=("target_call",))
            keep_target(connection, workspace=workspace, target=target, platform=platform, vault=vault)
        reach = Reach(("127.0.0.1",))
        with Teller(small.store, _Answers(small), reach, vault, seconds=3600, people_a_round=2) as teller:

            def sent_after(minutes: int) -> list[bool]:
                teller.round(later + timedelta(minutes=minutes))
                with small.store.read() as reading:
                    lines = lines_of(reading, workspace=workspace)
                return [line.state == "sent" for line in sorted(lines, key=lambda line: line.happened_at)]

            def agrees(phone: str) -> None:
                agreed = {"at": later, "given": True, "phone": phone}
                small.give("consent", *(agreed | {"key": phone + one, "purpose": one} for one in ("ads", "abroad")))

            later = NOON + timedelta(days=1)
            assert sent_after(0) == [False] * 5
            agrees("13900139001")
            assert sent_after(11) == sent_after(22) == [False] * 5
            assert sent_after(33) == [True, False, False, False, False]
            agrees("13900139005")
            assert sent_after(44) == [True, False, False, False, True], "and from the newest on"


def test_what_the_platform_takes_no_more_stays(small: Small) -> None:
    account = Account(small, "ga4", goals=("target_call",))
    late = NOON + timedelta(days=5)
    (first,) = account.look(late)
    assert first[0] == "unsendable"
    assert account.look(late) == [first]


def test_a_sent_line_is_repeated_where_repetitions_are_known(small: Small) -> None:
    account = Account(small, "webhook", goals=("target_call",))
    assert account.look() == [("sent", None)]
    (line,) = account.lines()
    account.again(line.id)
    # While it is on its way once more, it still counts as told: nothing is told beside it.
    small.give("call", ring("c", "2026-06-10 10:00", talk=5))
    with small.store.write() as connection:
        assert account.send(connection) == [line.name]
        assert len(attempts_of(connection, workspace=account.workspace, line=line.id)) == 2
    assert account.look() == [("sent", None), ("sent", None)]
    with pytest.raises(Conflict, match="told_otherwise"):
        account.again(line.id)


def test_a_request_counts_the_lines_that_went_with_it(small: Small) -> None:
    """One of two turned out not to be sendable when the request was made."""
    small.give("call", ring("b", "2026-06-10 11:00", "13900139002", talk=90))
    account = Account(small, "webhook", goals=("target_call",))
    with small.analysis.reading() as (cursor, _):
        found = list(due(cursor, since=NOON - timedelta(days=90), at=NOON, currency="CNY"))
    with small.store.write() as connection:
        queue(
            connection, workspace=account.workspace, target=account.target, platform=account.platform, found=found,
            since=NOON - timedelta(days=90), at=NOON,
        )  # fmt: skip
        batch = claim(connection, target=account.target, platform=account.platform, at=NOON)
        assert batch is not None
        kept, hopeless = (row.key for row in batch.rows)
        note_unsendable(
            connection, batch=batch, found=[Unsendable(key=hopeless, code="no", text=Text(zh="否", en="no"))]
        )
        log_attempt(connection, workspace=account.workspace, batch=batch, at=NOON, status=200, told="{}")
        note_taken(connection, batch=batch, refused={}, at=NOON)
    ids = {line.name: line.id for line in account.lines()}
    with small.store.read() as reading:
        (attempt,) = attempts_of(reading, workspace=account.workspace, line=ids[kept])
        assert attempt.rows == 1
        assert attempts_of(reading, workspace=account.workspace, line=ids[hopeless]) == []


def test_a_goal_is_told_from_the_day_it_was_added(small: Small) -> None:
    """An old account that gets another goal is not told of the ninety days before."""
    account = Account(small, "webhook", goals=("sale",))
    assert account.look() == []
    account.keep(replace(account.target, goals=("sale", "target_call")))
    small.give("call", ring("d", "2026-06-10 13:00", "13900139002", talk=90))
    assert account.look(NOON + timedelta(hours=3)) == [("sent", None)]
    assert [line.happened_at for line in account.lines()] == [at("2026-06-10 13:01:30")]
    with small.store.write() as connection:
        goal = GoalSettings(goal="call", model="linear", lookback_days=30, targets=(account.target.id,))
        keep_goal(connection, workspace=account.workspace, goal=goal)
        ((_, kept),) = targets_of(connection, workspace=account.workspace)
    assert kept.told_from("target_call") == NOON
    assert now() - kept.told_from("call") < timedelta(minutes=1)


class _Answers:
    """The warehouse of the small business, as the service hands it out."""

    def __init__(self, small: Small) -> None:
        self._small = small

    def round_of(self, _workspace: int) -> int:
        return self._small.analysis.rolls.round

    def reading(self, _workspace: int) -> Any:
        return self._small.analysis.reading()
