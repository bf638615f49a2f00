"""Reading the files: recognise each, spool its lines by call, then tell the calls one by one."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from huasuan.connectors.asterisk import texts
from huasuan.connectors.asterisk.columns import Columns, cdr_columns, cel_columns
from huasuan.connectors.asterisk.compose import compose
from huasuan.connectors.asterisk.lines import csv_cells, physical_lines
from huasuan.connectors.asterisk.parse import cdr_row, cel_event, queue_event
from huasuan.connectors.asterisk.see_cdr import in_order as cdr_in_order
from huasuan.connectors.asterisk.see_queue import in_order as queue_in_order
from huasuan.connectors.asterisk.spool import MOST_LINES_PER_CALL, Bundle, Entry, Spool
from huasuan.connectors.asterisk.types import (
    CdrRow,
    CelEvent,
    DirectionRule,
    LoggedCall,
    LoggedFault,
    QueueEvent,
    Story,
)
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone as time_zone

SAMPLE_LINES = 2_000
BATCH_LINES = 5_000
# Stamps of one microsecond (a hang-up and the end of its channel) need their natural order.
_CEL_RANK = {"CHAN_START": 0, "ANSWER": 1, "APP_START": 2, "BRIDGE_ENTER": 3, "BRIDGE_EXIT": 4, "APP_END": 5}
_CEL_RANK |= {"HANGUP": 7, "CHAN_END": 8, "LINKEDID_END": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What one line says of where it belongs; a row of None is a line about no call."""

    entry: Entry | None
    alias: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logs:
    """The recognised files and how to read a line of each."""

    zone: ZoneInfo
    cdr: Columns
    cel: Columns
    files: tuple[tuple[str, Path], ...]


def read_logs(
    *,
    cdr: Path | None = None,
    cel: Path | None = None,
    queue_log: Path | None = None,
    zone: str = "UTC",
    columns: Sequence[str] | None = None,
    cel_columns_in_order: Sequence[str] | None = None,
    directions: DirectionRule | None = None,
) -> Iterator[LoggedCall | LoggedFault]:
    """The calls in Asterisk's logs, each once, however many lines the exchange wrote about it.

    Faults of single lines come first, in the order of the files; then the calls ordered by ``source_key``. The order of
    lines and repeated lines change nothing. Memory stays below about 200 MB whatever the size; the temporary directory
    needs about twice the size of the logs.

    Parameters
    ----------
    cdr, cel, queue_log: the files, alone or together; at least one. An empty file is a log without calls.
    zone: IANA name of the time zone in which the exchange writes CDR and CEL stamps (queue_log counts from 1970).
    columns, cel_columns_in_order: the column names of the CDR and the CEL, in order, when they are not recognised.
    directions: how to tell inbound from outbound.

    Raises
    ------
    InvalidInput
        ``asterisk_no_file``, ``asterisk_missing_file``, ``asterisk_wrong_file``, ``asterisk_columns``,
        ``unknown_zone``; at once, before the first item is taken.
    """
    given = (("cdr", cdr), ("cel", cel), ("queue", queue_log))
    files = tuple((kind, path) for kind, path in given if path is not None)
    if not files:
        raise InvalidInput(
            "asterisk_no_file",
            Text(zh="没有给出任何日志文件。", en="no log file was given."),
            Text(zh="请给出话单、CEL 或 queue_log。", en="Give a CDR, a CEL or a queue_log."),
        )
    logs = _Logs(zone=time_zone(zone), cdr=cdr_columns(), cel=cel_columns(), files=files)
    for kind, path in files:
        _recognise(logs, kind, path, columns if kind == "cdr" else cel_columns_in_order)
    return _told(logs, directions or DirectionRule())


def _recognise(logs: _Logs, kind: str, path: Path, explicit: Sequence[str] | None) -> None:
    if not path.is_file():
        raise texts.file_problem("asterisk_missing_file", path.name, "找不到这个文件", "no such file")
    sample = [raw for _, raw in islice(physical_lines(path), SAMPLE_LINES)]
    if kind == "queue":
        _recognise_queue(sample, path.name)
        return
    rows = []
    for raw in sample:
        try:
            rows.append(csv_cells(raw))
        except texts.LineError:
            rows.append([])
    (logs.cdr if kind == "cdr" else logs.cel).learn(rows, explicit, path.name)


def _recognise_queue(sample: Sequence[bytes], name: str) -> None:
    good = 0
    for raw in sample:
        try:
            queue_event(raw)
        except texts.LineError:
            continue
        good += 1
    if good * 2 < len(sample):
        raise texts.file_problem("asterisk_wrong_file", name, "这不是 queue_log", "not a queue_log")


def _told(logs: _Logs, rule: DirectionRule) -> Iterator[LoggedCall | LoggedFault]:
    spool = Spool()
    try:
        for kind, path in logs.files:
            yield from _spool_file(spool, logs, kind, path)
        for bundle in spool.bundles():
            yield _tell(bundle, logs, rule)
    finally:
        spool.close()


def _spool_file(spool: Spool, logs: _Logs, kind: str, path: Path) -> Iterator[LoggedFault]:
    read = _reader(logs, kind)
    entries: list[Entry] = []
    aliases: list[tuple[str, str]] = []
    for number, raw in physical_lines(path):
        try:
            found = read(raw)
        except texts.LineError as problem:
            yield _fault(number, path.name, problem)
            continue
        if found.entry is not None:
            entries.append(found.entry)
        if found.alias is not None:
            aliases.append(found.alias)
        if len(entries) >= BATCH_LINES:
            spool.add(entries)
            spool.learn(aliases)
            entries, aliases = [], []
    spool.add(entries)
    spool.learn(aliases)


def _fault(number: int, file: str, problem: texts.LineError) -> LoggedFault:
    return LoggedFault(line=number, file=file, value=problem.value, text=problem.text, remedy=problem.remedy)


def _reader(logs: _Logs, kind: str) -> Callable[[bytes], _Read]:
    return {
        "cdr": lambda raw: _read_cdr(raw, logs),
        "cel": lambda raw: _read_cel(raw, logs),
        "queue": _read_queue,
    }[kind]


def _cdr(raw: bytes, logs: _Logs) -> CdrRow | None:
    cells = csv_cells(raw)
    if logs.cdr.is_header(cells):
        return None
    layout = logs.cdr.layout(cells)
    if layout is None:
        raise texts.wrong_width(",".join(cells)[:200], len(cells), logs.cdr.usual_width)
    return cdr_row(cells, layout, logs.zone)


def _cel(raw: bytes, logs: _Logs) -> CelEvent | None:
    cells = csv_cells(raw)
    if logs.cel.is_header(cells):
        return None
    layout = logs.cel.layout(cells)
    if layout is None:
        raise texts.wrong_width(",".join(cells)[:200], len(cells), logs.cel.usual_width)
    return cel_event(cells, layout, logs.zone)


def _read_cdr(raw: bytes, logs: _Logs) -> _Read:
    row = _cdr(raw, logs)
    if row is None:
        return _Read(entry=None)
    # a stable key even where the exchange gives none: the same line read twice is the same call
    key = row.linkedid or row.uniqueid or f"row-{hashlib.sha256(raw).hexdigest()[:24]}"
    return _Read(entry=Entry(key=key, loose=not row.linkedid, kind="cdr", raw=raw), alias=_alias(row))


def _read_cel(raw: bytes, logs: _Logs) -> _Read:
    event = _cel(raw, logs)
    if event is None:
        return _Read(entry=None)
    key = event.linkedid or event.uniqueid
    return _Read(entry=Entry(key=key, loose=not event.linkedid, kind="cel", raw=raw), alias=_alias(event))


def _read_queue(raw: bytes) -> _Read:
    event = queue_event(raw)
    if event is None:
        return _Read(entry=None)
    return _Read(entry=Entry(key=event.callid, loose=True, kind="queue", raw=raw))


def _alias(line: CdrRow | CelEvent) -> tuple[str, str] | None:
    if line.linkedid and line.uniqueid and line.uniqueid != line.linkedid:
        return line.uniqueid, line.linkedid
    return None


def _tell(bundle: Bundle, logs: _Logs, rule: DirectionRule) -> LoggedCall | LoggedFault:
    if bundle.lines > MOST_LINES_PER_CALL:
        return _fault(
            0,
            "+".join(path.name for _, path in logs.files),
            texts.oversized(bundle.key, bundle.lines, MOST_LINES_PER_CALL),
        )
    cdr = [(row, raw) for raw in bundle.raw.get("cdr", ()) if (row := _cdr(raw, logs)) is not None]
    cel = [(event, raw) for raw in bundle.raw.get("cel", ()) if (event := _cel(raw, logs)) is not None]
    queue = [(line, raw) for raw in bundle.raw.get("queue", ()) if (line := queue_event(raw)) is not None]
    cel.sort(key=lambda pair: (pair[0].at, _CEL_RANK.get(pair[0].kind, 6), pair[1]))
    rows: list[CdrRow] = cdr_in_order([row for row, _ in cdr])
    events: list[QueueEvent] = queue_in_order([event for event, _ in queue])
    story = Story(key=bundle.key, cdr=tuple(rows), cel=tuple(event for event, _ in cel), queue=tuple(events))
    call, notes = compose(story, rule)
    ordered = [raw for _, raw in sorted(cdr, key=lambda pair: (pair[0].start, pair[1]))]
    ordered += [raw for _, raw in cel]
    ordered += [raw for _, raw in sorted(queue, key=lambda pair: (pair[0].at, pair[1]))]
    return LoggedCall(source_key=bundle.key, call=call, raw=b"\n".join(ordered), notes=notes)
