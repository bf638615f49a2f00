"""What calling by score instead of by arrival is worth, played on the bank's real outcomes (S0-33, S3-34)."""

import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.findings import Finding, Line
from huasuan import methods

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from methods.bank import FILE, bank

_DAY, _WINDOW, _WRAP_SECONDS, _DRAWS = 500, 20_000, 90, 4_000


def bench(_cache: Path, _sizes: Sequence[int]) -> Finding:
    """Days of 500 leads, of which agents reach half: the first to come, or the best scored."""
    features, bought = bank()
    begin = int(len(bought) * 0.8)
    rolled = methods.roll(
        features, bought, model="boosting", begin=begin, every=_DAY, window=_WINDOW, seed=0, threads=1
    )
    bought, hours = bought[begin:], (_durations()[begin:] + _WRAP_SECONDS) / 3600
    by_arrival, by_score = _days(rolled.scores, bought, hours)
    drawn = np.random.default_rng(0).integers(0, len(by_score), (_DRAWS, len(by_score)))
    lifts = _rate(by_score[drawn]) / _rate(by_arrival[drawn])
    low, high = np.quantile(lifts, (0.025, 0.975))
    lift = float(_rate(by_score[None])[0] / _rate(by_arrival[None])[0])
    return Finding(
        name="sorting",
        title="Calling by score instead of by arrival",
        notes=(
            "the bank's last 8,238 calls as leads, 500 a day, scored by what was known the day before; half of "
            "a day's leads can be called",
            f"an agent's hour is talk time and {_WRAP_SECONDS} s each; `duration` counts hours only, it is no feature",
            f"interval: {_DRAWS:,} bootstrap draws over days; who was called really was called, so nothing is guessed",
        ),
        lines=(
            Line(
                what="sales per agent-hour",
                size=f"{len(by_score)} days",
                ours=f"{_rate(by_score[None])[0]:.2f} by score",
                theirs=f"{_rate(by_arrival[None])[0]:.2f} by arrival",
                ratio=f"{lift:.2f} ({low:.2f}–{high:.2f})",
                bound="> 1",
                met=bool(low > 1),
            ),
        ),
    )


def _days(scores: np.ndarray, bought: np.ndarray, hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sales, hours) of each day, called by arrival and by score."""
    arrival, score = [], []
    for start in range(0, len(scores), _DAY):
        day = np.arange(start, min(start + _DAY, len(scores)))
        reach = len(day) // 2
        best = day[np.argsort(-scores[day], kind="stable")][:reach]
        for into, called in ((arrival, day[:reach]), (score, best)):
            into.append((bought[called].sum(), hours[called].sum()))
    return np.array(arrival), np.array(score)


def _rate(days: np.ndarray) -> np.ndarray:
    return days[..., 0].sum(axis=1) / days[..., 1].sum(axis=1)


def _durations() -> np.ndarray:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return np.array([float(row["duration"]) for row in csv.DictReader(lines, delimiter=";")])
