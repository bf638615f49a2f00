"""Taking deliveries back: the store reads as if they had never been."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from huasuan.contacts import PARTY
from huasuan.intake import KINDS, deliver, undo_batch
from huasuan.kernel.errors import Conflict, NotFound
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store

_OWN = {"seq", "version", "first_seq", "batch", "item", "known_at", "txid"}


def present(store: Store, kind_name: str) -> list[tuple[object, ...]]:
    """What holds today of one kind: the newest version by (known_at, version) of every fact that is not gone."""
    kind = KINDS[kind_name]
    table = kind.table
    names = sorted(column.name for column in table.columns if column.name not in _OWN)
    found: dict[object, tuple[tuple[int, int], bool, tuple[object, ...]]] = {}
    with store.read() as connection:
        for row in connection.execute(select(table)).mappings():
            order = (row["known_at"], row["version"]) if kind.history else (0, row["version"])
            fact = row["first_seq"] or row["seq"]
            if fact not in found or order > found[fact][0]:
                found[fact] = (order, bool(row["gone"]), tuple(row[name] for name in names if name != "gone"))
    return sorted((values for _, gone, values in found.values() if not gone), key=repr)


def known_on(store: Store, kind_name: str, moment: int) -> list[tuple[object, ...]]:
    """As ``present`` for kinds with history, as known before a moment (microseconds)."""
    table = KINDS[kind_name].table
    names = sorted(column.name for column in table.columns if column.name not in _OWN)
    found: dict[object, tuple[tuple[int, int], bool, tuple[object, ...]]] = {}
    with store.read() as connection:
        for row in connection.execute(select(table).where(table.c.known_at < moment)).mappings():
            fact = row["first_seq"] or row["seq"]
            if fact not in found or (row["known_at"], row["version"]) > found[fact][0]:
                values = tuple(row[name] for name in names if name != "gone")
                found[fact] = ((row["known_at"], row["version"]), bool(row["gone"]), values)
    return sorted((values for _, gone, values in found.values() if not gone), key=repr)


def numbers(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(select(PARTY.c.value)).scalars())


def call(key: str, talk: int, *, phone: str = "13800138000", minute: int = 0) -> dict[str, object]:
    return {
        "key": key,
        "direction": "out",
        "dialed_at": f"2026-03-05T09:{minute:02}:00+08:00",
        "called": phone,
        "result": "human",
        "talk_seconds": talk,
    }


def cost(key: str, amount: str, *, known_at: str | None = None) -> dict[str, object]:
    record: dict[str, object] = {
        "key": key,
        "cost_kind": "ads",
        "service_from": "2026-03-01",
        "amount": amount,
        "channel": "sms",
    }
    return record if known_at is None else {**record, "known_at": known_at}


def send(store: Store, workspace: Workspace, kind: str, *records: dict[str, object]) -> int:
    delivery = deliver(store, workspace=workspace.id, kind_name=kind, source="t", records=list(records))
    assert all(outcome.status != "refused" for outcome in delivery.outcomes), delivery.outcomes
    return delivery.batch


def test_undo_restores_corrected_facts_and_removes_new_ones(store: Store, workspace: Workspace) -> None:
    send(store, workspace, "call", call("a", 10), call("b", 20))
    before, known = present(store, "call"), numbers(store)
    batch = send(store, workspace, "call", call("a", 99), call("b", 20), call("c", 30, phone="13900139000"))

    report = undo_batch(store, workspace.id, batch)

    assert (report.restored, report.removed, report.conflict_count, report.contacts_removed) == (1, 1, 0, 1)
    assert present(store, "call") == before
    assert numbers(store) == known == {"+8613800138000"}


def test_undoing_twice_changes_nothing(store: Store, workspace: Workspace) -> None:
    batch = send(store, workspace, "call", call("a", 10))
    undo_batch(store, workspace.id, batch)
    with store.read() as connection:
        rows = connection.execute(text("SELECT count(*) FROM fact_call")).scalar()
        batches = connection.execute(text("SELECT count(*) FROM batch")).scalar()

    again = undo_batch(store, workspace.id, batch)

    assert (again.batch, again.restored, again.removed, again.conflict_count) == (None, 0, 0, 0)
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM fact_call")).scalar() == rows
        assert connection.execute(text("SELECT count(*) FROM batch")).scalar() == batches


def test_facts_changed_since_are_conflicts_and_left_alone(store: Store, workspace: Workspace) -> None:
    first = send(store, workspace, "call", call("a", 10), call("b", 10))
    second = send(store, workspace, "call", call("a", 20))
    before = present(store, "call")

    report = undo_batch(store, workspace.id, first)

    assert [(one.source_key, one.changed_by) for one in report.conflicts] == [("a", second)]
    assert (report.removed, report.conflict_count) == (1, 1)
    assert present(store, "call") == [row for row in before if "a" in row]


def test_after_the_later_batch_is_undone_the_conflict_is_gone(store: Store, workspace: Workspace) -> None:
    first = send(store, workspace, "call", call("a", 10, phone="13900139000"))
    second = send(store, workspace, "call", call("a", 20))
    assert undo_batch(store, workspace.id, first).conflict_count == 1
    assert numbers(store) == {"+8613800138000", "+8613900139000"}  # undoing the second brings it back

    assert undo_batch(store, workspace.id, second).restored == 1
    report = undo_batch(store, workspace.id, first)

    assert (report.removed, report.conflict_count) == (1, 0)
    assert present(store, "call") == []
    assert numbers(store) == set()


def test_what_was_undone_can_be_sent_again(store: Store, workspace: Workspace) -> None:
    batch = send(store, workspace, "call", call("a", 10))
    before = present(store, "call")
    undo_batch(store, workspace.id, batch)

    again = deliver(store, workspace=workspace.id, kind_name="call", source="t", records=[call("a", 10)])

    assert [outcome.status for outcome in again.outcomes] == ["created"]
    assert len(present(store, "call")) == len(before) == 1
    assert numbers(store) == {"+8613800138000"}


def test_a_contact_that_another_fact_names_stays(store: Store, workspace: Workspace) -> None:
    batch = send(store, workspace, "call", call("a", 10))
    send(store, workspace, "lead", {"key": "l", "created_at": "2026-03-05T10:00:00Z", "phone": "13800138000"})

    assert undo_batch(store, workspace.id, batch).contacts_removed == 0
    assert numbers(store) == {"+8613800138000"}


def test_an_undo_is_not_undone_and_an_unknown_batch_is_not_found(store: Store, workspace: Workspace) -> None:
    batch = send(store, workspace, "call", call("a", 10))
    undo = undo_batch(store, workspace.id, batch).batch
    assert undo is not None

    with pytest.raises(Conflict) as caught:
        undo_batch(store, workspace.id, undo)
    assert caught.value.code == "undo_of_undo"
    with pytest.raises(NotFound):
        undo_batch(store, workspace.id, 10**6)
    with pytest.raises(NotFound):
        undo_batch(store, workspace.id + 1, batch)


def test_a_late_version_is_taken_out_without_touching_the_present_one(store: Store, workspace: Workspace) -> None:
    new = {**call("a", 50), "known_at": "2026-04-02T00:00:00Z"}
    old = {**call("a", 10), "known_at": "2026-04-01T00:00:00Z"}
    first = send(store, workspace, "call", new)
    before = present(store, "call")
    late = send(store, workspace, "call", old)
    assert present(store, "call") == before

    assert undo_batch(store, workspace.id, late).conflict_count == 0
    assert present(store, "call") == before
    assert undo_batch(store, workspace.id, first).removed == 1
    assert present(store, "call") == []


def test_the_late_version_holds_when_the_newer_one_is_undone(store: Store, workspace: Workspace) -> None:
    old = {**call("a", 10), "known_at": "2026-04-01T00:00:00Z"}
    new = {**call("a", 50), "known_at": "2026-04-02T00:00:00Z"}
    first = send(store, workspace, "call", new)
    send(store, workspace, "call", old)

    assert undo_batch(store, workspace.id, first).restored == 1
    (row,) = present(store, "call")
    assert 10 in row
    assert 50 not in row


APRIL = 1775001600_000_000  # 2026-04-01 00:00 UTC
DAY = 86_400_000_000


def test_history_reads_on_every_date_as_if_the_batch_had_never_been(store: Store, workspace: Workspace) -> None:
    send(store, workspace, "cost", cost("k", "1.00", known_at="2026-04-01T00:00:00Z"))
    days = [APRIL + number * DAY + 1 for number in range(-1, 6)]
    before = [known_on(store, "cost", day) for day in days]
    batch = send(store, workspace, "cost", cost("k", "2.00", known_at="2026-04-03T00:00:00Z"))
    assert [known_on(store, "cost", day) for day in days] != before

    undo_batch(store, workspace.id, batch)

    assert [known_on(store, "cost", day) for day in days] == before


Step = tuple[int, int, int]


_RECORDS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 3)), max_size=4, unique_by=lambda step: step[0]
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(_RECORDS, min_size=1, max_size=5),
    kind=st.sampled_from(["call", "cost"]),
    data=st.data(),
)
def test_undoing_in_reverse_order_passes_through_every_earlier_state(
    sqlite_store: Store, steps: Sequence[Sequence[Step]], kind: str, data: st.DataObject
) -> None:
    with sqlite_store.write() as connection:
        for table in ("batch", "party", f"fact_{kind}", "raw_payload", "workspace"):
            connection.execute(text(f"DELETE FROM {table}"))
        workspace = create_workspace(connection, name="p", settings=WorkspaceSettings())
    days = [APRIL + number * DAY + 1 for number in range(-1, 5)]

    def state() -> object:
        shown = [] if kind == "call" else [known_on(sqlite_store, kind, day) for day in days]
        return present(sqlite_store, kind), numbers(sqlite_store), shown

    states, batches = [state()], []
    for records in steps:
        if not records:
            continue
        made = [_record(kind, *record) for record in records]
        batches.append(send(sqlite_store, workspace, kind, *made))
        states.append(state())
    while batches:
        states.pop()
        report = undo_batch(sqlite_store, workspace.id, batches.pop())
        assert report.conflict_count == 0
        if data.draw(st.booleans(), label="again"):
            undo_batch(sqlite_store, workspace.id, report.undone)
        assert state() == states[-1]


def _record(kind: str, key: int, value: int, day: int) -> dict[str, object]:
    known_at = f"2026-04-{day + 1:02}T00:00:00Z"
    if kind == "call":
        return {**call(f"k{key}", value, phone=f"1380013800{value}"), "known_at": known_at}
    return cost(f"k{key}", f"{value}.00", known_at=known_at)


@pytest.mark.parametrize("size", [2_500])
def test_an_undo_of_several_chunks_can_be_stopped_and_run_again(store: Store, workspace: Workspace, size: int) -> None:
    send(store, workspace, "cost", *[cost(f"k{number}", "1.00") for number in range(size)])
    before = present(store, "cost")
    batch = send(store, workspace, "cost", *[cost(f"k{number}", "2.00") for number in range(size)])

    class Stopped(Exception):
        pass

    def stop(_done: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        undo_batch(store, workspace.id, batch, progress=stop)
    assert present(store, "cost") != before
    report = undo_batch(store, workspace.id, batch)

    assert report.restored == size - 2_000
    assert present(store, "cost") == before
