"""The price of a number is a cost of every month it is ours, told once (S0-9, S3-5)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, update

from huasuan.kernel.errors import Conflict
from huasuan.kernel.time import now, to_micros
from huasuan.numbers import (
    NumberAbout,
    add_number,
    change_number,
    mark_told,
    numbers,
    rents,
    retire_number,
    telling,
    untold,
)
from huasuan.numbers.tables import NUMBER
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

# Still June in London, July in Shanghai.
NOW = datetime(2026, 6, 30, 17, tzinfo=UTC)


@pytest.mark.usefixtures("store")
def test_each_month_begun_is_paid_once_and_none_after_the_number_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = NOW
    monkeypatch.setattr(telling, "now", lambda: moment)
    with store.write() as connection:
        workspace = create_workspace(connection, name="w", settings=WorkspaceSettings()).id

        def told() -> list[tuple[object, ...]]:
            found = [one for one in untold(connection) if one.kind == "cost"]
            for one in found:
                mark_told(connection, one)
            return [
                (record["own_number"], record["cost_kind"], record["service_from"], record["amount"])
                for one in found
                for record in one.records
            ]

        begun = datetime(2026, 5, 20, tzinfo=UTC)
        for number, kind, price in (("1", "static", "30.00"), ("2", "own", "9.5"), ("3", "static", None)):
            add_number(
                connection,
                workspace=workspace,
                number=f"+86216200000{number}",
                kind=kind,  # type: ignore[arg-type]
                about=NumberAbout(price=price),
                valid_from=begun,
            )
        first, second = "+862162000001", "+862162000002"
        assert told() == [
            (first, "tracking_numbers", "2026-05-01", "30.00"),
            (first, "tracking_numbers", "2026-06-01", "30.00"),
            (first, "tracking_numbers", "2026-07-01", "30.00"),
            (second, "number_rent", "2026-05-01", "9.5"),
            (second, "number_rent", "2026-06-01", "9.5"),
            (second, "number_rent", "2026-07-01", "9.5"),
        ]
        assert told() == []
        ended = to_micros(datetime(2026, 7, 3, tzinfo=UTC))
        connection.execute(update(NUMBER).where(NUMBER.c.number == second).values(valid_until=ended))
        moment = datetime(2026, 8, 2, tzinfo=UTC)
        assert told() == [(first, "tracking_numbers", "2026-08-01", "30.00")]


@pytest.mark.usefixtures("store")
def test_a_number_given_up_and_added_again_pays_a_month_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To track another channel from the 10th on: July is paid by the first record, August by the second."""
    monkeypatch.setattr(telling, "now", lambda: datetime(2026, 8, 2, tzinfo=UTC))
    number = "+862162000001"
    with store.write() as connection:
        workspace = create_workspace(connection, name="w", settings=WorkspaceSettings()).id
        begun, changed = datetime(2026, 7, 1, 4, tzinfo=UTC), datetime(2026, 7, 10, 4, tzinfo=UTC)
        same = {"workspace": workspace, "number": number, "kind": "static"}
        first = add_number(connection, **same, about=NumberAbout(price="30"), valid_from=begun)  # type: ignore[arg-type]
        about = NumberAbout(price="30", channel="radio")
        change_number(connection, workspace=workspace, number=first.id, about=about, valid_until=changed)
        add_number(connection, **same, about=NumberAbout(price="40", channel="tv"), valid_from=changed)  # type: ignore[arg-type]
        (found,) = [one for one in untold(connection) if one.kind == "cost"]
    assert [(record["service_from"], record["amount"]) for record in found.records] == [
        ("2026-07-01", "30"),
        ("2026-08-01", "40"),
    ]


def _rents(connection: Connection, at: datetime) -> list[tuple[object, object]]:
    found = rents.due_rents(connection, at=at).values()
    return [(record["service_from"], record["amount"]) for records, _ in found for record in records]


@pytest.mark.usefixtures("store")
def test_the_month_that_begins_as_a_number_ends_is_not_paid(store: Store) -> None:
    """Its last day is the last of January there, so it ends as February begins; a number added then pays February."""
    # Midnight in Shanghai.
    turn = datetime(2027, 1, 31, 16, tzinfo=UTC)
    with store.write() as connection:
        workspace = create_workspace(connection, name="w", settings=WorkspaceSettings()).id
        same = {"workspace": workspace, "number": "+862162000001", "kind": "static"}
        begun = datetime(2027, 1, 5, tzinfo=UTC)
        first = add_number(connection, **same, about=NumberAbout(price="30"), valid_from=begun)  # type: ignore[arg-type]
        about = NumberAbout(price="30")
        change_number(connection, workspace=workspace, number=first.id, about=about, valid_until=turn)
        assert _rents(connection, datetime(2027, 3, 2, tzinfo=UTC)) == [("2027-01-01", "30")]
        add_number(connection, **same, about=NumberAbout(price="40"), valid_from=turn)  # type: ignore[arg-type]
        assert _rents(connection, datetime(2027, 3, 2, tzinfo=UTC)) == [
            ("2027-01-01", "30"),
            ("2027-02-01", "40"),
            ("2027-03-01", "40"),
        ]


@pytest.mark.usefixtures("store")
def test_a_number_taken_back_before_it_began_costs_nothing_and_stays_out_of_use(store: Store) -> None:
    begins = now() + timedelta(days=40)
    with store.write() as connection:
        workspace = create_workspace(connection, name="w", settings=WorkspaceSettings()).id
        about = NumberAbout(price="30")
        same = {"workspace": workspace, "number": "+862162000001", "kind": "static", "about": about}
        first = add_number(connection, **same, valid_from=begins)  # type: ignore[arg-type]
        retire_number(connection, workspace=workspace, number=first.id)
        assert _rents(connection, begins + timedelta(days=70)) == []
        (kept,) = numbers(connection, workspace=workspace)
        assert not kept.is_ours(now())
        with pytest.raises(Conflict, match="number_over"):
            change_number(connection, workspace=workspace, number=first.id, about=about, valid_until=None)
        add_number(connection, **same, valid_from=begins)  # type: ignore[arg-type]
        months = [month for month, _ in _rents(connection, begins)]
        assert months == [f"{begins + timedelta(hours=8):%Y-%m}-01"]


@pytest.mark.usefixtures("store")
def test_a_look_at_what_is_due_asks_as_often_for_many_numbers_as_for_one(store: Store) -> None:
    """The keeper of leases looks every two seconds."""

    def asked_for(count: int) -> int:
        with store.write() as connection:
            workspace = create_workspace(connection, name=f"{count}", settings=WorkspaceSettings()).id
            for number in range(count):
                about = NumberAbout(price="30")
                said = f"+86216200{number:04d}"
                add_number(connection, workspace=workspace, number=said, kind="static", about=about)
            for one in untold(connection):
                mark_told(connection, one)
            asked: list[object] = []
            event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
            assert untold(connection) == []
            return len(asked)

    # One look more: at the settings of the second workspace.
    assert asked_for(1) + 1 >= asked_for(20)


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    december = rents.month_of(datetime(2026, 12, 31, tzinfo=UTC).date())
    assert (rents.first_day(december).isoformat(), rents.first_day(december + 1).isoformat()) == (
        "2026-12-01",
        "2027-01-01",
    )
