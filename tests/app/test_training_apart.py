"""A score learnt in a process of its own is the one learnt here, and a process that fails says why (S3-34)."""

import sys

import numpy as np
import pytest

from huasuan import methods
from huasuan.app.worker import training_apart
from huasuan.app.worker.training_apart import train_apart
from huasuan.kernel.errors import Broken


def _learnable(many: int) -> tuple[methods.Features, np.ndarray]:
    chance = np.random.default_rng(3)
    values = np.column_stack([chance.normal(size=many), chance.integers(0, 3, many)])
    values[::7, 0] = np.nan
    bought = (abs(np.nan_to_num(values[:, 0])) + chance.normal(size=many) / 2 > 1).astype(float)
    return methods.Features(names=("visits", "channel"), values=values, categories=frozenset({"channel"})), bought


@pytest.mark.parametrize("many", [10, 400, 4000])
def test_it_learns_what_is_learnt_here(many: int) -> None:
    features, bought = _learnable(many)
    here, apart = methods.train(features, bought, seed=5, threads=1), train_apart(features, bought, 5)
    if here is None or apart is None:
        assert here is apart
        assert many == 10
        return
    assert apart.kind == here.kind == ("boosting" if many == 4000 else "logistic")
    assert methods.scorer_to_json(apart) == methods.scorer_to_json(here)
    assert apart.scores(features).tolist() == here.scores(features).tolist()


def test_a_process_that_fails_says_why() -> None:
    features, bought = _learnable(400)
    with pytest.raises(RuntimeError, match="400 leads but 399 outcomes"):
        train_apart(features, bought[:-1], 0)


def test_a_process_that_is_killed_leaves_a_word_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_apart, "_START", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Broken, match="learning_killed"):
        train_apart(*_learnable(400), 0)


def test_the_libraries_of_learning_stay_out_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    features, bought = _learnable(4000)
    for name in [name for name in sys.modules if name.split(".")[0] in {"lightgbm", "sklearn"}]:
        monkeypatch.delitem(sys.modules, name)
    assert train_apart(features, bought, 0) is not None
    assert not {"lightgbm", "sklearn"} & set(sys.modules)
