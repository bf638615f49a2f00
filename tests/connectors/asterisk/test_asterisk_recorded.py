"""The ten recorded calls: from all logs together exactly the truth, from each log alone as much as it can know."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huasuan.connectors.asterisk import DirectionRule, LoggedCall, read_logs
from huasuan.facts.calls import Call

DATA = Path(__file__).parents[2] / "data" / "asterisk"
MASTER, CUSTOM, CEL, QUEUE = (DATA / name for name in ("Master.csv", "cdr-custom.csv", "cel-Master.csv", "queue_log"))
TRUTH = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
RESULTS = {
    "human_connected": ("out", "human", None),
    "answering_machine": ("out", "machine", None),
    "busy": ("out", "busy", None),
    "no_answer": ("out", "no_answer", None),
    "invalid_number": ("out", "invalid", None),
    "network_congestion": ("out", "congestion", None),
    "answered_no_agent": ("out", "answered_unverified", None),
    "answered_by_agent": ("in", "answered", None),
    "abandoned_in_queue": ("in", "missed", "abandoned_queue"),
}
KEYS = {call["n"]: call["linkedid"] for call in TRUTH["calls"]}
DEVICES = {"Agent/1001": "Local/1001@agents", "Agent/1002": "Local/1002@agents", "Agent/1003": "Local/1003@agents"}
OWN = DirectionRule(own_numbers=frozenset({"02111112222"}))


def logged(**files) -> dict[str, LoggedCall]:
    items = list(read_logs(**files))
    assert all(isinstance(item, LoggedCall) for item in items)
    assert len({item.source_key for item in items}) == len(items)
    return {item.source_key: item for item in items}


def calls(**files) -> dict[int, Call]:
    found = logged(**files)
    return {n: found[key].call for n, key in KEYS.items() if key in found}


def outcome(call: Call) -> tuple[str, str, str | None]:
    return call.direction, call.result, call.cause


def expected(n: int) -> dict:
    return TRUTH["calls"][n - 1]


@pytest.mark.parametrize("number", range(1, 11))
def test_all_logs_together_tell_the_truth(number):
    call, truth = calls(cdr=MASTER, cel=CEL, queue_log=QUEUE)[number], expected(number)
    assert outcome(call) == RESULTS[truth["outcome"]]
    assert call.talk_seconds == truth.get("talk_s")
    assert call.queue_seconds == truth.get("wait_s")
    assert (call.agent, call.queue, call.lead) == (truth["agent"], truth["queue"], truth["lead"])
    customer = call.called if call.direction == "out" else call.caller
    # the number of the call made through ARI is in no line of any log
    assert customer == (None if number == 7 else truth["number"])


def test_totals_are_those_of_calls_not_of_rows():
    found = calls(cdr=MASTER, cel=CEL, queue_log=QUEUE).values()
    results = Counter((call.direction, call.result) for call in found)
    dials = sum(count for (way, _), count in results.items() if way == "out")
    network = sum(results["out", result] for result in ("human", "machine", "answered_unverified", "abandoned"))
    assert (dials, network, results["out", "human"], results["out", "machine"]) == (7, 3, 1, 1)
    assert (results["in", "answered"], results["in", "missed"]) == (2, 1)
    assert [call.cause for call in found if call.result == "missed"] == ["abandoned_queue"]
    assert MASTER.read_text().count('"ANSWERED"') == TRUTH["totals"]["naive_cdr_row_answered"] == 11


def test_raw_lines_are_all_there_and_only_once():
    found = logged(cdr=MASTER, cel=CEL, queue_log=QUEUE)
    lines = [line for item in found.values() for line in item.raw.split(b"\n")]
    given = [line for path in (MASTER, CEL, QUEUE) for line in path.read_bytes().splitlines()]
    about_calls = [line for line in given if b"|NONE|" not in line[:18]]
    assert Counter(lines) == Counter(about_calls)
    assert len(lines) == 23 + 156 + 14 - 3


def test_our_own_number_is_the_other_one_on_every_dial():
    found = calls(cdr=MASTER, cel=CEL, queue_log=QUEUE)
    assert {found[n].caller for n in range(1, 8)} == {"02111112222"}
    assert [found[n].called for n in (8, 9, 10)] == ["4001", "4001", "4002"]


def test_times_are_utc_and_precise_with_cel():
    human = calls(cdr=MASTER, cel=CEL, queue_log=QUEUE)[1]
    assert human.dialed_at == datetime(2026, 11, 22, 14, 7, 11, 545049, tzinfo=UTC)
    assert human.answered_at == datetime(2026, 11, 22, 14, 7, 13, 73368, tzinfo=UTC)  # the carrier's leg
    assert human.queue_entered_at == datetime(2026, 11, 22, 14, 7, 14, 800147, tzinfo=UTC)
    assert human.agent_joined_at == datetime(2026, 11, 22, 14, 7, 14, 809170, tzinfo=UTC)
    assert human.ended_at == datetime(2026, 11, 22, 14, 7, 19, 838827, tzinfo=UTC)


def test_the_zone_of_the_exchange_moves_cdr_and_cel_but_not_queue_log():
    east = calls(cdr=MASTER, zone="Asia/Shanghai")[3]
    assert east.dialed_at == datetime(2026, 11, 22, 6, 7, 15, tzinfo=UTC)
    alone = calls(queue_log=QUEUE, zone="Asia/Shanghai")[10]
    assert alone.queue_entered_at == datetime(2026, 11, 22, 14, 7, 59, tzinfo=UTC)


def test_cdr_custom_gives_campaign_and_cause_but_no_machine_verdict():
    found = calls(cdr=CUSTOM, cel=CEL, queue_log=QUEUE)
    assert {found[n].campaign for n in range(1, 7)} == {"spring"}
    assert [found[n].campaign for n in (7, 8, 9, 10)] == [None, "baidu-sem", "baidu-sem", None]
    assert [found[n].lead for n in range(1, 8)] == ["L1", "L2", "L3", "L4", "L5", "L6", None]
    # its columns have no userfield: the machine cannot be known, and must not be called a person
    assert outcome(found[2]) == ("out", "answered_unverified", None)
    for n in (1, 3, 4, 5, 6, 7, 8, 9, 10):
        assert outcome(found[n]) == RESULTS[expected(n)["outcome"]]


def test_cdr_csv_alone_cannot_know_invalid_numbers_waiting_and_member_names():
    found = calls(cdr=MASTER, directions=OWN)
    unknowable = {5: ("out", "no_answer", None)}  # a number that does not exist is NO ANSWER in the CDR
    for n in range(1, 11):
        assert outcome(found[n]) == unknowable.get(n, RESULTS[expected(n)["outcome"]])
        assert found[n].talk_seconds == expected(n).get("talk_s")
        assert found[n].queue == expected(n)["queue"]
        assert found[n].agent == DEVICES.get(expected(n)["agent"])
        assert found[n].queue_seconds is None
    assert found[8].agent_joined_at == datetime(2026, 11, 22, 14, 7, 46, tzinfo=UTC)


def test_without_own_numbers_a_call_through_ari_is_not_called_answered():
    call = calls(cdr=MASTER)[7]
    assert outcome(call) == ("in", "unknown", None)
    assert call.raw_cause == "disposition=ANSWERED; lastapp=Stasis"


def test_a_cdr_alone_says_in_its_notes_what_it_cannot_know():
    found = logged(cdr=MASTER, directions=OWN)
    notes = {n: " ".join(text.en for text in found[key].notes) for n, key in KEYS.items()}
    assert "NO ANSWER for numbers that do not exist" in notes[5]
    assert "the agent is the device" in notes[8]
    assert "tells a person from a machine" in notes[7]
    assert notes[3] == ""


def test_cdr_custom_alone_knows_invalid_numbers_but_no_queue_names():
    found = calls(cdr=CUSTOM, directions=OWN)
    unknowable = {2: ("out", "answered_unverified", None)}  # no userfield column
    for n in range(1, 11):
        assert outcome(found[n]) == unknowable.get(n, RESULTS[expected(n)["outcome"]])
        assert found[n].talk_seconds == expected(n).get("talk_s")
        assert found[n].queue is None  # no lastdata column
        assert found[n].queue_seconds is None


def test_cel_alone_knows_all_but_the_machine_and_member_names():
    found = calls(cel=CEL)
    unknowable = {2: ("out", "answered_unverified", None)}  # CDR(userfield) is not in the CEL
    for n in range(1, 11):
        truth = expected(n)
        assert outcome(found[n]) == unknowable.get(n, RESULTS[truth["outcome"]])
        assert (found[n].talk_seconds, found[n].queue_seconds) == (truth.get("talk_s"), truth.get("wait_s"))
        assert (found[n].queue, found[n].lead) == (truth["queue"], truth["lead"])
        assert found[n].agent == DEVICES.get(truth["agent"])


def test_queue_log_alone_knows_only_calls_that_entered_a_queue():
    found = calls(queue_log=QUEUE)
    assert sorted(found) == [1, 8, 9, 10]
    for n, call in found.items():
        truth = expected(n)
        assert outcome(call) == RESULTS[truth["outcome"]]
        assert (call.talk_seconds, call.queue_seconds) == (truth["talk_s"], truth["wait_s"])
        assert (call.agent, call.queue) == (truth["agent"], truth["queue"])
    assert found[8].called is None  # only a DID line would tell


@pytest.mark.parametrize("cdr", [MASTER, CUSTOM])
def test_pairs_of_logs_add_what_the_other_lacks(cdr):
    with_queue = calls(cdr=cdr, queue_log=QUEUE, directions=OWN)
    for n in (1, 8, 9, 10):
        truth = expected(n)
        assert outcome(with_queue[n]) == RESULTS[truth["outcome"]]
        assert (with_queue[n].talk_seconds, with_queue[n].queue_seconds) == (truth["talk_s"], truth["wait_s"])
        assert (with_queue[n].agent, with_queue[n].queue) == (truth["agent"], truth["queue"])
    with_cel = calls(cdr=cdr, cel=CEL)
    for n in (3, 4, 5, 6, 7, 8, 9, 10):
        assert outcome(with_cel[n]) == RESULTS[expected(n)["outcome"]]


def test_cel_and_queue_log_without_any_cdr():
    found = calls(cel=CEL, queue_log=QUEUE)
    for n in (1, 3, 4, 5, 6, 7, 8, 9, 10):
        assert outcome(found[n]) == RESULTS[expected(n)["outcome"]]
        assert found[n].agent == expected(n)["agent"]


def test_legs_keep_the_carrier_channel_the_cdr_lacks():
    legs = calls(cdr=MASTER, cel=CEL)[5].legs
    assert Counter(leg.result for leg in legs) == {"NO ANSWER": 3, "q850=1": 1}
    assert {leg.leg for leg in legs if leg.result == "q850=1"} == {"pbx1-1795356439.32"}


def test_a_cel_in_whole_seconds_keeps_results_and_agents(tmp_path):
    """cel.conf's dateformat often has no fraction; then the natural order of events within a second must hold."""
    cut = re.sub(r"(\d\d:\d\d:\d\d)\.\d{6}", r"\1", CEL.read_text())
    lines = sorted(cut.splitlines(), reverse=True)  # and the file itself gives no order either
    (tmp_path / "cel.csv").write_text("\n".join(lines))
    whole, precise = calls(cel=tmp_path / "cel.csv"), calls(cel=CEL)
    for n in range(1, 11):
        assert outcome(whole[n]) == outcome(precise[n])
        assert (whole[n].agent, whole[n].queue, whole[n].lead) == (precise[n].agent, precise[n].queue, precise[n].lead)
        assert (whole[n].caller, whole[n].called) == (precise[n].caller, precise[n].called)
        assert abs((whole[n].talk_seconds or 0) - (precise[n].talk_seconds or 0)) <= 1
        assert whole[n].raw_cause.split("q850")[0] == precise[n].raw_cause.split("q850")[0]
