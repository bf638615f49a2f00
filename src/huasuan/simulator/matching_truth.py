"""How good matches are, held against the truth of simulated visitors and against the best guess there is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from huasuan.simulator.visits import SOURCES, Best, Seen

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Shares are 0..1. ``calibration`` is the expected error of stated probabilities (ten bins).

    ``wrong``: calls whose source is not the stated one; ``stated_wrong`` what the probabilities add up to, and
    ``standard_error`` how far the two may lie apart by chance.
    """

    calls: int
    source_right: float
    best_source_right: float
    visit_right: float
    best_visit_right: float
    calibration: float
    wrong: float
    stated_wrong: float
    standard_error: float

    @property
    def of_best(self) -> float:
        """The share of right sources as a part of what the best guess reaches."""
        return self.source_right / self.best_source_right

    @property
    def errors_off(self) -> float:
        """By how many standard errors the wrong sources differ from what is stated."""
        return abs(self.wrong - self.stated_wrong) / self.standard_error


def judge(seen: Seen, best: Best, matched: Sequence[tuple[str | None, float]], visits: Sequence[int]) -> Judged:
    """``matched``: channel and probability stated of each call; ``visits``: its likeliest visit, -1 for nobody's."""
    truth = np.where(seen.visit < 0, -1, seen.source[seen.visit])
    names = {name: number for number, name in enumerate(SOURCES)}
    stated = np.array([names.get(channel or "", -1) for channel, _ in matched])
    sure = np.array([probability for _, probability in matched])
    right = stated == truth
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(right[bins == each].mean() - sure[bins == each].mean()) * (bins == each).mean() for each in set(bins)]
    return Judged(
        calls=len(truth),
        source_right=float(right.mean()),
        best_source_right=float((best.source == truth).mean()),
        visit_right=float((np.array(visits) == seen.visit).mean()),
        best_visit_right=float((best.visit == seen.visit).mean()),
        calibration=float(sum(gaps)),
        wrong=float((~right).sum()),
        stated_wrong=float((1 - sure).sum()),
        standard_error=float(np.sqrt((sure * (1 - sure)).sum())),
    )
