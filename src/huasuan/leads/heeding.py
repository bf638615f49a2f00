"""Who refuses decisions by a machine, or allows them again, after their lead came: it is scored anew (PIPL 24, R11)."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from huasuan.consent import AUTOMATED_DECISIONS
from huasuan.consent import KINDS as CONSENT_KINDS
from huasuan.contacts import members_of, persons_of
from huasuan.leads.arriving import Judge
from huasuan.leads.calling_in import keep_mark, mark_of
from huasuan.leads.desk_tables import CASE, CASE_PARTY
from huasuan.leads.learning import score_again
from huasuan.store import Store, newest, read_changes

_WAY = "consent"
_AT_ONCE = 500
_CONSENT = next(kind.table for kind in CONSENT_KINDS if kind.kind == "consent")
_COLUMNS = ("purpose", "party", "parties")


def heed_refusals(store: Store, *, workspace: int, judge: Judge) -> int:
    """Score anew the open leads of whoever said something about such decisions since the last look; how many.

    Killed before it is noted how far it went, the next look scores the same leads again.
    """
    scored = 0
    while True:
        with store.read() as connection:
            before, last = mark_of(connection, workspace, _WAY), newest(connection, _CONSENT, workspace=workspace)
            if before == last:
                return scored
            if before is not None:
                rows, last = read_changes(
                    connection, _CONSENT, workspace=workspace, after=before, columns=_COLUMNS, limit=_AT_ONCE
                )
                if not rows:
                    return scored
                nodes = {node for row in rows if row.purpose == AUTOMATED_DECISIONS for node in _named(row)}
                cases = _cases_of(connection, workspace, nodes) if nodes else ()
        if before is not None and cases:
            scored += score_again(store, workspace=workspace, judge=judge, only=cases)
        with store.write() as connection:
            keep_mark(connection, workspace, _WAY, last, first=before is None)


def _named(row: Any) -> list[int]:  # noqa: ANN401  row of the facts' table
    if row.parties:
        named: list[int] = orjson.loads(row.parties)
        return named
    return [] if row.party is None else [row.party]


def _cases_of(connection: Connection, workspace: int, nodes: set[int]) -> Sequence[int]:
    """The cases of the persons, by whichever of their numbers and addresses."""
    persons = set(persons_of(connection, workspace=workspace, nodes=nodes).values())
    everywhere = nodes | set(members_of(connection, workspace=workspace, persons=persons))
    return (
        connection.execute(
            select(CASE.c.id)
            .join(CASE_PARTY, (CASE_PARTY.c.lead == CASE.c.id) & (CASE_PARTY.c.workspace == CASE.c.workspace))
            .where(CASE.c.workspace == workspace, CASE_PARTY.c.party.in_(sorted(everywhere)))
        )
        .scalars()
        .all()
    )
