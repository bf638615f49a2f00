"""A made-up business in a store, its warehouse, and its lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from huasuan.app.analysis import Analysis
from huasuan.app.worker.lakes import export_workspace
from huasuan.intake import deliver
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.simulator.run import simulate
from huasuan.simulator.world import World
from huasuan.store import Store
from huasuan.store.migrate import upgrade
from huasuan.warehouse import Exported

# Four calendar months, the turn of a year with its two week numberings among them.
WORLD = World(days=75, calls=4_000, seed=7, start=date(2025, 11, 20), unknown_cost_share=0.02)
_ZONE = ZoneInfo(WORLD.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """Open parts; ``lake`` is the folder of the lake."""

    store: Store
    workspace: Workspace
    analysis: Analysis
    lake: Path

    def give(self, kind: str, record: dict[str, Any]) -> None:
        """Deliver one record, which may not be refused."""
        found = deliver(self.store, workspace=self.workspace.id, kind_name=kind, source="test", records=[record])
        assert [outcome.status for outcome in found.outcomes] in (["created"], ["corrected"])

    def missed_call(self, day: date) -> None:
        """A withheld caller whom nobody answered: it touches no contact, no deal and no other call."""
        moment = datetime(day.year, day.month, day.day, 11, tzinfo=_ZONE)
        record = {"key": "late", "direction": "in", "ringing_at": moment, "called": "4008001234", "result": "missed"}
        self.give("call", {**record, "ring_seconds": 12, "known_at": moment + timedelta(days=400)})

    def export(self) -> Exported:
        """Bring the lake up to the store."""
        return export_workspace(self.analysis, self.workspace, self.lake)


@contextmanager
def simulated_business(folder: Path) -> Iterator[Business]:
    """Simulated and analysed; nothing is in the lake yet."""
    store = Store.at(folder / "store.sqlite")
    upgrade(store, backup_folder=folder)
    with store.write() as connection:
        workspace = create_workspace(connection, name="engines", settings=WorkspaceSettings())
    simulate(store, workspace, WORLD)
    analysis = Analysis(None, store, workspace)
    try:
        yield Business(store=store, workspace=workspace, analysis=analysis, lake=folder / "lake")
    finally:
        analysis.close()
        store.close()
