"""Eight questions against hand-written SQL over the same tables on the same connection, compared to the fen."""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from bench.findings import Finding, Line, rows_text
from bench.processes import forget_peak, peak_bytes, run_step
from huasuan.app.analysis import rules_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.engine import answer
from huasuan.metrics.language import Ratio
from huasuan.metrics.question import Answer, Question
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor, DuckRunner

ROUNDS = 5
TIMES, PLUS_SECONDS = 1.3, 0.030
_SQL = Path(__file__).parent / "sql"
_AGENT_WEEK = (
    "dials",
    "answered",
    "human_answered",
    "connected",
    "right_party_contacts",
    "conversations",
    "talk_seconds",
    "handled_calls",
    "inbound_answered",
    "target_calls",
    "contacts_reached",
)
QUESTIONS: dict[str, tuple[str, Question]] = {
    "q1": (
        "hour × weekday: inbound, missed, target, talk",
        Question(
            metrics=("inbound_calls", "missed", "target_calls", "talk_seconds"),
            by=("hour", "weekday"),
            where={"direction": ("in",)},
        ),
    ),
    "q2": (
        "region: dials, answered, contacts reached, cost",
        Question(metrics=("dials", "answered", "contacts_reached", "total_cost"), by=("region",)),
    ),
    "q3": ("agent × week: 11 figures", Question(metrics=_AGENT_WEEK, by=("agent", "week"))),
    "q4": (
        "channel: target, unique target, cost of one",
        Question(metrics=("target_calls", "unique_target_calls", "cost_per_unique_target_call"), by=("channel",)),
    ),
    "q5": (
        "missed by day × hour, 30 days",
        Question(metrics=("missed",), by=("day", "hour"), date_from=date(2025, 12, 1), date_to=date(2025, 12, 31)),
    ),
    "q6": (
        "cohort month: deals, new customers, revenue, CAC",
        Question(metrics=("won_deals", "new_customers", "revenue_net", "cac"), by=("month",)),
    ),
    "q7": ("ROI by channel", Question(metrics=("revenue_net", "roi"), by=("channel",))),
    "q8": (
        "ROI and margin ROI by list × agent, a quarter",
        Question(
            metrics=("roi", "roi_margin"), by=("list", "agent"), date_from=date(2025, 7, 1), date_to=date(2025, 10, 1)
        ),
    ),
}


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Every size in a process of its own, so that the peak memory is its own."""
    found: dict[int, dict[str, Any]] = {}
    for size in sizes:
        path = cache / f"stars-{size}.duckdb"
        if not path.exists():
            print(f"  making {rows_text(size)} calls …", flush=True)
            run_step("star_data:make_file", path=str(path), calls=size)
        found[size] = run_step("questions:measure", path=str(path)).said
        for name, one in found[size].items():
            print(f"  {rows_text(size)} {name}: {one}", flush=True)
    lines = [_line(name, size, found[size][name]) for size in sizes for name in QUESTIONS]
    lines += [_growth(name, small, large, found) for small, large in pairwise(sizes) for name in QUESTIONS]
    return Finding(
        name="questions",
        title="Questions beside hand-written SQL",
        notes=(
            f"engine (plan, SQL, rounding, answer) against bench/sql/q*.sql on the same DuckDB connection, taking "
            f"turns; medians of {ROUNDS} after one unmeasured; every figure and every row equal to the fen",
            f"bound, on wall and on CPU time: {TIMES} × hand + {PLUS_SECONDS * 1000:.0f} ms",
            "peak: resident memory of the process during the five runs of that side, cached pages of DuckDB included",
        ),
        lines=tuple(lines),
    )


def hand_sql(name: str) -> str:
    """A question as somebody wrote it by hand for DuckDB."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def measure(path: str) -> dict[str, Any]:
    """Both sides of every question over one file; stops at the first difference."""
    connection = duckdb.connect(path, config={"preserve_insertion_order": False})
    # A place on disk that another bench on the same file does not share.
    connection.execute(f"SET temp_directory = '{tempfile.mkdtemp(prefix='huasuan-bench-')}'")
    rules = rules_of(WorkspaceSettings())
    snapshot = Snapshot(rules=rules, as_of=datetime.now(UTC), tables=TABLES)
    found: dict[str, Any] = {}
    # As the process that serves questions does: what is loaded by now stays, the collector need not walk it again.
    gc.collect()
    gc.freeze()
    for name, (_, question) in QUESTIONS.items():
        sql = hand_sql(name)

        def ours(question: Question = question) -> Answer:
            return answer(DuckRunner(Cursor(connection)), snapshot, question)

        def by_hand(sql: str = sql) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        rows = by_hand()
        columns = [column[0] for column in connection.description or ()]
        same(name, question, ours(), columns, rows)
        found[name] = {"rows": len(rows), **take_turns(ours, by_hand)}
    return found


def take_turns(ours: Callable[[], object], by_hand: Callable[[], object]) -> dict[str, float]:
    sides = {"ours": ours, "hand": by_hand}
    walls: dict[str, list[float]] = {side: [] for side in sides}
    cpus: dict[str, list[float]] = {side: [] for side in sides}
    peaks = dict.fromkeys(sides, 0)
    for _ in range(ROUNDS):
        for side, step in sides.items():
            forget_peak()
            wall, cpu = time.perf_counter(), time.process_time()
            step()
            cpus[side].append(time.process_time() - cpu)
            walls[side].append(time.perf_counter() - wall)
            peaks[side] = max(peaks[side], peak_bytes())
    measured: dict[str, float] = {}
    for side in sides:
        measured[f"{side}_wall"] = round(statistics.median(walls[side]), 4)
        measured[f"{side}_cpu"] = round(statistics.median(cpus[side]), 4)
        measured[f"{side}_peak_mib"] = round(peaks[side] / 2**20)
    return measured


def same(
    name: str, question: Question, answered: Answer, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Every row and every figure, exactly."""
    hand: dict[Any, dict[str, int | Decimal | None]] = {}
    for row in rows:
        said = dict(zip(columns, row, strict=True))
        hand[bool(said["unplaced"]), tuple(said[cut] for cut in question.by)] = {
            column: int(value) for column, value in said.items() if column not in ("unplaced", *question.by)
        }
    ours: dict[Any, dict[str, int | Decimal | None]] = {}
    for found in answered.rows:
        figures: dict[str, int | Decimal | None] = {}
        for key, figure in found.values.items():
            if isinstance(METRICS[key], Ratio):
                figures |= {f"{key}_top": figure.numerator, f"{key}_bottom": figure.denominator}
            else:
                figures[key] = figure.value
        ours[found.kind == "unallocated", tuple(found.by[cut] for cut in question.by)] = figures
    for key in sorted(hand.keys() | ours.keys(), key=str):
        if hand.get(key) != ours.get(key):
            raise AssertionError(f"{name} {key}: engine {ours.get(key)}, by hand {hand.get(key)}")


def _line(name: str, size: int, one: dict[str, float]) -> Line:
    ratios = [one["ours_wall"] / one["hand_wall"], one["ours_cpu"] / one["hand_cpu"]]
    met = all(one[f"ours_{clock}"] <= TIMES * one[f"hand_{clock}"] + PLUS_SECONDS for clock in ("wall", "cpu"))
    return Line(
        what=f"{name} {QUESTIONS[name][0]}, {one['rows']} rows",
        size=rows_text(size),
        ours=_side(one, "ours"),
        theirs=_side(one, "hand"),
        ratio=f"{ratios[0]:.2f} wall, {ratios[1]:.2f} CPU",
        bound=f"{TIMES} × + {PLUS_SECONDS * 1000:.0f} ms",
        met=met,
    )


def _side(one: dict[str, float], side: str) -> str:
    return (
        f"{one[f'{side}_wall'] * 1000:.0f} ms wall, {one[f'{side}_cpu'] * 1000:.0f} ms CPU, "
        f"peak {one[f'{side}_peak_mib']:.0f} MiB"
    )


def _growth(name: str, small: int, large: int, found: dict[int, dict[str, Any]]) -> Line:
    def times(side: str) -> str:
        cpu = found[large][name][f"{side}_cpu"] / found[small][name][f"{side}_cpu"]
        peak = found[large][name][f"{side}_peak_mib"] / found[small][name][f"{side}_peak_mib"]
        return f"CPU × {cpu:.1f}, peak × {peak:.1f}"

    return Line(
        what=f"growth of {name}",
        size=f"{rows_text(small)} → {rows_text(large)}",
        ours=times("ours"),
        theirs=times("hand"),
    )
