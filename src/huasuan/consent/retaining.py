"""What the deletion of old data must know of people: who is under legal hold, who said no, how far it has come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson
from sqlalchemy import Connection, func, select

from huasuan.consent import queries
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.rights import digests_of
from huasuan.consent.tables import ATTEMPT, CONSENT, LEGAL_HOLD, RETENTION
from huasuan.consent.terms import EvidenceTerms, RecordingTerms
from huasuan.contacts import country_of, identities_of, members_of, number_pages, persons_of
from huasuan.facts.marks import Identity
from huasuan.kernel.time import from_micros, now

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Whose consents may still have to be proven: when each node last agreed and was last contacted (R02).

    days: by country, how long a proof is kept after it was given and after it was used.
    """

    at: datetime
    agreed: Mapping[int, int]
    contacted: Mapping[int, int]
    days: Mapping[str, tuple[int, int]]

    def needed(self, person: Mapping[int, Identity]) -> bool:
        """Whether the proof of a consent of that person is still to be kept, by the rules of their numbers' countries.

        Where no country is known or has rules, by those of all of them: the longest term counts.
        """
        agreed = max((self.agreed[node] for node in person if node in self.agreed), default=None)
        if agreed is None:
            return False
        contacted = max((self.contacted[node] for node in person if node in self.contacted), default=agreed)
        known = {country_of(value) for kind, value in person.values() if kind == "phone"}
        terms = [days for country, days in self.days.items() if country in known] or list(self.days.values())
        given, used = (timedelta(days=max(days)) for days in zip(*terms, strict=True))
        return from_micros(agreed) + given > self.at or from_micros(contacted) + used > self.at


def proofs(connection: Connection, *, workspace: int, at: datetime) -> Proofs:
    """Read once for many persons. A consent that was withdrawn since counts: the calls before it were lawful by it."""
    book, day = book_of(connection, workspace=workspace), at.date()
    table, agreed = CONSENT.table, dict[int, int]()
    given = select(table.c.party, table.c.parties, table.c.at).where(
        table.c.workspace == workspace, table.c.given.is_(True)
    )
    for row in connection.execute(given):
        for node in (row.party,) if row.parties is None else orjson.loads(row.parties):
            if node is not None:
                agreed[node] = max(agreed.get(node, row.at), row.at)
    used = select(ATTEMPT.c.party, func.max(ATTEMPT.c.used_at).label("at")).where(
        ATTEMPT.c.workspace == workspace, ATTEMPT.c.used_at.is_not(None)
    )
    contacted = {row.party: int(row.at) for row in connection.execute(used.group_by(ATTEMPT.c.party))}
    terms = {country: book.terms(EvidenceTerms, "R02", country, day)[0] for country in book.countries}
    return Proofs(
        at=at,
        agreed=agreed,
        contacted=contacted,
        days={
            country: (one.keep_after_grant_days, one.keep_after_use_days) if one.evidence else (0, 0)
            for country, one in terms.items()
        },
    )


def most_recording_days(connection: Connection, *, workspace: int, day: date) -> int | None:
    """For how many days a recording may be kept by the strictest of the rules (R09); None where none says."""
    book = book_of(connection, workspace=workspace)
    said = [book.terms(RecordingTerms, "R09", country, day)[0].max_days for country in book.countries]
    return min((days for days in said if days is not None), default=None)


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
