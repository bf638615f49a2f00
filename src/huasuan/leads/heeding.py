"""Who refuses decisions by a machine, or allows them again, after their lead came: it is scored anew (PIPL 24, R11)."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from huasuan.consent import AUTOMATED_DECISIONS
from huasuan.consent import KINDS as CONSENT_KINDS
from huasuan.leads.arriving import Judge
from huasuan.leads.calling_in import keep_mark, mark_of
from huasuan.leads.cases import by_source
from huasuan.leads.desk_tables import CASE_PARTY
from huasuan.leads.learning import score_again
from huasuan.leads.reaching import all_nodes
from huasuan.store import Store, newest, read_changes, select_many

_WAY = "consent"
_AT_ONCE = 500
_CONSENT = next(kind.table for kind in CONSENT_KINDS if kind.kind == "consent")


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
            cases: Sequence[int] = ()
            if before is not None:
                columns = ("source_system", "source_key")
                rows, last = read_changes(
                    connection, _CONSENT, workspace=workspace, after=before, columns=columns, limit=_AT_ONCE
                )
                if not rows:
                    return scored
                cases = _cases_of(connection, workspace, _nodes(connection, workspace, rows))
        if cases:
            scored += score_again(store, workspace=workspace, judge=judge, only=cases)
        with store.write() as connection:
            keep_mark(connection, workspace, _WAY, last, first=before is None)


def _nodes(connection: Connection, workspace: int, rows: Sequence[Any]) -> set[int]:
    """Whom the facts named in any version: a word taken back, or corrected to be another's, concerns both."""
    found: set[int] = set()
    for source, keys in by_source((row.source_system, row.source_key) for row in rows).items():
        here = (("workspace", workspace), ("source_system", source))
        said = ("purpose", "party", "parties")
        for purpose, party, parties in select_many(
            connection, _CONSENT.name, said, where=here, key="source_key", keys=sorted(set(keys))
        ):
            if purpose == AUTOMATED_DECISIONS and party is not None:
                found.update([party] if parties is None else orjson.loads(parties))
    return found


def _cases_of(connection: Connection, workspace: int, nodes: set[int]) -> Sequence[int]:
    """The cases of the persons, by whichever of their numbers and addresses."""
    if not nodes:
        return ()
    everywhere = all_nodes(connection, workspace, sorted(nodes))
    rows = connection.execute(
        select(CASE_PARTY.c.lead).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.party.in_(sorted(everywhere)))
    )
    return sorted(set(rows.scalars()))
