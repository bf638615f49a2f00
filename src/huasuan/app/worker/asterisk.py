"""``huasuan import asterisk``: the exchange's logs through the connector into the intake."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from huasuan.app.worker.exchange_zone import zone_of_logs
from huasuan.connectors.asterisk import DirectionRule, LoggedCall, LoggedFault, read_logs
from huasuan.intake import KeyedFact, Tally, deliver_facts, with_canonical_numbers
from huasuan.people import Workspace
from huasuan.store import Store

SOURCE = "asterisk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The files, alone or together, and how to read them.

    zone: in which the exchange writes its stamps, None to find it from the channel ids. own_numbers: ours, as the log
    writes them, to tell in from out.
    """

    cdr: Path | None = None
    cel: Path | None = None
    queue_log: Path | None = None
    zone: str | None = None
    own_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsReport:
    """What an import of logs did, or with ``batch`` None would do: calls found, lines and calls refused, in a file."""

    batch: int | None
    calls: int
    tally: Tally
    faults: int
    errors: Path | None


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Tells the calls of the logs and collects the lines that are none."""

    logs: Logs
    zone: str
    calls: int = 0
    faults: list[LoggedFault] = field(default_factory=list)

    def facts(self) -> Iterator[KeyedFact]:
        rule = DirectionRule(own_numbers=frozenset(self.logs.own_numbers))
        told = read_logs(
            cdr=self.logs.cdr, cel=self.logs.cel, queue_log=self.logs.queue_log, zone=self.zone, directions=rule
        )
        for found in told:
            if isinstance(found, LoggedCall):
                self.calls += 1
                yield KeyedFact(key=found.source_key, fact=with_canonical_numbers(found.call), raw=found.raw)
            else:
                self.faults.append(found)


def import_logs(
    store: Store, workspace: Workspace, logs: Logs, *, check: bool, progress: Callable[[int], None]
) -> LogsReport:
    """Take the calls of Asterisk's logs in; with ``check`` only count them.

    Raises
    ------
    InvalidInput
        A file is missing or of another kind, or its columns are not recognised; nothing was changed.
    """
    stamped = [path for path in (logs.cdr, logs.cel) if path is not None]
    reading = _Reading(logs=logs, zone=logs.zone or zone_of_logs(stamped, usual=workspace.settings.zone))
    batch, tally, refused = None, Tally(), list[tuple[object, ...]]()
    if check:
        for _ in reading.facts():
            progress(reading.calls)
    else:
        paths = [path for path in (logs.cdr, logs.cel, logs.queue_log) if path is not None]
        for state in deliver_facts(
            store,
            workspace=workspace.id,
            kind_name="call",
            source=SOURCE,
            origin=SOURCE,
            name=" ".join(path.name for path in paths),
            facts=reading.facts(),
        ):
            batch, tally = state.batch, state.tally
            for one in state.refusals:
                told = (one.text, one.remedy)
                refused.append(("", "", one.source_key, *(text.both() if text else "" for text in told)))
            progress(reading.calls)
    lines = [(one.file, one.line, one.value, one.text.both(), one.remedy.both()) for one in reading.faults]
    errors = None if check else _write_errors(logs, [*lines, *refused])
    return LogsReport(batch=batch, calls=reading.calls, tally=tally, faults=len(lines), errors=errors)


def _write_errors(logs: Logs, rows: list[tuple[object, ...]]) -> Path | None:
    """Beside the first log; where its folder cannot be written to, among the temporary files."""
    if not rows:
        return None
    beside = next(path for path in (logs.cdr, logs.cel, logs.queue_log) if path is not None)
    path = beside.with_name(f"{beside.stem}.errors.csv")
    try:
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError:
        path = Path(tempfile.mkdtemp(prefix="huasuan-")) / path.name
        file = path.open("w", encoding="utf-8-sig", newline="")
    with file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "value", "error", "remedy"))
        # A spreadsheet must not run what stands in a log as a formula.
        writer.writerows([f"'{cell}" if str(cell)[:1] in "=+-@\t" and cell else cell for cell in row] for row in rows)
    return path
