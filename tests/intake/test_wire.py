"""JSON records: the quick way and the exact way read the same, and what is wrong is named."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.facts.calls import Call
from huasuan.facts.contacts import Customer
from huasuan.facts.costs import Cost
from huasuan.facts.deals import DealEvent
from huasuan.facts.people import Shift
from huasuan.facts.shape import shape_of
from huasuan.intake.wire import Parsed, parse_exactly, parse_record
from huasuan.kernel.errors import InvalidInput

_TIMES = st.sampled_from(
    [
        "2026-03-05T09:30:00+08:00",
        "2026-03-05T01:30:00Z",
        "2026-03-05T01:30Z",
        "2026-03-05 01:30:00Z",
        "2026-03-05T01:30:00.123456-05:00",
        "2026-03-05T01:30:00",
        "2026-03-05",
        "20260305T013000Z",
        "2026-W10-4T01:30:00Z",
        "1969-12-31T23:00:00Z",
        "2300-01-01T00:00:00Z",
        "2026-03-05T25:00:00Z",
        "",
        "2026-03-05T0130Z",
        1772672400,
        "1772672400",
    ]
)
_VALUES: dict[str, st.SearchStrategy[object]] = {
    "text": st.sampled_from(["x", "", " x ", "通话", "x" * 5000, 5, None, True, "human", "in", "won", "\u2003x"]),
    "number": st.sampled_from([0, 5, -5, 2**60, "7", 7.0, 7.5, True, None, "x", ""]),
    "fraction": st.sampled_from([0.5, 1, "0.5", float("inf"), None]),
    "yes": st.sampled_from([True, False, "yes", 1, 0, None, "x"]),
    "time": _TIMES,
    "phone": st.sampled_from(
        ["13800138000", "+86 138 0013 8000", "95588", "1.38E+10", "匿名", " 13800138000", 5, "", None]
    ),
    "day": st.sampled_from(["2026-03-05", "2026-3-5", "20260305", "2026-03-05T00:00:00Z", None]),
    "amount": st.sampled_from(["12.50", 12, 12.5, "x", "1.005", None]),
    "list": st.sampled_from([[], ["13800138000"], "x", None]),
}


def _strategy(record: type) -> st.SearchStrategy[dict[str, object]]:
    kinds: dict[str, st.SearchStrategy[object]] = {"misspelt": st.none(), "key": _VALUES["text"], "known_at": _TIMES}
    names = {int: "number", float: "fraction", bool: "yes", datetime: "time"}
    for field in shape_of(record):
        if field.many:
            kind = "list"
        elif field.mark.money:
            kind = "amount"
        elif field.mark.identity == "phone":
            kind = "phone"
        elif field.type.__name__ == "date":
            kind = "day"
        else:
            kind = names.get(field.type, "text")
        kinds[field.wire_name] = _VALUES[kind]
    good = {field.wire_name: _GOOD[field.wire_name] for field in shape_of(record) if field.required}
    some = st.dictionaries(st.sampled_from(sorted(kinds)), st.none(), max_size=4).flatmap(
        lambda chosen: st.fixed_dictionaries({name: kinds[name] for name in chosen})
    )
    return some.map(lambda said: {**good, **said})


_GOOD: dict[str, object] = {
    "direction": "out",
    "deal": "D1",
    "kind": "won",
    "at": "2026-03-05T09:30:00Z",
    "cost_kind": "ads",
    "service_from": "2026-03-05",
    "agent": "A1",
    "started_at": "2026-03-05T09:30:00Z",
    "ended_at": "2026-03-05T19:30:00Z",
}


def outcome(parse: Any, record: type, raw: object) -> object:
    try:
        parsed: Parsed = parse(record, raw)
    except InvalidInput as error:
        return error.code, error.text
    return parsed


@given(st.sampled_from([Call, DealEvent, Cost, Shift, Customer]), st.data())
def test_both_ways_read_the_same(record: type, data: st.DataObject) -> None:
    raw = data.draw(_strategy(record))
    assert outcome(parse_record, record, raw) == outcome(parse_exactly, record, raw)


def test_a_plain_call() -> None:
    parsed = parse_record(
        Call,
        {
            "key": "c1",
            "known_at": "2026-03-06T00:00:00Z",
            "direction": "in",
            "ringing_at": "2026-03-05T09:30:00+08:00",
            "caller": "138 0013 8000",
            "talk_seconds": 5,
            "queue": "",
        },
    )
    moment = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
    assert parsed.fact == Call(direction="in", ringing_at=moment, caller="+8613800138000", talk_seconds=5)
    assert (parsed.key, parsed.known_at) == ("c1", datetime(2026, 3, 6, tzinfo=UTC))


def test_nested_records_and_amounts() -> None:
    parsed = parse_record(
        DealEvent,
        {
            "deal": "D1",
            "kind": "won",
            "at": "2026-03-05T09:30:00Z",
            "currency": "JPY",
            "lines": [{"product": "p", "value": "1200", "cost": 300}],
        },
    )
    (line,) = parsed.fact.lines
    assert (line.value_minor, line.cost_minor, line.quantity, parsed.key) == (1200, 300, 1, None)


@pytest.mark.parametrize(
    ("record", "raw", "said"),
    [
        (Call, {"direction": "sideways"}, "direction"),
        (Call, {"direction": "in", "talktime": 5}, "talktime"),
        (Call, {}, "direction"),
        (DealEvent, {"deal": "", "kind": "won", "at": "2026-03-05T09:30:00Z"}, "deal"),
        (Cost, {"cost_kind": "ads", "service_from": "2026-03-05", "amount": 1.5}, "amount"),
        (Cost, {"cost_kind": "ads", "service_from": "2026-03-05", "rate": "1E+99999"}, "rate"),
        (Call, {"direction": "in", "ringing_at": "2026-03-05T09:30:00"}, "ringing_at"),
        (Call, [], "record"),
    ],
)
def test_what_is_wrong_is_named(record: type, raw: object, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_record(record, raw)
    assert said in caught.value.text.en
    assert caught.value.remedy is not None
