"""Which engine answers: another one where the installation names it, but of credit and of the past always our own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from golden.small import at, deal_event, won
from huasuan.app.answers import Asked
from huasuan.app.settings import Settings
from huasuan.app.worker.warehouses import Warehouses
from huasuan.intake import deliver
from huasuan.kernel.errors import Broken
from huasuan.people import Workspace
from huasuan.store import Store

PLAIN = Asked(metrics=("revenue_net",))
OWN = [
    Asked(metrics=("revenue_net",), by=("channel",), attribution="linear"),
    Asked(metrics=("cac_attributed",), by=("channel",)),
    Asked(metrics=("revenue_net",), as_of=date(2026, 12, 31)),
]


@pytest.fixture(params=[("spark", "SPARK_MASTER"), ("clickhouse", "CLICKHOUSE_URL")], ids=lambda one: one[0])
def answers(
    request: pytest.FixtureRequest, store: Store, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouses]:
    """Warehouses of an installation whose other engine cannot be reached: whatever goes there fails."""
    engine, variable = request.param
    monkeypatch.delenv(f"HUASUAN_{variable}", raising=False)
    visit = {"key": "v", "at": at("2026-06-01 10:00"), "kind": "visit", "phone": "13900139001", "channel": "banner"}
    sale = [won("d", "2026-06-02 10:00", "90.00", phone="13900139001"), deal_event("d", "paid", "2026-06-03 10:00")]
    for kind, records in (("touch", [visit]), ("deal_event", sale)):
        deliver(store, workspace=workspace.id, kind_name=kind, source="test", records=records)
    with Warehouses(store, Settings(home=tmp_path, engine=engine)) as found:
        yield found


def test_other_questions_go_to_the_named_engine(answers: Warehouses, workspace: Workspace) -> None:
    with pytest.raises(Broken, match="no_engine_address"):
        answers.ask(workspace.id, PLAIN)
    with pytest.raises(Broken, match="no_engine_address"):
        answers.ask_many(workspace.id, [PLAIN, PLAIN])


@pytest.mark.parametrize("asked", OWN)
def test_credit_and_the_past_are_answered_by_our_own(answers: Warehouses, workspace: Workspace, asked: Asked) -> None:
    """Paths are laid in our own warehouse alone, and only there every version is kept (ADR 0021)."""
    alone = answers.ask(workspace.id, asked)
    assert alone["rows"]
    if asked.attribution is not None:
        (row,) = alone["rows"]
        assert row["by"] == {"channel": "banner"}
        assert row["values"]["revenue_net"]["value"] == "90.00"
    # Questions of one page are answered at one moment, so one of them brings the others along.
    both = answers.ask_many(workspace.id, [PLAIN, asked])
    assert [isinstance(one, dict) for one in both] == [True, True]
