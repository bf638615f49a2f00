"""A CSV of calls through ``huasuan import``, beside ``sqlite3 .import`` of the same file."""

import csv
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.findings import Finding, Line, rows_text
from bench.installation import environment, found
from bench.processes import HUASUAN, Used, run, run_step
from bench.records import COLUMNS, write_calls
from huasuan.app.analysis import Analysis
from huasuan.app.settings import Settings
from huasuan.app.wiring import open_store
from huasuan.people import workspace_named

TIMES, MEMORY_BYTES = 15, 10**9


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Both sides on one file, one after the other."""
    size = sizes[0]
    file = cache / f"calls-{size}.csv"
    if not file.exists():
        write_calls(file, size)
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        home = Path(folder) / "home"
        found(home)
        plain, name = _plain(file, Path(folder) / "plain.db")
        ours = run([HUASUAN, "import", "call", str(file)], env=environment(home))
        follow = run_step("import_file:follow", home=str(home))
        assert follow.said["calls"] == size, follow.said
        bytes_ = (home / "store.sqlite").stat().st_size
    return Finding(
        name="import",
        title="Import of a CSV of calls",
        notes=(
            f"{len(COLUMNS)} columns, {max(1, size // 4)} numbers, {file.stat().st_size / 2**20:.0f} MiB; "
            f"beside it: {name}",
            "start of the process included on both sides; ours validates, keeps the raw rows and versions, and is "
            "durable per chunk",
            "the peak memory of a small process is at least that of the bench that started it",
            f"store afterwards {bytes_ / 2**20:.0f} MiB",
        ),
        lines=_lines(rows_text(size), ours, plain, follow),
    )


def _lines(size: str, ours: Used, plain: Used, follow: Used) -> tuple[Line, ...]:
    ratio = ours.wall / plain.wall
    return (
        Line(
            what="import, wall time",
            size=size,
            ours=ours.text(),
            theirs=plain.text(),
            ratio=f"{ratio:.1f} wall, {ours.cpu / plain.cpu:.1f} CPU",
            bound=f"≤ {TIMES} wall",
            met=ratio <= TIMES,
        ),
        Line(
            what="import, peak memory",
            size=size,
            ours=f"{ours.peak_bytes / 10**6:.0f} MB",
            bound="≤ 1000 MB",
            met=ours.peak_bytes <= MEMORY_BYTES,
        ),
        Line(
            what="then until it is in the warehouse", size=size, ours=f"{follow.said['seconds']:.1f} s; {follow.text()}"
        ),
    )


def _plain(file: Path, database: Path) -> tuple[Used, str]:
    program = shutil.which("sqlite3")
    if program is None:
        return run_step("import_file:plain_import", file=str(file), database=str(database)), (
            "Python's sqlite3, executemany of csv.reader rows in one transaction (no sqlite3 program here)"
        )
    # The sum of its own start and the import; it commits once.
    return run(
        [program, str(database), f'.import --csv "{file}" call']
    ), "the sqlite3 program's .import, one transaction"


def plain_import(file: str, database: str) -> int:
    """What the sqlite3 program does, for machines without it."""

    connection = sqlite3.connect(database)
    with Path(file).open(newline="", encoding="utf-8") as lines:
        rows = csv.reader(lines)
        names = next(rows)
        connection.execute(f"CREATE TABLE call ({', '.join(names)})")
        marks = ", ".join("?" * len(names))
        count = connection.executemany(f"INSERT INTO call VALUES ({marks})", rows).rowcount
    connection.commit()
    return count


def follow(home: str) -> dict[str, float]:
    """Bring the warehouse up to the store; how many seconds, and how many calls it then has."""
    settings = Settings(home=Path(home))
    settings.warehouse_folder.mkdir(exist_ok=True)
    with open_store(settings) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, None)
        begun = time.perf_counter()
        analysis = Analysis(settings.warehouse_folder / f"{workspace.id}.duckdb", store, workspace)
        analysis.follow()
        seconds = time.perf_counter() - begun
        reader = analysis.reader()
        ((calls,),) = reader.execute("SELECT count(*) FROM call").fetchall()
        reader.close()
        analysis.close()
    return {"seconds": seconds, "calls": calls}
