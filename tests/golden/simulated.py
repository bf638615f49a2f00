"""A simulated business in a store, what is exactly true of it, and what the engine answers, ready to be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from huasuan.app.analysis import Analysis
from huasuan.metrics.question import Question, Row
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.simulator.generate import generate
from huasuan.simulator.run import simulate
from huasuan.simulator.truth import Truth, reckon
from huasuan.simulator.truth.units import DIMENSIONS
from huasuan.simulator.truth.units import Row as TrueRow
from huasuan.simulator.world import World
from huasuan.store import METADATA, Store

COUNTS = (
    "dials",
    "answered",
    "connected",
    "inbound_calls",
    "missed",
    "target_calls",
    "unique_calls",
    "unique_target_calls",
    "leads",
    "won_deals",
    "new_customers",
)
MONEY = ("won_value", "cancelled_value", "returned_value", "revenue_net", "gross_margin")
COSTS = ("total_cost", "marketing_spend", "ad_spend")
CUTS = DIMENSIONS
Key = tuple[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The made-up business, stored and analysed."""

    world: World
    workspace: Workspace
    store: Store
    analysis: Analysis
    truth: Truth


def open_business(folder: Path, world: World) -> Business:
    """Simulate, store, analyse and reckon."""
    store = Store.at(folder / f"simulated-{world.seed}.db")
    METADATA.create_all(store.engine)
    with store.write() as connection:
        workspace = create_workspace(connection, name="golden", settings=WorkspaceSettings())
    simulate(store, workspace, world, truth_path=None)
    analysis = Analysis(None, store, workspace)
    analysis.follow()
    truth = reckon(generate(world), settings=workspace.settings, first_day=world.first_day, end_day=world.end_day)
    return Business(world=world, workspace=workspace, store=store, analysis=analysis, truth=truth)


def ask(business: Business, metrics: tuple[str, ...], **more: Any) -> tuple[Row, ...]:
    """An answer over the simulated period."""
    question = Question(metrics=metrics, date_from=business.world.first_day, date_to=business.world.end_day, **more)
    return business.analysis.ask(question).rows


def rows_by_cut(rows: tuple[Row, ...], dimension: str) -> dict[Key, Mapping[str, Any]]:
    """Engine rows by what they are; a value stands under ("value", it)."""
    return {(row.kind, row.by[dimension]): row.values for row in rows}


def true_rows(truth: Truth, dimension: str) -> dict[Key, dict[str, Any]]:
    """True rows in the engine's terms: what is unknown and what facts of a kind never have is one row."""
    found: dict[Key, dict[str, Any]] = {}
    for value, figures in truth.cuts[dimension].items():
        if isinstance(value, TrueRow):
            key: Key = ("unallocated" if value is TrueRow.UNALLOCATED else "unknown", None)
        else:
            key = ("unknown" if value is None else "value", value)
        row = found.setdefault(key, {})
        for name, figure in figures.items():
            row[name] = None if figure is None or row.get(name, 0) is None else row.get(name, 0) + figure
    return found


def differences(business: Business, dimension: str, metrics: tuple[str, ...]) -> Iterator[str]:
    """Where an answer cut by one dimension departs from the truth: counts at all, money by a fen or more."""
    answered = rows_by_cut(ask(business, metrics, by=(dimension,)), dimension)
    expected = true_rows(business.truth, dimension)
    for key in {*answered, *expected}:
        for metric in metrics:
            figure = answered[key][metric].value if key in answered else 0
            true = expected.get(key, {}).get(metric, 0)
            if true is None or figure is None:
                if (true is None) != (figure is None):
                    yield f"{dimension} {key} {metric}: {figure} is not {true}"
            elif metric in COSTS:
                if abs(Fraction(figure) - Fraction(true)) >= 1:
                    yield f"{dimension} {key} {metric}: {figure} is not {float(true)}"
            elif figure != true:
                yield f"{dimension} {key} {metric}: {figure} is not {true}"
