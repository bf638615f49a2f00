"""What the desk shows of the person of a lead: what stands now, of them alone, however much came since (S3-39)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from huasuan.app.http.desk_persons import calls_with, customers_with, deals_with
from huasuan.app.worker.desk_calls import DeskCalls
from huasuan.intake import deliver, undo_batch
from huasuan.kernel.time import now
from leads.leading import cases, send, take_in

MINE, OTHER = "13900000001", "13900000002"
_AGO = (now() - timedelta(days=1)).isoformat()


@pytest.fixture
def lead(store, workspace):
    send(store, workspace, {"key": "L1", "phone": MINE})
    take_in(store, workspace)
    return cases(store, workspace)["L1"].id


def bring(store, workspace, kind, *records, source="pbx"):
    found = deliver(store, workspace=workspace.id, kind_name=kind, source=source, records=list(records))
    assert {one.status for one in found.outcomes} <= {"created", "corrected"}, found.outcomes
    return found.batch


def call(key, called, **said):
    return {"key": key, "direction": "out", "dialed_at": _AGO, "result": "human", "called": called, **said}


def deal(key, phone, amount):
    return {"key": key, "deal": key, "kind": "won", "at": _AGO, "amount": amount, "phone": phone}


def shown(store, workspace, lead):
    with store.read() as connection:
        return (
            [(one.key, one.talk_seconds) for one in calls_with(connection, workspace.id, lead)],
            {one.deal: one.amount_minor for one in deals_with(connection, workspace.id, lead)},
            [one.key for one in customers_with(connection, workspace.id, f"+86{MINE}")],
        )


def test_only_what_stands_now_and_names_the_person_is_shown(store, workspace, lead):
    talked = {"answered_at": _AGO, "talk_seconds": 30}
    bring(store, workspace, "call", call("kept", MINE, **talked), call("moved", MINE, **talked))
    bring(store, workspace, "deal_event", deal("D", MINE, "88.00"), deal("moved", MINE, "5.00"))
    bring(store, workspace, "customer", {"key": "K", "phones": [MINE]}, {"key": "moved", "phones": [MINE]})
    mistaken = [
        bring(store, workspace, "call", call("undone", MINE, **talked)),
        bring(store, workspace, "deal_event", deal("undone", MINE, "7.00")),
        bring(store, workspace, "customer", {"key": "undone", "phones": [MINE]}),
    ]
    every = ([("undone", 30), ("moved", 30), ("kept", 30)], {"D": 8800, "moved": 500, "undone": 700})
    assert shown(store, workspace, lead)[:2] == every
    assert set(shown(store, workspace, lead)[2]) == {"K", "moved", "undone"}
    for batch in mistaken:
        undo_batch(store, workspace.id, batch)
    bring(store, workspace, "call", call("kept", MINE, **talked | {"talk_seconds": 40}), call("moved", OTHER, **talked))
    bring(store, workspace, "deal_event", deal("D", MINE, "66.00"), deal("moved", OTHER, "5.00"))
    bring(store, workspace, "customer", {"key": "moved", "phones": [OTHER]})
    assert shown(store, workspace, lead) == ([("kept", 40)], {"D": 6600}, ["K"])


def test_what_others_sent_since_hides_nothing(store, workspace, lead):
    bring(store, workspace, "call", call("mine", MINE))
    bring(store, workspace, "deal_event", deal("D", MINE, "88.00"))
    bring(store, workspace, "customer", {"key": "K", "phones": [MINE]})
    with store.write() as connection:
        for kind in ("call", "deal_event", "customer"):
            _count_on(connection, f"fact_{kind}", 1_000_000)
    bring(store, workspace, "call", call("later", OTHER, direction="in", ringing_at=_AGO, caller=OTHER))
    bring(store, workspace, "deal_event", deal("later", OTHER, "5.00"))
    bring(store, workspace, "customer", {"key": "later", "phones": [OTHER]})
    assert shown(store, workspace, lead) == ([("mine", None)], {"D": 8800}, ["K"])
    assert DeskCalls(store).told_elsewhere(workspace.id), "a telephone system told the first call"


def _count_on(connection, table, by):
    """As if many rows of others had come meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'seq'), {by})"))
    else:
        connection.execute(text(f"UPDATE sqlite_sequence SET seq = {by} WHERE name = '{table}'"))
