"""One question, one answer: Spark on a cluster and ClickHouse against DuckDB, every figure and every reason exactly."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path

import pytest

from engines.asked import of_credit, questions
from engines.exported import WORLD, Business, simulated_business
from huasuan.app.worker.lakes import LakeAnswers
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.question import Question
from huasuan.warehouse import FarEngine, open_engine
from servers.spark import WORKERS, SparkCluster

Opening = Callable[[Path], AbstractContextManager[FarEngine]]
_DECEMBER, _JANUARY = date(2025, 12, 3), date(2026, 1, 9)
_AFTER = (
    Question(metrics=("inbound_calls", "missed"), by=("month",)),
    Question(metrics=("total_cost", "inbound_calls"), by=("week",)),
)


@contextmanager
def _spark(folder: Path) -> Iterator[FarEngine]:
    # So little data is done before Spark has compiled the code for it.
    quick = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
    }
    with SparkCluster(folder) as cluster:
        engine = open_engine("spark", cluster.master, options={**cluster.options, **quick})
        yield engine
        assert cluster.workers_used() == WORKERS
        engine.close()


@contextmanager
def _clickhouse(_folder: Path) -> Iterator[FarEngine]:
    engine = open_engine("clickhouse", "chdb://memory")
    yield engine
    engine.close()


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Business]:
    with simulated_business(tmp_path) as made:
        yield made


def test_the_questions_ask_every_metric() -> None:
    asked = {metric for question in questions(WORLD.first_day) for metric in question.metrics}
    assert asked == {key for key in METRICS if not of_credit(key)}


@pytest.mark.parametrize("opening", [_spark, _clickhouse], ids=["spark", "clickhouse"])
def test_every_engine_answers_as_duckdb_does_before_and_after_a_late_change(
    business: Business, opening: Opening, tmp_path: Path
) -> None:
    business.missed_call(_DECEMBER)
    business.export()
    with opening(tmp_path) as engine:
        answers = LakeAnswers(engine, business.lake)
        asked = list(questions(WORLD.first_day))
        assert _differing(business, answers, asked) == []
        assert len(asked) >= 25

        with pytest.raises(InvalidInput, match="credit_not_in_lake"):
            answers.ask(business.workspace.id, Question(metrics=("assisted_conversions",)))

        before = answers.ask(business.workspace.id, _AFTER[0])
        business.missed_call(_JANUARY)
        business.export()
        assert _differing(business, answers, _AFTER) == []
        after = answers.ask(business.workspace.id, _AFTER[0])
        moved = {
            str(row.by["month"]): int(row.values["missed"].value or 0) - int(old.values["missed"].value or 0)
            for old, row in zip(before.rows, after.rows, strict=True)
        }
        assert moved == {"2025-11": 0, "2025-12": -1, "2026-01": 1, "2026-02": 0}


def _differing(
    business: Business, answers: LakeAnswers, asked: "list[Question] | tuple[Question, ...]"
) -> list[Question]:
    return [
        question
        for question in asked
        if answers.ask(business.workspace.id, question).rows != business.analysis.ask(question).rows
    ]
