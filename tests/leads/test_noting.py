"""What is written of a lead, and what is to be done about it: whose it is, who sees it, when it goes (S3-18, S3-38)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from huasuan import leads
from huasuan.app.worker.erasing import take_out
from huasuan.app.worker.seeing import nodes_of_person, see_person
from huasuan.consent import digests_of
from huasuan.intake import deliver
from leads.leading import DAY, cases, seat, send, take_in, write

ZONE = ZoneInfo("Asia/Shanghai")
# A Tuesday, ten in the morning in Shanghai.
TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERSON = ("phone", "+8613900000001")


@pytest.fixture
def lead(store, workspace):
    """One lead in the hand of ``an``, who is alone; its person agreed to be called."""
    seat(store, workspace, "an")
    send(store, workspace, {"key": "L1", "phone": "13900000001"}, created_at="2026-11-24T01:00:00Z")
    agreed = {"key": "C", "phone": "13900000001", "purpose": "call", "given": True, "evidence": "form"}
    records = [agreed | {"at": "2026-11-24T01:00:00Z"}]
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=records)
    take_in(store, workspace, at=TEN)
    return cases(store, workspace)["L1"].id


def see(store, workspace):
    with store.read() as connection:
        return see_person(connection, workspace=workspace.id, identity=PERSON)


def tasks(store, workspace, agent):
    with store.read() as connection:
        found = leads.tasks_of(connection, workspace=workspace.id, agent=agent, until=TEN + 99 * DAY)
    return [(one.kind, one.why) for one in found]


def test_what_was_written_is_shown_to_the_person_and_goes_with_them(store, workspace, lead):
    mine = {"lead": lead, "agent": "an", "at": TEN}
    write(store, leads.remark, workspace, text="王先生怕狗", **mine)
    write(store, leads.add_task, workspace, text="给王太太送花", due_at=TEN + HOUR, **mine)
    meeting = write(store, leads.book_meeting, workspace, starts_at=TEN + DAY, **mine)
    said = {"meeting": meeting, "agent": "an", "at": TEN}
    write(store, leads.cancel_meeting, workspace, reason="王先生住院", **said)
    (case,) = see(store, workspace)["cases"]
    assert [(one["agent"], one["text"], one["at"]) for one in case["remarks"]] == [("an", "王先生怕狗", TEN)]
    assert [(one["kind"], one["why"], one["done_at"]) for one in case["tasks"]] == [
        ("task", "给王太太送花", None), ("meeting", "meeting", TEN),
    ]  # fmt: skip
    with store.write() as connection:
        nodes = nodes_of_person(connection, workspace=workspace.id, identity=PERSON)
        digests = digests_of(connection, workspace=workspace.id, identities=nodes)
        take_out(connection, workspace=workspace.id, nodes=nodes, digests=digests)
    with store.read() as connection:
        assert [one.text for one in leads.remarks_about(connection, workspace=workspace.id, lead=lead)] == [""]
        left = leads.tasks_about(connection, workspace=workspace.id, lead=lead)
        # That there was something to do stays, and what the desk itself says of it.
        assert [(one.kind, one.why) for one in left] == [("task", ""), ("meeting", "meeting")]
        (one,) = leads.meetings_of(connection, workspace=workspace.id, lead=lead)
    assert (one.reason, one.cancelled_at) == (None, TEN)


def test_what_is_to_be_done_goes_to_whoever_has_the_lead(store, workspace, lead):
    note = ("task", "报价单")
    seat(store, workspace, "bo")
    seat(store, workspace, "sal", sales=True)
    write(store, leads.add_task, workspace, lead=lead, agent="an", text="报价单", due_at=TEN + HOUR, at=TEN)

    def theirs():
        return [agent for agent in ("an", "bo", "sal") if note in tasks(store, workspace, agent)]

    # Out of the pool somebody else claims it.
    pool = write(store, leads.keep_pool, workspace, pool=leads.Pool(name="公海"))
    write(store, leads.release, workspace, lead=lead, agent="an", pool=pool, reason="忙", at=TEN)
    write(store, leads.claim, workspace, lead=lead, agent="bo", team=None, day=TEN - HOUR, at=TEN)
    assert theirs() == ["bo"]
    # Handed to sales it is theirs; rejected, or not decided in time, it is again of who handed it over.
    for back in ("rejected", "overdue"):
        write(store, leads.hand_over, workspace, lead=lead, agent="bo", to="sal", live=False, at=TEN)
        assert theirs() == ["sal"]
        if back == "rejected":
            write(store, leads.decide, workspace, lead=lead, agent="sal", accepted=False, reason="太远", at=TEN)
        else:
            with store.write() as connection:
                assert leads.take_back_overdue(connection, workspace=workspace.id, at=TEN + 15 * DAY) == 1
        assert theirs() == ["bo"]


def talk(store, workspace, lead, at):
    answer = write(store, leads.begin_call, workspace, lead=lead, agent="an", script=None, at=at)
    assert answer.allowed, [reason.text.en for reason in answer.reasons]


def submit(store, workspace, at, **said):
    return write(store, leads.submit, workspace, agent="an", zone=ZONE, at=at, **said)


def test_a_lead_given_to_another_in_a_talk_still_gets_its_remark(store, workspace, lead):
    seat(store, workspace, "bo")
    talk(store, workspace, lead, TEN)
    write(store, leads.reassign, workspace, lead=lead, agent="bo", by="boss", reason="换人", at=TEN)
    again = TEN + 3 * HOUR
    assert submit(store, workspace, TEN + HOUR, code="callback", again_at=again, text="下午再谈") == again
    with store.read() as connection:
        told = leads.remarks_about(connection, workspace=workspace.id, lead=lead)
    assert [(one.agent, one.text) for one in told] == [("boss", "换人"), ("an", "下午再谈")]
    # Who has the lead now keeps what was agreed.
    assert (tasks(store, workspace, "an"), tasks(store, workspace, "bo")) == ([], [("call", "agreed")])


def test_no_lead_leaves_a_talk_for_the_pool(store, workspace, lead):
    settings = leads.DeskSettings(protect_days=1, away_minutes=0)
    write(store, leads.keep_settings, workspace, settings=settings)
    write(store, leads.keep_pool, workspace, pool=leads.Pool(name="公海"))
    ends = cases(store, workspace)["L1"].protected_until
    talk(store, workspace, lead, ends.replace(hour=2))
    assert leads.run_out(store, workspace=workspace.id, at=ends + DAY) == 0
    submit(store, workspace, ends + DAY, code="busy")
    assert leads.run_out(store, workspace=workspace.id, at=ends + DAY) == 1
    assert cases(store, workspace)["L1"].state == "pool"


def test_consent_met_with_holds_for_the_channel_it_was_given_for(store, workspace):
    entry = leads.Entry(phone="+8613900000009", origin="fair", evidence="名片")
    write(store, leads.enter, workspace, agent="an", team=None, entry=entry, at=TEN)
    told = []
    while leads.tell_facts(store, lambda _, kind, records: told.extend((kind, one) for one in records)):
        pass
    assert [one["channel"] for kind, one in told if kind == "consent"] == ["call"]
