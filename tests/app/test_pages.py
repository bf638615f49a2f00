"""Several questions of a page at once, answers a moment old, what was asked already, and what is too much."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import program
from golden.small import Small, at, dial, ring, small_business
from huasuan.app.analysis import Analysis
from huasuan.app.remembered import Remembered
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.limits import Limits
from huasuan.metrics.question import Question
from huasuan.people import Workspace
from huasuan.store import Store

DAY = "2025-07-01"
CALL = {"key": "c1", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}


@pytest.fixture
def client(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[TestClient]:
    with program(store, workspace, tmp_path, max_answer_rows=2) as client:
        yield client


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def test_a_page_is_answered_together_and_one_question_does_not_spoil_the_others(client: TestClient) -> None:
    client.post("/api/v1/facts/call", json=[CALL, {**CALL, "key": "c2", "agent": "A1"}])
    questions: list[dict[str, Any]] = [
        {"metrics": ["dials"], "by": ["agent"]},
        {"metrics": ["no_such"]},
        {"metrics": ["talk_seconds", "dials"], "by": ["agent"]},
        {"metrics": ["dials"]},
    ]
    first, wrong, second, whole = client.post("/api/v1/ask-many", json={"questions": questions}).json()["answers"]
    assert (wrong["problem"]["code"], wrong["problem"]["status"]) == ("unknown_metric", 400)
    assert first["as_of"] == second["as_of"] == whole["as_of"]
    for question, told in ((questions[0], first), (questions[2], second), (questions[3], whole)):
        assert client.post("/api/v1/ask", json=question).json()["rows"] == told["rows"]
    assert [row["values"]["dials"]["value"] for row in first["rows"]] == [1, 1]


@pytest.mark.parametrize("count", [0, 51])
def test_a_page_has_one_to_fifty_questions(client: TestClient, count: int) -> None:
    answer = client.post("/api/v1/ask-many", json={"questions": [{"metrics": ["dials"]}] * count})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_question_with_too_many_rows_is_refused_with_one_that_works(client: TestClient) -> None:
    calls = [
        {**CALL, "key": f"{day}-{agent}", "dialed_at": f"2026-07-0{day}T02:00:00Z", "agent": agent}
        for day in (1, 2, 3)
        for agent in ("A1", "A2")
    ]
    client.post("/api/v1/facts/call", json=calls)
    answer = client.post("/api/v1/ask", json={"metrics": ["dials"], "by": ["day", "agent"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_rows")
    assert answer.json()["text"]["en"] == "the answer would have about 6 rows; the limit is 2"
    # 3 days are 1 week of 2 agents.
    assert answer.json()["remedy"]["en"].startswith("The nearest that works: by week, agent,")
    assert client.post("/api/v1/ask", json={"metrics": ["dials"], "by": ["week", "agent"]}).status_code == 200


def test_a_question_that_would_take_too_long_is_refused(small: Small) -> None:
    small.give("call", *(ring(f"r{day}", f"2025-07-0{day} 10:00") for day in range(1, 9)))
    # A row is taken to need 1e-7 s before anything was measured: 8 rows are 8e-7 s.
    slow = Analysis(None, small.store, small.workspace, limits=Limits(rows=100, seconds=5e-7))
    try:
        with pytest.raises(InvalidInput) as refused:
            slow.ask(Question(metrics=("inbound_calls",)))
        assert refused.value.code == "takes_too_long"
        assert refused.value.remedy is not None
        assert "2025-07-05 – 2025-07-09" in refused.value.remedy.en
        (row,) = slow.ask(Question(metrics=("inbound_calls",), date_from=at("2025-07-05").date())).rows
        assert row.values["inbound_calls"].value == 4
    finally:
        slow.close()


def test_an_answer_may_be_a_moment_old_and_says_so(small: Small) -> None:
    question = Question(metrics=("dials",))
    small.give("call", dial("a", f"{DAY} 10:00"))
    begun = datetime.now(UTC)
    first = small.analysis.ask(question)
    assert begun <= first.as_of <= datetime.now(UTC)
    small.give("call", dial("b", f"{DAY} 10:00"))
    old = small.analysis.ask(question, max_age_seconds=30)
    assert old.rows == first.rows
    assert old.as_of == first.as_of
    assert old.behind_seconds > first.behind_seconds
    now = small.analysis.ask(question)
    assert now.rows[0].values["dials"].value == 2
    assert now.as_of > first.as_of


def test_what_was_answered_is_not_worked_out_again_until_something_changes(small: Small) -> None:
    question = Question(metrics=("dials",), by=("channel",), where={"direction": ("out",)})
    small.give("call", dial("a", f"{DAY} 10:00"))
    first, again = small.analysis.ask(question), small.analysis.ask(question)
    # The same object: nobody made its rows anew; it reaches to a later moment all the same.
    assert again.rows is first.rows
    assert again.as_of > first.as_of
    small.give("call", dial("b", f"{DAY} 10:00"))
    assert small.analysis.ask(question).rows is not first.rows


def test_what_looks_at_the_clock_is_worked_out_each_time(small: Small) -> None:
    question = Question(metrics=("followups_due",))
    assert small.analysis.ask(question).rows is not small.analysis.ask(question).rows


def test_equal_questions_at_once_are_worked_out_once() -> None:
    made: list[str] = []
    remembered: Remembered[str, str] = Remembered(room=10, weigh=len)
    working = threading.Event()

    def make(keys: list[str]) -> list[str | Exception]:
        working.set()
        time.sleep(0.05)
        made.extend(keys)
        return [key.upper() for key in keys]

    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.append(remembered.get(["a"], make)[0].result())) for _ in range(5)]
    threads[0].start()
    working.wait()
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, told) == (["a"], ["A"] * 5)


def test_an_error_is_told_but_not_kept_and_room_is_bounded() -> None:
    remembered: Remembered[str, str] = Remembered(room=3, weigh=len)
    (failed,) = remembered.get(["a"], lambda _: [ValueError("no")])
    assert isinstance(failed.exception(), ValueError)
    assert remembered.get(["a"], lambda _: ["xx"])[0].result() == "xx"
    assert remembered.get(["b"], lambda _: ["yy"])[0].result() == "yy"
    # Four letters do not fit in three: "a" was used least recently.
    assert [remembered.get([key], lambda _: ["new"])[0].result() for key in ("b", "a")] == ["yy", "new"]

    def broken(_: list[str]) -> list[str | Exception]:
        raise OSError("disk")

    for _ in range(2):
        with pytest.raises(OSError, match="disk"):
            remembered.get(["c"], broken)
