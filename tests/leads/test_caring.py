"""Meetings, quality, complaints, the proposed time, quotas, unproven lists (S4-16, S4-19, S3-9, S0-37)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from huasuan import leads
from huasuan.app import wiring
from huasuan.facts.news import CallbackAsked
from huasuan.intake import deliver, undo_batch
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from leads.leading import cases, seat, send, steps, take_in, write

ZONE = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lead(store, workspace):
    """One lead in the hand of ``an``, who is alone."""
    seat(store, workspace, "an")
    one = {"key": "L1", "phone": "13900000001", "origin": "fair", "campaign": "expo"}
    send(store, workspace, one, created_at=TEN.isoformat())
    take_in(store, workspace, at=TEN)
    return cases(store, workspace)["L1"].id


def tell(store):
    def taken(workspace, kind, records):
        found = deliver(store, workspace=workspace, kind_name=kind, source="desk", records=records)
        assert {one.status for one in found.outcomes} <= {"created", "corrected"}, found.outcomes

    while leads.tell_facts(store, taken):
        pass


def facts(store, kind):
    table = wiring.KINDS[kind].table
    with store.read() as connection:
        return connection.execute(select(table).order_by(table.c.seq)).fetchall()


def test_a_meeting_is_booked_moved_and_held_and_stays_one_fact(store, workspace, lead):
    number = write(store, leads.book_meeting, workspace, lead=lead, agent="an", starts_at=TEN + DAY, at=TEN)
    with store.read() as connection:
        (task,) = leads.tasks_of(connection, workspace=workspace.id, agent="an", until=TEN + 7 * DAY)
    assert (task.kind, task.why, task.due_at) == ("meeting", "meeting", TEN + DAY)
    write(store, leads.move_meeting, workspace, meeting=number, agent="an", starts_at=TEN + 2 * DAY, at=TEN + HOUR)
    write(store, leads.hold_meeting, workspace, meeting=number, agent="an", at=TEN + 2 * DAY)
    tell(store)
    told = facts(store, "meeting")
    assert {row.source_key for row in told} == {f"meeting-{number}"}
    assert (told[-1].lead, told[-1].campaign, told[-1].agent) == ("L1", "expo", "an")
    assert told[-1].held_at == int((TEN + 2 * DAY).timestamp() * 1_000_000)
    with store.read() as connection:
        (kept,) = leads.meetings_of(connection, workspace=workspace.id, lead=lead)
        left = leads.tasks_of(connection, workspace=workspace.id, agent="an", until=TEN + 7 * DAY)
    assert (kept.starts_at, kept.moved, kept.held_at) == (TEN + 2 * DAY, 1, TEN + 2 * DAY)
    assert left == []
    history = steps(store, workspace, cases(store, workspace)["L1"])
    assert [one.detail["did"] for one in history if one.kind == "meeting"] == ["booked", "moved", "held"]


def test_a_meeting_that_is_over_or_somebody_elses_is_not_changed(store, workspace, lead):
    number = write(store, leads.book_meeting, workspace, lead=lead, agent="an", starts_at=TEN + DAY, at=TEN)
    with pytest.raises(NotFound):
        write(store, leads.hold_meeting, workspace, meeting=number, agent="bo", at=TEN)
    write(store, leads.cancel_meeting, workspace, meeting=number, agent="an", reason="客户出差", at=TEN)
    with pytest.raises(Conflict):
        write(store, leads.move_meeting, workspace, meeting=number, agent="an", starts_at=TEN + DAY, at=TEN)
    with pytest.raises(InvalidInput):
        write(store, leads.book_meeting, workspace, lead=lead, agent="an", starts_at=TEN, at=TEN)
    with pytest.raises(NotFound):
        write(store, leads.book_meeting, workspace, lead=lead, agent="bo", starts_at=TEN + DAY, at=TEN)


def test_quality_is_kept_item_by_item_and_apart_from_the_rating_of_sales(store, workspace, lead):
    write(store, leads.judge_quality, workspace, lead=lead, agent="an", items={"budget": 80, "need": 60}, at=TEN)
    write(store, leads.judge_quality, workspace, lead=lead, agent="an", items={"need": 90}, at=TEN + HOUR)
    write(store, leads.rate, workspace, lead=lead, agent="sa", rating=2, at=TEN + HOUR)
    tell(store)
    with store.read() as connection:
        known = leads.quality_of(connection, workspace=workspace.id, lead="L1")
    assert known == {"budget": 80, "need": 90, "rating": 2}
    for wrong in ({}, {"budget": 101}, {"luck": 1}):
        with pytest.raises(InvalidInput):
            write(store, leads.judge_quality, workspace, lead=lead, agent="an", items=wrong, at=TEN)
    with pytest.raises(NotFound):
        write(store, leads.judge_quality, workspace, lead=lead, agent="bo", items={"need": 1}, at=TEN)


def test_a_complaint_names_the_call_and_our_number(store, workspace, lead):
    said = {"reason": "来电过多", "said": "一天三次", "call": "C7", "caller_number": "+862162000001", "at": TEN}
    write(store, leads.complain, workspace, lead=lead, agent="an", **said)
    tell(store)
    (fact,) = facts(store, "complaint")
    assert (fact.reason, fact.text, fact.call, fact.agent) == ("来电过多", "一天三次", "C7", "an")
    assert fact.caller_number == "+862162000001"
    assert fact.party is not None


def test_the_next_time_is_proposed_at_the_usual_hour_while_nothing_is_known(store, workspace, lead):
    with store.read() as connection:
        case = leads.case_of(connection, workspace=workspace.id, lead=lead)
        asked = {"case": case, "zone": ZONE, "at": TEN, "coming": 1}
        found = leads.propose(connection, workspace=workspace.id, cycle=40 * DAY, **asked)
    assert found.cycle_days is None  # the plan comes first
    assert (found.hour, found.dialled, found.talk) == (10, 0, 1)
    assert found.at == datetime(2026, 11, 25, 2, tzinfo=UTC)


def test_once_the_plan_is_through_the_sales_cycle_tells_the_next_time():
    came = TEN - 9 * DAY

    def told(at, cycle):
        return leads.by_cycle(at, since=came, cycle=cycle, zone=ZONE, hour=15)

    assert told(TEN, 40 * DAY) == datetime(2026, 12, 5, 7, tzinfo=UTC)  # half of it after the lead came
    assert told(TEN + 12 * DAY, 40 * DAY) == datetime(2026, 12, 25, 7, tzinfo=UTC)  # all of it
    assert told(TEN + 31 * DAY, 40 * DAY) is None  # most who buy have bought
    assert told(TEN, 6 * DAY) is None


def test_the_quota_that_is_left_is_told(store, workspace, lead):
    pool = write(store, leads.keep_pool, workspace, pool=leads.Pool(name="公海", claims_a_day=1))
    write(store, leads.keep_pool, workspace, pool=leads.Pool(name="二组", team="B"))
    write(store, leads.release, workspace, lead=lead, agent="an", pool=pool, reason="忙", at=TEN)

    def look():
        with store.read() as connection:
            return leads.claimable(connection, workspace=workspace.id, agent="an", team="A", day=TEN - HOUR)

    (one,) = look()
    assert (one.pool, one.waiting, one.claimed, one.claims_a_day) == (pool, 1, 0, 1)
    write(store, leads.claim, workspace, lead=lead, agent="an", team="A", day=TEN - HOUR, at=TEN)
    (one,) = look()
    assert (one.waiting, one.claimed, one.held) == (0, 1, 1)


def test_bought_lists_wait_by_name_until_their_origin_is_stated(store, workspace):
    seat(store, workspace, "an")
    bought = [{"key": f"B{n}", "phone": f"1380000000{n}", "supplier": "数据商", "list": "十一月"} for n in range(2)]
    send(store, workspace, *bought, created_at=TEN.isoformat())
    take_in(store, workspace, at=TEN)
    with store.read() as connection:
        (waiting,) = leads.unproven_lists(connection, workspace=workspace.id)
    assert (waiting.list, waiting.supplier, waiting.leads) == ("十一月", "数据商", 2)
    stated = leads.ListOrigin(list="十一月", supplier="数据商", collected="登记", consent="电话营销", evidence="合同")
    write(store, leads.record_list_origin, workspace, origin=stated, by="li", at=TEN)
    with store.read() as connection:
        assert leads.unproven_lists(connection, workspace=workspace.id) == []


def test_who_said_when_to_be_called_is_called_then(store, workspace):
    seat(store, workspace, "an")
    due = TEN + 3 * HOUR
    said = {"source_system": "test", "source_key": "W1", "number": "+8613900000009", "in_hours": False}
    with store.write() as connection:
        wiring.NEWS.tell(connection, CallbackAsked(workspace=workspace.id, due_at=due, **said))
    send(store, workspace, {"key": "W1", "phone": "13900000009", "origin": "callback"}, created_at=TEN.isoformat())
    take_in(store, workspace, at=TEN)
    assert cases(store, workspace)["W1"].next_at == due


def test_every_version_of_a_script_stays_known(store, workspace):
    for place, opening in enumerate(("您好", "您好，这里是华算")):
        at = TEN + place * HOUR
        write(store, leads.keep_script, workspace, name="开场", opening=opening, questions=["预算？"], at=at)
    with store.read() as connection:
        found = leads.script_versions(connection, workspace=workspace.id, name="开场")
    assert [(one.version, one.opening) for one, _ in found] == [(2, "您好，这里是华算"), (1, "您好")]
    assert [at for _, at in found] == [TEN + HOUR, TEN]


def test_what_was_taken_back_or_corrected_counts_no_more(store, workspace, lead):
    def said(**items):
        record = {"key": "Q1", "scored_at": TEN.isoformat(), "lead": "L1", "agent": "an", **items}
        return deliver(store, workspace=workspace.id, kind_name="lead_quality", source="crm", records=[record]).batch

    def known():
        with store.read() as connection:
            found = leads.insight(connection, workspace=workspace.id, at=TEN)
            return (
                found.completeness,
                found.rated.by_rating,
                leads.quality_of(connection, workspace=workspace.id, lead="L1"),
            )

    first = said(budget=80, need=60, rating=5)
    second = said(need=70, rating=2)
    completeness, by_rating, quality = known()
    assert (completeness.leads, completeness.known["budget"], completeness.known["need"]) == (1, 0, 1)
    assert [(rating, number) for rating, number, _ in by_rating] == [(2, 1)]
    assert quality == {"need": 70, "rating": 2}
    undo_batch(store, workspace.id, second)
    assert known()[2] == {"budget": 80, "need": 60, "rating": 5}
    undo_batch(store, workspace.id, first)
    completeness, by_rating, quality = known()
    assert (completeness.leads, by_rating, quality) == (0, (), {})
