"""What a look at the store finds, on both databases."""

from huasuan.intake import deliver
from huasuan.people import Workspace
from huasuan.store import Store
from warehouse.following import Follower


def test_each_fact_is_found_by_one_round(store: Store, workspace: Workspace) -> None:
    """Two leads, the first sent twice: after each round nothing is left, and nothing comes double."""
    follower = Follower(store, workspace)
    try:
        assert not follower.round(100)
        give(store, workspace, "l1")
        assert follower.round(100)
        assert not follower.round(100)
        give(store, workspace, "l2")
        give(store, workspace, "l1")
        assert follower.round(100)
        assert not follower.round(100)
        assert len(follower.tables()["lead"]) == 2
    finally:
        follower.close()


def test_a_number_that_calls_twice_in_one_round_is_one_person(store: Store, workspace: Workspace) -> None:
    """More numbers than are looked up at once, each of them calling again much later in the round."""
    records = [
        {
            "key": f"c{number}",
            "direction": "in",
            "ringing_at": "2025-07-01T09:00:00+08:00",
            "caller": f"138{number % 1_000:08d}",
            "result": "missed",
        }
        for number in range(2_000)
    ]
    follower = Follower(store, workspace)
    try:
        delivered = deliver(store, workspace=workspace.id, kind_name="call", source="test", records=records)
        assert {outcome.status for outcome in delivered.outcomes} == {"created"}
        assert follower.round(5_000)
        assert len(follower.tables()["call"]) == 2_000
    finally:
        follower.close()


def give(store: Store, workspace: Workspace, key: str) -> None:
    record = {"key": key, "created_at": "2025-07-01T09:00:00+08:00", "channel": "x"}
    delivered = deliver(store, workspace=workspace.id, kind_name="lead", source="test", records=[record])
    assert [outcome.status for outcome in delivered.outcomes] != ["refused"]
