"""Lead scores: the chance that a lead buys, learnt from one's own outcomes in order of time (S3-34, S0-31, S0-33).

A score is a probability, calibrated on outcomes that came in after the scores were given, so that 0.3 means three of
ten. Assumes (1) that every feature was known when the lead was scored; (2) that outcomes of leads too young to have
bought are left out; (3) that the near past tells of the near future, hence the rolling refit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

from huasuan.methods.scoring_models import Boosted, Features, Logistic, boost, boosting_loads, regress
from huasuan.methods.scoring_quality import Quality, quality

Numbers = NDArray[np.float64]
Model = Literal["boosting", "logistic"]
# Fewer buyers (or fewer others) than this and even a regression learns noise: rules by hand are the better score.
LEAST_LOGISTIC, LEAST_BOOSTING = 50, 200
# Isotonic regression needs many buyers to be better than a sigmoid.
_ISOTONIC_FROM = 1_000
_CALIBRATE_LEAST, _CALIBRATE_MOST = 500, 2_000
_HELD_BACK = 0.2
_EDGE = 1e-6
_PORTION = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From log-odds of the model to a probability: sigmoid(slope · x + shift), or steps (``at``, ``share``) if any."""

    slope: float = 1.0
    shift: float = 0.0
    at: tuple[float, ...] = ()
    share: tuple[float, ...] = ()

    def __call__(self, log_odds: Numbers) -> Numbers:
        """The probabilities."""
        if self.at:
            return np.asarray(np.interp(log_odds, self.at, self.share), float)
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * log_odds + self.shift, -30, 30))), float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A learnt score. ``held_back`` is how good it was on the latest leads, which it had not seen."""

    names: tuple[str, ...]
    model: Boosted | Logistic
    calibration: Calibration
    held_back: Quality

    @property
    def kind(self) -> Model:
        """Which model it is."""
        return "boosting" if isinstance(self.model, Boosted) else "logistic"

    def scores(self, features: Features) -> Numbers:
        """The chance of each lead to buy, 0 to 1."""
        self._check(features)
        # In portions, because the columns of a regression for a million leads would take a gigabyte.
        portions = [features.rows(begin, begin + _PORTION) for begin in range(0, len(features), _PORTION)]
        odds = [self.model.log_odds(portion) for portion in portions]
        return self.calibration(np.concatenate(odds) if odds else np.empty(0))

    def reasons(self, features: Features) -> Numbers:
        """What each feature adds to each lead's log-odds; one row a lead, one column a name."""
        self._check(features)
        return self.model.contributions(features)

    def _check(self, features: Features) -> None:
        if features.names != self.names:
            raise ValueError(f"learnt from {self.names}, asked with {features.names}")


def train(features: Features, outcomes: ArrayLike, *, seed: int = 0, threads: int = 0) -> Scorer | None:
    """Learn a score from leads in their order of time; None if too few bought (or did not) to learn anything.

    The latest fifth is held back: on it the trees have to rank at least as well as logistic regression, and the
    calibration is learnt there. Then the better model learns from all. Without LightGBM it is logistic regression.
    """
    bought = np.asarray(outcomes, float)
    if len(bought) != len(features):
        raise ValueError(f"{len(features)} leads but {len(bought)} outcomes")
    if _fewer(bought) < LEAST_LOGISTIC:
        return None
    begin = int(len(bought) * (1 - _HELD_BACK))
    early, early_bought, late = features.rows(0, begin), bought[:begin], features.rows(begin, len(bought))
    if _fewer(early_bought) < 1:
        return None
    kinds: list[Model] = ["logistic"]
    if boosting_loads() and _fewer(early_bought) >= LEAST_BOOSTING:
        kinds.insert(0, "boosting")
    tried = {kind: _learn(kind, early, early_bought, seed, threads).log_odds(late) for kind in kinds}
    best = max(kinds, key=lambda kind: quality(tried[kind], bought[begin:]).auc or 0.0)
    calibration = calibrate(tried[best], bought[begin:])
    return Scorer(
        names=features.names,
        model=_learn(best, features, bought, seed, threads),
        calibration=calibration,
        held_back=quality(calibration(tried[best]), bought[begin:]),
    )


def calibrate(log_odds: Numbers, outcomes: Numbers) -> Calibration:
    """Learn probabilities from scores whose outcomes came later; without both kinds of outcome nothing is changed.

    Isotonic from 1,000 buyers on (Zadrozny and Elkan, KDD 2002), else a sigmoid (Platt 1999).
    """
    if _fewer(outcomes) < 1:
        return Calibration()
    if float(outcomes.sum()) >= _ISOTONIC_FROM:
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  seconds to load

        steps = IsotonicRegression(out_of_bounds="clip", y_min=_EDGE, y_max=1 - _EDGE).fit(log_odds, outcomes)
        return Calibration(at=tuple(map(float, steps.X_thresholds_)), share=tuple(map(float, steps.y_thresholds_)))
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    line = LogisticRegression(C=1e3).fit(log_odds[:, None], outcomes)
    # A slope below 0 would turn the order round: then the scores told nothing.
    slope = float(line.coef_[0, 0])
    return Calibration(slope=slope, shift=float(line.intercept_[0])) if slope > 0 else Calibration()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """Scores that each were given before the outcome was known: ``scores`` of the leads from ``begin`` on."""

    begin: int
    scores: Numbers


def roll(
    features: Features,
    outcomes: ArrayLike,
    *,
    model: Model,
    begin: int,
    every: int,
    window: int,
    seed: int = 0,
    threads: int = 0,
) -> Rolled:
    """Score leads as time would have it: learn anew every so many leads from the ``window`` leads before.

    Calibrated on the latest scores given before (500 to 2,000 of them), never on leads the model learnt from.
    """
    bought = np.asarray(outcomes, float)
    raw, scores = np.empty(len(bought) - begin), np.empty(len(bought) - begin)
    for start, end in _spans(begin, len(bought), every):
        first = max(0, start - window)
        learnt = _learn(model, features.rows(first, start), bought[first:start], seed, threads)
        raw[start - begin : end - begin] = learnt.log_odds(features.rows(start, end))
        known = slice(max(0, start - begin - _CALIBRATE_MOST), start - begin)
        enough = known.stop - known.start >= _CALIBRATE_LEAST
        calibration = calibrate(raw[known], bought[begin:start][known]) if enough else Calibration()
        scores[start - begin : end - begin] = calibration(raw[start - begin : end - begin])
    return Rolled(begin=begin, scores=scores)


def _spans(begin: int, end: int, every: int) -> Iterator[tuple[int, int]]:
    for start in range(begin, end, every):
        yield start, min(end, start + every)


def _learn(model: Model, features: Features, outcomes: Numbers, seed: int, threads: int) -> Boosted | Logistic:
    if model == "boosting":
        return boost(features, outcomes, seed=seed, threads=threads)
    return regress(features, outcomes)


def _fewer(outcomes: Numbers) -> float:
    """Buyers or others, whichever are fewer."""
    buyers = float(outcomes.sum())
    return min(buyers, len(outcomes) - buyers)


def scorer_to_json(scorer: Scorer) -> bytes:
    """A score as it is kept."""
    model = scorer.model
    kept = (
        {"text": model.text}
        if isinstance(model, Boosted)
        else {
            "means": model.means.tolist(),
            "scales": model.scales.tolist(),
            "codes": model.codes,
            "weights": model.weights.tolist(),
            "base": model.base,
        }
    )
    said = {"names": scorer.names, "model": kept, "calibration": scorer.calibration, "held_back": scorer.held_back}
    return orjson.dumps(said)


def scorer_from_json(kept: bytes | str) -> Scorer:
    """A score as it was kept."""
    said = orjson.loads(kept)
    model, curve, held = said["model"], said["calibration"], said["held_back"]
    learnt: Boosted | Logistic = (
        Boosted(text=model["text"])
        if "text" in model
        else Logistic(
            means=np.array(model["means"]),
            scales=np.array(model["scales"]),
            codes=tuple(tuple(codes) for codes in model["codes"]),
            weights=np.array(model["weights"]),
            base=model["base"],
        )
    )
    return Scorer(
        names=tuple(said["names"]),
        model=learnt,
        calibration=Calibration(
            slope=curve["slope"], shift=curve["shift"], at=tuple(curve["at"]), share=tuple(curve["share"])
        ),
        held_back=Quality(
            n=held["n"],
            rate=held["rate"],
            auc=held["auc"],
            calibration_error=held["calibration_error"],
            brier=held["brier"],
            gains=(held["gains"][0], held["gains"][1], held["gains"][2]),
        ),
    )
