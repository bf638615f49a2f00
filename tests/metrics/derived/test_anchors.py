"""Unique, unique target and repeat calls against a reading of their definition call by call (S2-26..S2-34)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huasuan.app.analysis import rules_of
from huasuan.intake import KINDS
from huasuan.metrics.derived import calls, prepare_stars
from huasuan.metrics.derived.scope import EVERYTHING
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor, prepare_copies

START = datetime(2025, 1, 1)  # noqa: DTZ001  the warehouse keeps UTC without saying so
DAY = timedelta(days=1)


class Call(NamedTuple):
    key: int
    party: int | None
    at: datetime
    direction: str
    talk: int
    excluded: bool


def moments(cycle: int) -> st.SearchStrategy[datetime]:
    """Moments that often lie exactly a cycle apart, or a microsecond less."""
    steps = st.integers(0, 6).map(lambda n: n * cycle * DAY)
    nudges = st.sampled_from([timedelta(0), timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1)])
    free = st.integers(0, 24 * 200).map(lambda hours: timedelta(hours=hours))
    return st.tuples(st.one_of(steps, free), nudges).map(lambda pair: START + pair[0] + pair[1])


@st.composite
def businesses(draw: st.DrawFn) -> tuple[int, list[Call]]:
    cycle = draw(st.sampled_from([0, 1, 7, 30]))
    made = draw(
        st.lists(
            st.builds(
                Call,
                key=st.integers(0, 2**64 - 1),
                party=st.sampled_from([1, 1, 2, 3, None]),
                at=moments(cycle),
                direction=st.sampled_from(["in", "in", "in", "out"]),
                talk=st.sampled_from([0, 30, 45, 60, 300]),
                excluded=st.sampled_from([False, False, False, True]),
            ),
            max_size=40,
            unique_by=lambda call: call.key,
        )
    )
    return cycle, made


def reference(
    made: Sequence[Call], cycle: int, *, rolling: bool, first_call: bool
) -> dict[int, tuple[bool, bool, bool]]:
    """The flags of every call, straight from docs/definitions.md."""
    length = cycle * DAY
    flags: dict[int, tuple[bool, bool, bool]] = {}
    # The call from which the cycle runs: its first one or, where it rolls on, the one before.
    unique: dict[int, datetime] = {}
    target: dict[int, datetime] = {}
    for call in sorted(made, key=lambda one: (one.at, one.key)):
        if call.party is None or call.direction == "out" or call.excluded:
            flags[call.key] = (False, False, False)
            continue
        who = call.party
        is_unique = who not in unique or call.at - unique[who] >= length
        is_target = call.talk >= 60 and (who not in target or call.at - target[who] >= length)
        is_repeat = who in target and call.at - target[who] < length
        if is_unique or rolling:
            unique[who] = call.at
        if is_target or (rolling and call.talk >= 60):
            target[who] = call.at
        flags[call.key] = (is_unique, is_unique and call.talk >= 60 if first_call else is_target, is_repeat)
    return flags


@pytest.fixture(scope="module")
def writer() -> Iterator[Cursor]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        prepare_copies(connection, tuple(KINDS.values()))
        prepare_stars(connection)
        yield connection


def derived(
    writer: Cursor, made: Sequence[Call], cycle: int, *, rolling: bool = False, first_call: bool = False
) -> dict[int, tuple[bool, bool, bool]]:
    """What the warehouse makes of it."""
    rows = [
        (
            number,
            call.key,
            call.party,
            call.direction,
            call.at if call.direction == "out" else None,
            call.at if call.direction == "in" else None,
            call.at if call.talk else None,
            call.talk,
            "test" if call.excluded else None,
        )
        for number, call in enumerate(made, start=1)
    ]
    writer.execute("DELETE FROM fact_call")
    if rows:
        values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
        writer.execute(
            "INSERT INTO fact_call (fact_id, key, party, direction, dialed_at, ringing_at, agent_joined_at, "
            f"talk_seconds, excluded) VALUES {values}",
            [value for row in rows for value in row],
        )
    settings = WorkspaceSettings(
        cycle_days=cycle,
        cycle_start="last_call" if rolling else "first_call",
        unique_target="first_call" if first_call else "first_target",
    )
    calls.derive_contacts(writer, EVERYTHING)
    calls.derive_calls(writer, rules_of(settings), EVERYTHING)
    found = writer.execute("SELECT key, is_unique, is_unique_target, is_repeat FROM call").fetchall()
    return {key: (unique, target, repeat) for key, unique, target, repeat in found}


@settings(max_examples=30, deadline=None)
@given(business=businesses(), rolling=st.booleans(), first_call=st.booleans())
def test_flags_are_those_of_the_definition(
    writer: Cursor, business: tuple[int, list[Call]], rolling: bool, first_call: bool
) -> None:
    """Cycles from the first call or on from the last one; either reading of the unique target call."""
    cycle, made = business
    wanted = reference(made, cycle, rolling=rolling, first_call=first_call)
    assert derived(writer, made, cycle, rolling=rolling, first_call=first_call) == wanted


def test_many_cycles_without_a_gap(writer: Cursor) -> None:
    """A call every day for a year: with 30 days the days 0, 30, 60 … 360 are unique, the other 352 repeat."""
    made = [Call(n + 1, 1, START + n * DAY, "in", 60, False) for n in range(365)]
    found = derived(writer, made, 30)
    assert sorted(key - 1 for key, flags in found.items() if flags[0]) == list(range(0, 365, 30))
    assert sum(flags[1] for flags in found.values()) == 13
    assert sum(flags[2] for flags in found.values()) == 352
