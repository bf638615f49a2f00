"""One workspace's warehouse: follows the store, answers questions, opens figures down to their facts."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from huasuan.intake import KINDS
from huasuan.kernel.time import start_of_day
from huasuan.metrics.behind import Fact, Side, behind
from huasuan.metrics.derived import derive, prepare_stars
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.engine import answer
from huasuan.metrics.question import Answer, Cut, Question, RowKind
from huasuan.metrics.snapshot import TABLES, Snapshot, as_known
from huasuan.metrics.versions import LAYOUT
from huasuan.people import Workspace, WorkspaceSettings, settings_of
from huasuan.store import Store, newest
from huasuan.warehouse import (
    BATCH_ROWS,
    Copied,
    Cursor,
    DuckFile,
    DuckRunner,
    copy_changes,
    first_row,
    marks,
    prepare_copies,
)

# More new rows than this in one go, and deriving everything is cheaper than what they touched.
_TOUCHED_ROWS = 20_000
_KINDS = tuple(KINDS.values())


def rules_of(settings: WorkspaceSettings) -> Rules:
    """What derivations need of a workspace's settings."""
    return Rules(
        zone=settings.zone,
        currency=settings.currency,
        junk_seconds=settings.junk_seconds,
        target_seconds=settings.target_seconds,
        cycle_days=settings.cycle_days,
        conversation_seconds=settings.conversation_seconds,
        return_window_days=settings.return_window_days,
        marketing_kinds=settings.marketing_kinds,
        deal_stages=settings.deal_stages,
        inactive_days=settings.inactive_days,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did."""

    facts: int
    seconds: float


class Analysis:
    """The warehouse of one workspace; only one process may hold it open.

    One thread follows the store; questions may come from any thread, each on a cursor of its own. ``rows_a_round`` is
    how many rows of each kind one transaction of the warehouse copies at most.
    """

    def __init__(
        self, path: Path | None, store: Store, workspace: Workspace, *, rows_a_round: int = BATCH_ROWS
    ) -> None:
        self._path = path
        self._rows_a_round = rows_a_round
        self._store = store
        self._workspace = workspace.id
        self._rules = rules_of(workspace.settings)
        self._following = threading.Lock()
        self._started = 0
        self._finished = 0
        self._file = self._open()

    def close(self) -> None:
        """Let go of the file."""
        with self._following:
            self._file.close()

    def follow(self) -> bool:
        """Bring the warehouse up to the store; whether there was anything to do.

        Each round is one transaction of the warehouse with its watermark, so a process killed in the middle leaves the
        last round as it was and the next start goes on from there.
        """
        needed = self._started + 1
        with self._following:
            worked = False
            # Somebody else may just have run a round that began after this call: then nothing is left to wait for.
            while self._finished < needed:
                worked = self._round() or worked
            return worked

    def ask(self, question: Question) -> Answer:
        """The answer as of now: everything written before the question is in it."""
        self.follow()
        reader = self._file.reader()
        try:
            reader.begin()
            return answer(DuckRunner(reader), self._snapshot(reader, question.as_of), question)
        finally:
            reader.close()

    def behind(
        self,
        question: Question,
        *,
        cell: Mapping[str, Cut] | None = None,
        kind: RowKind | None = None,
        side: Side = "numerator",
    ) -> Iterator[Fact]:
        """The facts behind one figure, see ``metrics.behind``."""
        self.follow()
        reader = self._file.reader()
        try:
            reader.begin()
            snapshot = self._snapshot(reader, question.as_of)
            yield from behind(reader, snapshot, question, cell=cell, kind=kind, side=side)
        finally:
            reader.close()

    def rebuild(self) -> Rebuilt:
        """Make the warehouse anew from the store; nothing but the store is needed for it."""
        started = time.monotonic()
        with self._following:
            self._file.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
                self._path.with_name(self._path.name + ".wal").unlink(missing_ok=True)
            self._file = self._open()
        self.follow()
        facts = sum(
            (first_row(self._file.writer, f"SELECT count(*) FROM fact_{kind.kind}") or (0,))[0] for kind in _KINDS
        )
        return Rebuilt(facts=facts, seconds=time.monotonic() - started)

    def waiting_rows(self) -> int:
        """How many rows of the store are not here yet (an upper bound: numbers have gaps)."""
        reader = self._file.reader()
        try:
            here = marks(reader)
        finally:
            reader.close()
        with self._store.read() as connection:
            return sum(
                max(0, newest(connection, kind.table, workspace=self._workspace).seq - here[kind.kind].seq)
                if kind.kind in here
                else newest(connection, kind.table, workspace=self._workspace).seq
                for kind in _KINDS
            )

    def reader(self) -> Cursor:
        """A cursor for tests, benches and exports; the caller closes it."""
        return self._file.reader()

    def _open(self) -> DuckFile:
        file = DuckFile(self._path)
        file.writer.begin()
        prepare_copies(file.writer, _KINDS)
        prepare_stars(file.writer)
        file.writer.execute("CREATE TABLE IF NOT EXISTS state (name VARCHAR, value VARCHAR)")
        file.writer.commit()
        return file

    def _round(self) -> bool:
        """Copy the next changes and derive what they touch; whether there were any.

        Only a round that saw all there was counts as finished.
        """
        self._started += 1
        writer = self._file.writer
        writer.begin()
        try:
            with self._store.read() as connection:
                rules = rules_of(settings_of(connection, self._workspace))
                copied = copy_changes(connection, writer, _KINDS, workspace=self._workspace, limit=self._rows_a_round)
            worked = self._derive(copied, rules)
            writer.commit()
            self._rules = rules
            if copied.complete:
                self._finished = self._started
        except BaseException:
            writer.rollback()
            raise
        return worked

    def _derive(self, copied: Copied, rules: Rules) -> bool:
        """Small changes are derived by what they touch; after many, everything is derived once they are all copied.

        So it is by other rules than before: the business changed its settings.
        """
        writer = self._file.writer
        state = dict(writer.execute("SELECT name, value FROM state").fetchall())
        pending = state.get("pending") == "everything" or state.get("rules") != _text(rules)
        if not copied and not pending:
            return False
        if not copied.complete or sum(copied.rows.values()) > _TOUCHED_ROWS:
            pending = True
        if pending and not copied.complete:
            self._set("pending", "everything")
            return True
        if pending:
            derive(writer, rules, copied.rows, everything=True)
            self._set("pending", "")
            self._set("rules", _text(rules))
        else:
            with self._file.single_threaded():
                derive(writer, rules, copied.rows, everything=False)
        return True

    def _snapshot(self, reader: Cursor, as_of: date | None) -> Snapshot:
        if as_of is not None:
            return as_known(reader, self._rules, start_of_day(as_of, self._rules.zone))
        return Snapshot(rules=self._rules, as_of=datetime.now(UTC), tables=TABLES)

    def _set(self, name: str, value: str) -> None:
        self._file.writer.execute("DELETE FROM state WHERE name = ?", [name])
        self._file.writer.execute("INSERT INTO state VALUES (?, ?)", [name, value])


def _text(rules: Rules) -> str:
    """By what the star tables were derived."""
    return repr((LAYOUT, rules))
