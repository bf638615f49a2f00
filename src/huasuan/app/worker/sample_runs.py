"""The sample business in and out while people watch: one run at a time for a workspace."""

import threading
from dataclasses import dataclass
from typing import Literal

import structlog

from huasuan.app.failures import known_failure
from huasuan.app.origins import INNER_ORIGINS
from huasuan.app.settings import Settings
from huasuan.app.worker.sample import ORIGIN, SampleSize, forget_sample, load_sample, sample_batches
from huasuan.intake import list_batches, undo_batch
from huasuan.kernel.errors import Conflict, HuasuanError
from huasuan.kernel.text import Text
from huasuan.people import Workspace
from huasuan.store import Store

_LOG = structlog.get_logger(__name__)
# Enough to know; older deliveries are looked through by the run itself.
_LOOKED_AT = 1000


class _Stopped(Exception):
    """The service ends; what was done stays, and the next run goes on from there."""


@dataclass(slots=True, kw_only=True)
class SampleRun:
    """How far a run is: ``done`` of ``whole`` calls in, or deliveries out."""

    what: Literal["loading", "removing"]
    done: int = 0
    whole: int = 0
    state: Literal["running", "done", "failed"] = "running"
    failure: HuasuanError | None = None


class SampleRuns:
    """The runs of this process."""

    def __init__(self, store: Store, settings: Settings, size: SampleSize | None = None) -> None:
        self._store = store
        self._settings = settings
        self._size = size or SampleSize()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._runs: dict[int, SampleRun] = {}
        self._threads: list[threading.Thread] = []

    def close(self) -> None:
        """Stop behind the present step, and wait for that."""
        self._stop.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def last(self, workspace: int) -> SampleRun | None:
        """The latest run of a workspace."""
        return self._runs.get(workspace)

    def contents(self, workspace: Workspace) -> tuple[bool, bool]:
        """Whether made-up facts, and whether others, stand in the workspace."""
        with self._store.read() as connection:
            standing = {
                batch.origin == ORIGIN
                for batch in list_batches(connection, workspace=workspace.id, limit=_LOOKED_AT, without=INNER_ORIGINS)
                if batch.status != "undone" and batch.undoes is None and batch.tally.created
            }
        return True in standing, False in standing

    def start(self, workspace: Workspace, what: Literal["loading", "removing"]) -> SampleRun:
        """Begin to bring it in or take it out.

        Raises
        ------
        Conflict
            ``sample_running``
        """
        with self._lock:
            present = self._runs.get(workspace.id)
            if present is not None and present.state == "running":
                raise Conflict(
                    "sample_running",
                    Text(zh="示例数据正在处理中", en="the sample is being brought in or taken out"),
                    Text(zh="请等它结束。", en="Wait until it is done."),
                )
            run = self._runs[workspace.id] = SampleRun(what=what)
            thread = threading.Thread(target=self._work, args=(workspace, run), name=f"sample-{workspace.id}")
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            thread.start()
        return run

    def _work(self, workspace: Workspace, run: SampleRun) -> None:
        def progress(done: int, whole: int) -> None:
            run.done, run.whole = done, whole
            if self._stop.is_set():
                raise _Stopped

        try:
            if run.what == "loading":
                load_sample(self._store, self._settings, workspace, self._size, progress=progress)
            else:
                self._remove(workspace, run)
            run.state = "done"
        except _Stopped:
            run.state = "failed"
        except Exception as error:
            run.failure, run.state = known_failure(error), "failed"
            _LOG.error("sample failed", exc_info=error)

    def _remove(self, workspace: Workspace, run: SampleRun) -> None:
        """The last delivery first, since it may build on earlier ones; own facts are in deliveries of their own."""
        found = sample_batches(self._store, workspace)
        run.whole = len(found)
        for number, batch in enumerate(found, start=1):
            undo_batch(self._store, workspace.id, batch)
            run.done = number
            if self._stop.is_set():
                raise _Stopped
        forget_sample(self._store, self._settings, workspace)
