"""What models of attribution say beside the truth of the simulator; the table goes into docs/journeys.md."""

import re
from collections.abc import Sequence
from pathlib import Path

from bench.findings import Finding, Line
from bench.processes import ROOT
from huasuan import methods
from huasuan.simulator import judged
from huasuan.simulator.causes import CHANNELS, market

PAGE = ROOT / "docs" / "journeys.md"
# An interval of 95 %; of 400 lots chance alone takes it below 92 once in two hundred times.
TRIES, COVERED = 400, 0.92
_BLOCK = re.compile(r"(?<=<!-- truth -->\n).*?(?=<!-- /truth -->)", re.DOTALL)


def bench(_cache: Path, _sizes: Sequence[int]) -> Finding:
    """Write the table, and repeat each hold-out with other lots."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_BLOCK.sub(lambda _: judged.truth_page(), text), encoding="utf-8")
    here = market(judged.PERSONS, judged.SEED)
    told = judged.models_told(here)
    lines = [
        Line(what=f"sales misplaced by {name}", size="60k people", ours=f"{one.off:.0%}") for name, one in told.items()
    ]
    for place, channel in enumerate(CHANNELS):
        true = here.adds(channel.name)
        found = [
            methods.added(*here.hold_out(channel.name, share=judged.HELD_OUT, seed=seed), units=judged.PERSONS)
            for seed in range(place * TRIES, (place + 1) * TRIES)
        ]
        covered = sum(one.low <= true <= one.high for one in found)
        mean = sum(one.estimate for one in found) / TRIES
        lines.append(
            Line(
                what=f"hold-out of {channel.name}: the truth within its interval",
                size=f"{TRIES} lots",
                ours=f"{covered / TRIES:.1%}; mean {mean:,.0f}",
                theirs=f"truth {true:,}",
                bound=f"≥ {COVERED:.0%}",
                met=covered >= COVERED * TRIES,
            )
        )
    return Finding(
        name="truth",
        title="Models of attribution beside known causes",
        notes=("the simulator's market, in which every sale has a known cause; see docs/journeys.md",),
        lines=tuple(lines),
    )
