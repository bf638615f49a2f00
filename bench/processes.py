"""Running one side of a bench in a process of its own, so that its CPU and its memory are its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parent.parent
# The console script stands beside the interpreter.
HUASUAN = str(Path(sys.executable).with_name("huasuan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a process used; ``said`` is the JSON it printed last."""

    wall: float
    cpu: float
    peak_bytes: int
    said: Any = None

    def text(self) -> str:
        """For a table."""
        return f"{self.wall:.2f} s wall, {self.cpu:.2f} s CPU, {self.peak_bytes / 2**20:.0f} MiB"


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, json: bool = False) -> Used:
    """Run a command to its end; a failing one stops the bench with what it said."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(command), stdout=out, stderr=errors, cwd=ROOT, env={**os.environ, **(env or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        printed = out.read().decode()
        if process.returncode:
            raise RuntimeError(f"{command[0]} … failed: {printed[-500:]}{errors.read().decode()[-3000:]}")
    return Used(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * 1024,
        said=orjson.loads(printed.strip().splitlines()[-1]) if json else None,
    )


def run_step(step: str, **given: str | int | float | bool) -> Used:
    """Run the function ``step`` ("module:function" of this package) with keyword arguments in a process of its own."""
    return run([sys.executable, "-m", "bench.step", step, orjson.dumps(given).decode()], json=True)


def forget_peak() -> None:
    """Start measuring the peak memory of this process anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """The peak resident memory of this process since ``forget_peak``."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
