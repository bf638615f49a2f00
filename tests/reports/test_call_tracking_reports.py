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
    Slot,
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
