"""What an engine cannot do is said at once, in words that help."""

from pathlib import Path

import pytest

from huasuan.app.settings import Settings
from huasuan.app.worker.lakes import FarAnswers, LakeAnswers
from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.metrics.question import Question
from huasuan.warehouse import DuckRunner, FarEngine, LakeManifest, open_engine


class _NotAsked(DuckRunner):
    """An engine that must not be reached."""

    def show(self, lake: Path, manifest: LakeManifest) -> dict[str, str]:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError


@pytest.fixture
def engine() -> FarEngine:
    import duckdb

    return _NotAsked(duckdb.connect())


def test_before_the_first_export_it_says_what_to_run(engine: FarEngine, tmp_path: Path) -> None:
    with pytest.raises(Broken) as refused:
        LakeAnswers(engine, tmp_path).ask(1, Question(metrics=("dials",)))
    assert refused.value.code == "no_lake"
    assert refused.value.remedy is not None
    assert "huasuan lake export" in refused.value.remedy.en


@pytest.mark.parametrize(("name", "variable"), [("spark", "SPARK_MASTER"), ("clickhouse", "CLICKHOUSE_URL")])
def test_an_engine_without_an_address_names_the_setting(
    name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUASUAN_ENGINE", name)
    monkeypatch.delenv(f"HUASUAN_{variable}", raising=False)
    with pytest.raises(Broken, match="no_engine_address") as refused:
        FarAnswers(Settings()).answers()
    assert refused.value.remedy is not None
    assert f"HUASUAN_{variable}" in refused.value.remedy.en


def test_duckdb_needs_no_lake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUASUAN_ENGINE", raising=False)
    assert FarAnswers(Settings()).answers() is None


def test_a_clickhouse_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(Broken, match="clickhouse_unreachable") as refused:
        open_engine("clickhouse", "http://somebody:secret@127.0.0.1:9/base")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "question",
    [Question(metrics=("roas",), by=("channel",), attribution="linear"), Question(metrics=("cac_attributed",))],
)
def test_credit_is_not_in_the_lake_and_the_nearest_that_is_is_named(
    question: Question, engine: FarEngine, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="credit_not_in_lake") as refused:
        LakeAnswers(engine, tmp_path).ask(1, question)
    assert refused.value.remedy is not None
    assert "without a model, of cac, roi, romi or roas" in refused.value.remedy.en
