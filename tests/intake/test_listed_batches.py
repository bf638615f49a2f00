"""Looking deliveries up: of one origin, without some, in one state, page by page."""

from huasuan.intake import deliver, list_batches
from huasuan.people import Workspace
from huasuan.store import Store


def test_what_people_brought_is_found_among_what_the_service_tells_itself(store: Store, workspace: Workspace) -> None:
    for number, origin in enumerate(["api", "gate", "gate", "merge", "desk", "gate"]):
        record = {"key": f"l{number}", "created_at": "2025-07-01T09:00:00+08:00", "channel": "x"}
        deliver(store, workspace=workspace.id, kind_name="lead", source="test", records=[record], origin=origin)
    with store.read() as connection:
        every = list_batches(connection, workspace=workspace.id)
        brought = list_batches(connection, workspace=workspace.id, without=("gate", "desk"))
        merged = list_batches(connection, workspace=workspace.id, origin="merge", limit=1)
        older = list_batches(connection, workspace=workspace.id, without=("gate", "desk"), before=merged[0].id)
        undone = list_batches(connection, workspace=workspace.id, status="undone")
    assert [one.origin for one in every] == ["gate", "desk", "merge", "gate", "gate", "api"]
    assert [one.origin for one in brought] == ["merge", "api"]
    assert [one.origin for one in merged] == ["merge"]
    assert [one.origin for one in older] == ["api"]
    assert undone == []
