"""Leads are given at once, to whom the rules say, each once, with the reason (S3-32)."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan import leads
from huasuan.app.arrivals import Arrivals
from huasuan.app.worker.minder import Minder
from huasuan.intake import undo_batch
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.time import now
from huasuan.leads import Pool, Rule, Seat, Traits, choose, explain
from leads.leading import cases, seat, send, steps, take_in, write


def test_a_lead_becomes_one_case_and_is_given_with_its_reason(store, workspace):
    seat(store, workspace, "an")
    write(store, leads.keep_rule, workspace, rule=Rule(name="华东", regions=("上海",)))
    send(store, workspace, {"key": "A", "phone": "13900000001", "region": "北京"})
    assert take_in(store, workspace) == 1
    assert take_in(store, workspace) == 0
    case = cases(store, workspace)["A"]
    assert (case.state, case.owner, case.traits.region) == ("owned", "an", "北京")
    (step,) = steps(store, workspace, case)
    assert step.kind == "assigned"
    assert step.delay_ms is not None
    words = explain(leads.choice_from(dict(step.detail)))
    assert "规则“华东”不适用（地区不符）" in words.zh
    assert "fewest open leads: an" in words.en


def test_nobody_there_means_waiting_until_somebody_is(store, workspace):
    send(
        store,
        workspace,
        {"key": "A", "phone": "13900000001"},
        {"key": "B", "phone": "13900000002", "origin": "callback"},
    )
    take_in(store, workspace)
    assert {case.state for case in cases(store, workspace).values()} == {"waiting"}
    seat(store, workspace, "an", capacity=1)
    assert leads.give_again(store, workspace=workspace.id, at=now()) == 1
    found = cases(store, workspace)
    # The one seat goes to the better lead.
    assert (found["B"].state, found["A"].state) == ("owned", "waiting")


def test_load_is_spread_and_capacity_kept(store, workspace):
    for agent in ("an", "bo", "cy"):
        seat(store, workspace, agent, capacity=4)
    send(store, workspace, 14, plain=True)
    take_in(store, workspace)
    owners = [case.owner for case in cases(store, workspace).values()]
    assert sorted(owners.count(agent) for agent in ("an", "bo", "cy")) == [4, 4, 4]
    assert owners.count(None) == 2


def test_a_correction_is_the_same_case(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001"}, created_at="2026-11-20T01:00:00Z")
    moment = now().replace(year=2026, month=11, day=20)
    take_in(store, workspace, at=moment)
    send(store, workspace, {"key": "A", "phone": "13900000001", "industry": "保险"}, created_at="2026-11-20T01:00:00Z")
    take_in(store, workspace, at=moment)
    (case,) = cases(store, workspace).values()
    assert (case.owner, case.traits.industry) == ("an", "保险")
    assert [step.kind for step in steps(store, workspace, case)] == ["assigned"]


def test_a_lead_taken_back_is_closed_its_duplicate_is_worked_and_sent_again_it_waits(store, workspace):
    lead = {"key": "A", "phone": "13900000001", "email": "a@example.com"}
    batch = send(store, workspace, lead)
    take_in(store, workspace)
    send(store, workspace, {"key": "B", "phone": "13900000001"}, {"key": "C", "phone": "13900000001"})
    take_in(store, workspace)
    undo_batch(store, workspace.id, batch)
    take_in(store, workspace)
    found = cases(store, workspace)
    assert (found["A"].state, found["A"].why) == ("closed", "gone")
    assert (found["B"].state, found["B"].same_as, found["B"].why) == ("waiting", None, None)
    # One person is one piece of work: the second duplicate is the first one's now.
    assert (found["C"].state, found["C"].same_as) == ("duplicate", found["B"].id)
    assert steps(store, workspace, found["B"])[-1].detail == {"why": "was_same_person"}
    send(store, workspace, lead)
    take_in(store, workspace)
    assert (cases(store, workspace)["A"].state, cases(store, workspace)["A"].same_as) == ("duplicate", found["B"].id)


def test_a_lead_taken_back_and_sent_again_is_given_again(store, workspace):
    seat(store, workspace, "an")
    others = (
        {"key": "B", "phone": "13900000002", "supplier": "数商"},
        {"key": "C", "phone": "13900000003", "agent": "bo"},
    )
    batch = send(store, workspace, {"key": "A", "phone": "13900000001"}, *others)
    take_in(store, workspace)
    undo_batch(store, workspace.id, batch)
    take_in(store, workspace)
    send(store, workspace, {"key": "A", "phone": "13900000001"}, *others)
    take_in(store, workspace)
    found = cases(store, workspace)
    assert (found["A"].state, found["A"].why, found["A"].owner, found["A"].given_at) == ("waiting", None, None, None)
    # What may not be worked without proof may not be worked when sent again either.
    assert (found["B"].state, found["B"].why) == ("blocked", "no_provenance")
    assert (found["C"].state, found["C"].owner) == ("owned", "bo")
    assert leads.give_again(store, workspace=workspace.id, at=now()) == 1
    assert [one.kind for one in steps(store, workspace, found["A"])] == ["assigned", "closed", "arrived", "assigned"]


def test_history_is_no_work(store, workspace):
    send(store, workspace, {"key": "old", "phone": "13900000001"}, created_at="2020-01-01T00:00:00Z")
    take_in(store, workspace)
    assert cases(store, workspace) == {}


def test_the_same_person_again_is_a_duplicate_by_phone_or_mail(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001", "email": "a@example.com"})
    take_in(store, workspace)
    send(store, workspace, {"key": "B", "phone": "139 0000 0001"}, {"key": "C", "email": "a@example.com"})
    send(store, workspace, {"key": "D", "phone": "13900000009"}, {"key": "E", "phone": "13900000009"})
    take_in(store, workspace)
    found = cases(store, workspace)
    assert {key: found[key].state for key in "ABCDE"} == {
        "A": "owned", "B": "duplicate", "C": "duplicate", "D": "owned", "E": "duplicate"
    }  # fmt: skip
    assert found["B"].same_as == found["C"].same_as == found["A"].id
    # Whoever asks again is called first.
    assert found["A"].next_at is not None


def test_a_company_by_nearly_the_same_name_goes_to_who_has_it(store, workspace):
    for agent in ("an", "bo", "cy", "di"):
        seat(store, workspace, agent)
    send(store, workspace, {"key": "A", "phone": "13900000001", "company": "北京华算科技有限公司"})
    take_in(store, workspace)
    first = cases(store, workspace)["A"]
    send(
        store,
        workspace,
        {"key": "B", "phone": "13900000002", "company": "华算科技（北京）股份有限公司"},
        {"key": "C", "phone": "13900000003", "company": "上海天书信息技术有限公司"},
    )
    take_in(store, workspace)
    found = cases(store, workspace)
    assert (found["B"].similar_to, found["B"].owner) == (first.id, first.owner)
    assert found["C"].similar_to is None
    assert found["C"].owner != first.owner


def test_a_bought_list_is_blocked_until_its_origin_is_recorded(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001", "supplier": "数商", "list": "名单1"})
    take_in(store, workspace)
    case = cases(store, workspace)["A"]
    assert (case.state, case.why, case.owner) == ("blocked", "no_provenance", None)
    origin = leads.ListOrigin(
        list="名单1", supplier="数商", collected="展会登记", consent="同意向合作方提供", evidence=""
    )
    with pytest.raises(InvalidInput, match="origin_incomplete"):
        write(store, leads.record_list_origin, workspace, origin=origin, by="an", at=now())


def test_after_the_origin_is_recorded_the_list_is_worked(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001", "supplier": "数商", "list": "名单1"})
    take_in(store, workspace)
    origin = leads.ListOrigin(list="名单1", supplier="数商", collected="展会", consent="单独同意", evidence="合同 7")
    write(store, leads.record_list_origin, workspace, origin=origin, by="an", at=now())
    send(store, workspace, {"key": "B", "phone": "13900000002", "supplier": "数商", "list": "名单1"})
    take_in(store, workspace)
    leads.give_again(store, workspace=workspace.id, at=now())
    found = cases(store, workspace)
    assert (found["A"].state, found["B"].state) == ("owned", "owned")


def test_a_rule_names_a_pool_in_use(store, workspace):
    with pytest.raises(InvalidInput, match="no_such_pool"):
        write(store, leads.keep_rule, workspace, rule=Rule(name="all", pool=7))
    closed = write(store, leads.keep_pool, workspace, pool=Pool(name="旧公海", active=False))
    with pytest.raises(InvalidInput, match="no_such_pool"):
        write(store, leads.keep_rule, workspace, rule=Rule(name="all", pool=closed))


def test_delays_and_errors_are_measured(store, workspace):
    seat(store, workspace, "an")
    send(store, workspace, {"key": "A", "phone": "13900000001"}, {"key": "B", "phone": "13900000002"})
    take_in(store, workspace)
    case = cases(store, workspace)["A"]
    said = {"lead": case.id, "agent": "bo", "by": "boss", "reason": "说粤语", "at": now()}
    with pytest.raises(NotFound, match="no_seat"):
        write(store, leads.reassign, workspace, **said)
    seat(store, workspace, "bo", team="粤")
    write(store, leads.reassign, workspace, **said)
    assert (cases(store, workspace)["A"].owner, cases(store, workspace)["A"].team) == ("bo", "粤")
    with store.read() as connection:
        found = leads.giving_of(connection, workspace=workspace.id, since=now() - timedelta(hours=1))
    assert (found.assigned, found.corrected, found.waiting) == (2, 1, 0)
    assert found.p99_ms is not None


def test_two_who_give_at_once_give_no_lead_twice(store, workspace):
    for number in range(20):
        seat(store, workspace, f"a{number}")
    send(store, workspace, 300, plain=True)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: take_in(store, workspace), range(4)))
        list(pool.map(lambda _: leads.give_again(store, workspace=workspace.id, at=now()), range(4)))
    found = cases(store, workspace)
    assert len(found) == 300
    assert all(case.state == "owned" for case in found.values())
    with store.read() as connection:
        assigned = leads.giving_of(connection, workspace=workspace.id, since=now() - timedelta(hours=1)).assigned
    assert assigned == 300


_SEATS = st.lists(
    st.builds(
        Seat,
        agent=st.sampled_from("abcdefgh"),
        team=st.sampled_from([None, "t"]),
        skills=st.frozensets(st.sampled_from("xy")),
        regions=st.frozensets(st.sampled_from(["沪", "京"])),
        capacity=st.integers(0, 3),
        open_leads=st.integers(0, 3),
        given_at=st.integers(0, 5),
        state=st.sampled_from(["ready", "call", "break"]),
    ),
    unique_by=lambda one: one.agent,
)
_RULES = st.lists(
    st.builds(
        Rule,
        name=st.just("r"),
        regions=st.sampled_from([(), ("沪",)]),
        least_score=st.sampled_from([0.0, 0.5]),
        team=st.sampled_from([None, "t"]),
        skill=st.sampled_from([None, "x"]),
        own_region=st.booleans(),
        method=st.sampled_from(["round_robin", "least_loaded", "longest_idle"]),
    ),
    max_size=3,
)


@given(_SEATS, _RULES, st.sampled_from(["沪", "京", None]), st.sampled_from([0.2, 0.8]))
def test_whoever_is_chosen_is_there_has_room_and_fits_the_first_rule(seats, rules, region, score):
    found = choose(Traits(region=region, score=score), rules, seats)
    rule = next(
        (one for one in rules if (not one.regions or region in one.regions) and score >= one.least_score), Rule(name="")
    )
    able = [
        one
        for one in seats
        if one.state == "ready"
        and one.open_leads < one.capacity
        and (rule.team is None or one.team == rule.team)
        and (rule.skill is None or rule.skill in one.skills)
        and (not rule.own_region or region in one.regions)
    ]
    assert (found.agent is None) == (not able)
    if found.agent is not None:
        chosen = next(one for one in able if one.agent == found.agent)
        if rule.method == "round_robin":
            assert chosen.given_at == min(one.given_at for one in able)
        if rule.method == "least_loaded":
            assert chosen.open_leads / chosen.capacity == min(one.open_leads / one.capacity for one in able)
    assert explain(found).zh
    assert explain(found).en


def test_who_gives_leads_rests_while_nothing_comes_in_and_wakes_when_something_does(store):
    arrivals = Arrivals()
    minder = Minder(store, arrivals=arrivals)
    began = time.monotonic()
    assert minder.pause(failed=False) == 0
    assert time.monotonic() - began >= 0.2
    with arrivals.taking():
        pass
    # The end of a delivery is news once.
    assert arrivals.wait(5)
    assert not arrivals.wait(0)
    # As long as deliveries come in it looks without waiting for the next.
    assert 0 < minder.pause(failed=False) < 0.1
