"""Imports that run while people watch: one thread each, one at a time for a workspace, stopped and resumed at will."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from huasuan.app.failures import known_failure
from huasuan.app.worker.foreign_logs import known_mapping
from huasuan.app.worker.uploads import Upload
from huasuan.intake import ImportProgress, ImportReport, Mapping, file_kind_named, import_file
from huasuan.kernel.errors import Conflict, HuasuanError, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.people import Workspace
from huasuan.store import Store

State = Literal["running", "done", "failed", "stopped"]
_LOG = structlog.get_logger(__name__)
_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What to import and how; ``check`` writes nothing."""

    upload: Upload
    kind: str
    mapping: Mapping | None
    source: str | None
    check: bool


@dataclass(slots=True, kw_only=True)
class ImportRun:
    """One import, as far as it has come."""

    id: int
    workspace: int
    order: ImportOrder
    started_at: datetime
    state: State = "running"
    progress: ImportProgress | None = None
    report: ImportReport | None = None
    failure: HuasuanError | None = None
    ended_at: datetime | None = None
    stop: threading.Event = field(default_factory=threading.Event)


class _Stopped(Exception):
    """Somebody asked it to stop; what was committed stays, and the same file goes on from there."""


class FileImports:
    """The imports of this process; the newest are remembered until it ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._runs: deque[ImportRun] = deque(maxlen=_KEPT)
        self._threads: list[threading.Thread] = []

    def close(self) -> None:
        """Stop all behind their present chunk, and wait for that."""
        with self._lock:
            for run in self._runs:
                run.stop.set()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def start(self, workspace: Workspace, order: ImportOrder, *, done: Callable[[ImportRun], None]) -> ImportRun:
        """Begin; ``done`` is told when it ended, however that was.

        Raises
        ------
        UnknownName
            ``unknown_kind``
        Conflict
            ``import_running``
        """
        file_kind_named(order.kind)
        with self._lock:
            if any(run.workspace == workspace.id and run.state == "running" for run in self._runs):
                raise _running()
            run = ImportRun(id=next(self._numbers), workspace=workspace.id, order=order, started_at=now())
            self._runs.appendleft(run)
            thread = threading.Thread(target=self._work, args=(workspace, run, done), name=f"import-{run.id}")
            self._threads = [one for one in self._threads if one.is_alive()]
            self._threads.append(thread)
            thread.start()
        return run

    def find(self, workspace: int, number: int) -> ImportRun:
        """One of the workspace's.

        Raises
        ------
        NotFound
            ``no_import``
        """
        for run in self.of(workspace):
            if run.id == number:
                return run
        raise NotFound(
            "no_import",
            Text(zh=f"没有导入 {number}", en=f"there is no import {number}"),
            Text(
                zh="服务重启后请重新开始；已写入的行不会重复。",
                en="After a restart begin again; no row comes in twice.",
            ),
        )

    def of(self, workspace: int) -> list[ImportRun]:
        """The workspace's, newest first."""
        with self._lock:
            return [run for run in self._runs if run.workspace == workspace]

    def _work(self, workspace: Workspace, run: ImportRun, done: Callable[[ImportRun], None]) -> None:
        def progress(state: ImportProgress) -> None:
            run.progress = state
            if run.stop.is_set():
                raise _Stopped

        order = run.order
        state: State = "failed"
        try:
            run.report = import_file(
                self._store,
                workspace,
                order.kind,
                order.upload.path,
                mapping=order.mapping,
                usual=known_mapping(order.upload.path, order.kind),
                check=order.check,
                source=order.source,
                progress=progress,
            )
            state = "done"
        except _Stopped:
            state = "stopped"
        except Exception as error:
            run.failure = known_failure(error) or _unforeseen(error)
        run.ended_at = now()
        run.state = state
        done(run)


def errors_of(run: ImportRun) -> Path:
    """The file of its refused rows.

    Raises
    ------
    NotFound
        ``no_refused_rows``
    """
    if run.report is None or run.report.errors is None:
        raise NotFound(
            "no_refused_rows",
            Text(zh="没有被拒绝的行", en="no row was refused"),
            Text(zh="导入完成后再看。", en="Look again when the import has ended."),
        )
    return run.report.errors


def _running() -> Conflict:
    return Conflict(
        "import_running",
        Text(zh="已有导入正在进行", en="an import is running already"),
        Text(zh="请等它完成，或先停止它。", en="Wait for it, or stop it first."),
    )


def _unforeseen(error: Exception) -> HuasuanError:
    _LOG.error("import failed", exc_info=error)
    return HuasuanError(
        "import_failed",
        Text(zh="导入因意外错误中止", en="the import ended with an unforeseen error"),
        Text(
            zh="详情见服务日志；再次导入同一文件会继续。", en="The service log has details; import it again to go on."
        ),
    )
