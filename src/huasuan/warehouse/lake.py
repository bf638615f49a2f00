"""The lake: the star tables as Parquet files, one for each workspace, table and month, for engines on other machines.

``workspace=1/call/month=2026-03/000004.parquet`` is never changed once written. ``workspace=1/manifest.json`` names
the files that count; replacing it is one rename, so a reader sees the state before an export or after it and nothing
between. A month whose rows changed gets a new file; every other month keeps its own.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import orjson

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.warehouse.copying import marks
from huasuan.warehouse.duck import Cursor

MANIFEST = "manifest.json"
NO_MONTH = "none"
# How long a replaced file stays for readers that began before it was replaced.
KEEP_SECONDS = 3600.0
_FORMAT = 1
# Parquet knows no whole numbers of 128 bits; DuckDB would write them as floats.
_WIDE = {"HUGEINT": "DECIMAL(38,0)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTable:
    """A table to export: its columns with DuckDB's types, and the date column that tells a row's month."""

    name: str
    columns: Mapping[str, str]
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LakePart:
    """One file: all rows of a table in a month. ``fingerprint`` is equal exactly when the rows are."""

    month: str
    file: str
    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeManifest:
    """What counts in the lake of one workspace.

    version: grows when any row changed. as_of: everything written to the store before is in it.
    marks: per kind of fact how far the change sequence was read (transaction, number).
    said: what the exporter tells those who ask (currency, rules), as text.
    retired: files that no longer count, with the moment (seconds since 1970) from which they did not.
    """

    workspace: int
    version: int
    as_of: datetime
    marks: Mapping[str, tuple[int, int]]
    said: Mapping[str, str]
    layout: str
    columns: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, tuple[LakePart, ...]]
    retired: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did: files written and kept, rows written, seconds."""

    manifest: LakeManifest
    written: tuple[str, ...]
    kept: int
    rows: int
    seconds: float


def workspace_folder(lake: Path, workspace: int) -> Path:
    """Where the files of a workspace are."""
    return lake / f"workspace={workspace}"


def shown_name(manifest: LakeManifest, table: str) -> str:
    """The name of a table of one workspace in one state of the lake."""
    return f"w{manifest.workspace}_v{manifest.version}_{table}"


def read_manifest(lake: Path, workspace: int) -> LakeManifest:
    """What counts now.

    Raises
    ------
    Broken
        ``no_lake`` before the first export.
    """
    path = workspace_folder(lake, workspace) / MANIFEST
    try:
        said = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise Broken(
            "no_lake",
            Text(zh=f"数据湖中还没有这个工作区：{path}", en=f"this workspace is not in the lake yet: {path}"),
            Text(zh="请先运行 huasuan lake export。", en="Run huasuan lake export first."),
        ) from error
    said.pop("format")
    return LakeManifest(
        **said
        | {
            "as_of": datetime.fromisoformat(said["as_of"]),
            "marks": {kind: (txid, seq) for kind, (txid, seq) in said["marks"].items()},
            "parts": {name: tuple(LakePart(**part) for part in parts) for name, parts in said["parts"].items()},
        }
    )


def export_lake(
    reader: Cursor,
    tables: Sequence[LakeTable],
    lake: Path,
    *,
    workspace: int,
    as_of: datetime,
    said: Mapping[str, str],
    keep_seconds: float = KEEP_SECONDS,
) -> Exported:
    """Bring the lake of a workspace up to the warehouse; only months whose rows differ are written.

    ``reader`` must be inside a transaction begun at ``as_of``: all files show the same moment.

    Raises
    ------
    Broken
        ``lake_in_use`` while another process exports the same workspace.
    """
    started = time.monotonic()
    folder = workspace_folder(lake, workspace)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        before = _before(lake, workspace)
        writing = _Writing(reader=reader, folder=folder, layout=_layout(tables), before=before)
        _clear(folder, before, keep_seconds=keep_seconds)
        parts = {table.name: tuple(writing.parts(table)) for table in tables}
        manifest = LakeManifest(
            workspace=workspace,
            version=writing.version if _differ(parts, before) else writing.version - 1,
            as_of=as_of,
            marks={kind: (mark.txid, mark.seq) for kind, mark in marks(reader).items()},
            said=dict(said),
            layout=writing.layout,
            columns={
                table.name: {name: _WIDE.get(kind, kind) for name, kind in table.columns.items()} for table in tables
            },
            parts=parts,
        )
        manifest = replace(manifest, retired=_retired(manifest, before))
        _switch(folder, manifest)
    count = sum(len(found) for found in parts.values())
    return Exported(
        manifest=manifest,
        written=tuple(writing.written),
        kept=count - len(writing.written),
        rows=writing.rows,
        seconds=time.monotonic() - started,
    )


def _before(lake: Path, workspace: int) -> LakeManifest | None:
    try:
        return read_manifest(lake, workspace)
    except Broken:
        return None


def _layout(tables: Sequence[LakeTable]) -> str:
    """Fingerprints can be compared only while columns and DuckDB's way of hashing are the same."""
    return f"{_FORMAT} {duckdb.__version__} " + repr([(table.name, table.day, dict(table.columns)) for table in tables])


@dataclass(slots=True, kw_only=True)
class _Writing:
    """One export on its way."""

    reader: Cursor
    folder: Path
    layout: str
    before: LakeManifest | None
    written: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def version(self) -> int:
        """The version that is being written."""
        return 1 if self.before is None else self.before.version + 1

    def parts(self, table: LakeTable) -> Iterator[LakePart]:
        """The files of a table: those that are still right, and new ones."""
        known: dict[str, LakePart] = {}
        if self.before is not None and self.before.layout == self.layout:
            known = {part.month: part for part in self.before.parts.get(table.name, ())}
        hashed = ", ".join(f'"{name}"' for name in table.columns)
        found = self.reader.execute(
            f"SELECT {_month(table)} AS month, count(*), sum(hash({hashed}))::VARCHAR FROM {table.name} "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
        for month, rows, fingerprint in found:
            part = known.get(month)
            if part is None or (part.rows, part.fingerprint) != (rows, fingerprint):
                file = f"{table.name}/month={month}/{self.version:06}.parquet"
                part = LakePart(month=month, file=file, rows=rows, fingerprint=fingerprint)
                self._write(table, part)
            yield part

    def _write(self, table: LakeTable, part: LakePart) -> None:
        target = self.folder / part.file
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        columns = ", ".join(
            f'CAST("{name}" AS {_WIDE[kind]}) AS "{name}"' if kind in _WIDE else f'"{name}"'
            for name, kind in table.columns.items()
        )
        path = str(partial).replace("'", "''")
        self.reader.execute(
            f'COPY (SELECT {columns} FROM {table.name} WHERE {_of_month(table, part.month)} ORDER BY "{table.day}") '
            f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchall()
        _settle(partial)
        partial.rename(target)
        _settle(target.parent)
        self.written.append(part.file)
        self.rows += part.rows


def _month(table: LakeTable) -> str:
    return f"coalesce(strftime(\"{table.day}\", '%Y-%m'), '{NO_MONTH}')"


def _of_month(table: LakeTable, month: str) -> str:
    """A condition the table's own statistics can serve, unlike one on the month's name."""
    if month == NO_MONTH:
        return f'"{table.day}" IS NULL'
    first = f"DATE '{month}-01'"
    return f'"{table.day}" >= {first} AND "{table.day}" < {first} + INTERVAL 1 MONTH'


def _differ(parts: Mapping[str, tuple[LakePart, ...]], before: LakeManifest | None) -> bool:
    return before is None or parts != before.parts


def _files(manifest: LakeManifest) -> set[str]:
    return {part.file for parts in manifest.parts.values() for part in parts}


def _retired(manifest: LakeManifest, before: LakeManifest | None) -> dict[str, float]:
    """Files that counted until now, beside those retired earlier and still there."""
    if before is None:
        return {}
    gone = _files(before) - _files(manifest)
    return dict(before.retired) | dict.fromkeys(sorted(gone), time.time())


def _clear(folder: Path, before: LakeManifest | None, *, keep_seconds: float) -> None:
    """Remove what nobody reads any more, and what a killed export left."""
    live = set() if before is None else _files(before)
    retired = {} if before is None else dict(before.retired)
    until = time.time() - keep_seconds
    for path in [*folder.rglob("*.parquet"), *folder.rglob("*.partial")]:
        name = path.relative_to(folder).as_posix()
        if name not in live and retired.get(name, until) <= until:
            path.unlink()


def _switch(folder: Path, manifest: LakeManifest) -> None:
    """From here on the new files count."""
    kept = {file: moment for file, moment in manifest.retired.items() if (folder / file).exists()}
    said = {"format": _FORMAT, **asdict(replace(manifest, retired=kept))}
    partial = folder / f"{MANIFEST}.partial"
    partial.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
    _settle(partial)
    partial.rename(folder / MANIFEST)
    _settle(folder)


def _settle(path: Path) -> None:
    """Wait until it is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One exporter at a time; the lock falls with its process."""
    with (folder / "export.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Broken(
                "lake_in_use",
                Text(zh="另一个进程正在导出这个工作区", en="another process is exporting this workspace"),
                Text(zh="请等它结束。", en="Wait until it ends."),
            ) from error
        yield
