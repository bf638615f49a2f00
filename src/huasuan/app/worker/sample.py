"""The sample business: made up once, marked as such, and taken away again in one command."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import orjson

from huasuan.app.settings import Settings
from huasuan.intake import list_batches
from huasuan.kernel.time import now, zone
from huasuan.numbers import lay_sample_site, remove_sample_site
from huasuan.people import Workspace, change_settings, settings_of
from huasuan.simulator import SOURCE, World, simulate
from huasuan.store import Store

_NOTE = "sample.json"
_TRUTH = "sample-truth.json"
ORIGIN = "sample"
# One standard for every team that calls.
SCORECARDS = tuple(
    f"{team}: dials 18 30; connect_rate 45% 20; conversation_rate 60% 20; call_conversion 4% 30"
    for team in ("深圳一组", "深圳二组", "成都组", "西安组")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """How large the sample business is."""

    days: int = 120
    calls: int = 20_000
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """Remembers which business was being loaded, so that a stopped loading goes on with the same one."""

    workspace: int
    days: int
    calls: int
    seed: int
    start: str
    complete: bool


def load_sample(
    store: Store,
    settings: Settings,
    workspace: Workspace,
    size: SampleSize,
    *,
    progress: Callable[[int, int], None],
) -> bool:
    """Load the sample business unless it is there; whether anything was loaded."""
    path = settings.home / _NOTE
    note = _read(path, workspace)
    if note is not None and note.complete:
        return False
    if note is None:
        today = now().astimezone(zone(workspace.settings.zone)).date()
        start = (today - timedelta(days=size.days)).isoformat()
        note = _Note(workspace=workspace.id, start=start, complete=False, **asdict(size))
        _write(path, note)
    world = World(
        days=note.days,
        calls=note.calls,
        seed=note.seed,
        start=date.fromisoformat(note.start),
        zone=workspace.settings.zone,
    )
    simulate(store, workspace, world, truth_path=settings.home / _TRUTH, progress=progress)
    with store.write() as connection:
        lay_sample_site(connection, workspace=workspace.id, source=SOURCE)
        settings_now = settings_of(connection, workspace.id)
        if not settings_now.scorecards:
            change_settings(connection, workspace=workspace.id, settings=replace(settings_now, scorecards=SCORECARDS))
    _write(path, replace(note, complete=True))
    return True


def sample_batches(store: Store, workspace: Workspace) -> list[int]:
    """The deliveries that brought made-up facts and still stand, newest first."""
    found: list[int] = []
    before: int | None = None
    with store.read() as connection:
        while page := list_batches(connection, workspace=workspace.id, before=before, limit=1000, origin=ORIGIN):
            found.extend(batch.id for batch in page if batch.status != "undone")
            before = page[-1].id
    return found


def forget_sample(store: Store, settings: Settings, workspace: Workspace) -> None:
    """Take its site away and let the next ``init --sample`` load it anew."""
    with store.write() as connection:
        remove_sample_site(connection, workspace=workspace.id)
        settings_now = settings_of(connection, workspace.id)
        if settings_now.scorecards == SCORECARDS:
            change_settings(connection, workspace=workspace.id, settings=replace(settings_now, scorecards=()))
    for name in (_NOTE, _TRUTH):
        (settings.home / name).unlink(missing_ok=True)


def _read(path: Path, workspace: Workspace) -> _Note | None:
    try:
        note = _Note(**orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None
    return note if note.workspace == workspace.id else None


def _write(path: Path, note: _Note) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(orjson.dumps(asdict(note)))
    os.replace(partial, path)
