"""Taking a delivery back: every fact it changed reads again as before, and nothing is erased from the record.

An undo is a batch of its own that writes new versions, chunk by chunk. It decides each fact from its stored versions,
so a killed undo simply runs again, and running a finished one again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from huasuan.consent import nodes_in_use
from huasuan.contacts import alone_with_parties, parties_made_by, remove_parties, tie
from huasuan.intake import queries, undo_queries
from huasuan.intake.kinds import KINDS
from huasuan.intake.queries import Rewrite
from huasuan.intake.types import Tally
from huasuan.intake.undo_rules import undoing
from huasuan.kernel.errors import Conflict, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.store import FactKind, Store

ORIGIN = "undo"
_CHUNK = 2_000
_CONFLICTS_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoConflict:
    """A fact that another batch changed since; it was left alone."""

    source_key: str
    changed_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """What an undo did.

    batch: the undo's own number, None where nothing was left to take back. undone: the batch taken back. restored:
    facts that read as before it; removed: facts that only it had brought. conflicts: the first thousand facts changed
    since by other batches (``conflict_count`` of them all), untouched; undo those batches first, then this one again.
    contacts_removed: numbers and addresses that nothing else refers to.
    """

    batch: int | None
    undone: int
    restored: int
    removed: int
    conflicts: tuple[UndoConflict, ...]
    conflict_count: int
    contacts_removed: int


@dataclass(slots=True, kw_only=True)
class _Undo:
    """An undo on its way."""

    workspace: int
    batch: int
    source: str
    kind: FactKind
    number: int | None = None
    restored: int = 0
    removed: int = 0
    conflicts: list[UndoConflict] = field(default_factory=list)
    conflict_count: int = 0


def undo_batch(
    store: Store, workspace: int, batch: int, *, progress: Callable[[int], None] | None = None
) -> UndoReport:
    """Take a batch back.

    Parameters
    ----------
    progress
        Called with the number of facts looked at, after every chunk.

    Raises
    ------
    NotFound
        ``no_batch``
    Conflict
        ``undo_of_undo``: an undo is not taken back, the delivery is sent again instead.
    """
    undo = _begin(store, workspace, batch)
    looked_at, seq = 0, 0
    while True:
        with store.read() as connection:
            found = undo_queries.facts_of_batch(connection, undo.kind, batch=batch, after=seq, limit=_CHUNK)
        if not found:
            break
        with store.write() as connection:
            _undo_facts(connection, undo, [key for _, key in found])
        seq = found[-1][0]
        looked_at += len(found)
        if progress is not None:
            progress(looked_at)
    with store.write() as connection:
        contacts = _remove_contacts(connection, workspace, batch)
        if undo.number is not None:
            queries.end_batch(connection, batch=undo.number, status="done", ended_at=to_micros(now()))
    return UndoReport(
        batch=undo.number,
        undone=batch,
        restored=undo.restored,
        removed=undo.removed,
        conflicts=tuple(undo.conflicts),
        conflict_count=undo.conflict_count,
        contacts_removed=contacts,
    )


def _begin(store: Store, workspace: int, batch: int) -> _Undo:
    """Mark the batch as undone first, so that an import still writing it stops."""
    with store.write() as connection:
        row = queries.batch_row(connection, workspace=workspace, batch=batch)
        if row is None:
            raise NotFound("no_batch", Text(zh=f"没有批次 {batch}", en=f"there is no batch {batch}"))
        if row.undoes is not None:
            raise Conflict(
                "undo_of_undo",
                Text(zh=f"批次 {batch} 本身是撤销", en=f"batch {batch} is itself an undo"),
                Text(
                    zh=f"撤销不能再撤销；请重新导入批次 {row.undoes} 的数据。",
                    en=f"An undo is not undone; send the data of batch {row.undoes} again.",
                ),
            )
        if row.status != "undone":
            queries.end_batch(connection, batch=batch, status="undone", ended_at=to_micros(now()))
        number = undo_queries.open_undo(connection, workspace=workspace, undoes=batch)
    return _Undo(workspace=workspace, batch=batch, source=row.source, kind=KINDS[row.kind], number=number)


def _undo_facts(connection: Connection, undo: _Undo, keys: list[str]) -> None:
    """One chunk, in the caller's transaction."""
    queries.hold_source(connection, undo.kind, workspace=undo.workspace, source=undo.source)
    found = queries.versions_of(connection, undo.kind, workspace=undo.workspace, source=undo.source, keys=keys)
    number = undo.number or _start(connection, undo)
    undoes = undo_queries.undo_batches(connection, workspace=undo.workspace)
    rewrites: list[Rewrite] = []
    restored = removed = conflicts = 0
    for key, versions in found.items():
        step = undoing(versions, batch=undo.batch, undo=number, undoes=undoes, history=undo.kind.history)
        if step is None:
            continue
        if step.by is not None:
            conflicts += 1
            if len(undo.conflicts) < _CONFLICTS_LISTED:
                undo.conflicts.append(UndoConflict(source_key=key, changed_by=step.by))
            continue
        rewrites.extend(step.rewrites)
        removed += step.gone
        restored += not step.gone
    if rewrites or undo.number is not None:
        _write(
            connection,
            undo,
            number=number,
            rewrites=rewrites,
            keys=list(found),
            tally=Tally(corrected=restored + removed, refused=conflicts),
        )
    else:
        undo_queries.drop_batch(connection, batch=number)
    undo.restored += restored
    undo.removed += removed
    undo.conflict_count += conflicts


def _write(
    connection: Connection, undo: _Undo, *, number: int, rewrites: list[Rewrite], keys: list[str], tally: Tally
) -> None:
    queries.rewrite_versions(connection, undo.kind, rewrites)
    if undo.kind.links:
        tie(
            connection, workspace=undo.workspace, kind=undo.kind.kind, source=undo.source, named=dict.fromkeys(keys, ())
        )
    undo_queries.count_undone(connection, batch=number, tally=tally)
    undo.number = number


def _start(connection: Connection, undo: _Undo) -> int:
    return queries.start_batch(
        connection,
        workspace=undo.workspace,
        kind=undo.kind.kind,
        source=undo.source,
        origin=ORIGIN,
        name=None,
        fingerprint=None,
        started_at=to_micros(now()),
        undoes=undo.batch,
    )


def _remove_contacts(connection: Connection, workspace: int, batch: int) -> int:
    """Forget the numbers and addresses that this batch was the first to name and nothing refers to any more."""
    alone_with_parties(connection, workspace=workspace)
    made = parties_made_by(connection, workspace=workspace, batch=batch)
    if not made:
        return 0
    unneeded = set(made)
    for kind in KINDS.values():
        unneeded -= undo_queries.referred_nodes(connection, kind, workspace=workspace, low=min(made), high=max(made))
    # Whoever was called, refused or listed stays known, or the rules would forget it with the list.
    unneeded -= nodes_in_use(connection, workspace=workspace, nodes=unneeded)
    remove_parties(connection, workspace=workspace, nodes=unneeded)
    return len(unneeded)
