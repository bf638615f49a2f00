"""Direction and result of calls the recordings do not hold, written as the exchange would log them."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huasuan.connectors.asterisk import DirectionRule, LoggedCall, LoggedFault, read_logs
from huasuan.connectors.asterisk.causes import Q850_RESULTS, SIP_RESULTS, STATUS_RESULTS, from_q850, from_sip
from huasuan.connectors.asterisk.spool import MOST_LINES_PER_CALL
from huasuan.facts.calls import OUTBOUND_RESULTS, Call

CDR = "uniqueid,linkedid,sequence,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,start,answer,end,billsec,"
CDR += "disposition,userfield,hangupcause,techcause"
CEL = "eventtype,eventtime,cid_num,exten,context,channame,appname,appdata,uniqueid,linkedid,eventextra"


def row(**cells: str | int) -> str:
    """One CDR line at 12:00:<start> to 12:00:<end> of 1 March 2026; ``answer`` may be left out."""
    usual = {"uniqueid": "1.1", "linkedid": "1.1", "sequence": 1, "src": "13900052222", "dst": "4001", "dcontext": "in"}
    usual |= {"channel": "PJSIP/trunk-00000001", "start": 0, "end": 20, "disposition": "ANSWERED"}
    values = usual | cells
    for name in ("start", "answer", "end"):
        if name in values:
            values[name] = f"2026-03-01 12:00:{values[name]:02d}"
    return ",".join('"' + str(values.get(name, "")).replace('"', '""') + '"' for name in CDR.split(","))


def only(folder: Path, *lines: str, queue: str = "", cel: str = "", **options) -> Call:
    """The one call these lines make."""
    files = {}
    for kind, text in (("cdr", "\n".join([CDR, *lines]) if lines else ""), ("queue_log", queue), ("cel", cel)):
        if text:
            files[kind] = folder / kind
            files[kind].write_text(text)
    (item,) = read_logs(**files, **options)
    assert isinstance(item, LoggedCall)
    return item.call


def entry(second: int, kind: str, *data: object, queue: str = "sales", agent: str = "NONE") -> str:
    return "|".join(str(part) for part in (1772366400 + second, "1.1", queue, agent, kind, *data))


OUT = {"src": "1001", "dst": "13900050001", "dcontext": "desks", "channel": "PJSIP/1001-00000001"}
OUT |= {"dstchannel": "PJSIP/trunk-00000002", "lastapp": "Dial"}


def test_every_code_stands_for_a_known_outbound_result():
    assert {*Q850_RESULTS.values(), *SIP_RESULTS.values(), *STATUS_RESULTS.values()} <= OUTBOUND_RESULTS


def test_codes_that_tell_nothing_give_way_to_the_next():
    assert from_q850([0, 16, 31]) is None
    assert from_q850([16, 17, 1]) == "busy"
    assert from_sip([200]) is None
    assert from_sip([503]) == from_sip([599]) == "congestion"


@pytest.mark.parametrize(
    ("sip", "cause", "disposition", "result"),
    [
        (404, 34, "CONGESTION", "invalid"),  # the SIP code is nearest to the truth
        ("SIP 486", 19, "NO ANSWER", "busy"),
        (603, "", "NO ANSWER", "rejected"),
        (608, "", "NO ANSWER", "network_block"),
        ("", 1, "NO ANSWER", "invalid"),
        ("", 16, "NO ANSWER", "no_answer"),
        ("", 0, "BUSY", "busy"),
        ("", "", "FAILED", "unknown"),
        ("", "", "GHOSTED", "unknown"),
    ],
)
def test_sip_then_q850_then_disposition(tmp_path, sip, cause, disposition, result):
    call = only(tmp_path, row(**OUT, techcause=sip, hangupcause=cause, disposition=disposition))
    assert (call.direction, call.result, call.cause) == ("out", result, None)
    assert f"disposition={disposition}" in call.raw_cause


def test_a_call_dialled_by_hand_has_an_agent_but_no_proof_of_a_person(tmp_path):
    call = only(tmp_path, row(**OUT, answer=8, billsec=12))
    assert (call.result, call.agent, call.talk_seconds) == ("answered_unverified", "PJSIP/1001", 12)
    assert (call.caller, call.called) == (None, "13900050001")


def test_the_second_carrier_answers_after_the_first_was_congested(tmp_path):
    first = row(**OUT, sequence=1, disposition="CONGESTION", end=2)
    second = row(**OUT, sequence=2, start=2, answer=8, billsec=12)
    assert only(tmp_path, first, second).result == "answered_unverified"


@pytest.mark.parametrize(
    ("amd", "result"),
    [("MACHINE/MAXWORDS-3-3", "machine"), ("HUMAN/HUMAN-800-800", "human"), ("NOTSURE/TOOLONG", "answered_unverified")],
)
def test_the_verdict_in_the_userfield(tmp_path, amd, result):
    dial = row(**OUT | {"channel": "Local/13900050001@outbound-00000001;2"}, answer=5, userfield=f"x=1;amd={amd}")
    call = only(tmp_path, dial)
    assert call.result == result
    assert f"amd={amd}" in call.raw_cause


def test_a_dialled_person_waiting_in_vain_for_an_agent_is_abandoned(tmp_path):
    leg = {"channel": "Local/13900050001@outbound-00000001;1", "lastapp": "Queue", "lastdata": "outq,t"}
    call = only(tmp_path, row(**leg, answer=5, userfield="amd=HUMAN/HUMAN-800-800"))
    assert (call.direction, call.result, call.queue, call.talk_seconds) == ("out", "abandoned", "outq", None)


def test_an_inbound_call_dialled_through_is_answered(tmp_path):
    call = only(tmp_path, row(lastapp="Dial", dstchannel="PJSIP/1001-00000002", answer=6, billsec=14))
    assert (call.result, call.agent, call.talk_seconds) == ("answered", "PJSIP/1001", 14)
    assert call.agent_joined_at == datetime(2026, 3, 1, 12, 0, 6, tzinfo=UTC)


def test_billed_seconds_of_a_queue_are_not_talk(tmp_path):
    joined = row(lastapp="Queue", lastdata="sales,t", dstchannel="PJSIP/1001-00000002", answer=0, billsec=20)
    call = only(tmp_path, joined)
    assert (call.result, call.agent, call.queue) == ("answered", "PJSIP/1001", "sales")
    assert call.talk_seconds is None


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ({"lastapp": "VoiceMail", "answer": 9}, "voicemail"),
        ({"lastapp": "BackGround", "answer": 0}, "abandoned_ivr"),
        ({"lastapp": "Queue", "lastdata": "sales", "answer": 0}, "abandoned_queue"),
        ({"lastapp": "Dial", "dstchannel": "PJSIP/1001-2a2a2a2a", "disposition": "NO ANSWER"}, "no_answer"),
        ({"lastapp": "Dial", "dstchannel": "PJSIP/1001-2a2a2a2a", "disposition": "BUSY"}, "busy"),
        ({"lastapp": "Dial", "disposition": "FAILED"}, "failed"),
        ({"lastapp": "Congestion", "disposition": "CONGESTION"}, "failed"),
    ],
)
def test_missed_calls_by_cause(tmp_path, cells, cause):
    call = only(tmp_path, row(**cells))
    assert (call.direction, call.result, call.cause) == ("in", "missed", cause)
    assert call.talk_seconds is None


def test_an_agent_rung_in_vain_is_not_an_agent_who_answered(tmp_path):
    rung = row(lastapp="Queue", lastdata="sales", dstchannel="PJSIP/1001-00000002", disposition="NO ANSWER", sequence=1)
    last = row(lastapp="Queue", lastdata="sales", answer=0, sequence=2)
    call = only(tmp_path, rung, last)
    assert (call.result, call.cause, call.agent) == ("missed", "abandoned_queue", None)


def test_an_agents_local_channel_that_rang_in_vain_is_no_contact(tmp_path):
    queued = row(lastapp="Queue", lastdata="sales", dstchannel="Local/1001@agents-00000007;1", answer=0)
    leg = {"uniqueid": "1.3", "sequence": 2, "channel": "Local/1001@agents-00000007;2", "lastapp": "Dial"}
    call = only(tmp_path, queued, row(**leg, dstchannel="PJSIP/1001-00000002", disposition="NO ANSWER"))
    assert (call.result, call.cause, call.agent) == ("missed", "abandoned_queue", None)


def test_an_agents_local_channel_is_one_contact_not_two(tmp_path):
    outer = row(lastapp="Dial", dstchannel="Local/1001@agents-00000007;1", answer=5, billsec=15)
    leg = {"uniqueid": "1.3", "sequence": 2, "channel": "Local/1001@agents-00000007;2", "lastapp": "Dial"}
    call = only(tmp_path, outer, row(**leg, dstchannel="PJSIP/1001-00000002", answer=5, billsec=15))
    assert (call.result, call.agent, call.talk_seconds) == ("answered", "Local/1001@agents", 15)
    root = "13900052222,4001,in,PJSIP/trunk-00000001,Dial,x,1.1,1.1"
    near = ",4001,in,Local/1001@agents-00000007;1,AppDial,,1.2,1.1"
    far = "13900052222,1001,agents,Local/1001@agents-00000007;2,Dial,x,1.3,1.1"
    desk = ",1001,agents,PJSIP/1001-00000002,AppDial,,1.4,1.1"
    lines = [f"CHAN_START,1772366400.0,{root},", f"ANSWER,1772366405.0,{root},"]
    for who, bridge in ((root, "b1"), (near, "b1"), (far, "b2"), (desk, "b2")):
        extra = f'"{{""bridge_id"":""{bridge}""}}"'
        lines += [f"BRIDGE_ENTER,1772366405.1,{who},{extra}", f"BRIDGE_EXIT,1772366420.1,{who},{extra}"]
    (tmp_path / "cdr").unlink()
    call = only(tmp_path, cel="\n".join([CEL, *lines]))
    assert (call.result, call.agent, call.talk_seconds) == ("answered", "Local/1001@agents", 15)


def test_an_agent_called_first_is_not_a_customer_who_answered(tmp_path):
    """Click to call: Asterisk rings the agent, then dials the customer."""
    dial = row(**OUT | {"disposition": "NO ANSWER"})
    picked_up = row(**OUT | {"lastapp": "AppDial2", "dstchannel": "", "sequence": 2}, answer=2)
    assert only(tmp_path, dial, picked_up).result == "no_answer"
    agent, customer = "1001,13900050001,desks,PJSIP/1001-00000001", "13900050001,s,in,PJSIP/trunk-00000002"
    lines = [
        CEL,
        f"CHAN_START,1772366400.0,{agent},,,1.1,1.1,",
        f"ANSWER,1772366402.0,{agent},AppDial2,,1.1,1.1,",
        f"APP_START,1772366402.5,{agent},Dial,PJSIP/13900050001@trunk,1.1,1.1,",
        f"ANSWER,1772366409.0,{customer},AppDial,,1.2,1.1,",
        f'HANGUP,1772366420.0,{agent},,,1.1,1.1,"{{""hangupcause"":16,""dialstatus"":""ANSWER""}}"',
    ]
    call = only(tmp_path, cel="\n".join(lines))
    assert (call.direction, call.result, call.agent) == ("out", "answered_unverified", "PJSIP/1001")
    assert call.answered_at == datetime(2026, 3, 1, 12, 0, 9, tzinfo=UTC)


def test_the_row_that_dialled_says_why_not_the_one_that_hung_up(tmp_path):
    dial = row(**OUT | {"disposition": "NO ANSWER"})
    trailing = row(**OUT | {"lastapp": "Hangup", "dstchannel": "", "disposition": "CONGESTION", "sequence": 2})
    assert only(tmp_path, dial, trailing).result == "no_answer"


def test_the_carriers_cause_outranks_the_local_channels(tmp_path):
    lines = [CEL]
    lines.append("CHAN_START,1772366400.0,,13900050001,outbound,Local/13900050001@outbound-00000001;2,,,1.1,1.1,")
    for second, channel, cause in ((5, "PJSIP/trunk-00000002", 1), (6, "Local/13900050001@outbound-00000001;2", 17)):
        extra = f'"{{""hangupcause"":{cause},""dialstatus"":""""}}"'
        lines.append(f"HANGUP,177236640{second}.0,,13900050001,outbound,{channel},,,1.{cause},1.1,{extra}")
    assert only(tmp_path, cel="\n".join(lines)).result == "invalid"


def test_queue_log_overrules_what_the_cdr_suggests(tmp_path):
    joined = row(lastapp="Queue", lastdata="sales", dstchannel="PJSIP/1001-00000002", answer=0)
    queue = "\n".join([entry(1, "ENTERQUEUE", "", "13900052222", 1), entry(19, "ABANDON", 1, 1, 18)])
    call = only(tmp_path, joined, queue=queue)
    assert (call.result, call.cause, call.queue_seconds, call.agent) == ("missed", "abandoned_queue", 18, None)


def test_waiting_adds_up_over_queues_and_the_agents_queue_is_named(tmp_path):
    queue = "\n".join(
        [
            entry(0, "DID", "02155556666"),
            entry(0, "ENTERQUEUE", "", "13900052222", 1),
            entry(20, "EXITWITHTIMEOUT", 1, 1, 20),
            entry(20, "ENTERQUEUE", "", "13900052222", 1, queue="spare"),
            entry(22, "RINGNOANSWER", 1000, queue="spare", agent="Wang"),
            entry(25, "CONNECT", 5, "1.9", 3, queue="spare", agent="Li"),
            entry(65, "COMPLETECALLER", 5, 40, 1, queue="spare", agent="Li"),
        ]
    )
    call = only(tmp_path, queue=queue)
    assert (call.result, call.agent, call.queue) == ("answered", "Li", "spare")
    assert (call.queue_seconds, call.talk_seconds, call.called) == (25, 40, "02155556666")


def test_a_queue_left_and_the_next_connected_in_the_same_second(tmp_path):
    queue = "\n".join(
        [
            entry(20, "CONNECT", 0, "1.9", 0, queue="a", agent="Li"),
            entry(20, "EXITWITHTIMEOUT", 1, 1, 20),
            entry(0, "ENTERQUEUE", "", "13900052222", 1),
            entry(20, "ENTERQUEUE", "", "13900052222", 1, queue="a"),
        ]
    )
    call = only(tmp_path, queue=queue)
    assert (call.result, call.queue, call.queue_seconds, call.talk_seconds) == ("answered", "a", 20, None)


def test_a_transfer_counts_both_talks_and_keeps_the_first_agent(tmp_path):
    queue = "\n".join(
        [
            entry(0, "ENTERQUEUE", "", "13900052222", 1),
            entry(3, "CONNECT", 3, "1.9", 3, agent="Wang"),
            entry(13, "BLINDTRANSFER", "4002", "in", 3, 10, 1, agent="Wang"),
            entry(13, "ENTERQUEUE", "", "13900052222", 1, queue="care"),
            entry(15, "CONNECT", 2, "1.12", 2, queue="care", agent="Li"),
            entry(45, "COMPLETEAGENT", 2, 30, 1, queue="care", agent="Li"),
        ]
    )
    call = only(tmp_path, queue=queue)
    assert (call.agent, call.talk_seconds, call.queue_seconds, call.queue) == ("Wang", 40, 3, "sales")


@pytest.mark.parametrize("kind", ["EXITWITHTIMEOUT", "EXITEMPTY"])
def test_a_caller_the_queue_let_go_was_not_the_one_who_gave_up(tmp_path, kind):
    queue = "\n".join([entry(0, "ENTERQUEUE", "", "13900052222", 1), entry(30, kind, 1, 1, 30)])
    call = only(tmp_path, queue=queue)
    assert (call.result, call.cause, call.queue_seconds) == ("missed", "no_answer", 30)


def test_a_caller_still_in_the_queue_is_unknown(tmp_path):
    call = only(tmp_path, queue=entry(0, "ENTERQUEUE", "", "13900052222", 1))
    assert (call.result, call.cause, call.talk_seconds) == ("unknown", None, None)


def test_queue_log_joins_by_the_channel_that_queued(tmp_path):
    leg = row(uniqueid="1.5", linkedid="0.7", sequence=2, lastapp="Queue", lastdata="sales", answer=0)
    first = row(uniqueid="0.7", linkedid="0.7", lastapp="Dial", answer=0, dstchannel="Local/q@in-00000001;1")
    queue = entry(9, "ABANDON", 1, 1, 9).replace("|1.1|", "|1.5|")
    assert only(tmp_path, first, leg, queue=queue).queue_seconds == 9


@pytest.mark.parametrize(
    ("rule", "cells", "way"),
    [
        ({}, {"src": "13900052222", "dst": "4001"}, "in"),
        ({}, {"src": "1001", "dst": "13900050001"}, "out"),
        ({"extension_digits": 3}, {"src": "1001", "dst": "13900050001"}, "in"),
        ({}, {"src": "13900052222", "dcontext": "outbound"}, "out"),
        ({"outbound_contexts": frozenset({"to-pstn"})}, {"dcontext": "to-pstn"}, "out"),
        ({"inbound_contexts": frozenset({"night"})}, {"src": "1001", "dst": "13900050001", "dcontext": "night"}, "in"),
        ({"own_numbers": frozenset({"02111112222"})}, {"src": "02111112222", "dst": "13900050001"}, "out"),
        ({"own_numbers": frozenset({"02111112222"})}, {"src": "1001", "dst": "02111112222"}, "in"),
        ({}, {"uniqueid": "lead-7-1772366400", "linkedid": "lead-7-1772366400"}, "out"),
        ({"lead_prefix": ""}, {"uniqueid": "lead-7-1772366400", "linkedid": "lead-7-1772366400"}, "in"),
        ({}, {"lastapp": "AppDial2"}, "out"),
        ({}, {"channel": "Local/13900050001@outbound-00000001;1", "dcontext": "vdad"}, "out"),
    ],
)
def test_direction(tmp_path, rule, cells, way):
    assert only(tmp_path, row(**cells), directions=DirectionRule(**rule)).direction == way


def test_one_extension_calling_another_is_left_out_of_the_figures(tmp_path):
    assert only(tmp_path, row(src="1001", dst="1002", lastapp="Dial")).excluded == "internal"
    assert only(tmp_path, row()).excluded is None


def test_withheld_numbers_are_none(tmp_path):
    assert only(tmp_path, row(src="anonymous")).caller is None
    assert only(tmp_path, row(dst="s")).called is None


def test_talk_across_a_change_of_the_clock_uses_the_counted_seconds(tmp_path):
    night = row(lastapp="Dial", dstchannel="PJSIP/1001-00000002", answer=0, billsec=600)
    night = night.replace("2026-03-01 12:00:00", "2026-10-25 02:55:00").replace(
        "2026-03-01 12:00:20", "2026-10-25 02:05:00"
    )
    assert only(tmp_path, night, zone="Europe/Berlin").talk_seconds == 600


def test_a_cel_without_hangups_and_answers_leaves_the_result_open(tmp_path):
    cel = f"{CEL}\nCHAN_START,1772366400.5,1001,13900050001,desks,PJSIP/1001-00000001,,,1.1,1.1,"
    call = only(tmp_path, cel=cel)
    assert (call.direction, call.result, call.ended_at) == ("out", "unknown", None)


def test_a_caller_the_dialplan_took_out_of_the_queue_did_not_give_up(tmp_path):
    channel = "13900052222,4001,in,PJSIP/trunk-00000001"
    lines = [
        CEL,
        f"CHAN_START,1772366400.0,{channel},,,1.1,1.1,",
        f"ANSWER,1772366401.0,{channel},Answer,,1.1,1.1,",
        f"APP_START,1772366402.0,{channel},Queue,sales,1.1,1.1,",
        f"APP_END,1772366432.0,{channel},Queue,sales,1.1,1.1,",
        f'HANGUP,1772366432.5,{channel},,,1.1,1.1,"{{""hangupcause"":16,""hangupsource"":""SOURCE""}}"',
    ]
    by_dialplan = only(tmp_path, cel="\n".join(lines).replace("SOURCE", "dialplan/builtin"))
    by_caller = only(tmp_path, cel="\n".join(lines).replace("SOURCE", "PJSIP/trunk-00000001"))
    assert (by_dialplan.cause, by_caller.cause) == ("no_answer", "abandoned_queue")
    assert by_dialplan.queue_seconds == by_caller.queue_seconds == 30


def test_within_a_second_the_channel_that_started_comes_before_the_one_that_answered(tmp_path):
    lines = [
        CEL,
        "ANSWER,2026-03-01 12:00:00,1001,13900050001,desks,PJSIP/1001-00000002,AppDial,,1.6,1.1,",
        "CHAN_START,2026-03-01 12:00:00,13900052222,4001,in,PJSIP/trunk-00000001,,,1.5,1.1,",
    ]
    call = only(tmp_path, cel="\n".join(lines))
    assert (call.direction, call.caller, call.called) == ("in", "13900052222", "4001")


def test_caller_names_in_gb18030_do_not_break_the_line(tmp_path):
    path = tmp_path / "Master.csv"
    queue = entry(0, "ENTERQUEUE", "", "13900052222", 1, "王小明") + "\n" + entry(9, "ABANDON", 1, 1, 9)
    path.write_bytes(queue.encode("gb18030"))
    (item,) = read_logs(queue_log=path)
    assert (item.call.caller, item.call.queue_seconds) == ("13900052222", 9)


def test_a_line_without_end_and_a_call_without_end_are_faults(tmp_path):
    path = tmp_path / "queue_log"
    many = [f"1772366{second:03d}|chain|sales|A|RINGNOANSWER|{n}" for n in range(11) for second in range(500)]
    assert len(many) == 5_500 > MOST_LINES_PER_CALL
    path.write_text("\n".join([entry(9, "ABANDON", 1, 1, 9), "x" * 70_000, *many]))
    line, call, whole = read_logs(queue_log=path)
    assert isinstance(line, LoggedFault)
    assert (line.line, line.file) == (2, "queue_log")
    assert isinstance(call, LoggedCall)
    assert call.source_key == "1.1"
    assert isinstance(whole, LoggedFault)
    assert (whole.line, whole.value) == (0, "chain")


def test_memory_does_not_grow_with_the_log(tmp_path):
    path = tmp_path / "Master.csv"
    with path.open("w") as handle:
        handle.write(CDR + "\n")
        for number in range(6_000):
            key = f"{number}.1"
            handle.write(row(uniqueid=key, linkedid=key, sequence=number, lastapp="Queue", answer=0) + "\n")
    tracemalloc.start()
    count = sum(isinstance(item, LoggedCall) for item in read_logs(cdr=path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6_000
    # a batch of 5 000 lines is about 2.7 MB; all rows and calls kept at once would be above 10 MB
    assert peak < 5_000_000
