"""Lead scores on a bank's real campaigns by the protocol of docs/methods.md, and how fast a million are scored."""

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.findings import Finding, Line, rows_text
from bench.processes import forget_peak, peak_bytes, run_step
from huasuan import methods
from huasuan.methods.scoring import Model
from huasuan.methods.scoring_models import boost, regress

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from methods.bank import bank

SEEDS = 5
_WINDOW, _FOLDS = 20_000, 5
_ROLLED, _SHUFFLED = 0.765, 0.80
_ERROR_AT = {500: 0.045, 100: 0.03}
KINDS: tuple[Model, ...] = ("boosting", "logistic")


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """Means of five seeds; seeds, window and settings were fixed before."""
    features, bought = bank()
    lines = [line for every in _ERROR_AT for line in _rolling(features, bought, every)]
    lines += [_shuffled(features, bought), *(_many(size, kind) for size in sizes for kind in KINDS)]
    return Finding(
        name="scoring",
        title="Lead scores on the bank's campaigns, without `duration`",
        notes=(
            f"41,188 calls in order of time; the last fifth is scored, learnt anew every 500 or 100 calls from the "
            f"{_WINDOW:,} before; calibrated on at most 2,000 earlier scores",
            f"mean of {SEEDS} seeds (lowest to highest); logistic regression knows no seed",
            "that categories are split as such, and how long the calibration looks back, was chosen on these rows",
            "a million are scored by what was learnt from all the bank's calls, in a process of its own",
        ),
        lines=tuple(lines),
    )


def _rolling(features: methods.Features, bought: np.ndarray, every: int) -> list[Line]:
    logistic = _rolled(features, bought, every=every, model="logistic", seed=0)
    boosted = [_rolled(features, bought, every=every, model="boosting", seed=seed) for seed in range(SEEDS)]
    ranks, errors = [one.auc or 0.0 for one in boosted], [one.calibration_error for one in boosted]
    rank, error, beside = float(np.mean(ranks)), float(np.mean(errors)), logistic.auc or 0.0
    return [
        Line(
            what=f"AUC, learnt anew every {every}",
            size="8,238",
            ours=f"{rank:.4f} ({min(ranks):.4f}–{max(ranks):.4f})",
            theirs=f"{beside:.4f} (logistic)",
            bound=f"≥ {_ROLLED}, each ≥ logistic",
            met=rank >= _ROLLED and min(ranks) >= beside,
        ),
        Line(
            what=f"expected calibration error, every {every}",
            size="8,238",
            ours=f"{error:.4f} ({min(errors):.4f}–{max(errors):.4f})",
            theirs=f"{logistic.calibration_error:.4f} (logistic)",
            bound=f"≤ {_ERROR_AT[every]}",
            met=error <= _ERROR_AT[every],
        ),
        Line(
            what=f"buyers in the best half, every {every}",
            size="8,238",
            ours=f"{float(np.mean([one.gains[2] for one in boosted])):.1%}",
            theirs=f"{logistic.gains[2]:.1%} (logistic)",
        ),
    ]


def _rolled(features: methods.Features, bought: np.ndarray, *, every: int, model: Model, seed: int) -> methods.Quality:
    begin = int(len(bought) * 0.8)
    rolled = methods.roll(features, bought, model=model, begin=begin, every=every, window=_WINDOW, seed=seed, threads=1)
    return methods.quality(rolled.scores, bought[begin:])


def _shuffled(features: methods.Features, bought: np.ndarray) -> Line:
    found = [_pooled(features, bought, seed) for seed in range(SEEDS)]
    mean = float(np.mean(found))
    return Line(
        what="AUC, shuffled five-fold",
        size=f"{len(bought):,}",
        ours=f"{mean:.4f} ({min(found):.4f}–{max(found):.4f})",
        bound=f"≥ {_SHUFFLED}, < .93",
        met=_SHUFFLED <= mean < 0.93,
    )


def _pooled(features: methods.Features, bought: np.ndarray, seed: int) -> float:
    """Each fifth scored by what was learnt from the others: learnt from the first part, the last fifth is scored."""
    order = np.random.default_rng(seed).permutation(len(bought))
    scores = np.empty(len(bought))
    for fifth in np.array_split(order, _FOLDS):
        rest = np.setdiff1d(order, fifth, assume_unique=True)
        turned = np.concatenate((rest, fifth))
        mixed = methods.Features(names=features.names, values=features.values[turned], categories=features.categories)
        scores[fifth] = methods.roll(
            mixed,
            bought[turned],
            model="boosting",
            begin=len(rest),
            every=len(fifth),
            window=len(rest),
            seed=seed,
            threads=1,
        ).scores
    return methods.quality(scores, bought).auc or 0.0


def _many(size: int, kind: Model) -> Line:
    used = run_step("scoring:score_many", kind=kind, size=size).said
    return Line(
        what=f"scoring, {kind}",
        size=rows_text(size),
        ours=f"{size / used['wall']:,.0f} leads/s ({size / used['cpu']:,.0f} per CPU s); "
        f"{used['grown_mib']} MiB while scoring, {used['held_mib']} MiB before (the leads alone: {used['leads_mib']})",
    )


def score_many(kind: Model, size: int) -> dict[str, float]:
    """Score so many leads by a model learnt from all of the bank's; in a process of its own."""
    features, bought = bank()
    model = boost(features, bought, seed=0) if kind == "boosting" else regress(features, bought)
    log_odds = model.log_odds(features)
    calibration = methods.calibrate(log_odds, bought)
    held_back = methods.quality(calibration(log_odds), bought)
    scorer = methods.Scorer(names=features.names, model=model, calibration=calibration, held_back=held_back)
    places = np.random.default_rng(0).integers(0, len(bought), size)
    asked = methods.Features(names=features.names, values=features.values[places], categories=features.categories)
    held = _resident()
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    scorer.scores(asked)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sizes = {"grown_mib": peak_bytes() - held, "held_mib": held, "leads_mib": asked.values.nbytes}
    return {"wall": wall, "cpu": cpu, **{name: number >> 20 for name, number in sizes.items()}}


def _resident() -> int:
    """Bytes of memory this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
