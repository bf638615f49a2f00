"""Looking up what was delivered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from huasuan.intake.tables import BATCH
from huasuan.intake.types import Tally
from huasuan.kernel.time import from_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecord:
    """One delivery as it stands: ``status`` is open (still running, or stopped half-way), done or undone."""

    id: int
    kind: str
    source: str
    origin: str
    name: str | None
    status: str
    started_at: datetime
    ended_at: datetime | None
    tally: Tally
    undoes: int | None


def list_batches(
    connection: Connection,
    *,
    workspace: int,
    before: int | None = None,
    limit: int = 100,
    origin: str | None = None,
    without: Collection[str] = (),
    status: str | None = None,
) -> Sequence[BatchRecord]:
    """The newest deliveries of a workspace, or those older than batch ``before``.

    origin, status: only those. without: none of these origins.
    """
    query = select(BATCH).where(BATCH.c.workspace == workspace).order_by(BATCH.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(BATCH.c.id < before)
    if origin is not None:
        query = query.where(BATCH.c.origin == origin)
    if without:
        query = query.where(BATCH.c.origin.not_in(without))
    if status is not None:
        query = query.where(BATCH.c.status == status)
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[tuple[object, ...]]) -> BatchRecord:
    return BatchRecord(
        id=row.id,
        kind=row.kind,
        source=row.source,
        origin=row.origin,
        name=row.name,
        status=row.status,
        started_at=from_micros(row.started_at),
        ended_at=None if row.ended_at is None else from_micros(row.ended_at),
        tally=Tally(created=row.created, corrected=row.corrected, unchanged=row.unchanged, refused=row.refused),
        undoes=row.undoes,
    )
