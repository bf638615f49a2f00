"""All warehouses of an installation, one for each workspace, open in this process alone."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from huasuan.app.analysis import Analysis
from huasuan.app.answers import Asked, Lag, Opening
from huasuan.app.settings import Settings
from huasuan.app.worker.call_tracking import JunkKeyword, ReportWanted, negative_keywords, run_report
from huasuan.app.worker.lakes import FarAnswers, export_workspace
from huasuan.app.worker.opening import open_facts
from huasuan.kernel.errors import Broken, HuasuanError
from huasuan.metrics.answers import answer_json, number, question_json
from huasuan.metrics.call_worth import Trial
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.credited import wants_credit
from huasuan.metrics.language import parts
from huasuan.metrics.limits import Limits
from huasuan.metrics.question import SMALL_BELOW, Answer, Period, Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.people import Workspace, WorkspaceSettings, workspaces
from huasuan.store import Store
from huasuan.warehouse import Cursor

_CYCLE_SECONDS = 3_600.0


class Warehouses:
    """Follows the store and answers; hold the ``Ownership`` of the data folder while it is open."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._folder = settings.warehouse_folder
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open: dict[int, Analysis] = {}
        self._level_at: dict[int, float] = {}
        self._opening = threading.Lock()
        self._lake = settings.lake_folder
        self._far = FarAnswers(settings)
        self._glanced = -math.inf
        self._cycles: dict[int, tuple[float, timedelta | None]] = {}
        self._memory_mb = settings.warehouse_memory_mb
        self._limits = Limits(rows=settings.max_answer_rows, seconds=settings.max_answer_seconds)

    def __enter__(self) -> "Warehouses":
        """Nothing is opened before it is asked for."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the files."""
        self.close()

    def close(self) -> None:
        """Write everything down and let go of all files."""
        self._far.close()
        with self._opening:
            for analysis in self._open.values():
                analysis.close()
            self._open.clear()

    def ask(self, workspace: int, asked: Asked) -> dict[str, Any]:
        """The answer as JSON; everything written before the question is in it.

        Where the installation names another engine it answers, as of the last export, all but as-known-on questions and
        those of credit, for which paths are laid here.
        """
        question = _question(asked)
        if _in_lake(question) and (far := self._far.answers()) is not None:
            return answer_json(far.ask(workspace, question))
        return answer_json(self._of(workspace).ask(question, max_age_seconds=asked.max_age_seconds))

    def ask_many(
        self, workspace: int, asked: Sequence[Asked], *, max_age_seconds: float = 0.0
    ) -> list[dict[str, Any] | HuasuanError]:
        """The answers to the questions of a page as JSON, or why one has none; see ``Analysis.ask_many``."""
        if max_age_seconds:
            self._glanced = time.monotonic()
        questions = [_question(one) for one in asked]
        if all(map(_in_lake, questions)) and (far := self._far.answers()) is not None:
            return [_told(partial(far.ask, workspace, question)) for question in questions]
        found = self._of(workspace).ask_many(questions, max_age_seconds=max_age_seconds)
        return [_told(one.result) for one in found]

    def glanced_seconds(self) -> float:
        """How long ago a page was asked for that takes answers of a moment ago; infinite before the first."""
        return time.monotonic() - self._glanced

    def sales_cycle(self, workspace: int) -> timedelta | None:
        """How long after the first contact deals are won on average, as reckoned within the hour; None while unknown.

        It only looks: whoever writes a call up does not wait for the warehouse.
        """
        return self._cycles[workspace][1] if workspace in self._cycles else None

    def _reckon_cycle(self, workspace: int) -> None:
        known = self._cycles.get(workspace)
        if known is not None and time.monotonic() - known[0] < _CYCLE_SECONDS:
            return
        question, cycle = Question(metrics=("sales_cycle",)), None
        with suppress(HuasuanError):
            (row,) = self._of(workspace).ask(question, max_age_seconds=_CYCLE_SECONDS).rows
            told = row.values[question.metrics[0]]
            cycle = None if told.value is None or told.n < SMALL_BELOW else timedelta(days=float(told.value))
        self._cycles[workspace] = (time.monotonic(), cycle)

    def export(self, workspace: int) -> dict[str, Any]:
        """Bring the lake of a workspace up to the store."""
        made = export_workspace(self._of(workspace), self.workspace(workspace), self._lake)
        return {
            "folder": str(self._lake),
            "version": made.manifest.version,
            "files": len(made.written),
            "kept": made.kept,
            "rows": made.rows,
            "seconds": made.seconds,
        }

    def behind(self, workspace: int, asked: Asked, opening: Opening, *, unmask: bool = False) -> dict[str, Any]:
        """The facts behind one figure as JSON, with the record of each as it stands in the store.

        Numbers and addresses of people are masked unless ``unmask``.
        """
        question = _question(asked)
        analysis = self._of(workspace)
        found = list(analysis.behind(question, cell=opening.cell, kind=opening.kind, side=opening.side))
        shown = found[: opening.limit]
        deals = _first_events(analysis, {fact.fact_id for fact in shown if fact.kind == "deal"})
        units = {base.name: base.unit for _, base in parts(METRICS[question.metrics[0]])}
        owner = self.workspace(workspace)
        with self._store.read() as connection:
            facts = open_facts(connection, owner, shown, units=units, first_events=deals, unmask=unmask)
        total = sum(fact.amount for fact in found)
        return {
            "question": question_json(question),
            "side": opening.side,
            "count": len(found),
            "total": number(total, next(iter(units.values())), owner.settings.currency),
            "facts": facts,
        }

    def reading(
        self, workspace: int, *, max_age_seconds: float = 0.0, limited: bool = False
    ) -> AbstractContextManager[tuple[Cursor, Snapshot]]:
        """A snapshot for reports; see ``Analysis.reading``."""
        return self._of(workspace).reading(max_age_seconds=max_age_seconds, limited=limited)

    def report(self, workspace: int, wanted: ReportWanted) -> dict[str, Any]:
        """A report about incoming calls as JSON."""
        return run_report(self._of(workspace), self.workspace(workspace).settings, wanted)

    def asker(self, workspace: int) -> Callable[[Sequence[Question]], list[Answer | HuasuanError]]:
        """Asks questions for a report, each answered or refused as if it were asked alone."""

        def ask(questions: Sequence[Question]) -> list[Answer | HuasuanError]:
            return [_answered(found) for found in self._of(workspace).ask_many(questions)]

        return ask

    def negative_keywords(self, workspace: int, wanted: ReportWanted, *, least: int) -> list[JunkKeyword]:
        """Keywords that bring junk."""
        return negative_keywords(self._of(workspace), wanted, least=least)

    def tried(self, workspace: int, settings: WorkspaceSettings) -> Trial:
        """What other settings would make of all calls there are; nothing is changed."""
        return self._of(workspace).tried(settings)

    def round_of(self, workspace: int) -> int:
        """A number that grows with every round that changed what a workspace's answers are made of."""
        found = self._open.get(workspace)
        return 0 if found is None else found.rolls.round

    def rebuild(self, workspace: int) -> dict[str, Any]:
        """Make the warehouse anew from the store, even where its file is damaged; how many facts, how many seconds."""
        self._discard_unreadable(workspace)
        made = self._of(workspace).rebuild()
        return {"facts": made.facts, "seconds": made.seconds}

    def learn_matching(self, workspace: int) -> int:
        """See ``Analysis.learn_matching``."""
        return self._of(workspace).learn_matching()

    def follow_all(self) -> bool:
        """One look at the store for every workspace; whether there was anything to do."""
        worked = False
        for workspace in self._present():
            worked = self._of(workspace.id).follow() or worked
            self._level_at[workspace.id] = time.monotonic()
            self._of(workspace.id).tend()
            self._reckon_cycle(workspace.id)
        return worked

    def lag(self) -> Lag:
        """How far behind the warehouses are, the worst of them; 0 seconds when all equal the store."""
        rows, seconds = 0, 0.0
        moment = time.monotonic()
        for workspace in self._present():
            waiting = self._of(workspace.id).waiting_rows()
            level_at = self._level_at.setdefault(workspace.id, moment)
            if waiting:
                rows += waiting
                seconds = max(seconds, moment - level_at)
        return Lag(rows=rows, seconds=seconds)

    def _discard_unreadable(self, workspace: int) -> None:
        """Nothing is lost with the file: this process has the ownership, and the store has the facts."""
        try:
            self._of(workspace)
        except (Broken, duckdb.Error):
            path = self._path(workspace)
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)

    def _path(self, workspace: int) -> Path:
        return self._folder / f"{workspace}.duckdb"

    def _present(self) -> list[Workspace]:
        with self._store.read() as connection:
            return workspaces(connection)

    def workspace(self, number: int) -> Workspace:
        """The workspace of that number, which exists."""
        return next(space for space in self._present() if space.id == number)

    def _of(self, workspace: int) -> Analysis:
        with self._opening:
            if workspace not in self._open:
                self._open[workspace] = Analysis(
                    self._path(workspace),
                    self._store,
                    self.workspace(workspace),
                    limits=self._limits,
                    memory_mb=self._memory_mb,
                )
            return self._open[workspace]


def _first_events(analysis: Analysis, deals: set[int]) -> dict[int, int]:
    """The first event of each deal, by the hash the warehouse knows the deal by."""
    reader = analysis.reader()
    try:
        rows = reader.execute(
            "SELECT deal, min(fact_id) FROM fact_deal_event WHERE list_contains($deals::UBIGINT[], deal) GROUP BY deal",
            {"deals": sorted(deals)},
        ).fetchall()
    finally:
        reader.close()
    return dict(rows)


def _in_lake(question: Question) -> bool:
    return question.as_of is None and not wants_credit(question)


def _answered(found: Future[Answer]) -> Answer | HuasuanError:
    error = found.exception()
    if error is None:
        return found.result()
    if isinstance(error, HuasuanError):
        return error
    raise error


def _told(answer: Callable[[], Answer]) -> dict[str, Any] | HuasuanError:
    try:
        return answer_json(answer())
    except HuasuanError as error:
        return error


def _question(asked: Asked) -> Question:
    return Question(
        metrics=asked.metrics,
        by=asked.by,
        where=asked.where,
        date_from=asked.date_from,
        date_to=asked.date_to,
        basis=asked.basis,
        as_of=asked.as_of,
        intervals=asked.intervals,
        small_below=asked.small_below,
        compare=Period(*asked.compare) if isinstance(asked.compare, tuple) else asked.compare,
        matured=asked.matured,
        firm=asked.firm,
        attribution=asked.attribution,
    )
