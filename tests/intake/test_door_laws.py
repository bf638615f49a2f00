"""Laws of the door: what was sent twice, in parts or in another order reads the same."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from huasuan.contacts import PARTY
from huasuan.intake import KINDS, deliver
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store

Record = dict[str, Any]
_APART = {"workspace", "seq", "version", "first_seq", "batch", "item", "txid", "party", "parties", "content"}


def present(store: Store, kind_name: str) -> list[tuple[object, ...]]:
    """The present version of every fact with the identities it names, whatever their node ids."""
    kind = KINDS[kind_name]
    table = kind.table
    names = sorted(column.name for column in table.columns if column.name not in _APART)
    best: dict[object, tuple[tuple[int, int], tuple[object, ...]]] = {}
    with store.read() as connection:
        nodes = dict(connection.execute(select(PARTY.c.id, PARTY.c.value)).all())
        for row in connection.execute(select(table)).mappings():
            order = (row["known_at"], row["version"]) if kind.history else (0, row["version"])
            fact = row["first_seq"] or row["seq"]
            if fact not in best or order > best[fact][0]:
                best[fact] = (order, (*(row[name] for name in names), nodes.get(row["party"])))
    return sorted((values for _, values in best.values()), key=repr)


def record_of(kind: str, key: int, value: int, day: int) -> Record:
    known_at = f"2026-04-{day + 1:02}T00:00:00Z"
    if kind == "call":
        return {
            "key": f"k{key}",
            "known_at": known_at,
            "direction": "out",
            "dialed_at": "2026-03-05T01:00:00Z",
            "called": f"1380013800{value}",
            "result": "human",
            "talk_seconds": value,
        }
    return {
        "key": f"k{key}",
        "known_at": known_at,
        "cost_kind": "ads",
        "service_from": "2026-03-05",
        "amount": f"{value}.00",
    }


# One content for each key and day: what two sources say of the same fact at the same moment has no order.
FACTS = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 4)), st.integers(0, 9), min_size=1, max_size=12)


def deliver_all(store: Store, workspace: Workspace, kind: str, records: Sequence[Record]) -> None:
    """Each alone, so that a key may come several times."""
    for record in records:
        delivery = deliver(store, workspace=workspace.id, kind_name=kind, source="s", records=[record])
        assert delivery.outcomes[0].status != "refused", delivery.outcomes


def fresh(store: Store) -> Workspace:
    with store.write() as connection:
        for table in ("batch", "party", "fact_call", "fact_cost", "raw_payload", "workspace"):
            connection.execute(text(f"DELETE FROM {table}"))
        return create_workspace(connection, name="laws", settings=WorkspaceSettings())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, kind=st.sampled_from(["call", "cost"]), order=st.randoms(use_true_random=False))
def test_replay_and_another_order_leave_the_same_present(
    sqlite_store: Store, facts: dict[tuple[int, int], int], kind: str, order: random.Random
) -> None:
    records = [record_of(kind, key, value, day) for (key, day), value in facts.items()]
    workspace = fresh(sqlite_store)
    deliver_all(sqlite_store, workspace, kind, sorted(records, key=lambda record: str(record["known_at"])))
    in_order = present(sqlite_store, kind)

    shuffled = records.copy()
    order.shuffle(shuffled)
    workspace = fresh(sqlite_store)
    deliver_all(sqlite_store, workspace, kind, shuffled)
    assert present(sqlite_store, kind) == in_order

    with sqlite_store.read() as connection:
        rows = connection.execute(text(f"SELECT count(*) FROM fact_{kind}")).scalar()
    order.shuffle(shuffled)
    deliver_all(sqlite_store, workspace, kind, shuffled)
    assert present(sqlite_store, kind) == in_order
    with sqlite_store.read() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM fact_{kind}")).scalar() == rows


@pytest.mark.parametrize("kind", ["call", "cost"])
def test_one_delivery_or_many_is_the_same(store: Store, workspace: Workspace, kind: str) -> None:
    records = [record_of(kind, key, key % 10, key % 5) for key in range(50)]
    whole = deliver(store, workspace=workspace.id, kind_name=kind, source="whole", records=records)
    assert [outcome.status for outcome in whole.outcomes] == ["created"] * 50
    assert [outcome.number for outcome in whole.outcomes] == list(range(50))
    again = deliver(store, workspace=workspace.id, kind_name=kind, source="whole", records=records[::-1])
    assert {outcome.status for outcome in again.outcomes} == {"unchanged"}


def test_every_record_gets_its_own_answer(store: Store, workspace: Workspace) -> None:
    good = record_of("call", 1, 5, 0)
    records: list[object] = [
        good,
        {**good, "key": "k2", "talk_seconds": -1},
        {**good, "key": "k3", "misspelt": 1},
        "no record",
        {**good, "talk_seconds": 6},
        good,
        {**good, "key": "k4", "agent": "a\0b"},
        {**good, "key": "k5", "ring_seconds": 10**18},
    ]
    delivery = deliver(store, workspace=workspace.id, kind_name="call", source="s", records=records)
    assert [(outcome.status, outcome.code) for outcome in delivery.outcomes] == [
        ("created", None),
        ("refused", "negative_duration"),
        ("refused", "bad_record"),
        ("refused", "bad_record"),
        ("refused", "key_with_two_contents"),
        ("unchanged", None),
        ("refused", "nul_character"),
        ("refused", "bad_record"),
    ]
    assert all(outcome.text for outcome in delivery.outcomes if outcome.status == "refused")


def test_a_record_without_a_key_is_known_by_its_content_whatever_the_order_of_its_fields(
    store: Store, workspace: Workspace
) -> None:
    record = {name: value for name, value in record_of("call", 1, 5, 0).items() if name != "key"}
    turned = dict(reversed(record.items()))
    delivery = deliver(store, workspace=workspace.id, kind_name="call", source="s", records=[record, turned])
    assert [outcome.status for outcome in delivery.outcomes] == ["created", "unchanged"]


@pytest.mark.parametrize("amount", ["1E+999999", "1E-999999", "123456789012345678", "1.005", 1.5, "NaN", "Infinity"])
def test_amounts_that_are_none_are_refused(store: Store, workspace: Workspace, amount: object) -> None:
    record = {**record_of("cost", 1, 1, 0), "amount": amount}
    delivery = deliver(store, workspace=workspace.id, kind_name="cost", source="s", records=[record])
    assert delivery.outcomes[0].status == "refused"
