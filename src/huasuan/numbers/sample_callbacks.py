"""The sample business's requests to be called back, laid from its facts so that their screen shows them (S2-13)."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select

from huasuan.contacts import identities_of
from huasuan.numbers.tables import CALLBACK_REQUEST, CALLBACK_WANTED

_COPIED = ("channel", "source", "medium", "campaign", "keyword", "creative", "visitor")
_CHUNK = 500
# More revisions than a row ever has: the sample's own facts are at the door.
_TOLD = 1_000_000_000


def lay_sample_callbacks(connection: Connection, *, workspace: int, source: str, site: int, name: str) -> int:
    """Lay the present state of what ``source`` told of requests under the site called ``name``; how many."""
    facts = _facts(connection, workspace, source)
    nodes = {one.party for one in facts if one.party is not None}
    known = identities_of(connection, workspace=workspace, nodes=nodes)
    rows = [_row(one, site, name, known[one.party][1]) for one in facts if one.party in known]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(CALLBACK_WANTED), rows[start : start + _CHUNK])
    return len(rows)


def _facts(connection: Connection, workspace: int, source: str) -> Sequence[Row[Any]]:
    table = CALLBACK_REQUEST.table
    query = select(table).where(table.c.workspace == workspace, table.c.source_system == source)
    # What came later is what holds.
    latest = {row.source_key: row for row in connection.execute(query.order_by(table.c.seq))}
    return [row for row in latest.values() if not row.gone]


def _row(one: Row[Any], site: int, name: str, number: str) -> dict[str, object]:
    about = {"site_name": name, "language": "zh"}
    about |= {mark: value for mark in _COPIED if (value := getattr(one, mark, None)) is not None}
    return {
        "workspace": one.workspace,
        "site": site,
        "key": f"{one.source_system}:{one.source_key}",
        "form": f"{one.source_system}:{one.source_key}",
        "number": number,
        "about": orjson.dumps(about).decode(),
        "requested_at": one.requested_at,
        "due_at": one.due_at or one.requested_at,
        "in_hours": one.in_hours is not False,
        "blocked": one.blocked,
        "dialled_at": one.dialled_at,
        "agent": one.agent,
        "attempts": 0 if one.dialled_at is None else 1,
        "joined_at": one.joined_at,
        "failed": one.failed_side,
        "call": one.call,
        "revision": 1,
        "delivered": _TOLD,
    }
