"""One workspace's warehouse: follows the store, answers questions, opens figures down to their facts."""

import math
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from huasuan.app.remembered import Remembered
from huasuan.contacts import known_parties
from huasuan.intake import KINDS, phone_number
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.time import start_of_day, zone
from huasuan.methods.call_matching import fit_matching
from huasuan.metrics.behind import Fact, Side, behind
from huasuan.metrics.call_worth import Trial
from huasuan.metrics.credited import check_credit, wants_credit, with_credit
from huasuan.metrics.derived import derive, prepare_stars, reaches_everything, tried
from huasuan.metrics.derived.learning import matching_data
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.engine import answers, asks_the_clock, shapes_of
from huasuan.metrics.limits import Guard, Limits
from huasuan.metrics.question import Answer, Cut, Question, RowKind
from huasuan.metrics.rolled import Rolls
from huasuan.metrics.snapshot import TABLES, Snapshot, as_known
from huasuan.metrics.versions import LAYOUT
from huasuan.numbers import LEAST_CALLS, keep_learned, matching_of
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

# More new rows than this and this part of all, and deriving everything is cheaper than what they touched.
_TOUCHED_ROWS, _TOUCHED_PART = 20_000, 5
# An answer has some hundred figures; one takes some hundred bytes.
_REMEMBERED_FIGURES = 100_000
# So long a question waits for transactions older than what it asks for; longer ones make it answer as of before them.
_HELD_SECONDS, _HELD_PAUSE_SECONDS = 5.0, 0.01
LIMITS = Limits(rows=100_000, seconds=60.0)
_KINDS = tuple(KINDS.values())


def rules_in(connection: Connection, workspace: int, settings: WorkspaceSettings) -> Rules:
    """What derivations need of a workspace's settings, with who has the numbers that count nowhere."""
    rules = replace(rules_of(settings), matching=matching_of(connection, workspace=workspace))
    if not settings.internal_numbers and not settings.test_numbers:
        return rules
    internal, test = (
        tuple(sorted(known_parties(connection, workspace=workspace, identities=_phones(numbers)).values()))
        for numbers in (settings.internal_numbers, settings.test_numbers)
    )
    return replace(rules, internal_parties=internal, test_parties=test)


def _phones(numbers: Sequence[str]) -> list[tuple[str, str]]:
    """As the door writes them; an extension or short code stays as it is."""
    found = []
    for number in numbers:
        try:
            found.append(("phone", phone_number(number)))
        except InvalidInput:
            found.append(("phone", number.strip()))
    return found


def rules_of(settings: WorkspaceSettings) -> Rules:
    """What derivations need of a workspace's settings alone; see ``rules_in``."""
    return Rules(
        zone=settings.zone,
        currency=settings.currency,
        junk_seconds=settings.junk_seconds,
        target_seconds=settings.target_seconds,
        cycle_days=settings.cycle_days,
        cycle_start=settings.cycle_start,
        unique_target=settings.unique_target,
        ghost_seconds=settings.ghost_seconds,
        conversation_seconds=settings.conversation_seconds,
        return_window_days=settings.return_window_days,
        marketing_kinds=settings.marketing_kinds,
        deal_stages=settings.deal_stages,
        inactive_days=settings.inactive_days,
        lifetime_months=settings.lifetime_months,
        discount_percent=settings.discount_percent,
        margin_percent=settings.margin_percent,
        talk_bands=settings.talk_limits,
        calendar=settings.calendar,
        business_hours=settings.open_seconds,
        attribution=settings.attribution,
        attribution_days=settings.attribution_days,
        counted_calls=settings.counted_calls,
        linked_percent=settings.linked_percent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did."""

    facts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a round saw at a moment of both clocks: up to which transaction there were rows."""

    txid: int
    at: datetime
    since: float


class Analysis:
    """The warehouse of one workspace; only one process may hold it open.

    One thread follows the store; questions may come from any thread, each on a cursor of its own. ``rows_a_round`` is
    how many rows of each kind one transaction of the warehouse copies at most. ``memory_mb``: what the file may use of
    the memory before it spills to disk; None leaves that to DuckDB (four fifths of the machine).
    """

    def __init__(
        self,
        path: Path | None,
        store: Store,
        workspace: Workspace,
        *,
        rows_a_round: int = BATCH_ROWS,
        limits: Limits = LIMITS,
        memory_mb: int | None = None,
    ) -> None:
        self._path = path
        self._memory = None if memory_mb is None else f"{memory_mb}MB"
        self._rows_a_round = rows_a_round
        self._store = store
        self._workspace = workspace.id
        self._rules = rules_of(workspace.settings)
        self._following = threading.Lock()
        self._level_since = -math.inf
        self._level_at = datetime.min.replace(tzinfo=UTC)
        self._seen: deque[_Seen] = deque()
        self._remembered: Remembered[Hashable, Answer] = Remembered(room=_REMEMBERED_FIGURES, weigh=_figures)
        self._guard = Guard(limits)
        self._limits = limits
        self._file = self._open()
        self.rolls = Rolls(self._file)

    def close(self) -> None:
        """Let go of the file."""
        with self._following:
            self._file.close()

    def follow(self) -> bool:
        """Bring the warehouse up to the store; whether there was anything to do.

        Each round is one transaction of the warehouse with its watermark, so a process killed in the middle leaves the
        last round as it was and the next start goes on from there.
        """
        return self._follow_since(time.monotonic())

    def ask(self, question: Question, *, max_age_seconds: float = 0.0) -> Answer:
        """The answer as of now: everything written before the question is in it, or before ``max_age_seconds`` ago."""
        return self.ask_many([question], max_age_seconds=max_age_seconds)[0].result()

    def ask_many(self, questions: Sequence[Question], *, max_age_seconds: float = 0.0) -> list[Future[Answer]]:
        """The finished answers to the questions of one page, or the error of each.

        A question that was answered since the last round that changed anything is not worked out again.
        """
        level_at = self._be_level(max_age_seconds)
        asked = {self._key(question, level_at): question for question in questions}
        found = self._remembered.get(
            [self._key(question, level_at) for question in questions],
            lambda keys: self._work_out([asked[key] for key in keys], level_at),
        )
        return [_renewed(one, level_at) for one in found]

    def _be_level(self, max_age_seconds: float) -> datetime:
        """The moment up to which everything written is here: at most so many seconds ago."""
        self._follow_since(time.monotonic() - max_age_seconds)
        return self._level_at

    def _follow_since(self, oldest: float) -> bool:
        """Run rounds until one that began at that moment or later saw all there was; whether there was anything to do.

        The moment is of the clock that never goes back, so that facts are seen in time when the other one is set. On
        PostgreSQL rows wait for older transactions to end; after some seconds of that the warehouse stays behind, and
        answers say since when.
        """
        if self._level_since >= oldest:
            return False
        with self._following:
            worked = False
            # Somebody else may just have run a round that began late enough: then nothing is left to wait for.
            until = time.monotonic() + _HELD_SECONDS
            while self._level_since < oldest:
                worked = self._round() or worked
                if self._level_since < oldest and self._seen:
                    if time.monotonic() > until:
                        break
                    time.sleep(_HELD_PAUSE_SECONDS)
            return worked

    def _key(self, question: Question, level_at: datetime) -> Hashable:
        """What an answer depends on: what was asked, the facts, and the clock where the question looks at it."""
        where = tuple(sorted((question.where or {}).items()))
        day = level_at.astimezone(zone(self._rules.zone)).date()
        clock = level_at if asks_the_clock(question) else day
        return replace(question, where=None), where, self.rolls.round, clock

    def _work_out(self, questions: Sequence[Question], level_at: datetime) -> list[Answer | Exception]:
        reader = self._file.reader()
        try:
            reader.begin()
            found: dict[int, Answer | Exception] = {}
            # The present first: what was known on a day is rebuilt in tables of the same names, this reader's own.
            for day in sorted({question.as_of for question in questions}, key=lambda day: day or date.min):
                snapshot = self._snapshot(reader, day, level_at)
                groups: dict[tuple[bool, str | None], list[int]] = {}
                for at, question in enumerate(questions):
                    if question.as_of == day:
                        groups.setdefault((wants_credit(question), question.attribution), []).append(at)
                # Those that can be broken off come last.
                for (credited, model), mine in sorted(groups.items(), key=lambda group: group[0][0]):
                    asked = [questions[at] for at in mine]
                    told = (
                        self._credited(reader, snapshot, asked, model)
                        if credited
                        else answers(DuckRunner(reader), snapshot, asked)
                    )
                    found.update(zip(mine, told, strict=True))
            return [found[at] for at in range(len(questions))]
        finally:
            reader.close()

    def _credited(
        self, reader: Cursor, snapshot: Snapshot, questions: Sequence[Question], model: str | None
    ) -> Sequence[Answer | InvalidInput]:
        """The answers to questions that share a model; paths are many, so the clock watches them."""
        try:
            with reader.within(self._limits.seconds):
                return answers(DuckRunner(reader), with_credit(reader, snapshot, model, questions), questions)
        except InvalidInput as error:
            return [error] * len(questions)

    def tend(self) -> bool:
        """Make or mend a roll-up, if one is wanted; whether there was anything to do."""
        return self.rolls.tend(self._following)

    def roll_up(self, questions: Sequence[Question]) -> None:
        """Make the roll-ups these questions can read now, instead of after they were asked twice."""
        self.follow()
        reader = self._file.reader()
        try:
            reader.begin()
            for shape in shapes_of(DuckRunner(reader), self._snapshot(reader, None, self._level_at), questions):
                self.rolls.want(shape)
        finally:
            reader.close()
        while self.tend():
            pass

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
            snapshot = self._snapshot(reader, question.as_of, self._level_at)
            if wants_credit(question):
                check_credit(question)
                snapshot = with_credit(reader, snapshot, question.attribution, [question])
            yield from behind(reader, snapshot, question, cell=cell, kind=kind, side=side)
        finally:
            reader.close()

    @contextmanager
    def reading(self, *, max_age_seconds: float = 0.0, limited: bool = False) -> Iterator[tuple[Cursor, Snapshot]]:
        """One consistent snapshot of the present for reports, as fresh as a question would have it.

        limited: what takes longer than an answer may is broken off (``takes_too_long``).
        """
        level_at = self._be_level(max_age_seconds)
        reader = self._file.reader()
        try:
            reader.begin()
            with reader.within(self._limits.seconds) if limited else nullcontext():
                yield reader, self._snapshot(reader, None, level_at)
        finally:
            reader.close()

    def tried(self, settings: WorkspaceSettings) -> Trial:
        """What other settings would make of all calls there are; nothing is changed."""
        with self._store.read() as connection:
            rules = rules_in(connection, self._workspace, settings)
        with self.reading() as (reader, _):
            return tried(reader, rules)

    def rebuild(self) -> Rebuilt:
        """Make the warehouse anew from the store; nothing but the store is needed for it."""
        started = time.monotonic()
        with self._following:
            self._file.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
                self._path.with_name(self._path.name + ".wal").unlink(missing_ok=True)
            self._file = self._open()
            self.rolls = Rolls(self._file)
            self._level_since = -math.inf
            self._seen.clear()
            self._remembered.clear()
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

    def learn_matching(self, days: int = 90) -> int:
        """Learn from the last days how visitors call; how many calls there were, too few of which teach nothing."""
        self.follow()
        reader = self._file.reader()
        try:
            until = datetime.now(UTC)
            data = matching_data(reader, since=until - timedelta(days=days), until=until)
        finally:
            reader.close()
        if data is None or data.calls < LEAST_CALLS:
            return 0 if data is None else data.calls
        model = fit_matching(data)
        with self._store.write() as connection:
            keep_learned(connection, workspace=self._workspace, model=model, calls=data.calls)
        return data.calls

    def reader(self) -> Cursor:
        """A cursor for tests, benches and exports; the caller closes it."""
        return self._file.reader()

    def _open(self) -> DuckFile:
        file = DuckFile(self._path, memory=self._memory)
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
        began, since = datetime.now(UTC), time.monotonic()
        writer = self._file.writer
        writer.begin()
        try:
            with self._store.read() as connection:
                rules = rules_in(connection, self._workspace, settings_of(connection, self._workspace))
                copied = copy_changes(connection, writer, _KINDS, workspace=self._workspace, limit=self._rows_a_round)
            number = self._derive(copied, rules)
            writer.commit()
            self._rules = rules
            if number is not None:
                self.rolls.committed(number)
            if copied.complete:
                self._saw(_Seen(copied.seen, began, since), copied.horizon)
        except BaseException:
            writer.rollback()
            raise
        return number is not None

    def _saw(self, seen: _Seen, horizon: int) -> None:
        """The warehouse is level with a moment once every transaction seen by then is copied."""
        if seen.txid < horizon:
            self._seen.clear()
        elif self._seen and self._seen[-1].txid == seen.txid:
            self._seen.pop()
        self._seen.append(seen)
        while self._seen and self._seen[0].txid < horizon:
            level = self._seen.popleft()
            self._level_at, self._level_since = level.at, level.since

    def _derive(self, copied: Copied, rules: Rules) -> int | None:
        """The number of the round; None if there was nothing to do.

        Small changes are derived by what they touch; after many, everything is derived once they are all copied.
        So it is by other rules than before: the business changed its settings.
        """
        writer = self._file.writer
        state = dict(writer.execute("SELECT name, value FROM state").fetchall())
        pending = state.get("pending") == "everything" or state.get("rules") != rules_text(rules)
        if not copied and not pending:
            return None
        pending = pending or self._are_many(sum(copied.rows.values()))
        if pending and not copied.complete:
            self._set("pending", "everything")
            return self.rolls.close_round(everything=True)
        if pending:
            derive(writer, rules, copied.rows, everything=True)
            self._set("pending", "")
            self._set("rules", rules_text(rules))
        elif reaches_everything(copied.rows):
            derive(writer, rules, copied.rows, everything=True)
        else:
            few = sum(copied.rows.values()) <= _TOUCHED_ROWS
            with self._file.single_threaded() if few else nullcontext():
                derive(self.rolls.watched(), rules, copied.rows, everything=False)
                return self.rolls.close_round(everything=False)
        return self.rolls.close_round(everything=True)

    def _are_many(self, rows: int) -> bool:
        if rows <= _TOUCHED_ROWS:
            return False
        counts = " + ".join(f"(SELECT count(*) FROM fact_{kind.kind})" for kind in _KINDS)
        (everything,) = first_row(self._file.writer, f"SELECT {counts}") or (0,)
        return rows * _TOUCHED_PART > int(everything)

    def _snapshot(self, reader: Cursor, as_of: date | None, level_at: datetime) -> Snapshot:
        if as_of is not None:
            return as_known(reader, self._rules, start_of_day(as_of, self._rules.zone))
        return Snapshot(
            rules=self._rules, as_of=level_at, tables=TABLES, rolls=self.rolls.seen(reader), guard=self._guard
        )

    def _set(self, name: str, value: str) -> None:
        self._file.writer.execute("DELETE FROM state WHERE name = ?", [name])
        self._file.writer.execute("INSERT INTO state VALUES (?, ?)", [name, value])


def _figures(answer: Answer) -> int:
    return 1 + len(answer.rows) * len(answer.question.metrics)


def _renewed(found: Future[Answer], level_at: datetime) -> Future[Answer]:
    """A present answer reaches to the moment the warehouse was level, whenever it was worked out."""
    if found.exception() is not None or found.result().question.as_of is not None:
        return found
    renewed: Future[Answer] = Future()
    behind_seconds = max(0.0, (datetime.now(UTC) - level_at).total_seconds())
    renewed.set_result(replace(found.result(), as_of=level_at, behind_seconds=behind_seconds))
    return renewed


def rules_text(rules: Rules) -> str:
    """By what the star tables were derived."""
    return repr((LAYOUT, rules))
