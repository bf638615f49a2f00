"""Leads sent to a workspace of ours, agents to take them, and what became of them."""

from datetime import timedelta

from huasuan import leads
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import Seat

DAY = timedelta(days=1)


def send(store, workspace, *records, **said):
    """Leads through the one door; each is a dictionary, or a number of plain ones. The batch."""
    many = (
        [{"key": f"L{number}", "phone": f"139{number:08d}"} for number in range(*records)]
        if said.pop("plain", False)
        else list(records)
    )
    full = [{"created_at": now().isoformat(), **said, **one} for one in many]
    found = deliver(store, workspace=workspace.id, kind_name="lead", source="test", records=full)
    assert {outcome.status for outcome in found.outcomes} <= {"created", "corrected", "unchanged"}, found.outcomes
    return found.batch


def seat(store, workspace, agent, **said):
    with store.write() as connection:
        leads.keep_seat(connection, workspace=workspace.id, seat=Seat(agent=agent, **said), at=now())


def take_in(store, workspace, at=None):
    judge = leads.Scores().judge(workspace.id)
    return leads.take_in(store, workspace=workspace.id, judge=judge, clock=lambda: at or now())


def cases(store, workspace, **which):
    with store.read() as connection:
        return {
            case.source_key: case for case in leads.list_cases(connection, workspace=workspace.id, limit=5000, **which)
        }


def steps(store, workspace, case):
    with store.read() as connection:
        return leads.steps_of(connection, workspace=workspace.id, lead=case.id)


def write(store, act, workspace, **said):
    with store.write() as connection:
        return act(connection, workspace=workspace.id, **said)
