"""Unknown callers and people who ask to be called back become leads; known ones move to the front (S3-31)."""

from datetime import UTC, datetime, timedelta

import pytest

from huasuan import leads
from huasuan.app import wiring
from huasuan.app.worker.minder import Minder
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import DeskSettings
from leads.leading import cases, seat, send, steps, take_in, write

STRANGER, KNOWN = "13911110001", "13911110002"


def called(store, workspace, key, caller=STRANGER, **said):
    moment = said.pop("at", now() - timedelta(minutes=2))
    if said.get("result") == "answered":
        said["answered_at"] = (moment + timedelta(seconds=5)).isoformat()
    record = {
        "key": key,
        "direction": "in",
        "ringing_at": moment.isoformat(),
        "ended_at": (moment + timedelta(seconds=40)).isoformat(),
        "result": "missed",
        "called": "4008001234",
        "channel": "search",
        **said,
    }
    if caller:
        record["caller"] = caller
    found = deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=[record])
    assert [one.status for one in found.outcomes] == ["created"], found.outcomes


def asked_back(store, workspace, key, phone, **said):
    record = {"key": key, "requested_at": now().isoformat(), "phone": phone, **said}
    found = deliver(store, workspace=workspace.id, kind_name="callback_request", source="widget", records=[record])
    assert [one.status for one in found.outcomes] == ["created"], found.outcomes


@pytest.fixture
def office(store, workspace):
    """A desk with one seat that listens from now on, and the service's thread as an object to turn by hand."""
    seat(store, workspace, "an", state="ready")
    minder = Minder(store, heard=wiring.LEADS_FROM)
    minder.look()
    return workspace


def look(store):
    """Two rounds a second apart, as the thread makes them: what is told in the first is a case in the next."""
    for _ in range(2):
        Minder(store, heard=wiring.LEADS_FROM).look()


def test_an_unknown_caller_becomes_a_lead_with_the_marks_of_the_call(store, office):
    called(store, office, "C1", campaign="spring")
    look(store)
    (case,) = cases(store, office).values()
    assert (case.source_key, case.traits.origin, case.traits.channel) == ("call pbx C1", "call", "search")
    assert (case.traits.campaign, case.state, case.owner) == ("spring", "owned", "an")
    with store.read() as connection:
        assert leads.number_of(connection, workspace=office.id, case=case) == "+86" + STRANGER
    look(store)
    assert len(cases(store, office)) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("withheld", {"caller": None}),
        ("out", {"direction": "out", "caller": "4008001234", "called": STRANGER, "result": "human"}),
        ("test", {"excluded": "test"}),
        ("junk", {"call_class": "junk"}),
        ("named", {"lead": "L1"}),
        ("yesterday", {"at": now() - timedelta(hours=30)}),
    ],
)
def test_what_is_nobodys_wish_makes_no_lead(store, office, key, said):
    called(store, office, key, **said)
    look(store)
    assert cases(store, office) == {}


def test_a_customer_who_calls_is_no_lead_by_whichever_of_their_numbers(store, office):
    customer = [{"key": "K1", "name": "欧阳", "phones": [KNOWN, STRANGER]}]
    deliver(store, workspace=office.id, kind_name="customer", source="crm", records=customer)
    called(store, office, "C1", STRANGER)
    look(store)
    assert cases(store, office) == {}


def test_who_has_an_open_case_and_was_missed_moves_to_the_front(store, office):
    send(store, office, {"key": "L1", "phone": KNOWN, "origin": "fair"})
    take_in(store, office)
    called(store, office, "answered", KNOWN, result="answered")
    look(store)
    case = cases(store, office)["L1"]
    assert case.next_at is None
    called(store, office, "missed", KNOWN)
    look(store)
    assert set(cases(store, office)) == {"L1"}
    case = cases(store, office)["L1"]
    assert case.parts.urgency == 100
    assert case.next_at is not None
    assert steps(store, office, case)[-1].detail == {"again": True, "origin": "call"}


def test_only_missed_calls_or_none_at_all_where_the_business_says_so(store, office):
    write(store, leads.keep_settings, office, settings=DeskSettings(leads_from_calls="missed"))
    called(store, office, "C1", result="answered")
    look(store)
    assert cases(store, office) == {}
    called(store, office, "C2")
    look(store)
    assert set(cases(store, office)) == {"call pbx C2"}
    write(store, leads.keep_settings, office, settings=DeskSettings(leads_from_calls="none"))
    called(store, office, "C3", "13911110003")
    look(store)
    assert len(cases(store, office)) == 1


def test_calls_before_there_was_a_desk_are_history(store, workspace):
    look(store)
    called(store, workspace, "C1")
    look(store)
    seat(store, workspace, "an", state="ready")
    look(store)
    assert cases(store, workspace) == {}
    called(store, workspace, "C2", "13911110004")
    look(store)
    assert set(cases(store, workspace)) == {"call pbx C2"}


def test_who_asks_to_be_called_back_may_be_called_for_that_alone(store, office):
    asked_back(store, office, "R1", STRANGER)
    look(store)
    (case,) = cases(store, office).values()
    assert (case.traits.origin, case.source_key) == ("callback", "callback widget R1")
    with store.read() as connection:
        answer = leads.may_call(connection, workspace=office.id, case=case, agent="an", at=now())
    assert answer.allowed, [reason.text.en for reason in answer.reasons]


def test_a_request_of_somebody_with_an_open_case_makes_that_case_callable(store, office):
    send(store, office, {"key": "L1", "phone": KNOWN, "origin": "file"})
    take_in(store, office)
    at = datetime(2026, 11, 24, 2, tzinfo=UTC)
    with store.read() as connection:
        before = leads.may_call(connection, workspace=office.id, case=cases(store, office)["L1"], agent="an", at=at)
    assert not before.allowed
    asked_back(store, office, "R1", KNOWN)
    look(store)
    found = cases(store, office)
    assert found["callback widget R1"].state == "duplicate"
    with store.read() as connection:
        after = leads.may_call(connection, workspace=office.id, case=found["L1"], agent="an", at=now())
    assert after.allowed, [reason.text.en for reason in after.reasons]


@pytest.mark.parametrize("said", [{"lead": "L9"}, {"joined_at": now().isoformat()}])
def test_a_request_that_is_settled_makes_no_lead(store, office, said):
    asked_back(store, office, "R1", STRANGER, **said)
    look(store)
    assert cases(store, office) == {}
