"""Costs by day as they were borne, kept for the days that stay as they are.

What a call bears of a day's costs depends on all calls of that day, so nothing that moves can be laid on top: a day on
which anything moved is reckoned anew, the others are read. Costs borne on any day (a commission follows its deal) move
all at once with each new deal; they are not kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from huasuan.kernel.text import Text
from huasuan.metrics.cost_plan import (
    DAYS,
    PLACED,
    CostRequest,
    CostSelect,
    PlacedShape,
    added_up,
    cost_branches,
    shapes_of_kinds,
)
from huasuan.metrics.derived.pools import POOL_COLUMNS, weighed_columns
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.language import CostBase
from huasuan.metrics.question import Question
from huasuan.metrics.rolled.moved import BEARING, log_of
from huasuan.metrics.stars import STARS
from huasuan.metrics.statements import accepts, period
from huasuan.warehouse import Cursor

POOLS = "cost_pool"
_TABLES = {name: name for name in (*STARS, POOLS, "cost_line")}


class _Day(Dimension):
    """The day itself, where people see its name."""

    def expression(self, star: str, day: str) -> str | None:
        return day

    def of_pool(self) -> str | None:
        return "day"


_DAY = _Day(key="day", text=Text(zh="日", en="day"), note="", column="day", kind="time")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostShape:
    """Which costs by which cuts; two questions of one shape differ in period and filter values."""

    columns: frozenset[str]
    costs: frozenset[CostBase]
    marketing_kinds: tuple[str, ...]

    @property
    def star(self) -> str:
        """The table that says whether it is worth keeping."""
        return "call"

    @property
    def cuts(self) -> tuple[object, ...]:
        """All but its costs."""
        return self.columns, self.marketing_kinds

    def with_costs(self, others: Iterable[CostBase]) -> "CostShape":
        """The same cuts with more costs."""
        return replace(self, costs=self.costs.union(others))

    def serves(self, other: "CostShape") -> bool:
        """Whether what is kept of this shape answers what asks for the other."""
        return (
            self.columns >= other.columns
            and self.costs >= other.costs
            and self.marketing_kinds == other.marketing_kinds
        )


def cost_shape_of(select: CostSelect) -> CostShape | None:
    """What has to be kept to answer a statement about costs; None where nothing kept does."""
    request = select.request
    if request.question.as_of is not None or request.only:
        return None
    asked = [*request.dimensions, *(dimension for dimension, _ in request.filters)]
    return CostShape(
        columns=frozenset(dimension.key for dimension in asked if dimension.key not in DAYS),
        costs=frozenset(request.costs),
        marketing_kinds=tuple(request.marketing_kinds),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRoll:
    """Kept costs: its number, which names its table, its shape, its cuts behind the day, and its costs m0, m1 …"""

    number: int
    shape: CostShape
    columns: tuple[Dimension, ...]
    costs: tuple[CostBase, ...]

    @property
    def table(self) -> str:
        """Its table in the warehouse."""
        return f"roll_{self.number}"

    @property
    def stars(self) -> tuple[str, ...]:
        """The tables of which has to be known what moves."""
        return (*sorted(BEARING), POOLS)

    def make(self, cursor: Cursor) -> None:
        """Make it for all days."""
        cursor.execute(f"CREATE TABLE {self.table} AS {self._reckoned(_placed(cursor), None)}")

    def cells(self) -> str:
        """About how many rows it will have, and of how many."""
        known = [dimension.expression("call", "day") for dimension in self.columns]
        keys = ", ".join(["day", *(expression for expression in known if expression is not None)])
        return f"SELECT approx_count_distinct(hash({keys})), count(*) FROM call"

    def catch_up(self, cursor: Cursor, after: int, upto: int) -> None:
        """Reckon the days anew on which the rounds in between moved something; ``upto`` is the last there is."""
        days = sorted(day for (day,) in cursor.execute(self.moved_days(after)).fetchall())
        if days:
            cursor.execute(f"DELETE FROM {self.table} WHERE d0 IN ({_listed(days)})")
            cursor.execute(f"INSERT INTO {self.table} BY NAME {self._reckoned(_placed(cursor), tuple(days))}")

    def pack(self, cursor: Cursor, table: str) -> None:
        """Make a table of the same rows without the room of those that went."""
        cursor.execute(f"CREATE TABLE {table} AS FROM {self.table}")

    def _reckoned(self, shapes: Sequence[PlacedShape], days: tuple[date, ...] | None) -> str:
        kinds = self.shape.marketing_kinds
        request = CostRequest(
            question=Question(metrics=()),
            dimensions=(_DAY, *self.columns),
            costs=self.costs,
            marketing_kinds=kinds,
            shapes=shapes_of_kinds(shapes, self.costs, kinds),
            tables=_TABLES,
            days=days,
            drivers="daily",
        )
        return added_up(cost_branches(request), len(request.dimensions), len(self.costs))

    def moved_days(self, after: int) -> str:
        """The days on which anything that tells these costs is another than after a round."""
        told = [_net(POOLS, [f'"{name}"' for name in POOL_COLUMNS], after)]
        for star in sorted(BEARING):
            cuts = [expression for one in self.columns if (expression := one.expression(star, "day")) is not None]
            told.append(_net(star, [*weighed_columns(star), *cuts], after))
        return f"SELECT DISTINCT day FROM ({' UNION ALL '.join(told)}) WHERE day IS NOT NULL"

    def read(self, select: CostSelect, days: Sequence[date]) -> str:
        """The statement that gives the rows of ``select``; ``days`` are reckoned from the star tables."""
        branches = [self._kept(select, days)]
        if days:
            branches += cost_branches(replace(select.request, days=tuple(days), drivers="daily"))
        branches += cost_branches(replace(select.request, drivers="any_day"))
        return added_up(branches, len(select.dimensions), len(select.bases))

    def _kept(self, select: CostSelect, days: Sequence[date]) -> str:
        conditions = period(select.question, "d0")
        if days:
            conditions.append(f"d0 NOT IN ({_listed(days)})")
        conditions += [accepts(self._column(one), values) for one, values in select.request.filters]
        cuts = [self._column(dimension) for dimension in select.dimensions]
        unknown = " OR ".join(f"{cut} IS NULL" for cut in cuts) or "FALSE"
        at = {cost.name: number for number, cost in enumerate(self.costs)}
        columns = ", ".join(
            [
                f"unplaced AND ({unknown}) AS unplaced",
                *(f"{cut} AS d{number}" for number, cut in enumerate(cuts)),
                *(f"m{at[cost.name]} AS m{number}" for number, cost in enumerate(select.request.costs)),
            ]
        )
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {columns} FROM {self.table}{where}"

    def _column(self, dimension: Dimension) -> str:
        if dimension.key in DAYS:
            return str(dimension.expression("call", "d0"))
        return f"d{1 + [own.key for own in self.columns].index(dimension.key)}"


def rolled_costs(number: int, shape: CostShape) -> CostRoll:
    """A shape with a place for each of its cuts and costs."""
    return CostRoll(
        number=number,
        shape=shape,
        columns=tuple(DIMENSIONS[key] for key in sorted(shape.columns)),
        costs=tuple(sorted(shape.costs, key=lambda cost: cost.name)),
    )


def _placed(cursor: Cursor) -> list[PlacedShape]:
    return [PlacedShape(*row) for row in cursor.execute(f"{PLACED} WHERE placed").fetchall()]


def _listed(days: Sequence[date]) -> str:
    return ", ".join(f"DATE '{day}'" for day in days)


def _net(table: str, columns: Sequence[str], after: int) -> str:
    # A sum of hashes: rows that went and came again as they were cancel out.
    read = ", ".join(sorted(set(columns)))
    return (
        f"SELECT day FROM {log_of(table)} WHERE round > {after} GROUP BY day "
        f"HAVING sum(sign * hash({read})::HUGEINT) <> 0"
    )
