"""Calls that were dialled elsewhere and came in as facts: they count among a person's attempts (R06).

Whoever was called by the exchange an hour ago was called, permit or not. Calls are facts of another room; the app hands
their table in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, text, update

from huasuan.consent import queries
from huasuan.consent.permits import keyed_digest
from huasuan.consent.tables import ATTEMPT, ATTEMPT_FOLLOWED
from huasuan.kernel.time import to_micros
from huasuan.store import Mark, insert_many, later_than, read_changes

ELSEWHERE = "elsewhere"
"""The purpose under which such an attempt is kept: what it was for is not known."""

# The longest span a published rule looks back over is thirty days; what is older forbids nothing.
_REMEMBERED = timedelta(days=35)
# An exchange's clock and ours: a call this near to a permit that was used is the very call it was for.
_SAME_CALL = int(timedelta(minutes=2).total_seconds() * 1_000_000)
# Other writers wait while these are taken.
_AT_ONCE = 2000
_MOMENTS = ("dialed_at", "ringing_at", "answered_at", "ended_at")
_COLUMNS = ("source_system", "source_key", "version", "gone", "party", "direction", *_MOMENTS)
_MARK = ("workspace", "txid", "seq")


def follow_calls(connection: Connection, *, workspace: int, table: Table, at: datetime) -> tuple[int, int]:
    """Take in the next outbound calls as attempts: how many versions of calls were read, how many of them mattered.

    Call it in transactions of ``store.write()`` until none is read. A corrected call moves its attempt, one that was
    taken back takes it away; what a permit of the gate dialled is not counted twice.
    """
    insert_many(connection, ATTEMPT_FOLLOWED.name, _MARK, [(workspace, 0, 0)], unless="workspace")
    mine = ATTEMPT_FOLLOWED.c.workspace == workspace
    kept = connection.execute(select(ATTEMPT_FOLLOWED).where(mine).with_for_update()).one()
    before = Mark(txid=kept.txid, seq=kept.seq)
    rows, mark = read_changes(connection, table, workspace=workspace, after=before, columns=_COLUMNS, limit=_AT_ONCE)
    if rows:
        connection.execute(update(ATTEMPT_FOLLOWED).where(mine).values(txid=mark.txid, seq=mark.seq))
    # A call that is taken back, or is none of ours any more, must be heard of whatever it says of itself.
    oldest = to_micros(at - _REMEMBERED)
    matter = [row for row in rows if row.version > 1 or (row.direction == "out" and (_moment(row) or 0) > oldest)]
    if matter:
        _take(connection, workspace, matter)
    return len(rows), len(matter)


def is_behind(connection: Connection, *, workspace: int, table: Table) -> bool:
    """Whether calls were written since they were last followed."""
    kept = connection.execute(select(ATTEMPT_FOLLOWED).where(ATTEMPT_FOLLOWED.c.workspace == workspace)).first()
    mark = Mark() if kept is None else Mark(txid=kept.txid, seq=kept.seq)
    later = (table.c.workspace == workspace, text(later_than(connection, mark)))
    return connection.execute(select(table.c.seq).where(*later).limit(1)).first() is not None


def _moment(row: Row[Any]) -> int | None:
    """When the person was called, in microseconds."""
    return next((value for name in _MOMENTS if (value := getattr(row, name)) is not None), None)


def _take(connection: Connection, workspace: int, rows: Sequence[Row[Any]]) -> None:
    secret = queries.make_secret(connection, workspace)
    # A key may hold a number; what is kept of it must not.
    newest = {keyed_digest(secret, "call", f"{row.source_system}\0{row.source_key}"): row for row in rows}
    changed = [reference for reference, row in newest.items() if row.version > 1]
    for start in range(0, len(changed), 400):
        part = changed[start : start + 400]
        here = (ATTEMPT.c.workspace == workspace, ATTEMPT.c.purpose == ELSEWHERE, ATTEMPT.c.reference.in_(part))
        connection.execute(delete(ATTEMPT).where(*here))
    calls = {
        reference: (row.party, moment)
        for reference, row in newest.items()
        if row.direction == "out" and not row.gone and row.party is not None and (moment := _moment(row)) is not None
    }
    permitted = _permitted(connection, workspace, sorted({party for party, _ in calls.values()}))
    made = [
        {
            "workspace": workspace,
            "party": party,
            "channel": "call",
            "purpose": ELSEWHERE,
            "at": moment,
            "ends_at": moment,
            "used_at": moment,
            "reference": reference,
        }
        for reference, (party, moment) in calls.items()
        if not any(abs(moment - used) <= _SAME_CALL for used in permitted.get(party, ()))
    ]
    if made:
        connection.execute(insert(ATTEMPT), made)


def _permitted(connection: Connection, workspace: int, parties: Sequence[int]) -> dict[int, list[int]]:
    """When permits of the gate were used, by the node they were for."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(parties), 400):
        query = select(ATTEMPT.c.party, ATTEMPT.c.used_at).where(
            ATTEMPT.c.workspace == workspace,
            ATTEMPT.c.party.in_(parties[start : start + 400]),
            ATTEMPT.c.channel == "call",
            ATTEMPT.c.purpose != ELSEWHERE,
            ATTEMPT.c.used_at.is_not(None),
        )
        for party, used in connection.execute(query):
            found.setdefault(party, []).append(used)
    return found
