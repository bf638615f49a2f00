"""kill -9 while leads are given: each becomes one case, is given once, and none is lost (S3-32)."""

from pathlib import Path

from sqlalchemy import text

from durability.killing import ROUNDS, kill_after, moments, new_home, start
from huasuan import leads
from huasuan.intake import deliver
from huasuan.kernel.time import now
from huasuan.leads import Seat
from huasuan.store import Store

_LEADS, _AGENTS = 1_500, 40
_GIVE = """
import sys
from pathlib import Path
from durability.killing import the_workspace
from huasuan import leads
from huasuan.kernel.time import now
from huasuan.store import Store
store = Store.at(Path(sys.argv[1]))
workspace = the_workspace(store).id
print("giving", flush=True)
leads.take_in(store, workspace=workspace, judge=leads.Scores().judge(workspace), clock=now)
"""


def test_no_lead_is_lost_or_given_twice(tmp_path: Path, sqlite_template: Path) -> None:
    home, store, workspace = new_home(tmp_path, sqlite_template)
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
        process = start(["-c", _GIVE, str(home / "store.sqlite")], {"PYTHONPATH": str(Path(__file__).parents[1])})
        assert process.stdout is not None
        assert process.stdout.readline() == "giving\n"
        killed += kill_after(process, random.uniform(0.02, 0.5) if round_ < ROUNDS else 120)
    assert killed
    _each_once(store)
    store.close()


def _each_once(store: Store) -> None:
    with store.read() as connection:
        rows = connection.execute(
            text(
                "SELECT c.source_key, c.owner, s.agent, count(*) FROM lead_case c "
                "JOIN lead_step s ON s.lead = c.id AND s.kind = 'assigned' GROUP BY c.id"
            )
        ).fetchall()
    assert len(rows) == _LEADS
    assert {(owner == agent, number) for _, owner, agent, number in rows} == {(True, 1)}
