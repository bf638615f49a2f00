"""What a bench found, with its bounds, and the Markdown page of all of them."""

import os
import platform
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_BEGIN, _END = "<!-- bench:{} -->", "<!-- /bench:{} -->"
_HEAD = """# What was measured

Each section was written by `python -m bench <name>`: both sides of a ratio ran in one go on the same machine. CPU
counts user and system time of all threads. A missed bound makes the command fail; **missed** marks it here.
"""
_COLUMNS = ("what", "size", "huasuan", "beside it", "ratio", "bound", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table. ``met`` is None where nothing was promised."""

    what: str
    size: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    bound: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        verdict = {None: "", True: "ok", False: "**missed**"}[self.met]
        return (self.what, self.size, self.ours, self.theirs, self.ratio, self.bound, verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The table of one bench. ``notes`` say what was compared and how."""

    name: str
    title: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def met(self) -> bool:
        """No bound was missed."""
        return all(line.met is not False for line in self.lines)


def rows_text(rows: int) -> str:
    """1000000 → 1M."""
    for step, sign in ((1_000_000, "M"), (1000, "k")):
        if rows >= step and rows % step == 0:
            return f"{rows // step}{sign}"
    return str(rows)


def machine() -> str:
    """The machine and the versions, without names."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores, {pages / 2**30:.0f} GiB, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, DuckDB {version('duckdb')}, SQLite {sqlite3.sqlite_version}, load at the start "
        f"{os.getloadavg()[0]:.1f}"
    )


def table(finding: Finding) -> str:
    """The finding as Markdown."""
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS), *(line.cells() for line in finding.lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write(page: Path, finding: Finding, *, command: str, about: str) -> None:
    """Put the finding in its section of the page; the sections of other benches stay."""
    begin, end = _BEGIN.format(finding.name), _END.format(finding.name)
    notes = "\n".join(f"- {note}" for note in (*finding.notes, f"{about}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"))
    section = f"{begin}\n## {finding.title}\n`{command}`\n\n{table(finding)}\n\n{notes}\n{end}"
    text = page.read_text(encoding="utf-8") if page.exists() else _HEAD
    before, found, rest = text.partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    page.write_text(f"{before if found else before.rstrip() + chr(10) * 2}{section}{after}", encoding="utf-8")
