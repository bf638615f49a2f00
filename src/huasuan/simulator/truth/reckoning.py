"""From records to the true figures: in all, and for every row of every cut."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain
from pathlib import Path

import orjson

from huasuan.kernel.time import zone
from huasuan.people import WorkspaceSettings
from huasuan.simulator.truth.cells import Cells, Terms, total
from huasuan.simulator.truth.costs import Ledger
from huasuan.simulator.truth.deals import Line, Sale, read_sales
from huasuan.simulator.truth.reading import Book, read_book
from huasuan.simulator.truth.units import DIMENSIONS, Row, Unit, Value, call_units, lead_units, touch_units
from huasuan.simulator.truth.who import People
from huasuan.simulator.world import Record

Number = int | Fraction | None
Figures = dict[str, Number]
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
    "won_value",
    "cancelled_value",
    "returned_value",
    "revenue_net",
)
COSTS = ("total_cost", "marketing_spend", "ad_spend")
# A denominator longer than this is written as the nearest multiple of its inverse, far below any money.
_FINEST = 10**30
_FAMILIES = {"total_cost": ("ads", "marketing", "rest"), "marketing_spend": ("ads", "marketing"), "ad_spend": ("ads",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The true figures of a period, money in minor units, costs as exact fractions of them.

    total: cohort figures in all. cuts: dimension → row → figures; a row is a value, None (unknown) or a ``Row``.
    cost_kinds: exact cost by kind. idle: cost of paid agents without any call that day (it stands in their rows).
    products: cohort figures by product. events: "day" and "month" → row → figures on the date of each event.
    """

    first_day: date
    end_day: date
    total: Figures
    cuts: Mapping[str, Mapping[Value, Figures]]
    cost_kinds: Mapping[str, Fraction]
    idle: Mapping[str, Fraction]
    products: Mapping[str | None, Figures]
    events: Mapping[str, Mapping[str, Figures]]


def reckon(
    parcels: Iterable[tuple[str, Iterable[Record]]],
    *,
    settings: WorkspaceSettings,
    first_day: date,
    end_day: date,
) -> Truth:
    """The truth of all facts (local day from ``first_day`` to before ``end_day``) in these records.

    Later records correct earlier ones by key, as far as they were known later. A deal belongs to the period its origin
    lies in (cohort), a cost to its service days.
    """
    book = read_book(parcels, zone(settings.zone))
    people = People(book)
    calls = call_units(book, people, settings)
    leads = lead_units(book, people)
    sales = read_sales(book, people, calls)
    deals = [sale.unit for sale in sales if sale.unit is not None]
    cells = Cells()
    for unit in chain(calls.values(), leads.values(), deals):
        if first_day <= unit.day < end_day:
            cells.count(unit)
    everything: Sequence[Unit] = [*calls.values(), *leads.values(), *touch_units(book, people), *deals]
    ledger = Ledger(
        book,
        everything,
        first_day=first_day,
        end_day=end_day,
        marketing_kinds=settings.marketing_kinds,
        cells=cells,
    )
    ledger.spread()
    kinds = dict(sorted(ledger.by_kind.items()))
    return Truth(
        first_day=first_day,
        end_day=end_day,
        total=_total(cells, kinds, settings),
        cuts={name: _rows(cells, name) for name in DIMENSIONS},
        cost_kinds=kinds,
        idle=dict(sorted(ledger.idle.items())),
        products=_products([sale for sale in sales if sale.unit and first_day <= sale.unit.day < end_day]),
        events=_events(book, sales, first_day, end_day),
    )


def _total(cells: Cells, kinds: Mapping[str, Fraction], settings: WorkspaceSettings) -> Figures:
    marketing = sum((cost for kind, cost in kinds.items() if kind in settings.marketing_kinds), Fraction(0))
    costs = (sum(kinds.values(), Fraction(0)), marketing, kinds.get("ads", Fraction(0)))
    return _figures(cells.total) | dict(zip(COSTS, costs, strict=True))


def _figures(counts: Mapping[str, int]) -> Figures:
    figures: Figures = {name: counts.get(name, 0) for name in COUNTS}
    unknown = counts.get("margin_unknown", 0)
    return figures | {"gross_margin": None if unknown else counts.get("gross_margin", 0), "margin_unknown": unknown}


def _rows(cells: Cells, name: str) -> dict[Value, Figures]:
    counts, costs = cells.counts[name], cells.costs[name]
    rows: dict[Value, Figures] = {}
    for value in sorted({*counts, *costs}, key=_order):
        rows[value] = _figures(counts.get(value, {}))
        families: Mapping[str, Terms] = costs.get(value, {})
        for measure, names in _FAMILIES.items():
            rows[value][measure] = total(families[family] for family in names if family in families)
    return rows


def _order(value: Value) -> tuple[int, int, str]:
    if isinstance(value, int):
        return (0, value, "")
    if isinstance(value, str):
        return (1, 0, value)
    return (2, 0, "") if value is None else (3, 0, value.value)


def _products(sales: Iterable[Sale]) -> dict[str | None, Figures]:
    """Money by product; a deal counts once for each of its products."""
    rows: dict[str | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sale in sales:
        for line in sale.lines:
            for name, amount in _line_figures(line).items():
                rows[line.product][name] += amount
        for product in {line.product for line in sale.lines}:
            rows[product]["won_deals"] += 1
    return {product: dict(figures) for product, figures in sorted(rows.items(), key=lambda row: row[0] or "")}


def _line_figures(line: Line) -> dict[str, int]:
    return {
        "won_value": line.value,
        "cancelled_value": line.cancelled,
        "returned_value": line.returned,
        "revenue_net": line.value - line.cancelled - line.returned - line.tax_left,
    }


def _events(book: Book, sales: Iterable[Sale], first_day: date, end_day: date) -> dict[str, dict[str, Figures]]:
    """Each thing on its own date: the sale when won, what came back when it came back (with its tax)."""
    rows: dict[str, dict[str, dict[str, int]]] = {
        "day": defaultdict(lambda: defaultdict(int)),
        "month": defaultdict(lambda: defaultdict(int)),
    }
    for sale in sales:
        for at, kind, value, tax in sale.history:
            day = book.local(at).date()
            if not first_day <= day < end_day:
                continue
            sign = 1 if kind == "won" else -1
            for table, row in (("day", day.isoformat()), ("month", day.strftime("%Y-%m"))):
                figures = rows[table][row]
                figures["won_deals"] += kind == "won"
                figures[f"{kind}_value"] += value
                figures["revenue_net"] += sign * (value - tax)
    names = ("won_deals", "won_value", "cancelled_value", "returned_value", "revenue_net")
    return {
        table: {row: {name: figures[name] for name in names} for row, figures in sorted(found.items())}
        for table, found in rows.items()
    }


def write_truth(
    parcels: Iterable[tuple[str, Iterable[Record]]],
    path: Path,
    *,
    settings: WorkspaceSettings,
    first_day: date,
    end_day: date,
) -> Truth:
    """Reckon the truth of these records and write it as JSON; also returns it.

    Whole numbers stay numbers (money in minor units), fractions are "numerator/denominator" of minor units. Exact where
    the denominator is at most 10^30, else to the nearest 10^-30 of a minor unit. Each row of a cut says what it is:
    {"row": "value", "value": …}, or "unknown" (the fact has no such value), "lacking" (facts of that kind never have
    one) or "unallocated" (no fact bears the cost).
    """
    truth = reckon(parcels, settings=settings, first_day=first_day, end_day=end_day)
    path.write_bytes(orjson.dumps(_as_json(truth, settings), option=orjson.OPT_INDENT_2))
    return truth


def _as_json(truth: Truth, settings: WorkspaceSettings) -> dict[str, object]:
    return {
        "format": 1,
        "period": {"from": truth.first_day.isoformat(), "to": truth.end_day.isoformat()},
        "currency": settings.currency,
        "basis": "cohort",
        "total": _plain(truth.total),
        "cost_kinds": _plain(truth.cost_kinds),
        "idle": _plain(truth.idle),
        "cuts": {
            name: [_named(value) | _plain(figures) for value, figures in rows.items()]
            for name, rows in truth.cuts.items()
        },
        "products": [{"value": product} | _plain(figures) for product, figures in truth.products.items()],
        "events": {
            table: [{"value": row} | _plain(figures) for row, figures in rows.items()]
            for table, rows in truth.events.items()
        },
    }


def _named(value: Value) -> dict[str, object]:
    if isinstance(value, Row):
        return {"row": value.value, "value": None}
    return {"row": "unknown" if value is None else "value", "value": value}


def _plain(figures: Mapping[str, Number]) -> dict[str, object]:
    return {name: _text(value) if isinstance(value, Fraction) else value for name, value in figures.items()}


def _text(value: Fraction) -> str:
    if value.denominator > _FINEST:
        value = Fraction(round(value * _FINEST), _FINEST)
    return f"{value.numerator}/{value.denominator}"
