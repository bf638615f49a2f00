"""Identity nodes and the places of numbers."""

import pytest
from sqlalchemy import select

from huasuan.contacts import PARTY, Place, known_parties, place_of, remove_parties, resolve_parties
from huasuan.people import Workspace
from huasuan.store import Store


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+8613800138000", Place(province="北京", city="北京")),
        ("+8613712004000", Place(province="广东", city="东莞")),
        ("+862160001000", Place(province="上海", city="上海")),
        ("+8675582000000", Place(province="广东", city="深圳")),
        ("95588", Place()),
        ("+14155550100", Place()),
        ("+861062345678", Place(province="北京", city="北京")),
    ],
)
def test_where_a_number_was_allocated(number: str, place: Place) -> None:
    assert place_of(number) == place


def test_a_node_is_made_once(store: Store, workspace: Workspace) -> None:
    wanted = [("phone", "+8613800138000"), ("customer", "C1"), ("phone", "C1")]
    with store.write() as connection:
        first = resolve_parties(connection, workspace=workspace.id, batch=1, identities=wanted)
        again = resolve_parties(connection, workspace=workspace.id, batch=2, identities=[*wanted, ("email", "a@b.c")])
        elsewhere = resolve_parties(connection, workspace=workspace.id + 1, batch=3, identities=wanted)
    assert len(set(first.values())) == 3
    assert {name: again[name] for name in wanted} == first
    assert set(elsewhere.values()).isdisjoint(again.values())
    with store.read() as connection:
        assert known_parties(connection, workspace=workspace.id, identities=[*wanted, ("phone", "?")]) == first
        rows = connection.execute(select(PARTY).where(PARTY.c.workspace == workspace.id)).mappings().all()
    stored = {row["id"]: (row["kind"], row["value"], row["province"], row["batch"]) for row in rows}
    assert stored[first["phone", "+8613800138000"]] == ("phone", "+8613800138000", "北京", 1)
    assert stored[again["email", "a@b.c"]] == ("email", "a@b.c", None, 2)


def test_a_removed_node_leaves_its_number_free_but_not_its_id(store: Store, workspace: Workspace) -> None:
    with store.write() as connection:
        first = resolve_parties(connection, workspace=workspace.id, batch=1, identities=[("customer", "C1")])
        remove_parties(connection, workspace=workspace.id, nodes=first.values())
        again = resolve_parties(connection, workspace=workspace.id, batch=2, identities=[("customer", "C1")])
    assert again["customer", "C1"] > first["customer", "C1"]
