"""How many of a list may be called: the same answer as asking the gate for each, in a few statements."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huasuan.consent import (
    Ask,
    ask_gate,
    count_callable,
    digests_of,
    explain,
    put_dnc_list,
    record_refusal,
    suppress,
)
from huasuan.contacts import known_parties
from huasuan.intake import deliver
from huasuan.people import Workspace
from huasuan.store import Store

MORNING = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
NUMBERS = [f"+86139000000{number:02d}" for number in range(8)] + ["+33612345678", "+12125550123", "+85251234567"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_list_counts_as_each_number_alone(sqlite_store: Store, data: st.DataObject) -> None:
    from huasuan.people import WorkspaceSettings, create_workspace

    with sqlite_store.write() as connection:
        name = f"w{time.monotonic_ns()}"
        workspace = create_workspace(connection, name=name, settings=WorkspaceSettings())
    records = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(NUMBERS),
                st.sampled_from(("yes", "no", "out", "try", "refuse", "list", "erase", "correct", "expired")),
                st.integers(0, 90),
            ),
            max_size=25,
        )
    )
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)), max_size=3))
    send(sqlite_store, workspace, "customer", [{"key": number, "phones": [number]} for number in NUMBERS])
    send(sqlite_store, workspace, "customer", [{"key": f"{one}{two}", "phones": [one, two]} for one, two in set(pairs)])
    for place, (number, what, hours) in enumerate(records):
        happen(sqlite_store, workspace, number, what=what, at=MORNING - timedelta(hours=hours), place=place)
    at = MORNING + timedelta(hours=data.draw(st.integers(0, 48)))
    with sqlite_store.read() as connection:
        nodes = known_parties(connection, workspace=workspace.id, identities=[("phone", number) for number in NUMBERS])
        alone = [explain(connection, workspace=workspace.id, ask=Ask(number=number), at=at) for number in NUMBERS]
        counted = count_callable(connection, workspace=workspace.id, nodes=nodes.values(), ask=Ask(number=""), at=at)
    assert counted.callable == sum(answer.allowed for answer in alone)
    assert counted.by_reason == Counter(answer.reasons[0].code for answer in alone if not answer.allowed)
    assert sum(counted.by_reason.values()) + counted.callable == counted.asked == len(NUMBERS)


def happen(store: Store, workspace: Workspace, number: str, *, what: str, at: datetime, place: int) -> None:
    key, moment = f"{what}{place}", at.isoformat()
    if what in {"yes", "no"}:
        consent = {"key": key, "at": moment, "purpose": "call", "given": what == "yes", "phone": number}
        send(store, workspace, "consent", [consent])
    elif what == "out":
        send(store, workspace, "opt_out", [{"key": key, "received_at": moment, "phone": number}])
    elif what == "expired":
        consent = {"key": key, "at": moment, "purpose": "call", "given": True, "phone": number, "expires_at": moment}
        send(store, workspace, "consent", [consent])
    elif what == "correct":
        # First it is the number's, then somebody else's: the gate must forget it, and so must the count.
        for phone in (number, "+8613800000000"):
            said = {"key": key, "customer": f"K{place}", "received_at": moment, "phone": phone}
            send(store, workspace, "opt_out", [said])
    else:
        with store.write() as connection:
            if what == "list":
                put_dnc_list(connection, workspace=workspace.id, name="own", source="own", as_of=at, numbers=[number])
            elif what == "erase":
                digests = digests_of(connection, workspace=workspace.id, identities={0: ("phone", number)})
                suppress(connection, workspace=workspace.id, digests=digests.values())
            elif what == "try":
                ask_gate(connection, workspace=workspace.id, ask=Ask(number=number), at=at)
            else:
                record_refusal(connection, workspace=workspace.id, number=number, at=at)


def send(store: Store, workspace: Workspace, kind: str, records: list[dict[str, object]]) -> None:
    outcomes = deliver(store, workspace=workspace.id, kind_name=kind, source="test", records=records).outcomes
    assert all(outcome.status != "refused" for outcome in outcomes), outcomes


def test_the_gravest_reason_of_each_is_counted(store: Store, workspace: Workspace) -> None:
    yes = [
        {"key": n, "at": "2026-09-01T09:00:00+08:00", "purpose": "call", "given": True, "phone": n} for n in NUMBERS[:3]
    ]
    send(store, workspace, "consent", yes)
    send(store, workspace, "opt_out", [{"key": "o", "received_at": "2026-09-02T09:00:00+08:00", "phone": NUMBERS[2]}])
    send(store, workspace, "customer", [{"key": "c", "phones": [NUMBERS[3]]}])
    with store.read() as connection:
        nodes = known_parties(connection, workspace=workspace.id, identities=[("phone", n) for n in NUMBERS[:4]])
        asked = [*nodes.values(), 10**9]
        counted = count_callable(connection, workspace=workspace.id, nodes=asked, ask=Ask(number=""), at=MORNING)
        night = count_callable(
            connection, workspace=workspace.id, nodes=asked, ask=Ask(number=""), at=MORNING + timedelta(hours=12)
        )
    assert (counted.callable, counted.by_reason) == (2, {"opted_out": 1, "no_consent": 1, "no_number": 1})
    assert (night.callable, night.by_reason["outside_window"]) == (0, 2)
