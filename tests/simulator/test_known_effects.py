"""What the made-up business is said to be shows in its facts: junk words, dead lists, an empty office at night."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

import pytest

from huasuan.people import WorkspaceSettings
from huasuan.simulator import World, generate
from huasuan.simulator.truth import Truth, reckon
from huasuan.simulator.world import Record

WORLD = World(days=120, calls=24_000, seed=2, start=date(2025, 3, 3))


@pytest.fixture(scope="module")
def calls() -> list[Record]:
    return [record for kind, found in generate(WORLD) if kind == "call" for record in found]


@pytest.fixture(scope="module")
def truth() -> Truth:
    return reckon(generate(WORLD), settings=WorkspaceSettings(), first_day=WORLD.first_day, end_day=WORLD.end_day)


def share(calls: list[Record], by: Callable[[Record], object], of: Callable[[Record], bool]) -> dict[object, float]:
    counts: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for record in calls:
        counts[by(record)][0] += of(record)
        counts[by(record)][1] += 1
    return {value: hits / whole for value, (hits, whole) in counts.items()}


def test_tyres_bring_junk_and_brake_discs_do_not(calls: list[Record]) -> None:
    answered = [record for record in calls if record["result"] == "answered" and record.get("keyword")]
    short = share(answered, lambda record: record["keyword"], lambda record: record["talk_seconds"] <= 30)
    assert short["轮胎"] > 0.6
    assert short["刹车盘"] < 0.25


def test_radio_calls_find_nobody(calls: list[Record]) -> None:
    inbound = [record for record in calls if record["direction"] == "in"]
    missed = share(inbound, lambda record: record.get("channel"), lambda record: record["result"] == "missed")
    assert missed["radio"] > 0.5
    assert missed["referral"] < 0.45


def test_the_cheap_list_has_dead_numbers(calls: list[Record]) -> None:
    listed = [record for record in calls if record.get("list")]
    dead = share(listed, lambda record: record["list"], lambda record: record["result"] == "invalid")
    assert dead["L-cheap"] > 2 * dead["L-owners"]


def test_people_answer_best_before_noon(calls: list[Record]) -> None:
    listed = [record for record in calls if record.get("list")]
    human = share(
        listed, lambda record: (record["dialed_at"].hour + 8) % 24, lambda record: record["result"] == "human"
    )
    assert max(human, key=lambda hour: human[hour]) in (10, 11)


def test_asking_first_sells_more(truth: Truth) -> None:
    scripts = truth.cuts["script_version"]
    assert scripts["v2"]["won_deals"] > scripts["v1"]["won_deals"]


def test_short_video_comes_back(truth: Truth) -> None:
    channels = truth.cuts["channel"]
    rates = {name: row["returned_value"] / row["won_value"] for name, row in channels.items() if row["won_value"]}
    assert rates["douyin"] > rates["baidu"]


def test_most_cost_finds_its_bearers(truth: Truth) -> None:
    unallocated = sum(row["total_cost"] for value, row in truth.cuts["hour"].items() if not isinstance(value, int))
    assert unallocated < 0.15 * truth.total["total_cost"]
