"""The gate on both databases: reserving, several numbers of one person, opt-outs, permits, the log."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from huasuan.consent import Answer, Ask, ask_gate, check_chains, explain, permit_of, place_call, record_refusal
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.people import Workspace
from huasuan.seams import Permit, Placed
from huasuan.store import Store

ONE, OTHER, THIRD = "+8613900000001", "+8613900000002", "+8613900000003"
# A Wednesday, 10:00 in Shanghai, no holiday.
MORNING = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)


class Lines:
    """A telephone line that writes down whom it was told to call."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def dial(self, permit: Permit) -> Placed:
        self.called.append(permit.number)
        return Placed(reference=f"call-{len(self.called)}")


def say(store: Store, workspace: Workspace, kind: str, **fields: object) -> None:
    record = {"key": f"{kind}-{fields}", **fields}
    [outcome] = deliver(store, workspace=workspace.id, kind_name=kind, source="test", records=[record]).outcomes
    assert outcome.status in {"created", "corrected"}, outcome


def agree(store: Store, workspace: Workspace, phone: str, at: str = "2026-09-01T10:00:00+08:00") -> None:
    say(store, workspace, "consent", at=at, purpose="marketing", given=True, phone=phone, evidence="form 7")


def ask(store: Store, workspace: Workspace, number: str, at: datetime = MORNING) -> Answer:
    with store.write() as connection:
        return ask_gate(connection, workspace=workspace.id, ask=Ask(number=number), at=at)


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def test_without_consent_nobody_is_called_in_china(store: Store, workspace: Workspace) -> None:
    answer = ask(store, workspace, ONE)
    assert (codes(answer), answer.permit, answer.next_at) == (["no_consent"], None, None)
    assert [(reason.rule, reason.version) for reason in answer.reasons] == [("R01", 2)]
    assert answer.reasons[0].text.zh == "没有此人对该用途的同意记录（marketing）"
    agree(store, workspace, ONE)
    assert ask(store, workspace, ONE).allowed
    say(store, workspace, "consent", at="2026-09-02T10:00:00+08:00", purpose="order", given=True, phone=OTHER)
    assert codes(ask(store, workspace, OTHER)) == ["no_consent"], "consent for another purpose is none for this one"


def test_attempts_of_all_numbers_of_a_person_count_together(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, ONE)
    say(store, workspace, "customer", phones=[ONE, OTHER])
    assert ask(store, workspace, ONE).allowed
    answer = ask(store, workspace, OTHER, MORNING + timedelta(seconds=30))
    assert codes(answer) == ["too_soon"]
    assert answer.next_at == MORNING + timedelta(minutes=60)
    # The first reservation was never used, so it counts no more once it has ended.
    assert ask(store, workspace, OTHER, MORNING + timedelta(seconds=61)).allowed


def test_an_opt_out_of_one_number_holds_for_all(store: Store, workspace: Workspace) -> None:
    for number in (ONE, OTHER):
        agree(store, workspace, number)
    say(store, workspace, "customer", phones=[ONE, OTHER])
    say(store, workspace, "opt_out", received_at="2026-09-10T10:00:00+08:00", phone=OTHER, via="sms")
    assert codes(ask(store, workspace, ONE)) == ["opted_out"]
    agree(store, workspace, ONE, at="2026-09-12T10:00:00+08:00")
    assert ask(store, workspace, ONE).allowed, "who agrees anew may be called again"


def test_a_lead_that_is_corrected_ties_nobody_any_more(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, ONE)
    say(store, workspace, "opt_out", received_at="2026-09-10T10:00:00+08:00", phone=OTHER)
    for phones, expected in (([ONE, OTHER], ["opted_out"]), ([ONE, THIRD], []), ([ONE], [])):
        records = [{"key": "C-1", "phones": phones}]
        deliver(store, workspace=workspace.id, kind_name="customer", source="test", records=records)
        with store.read() as connection:
            answer = explain(connection, workspace=workspace.id, ask=Ask(number=ONE), at=MORNING)
        assert codes(answer) == expected, phones


def test_a_permit_is_used_once_and_not_after_an_opt_out(store: Store, workspace: Workspace) -> None:
    lines = Lines()
    for number in (ONE, OTHER):
        agree(store, workspace, number)
    moment = datetime.now(UTC)
    first, second = _permit(store, workspace, ONE, moment), _permit(store, workspace, OTHER, moment)
    assert place_call(store, lines, first).reference == "call-1"
    with pytest.raises(Conflict, match="permit_used"):
        place_call(store, lines, first)
    say(store, workspace, "opt_out", received_at=moment.isoformat(), phone=OTHER)
    with pytest.raises(Conflict, match="permit_withdrawn"):
        place_call(store, lines, second)
    assert lines.called == [ONE]


def test_a_service_permit_without_a_contract_does_not_survive_an_opt_out(store: Store, workspace: Workspace) -> None:
    lines, moment = Lines(), datetime.now(UTC)
    for number, contract in ((ONE, False), (OTHER, True)):
        say(store, workspace, "consent", at=moment.isoformat(), purpose="service", given=True, phone=number)
        with store.write() as connection:
            asked = Ask(number=number, purpose="service", contract=contract, channel="wechat")
            permit = ask_gate(connection, workspace=workspace.id, ask=asked, at=moment).permit
        assert permit is not None
        say(store, workspace, "opt_out", received_at=moment.isoformat(), phone=number)
        if contract:
            place_call(store, lines, permit)
        else:
            with pytest.raises(Conflict, match="permit_withdrawn"):
                place_call(store, lines, permit)
    assert lines.called == [OTHER]


def test_an_opt_out_or_refusal_dated_later_hides_none_before(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, ONE)
    agree(store, workspace, OTHER)
    for received in ("2026-09-10T10:00:00+08:00", "2027-09-10T10:00:00+08:00"):
        say(store, workspace, "opt_out", received_at=received, phone=ONE)
        with store.write() as connection:
            record_refusal(connection, workspace=workspace.id, number=OTHER, at=datetime.fromisoformat(received))
    assert codes(ask(store, workspace, ONE)) == ["opted_out"]
    assert codes(ask(store, workspace, OTHER)) == ["refused"]


def _permit(store: Store, workspace: Workspace, number: str, moment: datetime) -> Permit:
    """A permit whatever the hour: the person asked to be called back."""
    say(store, workspace, "consent", at=moment.isoformat(), purpose="callback", given=True, phone=number)
    with store.write() as connection:
        asked = Ask(number=number, purpose="callback")
        answer = ask_gate(connection, workspace=workspace.id, ask=asked, at=moment)
    assert answer.permit is not None, answer
    return answer.permit


def test_a_permit_leaves_and_comes_back_as_a_signed_token(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, ONE)
    permit = _permit(store, workspace, ONE, datetime.now(UTC))
    with store.read() as connection:
        assert permit_of(connection, workspace=workspace.id, token=permit.token) == permit
        for wrong in (permit.token[:-3] + "AAA", permit.token[::-1], "", "é"):
            with pytest.raises(InvalidInput, match="bad_token"):
                permit_of(connection, workspace=workspace.id, token=wrong)
    assert ONE not in repr(permit)


def test_two_diallers_at_once_get_one_permit(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, ONE)
    say(store, workspace, "customer", phones=[ONE, OTHER])
    ready, answers = threading.Barrier(4), []

    def dialler(number: str) -> None:
        ready.wait()
        answers.append(ask(store, workspace, number))

    threads = [threading.Thread(target=dialler, args=(number,)) for number in (ONE, OTHER, ONE, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.verdict for answer in answers) == ["allow", "deny", "deny", "deny"]


def test_a_refusal_in_a_talk_is_for_good_in_china_and_sixty_days_in_france(store: Store, workspace: Workspace) -> None:
    paris = "+33612345678"
    refused = datetime(2026, 9, 16, 10, 0, tzinfo=UTC)
    for number in (ONE, paris):
        agree(store, workspace, number)
        with store.write() as connection:
            record_refusal(connection, workspace=workspace.id, number=number, at=refused)
    assert codes(ask(store, workspace, ONE, refused + timedelta(days=700))) == ["refused"]
    # 16 September + 60 days is 15 November, the last day; in Paris the 16th begins at 23:00 UTC of the 15th.
    answer = ask(store, workspace, paris, refused + timedelta(days=1))
    assert (codes(answer), answer.next_at) == (["refused"], datetime(2026, 11, 15, 23, 0, tzinfo=UTC))


def test_the_log_is_bound_line_to_line(store: Store, workspace: Workspace) -> None:
    for number in (ONE, OTHER, THIRD):
        ask(store, workspace, number)
    with store.read() as connection:
        assert [(check.lines, check.broken_at) for check in check_chains(connection)] == [(3, None)]
    with store.write() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER gate_log_no_update")
        else:
            connection.exec_driver_sql("DROP TRIGGER gate_log_append_only ON gate_log")
        connection.execute(text("UPDATE gate_log SET entry = replace(entry, 'deny', 'allow') WHERE number = 2"))
    with store.read() as connection:
        assert [check.broken_at for check in check_chains(connection)] == [2]
