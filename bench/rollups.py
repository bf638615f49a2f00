"""Questions over sums: from a roll-up, and from the star table it stands for."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.findings import Finding, Line, rows_text
from bench.processes import run_step
from huasuan.app.analysis import rules_of
from huasuan.metrics.answers import answer_json
from huasuan.metrics.engine import answer, shapes_of
from huasuan.metrics.question import Question
from huasuan.metrics.rolled import Rolls
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import DuckFile, DuckRunner

ROUNDS, BOUND_SECONDS = 5, 0.050
_CALLS = ("dials", "answered", "human_answered", "conversations", "talk_seconds", "inbound_calls", "target_calls")
QUESTIONS: dict[str, Question] = {
    "7 figures, two years": Question(metrics=_CALLS),
    "7 figures by channel": Question(metrics=_CALLS, by=("channel",)),
    "7 figures by agent × month, a year": Question(
        metrics=_CALLS, by=("agent", "month"), date_from=date(2025, 1, 1), date_to=date(2026, 1, 1)
    ),
    "hour × weekday of inbound calls": Question(
        metrics=("inbound_calls", "missed"), by=("hour", "weekday"), where={"direction": ("in",)}
    ),
    "by day, 90 days of a team": Question(
        metrics=_CALLS,
        by=("day",),
        where={"team": ("team-2",)},
        date_from=date(2025, 10, 1),
        date_to=date(2025, 12, 30),
    ),
    "leads by channel × month": Question(metrics=("leads", "mqls"), by=("channel", "month")),
    "revenue by week, event basis": Question(metrics=("revenue_net", "won_value"), by=("week",), basis="event"),
}


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Every size in a process of its own."""
    lines: list[Line] = []
    for size in sizes:
        path = cache / f"stars-{size}.duckdb"
        if not path.exists():
            print(f"  making {rows_text(size)} calls …", flush=True)
            run_step("star_data:make_file", path=str(path), calls=size)
        lines += [_line(what, size, one) for what, one in run_step("rollups:measure", path=str(path)).said.items()]
    return Finding(
        name="rollups",
        title="Roll-ups beside the star tables",
        notes=(
            "a question from its words to its JSON, as the server answers it, without HTTP; medians of "
            f"{ROUNDS} after one unmeasured; both answers equal, every figure",
            "made: the time it took to make the roll-up and how many rows it has",
        ),
        lines=tuple(lines),
    )


def _line(what: str, size: int, one: dict[str, Any]) -> Line:
    return Line(
        what=f"{what}: {one['rows']} rows; made in {one['made']:.2f} s, {one['cells']} rows",
        size=rows_text(size),
        ours=f"{one['rolled'] * 1000:.1f} ms",
        theirs=f"{one['direct'] * 1000:.1f} ms",
        ratio=f"{one['rolled'] / one['direct']:.2f}",
        bound=f"{BOUND_SECONDS * 1000:.0f} ms",
        met=one["rolled"] <= BOUND_SECONDS,
    )


def measure(path: str) -> dict[str, Any]:
    """Both ways of every question."""
    file = DuckFile(Path(path))
    # As the process that serves questions does.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    plain = Snapshot(rules=rules_of(WorkspaceSettings()), as_of=datetime.now(UTC), tables=TABLES)
    rolls = Rolls(file)
    found: dict[str, Any] = {}
    for what, question in QUESTIONS.items():
        reader = file.reader()
        rolling = Snapshot(rules=plain.rules, as_of=plain.as_of, tables=TABLES, rolls=rolls.seen(reader))
        begun = time.perf_counter()
        for shape in shapes_of(DuckRunner(reader), rolling, [question]):
            rolls.want(shape)
        while rolls.tend():
            pass
        made = time.perf_counter() - begun

        def rolled(question: Question = question) -> dict[str, Any]:
            cursor = file.reader()
            snapshot = Snapshot(rules=plain.rules, as_of=plain.as_of, tables=TABLES, rolls=rolls.seen(cursor))
            return answer_json(answer(DuckRunner(cursor), snapshot, question))

        def direct(question: Question = question) -> dict[str, Any]:
            return answer_json(answer(DuckRunner(file.reader()), plain, question))

        rows = rolled()["rows"]
        assert rows == direct()["rows"], what
        (cells,) = reader.execute("SELECT max_by(cells, number) FROM roll_made").fetchall()[0]
        found[what] = {
            "rows": len(rows), "made": made, "cells": cells, "rolled": _median(rolled), "direct": _median(direct)
        }  # fmt: skip
    file.close()
    return found


def _median(step: Callable[[], object]) -> float:
    walls = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        step()
        walls.append(time.perf_counter() - begun)
    return statistics.median(walls)
