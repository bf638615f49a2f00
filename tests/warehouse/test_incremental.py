"""Following change by change gives exactly what one derivation of everything gives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden.small import ZONE, Record, Small, at, cost, deal_event, dial, ring, small_business, won
from huasuan.intake import queries
from huasuan.intake.kinds import kind_named
from warehouse.following import Follower, differences

START = datetime(2025, 6, 29, 9, tzinfo=ZONE)
PHONES = ("13900139001", "13900139002", "13800138003")
MOMENTS = st.integers(0, 24 * 70).map(lambda hours: START + timedelta(hours=hours // 24 * 20 + hours % 5))
DAYS = st.integers(0, 40).map(lambda days: (START + timedelta(days=days)).date().isoformat())


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """One of the values, or nothing as often as one of them."""
    return st.sampled_from((None, *values))


def _made(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Record]:
    fields = st.fixed_dictionaries({**required, **optional})
    return fields.map(lambda record: {name: value for name, value in record.items() if value is not None})


def _with_numbers(record: Record) -> Record:
    phone = record.pop("phone", None)
    own, other = ("called", "caller") if record["direction"] == "in" else ("caller", "called")
    return record | {own: "4008001234"} | ({other: phone} if phone else {})


CALL = _made(
    {"key": st.sampled_from(("k1", "k2", "k3", "k4")), "direction": st.sampled_from(("in", "out"))},
    {
        "ringing_at": MOMENTS,
        "talk_seconds": st.sampled_from((0, 20, 45, 90)),
        "result": st.just("answered"),
        "phone": maybe(*PHONES),
        "customer": maybe("c1"),
        "lead": maybe("l1", "l2"),
        "agent": maybe("a1", "a2"),
        "list": maybe("A"),
        "channel": maybe("x"),
        "excluded": st.sampled_from((None, None, None, "test")),
    },
).map(_with_numbers)
LEAD = _made(
    {"key": st.sampled_from(("l1", "l2", "l3")), "created_at": MOMENTS},
    {
        "phone": maybe(*PHONES),
        "customer": maybe("c1", "c2"),
        "call": maybe("k1", "k2"),
        "channel": maybe("x", "y"),
        "list": maybe("A", "B"),
        "agent": maybe("a1"),
        "duplicate": maybe(True),
    },
)
CUSTOMER = _made(
    {"key": st.sampled_from(("c1", "c2"))},
    {
        "phones": st.lists(st.sampled_from(PHONES), unique=True, max_size=2),
        "company": maybe("m1"),
        "province": maybe("Hunan"),
        "industry": maybe("steel"),
    },
)
TOUCH = _made(
    {"key": st.sampled_from(("t1", "t2")), "at": MOMENTS, "kind": st.sampled_from(("sms", "visit"))},
    {"phone": maybe(*PHONES), "channel": maybe("x"), "segments": maybe(3)},
)
DEAL = _made(
    {
        "deal": st.sampled_from(("d1", "d2", "d3")),
        "kind": st.sampled_from(("won", "won", "returned", "cancelled", "stage", "lost")),
        "at": MOMENTS,
    },
    {
        "origin_call": maybe("k1", "k2", "k3"),
        "lead": maybe("l1", "l2", "l3"),
        "phone": maybe(*PHONES),
        "customer": maybe("c1", "c2"),
        "stage": maybe("demo", "offer"),
        "contract_until": maybe("2025-08-15", "2025-12-31"),
    },
).map(lambda record: record | {"key": record["deal"] + record["kind"], "amount": "100"})
COST = _made(
    {
        "key": st.sampled_from(("e1", "e2", "e3")),
        "cost_kind": st.just("other"),
        "service_from": DAYS,
        "driver": st.sampled_from(
            ("call", "record", "response", "deal", "lead", "message", "seat_hour", "minute_60", "none")
        ),
    },
    {
        "useful_months": maybe(1),
        "channel": maybe("x"),
        "agent": maybe("a1"),
        "list": maybe("A"),
        "deal": maybe("d1"),
        "amount": st.sampled_from(("100", "77.77")),
    },
)
SHIFT = _made(
    {"key": st.sampled_from(("s1", "s2", "s3")), "agent": st.sampled_from(("a1", "a2")), "started_at": MOMENTS}, {}
).map(lambda record: record | {"ended_at": record["started_at"] + timedelta(hours=2)})
MESSAGE = _made(
    {"key": st.sampled_from(("m1", "m2")), "sent_at": MOMENTS},
    {
        "phone": maybe(*PHONES),
        "call": maybe("k1"),
        "lead": maybe("l1"),
        "campaign": maybe("x"),
        "replied_at": maybe(START + timedelta(days=50)),
    },
)
TARGET = _made(
    {"key": st.sampled_from(("g1", "g2")), "targeted_at": MOMENTS, "campaign": st.just("x")},
    {"phone": maybe(*PHONES), "customer": maybe("c1")},
)
MEETING = _made(
    {"key": st.sampled_from(("b1", "b2")), "booked_at": MOMENTS},
    {
        "phone": maybe(*PHONES),
        "customer": maybe("c1"),
        "call": maybe("k1", "k2"),
        "lead": maybe("l1"),
        "agent": maybe("a1"),
        "via": maybe("web"),
    },
)
SAID = _made(
    {"key": st.sampled_from(("z1", "z2")), "call": st.sampled_from(("k1", "k2", "k3")), "at": MOMENTS},
    {"call_class": maybe("target", "junk"), "by": maybe("speech"), "excluded": maybe("test")},
)
OPT_OUT = _made(
    {"key": st.sampled_from(("o1", "o2")), "received_at": MOMENTS},
    {"phone": maybe(*PHONES), "call": maybe("k1", "k2"), "list": maybe("B")},
)
CONSENT = _made(
    {"key": st.sampled_from(("n1", "n2")), "at": MOMENTS, "purpose": st.just("call"), "given": st.booleans()},
    {"phone": maybe(*PHONES), "customer": maybe("c1"), "expires_at": maybe(START + timedelta(days=50))},
).filter(lambda record: "phone" in record or "customer" in record)
TAG = _made(
    {"key": st.sampled_from(("y1", "y2")), "own_number": st.just("4008001234"), "tagged_at": MOMENTS},
    {"cleared_at": maybe(START + timedelta(days=30))},
)
TIMES = _made(
    {"key": st.sampled_from(("p1", "p2")), "agent": st.sampled_from(("a1", "a2")), "started_at": MOMENTS}, {}
).map(lambda record: record | {"ended_at": record["started_at"] + timedelta(hours=2), "state": "break"})
AGENT = _made(
    {"key": st.sampled_from(("a1", "a1b")), "agent": st.just("a1"), "since": MOMENTS, "team": maybe("north", "south")},
    {},
)
COMPANY = _made({"key": st.just("m1")}, {"province": maybe("Hubei"), "segment": maybe("big")})
GONE = st.sampled_from(
    [
        *(("call", key) for key in ("k1", "k2", "k3", "k4")),
        *(("lead", key) for key in ("l1", "l2")),
        *(("customer", key) for key in ("c1", "c2")),
        *(("deal_event", key) for key in ("d1won", "d1returned", "d2won")),
        ("cost", "e1"),
        ("shift", "s1"),
        ("touch", "t1"),
        ("meeting", "b1"),
        ("message", "m1"),
        ("opt_out", "o1"),
        ("call_tag", "z1"),
        ("consent", "n1"),
        ("number_tag", "y1"),
        ("planned_state", "p1"),
        ("agent_state", "p1"),
    ]
)
# Agents and companies make a round derive everything, so they come before the rounds that are tried.
MASTER = st.lists(
    st.one_of(*(st.tuples(st.just(k), made) for k, made in (("agent", AGENT), ("company", COMPANY)))), max_size=3
)
STEP = st.one_of(
    *(
        st.tuples(st.just(kind), made)
        for kind, made in (
            *[("call", CALL), ("lead", LEAD), ("customer", CUSTOMER), ("deal_event", DEAL)] * 2,
            ("touch", TOUCH),
            ("cost", COST),
            ("shift", SHIFT),
            ("message", MESSAGE),
            ("campaign_target", TARGET),
            ("meeting", MEETING),
            ("opt_out", OPT_OUT),
            ("call_tag", SAID),
            ("consent", CONSENT),
            ("number_tag", TAG),
            ("planned_state", TIMES),
            ("agent_state", TIMES),
        )
    ),
    st.tuples(st.just("gone"), GONE),
)


def deliver_steps(business: Small, steps: Sequence[tuple[str, Any]]) -> None:
    """Deliver each step by itself."""
    for kind, record in steps:
        if kind == "gone":
            remove(business, *record)
        else:
            business.give(kind, record)


def remove(business: Small, kind_name: str, key: str) -> None:
    """A tombstone, as an undo writes it; nothing where the fact never was or is gone."""
    kind = kind_named(kind_name)
    with business.store.write() as connection:
        found = queries.versions_of(connection, kind, workspace=business.workspace.id, source="test", keys=[key])
        versions = found.get(key, [])
        if not versions or versions[-1].gone:
            return
        last = versions[-1]
        rewrite = queries.Rewrite(
            version=last.version + 1,
            fact_id=last.fact_id,
            batch=last.batch,
            known_at=last.known_at,
            gone=True,
            seq=last.seq,
        )
        assert queries.rewrite_versions(connection, kind, [rewrite]) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("incremental")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(master=MASTER, groups=st.lists(st.lists(STEP, min_size=1, max_size=5), min_size=2, max_size=4))
def test_any_facts_in_any_rounds(
    sqlite_template: Path, folder: Path, master: list[tuple[str, Any]], groups: list[list[tuple[str, Any]]]
) -> None:
    """Agents and companies first, then whatever comes, a round after each group."""
    with small_business(sqlite_template, folder) as business:
        check(business, [master, *groups])


def check(business: Small, groups: Sequence[Sequence[tuple[str, Any]]]) -> None:
    """After each group the warehouse that follows equals one that is derived as a whole."""
    piecewise, whole = (Follower(business.store, business.workspace) for _ in range(2))
    try:
        for number, group in enumerate(groups):
            deliver_steps(business, group)
            piecewise.follow([100])
            whole.round(50_000, everything=True)
            assert differences(piecewise, whole) == [], f"after group {number}"
    finally:
        piecewise.close()
        whole.close()


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=6, max_size=14), limits=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_any_size_of_rounds(
    sqlite_template: Path, folder: Path, steps: list[tuple[str, Any]], limits: list[int]
) -> None:
    """Rounds of a few rows of each kind, so that facts come apart from those they name."""
    with small_business(sqlite_template, folder) as business:
        deliver_steps(business, steps)
        whole, piecewise = Follower(business.store, business.workspace), Follower(business.store, business.workspace)
        whole.round(50_000, everything=True)
        piecewise.follow(limits)
        assert differences(piecewise, whole) == []
        whole.close()
        piecewise.close()


A, B, C = PHONES
DAY = "2025-07-01"

# Facts that arrive one group after the other, in each case the later group reaching rows of the earlier one.
CASES: dict[str, list[list[tuple[str, Any]]]] = {
    "the lead of a call with a withheld number": [
        [("call", ring("k1", f"{DAY} 10:00", None, talk=90, lead="l1")), ("cost", cost("e", "ads", DAY, "1"))],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "channel": "x", "list": "A"})],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "channel": "y", "list": "A"})],
    ],
    "a deal of a lead that names nobody": [
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "channel": "x"})],
        [("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l1"))],
        [("deal_event", deal_event("d1", "cancelled", f"{DAY} 12:00"))],
    ],
    "the lead of the call a stranger's deal came from": [
        [
            ("call", ring("k1", f"{DAY} 10:00", A, talk=90, lead="l1")),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", origin_call="k1", phone=B)),
        ],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A, "channel": "x"})],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": C, "channel": "y"})],
    ],
    "the address of the caller a stranger's deal came from": [
        [
            ("call", ring("k1", f"{DAY} 10:00", A, talk=90)),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", origin_call="k1", customer="c9")),
        ],
        [("customer", {"key": "c1", "phones": [A], "province": "Hunan"})],
        [("customer", {"key": "c1", "phones": [A], "province": "Hubei", "company": "m1"})],
    ],
    "the address of a lead a stranger's deal came from": [
        [
            ("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A, "channel": "x"}),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l1", customer="c9")),
        ],
        [("customer", {"key": "c1", "phones": [A], "province": "Hunan"})],
    ],
    "an earlier call of the lead of a deal that names nobody": [
        [
            ("call", ring("k1", f"{DAY} 10:00", A, talk=90, lead="l1")),
            ("call", ring("k2", f"{DAY} 09:00", A, talk=90)),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l1")),
        ],
        [("call", dial("k3", f"{DAY} 08:00", B, talk=90, lead="l1"))],
    ],
    "a later call of the contact of a lead": [
        [
            ("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A, "channel": "x"}),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l1", customer="c9")),
        ],
        [("call", ring("k1", f"{DAY} 10:00", A, talk=90))],
        [("call", ring("k1", "2025-08-01 10:00", A, talk=90))],
    ],
    "a deal that turns out to be of another lead": [
        [
            ("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A}),
            ("lead", {"key": "l2", "created_at": at(f"{DAY} 09:00"), "phone": B}),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l1", phone=C)),
        ],
        [("deal_event", won("d1", f"{DAY} 11:00", "5", lead="l2", phone=C))],
    ],
    "a deal whose other event names a lead": [
        [
            ("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A}),
            ("lead", {"key": "l2", "created_at": at(f"{DAY} 09:00"), "phone": A}),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", phone=A)),
        ],
        [("deal_event", deal_event("d1", "paid", f"{DAY} 12:00", lead="l2"))],
    ],
    "an event that belongs to another deal": [
        [
            ("call", ring("k1", f"{DAY} 10:00", A, talk=90)),
            ("deal_event", {**won("d1", f"{DAY} 11:00", "5", phone=A), "key": "same"}),
        ],
        [("deal_event", {**won("d2", f"{DAY} 11:00", "5", phone=B), "key": "same"})],
    ],
    "a commission of a deal that comes later": [
        [("cost", cost("e", "commission", DAY, "7", deal="d1")), ("call", ring("k1", f"{DAY} 10:00", A, agent="a1"))],
        [("deal_event", won("d1", "2025-08-01 11:00", "5", origin_call="k1"))],
        [("cost", cost("e", "commission", DAY, "9", deal="d2"))],
    ],
    "a company of two people, each with a deal": [
        [
            ("customer", {"key": "c1", "phones": [A], "company": "m1"}),
            ("customer", {"key": "c2", "phones": [B]}),
            ("deal_event", won("d1", f"{DAY} 11:00", "5", customer="c1")),
            ("deal_event", won("d2", f"{DAY} 10:00", "5", customer="c2")),
        ],
        [("customer", {"key": "c2", "phones": [B], "company": "m1"})],
        [("customer", {"key": "c2", "phones": [B, A], "company": "m1"})],
        [("customer", {"key": "c2", "phones": [C]})],
    ],
    "a call that turns out to have led to a meeting, and then not": [
        [("call", ring("k1", f"{DAY} 10:00", A, talk=90)), ("call", dial("k2", f"{DAY} 11:00", B, talk=90))],
        [("meeting", {"key": "b1", "booked_at": at(f"{DAY} 12:00"), "phone": A})],
        [("meeting", {"key": "b1", "booked_at": at(f"{DAY} 12:00"), "call": "k2"})],
        [("call", dial("k2", f"{DAY} 11:00", A, talk=90, campaign="x"))],
        [("gone", ("meeting", "b1"))],
    ],
    "a target that responds by a call and by a reply": [
        [
            ("campaign_target", {"key": "g1", "targeted_at": at(f"{DAY} 08:00"), "phone": A, "campaign": "x"}),
            ("campaign_target", {"key": "g2", "targeted_at": at(f"{DAY} 08:00"), "customer": "c1", "campaign": "x"}),
        ],
        [("call", dial("k1", f"{DAY} 10:00", A, talk=90, campaign="x"))],
        [("message", {"key": "m1", "sent_at": at(f"{DAY} 09:00"), "replied_at": at(f"{DAY} 10:00"), "phone": B})],
        [("customer", {"key": "c1", "phones": [B], "industry": "steel"})],
        [
            (
                "message",
                {
                    "key": "m1",
                    "sent_at": at(f"{DAY} 09:00"),
                    "replied_at": at(f"{DAY} 10:00"),
                    "phone": B,
                    "campaign": "x",
                },
            )
        ],
        [("gone", ("call", "k1"))],
    ],
    "consent that comes, runs out, and is taken back": [
        [("call", dial("k1", f"{DAY} 10:00", A)), ("call", dial("k2", f"{DAY} 12:00", A))],
        [("consent", {"key": "n1", "at": at(f"{DAY} 09:00"), "purpose": "call", "given": True, "phone": A})],
        [("opt_out", {"key": "o1", "received_at": at(f"{DAY} 11:00"), "phone": A})],
        [("gone", ("consent", "n1"))],
    ],
    "a number that is tagged, for a time": [
        [("call", dial("k1", f"{DAY} 10:00", A, caller="4008001234")), ("call", dial("k2", f"{DAY} 12:00", A))],
        [("number_tag", {"key": "y1", "own_number": "4008001234", "tagged_at": at(f"{DAY} 09:00")})],
        [("number_tag", {"key": "y2", "own_number": "4008001234", "tagged_at": at(f"{DAY} 11:00")})],
        [
            (
                "number_tag",
                {
                    "key": "y1",
                    "own_number": "4008001234",
                    "tagged_at": at(f"{DAY} 09:00"),
                    "cleared_at": at(f"{DAY} 09:30"),
                },
            )
        ],
        [("gone", ("number_tag", "y2"))],
    ],
    "calls that get others before and after them": [
        [("call", ring("k1", f"{DAY} 10:00", A)), ("call", ring("k3", f"{DAY} 14:00", A))],
        [("call", dial("k2", f"{DAY} 12:00", A, talk=60))],
        [("call", ring("k0", f"{DAY} 08:00", A, talk=60))],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A})],
        [("gone", ("call", "k2"))],
    ],
    "a number of a customer that is first heard of in a meeting": [
        [("customer", {"key": "c1", "phones": [A, B]}), ("call", dial("k1", f"{DAY} 10:00", A))],
        [("meeting", {"key": "b1", "booked_at": at(f"{DAY} 12:00"), "phone": B})],
    ],
    "an opt-out whose last call before it changes": [
        [("opt_out", {"key": "o1", "received_at": at(f"{DAY} 12:00"), "phone": A})],
        [("call", dial("k1", f"{DAY} 10:00", A, campaign="x"))],
        [("call", dial("k2", f"{DAY} 11:00", A, campaign="y")), ("call", dial("k3", f"{DAY} 13:00", A, campaign="z"))],
        [("gone", ("call", "k2"))],
    ],
    "an event of a lead that comes later and changes": [
        [("handover", {"key": "h1", "handed_at": at(f"{DAY} 12:00"), "lead": "l1"})],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A, "channel": "x"})],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": B, "channel": "y"})],
        [("gone", ("lead", "l1"))],
    ],
    "an event of a call with a withheld number whose lead changes": [
        [
            ("call", ring("k1", f"{DAY} 10:00", None, talk=90, lead="l1")),
            ("sentiment", {"key": "s1", "call": "k1", "side": "agent", "score": "1"}),
        ],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "channel": "x"})],
    ],
    "a lead that ties two callers together and lets them go": [
        [
            ("call", ring("k1", f"{DAY} 10:00", A, talk=90)),
            ("call", ring("k2", f"{DAY} 11:00", None, talk=90, customer="c1")),
            ("call", dial("k3", f"{DAY} 12:00", A, list="A")),
            ("cost", cost("e", "list_data", DAY, "10")),
        ],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A, "customer": "c1"})],
        [("lead", {"key": "l1", "created_at": at(f"{DAY} 09:00"), "phone": A})],
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_later_facts_reach_earlier_ones(sqlite_template: Path, tmp_path: Path, case: str) -> None:
    with small_business(sqlite_template, tmp_path) as business:
        check(business, CASES[case])
