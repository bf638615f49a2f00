"""Credit of a million sales with five touches each beside hand-written SQL, and how soon a late return is in it."""

import gc
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import duckdb
import orjson

from bench.findings import Line, rows_text
from bench.installation import Caller, serving
from bench.installation import found as found_home
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
LATE_SECONDS = 1.0
_RETURNS = 9
_SOLD, _BACK = date(2025, 11, 20), date(2025, 12, 20)
NOTES = (
    "credit: a question through the engine (paths laid, bounds, sums, answer) against bench/sql/credit_*.sql, same "
    "connection, taking turns; medians of 5 after one unmeasured; every figure equal to the fen; nothing is kept "
    "between questions; 4 visits and a call before each sale, one sale in twelve came back",
    "late return: from sending it to `huasuan serve` over the same sales until an answer with it came back; the sales "
    "stand in the warehouse as star tables, those that come back were delivered to the store with their visits",
)
MODELS = {"credit_linear": "linear", "credit_position": "position:40/40", "credit_time_decay": "time-decay:7"}


def lines(stars: Path, deals: int) -> list[Line]:
    """Every model in turn against its SQL."""
    if not stars.exists():
        print(f"  making {rows_text(deals)} sales …", flush=True)
        run_step("credit_data:make_file", path=str(stars), deals=deals)
    found = run_step("credit:measure", path=str(stars)).said
    return [*(_line(MODELS[name], deals, one) for name, one in found.items()), *_late(stars, deals)]


def _late(stars: Path, deals: int) -> list[Line]:
    """Returns a month after their sales, delivered one by one to a running service over all those sales."""
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-", dir=stars.parent) as folder:
        home = Path(folder) / "home"
        found_home(home)
        run_step("dashboards:put_under", home=str(home), stars=str(stars))
        with serving(home) as service:
            caller = Caller(service)
            _sell(caller)
            took = {what: _returns(caller, what, question) for what, question in _ASKED.items()}
    size = f"{rows_text(deals)} sales × 5 touches"
    return [
        Line(
            what=f"late return, until it is in {what}",
            size=size,
            ours=f"median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s of {len(seconds)}",
            bound=f"≤ {LATE_SECONDS:g} s" if place == 0 else "",
            met=statistics.median(seconds) <= LATE_SECONDS if place == 0 else None,
        )
        for place, (what, seconds) in enumerate(took.items())
    ]


_MONTH = {"basis": "event", "from": "2025-12-01", "to": "2026-01-01"}
_ASKED: dict[str, dict[str, Any]] = {
    "the month's returns by channel, time-decay:7": {"attribution": "time-decay:7", **_MONTH},
    "all returns there ever were by channel, linear": {"attribution": "linear"},
}


def _sell(caller: Caller) -> None:
    """Sales of people with four visits each, and one return unmeasured."""
    sales = [f"late{number}" for number in range(len(_ASKED) * (_RETURNS + 1))]
    at = datetime.combine(_SOLD, time_of_day(2), UTC)
    visits = [
        {"key": f"{sale}-{k}", "at": (at - timedelta(days=9 * k + 1)).isoformat(), "kind": "visit",
         "phone": f"139{n:08d}", "channel": ("baidu", "douyin", "wechat", "direct")[k]}
        for n, sale in enumerate(sales) for k in range(4)
    ]  # fmt: skip
    caller.deliver("touch", orjson.dumps(visits))
    won = [
        {"key": f"{sale}-won", "deal": sale, "kind": "won", "at": at.isoformat(), "amount": "100.00",
         "phone": f"139{n:08d}"}
        for n, sale in enumerate(sales)
    ]  # fmt: skip
    caller.deliver("deal_event", orjson.dumps(won))


def _returns(caller: Caller, what: str, question: dict[str, Any]) -> list[float]:
    first = list(_ASKED).index(what) * (_RETURNS + 1)
    asked = orjson.dumps({"metrics": ["returned_value"], "by": ["channel"], **question})
    before, seconds = _returned(caller, asked), []
    for number in range(first, first + _RETURNS + 1):
        event = {"key": f"late{number}-back", "deal": f"late{number}", "kind": "returned",
                 "at": datetime.combine(_BACK, time_of_day(2), UTC).isoformat()}  # fmt: skip
        begun = time.perf_counter()
        caller.deliver("deal_event", orjson.dumps([event]))
        now = _returned(caller, asked)
        seconds.append(time.perf_counter() - begun)
        # 100.00 by four visits; other channels have nothing of it.
        assert round((sum(now.values()) - sum(before.values())) * 100) == 100_00, (before, now)
        assert now["wechat"] > before["wechat"], (before, now)
        before = now
    return seconds[1:]


def _returned(caller: Caller, asked: bytes) -> dict[str | None, float]:
    rows = caller.post("ask", asked)["rows"]
    return {row["by"]["channel"]: float(row["values"]["returned_value"]["value"]) for row in rows}


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
