"""What a statement needs of a roll-up, and the SQL that makes one and reads one.

A roll-up is a table of one star: its day, the columns it can be cut by, and sums that add up over rows. A question
cuts by fewer columns, by weeks or months and for a period, so one roll-up serves many questions; filters are cuts of
it, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.language import Base, CostBase
from huasuan.metrics.plan import day_of
from huasuan.metrics.rolled.moved import log_of
from huasuan.metrics.statements import NOW, Place, Select, filters, group_by, period
from huasuan.warehouse import Cursor


class Sum(NamedTuple):
    """What is added up: an amount, or 1, of the rows that meet a condition ("" is all rows)."""

    condition: str
    amount: str

    def of_stars(self) -> str:
        """Over rows of the star table."""
        figure = "count(*)" if self.amount == "1" else f"sum({self.amount})"
        only = f" FILTER (WHERE {self.condition})" if self.condition else ""
        return f"coalesce({figure}{only}, 0)::HUGEINT"

    def of_moved(self) -> str:
        """Of one row that came or went, ``sign`` times."""
        worth = f"coalesce(sign * ({self.amount})::HUGEINT, 0)"
        return f"CASE WHEN {self.condition} THEN {worth} ELSE 0::HUGEINT END" if self.condition else worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which sums of which star by which columns. Two questions of one shape differ in period and filter values."""

    star: str
    day: str
    columns: frozenset[str]
    sums: frozenset[Sum]

    @property
    def cuts(self) -> tuple[object, ...]:
        """All but its sums."""
        return self.star, self.day, self.columns

    def serves(self, other: "Shape") -> bool:
        """Whether a roll-up of this shape answers what asks for the other."""
        return (
            (self.star, self.day) == (other.star, other.day)
            and self.columns >= other.columns
            and self.sums >= other.sums
        )

    def with_sums(self, others: Iterable[Sum]) -> "Shape":
        """The same cuts with more sums."""
        return Shape(star=self.star, day=self.day, columns=self.columns, sums=self.sums.union(others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A statement as a roll-up sees it: its shape, the sums of which one says that a cell has rows, and its columns."""

    shape: Shape
    present: tuple[Sum, ...]
    sums: Sequence[Sum]

    def of_stars(self, select: Select) -> str:
        """The statement over the star table itself; ``select`` says cuts, period and filters."""
        question, shape = select.question, self.shape
        conditions = [*period(question, shape.day), *filters(question, shape.star, shape.day)]
        if all(one.condition for one in self.present):
            conditions.append("(" + " OR ".join(f"({one.condition})" for one in self.present) + ")")
        cuts = [
            f"{dimension.expression(shape.star, shape.day)} AS d{number}"
            for number, dimension in enumerate(select.dimensions)
        ]
        columns = ", ".join([*cuts, *(one.of_stars() for one in self.sums)])
        return f"SELECT {columns} FROM {shape.star}{_where(conditions)}{group_by(len(cuts))}"


def wanted_of(select: Select) -> Wanted | None:
    """What a roll-up needs to have to answer a statement; None where none can."""
    question = select.question
    if select.is_cost or question.as_of is not None or isinstance(question.firm, date):
        return None
    bases = [base for base in select.bases if isinstance(base, Base)]
    if not bases or not all(map(_adds_up, bases)):
        return None
    star, day = bases[0].star, day_of(bases[0], question)
    asked = [*select.dimensions, *(DIMENSIONS[key] for key in question.where or {})]
    columns = frozenset(dimension.column for dimension in asked if not _is_time(dimension, star))
    shared = [condition for condition in bases[0].where if all(condition in base.where for base in bases)]
    present = Sum(_all(shared), "1")
    sums = _columns(bases, select.places, len(select.dimensions))
    shape = Shape(star=star, day=day, columns=columns, sums=frozenset({present, *sums}))
    return Wanted(shape=shape, present=(present,), sums=sums)


def _adds_up(base: Base | CostBase) -> bool:
    # A distinct count or a percentile of each day says nothing of the month.
    if not isinstance(base, Base) or base.distinct or base.once_per or base.quantile:
        return False
    # What holds "until now" is another sum every moment; what looks into other tables is not the row's alone.
    said = " ".join(filter(None, (*base.where, base.amount, base.missing)))
    return NOW not in said and "SELECT" not in said.upper()


def _is_time(dimension: Dimension, star: str) -> bool:
    """Told by the day alone."""
    return dimension.expression(star, "day") != f'"{dimension.column}"'


def _columns(bases: Sequence[Base], places: Sequence[Place], cuts: int) -> list[Sum]:
    """The sum behind every column of the statement, in their order."""
    found: dict[int, Sum] = {}
    for base, place in zip(bases, places, strict=True):
        found[place.figure] = Sum(_all(base.where), base.amount or "1")
        if place.facts is not None:
            found[place.facts] = Sum(_all(base.where), "1")
        if place.missing is not None:
            found[place.missing] = Sum(_all([*base.where, f"({base.missing})"]), "1")
    return [found[cuts + number] for number in range(len(found))]


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """A roll-up: its number, which names its table, its shape, and its sums in the order of its columns f0, f1 …"""

    number: int
    shape: Shape
    sums: tuple[Sum, ...]

    @property
    def table(self) -> str:
        """Its table in the warehouse."""
        return f"roll_{self.number}"

    @property
    def stars(self) -> tuple[str, ...]:
        """The tables of which has to be known what moves."""
        return (self.shape.star,)

    @property
    def keys(self) -> list[str]:
        """The columns it is cut by besides the day, as SQL names them."""
        return [f'"{name}"' for name in sorted(self.shape.columns)]

    def make(self, cursor: Cursor) -> None:
        """Make it from the whole star table."""
        shape = self.shape
        sums = ", ".join(f"{one.of_stars()} AS f{number}" for number, one in enumerate(self.sums))
        columns = ", ".join([f"{shape.day} AS roll_day", *self.keys, sums])
        cursor.execute(f"CREATE TABLE {self.table} AS SELECT {columns} FROM {shape.star}{group_by(1 + len(self.keys))}")

    def cells(self) -> str:
        """About how many rows it will have."""
        keys = ", ".join([self.shape.day, *self.keys])
        return f"SELECT approx_count_distinct(hash({keys})), count(*) FROM {self.shape.star}"

    def catch_up(self, cursor: Cursor, after: int, upto: int) -> None:
        """Lay down what the rounds in between changed."""
        columns = ", ".join([f"{self.shape.day} AS roll_day", *self.keys, *self._moved(range(len(self.sums)))])
        cursor.execute(
            f"INSERT INTO {self.table} SELECT roll_day, {self._added_up()} FROM "
            f"(SELECT {columns} FROM {log_of(self.shape.star)} WHERE round > {after} AND round <= {upto})"
            f"{group_by(1 + len(self.keys))}{self._some()}"
        )

    def pack(self, cursor: Cursor, table: str) -> None:
        """Make a table of the same sums with one row a cell again."""
        grouped = group_by(1 + len(self.keys))
        summed = f"SELECT roll_day, {self._added_up()} FROM {self.table}{grouped}{self._some()}"
        cursor.execute(f"CREATE TABLE {table} AS {summed}")

    def _added_up(self) -> str:
        sums = (f"sum(f{number})::HUGEINT AS f{number}" for number in range(len(self.sums)))
        return ", ".join([*self.keys, *sums])

    def _some(self) -> str:
        return f" HAVING {' OR '.join(f'sum(f{number}) <> 0' for number in range(len(self.sums)))}"

    def _moved(self, wanted: Iterable[int]) -> list[str]:
        return [f"{self.sums[number].of_moved()} AS f{number}" for number in wanted]

    def read(self, wanted: Wanted, select: Select, *, after: int | None) -> str:
        """The statement that gives the rows of ``select``, in its order of columns.

        Of the rows that moved, those of rounds above ``after`` are added; None: none came since.
        """
        question, star = select.question, self.shape.star
        at = {one: number for number, one in enumerate(self.sums)}
        needed = sorted({at[one] for one in (*wanted.present, *wanted.sums)})
        conditions = [*period(question, "roll_day"), *filters(question, star, "roll_day")]
        names = ", ".join(["roll_day", *self.keys, *(f"f{number}" for number in needed)])
        source = f"SELECT {names} FROM {self.table}{_where(conditions)}"
        if after is not None:
            # Not in one filter above both: it would be asked of the changed rows after all their sums.
            day = self.shape.day
            mine = [f"round > {after}", *period(question, day), *filters(question, star, day)]
            moved = ", ".join([f"{day} AS roll_day", *self.keys, *self._moved(needed)])
            source += f" UNION ALL SELECT {moved} FROM {log_of(star)}{_where(mine)}"
        cuts = [
            f"{dimension.expression(star, 'roll_day')} AS d{number}"
            for number, dimension in enumerate(select.dimensions)
        ]
        figures = [f"coalesce(sum(f{at[one]}), 0)" for one in wanted.sums]
        some = " OR ".join(f"sum(f{at[one]}) <> 0" for one in wanted.present)
        grouped = f"{group_by(len(cuts))} HAVING {some}" if cuts else ""
        return f"SELECT {', '.join([*cuts, *figures])} FROM ({source}){grouped}"


def rolled(number: int, shape: Shape) -> Roll:
    """A shape with a place for each of its sums."""
    return Roll(number=number, shape=shape, sums=tuple(sorted(shape.sums)))


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
