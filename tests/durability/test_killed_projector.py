"""kill -9 of the projector in the middle of its rounds: the next start goes on, and the end equals a rebuild."""

from pathlib import Path

from durability.killing import ROUNDS, differences_from_rebuild, kill_after, moments, new_home, start
from huasuan.simulator.run import simulate
from huasuan.simulator.world import World

_FOLLOW_IN_SMALL_ROUNDS = """
import sys
from pathlib import Path
from durability.killing import the_workspace
from huasuan.app.analysis import Analysis
from huasuan.store import Store
store = Store.at(Path(sys.argv[1]))
analysis = Analysis(Path(sys.argv[2]), store, the_workspace(store), rows_a_round=25)
print("following", flush=True)
analysis.follow()
"""


def test_a_killed_projector_leaves_whole_rounds(tmp_path: Path, sqlite_template: Path) -> None:
    home, store, workspace = new_home(tmp_path, sqlite_template)
    simulate(store, workspace, World(days=30, calls=1500, seed=4), truth_path=None)
    path = home / "warehouse.duckdb"
    random = moments("projector")
    killed = 0
    for _ in range(ROUNDS):
        process = start(
            ["-c", _FOLLOW_IN_SMALL_ROUNDS, str(home / "store.sqlite"), str(path)],
            {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "following\n"
        killed += kill_after(process, random.uniform(0.2, 2.5))
    assert killed
    assert differences_from_rebuild(path, store) == []
    store.close()
