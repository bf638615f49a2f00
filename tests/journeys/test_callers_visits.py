"""A caller's web visits are on the caller's path, as long as the match is sure (S2-34, S2-65, S3-13)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from golden.small import Small, at, ring, small_business, won
from huasuan.journeys import Wanted, sequences
from huasuan.metrics.attributing import attribution_of
from huasuan.metrics.credited import Reach, lay_journeys
from huasuan.metrics.ways import STEP, paths_by, undecided
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import DuckRunner

NUMBER = "4008001234"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def _ways(small: Small) -> set[tuple[str, ...]]:
    with small.analysis.reading() as (cursor, _):
        return {way.steps for way in sequences(cursor, Wanted())}


def _visit(small: Small, key: str, when: str, channel: str, visitor: str = "v1") -> None:
    """A visit as pages tell it: as a visit and as a touch."""
    small.give("visit", {"key": key, "started_at": at(when), "visitor": visitor, "channel": channel})
    small.give("touch", {"key": key, "at": at(when), "kind": "visit", "visitor": visitor, "channel": channel})


def _lease(  # noqa: PLR0917  one lease
    small: Small, key: str, when: str, seen: str, channel: str, visitor: str = "v1", **more: object
) -> None:
    lease = {
        "channel": channel,
        "key": key,
        "own_number": NUMBER,
        "visit": key,
        "visitor": visitor,
        "leased_at": at(when),
    }
    small.give("lease", lease | {"seen_at": at(seen)} | more)


def _sold(small: Small, key: str = "c", caller: str = "13900139001", when: str = "2026-06-10 10:00") -> None:
    small.give("call", ring(key, when, caller, talk=90))
    deal = won(f"d-{key}", "2026-06-12 10:00", "100.00", phone=caller, origin_call=key)
    small.give("deal_event", deal)


def test_banner_then_search_then_call_then_sale(small: Small) -> None:
    """The banner was days before, by the same browser; only the second visit saw the number that was called."""
    _visit(small, "banner", "2026-06-07 09:00", "banner")
    _visit(small, "search", "2026-06-10 09:55", "search")
    _lease(small, "search", "2026-06-10 09:55", "2026-06-10 10:05", "search", tapped_at=at("2026-06-10 09:59:50"))
    _sold(small)
    # The call bears the source of the visit it came from.
    assert _ways(small) == {("banner", "search", "search")}
    credit = small.cut("revenue_net", "channel", attribution="linear", basis="event")
    assert credit == {"banner": 3333, "search": 6667}

    # It is the match that ties them: a lease that ended long before takes the visits off the path again.
    _lease(small, "search", "2026-06-08 09:55", "2026-06-08 09:56", "search")
    assert _ways(small) == {("unattributed",)}


def test_what_is_not_sure_enough_links_nobody(small: Small) -> None:
    """Two browsers saw the number at the same time: half is not sure."""
    for visitor in ("v1", "v2"):
        _visit(small, visitor, "2026-06-10 09:55", "banner", visitor)
        _lease(small, visitor, "2026-06-10 09:55", "2026-06-10 10:05", "banner", visitor)
    _sold(small)
    assert _ways(small) == {("banner",)}, "where it came from is sure, but not who came"


def test_a_browser_two_people_called_from_is_nobodys(small: Small) -> None:
    _visit(small, "v", "2026-06-10 09:55", "banner")
    _lease(small, "v", "2026-06-10 09:55", "2026-06-10 12:05", "banner", tapped_at=at("2026-06-10 09:59:50"))
    _sold(small)
    assert _ways(small) == {("banner", "banner")}
    _lease(small, "w", "2026-06-11 09:55", "2026-06-11 10:05", "banner", tapped_at=at("2026-06-11 09:59:50"))
    _sold(small, "e", "13900139002", "2026-06-11 10:00")
    assert _ways(small) == {("banner",)}


def test_no_link_is_made_where_the_business_wants_none(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(linked_percent=0)) as small:
        _visit(small, "v", "2026-06-10 09:55", "banner")
        _lease(small, "v", "2026-06-10 09:55", "2026-06-10 10:05", "banner", tapped_at=at("2026-06-10 09:59:50"))
        _sold(small)
        assert _ways(small) == {("banner",)}


def test_ways_that_led_nowhere_reach_back_as_far_as_the_others(small: Small) -> None:
    """Look-back 30 days. Of the lost one only what is near her last touch counts; who may still buy is left out.

    By hand: sold b; lost b; undecided 1. Without one look-back for both it was sold b, lost a>b and b.
    """
    for key, phone, when, channel in (
        ("1", "13900139001", "2026-03-01 10:00", "a"),
        ("2", "13900139001", "2026-06-09 10:00", "b"),
        ("3", "13900139002", "2026-01-01 10:00", "a"),
        ("4", "13900139002", "2026-03-01 10:00", "b"),
        ("5", "13900139003", "2026-06-01 10:00", "b"),
    ):
        small.give("touch", {"key": key, "at": at(when), "kind": "visit", "phone": phone, "channel": channel})
    small.give("deal_event", won("d", "2026-06-10 10:00", "100.00", phone="13900139001"))
    with small.analysis.reading() as (cursor, _):
        lay_journeys(cursor, attribution_of("markov", lookback_days=30), replace(Reach(), counted=True))
        found = paths_by(DuckRunner(cursor), STEP, counted=True, lookback_days=30)
        left_out = undecided(DuckRunner(cursor), counted=True, lookback_days=30)
    assert (tuple(found.channels), list(found.conversions), list(found.nulls)) == (("b",), [1.0], [1.0])
    assert left_out == 1
