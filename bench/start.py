"""How long the help takes, and how long after a start the first answer is there."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.findings import Finding, Line, rows_text
from bench.installation import Caller, environment, found, serving
from bench.processes import HUASUAN, run, run_step

ROUNDS = 5
HELP_SECONDS = 0.5
_QUESTION = {"metrics": ["dials", "total_cost"], "by": []}


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """Medians; the files are in the page cache."""
    size = sizes[0]
    helps = [run([HUASUAN, "--help"], env=environment(Path("/nowhere"))) for _ in range(ROUNDS + 1)][1:]
    help_wall = statistics.median(used.wall for used in helps)
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        home = Path(folder) / "home"
        found(home)
        run_step("installation:fill", home=str(home), calls=size)
        run_step("import_file:follow", home=str(home))
        asked = [run([HUASUAN, "ask", "dials", "total_cost", "--json"], env=environment(home)) for _ in range(ROUNDS)]
        served = [_first_answer(home) for _ in range(ROUNDS)]
        with serving(home):
            beside = [run([HUASUAN, "ask", "dials", "--json"], env=environment(home)) for _ in range(ROUNDS)]
    return Finding(
        name="start",
        title="Start and first answer",
        notes=(f"medians of {ROUNDS}, start of the process included", "the warehouse is up to date beforehand"),
        lines=(
            Line(
                what="`huasuan --help`",
                size="",
                ours=f"{help_wall:.2f} s wall, {statistics.median(used.cpu for used in helps):.2f} s CPU",
                bound=f"≤ {HELP_SECONDS} s",
                met=help_wall <= HELP_SECONDS,
            ),
            Line(
                what="`huasuan ask`, no service running",
                size=rows_text(size),
                ours=_text([used.wall for used in asked], [used.cpu for used in asked]),
            ),
            Line(
                what="`huasuan ask`, of a running service",
                size=rows_text(size),
                ours=_text([used.wall for used in beside], [used.cpu for used in beside]),
            ),
            Line(
                what="`huasuan serve` until it answers",
                size=rows_text(size),
                ours=_text([ready for ready, _ in served]),
            ),
            Line(
                what="`huasuan serve` until its first answer",
                size=rows_text(size),
                ours=_text([answered for _, answered in served]),
            ),
        ),
    )


def _first_answer(home: Path) -> tuple[float, float]:
    with serving(home) as service:
        begun = time.perf_counter()
        Caller(service).ask(_QUESTION)
        return service.seconds, service.seconds + time.perf_counter() - begun


def _text(walls: Sequence[float], cpus: Sequence[float] | None = None) -> str:
    text = f"{statistics.median(walls):.2f} s wall"
    return text if cpus is None else f"{text}, {statistics.median(cpus):.2f} s CPU"
