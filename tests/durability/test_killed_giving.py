"""kill -9 while leads are given, on each database: each becomes one case, is given once, and none is lost (S3-32)."""

from pathlib import Path

from sqlalchemy import text

from durability.killing import ROUNDS, kill_after, moments, start
from huasuan import leads
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import Seat
from huasuan.people import Workspace
from huasuan.store import Store

_LEADS, _AGENTS = 1_500, 40
_GIVE = """
import sys
from durability.killing import the_workspace
from huasuan import leads
from huasuan.kernel.time import now
from huasuan.store import Store
store = Store(sys.argv[1])
workspace = the_workspace(store).id
print("giving", flush=True)
leads.take_in(store, workspace=workspace, judge=leads.Scores().judge(workspace), clock=now)
"""


def test_no_lead_is_lost_or_given_twice(store: Store, workspace: Workspace) -> None:
    with store.write() as connection:
        for number in range(_AGENTS):
            leads.keep_seat(
                connection, workspace=workspace.id, seat=Seat(agent=f"a{number}", capacity=_LEADS), at=now()
            )
    records = [{"key": f"L{n}", "phone": f"139{n:08d}", "created_at": now().isoformat()} for n in range(_LEADS)]
    deliver(store, workspace=workspace.id, kind_name="lead", source="test", records=records)
    random = moments("giving")
    killed = 0
    for round_ in range(ROUNDS + 1):
        process = start(
            ["-c", _GIVE, store.url.render_as_string(hide_password=False)],
            {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "giving\n"
        killed += kill_after(process, random.uniform(0.02, 0.5) if round_ < ROUNDS else 120)
    assert killed
    _each_once(store)


def _each_once(store: Store) -> None:
    with store.read() as connection:
        rows = connection.execute(
            text(
                "SELECT c.source_key, c.owner, s.agent, count(*) FROM lead_case c "
                "JOIN lead_step s ON s.lead = c.id AND s.kind = 'assigned' GROUP BY c.source_key, c.owner, s.agent"
            )
        ).fetchall()
    assert len(rows) == _LEADS
    assert {(owner == agent, number) for _, owner, agent, number in rows} == {(True, 1)}
