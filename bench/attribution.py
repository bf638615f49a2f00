"""Exact Markov on ten thousand and on a million paths, and credit of a million sales beside hand-written SQL."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import credit
from bench.findings import Finding, Line, rows_text
from bench.processes import HUASUAN, run

MARKOV_SECONDS = 5.0
MEMORY_BYTES = 1.5 * 2**30
FEW = 10_000
CHANNELS = 30


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Markov through the command line, start of the program and reading of the file included."""
    size = sizes[0]
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        few, many = (_paths(Path(folder) / f"{rows}.csv", rows) for rows in (FEW, size))
        first, third = (
            run([HUASUAN, "attribute", str(few), "--model", "markov", "--order", order, "--json"]) for order in "13"
        )
        large = run([HUASUAN, "attribute", str(many), "--model", "markov", "--json"])
    credited = credit.lines(cache / f"credit-{size}.duckdb", size)
    return Finding(
        name="attribution",
        title="Attribution",
        notes=(
            f"Markov: {CHANNELS} channels, 1 to 9 touches a path, all paths different as far as chance has it; start "
            "of the program and reading of the CSV file included",
            *credit.NOTES,
        ),
        lines=(
            *credited,
            Line(
                what="exact Markov, order 1",
                size=rows_text(FEW),
                ours=first.text(),
                bound=f"≤ {MARKOV_SECONDS:.0f} s CPU",
                met=first.cpu <= MARKOV_SECONDS,
            ),
            Line(what="exact Markov, order 3", size=rows_text(FEW), ours=third.text()),
            Line(
                what="exact Markov, order 1",
                size=rows_text(size),
                ours=large.text(),
                bound="≤ 1.5 GiB",
                met=large.peak_bytes <= MEMORY_BYTES,
            ),
        ),
    )


def _paths(file: Path, rows: int) -> Path:
    chance = random.Random(1)
    channels = [f"channel {place}" for place in range(CHANNELS)]
    with file.open("w") as out:
        out.write("path,conversions,value,nulls\n")
        for _ in range(rows):
            way = " > ".join(chance.choices(channels, k=chance.randint(1, 9)))
            out.write(f"{way},{chance.randint(0, 3)},{chance.randint(0, 900)},{chance.randint(0, 40)}\n")
    return file
