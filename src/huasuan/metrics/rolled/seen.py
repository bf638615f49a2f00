"""The roll-ups as one reader sees them: those its snapshot holds, and how far each has come there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from huasuan.metrics.cost_plan import CostSelect
from huasuan.metrics.question import Question
from huasuan.metrics.rolled.cost_shapes import CostRoll, CostShape, cost_shape_of
from huasuan.metrics.rolled.shapes import Roll, Shape, Wanted
from huasuan.metrics.statements import Select
from huasuan.warehouse import Runner

AnyShape = Shape | CostShape
AnyRoll = Roll | CostRoll
# Of the roll-ups with these numbers, the one to read for a shape; None: none serves.
Choose = Callable[[AnyShape, frozenset[int]], AnyRoll | None]
# Of so many days on which something moved, the whole is reckoned as quickly.
_MOST_DAYS = 20


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
        if not isinstance(roll, Roll):
            return None
        after = self.upto[roll.number]
        return roll.read(wanted, select, after=after if after < self.round else None)

    def costs(self, runner: Runner, select: CostSelect) -> str | None:
        """A statement with the same costs, reckoned anew only for days on which something moved; None: for all."""
        shape = cost_shape_of(select)
        roll = None if shape is None else self.choose(shape, frozenset(self.upto))
        if not isinstance(roll, CostRoll):
            return None
        after = self.upto[roll.number]
        moved = runner.rows(roll.moved_days(after)) if after < self.round else []
        days = sorted(day for (day,) in moved if _within(select.question, day))
        return roll.read(select, days) if len(days) <= _MOST_DAYS else None


def _within(question: Question, day: date) -> bool:
    return (question.date_from is None or question.date_from <= day) and (
        question.date_to is None or day < question.date_to
    )
