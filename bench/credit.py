"""Credit of a million sales with five touches each beside hand-written SQL, and how soon a late return is in it."""

import gc
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.findings import Line, rows_text
from bench.processes import run_step
from bench.questions import hand_sql, same, take_turns
from huasuan.app.analysis import rules_of
from huasuan.metrics.credited import with_credit
from huasuan.metrics.engine import answer
from huasuan.metrics.question import Answer, Question
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor, DuckRunner

TIMES = 2.0
NOTES = (
    "credit: a question through the engine (paths laid, bounds, sums, answer) against bench/sql/credit_*.sql, same "
    "connection, taking turns; medians of 5 after one unmeasured; every figure equal to the fen; nothing is kept "
    "between questions; 4 visits and a call before each sale, one sale in twelve came back",
)
MODELS = {"credit_linear": "linear", "credit_position": "position:40/40", "credit_time_decay": "time-decay:7"}


def lines(stars: Path, deals: int) -> list[Line]:
    """Every model in turn against its SQL."""
    if not stars.exists():
        print(f"  making {rows_text(deals)} sales …", flush=True)
        run_step("credit_data:make_file", path=str(stars), deals=deals)
    found = run_step("credit:measure", path=str(stars)).said
    return [_line(MODELS[name], deals, one) for name, one in found.items()]


def measure(path: str) -> dict[str, Any]:
    """Both sides of every model over one file; stops at the first difference."""
    connection = duckdb.connect(path, config={"preserve_insertion_order": False})
    connection.execute(f"SET temp_directory = '{tempfile.mkdtemp(prefix='huasuan-bench-')}'")
    snapshot = Snapshot(rules=rules_of(WorkspaceSettings()), as_of=datetime.now(UTC), tables=TABLES)
    found: dict[str, Any] = {}
    gc.collect()
    gc.freeze()
    for name, model in MODELS.items():
        question = Question(metrics=("won_value", "revenue_net"), by=("channel",), attribution=model)
        sql = hand_sql(name)

        def ours(question: Question = question) -> Answer:
            reader = Cursor(connection.cursor())
            try:
                credited = with_credit(reader, snapshot, question.attribution, [question])
                return answer(DuckRunner(reader), credited, question)
            finally:
                reader.close()

        def by_hand(sql: str = sql) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        rows = by_hand()
        columns = [column[0] for column in connection.description or ()]
        same(name, question, ours(), columns, rows)
        found[name] = {"rows": len(rows), **take_turns(ours, by_hand)}
    return found


def _line(model: str, deals: int, one: dict[str, float]) -> Line:
    wall, cpu = one["ours_wall"] / one["hand_wall"], one["ours_cpu"] / one["hand_cpu"]
    return Line(
        what=f"credit by {model}: won and net value by channel, {one['rows']} rows",
        size=f"{rows_text(deals)} sales × 5 touches",
        ours=_side(one, "ours"),
        theirs=_side(one, "hand"),
        ratio=f"{wall:.2f} wall, {cpu:.2f} CPU",
        bound=f"≤ {TIMES:g} ×",
        met=max(wall, cpu) <= TIMES,
    )


def _side(one: dict[str, float], side: str) -> str:
    return f"{one[f'{side}_wall']:.2f} s wall, {one[f'{side}_cpu']:.2f} s CPU, peak {one[f'{side}_peak_mib']:.0f} MiB"
