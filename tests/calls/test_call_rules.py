"""What makes a call possible and what follows from its times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.calls import check_call
from huasuan.facts.calls import INBOUND_RESULTS, MISSED_CAUSES, OUTBOUND_RESULTS, Call
from huasuan.kernel.errors import InvalidInput

START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def code_of(call: Call) -> str:
    with pytest.raises(InvalidInput) as caught:
        check_call(call)
    assert caught.value.remedy is not None
    return caught.value.code


@pytest.mark.parametrize(
    ("call", "result", "cause", "raw_cause"),
    [
        (Call(direction="out", dialed_at=at(0), result="answered", agent="A1", talk_seconds=9), "human", None, None),
        (
            Call(direction="out", dialed_at=at(0), result="answered", agent="A1", answered_at=at(5), ended_at=at(9)),
            "human",
            None,
            None,
        ),
        (
            Call(direction="out", dialed_at=at(0), result="answered", agent="A1", talk_seconds=0),
            "answered_unverified",
            None,
            None,
        ),
        (Call(direction="out", dialed_at=at(0), result="answered", talk_seconds=9), "answered_unverified", None, None),
        (Call(direction="out", dialed_at=at(0), result="missed"), "no_answer", None, None),
        (Call(direction="out", dialed_at=at(0), result="Q850-127"), "unknown", None, "Q850-127"),
        (
            Call(direction="out", dialed_at=at(0), result="unknown", raw_cause="x", answered_at=at(1), agent="A"),
            "unknown",
            None,
            "x",
        ),
        (Call(direction="out", dialed_at=at(0)), "no_answer", None, None),
        (Call(direction="out", dialed_at=at(0), answered_at=at(3)), "answered_unverified", None, None),
        (Call(direction="in", ringing_at=at(0), result="answered"), "answered", None, None),
        (Call(direction="in", ringing_at=at(0), result="human"), "answered", None, None),
        (Call(direction="in", ringing_at=at(0), result="busy"), "missed", "busy", None),
        (Call(direction="in", ringing_at=at(0), result="missed"), "missed", "no_answer", None),
        (Call(direction="in", ringing_at=at(0), result="missed", cause="?"), "missed", "unknown", "?"),
        (Call(direction="in", ringing_at=at(0), result="abandoned", queue="q"), "missed", "abandoned_queue", None),
        (Call(direction="in", ringing_at=at(0), result="abandoned"), "missed", "unknown", "abandoned"),
        (Call(direction="in", ringing_at=at(0), result="转接外部"), "unknown", None, "转接外部"),
        (
            Call(direction="in", ringing_at=at(0), result="转接外部", answered_at=at(2), talk_seconds=9),
            "unknown",
            None,
            "转接外部",
        ),
        (Call(direction="in", ringing_at=at(0), answered_at=at(2), talk_seconds=9), "answered", None, None),
        (Call(direction="in", ringing_at=at(0), answered_at=at(2)), "missed", "no_answer", None),
        (Call(direction="in", ringing_at=at(0), answered_at=at(2), agent="A1"), "answered", None, None),
    ],
)
def test_result_classes(call: Call, result: str, cause: str | None, raw_cause: str | None) -> None:
    checked = check_call(call)
    assert (checked.result, checked.cause, checked.raw_cause) == (result, cause, raw_cause)


def test_durations_follow_from_the_times() -> None:
    call = check_call(
        Call(
            direction="in",
            ringing_at=at(0),
            queue_entered_at=at(3),
            answered_at=at(3),
            agent_joined_at=at(12.4),
            ended_at=at(72.9),
            hold_seconds=10,
            result="answered",
        )
    )
    # queue 12.4 - 3 = 9.4; talk 72.9 - 12.4 = 60.5, half up 61, less 10 on hold
    assert (call.ring_seconds, call.queue_seconds, call.talk_seconds) == (3, 9, 51)


def test_stated_durations_stay() -> None:
    call = check_call(
        Call(direction="out", dialed_at=at(0), answered_at=at(9), ended_at=at(99), result="human", talk_seconds=70)
    )
    assert (call.talk_seconds, call.ring_seconds, call.agent_joined_at) == (70, 9, at(9))


def test_nobody_talks_on_a_call_that_was_not_answered() -> None:
    assert check_call(Call(direction="out", dialed_at=at(0), result="busy", talk_seconds=7)).talk_seconds == 0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (Call(direction="out"), "no_start"),
        (Call(direction="out", dialed_at=at(0), talk_seconds=-1), "negative_duration"),
        (Call(direction="out", dialed_at=at(0), wrap_seconds=8 * 86400), "impossible_duration"),
        (Call(direction="in", ringing_at=at(0), answered_at=at(-10)), "times_out_of_order"),
        (Call(direction="out", dialed_at=at(0), answered_at=at(5), ended_at=at(2)), "times_out_of_order"),
        (Call(direction="out", dialed_at=at(0), ended_at=at(8 * 86400)), "impossible_duration"),
    ],
)
def test_impossible_calls_are_refused(call: Call, code: str) -> None:
    assert code_of(call) == code


def test_clocks_may_disagree_by_two_seconds() -> None:
    call = Call(direction="in", ringing_at=at(0), answered_at=at(-2), ended_at=at(60), result="answered")
    assert check_call(call).ring_seconds == 0
    assert code_of(replace(call, answered_at=at(-2.001))) == "times_out_of_order"


_MOMENTS = st.none() | st.floats(-3, 700, allow_nan=False).map(at)
_SECONDS = st.none() | st.integers(-2, 700)
_WORDS = st.sampled_from(sorted({*OUTBOUND_RESULTS, *INBOUND_RESULTS, *MISSED_CAUSES, "unknown", "weird"}))
CALLS = st.builds(
    Call,
    direction=st.sampled_from(["in", "out"]),
    dialed_at=_MOMENTS,
    ringing_at=_MOMENTS,
    queue_entered_at=_MOMENTS,
    answered_at=_MOMENTS,
    agent_joined_at=_MOMENTS,
    ended_at=_MOMENTS,
    ring_seconds=_SECONDS,
    queue_seconds=_SECONDS,
    hold_seconds=_SECONDS,
    talk_seconds=_SECONDS,
    result=_WORDS,
    cause=st.none() | _WORDS,
    raw_cause=st.none() | st.just("raw"),
    agent=st.none() | st.just("A1"),
    queue=st.none() | st.just("Q"),
)
_TIMES = st.lists(st.integers(0, 700), min_size=6, max_size=6).map(sorted)


@given(CALLS, st.none() | _TIMES)
def test_a_checked_call_stays_as_it_is_and_has_no_negative_duration(call: Call, times: list[int] | None) -> None:
    if times is not None:  # random moments are seldom in order
        names = ("dialed_at", "ringing_at", "queue_entered_at", "answered_at", "agent_joined_at", "ended_at")
        kept = {name: at(second) for name, second in zip(names, times, strict=True) if getattr(call, name)}
        call = replace(call, **kept, hold_seconds=None if (call.hold_seconds or 0) < 0 else call.hold_seconds)
    try:
        checked = check_call(call)
    except InvalidInput:
        return
    assert check_call(checked) == checked
    for name in ("ring_seconds", "queue_seconds", "hold_seconds", "talk_seconds"):
        assert (getattr(checked, name) or 0) >= 0
    known = {*OUTBOUND_RESULTS, "unknown"} if call.direction == "out" else {*INBOUND_RESULTS, "unknown"}
    assert checked.result in known
    if call.result == "weird":
        assert (checked.result, checked.raw_cause) == ("unknown", call.raw_cause or "weird")
