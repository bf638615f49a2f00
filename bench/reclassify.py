"""Call rules changed: all of history tried by other rules, then derived by them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.findings import Finding, Line, rows_text
from bench.processes import run_step
from huasuan.app.analysis import rules_of
from huasuan.app.wiring import KINDS
from huasuan.calls import said_of
from huasuan.metrics.derived import derive, prepare_stars, tried
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import DuckFile, prepare_copies

# Two years of inbound calls, four of each contact on average; talk from none to five minutes.
_CALLS = """
INSERT INTO fact_call BY NAME SELECT n AS fact_id, hash(n) AS key, 1 + hash(n, 'who') % {contacts} AS party,
'in' AS direction, 'human' AS voice, rang AS ringing_at, CASE WHEN talk > 0 THEN rang END AS agent_joined_at,
CASE WHEN talk > 0 THEN 'answered' ELSE 'missed' END AS result, talk AS talk_seconds,
'channel ' || hash(n, 'c') % 12 AS channel, 'campaign ' || hash(n, 'm') % 200 AS campaign
FROM (SELECT n, TIMESTAMP '2024-01-01' + to_seconds((hash(n, 'at') % 63072000)::BIGINT) AS rang,
greatest(0, (hash(n, 'talk') % 350)::BIGINT - 50) AS talk FROM range({calls}) r(n))
"""


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """How long it takes to say what a change would do, and to do it."""
    size = sizes[0]
    said = run_step("reclassify:changed", calls=size).said
    lines = [
        Line(
            what=what,
            size=f"{rows_text(size)} calls",
            ours=f"{size / said[f'{part}_cpu']:.0f} calls/s of CPU time; {said[f'{part}_wall']:.1f} s wall, "
            f"{said[f'{part}_cpu']:.1f} s CPU",
        )
        for what, part in (("preview of other call rules", "try"), ("history by the new rules", "derive"))
    ]
    return Finding(
        name="reclassify",
        title="Call rules changed",
        notes=(f"target calls from 120 s instead of 60 s, cycle of 90 days instead of 30; {said['text']}",),
        lines=tuple(lines),
    )


def changed(calls: int) -> dict[str, float | str]:
    """Wall and CPU seconds of a preview and of the derivation, and what the preview said."""
    settings = WorkspaceSettings()
    rules = rules_of(settings)
    other = replace(rules, target_seconds=120, cycle_days=90)
    file = DuckFile(None)
    writer = file.writer
    prepare_copies(writer, tuple(KINDS.values()))
    prepare_stars(writer)
    writer.execute(_CALLS.format(calls=calls, contacts=max(1, calls // 4)))
    derive(writer, rules, (), everything=True)
    reader = file.reader()
    reader.begin()
    try_wall, try_cpu = _timed(lambda: tried(reader, other))
    text = said_of(tried(reader, other)).en
    reader.close()
    writer.begin()
    derive_wall, derive_cpu = _timed(lambda: derive(writer, other, (), everything=True))
    writer.commit()
    file.close()
    return {
        "try_wall": try_wall,
        "try_cpu": try_cpu,
        "derive_wall": derive_wall,
        "derive_cpu": derive_cpu,
        "text": text,
    }


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - wall, time.process_time() - cpu
