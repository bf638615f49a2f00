"""The desk: the next best lead, the gate, results with flags, follow-ups, screen pop (S3-34, S3-38, S3-39)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan import consent, leads
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.leads import best_hour, next_time
from leads.leading import cases, seat, send, steps, take_in, write

ZONE = ZoneInfo("Asia/Shanghai")
# A Tuesday, ten in the morning in Shanghai.
TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
_ORIGINS = ("callback", "form", "fair")


@pytest.fixture
def office(store, workspace):
    """One agent who is ready with three leads, the callback the best of them; all agreed to be called."""
    seat(store, workspace, "an")
    records = [
        {"key": origin, "phone": f"1390000000{place}", "name": f"客户{place}", "origin": origin}
        for place, origin in enumerate(_ORIGINS)
    ]
    send(store, workspace, *records, created_at="2026-11-24T01:00:00Z")
    agreed = [
        {
            "key": record["key"] + purpose,
            "phone": record["phone"],
            "purpose": purpose,
            "given": True,
            "at": "2026-11-24T01:00:00Z",
            "evidence": "form",
        }
        for record in records
        for purpose in ("marketing", "callback")
    ]
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=agreed)
    take_in(store, workspace, at=TEN)
    return workspace


def call(store, workspace, lead, at=TEN):
    return write(store, leads.begin_call, workspace, lead=lead, agent="an", script=None, at=at)


def submit(store, workspace, code, at=TEN, **said):
    return write(store, leads.submit, workspace, agent="an", code=code, zone=ZONE, at=at, **said)


def best(store, workspace, at=TEN):
    found = write(store, leads.next_best, workspace, agent="an", at=at)
    return None if found is None else found.source_key


def test_the_best_lead_comes_first_and_each_result_brings_the_next(store, office):
    worked = []
    for place in range(3):
        at = TEN + timedelta(minutes=place)
        key = best(store, office, at)
        answer = call(store, office, cases(store, office)[key].id, at)
        assert answer.allowed, [reason.text.en for reason in answer.reasons]
        write(store, leads.hang_up, office, agent="an", at=at)
        submit(store, office, "not_interested", at)
        worked.append(key)
    assert worked == ["callback", "form", "fair"]
    assert best(store, office, TEN + timedelta(hours=1)) is None
    assert {case.why for case in cases(store, office).values()} == {"not_interested"}
    with store.read() as connection:
        day = leads.day_of(connection, workspace=office.id, agent="an", since=TEN - timedelta(hours=10), at=TEN)
    assert (day.calls, day.contacts, day.sales, day.owned) == (3, 3, 0, 0)


def test_without_consent_nothing_is_dialled_and_the_reason_is_told(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001"}, created_at="2026-11-24T01:00:00Z")
    take_in(store, workspace, at=TEN)
    case = cases(store, workspace)["A"]
    answer = call(store, workspace, case.id)
    assert not answer.allowed
    assert answer.permit is None
    assert all(reason.text.zh and reason.text.en for reason in answer.reasons)
    assert best(store, workspace) is None
    assert [step.kind for step in steps(store, workspace, case)] == ["assigned"]


def test_at_night_the_lead_waits_for_the_morning(store, office):
    night = TEN.replace(hour=15)  # 23 o'clock in Shanghai
    # Who asked to be called back may be called; the others may not at this hour.
    assert best(store, office, night) == "callback"
    call(store, office, cases(store, office)["callback"].id, night)
    submit(store, office, "sale", night)
    assert best(store, office, night) is None
    due = cases(store, office)["form"].next_at
    assert due is not None
    assert best(store, office, due + timedelta(minutes=1)) is not None


def test_one_call_at_a_time_and_no_break_without_a_result(store, office):
    case = cases(store, office)["form"]
    call(store, office, case.id)
    with pytest.raises(Conflict, match="result_missing"):
        call(store, office, case.id)
    with pytest.raises(Conflict, match="result_missing"):
        write(store, leads.be, office, agent="an", state="break", pause="meal", at=TEN)
    write(store, leads.hang_up, office, agent="an", at=TEN)
    with store.read() as connection:
        soon = leads.at_desk(connection, workspace=office.id, agent="an", at=TEN + timedelta(seconds=20))
        late = leads.at_desk(connection, workspace=office.id, agent="an", at=TEN + timedelta(seconds=40))
    assert (soon.state, late.state) == ("wrap", "unsubmitted")
    submit(store, office, "interested", TEN + timedelta(minutes=1))
    with pytest.raises(InvalidInput, match="bad_break"):
        write(store, leads.be, office, agent="an", state="break", at=TEN + timedelta(minutes=2))
    write(store, leads.be, office, agent="an", state="break", pause="meal", at=TEN + timedelta(minutes=2))


def test_a_refusal_holds_at_the_gate_at_once_and_becomes_a_fact(store, office):
    case = cases(store, office)["form"]
    call(store, office, case.id)
    submit(store, office, "refused")
    with store.read() as connection:
        ask = consent.Ask(number="+8613900000001")
        assert not consent.explain(connection, workspace=office.id, ask=ask, at=TEN + timedelta(minutes=1)).allowed
    told = []
    while leads.tell_facts(store, lambda _, kind, records: told.extend((kind, one) for one in records)):
        pass
    assert [(kind, one["phone"]) for kind, one in told if kind == "opt_out"] == [("opt_out", "+8613900000001")]
    assert {"ready", "talk"} >= {one["state"] for kind, one in told if kind == "agent_state"}


def test_follow_ups_come_after_one_three_and_seven_days(store, office):
    case, due = cases(store, office)["form"], []
    at = TEN
    for _ in range(4):
        call(store, office, case.id, at)
        again = submit(store, office, "interested", at)
        due.append(again)
        at = again or at
    days = [None if one is None else one.astimezone(ZONE).date().isoformat() for one in due]
    assert days == ["2026-11-25", "2026-11-28", "2026-12-05", None]
    assert all(one.astimezone(ZONE).hour == 10 for one in due[:3])


def test_an_agreed_call_comes_back_at_its_time_before_better_leads(store, office):
    case = cases(store, office)["fair"]
    call(store, office, case.id)
    with pytest.raises(InvalidInput, match="when_again"):
        submit(store, office, "callback")
    agreed = TEN + timedelta(hours=2)
    assert submit(store, office, "callback", again_at=agreed) == agreed
    assert best(store, office, agreed - timedelta(minutes=1)) == "callback"
    assert best(store, office, agreed) == "fair"
    with store.read() as connection:
        (task,) = leads.tasks_of(connection, workspace=office.id, agent="an", until=agreed)
    assert (task.lead, task.why, task.due_at) == (case.id, "agreed", agreed)


def test_what_was_put_off_or_is_tried_again_comes_after_better_leads(store, office):
    write(store, leads.next_best, office, agent="an", at=TEN)
    busy = cases(store, office)["fair"]
    call(store, office, busy.id)
    due = submit(store, office, "busy")
    call(store, office, cases(store, office)["callback"].id)
    submit(store, office, "not_interested")
    # Nothing was agreed about the worse lead: that it is due does not bring it before the better one.
    assert best(store, office, due) == "form"


def test_a_lead_given_to_another_leaves_no_call_behind(store, office):
    case = cases(store, office)["form"]
    call(store, office, case.id)
    due = submit(store, office, "callback", again_at=TEN + timedelta(hours=2))

    def left():
        with store.read() as connection:
            day = leads.day_of(connection, workspace=office.id, agent="an", since=TEN, at=due)
            return len(leads.tasks_of(connection, workspace=office.id, agent="an", until=due)), day.due

    assert left() == (1, 1)
    seat(store, office, "bo")
    write(store, leads.reassign, office, lead=case.id, agent="bo", by="boss", reason="休假", at=TEN)
    assert left() == (0, 0)
    # What was agreed is kept by whoever has the lead.
    found = write(store, leads.next_best, office, agent="bo", at=due)
    assert found.id == case.id


def test_a_lead_nobody_answers_is_given_up_after_its_attempts(store, office):
    settings = leads.DeskSettings(attempts_most=2)
    write(store, leads.keep_settings, office, settings=settings)
    case, at = cases(store, office)["form"], TEN
    for _ in range(2):
        call(store, office, case.id, at)
        submit(store, office, "busy", at)
        at += timedelta(hours=1)
    found = cases(store, office)["form"]
    assert (found.state, found.why, found.attempts) == ("closed", "attempts", 2)


def test_whose_number_it_is_none_one_or_several(store, office):
    send(store, office, {"key": "again", "phone": "13900000001"}, created_at="2026-11-24T01:00:00Z")
    take_in(store, office, at=TEN)
    with store.read() as connection:
        assert [one.source_key for one in leads.pop(connection, workspace=office.id, number="+8613900000001")] == [
            "form"
        ]
        assert leads.pop(connection, workspace=office.id, number="+8613999999999") == ()


def test_a_corrected_number_is_the_one_that_is_dialled(store, office):
    said = {"key": "form", "phone": "13900000077", "origin": "form", "created_at": "2026-11-24T01:00:00Z"}
    send(store, office, said)
    take_in(store, office, at=TEN)
    case = cases(store, office)["form"]
    with store.read() as connection:
        assert leads.person_of_case(connection, workspace=office.id, case=case).number == "+8613900000077"
        assert not leads.pop(connection, workspace=office.id, number="+8613900000001")
        assert [one.id for one in leads.pop(connection, workspace=office.id, number="+8613900000077")] == [case.id]


def test_somebody_elses_lead_cannot_be_called(store, office):
    seat(store, office, "bo")
    with pytest.raises(NotFound, match="no_lead_here"):
        write(store, leads.begin_call, office, lead=cases(store, office)["form"].id, agent="bo", script=None, at=TEN)


def test_scripts_keep_their_versions_and_results_their_flags(store, workspace):
    keep = {"name": "开场", "questions": ["预算？"], "at": TEN}
    assert write(store, leads.keep_script, workspace, opening="您好 {name}", **keep) == 1
    assert write(store, leads.keep_script, workspace, opening="{name}您好", **keep) == 2
    with store.read() as connection:
        (script,) = leads.scripts_of(connection, workspace=workspace.id)
    assert (script.version, script.opening) == (2, "{name}您好")
    with pytest.raises(InvalidInput, match="bad_result"):
        write(
            store, leads.keep_result, workspace,
            result=leads.Result(code="x", zh="某", en="some", flags=frozenset({"happy"})),
        )  # fmt: skip


@given(st.dictionaries(st.integers(9, 20), st.tuples(st.integers(0, 50), st.integers(50, 100))))
def test_the_best_hour_is_a_working_hour(answered):
    assert 9 <= best_hour(answered) <= 20


def test_a_thin_hour_does_not_win():
    assert best_hour({14: (60, 100), 16: (2, 2), 10: (30, 100)}) == 14
    assert best_hour({}) == 10


def test_after_the_plan_there_is_no_next_time():
    assert next_time(TEN, talks=4, days=(1, 3, 7), zone=ZONE, hour=10) is None
    assert next_time(TEN, talks=2, days=(1, 3, 7), zone=ZONE, hour=15) == datetime(2026, 11, 27, 7, tzinfo=UTC)
