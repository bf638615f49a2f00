"""The desk plans by the sales cycle of the business once enough deals tell it (S1-11, S1-12)."""

from datetime import timedelta
from pathlib import Path

from golden.small import ring, won
from huasuan.app import wiring
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.intake import deliver
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import upgrade


def test_the_mean_of_thirty_deals_is_known_and_of_twenty_nine_is_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    wiring.make_home(settings)
    store = wiring.bare_store(settings)
    upgrade(store, backup_folder=tmp_path)
    with store.write() as connection:
        few, enough = (
            create_workspace(connection, name=name, settings=WorkspaceSettings()).id for name in ("few", "enough")
        )
    for workspace, deals in ((few, 29), (enough, 30)):
        people = [f"139{n:08d}" for n in range(deals)]
        calls = [ring(f"c{n}", "2026-06-01 10:00", one, talk=60) for n, one in enumerate(people)]
        deals_won = [
            won(f"d{n}", f"2026-06-{21 + n % 2 * 4} 10:00", "5", phone=one, origin_call=f"c{n}")
            for n, one in enumerate(people)
        ]
        for kind, records in (("call", calls), ("deal_event", deals_won)):
            found = deliver(store, workspace=workspace, kind_name=kind, source="test", records=records)
            assert {one.status for one in found.outcomes} == {"created"}, found.outcomes
    with Warehouses(store, settings) as answers:
        assert answers.sales_cycle(enough) is None  # nobody waits for it
        answers.follow_all()
        assert answers.sales_cycle(few) is None
        assert answers.sales_cycle(enough) == timedelta(days=22)
    store.close()
