"""Public and private pools: claiming, quota, protection, recycling, and handing over to sales (S4-17, S4-20, S4-23)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from huasuan import leads
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.kernel.time import now
from huasuan.leads import Pool, Rule
from leads.leading import DAY, cases, seat, send, steps, take_in, write


def pooled(store, workspace, number, **said):
    """A public pool with that many leads in it."""
    pool = write(store, leads.keep_pool, workspace, pool=Pool(name="公海", **said))
    write(store, leads.keep_rule, workspace, rule=Rule(name="all", pool=pool))
    send(store, workspace, number, plain=True)
    take_in(store, workspace)
    return pool


def claim(store, workspace, case, agent, at=None):
    at = at or now()
    write(store, leads.claim, workspace, lead=case.id, agent=agent, team=None, day=at - DAY / 2, at=at)


def test_of_many_who_reach_for_a_lead_exactly_one_gets_it(store, workspace):
    pooled(store, workspace, 1)
    (case,) = cases(store, workspace).values()

    def reach(agent):
        try:
            claim(store, workspace, case, agent)
        except Conflict as error:
            return error.code
        return "mine"

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(reach, [f"a{number}" for number in range(6)]))
    assert sorted(found) == ["lead_taken"] * 5 + ["mine"]


def test_the_quota_of_a_day_and_of_the_hands_is_kept(store, workspace):
    pooled(store, workspace, 5, claims_a_day=2, hold_most=3)
    first, second, third, fourth, fifth = cases(store, workspace).values()
    claim(store, workspace, first, "an")
    claim(store, workspace, second, "an")
    with pytest.raises(Conflict, match="claims_used_up"):
        claim(store, workspace, third, "an")
    tomorrow = now() + DAY
    claim(store, workspace, third, "an", at=tomorrow)
    with pytest.raises(Conflict, match="hands_full"):
        claim(store, workspace, fourth, "an", at=tomorrow)
    claim(store, workspace, fifth, "bo")


def test_unprotected_and_untouched_leads_go_back_to_the_pool(store, workspace):
    pool = pooled(store, workspace, 2, protect_days=5)
    first, second = cases(store, workspace).values()
    claim(store, workspace, first, "an")
    claim(store, workspace, second, "an")
    assert leads.run_out(store, workspace=workspace.id, at=now() + 4 * DAY) == 0
    assert leads.run_out(store, workspace=workspace.id, at=now() + 6 * DAY) == 2
    case = cases(store, workspace)[first.source_key]
    assert (case.state, case.owner, case.pool) == ("pool", None, pool)
    assert [step.kind for step in steps(store, workspace, case)] == ["pooled", "claimed", "recycled"]


def test_one_may_give_back_only_the_own(store, workspace):
    pool = pooled(store, workspace, 1)
    (case,) = cases(store, workspace).values()
    claim(store, workspace, case, "an")
    with pytest.raises(Conflict, match="not_yours"):
        write(store, leads.release, workspace, lead=case.id, agent="bo", pool=pool, reason="x", at=now())
    write(store, leads.release, workspace, lead=case.id, agent="an", pool=pool, reason="语言不通", at=now())
    assert cases(store, workspace)[case.source_key].state == "pool"


@pytest.fixture
def handed(store, workspace):
    seat(store, workspace, "an", team="calling")
    seat(store, workspace, "sal", sales=True, team="sales")
    send(store, workspace, {"key": "A", "phone": "13900000001"})
    take_in(store, workspace)
    case = cases(store, workspace)["A"]
    write(store, leads.hand_over, workspace, lead=case.id, agent="an", to="sal", live=True, at=now())
    return case


def test_sales_accept_and_rate_and_the_facts_are_told_once(store, workspace, handed):
    write(store, leads.decide, workspace, lead=handed.id, agent="sal", accepted=True, reason="", at=now())
    write(store, leads.rate, workspace, lead=handed.id, agent="sal", rating=4, at=now())
    case = cases(store, workspace)["A"]
    assert (case.state, case.owner, case.handed_by) == ("owned", "sal", None)
    statuses = []

    def tell(number, kind, records):
        for _ in range(2):  # a teller killed half-way tells the same again
            found = deliver(store, workspace=number, kind_name=kind, source="desk", records=records)
            statuses.append((kind, [one.status for one in found.outcomes]))

    assert [leads.tell_facts(store, tell) for _ in range(3)] == [2, 1, 0]
    assert statuses == [
        ("handover", ["created"]),
        ("handover", ["unchanged"]),
        ("lead_quality", ["created"]),
        ("lead_quality", ["unchanged"]),
        ("handover", ["corrected"]),
        ("handover", ["unchanged"]),
    ]


def test_a_rejection_needs_a_reason_and_goes_back(store, workspace, handed):
    with pytest.raises(InvalidInput, match="no_reason"):
        write(store, leads.decide, workspace, lead=handed.id, agent="sal", accepted=False, reason=" ", at=now())
    write(store, leads.decide, workspace, lead=handed.id, agent="sal", accepted=False, reason="无预算", at=now())
    case = cases(store, workspace)["A"]
    assert (case.state, case.owner, case.team) == ("owned", "an", "calling")
    # Steps are never changed: the words, which may name the person, stand in a remark that can be erased.
    number = leads.remark_number(steps(store, workspace, case)[-1].detail)
    with store.read() as connection:
        assert leads.remarks_of(connection, workspace=workspace.id, lead=case.id) == {number: "无预算"}
        assert [one.reason for one in leads.decisions_since(connection, workspace=workspace.id, at=now())] == ["无预算"]
    with pytest.raises(Conflict, match="nothing_to_decide"):
        write(store, leads.decide, workspace, lead=handed.id, agent="sal", accepted=True, reason="", at=now())


def test_after_fourteen_days_without_a_word_it_goes_back(store, workspace, handed):
    assert leads.run_out(store, workspace=workspace.id, at=now() + 13 * DAY) == 0
    assert leads.run_out(store, workspace=workspace.id, at=now() + 14 * DAY + timedelta(minutes=1)) == 1
    case = cases(store, workspace)["A"]
    assert (case.state, case.owner, case.team) == ("owned", "an", "calling")


def test_only_the_owner_hands_over_and_only_to_sales(store, workspace, handed):
    seat(store, workspace, "bo")
    with pytest.raises(InvalidInput, match="not_in_sales"):
        write(store, leads.hand_over, workspace, lead=handed.id, agent="an", to="bo", live=False, at=now())
    with pytest.raises(Conflict, match="not_yours"):
        write(store, leads.hand_over, workspace, lead=handed.id, agent="an", to="sal", live=False, at=now())


@pytest.mark.parametrize("verdict", ["accepted", "rejected", "overdue"])
def test_a_decided_handover_protects_anew_from_the_public_pool(store, workspace, handed, verdict):
    write(store, leads.keep_pool, workspace, pool=Pool(name="公海"))
    late = now() + 14 * DAY + timedelta(minutes=1)
    if verdict == "overdue":
        assert leads.run_out(store, workspace=workspace.id, at=late) == 1
    else:
        said = {"accepted": verdict == "accepted", "reason": "无预算"}
        write(store, leads.decide, workspace, lead=handed.id, agent="sal", at=late, **said)
    assert leads.run_out(store, workspace=workspace.id, at=late + 13 * DAY) == 0
    assert cases(store, workspace)["A"].owner == ("sal" if verdict == "accepted" else "an")
    assert leads.run_out(store, workspace=workspace.id, at=late + 15 * DAY) == 1
    assert cases(store, workspace)["A"].state == "pool"
