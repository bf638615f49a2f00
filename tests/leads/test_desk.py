"""The desk: the next best lead, the gate, results with flags, follow-ups, screen pop (S3-34, S3-38, S3-39)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan import consent, leads
from huasuan.app.dialling import TelLink, dial_begun
from huasuan.app.worker.seeing import see_person
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.time import now
from huasuan.leads import best_hour, next_time
from leads.leading import DAY, cases, seat, send, steps, take_in, write

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
    return None if found is None else found.case.source_key


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


def purposes(store, workspace):
    """What the gate was asked for, the newest first."""
    with store.read() as connection:
        return [line.entry["purpose"] for line in consent.read_log(connection, workspace=workspace.id)]


def test_a_wish_to_be_called_holds_for_that_call_alone(store, office):
    """Once talked with, whoever asked for a call is called within the hours like anybody else (R05, R16)."""
    case, night = cases(store, office)["callback"], TEN.replace(hour=15)
    call(store, office, case.id, TEN)
    submit(store, office, "no_answer", TEN)
    assert call(store, office, case.id, night).allowed, "nobody talked with them yet"
    due = submit(store, office, "interested", night)
    late = due.replace(hour=15)
    answer = call(store, office, case.id, late)
    assert [reason.code for reason in answer.reasons] == ["outside_window"]
    assert answer.reasons[0].until is not None
    assert call(store, office, case.id, due).allowed
    assert purposes(store, office) == ["marketing", "marketing", "callback", "callback"]


def test_a_wish_to_be_called_ends_by_itself(store, office):
    """Nobody answered for a fortnight: it is an ordinary call, though the ledger still has the wish (R01)."""
    case = cases(store, office)["callback"]
    wished = case.created_at
    for days, purpose in ((13, "callback"), (14, "marketing")):
        call(store, office, case.id, wished + timedelta(days=days, minutes=1))
        submit(store, office, "no_answer", wished + timedelta(days=days, minutes=2))
        assert purposes(store, office)[0] == purpose
    with store.read() as connection:
        ask = consent.Ask(number="+8613900000000", purpose="callback")
        answer = consent.explain(connection, workspace=office.id, ask=ask, at=wished + timedelta(days=14))
    assert [reason.code for reason in answer.reasons] == ["consent_expired"]


def test_an_agreed_call_is_wished_at_its_time_and_once(store, office):
    """The ledger is told of the agreement and until when it holds; earlier, and after the talk, it is no wish."""
    case, agreed = cases(store, office)["form"], TEN.replace(hour=14)  # 22 o'clock in Shanghai
    call(store, office, case.id)
    submit(store, office, "callback", again_at=agreed)
    assert not call(store, office, case.id, agreed - timedelta(minutes=30)).allowed
    told = []
    while leads.tell_facts(store, lambda _, kind, records: told.extend((kind, one) for one in records)):
        pass
    (said,) = [one for kind, one in told if kind == "consent"]
    assert (said["purpose"], said["phone"]) == ("callback", "+8613900000001")
    assert datetime.fromisoformat(said["expires_at"]) == agreed + timedelta(days=14)
    assert call(store, office, case.id, agreed).allowed
    submit(store, office, "interested", agreed)
    assert not call(store, office, case.id, agreed + timedelta(hours=1)).allowed
    assert purposes(store, office) == ["marketing", "callback", "marketing", "marketing"]


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


@pytest.mark.parametrize(
    ("code", "number", "in_the_days_and_after"),
    [
        ("not_interested", "+33612345678", (["refused"], [])),
        ("refused", "+33612345678", (["opted_out", "refused"], ["opted_out"])),
        ("not_interested", "+8613900000011", (["refused"], ["refused"])),
    ],
)
def test_a_no_is_left_alone_for_its_days_and_never_again_for_good(store, office, code, number, in_the_days_and_after):
    """In France sixty days after a no, elsewhere for good; an opt-out holds everywhere (R03, R04)."""
    send(store, office, {"key": "P", "phone": number, "origin": "form"}, created_at="2026-11-24T01:00:00Z")
    said = {"phone": number, "given": True, "at": "2026-11-24T01:00:00Z", "evidence": "form"}
    deliver(
        store, workspace=office.id, kind_name="consent", source="test", records=[{"key": "P", "purpose": "call"} | said]
    )
    take_in(store, office, at=TEN)
    at = TEN + timedelta(hours=9)  # 12 o'clock in Paris, 19 in Shanghai
    assert call(store, office, cases(store, office)["P"].id, at).allowed
    submit(store, office, code, at)
    while leads.tell_facts(
        store,
        lambda workspace, kind, records: deliver(
            store, workspace=workspace, kind_name=kind, source="desk", records=records
        ),
    ):
        pass

    def codes(days):
        with store.read() as connection:
            ask, moment = consent.Ask(number=number), at + timedelta(days=days)
            answer = consent.explain(connection, workspace=office.id, ask=ask, at=moment)
        # The hours and the days since the last call are others' matter.
        return [one.code for one in answer.reasons if one.code in {"refused", "opted_out"}]

    assert (codes(59), codes(62)) == in_the_days_and_after


def test_a_person_is_shown_scores_steps_attempts_and_refusals(store, office):
    """Not only the facts: what was thought of them, why, and who tried to reach them (R11, R13)."""
    call(store, office, cases(store, office)["form"].id)
    submit(store, office, "refused")
    write(store, consent.put_dnc_list, office, name="own", source="post", as_of=None, numbers=["+8613900000001"])
    with store.read() as connection:
        known = see_person(connection, workspace=office.id, identity=("phone", "+8613900000001"))
    (case,) = known["cases"]
    assert case["parts"]["score"] > 0
    assert case["parts"]["reasons"]
    assert {step["kind"] for step in case["steps"]} >= {"assigned", "called", "disposed"}
    assert [(one["channel"], one["purpose"]) for one in known["attempts"]] == [("call", "marketing")]
    assert [(one["at"], one["agent"]) for one in known["refusals"]] == [(TEN, "an")]
    assert known["lists"] == ["own"]


def test_the_desk_calls_from_a_registered_number_alone(store, office):
    """Once one is registered the gate checks what the desk shows; a barred one needs its proof (R07)."""
    write(store, consent.register_caller, office, number="+862162001234", evidence="contract 7", at_desk=True)
    answer = call(store, office, cases(store, office)["form"].id)
    assert answer.permit.caller_number == "+862162001234"
    submit(store, office, "busy")
    with pytest.raises(InvalidInput, match="no_evidence"):
        write(store, consent.register_caller, office, number="+862162001235", evidence=" ")
    write(store, consent.register_caller, office, number="+864008001234", evidence="licence 9", at_desk=True)
    with store.read() as connection:
        found = consent.callers_of(connection, workspace=office.id)
        assert [(one.number, one.at_desk) for one in found] == [("+862162001234", False), ("+864008001234", True)]

        def codes(shown):
            ask = consent.Ask(number="+8613900000002", caller_number=shown)
            return [one.code for one in consent.explain(connection, workspace=office.id, ask=ask, at=TEN).reasons]

        assert codes("+862162001234") == codes("+864008001234") == []
        assert codes("+862162009999") == ["caller_unregistered"]
        assert codes("+864008009999") == ["caller_barred"]
    write(store, consent.unregister_caller, office, number="+864008001234")
    assert call(store, office, cases(store, office)["fair"].id).permit.caller_number is None
    with pytest.raises(NotFound, match="no_caller"):
        write(store, consent.unregister_caller, office, number="+864008001234")


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


def test_after_the_plan_who_still_thinks_is_called_while_the_sales_cycle_lasts(store, office):
    case, due, at = cases(store, office)["form"], [], TEN
    for _ in range(6):
        call(store, office, case.id, at)
        again = submit(store, office, "interested", at, cycle=40 * DAY)
        due.append(again and again.astimezone(ZONE).date().isoformat())
        if again is None:
            break
        at = again
    # The lead came on the 24th: half the cycle after it, all of it, and then no more.
    assert due == ["2026-11-25", "2026-11-28", "2026-12-05", "2026-12-14", "2027-01-03", None]
    assert cases(store, office)["form"].state == "closed"


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
    assert found.case.id == case.id
    assert found.answer.allowed, "what the gate said comes with the lead"


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


def test_whoever_calls_from_their_second_number_is_no_stranger(store, office):
    # A customer's record ties the two numbers; no lead names the second one.
    tied = {"key": "K", "phones": ["13900000001", "13955550000"], "name": "客户1"}
    found = deliver(store, workspace=office.id, kind_name="customer", source="crm", records=[tied])
    assert [one.status for one in found.outcomes] == ["created"], found.outcomes
    with store.read() as connection:
        (shown,) = leads.pop(connection, workspace=office.id, number="+8613955550000")
    assert shown.source_key == "form"
    send(store, office, {"key": "second", "phone": "13955550000"}, created_at="2026-11-24T01:00:00Z")
    take_in(store, office, at=TEN)
    again = cases(store, office)["second"]
    assert (again.state, again.same_as) == ("duplicate", shown.id)


def test_leads_of_one_person_that_come_together_are_one(store, office):
    tied = {"key": "K", "phones": ["13955550001", "13955550002"]}
    deliver(store, workspace=office.id, kind_name="customer", source="crm", records=[tied])
    both = [{"key": f"pair{end}", "phone": f"1395555000{end}"} for end in (1, 2)]
    send(store, office, *both, created_at="2026-11-24T01:00:00Z")
    take_in(store, office, at=TEN)
    assert [cases(store, office)[f"pair{end}"].state for end in (1, 2)] == ["owned", "duplicate"]


def test_a_call_withdrawn_at_the_last_moment_leaves_nobody_in_a_call(store, office):
    case, at = cases(store, office)["callback"], now()
    said = {"key": "now", "phone": "13900000000", "purpose": "callback", "given": True, "evidence": "form"}
    records = [{"at": (at - timedelta(minutes=1)).isoformat(), **said}]
    deliver(store, workspace=office.id, kind_name="consent", source="test", records=records)
    answer = call(store, office, case.id, at)
    assert answer.allowed, answer.reasons
    with store.write() as connection:
        consent.record_refusal(connection, workspace=office.id, number="+8613900000000", at=now(), agent="bo")
    error = dial_begun(store, TelLink(), answer.permit, agent="an")
    assert error is not None
    assert error.code == "permit_withdrawn"
    with store.read() as connection:
        here = leads.at_desk(connection, workspace=office.id, agent="an", at=now())
    assert (here.state, here.lead) == ("ready", None)


def test_one_talk_protects_for_a_while_and_not_for_ever(store, office):
    write(store, leads.keep_settings, office, settings=leads.DeskSettings(protect_days=5, away_minutes=0))
    write(store, leads.keep_pool, office, pool=leads.Pool(name="公海"))
    found = cases(store, office)
    at = TEN + timedelta(days=4)
    for key, said in (("form", {"code": "interested"}), ("fair", {"code": "callback", "again_at": TEN + 14 * DAY})):
        assert call(store, office, found[key].id, at).allowed
        submit(store, office, at=at, **said)

    def run_out(days):
        leads.run_out(store, workspace=office.id, at=TEN + days * DAY)
        return {key: case.state for key, case in cases(store, office).items()}

    assert run_out(8) == {"callback": "owned", "form": "owned", "fair": "owned"}
    # Five days after the talk the lead is anybody's again; what was agreed is kept until it is over.
    assert run_out(10) == {"callback": "owned", "form": "pool", "fair": "owned"}
    assert run_out(15) == {"callback": "pool", "form": "pool", "fair": "pool"}


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
