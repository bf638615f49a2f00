"""The cells of an answer, column by column: rows of several statements laid side by side in the order of their cuts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from huasuan.methods.apportion import round_scaled
from huasuan.metrics.derived.pools import SCALE
from huasuan.metrics.question import Cut
from huasuan.metrics.statements import Select

Key = tuple[bool, tuple[Cut, ...]]
"""Whether it is what nobody bears, and the cuts."""
Found = tuple[Select, Sequence[tuple[Any, ...]]]
"""A statement and its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One base in every cell: its figure, how many facts it has, and how many of them make it unknown (None: none)."""

    figures: Sequence[int]
    counts: Sequence[int]
    missing: Sequence[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """``keys`` in the order of the answer, and the column of each base by its name; all of one length."""

    keys: Sequence[Key]
    bases: Mapping[str, Column]


def cells_of(found: Sequence[Found], cuts: int, also: Sequence[Key] = ()) -> Cells:
    """Every cell that some statement has a row for, and those of ``also``; a base without a row there is 0.

    Costs are rounded to minor units, all cells at once, so that they add up to the total to the last minor unit.
    """
    keyed = [_keys(select, rows, cuts) for select, rows in found]
    keys = in_order(dict.fromkeys(chain(also, *keyed)))
    if not cuts and not keys:
        keys = [(False, ())]
    bases: dict[str, Column] = {}
    for (select, rows), own in zip(found, keyed, strict=True):
        at = {key: number for number, key in enumerate(own)}
        aligned = _Aligned(columns=list(zip(*rows, strict=True)), lines=[at.get(key, -1) for key in keys])
        for base, place in zip(select.bases, select.places, strict=True):
            figures = aligned.column(place.figure)
            if place.facts is None:
                counts = [1 if amount else 0 for amount in figures]
                bases[base.name] = Column(
                    figures=round_scaled(list(map(int, figures)), SCALE), counts=counts, missing=None
                )
                continue
            missing = None if place.missing is None else aligned.column(place.missing)
            bases[base.name] = Column(figures=figures, counts=aligned.column(place.facts), missing=missing)
    return Cells(keys=keys, bases=bases)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aligned:
    """The columns of one statement in the order of the cells; ``lines`` says which row each cell has, -1 for none."""

    columns: Sequence[tuple[Any, ...]]
    lines: Sequence[int]
    made: dict[int, Sequence[int]] = field(default_factory=dict)

    def column(self, position: int) -> Sequence[int]:
        """One column, made once however many bases read it."""
        if position not in self.made:
            # The 0 at the end is what the line -1 reads.
            values = (*self.columns[position], 0) if self.columns else (0,)
            self.made[position] = list(map(values.__getitem__, self.lines))
        return self.made[position]


def _keys(select: Select, rows: Sequence[tuple[Any, ...]], cuts: int) -> list[Key]:
    if select.is_cost:
        return [(bool(row[0]), row[1 : 1 + cuts]) for row in rows]
    return list(zip(repeat(False), (row[:cuts] for row in rows)))


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Sorted by their cuts; unknown cuts after the known, what nobody bears last."""
    given = list(keys)
    if not given:
        return given
    ranks: list[list[int]] = []
    for values in zip(*(cut for _, cut in given), strict=True):
        rank = {value: number for number, value in enumerate(sorted(set(values), key=_sortable))}
        ranks.append([rank[value] for value in values])
    placed = [unplaced for unplaced, _ in given]
    known = [None in cut for _, cut in given]
    order = list(zip(placed, known, *ranks, range(len(given)), strict=True))
    return [given[line[-1]] for line in sorted(order)]


def _sortable(value: Cut) -> tuple[bool, int, str]:
    return (value is None, value, "") if isinstance(value, int) else (value is None, 0, str(value))


def rounded_costs(rows: Sequence[tuple[Any, ...]], cuts: int) -> dict[Key, int]:
    """The minor units of the first cost in each row of a cost statement, as the answer rounds them."""
    amounts = {(bool(row[0]), row[1 : 1 + cuts]): int(row[1 + cuts]) for row in rows}
    ordered = in_order(amounts)
    return dict(zip(ordered, round_scaled([amounts[key] for key in ordered], SCALE), strict=True))
