"""What goes on by itself: leads become cases and are given, handovers and protections run out, the facts are told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import delete, func, select

from huasuan.leads.arriving import CHUNK, Judge, follow_leads, look_for_leads
from huasuan.leads.desk_tables import CASE, SEAT, TO_TELL
from huasuan.leads.giving import give_waiting
from huasuan.leads.handing import take_back_overdue
from huasuan.leads.pools import recycle
from huasuan.leads.presence import put_away
from huasuan.leads.tables import LEAD
from huasuan.store import Store

_TOLD_AT_ONCE = 200
Teller = Callable[[int, str, Sequence[Mapping[str, object]]], None]
"""Hands records of one kind to the intake; telling the same again changes nothing."""


def last_lead(store: Store) -> int:
    """The number of the last row of leads in any workspace: while it stands nobody need look further."""
    with store.read() as connection:
        return int(connection.execute(select(func.max(LEAD.table.c.seq))).scalar_one() or 0)


def take_in(store: Store, *, workspace: int, judge: Judge, clock: Callable[[], datetime]) -> int:
    """Make cases of all leads that came, a few hundred a transaction; how many facts were read.

    What can be known beforehand is looked up first: the transaction holds up every other writer.
    """
    read = 0
    while True:
        with store.read() as connection:
            coming = look_for_leads(connection, workspace=workspace, judge=judge, at=clock())
        if coming is None:
            return read
        with store.write() as connection:
            followed = follow_leads(connection, workspace=workspace, coming=coming, at=clock())
        if followed:
            read += coming.read
            if coming.read < CHUNK:
                return read


def give_again(store: Store, *, workspace: int, at: datetime) -> int:
    """Give waiting leads if anybody is there to take one; how many were given."""
    with store.read() as connection:
        waiting = connection.execute(
            select(CASE.c.id).where(CASE.c.workspace == workspace, CASE.c.state == "waiting").limit(1)
        ).first()
        ready = connection.execute(
            select(SEAT.c.id).where(SEAT.c.workspace == workspace, SEAT.c.state == "ready").limit(1)
        ).first()
    if waiting is None or ready is None:
        return 0
    with store.write() as connection:
        return give_waiting(connection, workspace=workspace, at=at)


def run_out(store: Store, *, workspace: int, at: datetime) -> int:
    """End what has run out of time: handovers nobody decided, protections nobody used; how many."""
    with store.write() as connection:
        return take_back_overdue(connection, workspace=workspace, at=at) + recycle(
            connection, workspace=workspace, at=at
        )


def end_silence(store: Store, *, workspace: int, at: datetime) -> int:
    """Nobody is ready whose desk has been silent for some minutes; how many were."""
    with store.write() as connection:
        return put_away(connection, workspace=workspace, at=at)


def tell_facts(store: Store, tell: Teller) -> int:
    """Hand what the desk did to the intake and forget it; killed in between, it is told again under the same key.

    How many records were told; more may be left while that is not 0.
    """
    with store.read() as connection:
        rows = connection.execute(select(TO_TELL).order_by(TO_TELL.c.id).limit(_TOLD_AT_ONCE)).fetchall()
    told = 0
    for workspace, kind in dict.fromkeys((row.workspace, row.kind) for row in rows):
        records: dict[str, tuple[int, dict[str, object]]] = {}
        for row in rows:
            if (row.workspace, row.kind) == (workspace, kind):
                record = orjson.loads(row.record)
                # A delivery takes a key once: what was said later of the same goes with the next.
                records.setdefault(record["key"], (row.id, record))
        tell(workspace, kind, [record for _, record in records.values()])
        told += len(records)
        with store.write() as connection:
            connection.execute(delete(TO_TELL).where(TO_TELL.c.id.in_([number for number, _ in records.values()])))
    return told
