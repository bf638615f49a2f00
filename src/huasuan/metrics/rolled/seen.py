"""The roll-ups as one reader sees them: those its snapshot holds, and how far each has come there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from huasuan.metrics.rolled.moved import log_of
from huasuan.metrics.rolled.shapes import Roll, Shape, Wanted
from huasuan.metrics.statements import Select

# Of the roll-ups with these numbers, the one to read for a shape; None: none serves.
Choose = Callable[[Shape, frozenset[int]], Roll | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one snapshot holds.

    round: the last one in it. upto: the round each roll-up was brought up to; rows of later ones are added in reading,
    so figures are those of the snapshot whatever happens meanwhile.
    """

    round: int
    upto: Mapping[int, int]
    choose: Choose

    def statement(self, wanted: Wanted, select: Select) -> str | None:
        """A statement with the same rows over a roll-up; None where the star table has to be read."""
        roll = self.choose(wanted.shape, frozenset(self.upto))
        if roll is None:
            return None
        after = self.upto[roll.number]
        return roll.read(wanted, select, log=log_of(wanted.shape.star) if after < self.round else None, after=after)
