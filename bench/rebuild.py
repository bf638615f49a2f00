"""Making the warehouse anew from the store: copying, then deriving everything."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.findings import Finding, Line, rows_text
from bench.installation import environment, found
from bench.processes import HUASUAN, run, run_step
from huasuan.app.analysis import rules_of
from huasuan.app.settings import Settings
from huasuan.app.wiring import KINDS, open_store
from huasuan.metrics.derived import derive, prepare_stars
from huasuan.people import workspace_named
from huasuan.warehouse import DuckFile, copy_changes, prepare_copies


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """The command as a whole, and its two halves."""
    size = sizes[0]
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        home = Path(folder) / "home"
        found(home)
        facts = sum(run_step("installation:fill", home=str(home), calls=size).said.values())
        halves = run_step("rebuild:halves", home=str(home))
        whole = run([HUASUAN, "rebuild"], env=environment(home))
        bytes_ = sum(file.stat().st_size for file in (home / "warehouse").glob("*.duckdb"))
    lines = [
        Line(
            what=name,
            size=f"{facts} facts",
            ours=f"{facts / halves.said[f'{part}_wall']:.0f} facts/s; {halves.said[f'{part}_wall']:.1f} s wall, "
            f"{halves.said[f'{part}_cpu']:.1f} s CPU",
        )
        for name, part in (("copying", "copy"), ("deriving everything", "derive"))
    ]
    lines.append(
        Line(what="`huasuan rebuild`", size=f"{facts} facts", ours=f"{facts / whole.wall:.0f} facts/s; {whole.text()}")
    )
    return Finding(
        name="rebuild",
        title="Rebuild of the warehouse",
        notes=(f"{rows_text(size)} calls with leads, deals and costs; warehouse afterwards {bytes_ / 2**20:.0f} MiB",),
        lines=tuple(lines),
    )


def halves(home: str) -> dict[str, float]:
    """Wall and CPU seconds of copying all facts and of deriving everything from them."""
    settings = Settings(home=Path(home))
    kinds = tuple(KINDS.values())
    with open_store(settings) as store, tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        with store.read() as connection:
            workspace = workspace_named(connection, None)
        file = DuckFile(Path(folder) / "warehouse.duckdb")
        prepare_copies(file.writer, kinds)
        prepare_stars(file.writer)
        marks = [(time.perf_counter(), time.process_time())]
        complete = False
        while not complete:
            file.writer.begin()
            with store.read() as connection:
                complete = copy_changes(connection, file.writer, kinds, workspace=workspace.id).complete
            file.writer.commit()
        marks.append((time.perf_counter(), time.process_time()))
        file.writer.begin()
        derive(file.writer, rules_of(workspace.settings), (), everything=True)
        file.writer.commit()
        marks.append((time.perf_counter(), time.process_time()))
        file.close()
    (wall, cpu), (copied, copied_cpu), (derived, derived_cpu) = marks
    return {
        "copy_wall": copied - wall,
        "copy_cpu": copied_cpu - cpu,
        "derive_wall": derived - copied,
        "derive_cpu": derived_cpu - copied_cpu,
    }
