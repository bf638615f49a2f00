"""What the deletion of old data must know of people: who is under legal hold, who said no, how far it has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from huasuan.consent import queries
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.rights import digests_of
from huasuan.consent.tables import LEGAL_HOLD, RETENTION
from huasuan.consent.terms import RecordingTerms
from huasuan.contacts import identities_of, members_of, number_pages, persons_of
from huasuan.facts.marks import Identity
from huasuan.kernel.time import now

Mark = tuple[int, int]
"""The newest hold that stands and how many there are: another one means that somebody was held or released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """Where the daily deletion of a workspace stands: its last whole day, and what is still to be cleaned up."""

    day: date | None = None
    unclean: bool = False
    copied: bool = False


def hold_mark(connection: Connection, *, workspace: int) -> Mark:
    """Compare it to see whether the holds are still those that were read."""
    standing = (LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.ended_at.is_(None))
    row = connection.execute(select(func.coalesce(func.max(LEGAL_HOLD.c.id), 0), func.count()).where(*standing)).one()
    return int(row[0]), int(row[1])


def held_persons(connection: Connection, *, workspace: int) -> dict[int, Identity]:
    """All nodes of everybody under legal hold; holds keep digests alone, so with any of them every number is tried."""
    about = _held(connection, workspace)
    if not about:
        return {}
    secret = queries.make_secret(connection, workspace)
    found = {
        node
        for page in number_pages(connection, workspace=workspace)
        for node, (kind, value) in page.items()
        if keyed_digest(secret, kind, value) in about
    }
    persons = set(persons_of(connection, workspace=workspace, nodes=found).values())
    nodes = members_of(connection, workspace=workspace, persons=persons)
    return identities_of(connection, workspace=workspace, nodes=nodes)


def holds_any(connection: Connection, *, workspace: int, identities: dict[int, Identity]) -> frozenset[int]:
    """Those of some nodes that a legal hold names."""
    about = _held(connection, workspace)
    if not about:
        return frozenset()
    digests = digests_of(connection, workspace=workspace, identities=identities)
    return frozenset(node for node, digest in digests.items() if digest in about)


def _held(connection: Connection, workspace: int) -> frozenset[str]:
    standing = (LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.ended_at.is_(None))
    return frozenset(connection.execute(select(LEGAL_HOLD.c.about).where(*standing)).scalars())


def said_no(connection: Connection, *, workspace: int, nodes: Collection[int]) -> bool:
    """Whether a person ever opted out or refused: that must outlive everything else that is known of them."""
    at = now()
    return (
        queries.opted_out_at(connection, workspace=workspace, nodes=nodes, at=at) is not None
        or queries.refused_at(connection, workspace=workspace, nodes=nodes, at=at) is not None
    )


def least_recording_days(connection: Connection, *, workspace: int, day: date) -> int:
    """For how many days a recording must be kept in any country of the rules (R09)."""
    book = book_of(connection, workspace=workspace)
    return max(book.terms(RecordingTerms, "R09", country, day)[0].min_days for country in book.countries)


def retained(connection: Connection, *, workspace: int) -> Retained:
    """How far the deletion of old data has come."""
    row = connection.execute(select(RETENTION).where(RETENTION.c.workspace == workspace)).first()
    if row is None:
        return Retained()
    return Retained(day=date.fromisoformat(row.day) if row.day else None, unclean=row.unclean, copied=row.copied)


def note_retained(connection: Connection, *, workspace: int, state: Retained) -> None:
    """Write down how far it has come."""
    values = {"day": str(state.day or ""), "unclean": state.unclean, "copied": state.copied}
    mine = RETENTION.c.workspace == workspace
    if not connection.execute(RETENTION.update().where(mine).values(values)).rowcount:
        connection.execute(RETENTION.insert().values(workspace=workspace, **values))
