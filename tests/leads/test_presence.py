"""Leads go only to who is there: silent desks are not ready, who is shut out gives their leads back (S3-32)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from huasuan import leads
from huasuan.intake import deliver
from huasuan.kernel.errors import NotFound
from huasuan.kernel.time import now
from leads.leading import cases, seat, send, steps, take_in, write

MINUTE = timedelta(minutes=1)


def silence(store, workspace, at):
    return leads.end_silence(store, workspace=workspace.id, at=at)


def states(store, workspace):
    with store.read() as connection:
        return {one.agent: one.state for one in leads.seats_of(connection, workspace=workspace.id)}


def test_a_desk_nothing_is_heard_of_is_not_ready_and_what_nobody_saw_is_given_again(store, workspace):
    seat(store, workspace, "gone")
    send(store, workspace, {"key": "seen", "phone": "13900000001"})
    take_in(store, workspace)
    closed = now()
    write(store, leads.seen, workspace, agent="gone", at=closed)
    # The browser is closed; a minute later a lead comes and is given, as nobody can know yet.
    send(store, workspace, {"key": "unseen", "phone": "13900000002"})
    take_in(store, workspace, at=closed + MINUTE)
    assert cases(store, workspace)["unseen"].owner == "gone"
    seat(store, workspace, "there")
    write(store, leads.seen, workspace, agent="there", at=closed + 6 * MINUTE)
    assert silence(store, workspace, closed + 4 * MINUTE) == 0
    assert silence(store, workspace, closed + 6 * MINUTE) == 1
    assert states(store, workspace) == {"gone": "offline", "there": "ready"}
    leads.give_again(store, workspace=workspace.id, at=closed + 6 * MINUTE)
    found = cases(store, workspace)
    assert (found["unseen"].owner, found["seen"].owner) == ("there", "gone")
    told = steps(store, workspace, found["unseen"])
    assert [one.kind for one in told] == ["assigned", "returned", "assigned"]


def test_whose_presence_another_system_tells_is_left_alone(store, workspace):
    write(store, leads.keep_settings, workspace, settings=leads.DeskSettings(away_minutes=0))
    seat(store, workspace, "an")
    assert silence(store, workspace, now() + timedelta(hours=9)) == 0
    assert states(store, workspace) == {"an": "ready"}


def test_who_leaves_gives_everything_back(store, workspace):
    seat(store, workspace, "an")
    seat(store, workspace, "sal", sales=True)
    send(store, workspace, *({"key": key, "phone": f"139000000{place}"} for place, key in enumerate("ABC", 10)))
    take_in(store, workspace)
    found = cases(store, workspace)
    write(store, leads.book_meeting, workspace, lead=found["A"].id, agent="an", starts_at=now() + MINUTE, at=now())
    write(store, leads.hand_over, workspace, lead=found["B"].id, agent="an", to="sal", live=False, at=now())
    seat(store, workspace, "bo")
    assert write(store, leads.leave, workspace, agent="an", at=now()) == 2
    # Nobody is named by a seat that is out, and leaving twice is no error.
    assert write(store, leads.leave, workspace, agent="an", at=now()) == 0
    leads.give_again(store, workspace=workspace.id, at=now())
    assert {key: case.owner for key, case in cases(store, workspace).items()} == {"A": "bo", "B": "sal", "C": "bo"}
    with store.read() as connection:
        (task,) = leads.tasks_of(connection, workspace=workspace.id, agent="bo", until=now() + 2 * MINUTE)
    assert (task.kind, task.lead) == ("meeting", found["A"].id)
    with pytest.raises(NotFound, match="no_seat"), store.read() as connection:
        leads.at_desk(connection, workspace=workspace.id, agent="an", at=now())
    # What sales reject of somebody who has left waits for anybody.
    write(store, leads.decide, workspace, lead=found["B"].id, agent="sal", accepted=False, reason="太远", at=now())
    assert cases(store, workspace)["B"].state == "waiting"


def test_sales_who_leave_decide_nothing_any_more(store, workspace):
    seat(store, workspace, "an")
    seat(store, workspace, "sal", sales=True)
    send(store, workspace, {"key": "A", "phone": "13900000001"})
    take_in(store, workspace)
    case = cases(store, workspace)["A"]
    write(store, leads.hand_over, workspace, lead=case.id, agent="an", to="sal", live=False, at=now())
    write(store, leads.leave, workspace, agent="sal", at=now())
    assert leads.run_out(store, workspace=workspace.id, at=now() + MINUTE) == 1
    assert cases(store, workspace)["A"].owner == "an"


def test_a_call_that_was_not_dialled_never_was(store, workspace):
    at = datetime(2026, 11, 24, 2, tzinfo=UTC)
    seat(store, workspace, "an")
    said = {"key": "1", "phone": "13900000001", "purpose": "callback", "given": True, "evidence": "e"}
    records = [{"at": "2026-11-24T01:00:00Z", **said}]
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=records)
    send(
        store, workspace, {"key": "A", "phone": "13900000001", "origin": "form"}, created_at="2026-11-24T01:00:00Z"
    )  # fmt: skip
    take_in(store, workspace, at=at)
    case = cases(store, workspace)["A"]
    # The person asked to be called back with a second lead, which is what allows the call.
    again = {"key": "B", "phone": "13900000001", "origin": "callback"}
    send(store, workspace, again, created_at="2026-11-24T01:30:00Z")
    take_in(store, workspace, at=at)
    begin = {"lead": case.id, "agent": "an", "script": None}
    assert write(store, leads.begin_call, workspace, at=at, **begin).allowed
    write(store, leads.not_dialled, workspace, agent="an", why="permit_withdrawn", at=at + MINUTE)
    with store.read() as connection:
        here = leads.at_desk(connection, workspace=workspace.id, agent="an", at=at + MINUTE)
    assert (here.state, here.lead) == ("ready", None)
    assert steps(store, workspace, case)[-1].kind == "undialled"
    # It may be tried anew, and still as the call that was asked for.
    later = at + timedelta(hours=2)
    assert write(store, leads.begin_call, workspace, at=later, **begin).allowed
    write(store, leads.submit, workspace, agent="an", code="busy", zone=ZoneInfo("Asia/Shanghai"), at=later)


def test_a_seat_keeps_what_a_change_does_not_name(store, workspace):
    seat(store, workspace, "an", team="north", industries=frozenset({"教育"}), regions=frozenset({"上海"}))
    change = leads.Seat(agent="an", capacity=7)
    write(store, leads.keep_seat, workspace, seat=change, at=now(), only={"agent", "capacity"})
    # Who names nothing changes nothing.
    write(store, leads.keep_seat, workspace, seat=leads.Seat(agent="an", capacity=9), at=now(), only={"agent"})
    write(
        store, leads.keep_seat, workspace, seat=leads.Seat(agent="new", team="south"), at=now(), only={"agent", "team"}
    )
    with store.read() as connection:
        one, new = leads.seats_of(connection, workspace=workspace.id)
    assert (one.team, one.industries, one.regions, one.capacity) == ("north", {"教育"}, {"上海"}, 7)
    assert (new.agent, new.team) == ("new", "south")
