"""Earlier definitions can still be asked, by their version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden.small import Small, dial, small_business
from huasuan.app.catalogue import catalogue_json
from huasuan.kernel.errors import UnknownName
from huasuan.metrics.answers import answer_json
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.question import Question
from huasuan.metrics.versions import version_of
from huasuan.people import WorkspaceSettings

PRESENT, EARLIER = METRICS.versions("conversations")


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    """A business whose conversations begin at 90 seconds."""
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(conversation_seconds=90)) as business:
        calls = (dial(f"k{talk}", "2025-07-01 09:00", talk=talk) for talk in (20, 30, 60, 90))
        business.give("call", *calls, dial("wrong", "2025-07-01 09:00", talk=60, disposition="wrong_number"))
        yield business


def test_thirty_seconds_were_enough_before_the_business_set_them(small: Small) -> None:
    keys = ("conversations", f"conversations@{PRESENT}", f"conversations@{EARLIER}")
    (row,) = small.rows(*keys)
    assert [row.values[key].value for key in keys] == [1, 1, 3]
    (rate,) = METRICS.versions("conversation_rate")[1:]
    assert float(small.value(f"conversation_rate@{rate}")) == 0.6


def test_the_answer_names_the_version_and_opens_its_facts(small: Small) -> None:
    key = f"conversations@{EARLIER}"
    told = answer_json(small.answer(key, by=("month",)))
    assert told["definitions"] == {key: EARLIER}
    assert told["rows"][0]["values"][key]["value"] == 3
    assert sum(fact.amount for fact in small.analysis.behind(Question(metrics=(key,)))) == 3


@pytest.mark.parametrize("key", ["conversations@000000000000", "conversations@", f"dials@{EARLIER}"])
def test_an_unknown_version_names_the_known_ones(small: Small, key: str) -> None:
    with pytest.raises(UnknownName) as caught:
        small.rows(key)
    assert caught.value.code == "unknown_version"
    assert caught.value.remedy is not None
    assert version_of(METRICS[key.partition("@")[0]]) in caught.value.remedy.en


def test_an_unknown_metric_is_no_version(small: Small) -> None:
    with pytest.raises(UnknownName) as caught:
        small.rows("chats@1")
    assert caught.value.code == "unknown_metric"


def test_the_list_of_metrics_tells_earlier_definitions() -> None:
    told = {metric["key"]: metric["earlier"] for metric in catalogue_json()["metrics"]}
    assert [one["version"] for one in told["conversations"]] == [EARLIER]
    assert "30 s" in told["conversations"][0]["meaning"]["en"]
    assert not any("@" in key for key in told)
