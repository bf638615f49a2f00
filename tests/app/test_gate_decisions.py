"""What the gate answered becomes facts, each once, and figures of blocked calls by rule show them (S3-9, S3-23)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from huasuan.app import wiring
from huasuan.app.answers import Asked
from huasuan.app.arrivals import Arrivals
from huasuan.app.settings import Settings
from huasuan.app.worker import deciding
from huasuan.app.worker.deciding import DecisionTeller
from huasuan.app.worker.erasing import erase_person
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import Ask, ask_gate, register_caller, use_permit
from huasuan.intake import deliver
from huasuan.people import COMMAND, Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store, upgrade

WILLING, UNWILLING, LINE = "+8613900000001", "+8613900000002", "+862160000001"
MORNING = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)


def agree(store: Store, workspace: Workspace, phone: str) -> None:
    said = {"key": phone, "at": "2026-09-01T10:00:00+08:00", "purpose": "marketing", "given": True, "phone": phone}
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=[said | {"evidence": "form 7"}])
    with store.write() as connection:
        register_caller(connection, workspace=workspace.id, number=LINE, evidence="licence 7")


def ask_for(store: Store, workspace: Workspace, number: str, **rest: object) -> None:
    at = rest.pop("at", MORNING)
    with store.write() as connection:
        ask = Ask(number=number, agent="A7", campaign="autumn", list="L1", **rest)  # type: ignore[arg-type]
        answer = ask_gate(connection, workspace=workspace.id, ask=ask, at=at)  # type: ignore[arg-type]
        if answer.permit is not None:
            use_permit(connection, answer.permit, at=at)  # type: ignore[arg-type]


def facts(store: Store) -> list[tuple[object, ...]]:
    wanted = "source_key, version, verdict, rules, agent, campaign, list, caller_number, voice, party IS NULL"
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {wanted} FROM fact_decision ORDER BY seq"))]


def test_each_answer_about_a_call_is_told_once(store: Store, workspace: Workspace) -> None:
    agree(store, workspace, WILLING)
    ask_for(store, workspace, WILLING, caller_number=LINE)
    ask_for(store, workspace, UNWILLING, caller_number="+8613577777777", voice="recorded")
    ask_for(store, workspace, UNWILLING, channel="sms")
    teller = DecisionTeller(store, Arrivals())
    assert [teller.look(), teller.look()] == [2, 0]
    allowed, blocked = facts(store)
    assert [str(one) for one in allowed] == [
        "1", "1", "allow", "None", "A7", "autumn", "L1", LINE, "human", str(allowed[-1]),
    ]  # fmt: skip
    assert not allowed[-1]
    assert not blocked[-1]
    assert (blocked[0], blocked[2], blocked[8]) == ("3", "block", "bot"), "line 2 says that the permit was used"
    assert "R01" in str(blocked[3])
    assert blocked[7] is None, "a number that is not ours could be anybody's"
    ask_for(store, workspace, UNWILLING, at=MORNING + timedelta(hours=1))
    assert [teller.look(), len(facts(store))] == [1, 3]


def test_told_again_after_a_lost_mark_nothing_changes(
    store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "_AT_ONCE", 2)
    for minute in range(5):
        ask_for(store, workspace, UNWILLING, at=MORNING + timedelta(minutes=minute))
    assert DecisionTeller(store, Arrivals()).look() == 5
    before = facts(store)
    with store.write() as connection:
        connection.execute(text("UPDATE gate_told SET number = 1"))
    assert DecisionTeller(store, Arrivals()).look() == 4
    assert facts(store) == before


def test_who_was_erased_before_the_telling_is_not_named_again(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    agree(store, workspace, WILLING)
    ask_for(store, workspace, WILLING)
    settings = Settings(home=tmp_path)
    person = ("phone", WILLING)
    erase_person(store, settings, None, workspace=workspace.id, identity=person, actor=COMMAND)
    assert DecisionTeller(store, Arrivals()).look() == 1
    [told] = facts(store)
    assert told[-1], "nobody"
    with store.read() as connection:
        assert "13900000001" not in repr(connection.execute(text("SELECT * FROM party")).fetchall())


def blocked(answers: Warehouses, workspace: Workspace, *by: str) -> dict[str, int]:
    found = answers.ask(workspace.id, Asked(metrics=("blocked_by_rule",), by=by))
    rows = ((row["by"].get("".join(by), ""), row["values"]["blocked_by_rule"]["value"]) for row in found["rows"])
    return dict(rows)


def test_figures_of_blocked_calls_by_rule_are_those_of_the_gate(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    wiring.make_home(settings)
    store = wiring.bare_store(settings)
    upgrade(store, backup_folder=tmp_path)
    with store.write() as connection:
        workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    agree(store, workspace, WILLING)
    ask_for(store, workspace, WILLING, caller_number=LINE)  # allowed
    # Again at once: R06, twice; without consent: R01; at night without consent: R01 and R05.
    for seconds in (10, 20):
        ask_for(store, workspace, WILLING, caller_number=LINE, at=MORNING + timedelta(seconds=seconds))
    ask_for(store, workspace, UNWILLING, caller_number=LINE)
    ask_for(store, workspace, UNWILLING, caller_number=LINE, at=MORNING + timedelta(hours=14))
    with Warehouses(store, settings) as answers:
        assert DecisionTeller(store, Arrivals()).look() == 5
        answers.follow_all()
        assert blocked(answers, workspace) == {"": 4}
        assert blocked(answers, workspace, "rule") == {"R01": 2, "R05": 1, "R06": 2}
        assert blocked(answers, workspace, "caller_number") == {LINE: 4}
    store.close()
