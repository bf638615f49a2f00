"""The learnt score: from one's own leads and sales, as of their own moment, with reasons, and only where allowed."""

from datetime import timedelta
from functools import partial

import numpy as np

from huasuan import leads
from huasuan.app.analysis import Analysis
from huasuan.intake import deliver, undo_batch
from huasuan.kernel.time import now
from huasuan.leads import Scores, Traits, in_words
from huasuan.leads.features import NAMES, Candidate, features, vocabulary
from huasuan.leads.what_came_before import Behaviour
from leads.leading import cases, seat, send, take_in, write

DAY = timedelta(days=1)


def call(key, phone, at):
    return {"key": key, "direction": "in", "caller": phone, "called": "4008001234", "dialed_at": at.isoformat()}


def past(store, workspace, many=320, seed=1):
    """Leads of the last year: those from ``fairs`` that called before buy, others rarely; who bought."""
    chance, began = np.random.default_rng(seed), now() - 400 * DAY
    records, calls, deals = [], [], []
    for number in range(many):
        phone, at = f"139{number:08d}", began + number * (300 / many) * DAY
        fair, called = bool(chance.random() < 0.5), bool(chance.random() < 0.5)
        records.append({"key": f"P{number}", "phone": phone, "channel": "fairs" if fair else "ads",
                        "created_at": at.isoformat()})  # fmt: skip
        if called:
            calls.append(call(f"C{number}", phone, at - 2 * DAY))
        if chance.random() < 0.05 + 0.4 * fair + 0.4 * called:
            deals.append({"key": f"D{number}", "deal": f"D{number}", "kind": "won", "phone": phone,
                          "at": (at + 5 * DAY).isoformat(), "amount": "100.00"})  # fmt: skip
    for kind, told in (("lead", records), ("call", calls), ("deal_event", deals)):
        found = deliver(store, workspace=workspace.id, kind_name=kind, source="test", records=told)
        assert {one.status for one in found.outcomes} == {"created"}, found.outcomes[:2]
    return len(deals)


def trained(store, workspace):
    analysis = Analysis(None, store, workspace)
    analysis.follow()
    reader = analysis.reader()
    made = leads.learn(store, partial(leads.past_leads, reader), workspace=workspace.id, at=now())
    return made, lambda asked: leads.behaviour(reader, asked)


def test_too_little_to_learn_from_leaves_the_rules(store, workspace):
    past(store, workspace, many=40)
    made, look = trained(store, workspace)
    assert (made.leads, made.number) == (40, None)
    send(store, workspace, {"key": "A", "phone": "13800000001", "channel": "fairs"})
    judge = Scores().judge(workspace.id, look)
    leads.take_in(store, workspace=workspace.id, judge=judge, clock=now)
    assert cases(store, workspace)["A"].parts.model == "rules"


def test_a_score_learnt_from_own_sales_gives_leads_and_says_why(store, workspace):
    won = past(store, workspace)
    made, look = trained(store, workspace)
    assert (made.leads, made.won) == (320, won)
    assert made.held_back.auc > 0.7
    send(
        store,
        workspace,
        {"key": "good", "phone": "13900000001", "channel": "fairs"},
        {"key": "poor", "phone": "13800000001", "channel": "ads"},
    )
    called = call("X", "13900000001", now() - DAY)
    deliver(store, workspace=workspace.id, kind_name="call", source="test", records=[called])
    _, look = trained(store, workspace)
    leads.take_in(store, workspace=workspace.id, judge=Scores().judge(workspace.id, look), clock=now)
    found = cases(store, workspace)
    assert found["good"].parts.score > 2 * found["poor"].parts.score
    assert found["good"].parts.model.startswith("logistic")
    said = in_words(found["good"].parts)
    assert any(text.zh.startswith("渠道 fairs：提高") for text in said), said
    assert any(text.en.startswith("channel ads: lowers") for text in in_words(found["poor"].parts))
    with store.read() as connection:
        seen = leads.insight(connection, workspace=workspace.id, at=now())
    assert seen.learnt.leads == 320
    assert seen.drift == ()  # two recent leads tell nothing


def test_what_came_after_the_lead_is_not_seen(store, workspace):
    at = now() - 40 * DAY
    send(store, workspace, {"key": "A", "phone": "13900000001", "created_at": at.isoformat()})
    calls = [call(key, "13900000001", when) for key, when in (("before", at - DAY), ("after", at + DAY))]
    deliver(store, workspace=workspace.id, kind_name="call", source="test", records=calls)
    analysis = Analysis(None, store, workspace)
    analysis.follow()
    reader = analysis.reader()
    from huasuan.leads.what_came_before import past_leads

    (lead,) = past_leads(reader, until=now() - 30 * DAY, within=30 * DAY)
    assert (lead.before.calls_in, lead.before.earlier_leads, lead.won) == (1, 0, False)
    assert past_leads(reader, until=now() - 41 * DAY, within=30 * DAY) == []


def test_open_leads_are_scored_anew_by_what_was_learnt(store, workspace):
    send(store, workspace, {"key": "A", "phone": "13800000001", "channel": "fairs"})
    take_in(store, workspace)
    past(store, workspace)
    made, look = trained(store, workspace)
    assert leads.score_again(store, workspace=workspace.id, judge=Scores().judge(workspace.id, look)) == 1
    assert cases(store, workspace)["A"].parts.model == f"logistic {made.number}"


def test_who_refused_decisions_by_a_machine_is_scored_as_anybody(store, workspace):
    past(store, workspace)
    made, look = trained(store, workspace)
    refusal = {
        "key": "N", "phone": "13800000002", "purpose": "automated_decisions", "given": False, "at": now().isoformat(),
    }  # fmt: skip
    told = deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=[refusal])
    assert told.outcomes[0].status == "created"
    send(store, workspace, {"key": "A", "phone": "13800000002", "channel": "fairs", "origin": "callback"})
    leads.take_in(store, workspace=workspace.id, judge=Scores().judge(workspace.id, look), clock=now)
    parts = cases(store, workspace)["A"].parts
    assert (parts.score, parts.intent, parts.model) == (made.held_back.rate, 50, "nobody")
    assert "拒绝自动化决策" in in_words(parts)[0].zh


def test_who_refuses_later_is_scored_as_anybody_from_then_on(store, workspace):
    """By whichever number they say it; allowed again, they are scored like others again."""
    judge = Scores().judge(workspace.id)

    def heed():
        return leads.heed_refusals(store, workspace=workspace.id, judge=judge)

    both = {"key": "K", "name": "某某", "phones": ["13800000001", "13800000009"]}
    deliver(store, workspace=workspace.id, kind_name="customer", source="test", records=[both])
    send(store, workspace, {"key": "A", "phone": "13800000001"}, {"key": "B", "phone": "13800000002"})
    take_in(store, workspace)
    assert heed() == 0, "the first look begins with what comes after it"

    def says(key, phone, *, given, purpose="automated_decisions", minutes=0):
        at = (now() + timedelta(minutes=minutes)).isoformat()
        word = {"key": key, "phone": phone, "purpose": purpose, "given": given, "at": at}
        return deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=[word]).batch

    says("1", "13800000002", given=True, purpose="marketing")
    assert heed() == 0
    says("2", "13800000009", given=False, minutes=-2)
    assert [heed(), heed()] == [1, 0]
    assert {key: case.parts.model for key, case in cases(store, workspace).items()} == {"A": "nobody", "B": "rules"}
    says("3", "13800000001", given=True, minutes=-1)
    assert heed() == 1
    assert cases(store, workspace)["A"].parts.model == "rules"
    says("4", "13800000001", given=False)
    assert heed() == 1
    corrected = says("4", "13800000002", given=False)
    assert heed() == 2, "it was the other's word"
    assert {key: case.parts.model for key, case in cases(store, workspace).items()} == {"A": "rules", "B": "nobody"}
    undo_batch(store, workspace.id, corrected)
    assert heed() == 2
    assert {key: case.parts.model for key, case in cases(store, workspace).items()} == {"A": "nobody", "B": "rules"}


def test_rare_values_and_unknown_behaviour_are_unknown():
    seen = [Candidate(traits=Traits(channel="ads"), at=now(), wanted_by=None, before=Behaviour())] * 30
    rare = Candidate(traits=Traits(channel="13900000001"), at=now(), wanted_by=None, before=None)
    words = vocabulary([*seen, rare])
    assert words["channel"] == ["ads"]
    from zoneinfo import ZoneInfo

    table = features([seen[0], rare], words, ZoneInfo("Asia/Shanghai"))
    assert table.values[0, NAMES.index("channel")] == 0
    assert np.isnan(table.values[1, [NAMES.index("channel"), NAMES.index("calls_in")]]).all()


def test_who_refused_decisions_by_a_machine_is_given_without_being_looked_at(store, workspace):
    seat(store, workspace, "an", regions=frozenset({"上海"}))
    seat(store, workspace, "bo", regions=frozenset({"北京"}), state="offline")
    write(store, leads.keep_rule, workspace, rule=leads.Rule(name="自己的地区", regions=("北京",), own_region=True))
    refusal = {
        "key": "N", "phone": "13800000002", "purpose": "automated_decisions", "given": False, "at": now().isoformat(),
    }  # fmt: skip
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=[refusal])
    for key, phone in (("A", "13800000001"), ("N", "13800000002")):
        send(store, workspace, {"key": key, "phone": phone, "region": "北京"})
    take_in(store, workspace)
    found = cases(store, workspace)
    # The rule keeps Beijing's leads for Beijing's agent; of who refused, no machine knows where they live.
    assert (found["A"].state, found["N"].state, found["N"].owner) == ("waiting", "owned", "an")
    assert found["N"].traits.region == "北京"
