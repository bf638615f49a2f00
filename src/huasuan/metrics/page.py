"""The statements of several questions run together: what they ask alike is read once."""

import time
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from huasuan.metrics.cost_plan import CostSelect, PlacedShape
from huasuan.metrics.language import Base
from huasuan.metrics.question import Question
from huasuan.metrics.rolled.cost_shapes import CostShape, cost_shape_of
from huasuan.metrics.rolled.seen import Seen
from huasuan.metrics.rolled.shapes import Shape, Sum, Wanted, wanted_of
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import Select
from huasuan.warehouse import Runner

Rows = list[tuple[Any, ...]]
_Alike = tuple[object, ...]


class Page:
    """Gives the rows of statements, each as if it ran alone.

    Statements that add up rows of one star table by the same cuts, filters and period become one, with the columns of
    all of them. Where a roll-up has them, it is read in the star table's place. Equal texts run once. A snapshot
    without roll-ups (one of another engine, or of what was known then) gets every statement as it is.
    """

    def __init__(self, runner: Runner, snapshot: Snapshot, selects: Iterable[Select] = ()) -> None:
        self.runner = runner
        self.snapshot = snapshot
        self._known: dict[str, Rows] = {}
        self._shapes: dict[tuple[date | None, date | None], list[PlacedShape]] = {}
        self._together: dict[_Alike, list[tuple[Select, Wanted]]] = {}
        self._costs: list[CostSelect] = []
        for select in selects:
            if isinstance(select, CostSelect):
                self._costs.append(select)
            wanted = self._wanted(select)
            if wanted is not None:
                self._together.setdefault(_alike(select, wanted), []).append((select, wanted))

    def shapes(self, question: Question) -> list[PlacedShape]:
        """What kinds of placed cost pools its period has, looked up once."""
        dates = question.date_from, question.date_to
        if dates not in self._shapes:
            self._shapes[dates] = self.snapshot.shapes(self.runner, question)
        return self._shapes[dates]

    def rows(self, select: Select) -> Rows:
        """The rows of a statement."""
        if select.sql not in self._known:
            wanted = self._wanted(select)
            group = [] if wanted is None else self._together.pop(_alike(select, wanted), [])
            if len({other.sql for other, _ in group}) > 1:
                self._run_together(group)
            else:
                sql = self._over_roll_ups(select, wanted)
                star = next((base.star for base in select.bases if isinstance(base, Base)), None)
                self._known[select.sql] = self._run(sql) if sql is not None else self._read(select.sql, star)
        return self._known[select.sql]

    def _over_roll_ups(self, select: Select, wanted: Wanted | None) -> str | None:
        if wanted is not None:
            return _rolled(self.snapshot.rolls, wanted, select)
        if self.snapshot.rolls is None or not isinstance(select, CostSelect):
            return None
        return self.snapshot.rolls.costs(self.runner, select)

    def _wanted(self, select: Select) -> Wanted | None:
        return None if self.snapshot.rolls is None else wanted_of(select)

    def _run(self, sql: str) -> Rows:
        return self.runner.rows(self.snapshot.then(sql))

    def _read(self, sql: str, star: str | None) -> Rows:
        """Run a statement over a star table and note how fast that was."""
        begun = time.perf_counter()
        rows = self._run(sql)
        if star is not None and self.snapshot.guard is not None:
            self.snapshot.guard.measured(self.runner, star, time.perf_counter() - begun)
        return rows

    def shapes_wanted(self) -> list[Shape | CostShape]:
        """The roll-ups its statements could read."""
        costs = [shape for select in self._costs if (shape := cost_shape_of(select)) is not None]
        return [*(_merged([wanted for _, wanted in group]).shape for group in self._together.values()), *costs]

    def _run_together(self, group: Sequence[tuple[Select, Wanted]]) -> None:
        select = group[0][0]
        merged = _merged([wanted for _, wanted in group])
        sql = _rolled(self.snapshot.rolls, merged, select)
        rows = self._run(sql) if sql is not None else self._read(merged.of_stars(select), merged.shape.star)
        cuts = len(select.dimensions)
        at = {one: cuts + number for number, one in enumerate(merged.sums)}
        for other, mine in group:
            self._known[other.sql] = _own(rows, cuts, [at[one] for one in mine.sums], _presence(at, mine, cuts))


def _merged(group: Sequence[Wanted]) -> Wanted:
    """What tells all of them: the sums of each, and of each whether it has rows."""
    present = tuple(dict.fromkeys(one for mine in group for one in mine.present))
    sums = tuple(dict.fromkeys([*present, *(one for mine in group for one in mine.sums)]))
    first = group[0].shape
    shape = Shape(star=first.star, day=first.day, columns=first.columns, sums=frozenset(sums))
    return Wanted(shape=shape, present=present, sums=sums)


def _rolled(rolls: Seen | None, wanted: Wanted, select: Select) -> str | None:
    return None if rolls is None else rolls.statement(wanted, select)


def _alike(select: Select, wanted: Wanted) -> _Alike:
    """What statements that can be read together have in common."""
    question = select.question
    where = tuple(sorted((question.where or {}).items()))
    cuts = tuple(dimension.key for dimension in select.dimensions)
    return wanted.shape.star, wanted.shape.day, cuts, where, question.date_from, question.date_to


def _presence(at: dict[Sum, int], mine: Wanted, cuts: int) -> int | None:
    """Where the rows say whether the statement would have given them by itself; without cuts it gives one always."""
    return at[mine.present[0]] if cuts else None


def _own(rows: Rows, cuts: int, columns: Sequence[int], presence: int | None) -> Rows:
    return [(*row[:cuts], *(row[column] for column in columns)) for row in rows if presence is None or row[presence]]
