"""Calls that were dialled elsewhere count as attempts, once each, whatever becomes of their records (R06)."""

from datetime import UTC, datetime, timedelta

import pytest

from huasuan.app import wiring
from huasuan.app.worker.attempts import AttemptFollower
from huasuan.consent import Ask, ask_gate, explain, place_call
from huasuan.intake import deliver, list_batches, undo_batch
from huasuan.people import Workspace
from huasuan.seams import Permit, Placed
from huasuan.store import Store

ONE, OTHER = "+8613900000001", "+8613900000002"


class Line:
    """A line that is always free."""

    def dial(self, permit: Permit) -> Placed:
        return Placed(reference=f"line-{permit.attempt}")


@pytest.fixture
def moment() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def call(store: Store, workspace: Workspace, key: str, at: datetime, number: str = ONE, **said: object) -> None:
    record = {"key": key, "direction": "out", "dialed_at": at.isoformat(), "called": number, "result": "no_answer"}
    records = [{name: value for name, value in (record | said).items() if value is not None}]
    [outcome] = deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=records).outcomes
    assert outcome.status in {"created", "corrected"}, outcome


def follow(store: Store) -> int:
    return AttemptFollower(store, wiring.KINDS["call"].table).look()


def barred(store: Store, workspace: Workspace, at: datetime, number: str = ONE) -> set[str]:
    """What R06 says of calling the number at a moment."""
    with store.read() as connection:
        answer = explain(connection, workspace=workspace.id, ask=Ask(number=number), at=at)
    return {reason.code for reason in answer.reasons if reason.rule == "R06"}


def test_a_call_of_the_exchange_is_an_attempt_on_every_number(
    store: Store, workspace: Workspace, moment: datetime
) -> None:
    customer = [{"key": "C", "phones": [ONE, OTHER]}]
    deliver(store, workspace=workspace.id, kind_name="customer", source="crm", records=customer)
    call(store, workspace, "a", moment - timedelta(minutes=30))
    call(store, workspace, "in", moment - timedelta(minutes=5), OTHER, direction="in", caller=OTHER, called=None)
    assert barred(store, workspace, moment) == set()
    assert follow(store) == 1
    assert barred(store, workspace, moment) == barred(store, workspace, moment, OTHER) == {"too_soon"}
    assert barred(store, workspace, moment + timedelta(minutes=31)) == set()
    assert follow(store) == 0
    for key, days in (("b", 2), ("c", 1)):
        call(store, workspace, key, moment - timedelta(days=days))
    follow(store)
    assert barred(store, workspace, moment + timedelta(minutes=31)) == {"too_often"}, "three within seven days"


def test_a_corrected_call_counts_once_and_one_taken_back_not_at_all(
    store: Store, workspace: Workspace, moment: datetime
) -> None:
    call(store, workspace, "a", moment - timedelta(minutes=50))
    follow(store)
    call(store, workspace, "a", moment - timedelta(minutes=20), result="human", talk_seconds=9)
    follow(store)
    assert barred(store, workspace, moment + timedelta(minutes=39)) == {"too_soon"}
    with store.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM contact_attempt").scalar_one()
        [last, first] = list_batches(connection, workspace=workspace.id, limit=2)
    assert count == 1
    undo_batch(store, workspace.id, last.id)
    follow(store)
    assert barred(store, workspace, moment) == {"too_soon"}, "as first said: fifty minutes ago"
    undo_batch(store, workspace.id, first.id)
    follow(store)
    assert barred(store, workspace, moment) == set()


def test_what_a_permit_dialled_is_not_counted_twice(store: Store, workspace: Workspace, moment: datetime) -> None:
    wish = [{"key": "w", "at": moment.isoformat(), "purpose": "callback", "given": True, "phone": ONE}]
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=wish)
    with store.write() as connection:
        asked = Ask(number=ONE, purpose="callback")
        permit = ask_gate(connection, workspace=workspace.id, ask=asked, at=moment).permit
    assert permit is not None
    place_call(store, Line(), permit)
    call(store, workspace, "same", moment + timedelta(seconds=20))
    call(store, workspace, "another", moment - timedelta(minutes=40))
    assert follow(store) == 2
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT purpose FROM contact_attempt ORDER BY id").fetchall()
        kept = repr(connection.exec_driver_sql("SELECT * FROM contact_attempt").fetchall())
    assert [row[0] for row in rows] == ["callback", "elsewhere"]
    assert "pbx" not in kept, "the key of a call may hold a number"


def test_calls_of_long_ago_are_passed_over(store: Store, workspace: Workspace, moment: datetime) -> None:
    call(store, workspace, "old", moment - timedelta(days=60))
    assert follow(store) == 0
    call(store, workspace, "new", moment - timedelta(days=20))
    assert follow(store) == 1
