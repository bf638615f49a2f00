"""What each customer adds to the sums of an answer: the units that intervals of quotients are reckoned over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huasuan.kernel.text import Text
from huasuan.metrics.cells import Key
from huasuan.metrics.dimensions import Dimension
from huasuan.metrics.language import Base
from huasuan.metrics.plan import Terms, star_selects
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.stars import STARS
from huasuan.warehouse import Runner

Unit = tuple[Any, ...]
"""A customer; where nobody knows whose a fact is, the table and the fact itself."""
_DEAL = "deal_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alone(Dimension):
    """Facts of nobody known are a unit each: together they would look like one giant customer."""

    def expression(self, star: str, day: str) -> str | None:
        return f"CASE WHEN customer_id IS NULL THEN {_own(star)} END"


def _own(star: str) -> str:
    """What makes a fact one: lines of a deal and what came back of them are the deal's."""
    return _DEAL if _DEAL in STARS[star] else "fact_id"


def _units() -> tuple[Dimension, Dimension]:
    name = Text(zh="客户", en="customer")
    return (
        Dimension(key="customer", text=name, note="", column="customer_id", kind="unit"),
        _Alone(key="alone", text=name, note="", column="", kind="unit"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCustomer:
    """For each base the sums of each customer in each cell; a customer without facts of a base stands nowhere."""

    sums: Mapping[str, Mapping[tuple[int, Unit], int]]

    def added(self, terms: Terms) -> dict[int, dict[Unit, int]]:
        """A signed sum of bases for each customer of each cell, costs left out."""
        found: dict[int, dict[Unit, int]] = {}
        for term in terms:
            if not term.is_cost:
                for (cell, unit), amount in self.sums[term.name].items():
                    mine = found.setdefault(cell, {})
                    mine[unit] = mine.get(unit, 0) + term.sign * amount
        return found


def by_customer(
    runner: Runner,
    snapshot: Snapshot,
    *,
    question: Question,
    dimensions: Sequence[Dimension],
    bases: Collection[Base],
    keys: Sequence[Key],
) -> ByCustomer:
    """The sums of each customer in the cells of an answer, with one statement for each star table."""
    cuts = len(dimensions)
    cell_of = {cut: number for number, (unplaced, cut) in enumerate(keys) if not unplaced}
    sums: dict[str, dict[tuple[int, Unit], int]] = {base.name: {} for base in bases}
    for select in star_selects(question, (*dimensions, *_units()), bases, snapshot.tables):
        rows = runner.rows(snapshot.then(select.sql))
        star = next(base.star for base in select.bases if isinstance(base, Base))
        table = _DEAL if _own(star) == _DEAL else star
        units = [
            (cell_of[row[:cuts]], (row[cuts],) if row[cuts] is not None else (table, row[cuts + 1])) for row in rows
        ]
        for base, place in zip(select.bases, select.places, strict=True):
            sums[base.name] = {
                unit: int(row[place.figure]) for unit, row in zip(units, rows, strict=True) if row[place.figure]
            }
    return ByCustomer(sums=sums)
