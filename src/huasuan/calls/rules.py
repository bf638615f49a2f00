"""What makes a call record possible, and the times and durations that follow from one another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from huasuan.facts.calls import INBOUND_RESULTS, MISSED_CAUSES, OUTBOUND_RESULTS, UNKNOWN, Call, CallTag
from huasuan.facts.marks import Identity
from huasuan.facts.schedules import AdSpot
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

# Clocks of exchange and provider differ by fractions of a second; more than this is a wrong record.
_CLOCK_SLACK = timedelta(seconds=2)
MAX_CALL_SECONDS = 7 * 86400
_LONGEST = timedelta(seconds=MAX_CALL_SECONDS)
# A radio spot of which nobody says how long it was.
_SPOT_SECONDS = 30
_SECOND, _HALF = timedelta(seconds=1), timedelta(milliseconds=500)
_SPOKEN = frozenset({"human", "answered", "machine", "answered_unverified"})
_PERSON = frozenset({"human", "answered"})
# Words of outbound calls that exchanges also write beside inbound ones, as cause of a missed call.
_INBOUND_CAUSES = {"machine": "voicemail", "congestion": "failed"}


def own_number(call: Call) -> str | None:
    """Our side's number: the one called (inbound) or shown (outbound)."""
    return call.called if call.direction == "in" else call.caller


def customer_identities(call: Call, _source_key: str) -> Sequence[Identity]:
    """The customer's number, else the customer named; nobody where the number was withheld."""
    number = call.caller if call.direction == "in" else call.called
    if number:
        return (("phone", number), ("customer", call.customer)) if call.customer else (("phone", number),)
    return (("customer", call.customer),) if call.customer else ()


def check_call(call: Call) -> Call:
    """The call with everything filled in that its times decide.

    Raises
    ------
    InvalidInput
        ``no_start``, ``negative_duration``, ``impossible_duration``, ``times_out_of_order``
    """
    changes = completion(call)
    return replace(call, **changes) if changes else call


def completion(call: Call) -> Mapping[str, Any]:
    """What ``check_call`` fills in or corrects, field by field; nothing for a call that is complete.

    Apart from ``check_call`` because a million calls are completed without making each record twice.
    """
    start = call.dialed_at or call.ringing_at or call.queue_entered_at or call.answered_at
    if start is None:
        raise InvalidInput(
            "no_start",
            Text(zh="缺少通话开始时间", en="the call has no start time"),
            Text(zh="请提供 dialed_at（呼出）或 ringing_at（呼入）。", en="Give dialed_at (out) or ringing_at (in)."),
        )
    _refuse_durations(call)
    _refuse_disorder(call)
    result, cause, raw_cause = _result(call)
    joined = _joined(call, result, start)
    found: dict[str, Any] = {}
    if call.direction == "out":
        if call.dialed_at is None:
            found["dialed_at"] = start
    elif call.ringing_at is None:
        found["ringing_at"] = start
    if result != call.result:
        found["result"] = result
    if cause != call.cause:
        found["cause"] = cause
    if raw_cause != call.raw_cause:
        found["raw_cause"] = raw_cause
    if joined is not call.agent_joined_at:
        found["agent_joined_at"] = joined
    if (talk := _talk(call, result, joined)) != call.talk_seconds:
        found["talk_seconds"] = talk
    if call.ring_seconds is None and call.answered_at is not None:
        found["ring_seconds"] = _seconds(call.ringing_at or start, call.answered_at)
    if call.queue_seconds is None and call.queue_entered_at is not None and (left := joined or call.ended_at):
        found["queue_seconds"] = _seconds(call.queue_entered_at, left)
    return found


def _refuse_durations(call: Call) -> None:
    for seconds in (
        call.talk_seconds,
        call.ring_seconds,
        call.ivr_seconds,
        call.queue_seconds,
        call.hold_seconds,
        call.wrap_seconds,
    ):
        if seconds is not None and not 0 <= seconds <= MAX_CALL_SECONDS:
            raise _wrong_duration(call)


def _wrong_duration(call: Call) -> InvalidInput:
    names = ("talk_seconds", "ring_seconds", "ivr_seconds", "queue_seconds", "hold_seconds", "wrap_seconds")
    name, seconds = next(
        (name, seconds)
        for name in names
        if (seconds := getattr(call, name)) is not None and not 0 <= seconds <= MAX_CALL_SECONDS
    )
    return InvalidInput(
        "negative_duration" if seconds < 0 else "impossible_duration",
        Text(zh=f"{name} 为 {seconds} 秒，不可能", en=f"{name} is {seconds} seconds, which cannot be"),
        Text(zh="请检查时长的列和单位。", en="Check the column and the unit of the duration."),
    )


def _refuse_disorder(call: Call) -> None:
    """Refuse times that go backwards, and a call that lasts longer than any call does."""
    first: datetime | None = None
    last: datetime | None = None
    for moment in (
        call.dialed_at,
        call.ringing_at,
        call.queue_entered_at,
        call.answered_at,
        call.agent_joined_at,
        call.ended_at,
    ):
        if moment is None:
            continue
        if last is None:
            first = last = moment
        elif moment >= last:
            last = moment
        elif moment < last - _CLOCK_SLACK:
            raise _out_of_order(call)
    if first is not None and last is not None and last - first > _LONGEST:
        raise InvalidInput(
            "impossible_duration",
            Text(zh=f"从 {first} 到 {last} 超过七天", en=f"from {first} to {last} is more than seven days"),
            Text(zh="请检查时间列和日期格式。", en="Check the time columns and the order of day and month."),
        )


def _out_of_order(call: Call) -> InvalidInput:
    earlier, last = "", None
    name = ""
    for name in ("dialed_at", "ringing_at", "queue_entered_at", "answered_at", "agent_joined_at", "ended_at"):
        moment: datetime | None = getattr(call, name)
        if moment is None:
            continue
        if last is not None and moment < last - _CLOCK_SLACK:
            break
        if last is None or moment > last:
            earlier, last = name, moment
    return InvalidInput(
        "times_out_of_order",
        Text(zh=f"{name} 早于 {earlier}", en=f"{name} is before {earlier}"),
        Text(zh="请检查时间列是否对调、时区是否正确。", en="Check for swapped columns and the time zone."),
    )


def _result(call: Call) -> tuple[str, str | None, str | None]:
    """The result class; a status nobody knows stays "unknown" and keeps its own words in ``raw_cause``."""
    if call.direction == "out":
        return _outbound_result(call)
    result, cause = call.result, call.cause
    if result in _PERSON:
        return "answered", cause, call.raw_cause
    if result == "missed":
        if cause is None or cause in MISSED_CAUSES:
            return result, cause or "no_answer", call.raw_cause
        return result, UNKNOWN, call.raw_cause or (None if cause == UNKNOWN else cause)
    if result in MISSED_CAUSES:
        return "missed", result, call.raw_cause
    if result in _INBOUND_CAUSES:
        return "missed", _INBOUND_CAUSES[result], call.raw_cause
    if result == "abandoned" and (call.queue or call.queue_entered_at):
        return "missed", "abandoned_queue", call.raw_cause
    if result in {"abandoned", "rejected"}:
        return "missed", UNKNOWN, call.raw_cause or result
    if result != UNKNOWN or call.raw_cause is not None:
        return UNKNOWN, cause, call.raw_cause or result
    if result_by_times(call) == "answered":
        return "answered", cause, None
    return "missed", cause if cause in MISSED_CAUSES else "no_answer", None


def _outbound_result(call: Call) -> tuple[str, str | None, str | None]:
    """Many systems only say "answered": a person is believed where an agent is named and they talked.

    Anything else that was answered may be a machine or an announcement and stays "answered_unverified".
    """
    result = call.result
    if result in OUTBOUND_RESULTS:
        return result, call.cause, call.raw_cause
    if result in INBOUND_RESULTS:
        if result == "missed":
            return "no_answer", call.cause, call.raw_cause
        return _live_or_unverified(call), call.cause, call.raw_cause
    if result != UNKNOWN or call.raw_cause is not None:
        return UNKNOWN, call.cause, call.raw_cause or result
    return result_by_times(call), call.cause, None


def result_by_times(call: Call) -> str:
    """The result of a call of which nobody says how it ended: whether somebody spoke, as far as its times tell."""
    if call.direction == "out":
        return _live_or_unverified(call) if call.answered_at or call.talk_seconds else "no_answer"
    # The exchange may answer an inbound call by itself (menu, music), so talk or an agent must be there as well.
    spoke = call.talk_seconds or (call.talk_seconds is None and call.agent)
    return "answered" if call.agent_joined_at or (call.answered_at and spoke) else "missed"


def _live_or_unverified(call: Call) -> str:
    return "human" if call.agent and _talked(call) else "answered_unverified"


def _talked(call: Call) -> bool:
    """Whether there was talk, stated or between answer and end."""
    if call.talk_seconds is not None:
        return call.talk_seconds > 0
    return bool(call.answered_at and call.ended_at and _seconds(call.answered_at, call.ended_at))


def _joined(call: Call, result: str, start: datetime) -> datetime | None:
    """When a person or bot of ours was on the line: stated, or at the answer where somebody spoke."""
    if call.agent_joined_at is not None or result not in _PERSON:
        return call.agent_joined_at
    return call.answered_at or call.queue_entered_at or call.ringing_at or start


def _talk(call: Call, result: str, joined: datetime | None) -> int | None:
    if joined is None:
        return call.talk_seconds if call.talk_seconds is not None and result in _SPOKEN else 0
    if call.talk_seconds is not None or call.ended_at is None:
        return call.talk_seconds
    return max(0, _seconds(joined, call.ended_at) - (call.hold_seconds or 0))


def _seconds(start: datetime, end: datetime) -> int:
    """Whole seconds, half up; 0 where the clocks disagree a little."""
    return max(0, (end - start + _HALF) // _SECOND)


def check_tag(tag: CallTag) -> CallTag:
    """A reason to call it junk stands with junk alone; a person's reason without a class says it is junk.

    Raises
    ------
    InvalidInput
        ``reason_without_junk``
    """
    if tag.junk_reason is None or tag.call_class == "junk":
        return tag
    if tag.call_class is None:
        return replace(tag, call_class="junk")
    raise InvalidInput(
        "reason_without_junk",
        Text(zh=f"{tag.call_class} 来电带有垃圾原因", en=f"a {tag.call_class} call has a reason for being junk"),
        Text(
            zh="请去掉 junk_reason，或把 call_class 改为 junk。", en="Leave junk_reason out, or set call_class to junk."
        ),
    )


def check_spot(spot: AdSpot) -> AdSpot:
    """A spot with its end.

    Raises
    ------
    InvalidInput
        ``spot_out_of_order``, ``impossible_duration``
    """
    ended = spot.ended_at or spot.started_at + timedelta(
        seconds=_SPOT_SECONDS if spot.seconds is None else spot.seconds
    )
    if ended < spot.started_at:
        raise InvalidInput(
            "spot_out_of_order",
            Text(zh="广告结束早于开始", en="the spot ends before it starts"),
            Text(zh="请检查 started_at、ended_at 与 seconds。", en="Check started_at, ended_at and seconds."),
        )
    if ended - spot.started_at > _LONGEST:
        raise InvalidInput(
            "impossible_duration",
            Text(zh="一次广告超过七天", en="one spot lasts more than seven days"),
            Text(zh="请逐次录入播出时间。", en="Enter each time it was aired."),
        )
    return replace(spot, ended_at=ended)
