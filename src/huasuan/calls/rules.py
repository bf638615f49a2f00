"""What makes a call record possible, and the times and durations that follow from one another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from huasuan.facts.calls import INBOUND_RESULTS, MISSED_CAUSES, OUTBOUND_RESULTS, UNKNOWN, Call
from huasuan.facts.marks import Identity
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

_DURATIONS = ("ring_seconds", "ivr_seconds", "queue_seconds", "hold_seconds", "talk_seconds", "wrap_seconds")
_ORDER = ("dialed_at", "ringing_at", "queue_entered_at", "answered_at", "agent_joined_at", "ended_at")
# Clocks of exchange and provider differ by fractions of a second; more than this is a wrong record.
_CLOCK_SLACK = timedelta(seconds=2)
MAX_CALL_SECONDS = 7 * 86400


def own_number(call: Call) -> str | None:
    """Our side's number: the one called (inbound) or shown (outbound)."""
    return call.called if call.direction == "in" else call.caller


def customer_identities(call: Call, _source_key: str) -> Sequence[Identity]:
    """The customer's number, else the customer named; nobody where the number was withheld."""
    number = call.caller if call.direction == "in" else call.called
    found: list[Identity] = []
    if number:
        found.append(("phone", number))
    if call.customer:
        found.append(("customer", call.customer))
    return found


def check_call(call: Call) -> Call:
    """The call with everything filled in that its times decide.

    Raises
    ------
    InvalidInput
        ``no_start``, ``negative_duration``, ``impossible_duration``, ``times_out_of_order``
    """
    _refuse_impossible(call)
    return _complete(call)


def _refuse_impossible(call: Call) -> None:
    if _start(call) is None:
        raise InvalidInput(
            "no_start",
            Text(zh="缺少通话开始时间", en="the call has no start time"),
            Text(zh="请提供 dialed_at（呼出）或 ringing_at（呼入）。", en="Give dialed_at (out) or ringing_at (in)."),
        )
    for name in _DURATIONS:
        seconds = getattr(call, name)
        if seconds is not None and not 0 <= seconds <= MAX_CALL_SECONDS:
            raise InvalidInput(
                "negative_duration" if seconds < 0 else "impossible_duration",
                Text(zh=f"{name} 为 {seconds} 秒，不可能", en=f"{name} is {seconds} seconds, which cannot be"),
                Text(zh="请检查时长的列和单位。", en="Check the column and the unit of the duration."),
            )
    _refuse_disorder(call)


def _refuse_disorder(call: Call) -> None:
    last_name, last = "", None
    for name in _ORDER:
        moment: datetime | None = getattr(call, name)
        if moment is None:
            continue
        if last is not None and moment < last - _CLOCK_SLACK:
            raise InvalidInput(
                "times_out_of_order",
                Text(zh=f"{name} 早于 {last_name}", en=f"{name} is before {last_name}"),
                Text(zh="请检查时间列是否对调、时区是否正确。", en="Check for swapped columns and the time zone."),
            )
        if last is None or moment > last:
            last_name, last = name, moment


def _start(call: Call) -> datetime | None:
    return call.dialed_at or call.ringing_at or call.queue_entered_at or call.answered_at


def _complete(call: Call) -> Call:
    """Fill in what follows: start, result, the moment a person joined, ring, queue and talk seconds."""
    start = _start(call)
    result, cause, raw = _result(call)
    joined = _joined(call, result)
    ended = call.ended_at
    talk = call.talk_seconds
    if joined is None:
        talk = 0 if talk is None or result not in {"human", "answered", "machine", "answered_unverified"} else talk
    elif talk is None:
        talk = max(0, _seconds(joined, ended) - (call.hold_seconds or 0)) if ended else None
    return replace(
        call,
        dialed_at=start if call.direction == "out" else call.dialed_at,
        ringing_at=start if call.direction == "in" and call.ringing_at is None else call.ringing_at,
        agent_joined_at=joined,
        result=result,
        cause=cause,
        raw_cause=raw,
        talk_seconds=talk,
        ring_seconds=_between(call.ring_seconds, call.ringing_at or start, call.answered_at),
        queue_seconds=_between(call.queue_seconds, call.queue_entered_at, joined or ended),
    )


def _result(call: Call) -> tuple[str, str | None, str | None]:
    """The result class; a status nobody knows stays "unknown" and keeps its own words in ``raw_cause``."""
    known = OUTBOUND_RESULTS if call.direction == "out" else INBOUND_RESULTS
    if call.result in known:
        cause = call.cause
        if call.result == "missed" and cause not in MISSED_CAUSES:
            return call.result, "no_answer" if cause is None else UNKNOWN, call.raw_cause or cause
        return call.result, cause, call.raw_cause
    if call.direction == "in" and call.result in MISSED_CAUSES:
        return "missed", call.result, call.raw_cause
    if call.result == UNKNOWN and call.direction == "in":
        spoke = call.agent_joined_at is not None or (call.answered_at is not None and bool(call.talk_seconds))
        return ("answered" if spoke else "missed"), None if spoke else call.cause or "no_answer", call.raw_cause
    if call.result == UNKNOWN and call.direction == "out" and call.raw_cause is None:
        return ("answered_unverified" if call.answered_at or call.talk_seconds else "no_answer"), call.cause, None
    return UNKNOWN, call.cause, call.raw_cause or call.result


def _joined(call: Call, result: str) -> datetime | None:
    """When a person or bot of ours was on the line: stated, or at the answer where somebody spoke."""
    if call.agent_joined_at is not None or result not in {"human", "answered"}:
        return call.agent_joined_at
    return call.answered_at or call.ringing_at or _start(call)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() + 0.5)


def _between(stated: int | None, start: datetime | None, end: datetime | None) -> int | None:
    if stated is not None or start is None or end is None:
        return stated
    return max(0, _seconds(start, end))
