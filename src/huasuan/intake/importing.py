"""Importing a file: chunk by chunk into the store, each chunk with its progress in one transaction.

A killed import started again on the same file goes on behind the last chunk that was committed; the facts of that chunk
are all there, those behind it are not, so nothing is lost and nothing doubled.
"""

import gc
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from huasuan.intake import queries, restating, service
from huasuan.intake.door import close_delivery, start_delivery
from huasuan.intake.file_kinds import FIGURES, RowFacts, facts_builder, file_kind_named, key_reader
from huasuan.intake.files import Cell, CellFault, ErrorRows, Mapping, bind
from huasuan.intake.import_types import ImportProgress, ImportReport, RowFault
from huasuan.intake.plans import Plan, plan_import, remember
from huasuan.intake.types import Batch, Item, Outcome, RawLines, Taken, Tally
from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros, zone
from huasuan.people import Workspace
from huasuan.store import Store

ORIGIN = "file"
CHUNK_ROWS = 10_000
_FIRST_FAULTS = 10
_SHOWN = 120

Progress = Callable[[ImportProgress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """A row that is not taken in, with all that is wrong with it; ``key``: of a report, where it can be read."""

    line: int
    cells: Sequence[Cell]
    faults: Sequence[CellFault]
    key: str | None = None


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """Rows of the file on their way: their cells by line, their facts and faults, and the lines as they stood there."""

    cells: dict[int, list[Cell]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    faults: list[_Refused] = field(default_factory=list)
    raw: RawLines = field(default_factory=lambda: RawLines(first=0, lines=[]))

    @property
    def next_line(self) -> int:
        return self.raw.first + len(self.raw.lines)


@dataclass(slots=True, kw_only=True)
class _Sums:
    """What came of the file so far."""

    rows: int = 0
    tally: Tally = field(default_factory=Tally)
    faults: list[RowFault] = field(default_factory=list)


def import_file(
    store: Store,
    workspace: Workspace,
    kind_name: str,
    path: Path,
    *,
    mapping: Path | Mapping | None = None,
    usual: Mapping | None = None,
    check: bool = False,
    source: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take the rows of a CSV, TSV or XLSX file in as facts.

    Parameters
    ----------
    kind_name
        What the rows are: calls, customers, leads, touches, deals (one row a deal), deal_events, costs, shifts …
    mapping
        Which column feeds which field, or a TOML file saying so; without it the mapping of the last file with the same
        columns is used, else one guessed from the column names.
    usual
        Before it is guessed: how such files are usually read.
    check
        Write nothing and tell what would happen.
    source
        The system the file comes from ("file" if not stated); a fact is known by its source and its key.
    progress
        Called after every chunk.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read; nothing was changed.
    Conflict
        The same file is being imported elsewhere, or its batch was undone meanwhile.
    """
    kind = file_kind_named(kind_name)
    plan = plan_import(store, workspace, kind, path, mapping=mapping, usual=usual, source=source or ORIGIN)
    report = progress or _nobody_watches
    with _without_cycle_search():
        return _try_out(store, plan, report) if check else _import(store, plan, report)


def _nobody_watches(_progress: ImportProgress) -> None:
    """Nothing."""


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Rows hold no cycles, but making them by the million sets off the search for cycles again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _import(store: Store, plan: Plan, progress: Progress) -> ImportReport:
    chunks = _chunks(plan)
    batch, before = _batch_of(store, plan)
    sums = _Sums(tally=before)
    resumed = batch.next_item > 0
    with ErrorRows(_error_path(plan.table.path), plan.table, keep_below=batch.next_item) as errors:
        for chunk in chunks(batch.next_item):
            with store.write() as connection:
                taken = service.take(
                    connection,
                    batch=batch,
                    kind=plan.kind.kind,
                    items=chunk.items,
                    raw=chunk.raw,
                    next_item=chunk.next_line,
                    refused=len(chunk.faults),
                )
                refused = _refused(plan, chunk, taken)
                for row in refused:
                    errors.add(row.line, row.cells, row.faults)
                # On disk before the commit: what the store counts as refused is in the file, whenever we are killed.
                errors.flush()
            batch = replace(batch, next_item=chunk.next_line)
            _add(sums, chunk, taken, refused)
            progress(_how_far(plan, sums))
        sums.tally += _replace_days(store, plan, batch, chunks)
        close_delivery(store, batch)
        path = errors.path if errors.count else None
    return _report(plan, sums, batch=batch.id, errors=path, resumed=resumed)


def _replace_days(store: Store, plan: Plan, batch: Batch, chunks: Callable[[int], Iterator[_Chunk]]) -> Tally:
    """A report that was sent again replaces its days: lines it has no more become nothing.

    The file is read once more, because an import that went on after a stop has seen its end alone. A line that is
    refused is not gone; where nobody can read which one it is, nothing is taken for gone.
    """
    if not restating.is_whole(plan):
        return Tally()
    keys, costs = set[str](), []
    for chunk in chunks(0):
        for row in chunk.faults:
            if row.key is None:
                return Tally()
            keys.add(row.key)
        keys.update(item.source_key for item in chunk.items)
        costs += [item.fact for item in chunk.items]
    days = restating.days_of(costs)
    with store.write() as connection:
        gone = restating.gone_lines(connection, plan, keys=keys, days=days, number=batch.next_item)
        if not gone:
            return Tally()
        raw = RawLines(first=batch.next_item, lines=[])
        taken = service.take(
            connection, batch=batch, kind=plan.kind.kind, items=gone, raw=raw, next_item=batch.next_item
        )
    return service.tally_of(taken.statuses, refused=0)


def _try_out(store: Store, plan: Plan, progress: Progress) -> ImportReport:
    """Everything an import does but the writing."""
    batch = Batch(
        id=0,
        workspace=plan.workspace.id,
        kind=plan.kind.kind.kind,
        source=plan.source,
        started_at=now(),
        next_item=0,
    )
    sums, seen = _Sums(), dict[str, bytes]()
    for chunk in _chunks(plan)(0):
        with store.read() as connection:
            taken = service.preview(connection, batch=batch, kind=plan.kind.kind, items=chunk.items, seen=seen)
        _add(sums, chunk, taken, _refused(plan, chunk, taken))
        progress(_how_far(plan, sums))
    return _report(plan, sums, batch=None, errors=None, resumed=False)


def _batch_of(store: Store, plan: Plan) -> tuple[Batch, Tally]:
    """The batch of a stopped import of this very file with what it did, else a new one."""
    kind = plan.kind.kind
    with store.write() as connection:
        remember(connection, plan, used_at=to_micros(now()))
        stopped = queries.open_batch(
            connection,
            workspace=plan.workspace.id,
            kind=kind.kind,
            source=plan.source,
            fingerprint=plan.fingerprint,
        )
        if stopped is None:
            batch = start_delivery(
                connection,
                workspace=plan.workspace.id,
                kind=kind,
                source=plan.source,
                origin=ORIGIN,
                name=plan.table.path.name,
                fingerprint=plan.fingerprint,
            )
            return batch, Tally()
    batch = Batch(
        id=stopped.id,
        workspace=plan.workspace.id,
        kind=kind.kind,
        source=plan.source,
        started_at=from_micros(stopped.started_at),
        next_item=stopped.next_item,
    )
    done = Tally(
        created=stopped.created, corrected=stopped.corrected, unchanged=stopped.unchanged, refused=stopped.refused
    )
    return batch, done


def _chunks(plan: Plan) -> Callable[[int], Iterator[_Chunk]]:
    """Everything that can be wrong with the columns is found here, before anything is written."""
    table, settings = plan.table, plan.workspace.settings
    convert = bind(plan.mapping, plan.kind.specs, table, zone=zone(settings.zone), currency=settings.currency)
    build = facts_builder(plan.kind, plan.mapping, table.columns, currency=settings.currency)
    check = plan.kind.kind.check
    is_report = restating.is_report(plan)

    read_key = key_reader(plan.kind, plan.mapping)

    def key_of(cells: list[Cell]) -> str | None:
        """The key of a report's line, whatever its figures say; None where it cannot be read."""
        converted = convert(cells)
        if not isinstance(converted, list):
            return read_key(converted)
        if any(fault.field not in FIGURES for fault in converted):
            return None
        bad = {fault.column for fault in converted}
        return key_of([None if name in bad else cell for name, cell in zip(table.columns, cells, strict=True)])

    def facts_of(converted: dict[str, object], cells: list[Cell], seen: set[str]) -> RowFacts:
        facts = build(converted, cells)
        if is_report:
            restating.check_once(facts[0][0], seen)
        if len(facts) > 1:
            # All of them must be possible before the first goes in.
            for _, fact in facts:
                check(fact)
        return facts

    def read(start: int) -> Iterator[_Chunk]:
        """The rows from line ``start`` on."""
        chunk, passed = _Chunk(), 0
        seen = set[str]()
        for line, cells in table.rows():
            if line < start:
                if is_report and not isinstance(convert(cells), list):
                    seen.add(key_of(cells) or "")
                passed += 1
                if passed % CHUNK_ROWS == 0:
                    table.raw_lines()  # and forget them
                continue
            chunk.cells[line] = cells
            converted = convert(cells)
            if isinstance(converted, list):
                key = key_of(cells) if is_report else None
                chunk.faults.append(_Refused(line=line, cells=cells, faults=converted, key=key))
            else:
                try:
                    chunk.items.extend([Item(line, key, fact) for key, fact in facts_of(converted, cells, seen)])
                except HuasuanError as error:
                    key = key_of(cells) if is_report else None
                    chunk.faults.append(replace(_by_rule(plan, line, cells, error), key=key))
            if len(chunk.cells) >= CHUNK_ROWS:
                yield _with_raw(chunk, plan, start)
                chunk = _Chunk()
        if chunk.cells:
            yield _with_raw(chunk, plan, start)

    return read


def _with_raw(chunk: _Chunk, plan: Plan, start: int) -> _Chunk:
    first, lines = plan.table.raw_lines(start)
    chunk.raw = RawLines(first=first, lines=lines)
    return chunk


def _refused(plan: Plan, chunk: _Chunk, taken: Taken) -> list[_Refused]:
    """All rows of a chunk that are not taken in, or not wholly, in the order of the file."""
    found = list(chunk.faults)
    for outcome in taken.refusals.values():
        found.append(_by_rule(plan, outcome.number, chunk.cells[outcome.number], outcome))
    return sorted(found, key=lambda row: row.line)


def _by_rule(plan: Plan, line: int, cells: Sequence[Cell], error: HuasuanError | Outcome) -> _Refused:
    """A row that breaks a rule; the columns of the fields that the rule names are shown."""
    text = error.text or Text(zh="被拒绝", en="refused")
    remedy = error.remedy or Text(zh="请改正该行。", en="Mend the row.")
    places = {name: at for at, name in enumerate(plan.table.columns)}
    named = [
        source.column
        for name, source in plan.mapping.fields.items()
        if source.column is not None and re.search(rf"\b{name}\b", text.en)
    ]
    values = [str(cells[places[column]]) for column in named if cells[places[column]] is not None]
    fault = CellFault(
        code=error.code or "refused",
        value="; ".join(values)[:_SHOWN],
        zh=text.zh,
        en=text.en,
        remedy_zh=remedy.zh,
        remedy_en=remedy.en,
        column="; ".join(named) or None,
    )
    return _Refused(line=line, cells=cells, faults=[fault])


def _add(sums: _Sums, chunk: _Chunk, taken: Taken, refused: Sequence[_Refused]) -> None:
    sums.rows += len(chunk.cells)
    sums.tally += service.tally_of(taken.statuses, refused=len(chunk.faults))
    for row in refused[: max(0, _FIRST_FAULTS - len(sums.faults))]:
        fault = row.faults[0]
        sums.faults.append(
            RowFault(
                line=row.line,
                column=fault.column,
                value=fault.value,
                code=fault.code,
                text=Text(zh=fault.zh, en=fault.en),
                remedy=Text(zh=fault.remedy_zh, en=fault.remedy_en),
            )
        )


def _how_far(plan: Plan, sums: _Sums) -> ImportProgress:
    table = plan.table
    return ImportProgress(
        rows=sums.rows, bytes_read=table.bytes_read(), total_bytes=table.total_bytes, tally=sums.tally
    )


def _report(plan: Plan, sums: _Sums, *, batch: int | None, errors: Path | None, resumed: bool) -> ImportReport:
    used = {source.column for source in plan.mapping.fields.values()}
    return ImportReport(
        batch=batch,
        kind=plan.kind.name,
        source=plan.source,
        checked=batch is None,
        rows=sums.rows,
        tally=sums.tally,
        existing=sums.tally.corrected + sums.tally.unchanged,
        skipped=plan.table.skipped_count,
        errors=errors,
        first_faults=tuple(sums.faults),
        mapping=plan.mapping,
        mapping_origin=plan.origin,
        unused=tuple(name for name in plan.table.columns if name not in used and not name.startswith("#")),
        resumed=resumed,
    )


def _error_path(path: Path) -> Path:
    """Beside the file; where its folder cannot be written to, among the temporary files."""
    folder = path.parent if os.access(path.parent, os.W_OK) else Path(tempfile.gettempdir())
    return folder / f"{path.stem}.errors.csv"
