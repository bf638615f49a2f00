"""The six reports about incoming calls: figures, advice, saving one's own (S2-9 … S2-22, S2-54 … S2-62)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golden.small import Record, Small, at, cost, ring, shift, small_business
from huasuan.app.worker.call_tracking import ReportWanted, negative_keywords, run_report
from huasuan.kernel.errors import HuasuanError
from huasuan.metrics.question import Question
from huasuan.people import WorkspaceSettings
from huasuan.reports import (
    STANDARD,
    CallsWanted,
    Slot,
    call_page,
    change_report,
    counted_as,
    remove_report,
    report_named,
    save_report,
    saved_reports,
    slots_of,
)
from huasuan.reports.advice import agents_needed, on_slots

DAY = "2025-07-01"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def run(small: Small, key: str, **more: Any) -> dict[str, Any]:
    """A standard report as JSON."""
    return run_report(small.analysis, small.workspace.settings, ReportWanted(definition=STANDARD[key], **more))


def figures(told: dict[str, Any], section: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The values of a section by its cuts."""
    (found,) = (one for one in told["sections"] if one["key"] == section)
    return {
        tuple(row["by"].values()): {key: figure["value"] for key, figure in row["values"].items()}
        for row in found["answer"]["rows"]
    }


def advice(told: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["text"]["en"] for one in told["advice"]}


def tyres_and_discs() -> list[Record]:
    """S2-3: ten calls about tyres, all proper; ten about brake discs, eight of them for another product."""
    tyres = [
        ring(f"t{n}", f"{DAY} 10:{n:02}", f"139001390{n:02}", talk=90, keyword="tyres", channel="ads")
        for n in range(10)
    ]
    discs = [
        ring(
            f"d{n}", f"{DAY} 11:{n:02}", f"139001391{n:02}", talk=90 if n < 2 else 20, keyword="brake discs",
            channel="ads", junk_reason=None if n < 2 else "other_product" if n < 8 else "wrong_number",
        )
        for n in range(10)
    ]  # fmt: skip
    return [*tyres, *({key: value for key, value in one.items() if value is not None} for one in discs)]


@pytest.mark.parametrize("key", STANDARD)
def test_every_report_runs_on_no_facts_and_on_few(small: Small, key: str) -> None:
    """Unknown is a result: a report without facts has its sections and asks for nothing."""
    assert run(small, key)["advice"] == []
    small.give("call", *tyres_and_discs())
    told = run(small, key)
    assert [one["key"] for one in told["report"]["sections"]] == [one.key for one in STANDARD[key].sections]


def test_tyres_against_brake_discs(small: Small) -> None:
    """Of 20 calls 12 are proper; of the discs' ten 8 are junk: 6 for another product, 2 wrong numbers."""
    small.give("call", *tyres_and_discs())
    small.give(
        "cost", cost("t", "ads", DAY, "500", keyword="tyres"), cost("d", "ads", DAY, "500", keyword="brake discs")
    )
    told = run(small, "proper")
    assert figures(told, "keywords")["brake discs",] == {
        "inbound_calls": 10, "target_calls": 2, "target_call_share": "0.2", "junk_calls": 8,
        "marketing_spend": "500.00", "cost_per_target_call": "250",
    }  # fmt: skip
    assert figures(told, "keywords")["tyres",]["cost_per_target_call"] == "50"
    assert figures(told, "junk") == {
        ("brake discs", "other_product"): {"junk_calls": 6},
        ("brake discs", "wrong_number"): {"junk_calls": 2},
        **{key: {"junk_calls": 0} for key in figures(told, "junk") if "brake discs" not in key or None in key},
    }
    (found,) = (one for one in told["advice"] if one["key"] == "junk_keyword")
    assert "8 of 10 calls are junk" in found["text"]["en"]
    assert found["behind"]["cell"] == {"keyword": "brake discs"}
    opened = list(small.analysis.behind(Question(metrics=("junk_calls",)), cell=None))
    assert len(opened) == 8
    rows = negative_keywords(small.analysis, ReportWanted(definition=STANDARD["proper"]), least=2)
    assert rows == [("brake discs", "other_product", 8, 10)]


def test_a_radio_spot_when_nobody_is_there(small: Small) -> None:
    """S2-58: spots at 20 h, 30 of 40 calls missed, nobody on shift; at 10 h two people take 39 of 40."""
    evening = [ring(f"e{n}", f"{DAY} 20:{n:02}", f"139001390{n:02}", talk=0 if n < 30 else 120) for n in range(40)]
    morning = [ring(f"m{n}", f"{DAY} 10:{n:02}", f"139001391{n:02}", talk=0 if n < 1 else 120) for n in range(40)]
    small.give("call", *evening, *morning)
    small.give("shift", shift("a1", DAY), shift("a2", DAY))
    small.give("ad_spot", *({"key": f"s{n}", "started_at": at(f"{DAY} 20:{n}0"), "channel": "radio"} for n in range(3)))
    period = {"date_from": at(f"{DAY} 00:00").date(), "date_to": at("2025-07-02 00:00").date()}
    told = run(small, "missed", **period)
    slots = {one["at"]: one for one in told["hours"]["hour"]}
    assert (slots[20]["calls"], slots[20]["missed"], slots[20]["spots"], slots[20]["staff_hours"]) == (40, 30, 3, 0.0)
    assert (slots[10]["calls"], slots[10]["missed"], slots[10]["staff_hours"]) == (40, 1, 2.0)
    # 40 calls of 120 s are 1.33 busy people: three answer four in five within 20 s (two reach 58 %).
    assert advice(told)["missed_hour"] == (
        "20:00–21:00: 30 of 40 calls were missed (75 %), and 3 spots were aired then, with 0.0 staff hours on average. "
        "Either move the advertising to 10:00–11:00 (2.5 % missed), or staff it with 3."
    )
    assert "要么把广告移到10–11 点" in next(one["text"]["zh"] for one in told["advice"] if one["key"] == "missed_hour")
    (found,) = (one for one in told["advice"] if one["key"] == "missed_hour")
    assert found["calls"] == {"hour": "20", "direction": "in", "result": "missed"}
    assert advice(told)["call_back"].startswith("Nobody called back 31 missed calls")


def test_shifts_are_laid_over_the_hours_and_days_they_reach_into(small: Small) -> None:
    """From 22:30 to 01:15 on Tuesday night: half an hour, a whole one, then Wednesday's hour and a quarter."""
    small.give(
        "shift", {"key": "n", "agent": "a", "started_at": at(f"{DAY} 22:30"), "ended_at": at("2025-07-02 01:15")}
    )
    small.give("call", ring("r", f"{DAY} 09:00"))
    asked = Question(
        metrics=("inbound_calls",), date_from=at(f"{DAY} 00:00").date(), date_to=at("2025-07-08 00:00").date()
    )
    with small.analysis.reading() as (reader, snapshot):
        hours = {slot.at: slot.staff_hours for slot in slots_of(reader, snapshot, asked, cut="hour")}
        days = {slot.at: (slot.staff_hours, slot.days) for slot in slots_of(reader, snapshot, asked, cut="weekday")}
    assert hours == {0: 1.0, 1: 0.25, 9: 0.0, 22: 0.5, 23: 1.0}
    assert days == {2: (1.5, 1), 3: (1.25, 1)}


def test_spots_are_laid_over_the_hours_and_days_they_reach_into(small: Small) -> None:
    """S2-58: a broadcast around midnight, half a minute, an hour to the second, a banner up since long before."""
    small.give("call", ring("r", f"{DAY} 09:00", talk=90), ring("m", f"{DAY} 22:50"))
    # The last hour of the week is its 168th.
    small.give("call", ring("s", "2025-07-06 23:10"))
    small.give(
        "ad_spot",
        {"key": "long", "started_at": at(f"{DAY} 22:45"), "ended_at": at("2025-07-02 00:15")},
        {"key": "short", "started_at": at(f"{DAY} 20:59")},
        {"key": "whole", "started_at": at(f"{DAY} 21:00"), "seconds": 3600},
        {"key": "banner", "started_at": at("2025-06-28 00:00"), "ended_at": at(f"{DAY} 02:00")},
        {"key": "after", "started_at": at("2025-07-08 00:00"), "seconds": 7200},
    )
    asked = Question(
        metrics=("inbound_calls",), date_from=at(f"{DAY} 00:00").date(), date_to=at("2025-07-08 00:00").date()
    )
    with small.analysis.reading() as (reader, snapshot):
        hours, days, week = (
            {slot.at: slot for slot in slots_of(reader, snapshot, asked, cut=cut)}
            for cut in ("hour", "weekday", "week")
        )
    spots = {place: slot.spots for place, slot in hours.items()}
    assert spots == {0: 2, 1: 1, 9: 0, 20: 1, 21: 1, 22: 1, 23: 1}
    assert {place: slot.spots for place, slot in days.items()} == {2: 4, 3: 1, 7: 0}
    tuesday, wednesday = 24, 48
    assert {place: slot.spots for place, slot in week.items()} == {
        **{tuesday + hour: 1 for hour in (0, 1, 20, 21, 22, 23)},
        tuesday + 9: 0,
        wednesday: 1,
        6 * 24 + 23: 0,
    }
    night = week[tuesday + 22]
    assert (night.calls, night.missed, night.missed_share, night.days) == (1, 1, 1.0, 1)


def test_the_log_shows_just_the_calls_nobody_called_back_and_what_each_counts_as(small: Small) -> None:
    """S2-34: which call of the person it is, what began the chain, the class and who told it; S2-54: whom to call."""
    small.give(
        "call",
        ring("first", "2025-06-01 10:00", talk=90, channel="tv", campaign="summer"),
        ring("again", f"{DAY} 10:00", talk=5, channel="ads", campaign="autumn"),
        ring("missed", f"{DAY} 11:00", "13900139002"),
        ring("rescued", f"{DAY} 12:00", "13900139003"),
        ring("back", f"{DAY} 13:00", "13900139003", talk=90),
        ring("withheld", f"{DAY} 14:00", None),
    )
    small.give("call_tag", {"key": "t", "call": "again", "at": at(f"{DAY} 15:00"), "call_class": "junk"})
    with small.analysis.reading() as (reader, snapshot):
        waiting = call_page(reader, snapshot, CallsWanted(waiting=True)).rows
        (again,) = call_page(reader, snapshot, CallsWanted(where={"campaign": ("autumn",)})).rows
    assert len(waiting) == small.value("missed_not_called_back") == 1
    assert str(waiting[0]["started_at"]) == "2025-07-01 03:00:00"
    told = {
        name: again[name] for name in ("call_class", "classed_by", "call_number", "first_campaign", "cycle_campaign")
    }
    assert told == {
        "call_class": "junk",
        "classed_by": "person",
        "call_number": 2,
        "first_campaign": "summer",
        "cycle_campaign": "autumn",
    }


def test_creatives_have_costs_and_whoever_answered_has_times_and_a_junk_share(small: Small) -> None:
    """S2-21, S2-42: what a target call of each banner cost; S2-61: rings, talk, work after it, junk by who answered."""
    small.give(
        "call",
        ring("a", f"{DAY} 10:00", talk=90, agent="li", ring_seconds=4, wrap_seconds=30, creative="red", channel="ads"),
        ring("b", f"{DAY} 11:00", "13900139002", talk=10, agent="li", ring_seconds=8, creative="red", channel="ads"),
        ring("c", f"{DAY} 12:00", "13900139003", talk=120, agent="wu", creative="blue", channel="ads"),
    )
    small.give("cost", cost("r", "ads", DAY, "300", channel="ads", creative="red"))
    creatives = figures(run(small, "channels"), "creatives")
    assert creatives["ads", "red"]["cost_per_target_call"] == "300"
    assert (creatives["ads", "red"]["junk_calls"], creatives["ads", "blue"]["target_calls"]) == (1, 1)
    people = figures(run(small, "lines"), "people")
    li = {name.removeprefix("inbound_answered_"): value for name, value in people["li",].items()}
    assert (li["ring_avg"], li["talk_avg"], li["wrap_avg"], li["junk_share"]) == ("6", "50", "15", "0.5")
    assert people["wu",]["inbound_answered_ring_avg"] is None


def slot(place: int, calls: int, missed: int, *, staff: float | None = None) -> Slot:
    return Slot(
        at=place,
        calls=calls,
        missed=missed,
        target=0,
        talk_seconds=60 * (calls - missed),
        staff_hours=staff,
        spots=0,
        days=1,
    )


def test_few_calls_ask_for_nothing_and_nobody_is_sent_where_nobody_works() -> None:
    """Two of four missed may be chance; the best hour is one with people in it."""
    assert on_slots([slot(9, 4, 2)], cut="hour") == []
    (found,) = on_slots([slot(20, 40, 30, staff=0), slot(7, 50, 0, staff=0), slot(11, 50, 2, staff=3)], cut="hour")
    assert "11:00–12:00" in found.text.en
    (alone,) = on_slots([slot(2, 40, 40)], cut="weekday")
    assert alone.text.en == "Tuesday: 40 of 40 calls were missed (100 %). Staff it, or cut the advertising."
    assert agents_needed(slot(2, 40, 40)) is None


def test_a_channel_that_costs_and_brings_nothing(small: Small) -> None:
    """Radio cost 300 for no proper call; ads cost 100 for ten: 10 a call, of each kind asked for (S2-42)."""
    small.give(
        "call", *(ring(f"r{n}", f"{DAY} 10:{n:02}", f"139001390{n:02}", talk=90, channel="ads") for n in range(10))
    )
    small.give("call", ring("junk", f"{DAY} 12:00", "13900139099", talk=5, channel="radio"))
    small.give("cost", cost("a", "ads", DAY, "100", channel="ads"), cost("r", "ads", DAY, "300", channel="radio"))
    told = run(small, "channels")
    ads = figures(told, "channels")["ads",]
    assert [ads[f"cost_per_{kind}_call"] for kind in ("target", "unique", "unique_target")] == ["10", "10", "10"]
    assert figures(told, "channels")["radio",]["cost_per_target_call"] is None
    assert "radio" in advice(told)["channel_nothing"]
    hidden = run(small, "channels", costs=False)
    assert "marketing_spend" not in figures(hidden, "channels")["ads",]
    assert "channel_nothing" not in advice(hidden)


def test_a_channel_is_not_stopped_for_calls_the_report_does_not_ask_for(small: Small) -> None:
    """A saved report with spend alone knows no call that counts; tv, asked with its calls, truly brought none."""
    small.give("call", ring("a", f"{DAY} 10:00", talk=90, channel="ads"))
    small.give("cost", cost("a", "ads", DAY, "100", channel="ads"), cost("t", "ads", DAY, "300", channel="tv"))
    channels = next(one for one in STANDARD["channels"].sections if one.key == "channels")
    spend = replace(STANDARD["channels"], sections=(replace(channels, metrics=("marketing_spend",)),))
    number = small.workspace.id
    with small.store.write() as connection:
        key = save_report(connection, workspace=number, definition=spend, actor="me")
        saved = report_named(connection, workspace=number, key=key)
    told = run_report(small.analysis, small.workspace.settings, ReportWanted(definition=saved))
    assert figures(told, "channels")["ads",] == {"marketing_spend": "100.00"}
    assert told["advice"] == []
    assert "tv" in advice(run(small, "channels"))["channel_nothing"]


def test_keyword_and_organic_traffic(small: Small) -> None:
    """S2-20: a keyword or a paid medium, organic search, something else, and nothing known."""
    small.give(
        "call",
        ring("k", f"{DAY} 10:00", "13900139001", talk=90, keyword="discs", channel="ads"),
        ring("p", f"{DAY} 10:01", "13900139002", talk=20, medium="CPC", channel="google"),
        ring("o", f"{DAY} 10:02", "13900139003", talk=90, medium="organic", keyword="discs", channel="google"),
        ring("r", f"{DAY} 10:03", "13900139004", talk=90, channel="radio"),
        ring("u", f"{DAY} 10:04", "13900139005", talk=90),
    )
    assert small.cut("target_calls", "traffic") == {"keyword": 1, "organic": 1, "other": 1, "unknown": 1}
    assert small.cut("inbound_calls", "traffic") == {"keyword": 2, "organic": 1, "other": 1, "unknown": 1}


def test_the_calls_that_count_are_those_of_the_business() -> None:
    """A long-cycle trade is charged by unique target calls wherever a report says "calls that count"."""
    keywords = next(one for one in STANDARD["proper"].sections if one.key == "keywords")
    assert "cost_per_counted_call" in keywords.metrics
    told = counted_as(STANDARD["proper"], WorkspaceSettings(counted_calls="unique_target_calls").counted_calls)
    assert "cost_per_unique_target_call" in next(one for one in told.sections if one.key == "keywords").metrics


def test_where_every_incoming_call_counts_none_is_priced_as_another_kind() -> None:
    """Spend over target calls is no price of an incoming call: the column goes, and a part of it alone shows calls."""
    keywords = next(one for one in STANDARD["proper"].sections if one.key == "keywords")
    alone = replace(keywords, key="alone", metrics=("cost_per_counted_call",))
    told = counted_as(replace(STANDARD["proper"], sections=(keywords, alone)), "inbound_calls").sections
    assert told[0].metrics == tuple(key for key in keywords.metrics if key != "cost_per_counted_call")
    assert told[1].metrics == ("inbound_calls",)


def test_a_report_of_ones_own_is_saved_changed_and_taken_away(small: Small) -> None:
    """It runs like the six; another workspace and the six themselves are out of reach."""
    mine, number = STANDARD["missed"], small.workspace.id
    with small.store.write() as connection:
        key = save_report(connection, workspace=number, definition=mine, actor="me")
        assert report_named(connection, workspace=number, key=key).sections == mine.sections
        change_report(connection, workspace=number, key=key, definition=STANDARD["lines"], actor="you")
        assert [(one.definition.kind, one.actor) for one in saved_reports(connection, workspace=number)] == [
            ("lines", "you")
        ]
        for other, name in ((number + 1, key), (number, "missed"), (number, "own-x")):
            with pytest.raises(HuasuanError):
                remove_report(connection, workspace=other, key=name)
        remove_report(connection, workspace=number, key=key)
        assert saved_reports(connection, workspace=number) == []
