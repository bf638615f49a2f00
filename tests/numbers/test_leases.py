"""One visitor a number, the longest free first, the former one again; full means overflow, counted (S0-19, S0-20)."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.time import now, to_micros
from huasuan.numbers import (
    Desk,
    NumberAbout,
    add_number,
    change_number,
    change_pool,
    change_site,
    clock,
    create_pool,
    end_due,
    end_expired,
    faults,
    heard_from,
    keep_quiet,
    mark_told,
    remove_pool,
    remove_site,
    retire_number,
    sizing,
    untold,
)
from huasuan.numbers.clock import since_boot
from huasuan.store import Store
from servers.shop import OVERFLOW, SWAPPED, Shop, shop

UTC = ZoneInfo("UTC")


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    found = Desk(store)
    yield found
    found.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """Lets time pass for holds without waiting."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead = 0
        patch.setattr(clock, "since_boot", lambda: since_boot() + self._ahead)

    def passes(self, seconds: int) -> None:
        self._ahead += seconds * 1_000_000


def _seen_told(store: Store) -> dict[object, object]:
    """Take to the door what it does not have: when each visit told of was last seen."""
    with store.write() as connection:
        waiting = untold(connection)
        for one in waiting:
            mark_told(connection, one)
    visits = [record for one in waiting if one.kind == "visit" for record in one.records]
    return {str(record["key"]).split(":")[1]: to_micros(record["seen_at"]) for record in visits}  # type: ignore[arg-type]


def _rows(found: Shop, sql: str) -> list[tuple[object, ...]]:
    with found.store.read() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_each_visitor_sees_a_number_of_its_own_until_the_pool_is_full(store: Store, desk: Desk) -> None:
    found = shop(store, numbers=3)
    seen = [found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(5)]
    assert len(set(seen[:3])) == 3
    assert seen[3:] == [OVERFLOW, OVERFLOW]
    counted = _rows(found, "SELECT overflow, count(*) FROM lease_log GROUP BY overflow ORDER BY overflow")
    assert [(bool(full), count) for full, count in counted] == [(False, 3), (True, 2)]


def test_a_page_that_is_open_keeps_its_number_and_a_silent_one_loses_it(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=1, hold=150)
    page = found.page()
    mine = found.ask(desk, page)
    for _ in range(5):
        later.passes(100)
        again = found.ask(desk, replace(page, renewal=mine.renewal))
        assert again.swaps == mine.swaps
        assert found.ask(desk, found.page()).swaps[SWAPPED] == OVERFLOW
    later.passes(151)
    assert found.ask(desk, found.page()).swaps == mine.swaps


def test_the_longest_free_number_first_but_the_former_one_to_its_visitor(
    store: Store, desk: Desk, later: Clock
) -> None:
    found = shop(store, numbers=3, hold=150)
    pages = [found.page() for _ in range(3)]
    numbers = []
    for page in pages:
        numbers.append(found.ask(desk, page).swaps[SWAPPED])
        later.passes(1)
    later.passes(200)
    returning = found.page(visitor=pages[2].visitor)
    assert found.ask(desk, returning).swaps[SWAPPED] == numbers[2]
    assert [found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(2)] == numbers[:2]


def test_two_windows_of_a_visitor_share_a_number_and_either_holds_it(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=2, hold=150)
    first = found.page()
    second = found.page(visitor=first.visitor)
    shown = found.ask(desk, first)
    assert found.ask(desk, second).swaps == shown.swaps
    later.passes(100)
    found.ask(desk, replace(first, renewal=shown.renewal))
    later.passes(100)
    others = {found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(2)}
    assert shown.swaps[SWAPPED] not in others


def test_who_comes_back_after_the_hold_is_given_a_number_once_more(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=1)
    page = found.page()
    first = found.ask(desk, page)
    later.passes(10_000)
    again = found.ask(desk, replace(page, renewal=first.renewal))
    assert again.swaps == first.swaps
    assert again.renewal != first.renewal
    assert _rows(found, "SELECT count(*) FROM lease_log") == [(2,)]


def test_words_sent_again_by_somebody_else_hold_nothing(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=2)
    page = found.page()
    first = found.ask(desk, page)
    later.passes(10_000)
    renewed = found.ask(desk, replace(page, renewal=first.renewal))
    with store.write() as connection:
        connection.execute(text("UPDATE visit_log SET seen_at = seen_at - 120000000"))
    for words in (
        page,
        replace(page, renewal=first.renewal),
        replace(page, renewal="7.aa"),
        replace(page, renewal="é"),
    ):
        assert found.ask(desk, words).swaps[SWAPPED] == OVERFLOW
    assert found.ask(desk, replace(page, renewal=renewed.renewal)).swaps == renewed.swaps
    assert _rows(found, "SELECT count(*) FROM lease_log WHERE released_at IS NULL") == [(1,)]


def test_one_address_cannot_take_the_whole_pool(store: Store, desk: Desk) -> None:
    found = shop(store, numbers=20, new_visits=5)
    seen = [found.ask(desk, found.page(), address="203.0.113.9").swaps[SWAPPED] for _ in range(30)]
    assert len({number for number in seen if number != OVERFLOW}) == 5
    assert found.ask(desk, found.page(), address="203.0.113.10").swaps[SWAPPED] != OVERFLOW


def test_a_forged_origin_sees_the_overflow_number_and_a_robot_the_pages_own(store: Store, desk: Desk) -> None:
    found = shop(store, numbers=2)
    for origin in ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", ""):
        shown = found.ask(desk, found.page(), origin=origin)
        assert shown.swaps == {SWAPPED: OVERFLOW}
        assert not shown.allowed
    assert found.ask(desk, found.page(), program="Googlebot/2.1").swaps == {}
    assert found.ask(desk, found.page(visit="x")).swaps == {SWAPPED: OVERFLOW}
    assert _rows(found, "SELECT count(*) FROM visit_log") == [(0,)]


def test_origins_turned_away_outlive_a_restart_and_a_flood_of_them_writes_little(
    store: Store, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huasuan.numbers import turned_away as module

    found = shop(store, numbers=1)

    def named() -> list[str]:
        with store.read() as connection:
            faults_now = faults(connection, site=found.site, heard=heard_from(connection, site=found.site))
        told = [one.text.en.partition(": ")[2] for one in faults_now if one.code == "origins_rejected"]
        return told[0].split(", ") if told else []

    def ask_from(*origins: str) -> None:
        for origin in origins:
            found.ask(desk, found.page(), origin=origin)

    ask_from("", "https://m.shop.example")
    assert named() == ["https://m.shop.example"], "read from the store, whoever serves the pages"
    forged = [f"https://{number}.example" for number in range(20)]
    ask_from("https://m.shop.example", *forged)
    assert _rows(found, "SELECT count(*) FROM tracking_turned_away") == [(5,)]
    assert set(named()) == {"https://m.shop.example", *forged[:4]}, "five a minute are written"
    monkeypatch.setattr(module, "monotonic", lambda: monotonic() + 61)
    ask_from("https://evil.example")
    monkeypatch.undo()
    assert named()[0] == "https://evil.example"
    assert len(named()) == 5
    with store.write() as connection:
        connection.execute(text("UPDATE tracking_turned_away SET seen_at = seen_at - 86400000000"))
    assert named() == [], "what asked days ago may have been mended"
    with store.write() as connection:
        remove_site(connection, workspace=found.workspace, site=found.site.id)
    assert _rows(found, "SELECT count(*) FROM tracking_turned_away") == [(0,)]


def test_a_number_just_called_is_lent_to_nobody_else(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=1, hold=30, quiet=600)
    page = found.page()
    mine = found.ask(desk, page).swaps[SWAPPED]
    with store.write() as connection:
        keep_quiet(connection, workspace=found.workspace, called={mine: to_micros(now())})
    assert _rows(found, "SELECT shown, quiet_until - called_at FROM lease_quiet") == [(mine, 600_000_000)]
    later.passes(300)
    assert found.ask(desk, found.page()).swaps[SWAPPED] == OVERFLOW
    assert found.ask(desk, found.page(visitor=page.visitor)).swaps[SWAPPED] == mine
    later.passes(601)
    assert found.ask(desk, found.page()).swaps[SWAPPED] == mine


def test_quiet_times_are_kept_as_long_as_the_size_of_a_pool_counts_them(store: Store, later: Clock) -> None:
    found = shop(store, numbers=1, quiet=600)
    number = "+861062000000"
    with store.write() as connection:
        keep_quiet(connection, workspace=found.workspace, called={number: to_micros(now())})
        for days in (27, 29):
            called = f"called_at - {days * 86_400_000_000}"
            connection.execute(
                text(
                    "INSERT INTO lease_quiet (workspace, pool, shown, called_at, quiet_until) "
                    f"SELECT workspace, pool, '{days}', {called}, called_at FROM lease_quiet WHERE shown = '{number}'"
                )
            )
    later.passes(700)
    with store.write() as connection:
        keep_quiet(connection, workspace=found.workspace, called={number: to_micros(now())})
    assert _rows(found, "SELECT shown FROM lease_quiet ORDER BY shown") == [(number,), (number,), ("27",)]
    with store.write() as connection:
        remove_pool(connection, workspace=found.workspace, pool=found.pool.id)
    assert _rows(found, "SELECT shown FROM lease_quiet") == []


def test_when_a_visit_was_last_seen_is_told_however_its_lease_ends(store: Store, desk: Desk, later: Clock) -> None:
    """A number lent to the next visitor before the round that ends leases, and a pool that is removed."""
    found = shop(store, numbers=1, hold=60)
    first, second = found.page(), found.page()
    for page in (first, second):
        mine = found.ask(desk, page)
        told = _seen_told(store)
        later.passes(30)
        found.ask(desk, replace(page, renewal=mine.renewal))
        assert _seen_told(store) == {}, "an open page tells nothing at each beat"
        later.passes(61)
    last = dict(_rows(found, "SELECT key, seen_at FROM visit_log"))
    assert told[first.visit] == last[first.visit]
    with store.write() as connection:
        remove_pool(connection, workspace=found.workspace, pool=found.pool.id)
    assert _seen_told(store) == {second.visit: last[second.visit]}


def test_a_number_is_lent_from_its_first_moment_to_its_last(store: Store, desk: Desk, later: Clock) -> None:
    """Bought for tomorrow it is shown to nobody today; with a last day it is lent until then."""
    found = shop(store, numbers=0, hold=30)
    tomorrow = now() + timedelta(days=1)
    with store.write() as connection:
        number = add_number(
            connection,
            workspace=found.workspace,
            number="+861062000077",
            kind="pool",
            pool=found.pool.id,
            valid_from=tomorrow,
        )
        assert sizing(connection, pool=found.pool, zone=UTC).numbers == 0
    assert found.ask(desk, found.page()).swaps[SWAPPED] == OVERFLOW
    later.passes(86_410)
    assert found.ask(desk, found.page()).swaps[SWAPPED] == number.number
    later.passes(40)
    with store.write() as connection:
        ends = {"workspace": found.workspace, "number": number.id, "about": NumberAbout(label="spring")}
        change_number(connection, **ends, valid_until=tomorrow + timedelta(days=7))  # type: ignore[arg-type]
        assert end_due(connection) == 0
        connection.execute(text(f"UPDATE tracking_number SET valid_from = 0, valid_until = {to_micros(now()) - 1}"))
        assert end_due(connection) == 1
    assert found.ask(desk, found.page()).swaps[SWAPPED] == OVERFLOW


def test_a_number_is_changed_but_not_into_nonsense(store: Store) -> None:
    found = shop(store, numbers=1)
    began = now() - timedelta(days=30)
    with store.write() as connection:
        same = {"workspace": found.workspace, "number": "+862162000001"}
        static = add_number(connection, **same, kind="static", valid_from=began).id  # type: ignore[arg-type]
        mine = {"workspace": found.workspace, "number": static, "about": NumberAbout(channel="tv", price="30")}
        change_number(connection, **mine, valid_until=None)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="before it began"):
            change_number(connection, **mine, valid_until=began)  # type: ignore[arg-type]
        # Last Monday it was given up; from today on it tracks something else.
        change_number(connection, **mine, valid_until=now() - timedelta(days=3))  # type: ignore[arg-type]
        with pytest.raises(Conflict, match="out of use"):
            change_number(connection, **mine, valid_until=None)  # type: ignore[arg-type]
        again = add_number(connection, **same, kind="static").id  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            change_number(connection, **(mine | {"number": again, "workspace": 0}), valid_until=None)  # type: ignore[arg-type]
    (first, second) = _rows(
        found, "SELECT about, valid_until IS NULL FROM tracking_number WHERE kind = 'static' ORDER BY id"
    )
    assert ('"channel":"tv"' in str(first[0]), bool(first[1]), bool(second[1])) == (True, False, True)


def test_a_pool_is_changed_and_removed_with_its_numbers_and_a_site_with_its_pools(store: Store, later: Clock) -> None:
    found = shop(store, numbers=2)
    desk = Desk(store)
    page = found.page()
    mine = found.ask(desk, page)
    changed = {"workspace": found.workspace, "pool": found.pool.id, "name": "b", "hold_seconds": 60, "quiet_seconds": 0}
    with store.write() as connection:
        change_pool(connection, **changed, replaces="010-5555 6666")  # type: ignore[arg-type]
        create_pool(connection, workspace=found.workspace, site=found.site.id, name="c", replaces="4008001234")
        with pytest.raises(Conflict, match="another pool"):
            change_pool(connection, **changed, replaces="400 800 1234")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="cannot be lent"):
            change_pool(connection, **changed, replaces=mine.swaps[SWAPPED])  # type: ignore[arg-type]
    desk.close()
    desk = Desk(store)
    assert found.ask(desk, replace(page, renewal=mine.renewal)).swaps == {
        "01055556666": mine.swaps[SWAPPED],
        SWAPPED: OVERFLOW,
    }
    with store.write() as connection:
        assert remove_pool(connection, workspace=found.workspace, pool=found.pool.id) == 2
    assert _rows(found, "SELECT count(*) FROM lease_slot") == [(0,)]
    assert _rows(found, "SELECT DISTINCT reason FROM lease_log WHERE shown LIKE '+8610%'") == [("removed",)]
    desk.close()
    desk = Desk(store)
    assert found.ask(desk, found.page()).swaps == {SWAPPED: OVERFLOW}
    with store.write() as connection:
        remove_site(connection, workspace=found.workspace, site=found.site.id)
        with pytest.raises(NotFound):
            remove_site(connection, workspace=found.workspace, site=found.site.id)
    desk.close()
    desk = Desk(store)
    with pytest.raises(NotFound):
        found.ask(desk, found.page())
    desk.close()


def test_a_number_taken_out_of_use_is_shown_to_nobody_new(store: Store, desk: Desk) -> None:
    found = shop(store, numbers=2)
    gone = found.ask(desk, found.page()).swaps[SWAPPED]
    number = _rows(found, f"SELECT id FROM tracking_number WHERE number = '{gone}'")[0][0]
    with store.write() as connection:
        retire_number(connection, workspace=found.workspace, number=int(str(number)))
    seen = [found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(2)]
    assert gone not in seen
    assert OVERFLOW in seen


def test_a_number_taken_out_and_added_again_is_not_seen_by_two(store: Store, desk: Desk, later: Clock) -> None:
    """The page that had it lets go at its next beat; nobody else is lent it before the pool's quiet time is over."""
    found = shop(store, numbers=1, hold=150, quiet=600)
    page = found.page()
    mine = found.ask(desk, page)
    gone = mine.swaps[SWAPPED]
    number = _rows(found, f"SELECT id FROM tracking_number WHERE number = '{gone}'")[0][0]
    with store.write() as connection:
        retire_number(connection, workspace=found.workspace, number=int(str(number)))
        add_number(connection, workspace=found.workspace, number=gone, kind="pool", pool=found.pool.id)
        add_number(connection, workspace=found.workspace, number="+861062000077", kind="pool", pool=found.pool.id)
    assert found.ask(desk, found.page()).swaps[SWAPPED] == "+861062000077"
    assert found.ask(desk, replace(page, renewal=mine.renewal)).swaps[SWAPPED] == OVERFLOW
    later.passes(601)
    assert {found.ask(desk, found.page()).swaps[SWAPPED] for _ in range(2)} == {gone, "+861062000077"}


@pytest.mark.parametrize("written", ["010-62000001", "+86 10 6200 0001", "(010) 62000001", "00861062000001"])
def test_what_pages_show_to_all_is_lent_to_nobody(store: Store, written: str) -> None:
    """However the page writes it, and whichever of the two was there first; nor may it be the overflow number."""
    found = shop(store, numbers=0)
    mine = {"workspace": found.workspace, "site": found.site.id}
    with store.write() as connection:
        pool = create_pool(connection, **mine, name="p", replaces=written)
        for number in ("+861062000001", OVERFLOW):
            with pytest.raises(InvalidInput, match="swaps_itself"):
                add_number(connection, workspace=found.workspace, number=number, kind="pool", pool=found.pool.id)
        add_number(connection, workspace=found.workspace, number="+861062000002", kind="pool", pool=pool.id)
        with pytest.raises(InvalidInput, match="swaps_itself"):
            create_pool(connection, **mine, name="q", replaces=f"{written[:-1]}2")
        for overflow, refused in (("+861062000002", True), ("+861062000003", False), ("", False)):
            with pytest.raises(InvalidInput, match="swaps_itself") if refused else nullcontext():
                change_site(connection, **mine, name="shop", settings=replace(found.site.settings, overflow=overflow))


def test_the_door_is_told_of_each_lease_when_it_begins_and_when_it_ends(store: Store, desk: Desk, later: Clock) -> None:
    found = shop(store, numbers=1, hold=60)
    found.ask(desk, found.page(page="https://shop.example/?gclid=g1&utm_campaign=c1", referrer=""))
    with store.write() as connection:
        told = {one.kind: one.records for one in untold(connection)}
    assert set(told) == {"tracked_number", "touch", "visit", "lease"}
    assert told["visit"][0]["gclid"] == "g1"
    assert told["lease"][0]["campaign"] == "c1"
    assert "released_at" not in told["lease"][0]
    later.passes(61)
    with store.write() as connection:
        assert end_expired(connection) == 1
        lease = next(one for one in untold(connection) if one.kind == "lease").records[0]
    assert lease["reason"] == "expired"
    assert lease["released_at"] >= lease["seen_at"] >= lease["leased_at"]  # type: ignore[operator]


def test_the_door_is_told_the_hours_of_a_number_and_when_they_change(store: Store) -> None:
    workspace = shop(store, numbers=1).site.workspace
    evening = NumberAbout(hours=("1-5 18:00-22:00",))
    with store.write() as connection:
        number = add_number(connection, workspace=workspace, number="+862162000008", kind="static", about=evening)

        def told() -> object:
            (numbers,) = (one for one in untold(connection) if one.kind == "tracked_number")
            return next(one for one in numbers.records if one["own_number"] == number.number).get("hours")

        assert told() == ["1-5 18:00-22:00"]
        change_number(
            connection, workspace=workspace, number=number.id, about=replace(evening, hours=()), valid_until=None
        )
        assert told() is None


@pytest.mark.parametrize("jump", [-86_400, 3600, 86_400 * 30])
def test_setting_the_wall_clock_ends_no_lease(
    store: Store, desk: Desk, jump: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huasuan.kernel import time as wall
    from huasuan.numbers import desk as module

    found = shop(store, numbers=1)
    page = found.page()
    mine = found.ask(desk, page)
    from datetime import timedelta

    monkeypatch.setattr(module, "now", lambda: wall.now() + timedelta(seconds=jump))
    assert found.ask(desk, found.page()).swaps[SWAPPED] == OVERFLOW
    # Another process that starts after the jump goes by the same clock.
    other = Desk(store)
    assert found.ask(other, found.page()).swaps[SWAPPED] == OVERFLOW
    assert found.ask(other, replace(page, renewal=mine.renewal)).swaps == mine.swaps
    other.close()
