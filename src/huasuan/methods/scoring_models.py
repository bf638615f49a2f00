"""The two models behind a lead score: boosted trees, and logistic regression as their guard and fall-back."""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lightgbm import Booster

Numbers = NDArray[np.float64]
# Known only once a call was made or a lead went on. A score that reads one of them ranks at .95 and is worth nothing:
# whoever is to be called next has none of it.
KNOWN_TOO_LATE = frozenset(
    {
        "duration", "talk_seconds", "hold_seconds", "wrap_seconds", "ring_seconds", "billed_seconds", "handle_seconds",
        "disposition", "result", "recording", "recording_seconds", "outcome", "stage", "sql_at", "converted", "won_at",
        "deal_value", "meeting_held", "handover_verdict", "rating",
    }
)  # fmt: skip
_TREES = 200
_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "lambda_l2": 1.0,
    "deterministic": True,
    "verbose": -1,
}
_STRENGTH = 0.3
_MANY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What is known of each lead when it is scored.

    values: one row a lead, one column a name; categories as codes from 0; NaN is unknown.
    categories: names of the columns that are categories.

    Raises ``ValueError`` for a name in ``KNOWN_TOO_LATE`` and for shapes that do not fit.
    """

    names: tuple[str, ...]
    values: Numbers
    categories: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if late := sorted(KNOWN_TOO_LATE.intersection(self.names)):
            raise ValueError(f"known only after the call, never an input of a score: {', '.join(late)}")
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            raise ValueError(f"{self.values.shape} does not fit {len(self.names)} names")

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, begin: int, end: int) -> "Features":
        """The leads from ``begin`` up to ``end``."""
        return Features(names=self.names, values=self.values[begin:end], categories=self.categories)

    @property
    def category_places(self) -> list[int]:
        """Which columns are categories."""
        return [place for place, name in enumerate(self.names) if name in self.categories]


@cache
def boosting_loads() -> bool:
    """Whether LightGBM can be used here: it needs the system's libgomp."""
    try:
        import_module("lightgbm")
    except (ImportError, OSError):
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Boosted:
    """Gradient-boosted trees (LightGBM), kept as the library's own text."""

    text: str

    @cached_property
    def booster(self) -> "Booster":
        """The trees, read once."""
        from lightgbm import Booster  # noqa: PLC0415  three seconds to load

        return Booster(model_str=self.text)

    def log_odds(self, features: Features) -> Numbers:
        """One number a lead, before calibration."""
        return np.asarray(self.booster.predict(features.values, raw_score=True, num_threads=_threads(features)), float)

    def contributions(self, features: Features) -> Numbers:
        """What each feature adds to each lead's log-odds (Lundberg's SHAP values of trees), without the base."""
        added = self.booster.predict(features.values, pred_contrib=True, num_threads=_threads(features))
        return np.asarray(added, float)[:, :-1]


def _threads(features: Features) -> int:
    """One for the few leads of a moment: on a busy machine threads that wait for one another cost far more."""
    return 1 if len(features) < _MANY else 0


def boost(features: Features, outcomes: Numbers, *, seed: int, threads: int = 0) -> Boosted:
    """Learn trees; settings were fixed before the bank data were scored (docs/methods.md). 0 threads: all."""
    import lightgbm  # noqa: PLC0415

    data = lightgbm.Dataset(features.values, outcomes, categorical_feature=features.category_places)
    settings = {**_SETTINGS, "seed": seed, "num_threads": threads}
    return Boosted(text=lightgbm.train(settings, data, num_boost_round=_TREES).model_to_string())


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """Logistic regression on scaled numbers and one column per category; what is unknown counts as the mean.

    means, scales: of each feature; codes: of each feature the codes that have a column (none for numbers).
    weights: one per column of ``_columns``.
    """

    means: Numbers
    scales: Numbers
    codes: tuple[tuple[int, ...], ...]
    weights: Numbers
    base: float

    def log_odds(self, features: Features) -> Numbers:
        """One number a lead, before calibration."""
        columns, _ = _columns(features.values, self.means, self.scales, self.codes)
        return np.asarray(columns @ self.weights + self.base, float)

    def contributions(self, features: Features) -> Numbers:
        """What each feature adds to each lead's log-odds, against a lead of which nothing is known."""
        columns, owners = _columns(features.values, self.means, self.scales, self.codes)
        added = columns * self.weights
        return np.column_stack([added[:, owners == place].sum(axis=1) for place in range(len(self.codes))])


def regress(features: Features, outcomes: Numbers) -> Logistic:
    """Learn a logistic regression with a ridge penalty (C = 0.3)."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  three seconds to load

    values, counted = features.values, np.maximum((~np.isnan(features.values)).sum(axis=0), 1)
    means = np.nansum(values, axis=0) / counted
    spreads = np.sqrt(np.nansum((values - means) ** 2, axis=0) / counted)
    scales = np.where(spreads > 0, spreads, 1.0)
    codes = tuple(
        tuple(int(code) for code in np.unique(column[~np.isnan(column)])) if name in features.categories else ()
        for name, column in zip(features.names, values.T, strict=True)
    )
    columns, _ = _columns(values, means, scales, codes)
    model = LogisticRegression(C=_STRENGTH, max_iter=500).fit(columns, outcomes)
    return Logistic(means=means, scales=scales, codes=codes, weights=model.coef_[0], base=float(model.intercept_[0]))


def _columns(
    values: Numbers, means: Numbers, scales: Numbers, codes: tuple[tuple[int, ...], ...]
) -> tuple[Numbers, NDArray[np.int64]]:
    """The columns the weights belong to, and of which feature each is; a number also says whether it is known."""
    columns: list[Numbers] = []
    owners: list[int] = []
    for place, own in enumerate(codes):
        column = values[:, place]
        if own:
            columns.extend((column == code).astype(float) for code in own)
        else:
            unknown = np.isnan(column)
            columns.extend((np.where(unknown, 0.0, (column - means[place]) / scales[place]), unknown.astype(float)))
        owners.extend([place] * (len(own) or 2))
    return np.column_stack(columns), np.array(owners)
