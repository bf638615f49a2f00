"""Sums of the truth: whole numbers and exact fractions, for every row of every cut."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm

from huasuan.simulator.truth.units import DIMENSIONS, Unit, Value

Terms = dict[int, int]
"""A sum of fractions as denominator → numerator; added up only at the end, since common denominators grow large."""


class Cells:
    """Counts and costs by dimension and row."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[Value, dict[str, int]]] = {
            name: defaultdict(lambda: defaultdict(int)) for name in DIMENSIONS
        }
        self.costs: dict[str, dict[Value, dict[str, Terms]]] = {
            name: defaultdict(lambda: defaultdict(lambda: defaultdict(int))) for name in DIMENSIONS
        }
        self.total: dict[str, int] = defaultdict(int)

    def count(self, unit: Unit) -> None:
        """Add what a fact counts to the rows it stands in."""
        for measure, number in unit.measures.items():
            self.total[measure] += number
            for name, value in unit.cut.items():
                self.counts[name][value][measure] += number

    def charge(
        self, name: str, value: Value, amounts: Iterable[tuple[str, Fraction]], weight: Fraction | int = 1
    ) -> None:
        """Add ``weight`` parts of amounts (by class of cost) to one row of a dimension."""
        row = self.costs[name][value]
        for kind, amount in amounts:
            above = amount.numerator * weight.numerator
            below = amount.denominator * weight.denominator
            common = gcd(above, below)
            row[kind][below // common] += above // common


def total(terms: Iterable[Terms]) -> Fraction:
    """The exact sum of fractions kept by denominator."""
    merged: Terms = defaultdict(int)
    for part in terms:
        for below, above in part.items():
            merged[below] += above
    common = lcm(*merged) if merged else 1
    return Fraction(sum(above * (common // below) for below, above in merged.items()), common)
