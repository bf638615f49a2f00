"""What a channel adds, told by leaving it out: some people, chosen at random, do not get it."""

from dataclasses import dataclass

from huasuan.methods.experiments import Arm, welch


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What a channel adds among so many units, with the ends of its interval.

    share: of all that happens with it on, how much it adds. of_credit: how much of what a model credits it with; None
    where no credit was given. p_value: of a channel that adds nothing, for one look at a size fixed beforehand.
    """

    estimate: float
    low: float
    high: float
    share: float
    of_credit: tuple[float, float, float] | None
    p_value: float
    level: float


def added(on: Arm, off: Arm, *, units: int, credited: float | None = None, level: float = 0.95) -> Added:
    """The effect of a channel among ``units`` people if all had it, from a hold-out.

    ``on``: the people who had it, ``off``: those held out (sales or money each, 0 for who bought nothing). credited:
    what a model gives the channel among the same units; estimate, low and high of ``of_credit`` are multiples of it, by
    which the model's figure can be put right.

    Assumptions: (1) who was held out was drawn by lot, whatever they met otherwise; (2) nobody's buying depends on
    somebody else's channel; (3) everybody was watched equally long, from the lot on; (4) as ``welch``. Raises
    ``ValueError`` for no units, credit that is not positive, or arms in which nobody differs.

    Gordon et al., "A comparison of approaches to advertising measurement", Marketing Science 38, 2019.
    """
    if units <= 0 or (credited is not None and credited <= 0):
        raise ValueError(f"needs units and positive credit: {units}, {credited}")
    found = welch(off, on, level=level)
    estimate, low, high = (units * one for one in (found.estimate, found.low, found.high))
    return Added(
        estimate=estimate,
        low=low,
        high=high,
        share=0.0 if on.mean == 0 else found.estimate / on.mean,
        of_credit=None if credited is None else (estimate / credited, low / credited, high / credited),
        p_value=found.p_value,
        level=level,
    )
