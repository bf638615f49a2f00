"""All SQL of the gate: what is known of a person, and what the gate writes down."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, insert, or_, select, update

from huasuan.consent.book import Override
from huasuan.consent.tables import (
    ATTEMPT,
    CALLER,
    CONSENT,
    CONSENT_KEY,
    DNC_ENTRY,
    DNC_LIST,
    OPT_OUT,
    OVERRIDE,
    REFUSAL,
    SUPPRESSION,
)
from huasuan.consent.types import ConsentEntry
from huasuan.contacts import facts_naming
from huasuan.kernel.time import from_micros, to_micros
from huasuan.store import FactKind, insert_many, select_all

# Any number of our own: the lock of a workspace's gate.
_LOCK = 7_261_005
_SECRET_BYTES = 32
# No rule looks further back at attempts.
_REMEMBERED = timedelta(days=400)


def hold_gate(connection: Connection, workspace: int) -> None:
    """Until this transaction ends nobody else asks the gate of this workspace; SQLite has one writer anyway.

    One lock for all persons, because each decision also takes the next place in the log's chain.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK, workspace % 2**31))


def secret_of(connection: Connection, workspace: int) -> bytes | None:
    """The secret of a workspace, if it has one already."""
    found: bytes | None = connection.execute(
        select(CONSENT_KEY.c.secret).where(CONSENT_KEY.c.workspace == workspace)
    ).scalar()
    return found


def make_secret(connection: Connection, workspace: int) -> bytes:
    """The secret of a workspace, made at first use."""
    found = secret_of(connection, workspace)
    if found is None:
        made = (workspace, secrets.token_bytes(_SECRET_BYTES))
        insert_many(connection, "consent_key", ("workspace", "secret"), [made], unless="workspace")
        found = secret_of(connection, workspace)
    assert found is not None  # noqa: S101  it was written above
    return found


def consents(connection: Connection, *, workspace: int, nodes: Collection[int]) -> tuple[ConsentEntry, ...]:
    """The present consents and withdrawals of a person, oldest first."""
    table = CONSENT.table
    rows = _present(connection, CONSENT, workspace, nodes)
    found = [
        ConsentEntry(
            at=from_micros(row[table.c.at]),
            purpose=row[table.c.purpose],
            given=row[table.c.given],
            channel=row[table.c.channel],
            expires_at=None if row[table.c.expires_at] is None else from_micros(row[table.c.expires_at]),
            evidence=bool(row[table.c.evidence] or row[table.c.proof]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda entry: entry.at))


def consent_rows(connection: Connection, *, workspace: int, nodes: Collection[int]) -> list[Any]:
    """The present consents and withdrawals of a person with all their columns."""
    return _present(connection, CONSENT, workspace, nodes)


def opted_out_at(connection: Connection, *, workspace: int, nodes: Collection[int], at: datetime) -> datetime | None:
    """When the person last opted out, up to ``at``: one that is dated later must not hide those before."""
    table = OPT_OUT.table
    rows = _present(connection, OPT_OUT, workspace, nodes)
    said = (from_micros(row[table.c.received_at]) for row in rows)
    return max((moment for moment in said if moment <= at), default=None)


def _present(connection: Connection, kind: FactKind, workspace: int, nodes: Collection[int]) -> list[Any]:
    """The present versions of the facts about any of the nodes."""
    keys: dict[str, list[str]] = {}
    for source, key in facts_naming(connection, workspace=workspace, nodes=nodes, kind=kind.kind):
        keys.setdefault(source, []).append(key)
    table, found = kind.table, []
    for source, wanted in keys.items():
        newest: dict[str, Any] = {}
        query = (
            select(table)
            .where(table.c.workspace == workspace, table.c.source_system == source, table.c.source_key.in_(wanted))
            .order_by(table.c.version)
        )
        for row in connection.execute(query).mappings():
            newest[row[table.c.source_key]] = row
        found += [row for row in newest.values() if not row[table.c.gone] and _names(row, table, nodes)]
    return found


def _names(row: Any, table: Table, nodes: Collection[int]) -> bool:  # noqa: ANN401  a row of any kind of fact
    parties = row[table.c.parties]
    named = [row[table.c.party]] if parties is None else orjson.loads(parties)
    return any(node in nodes for node in named)


def refused_at(connection: Connection, *, workspace: int, nodes: Collection[int], at: datetime) -> datetime | None:
    """When the person last refused in a talk, up to ``at``."""
    found = connection.execute(
        select(func.max(REFUSAL.c.at)).where(
            REFUSAL.c.workspace == workspace, REFUSAL.c.party.in_(nodes), REFUSAL.c.at <= to_micros(at)
        )
    ).scalar()
    return None if found is None else from_micros(found)


def attempts(
    connection: Connection,
    *,
    workspace: int,
    nodes: Collection[int],
    channel: str,
    at: datetime,
) -> tuple[datetime, ...]:
    """Attempts on the person by this channel, oldest first: used ones, and reservations that have not ended."""
    rows = connection.execute(
        select(ATTEMPT.c.at)
        .where(
            ATTEMPT.c.workspace == workspace,
            ATTEMPT.c.party.in_(nodes),
            ATTEMPT.c.channel == channel,
            ATTEMPT.c.at > to_micros(at - _REMEMBERED),
            or_(ATTEMPT.c.used_at.is_not(None), ATTEMPT.c.ends_at > to_micros(at)),
        )
        .order_by(ATTEMPT.c.at)
    )
    return tuple(from_micros(row.at) for row in rows)


def suppressed(connection: Connection, *, workspace: int, digests: Collection[str]) -> bool:
    """Whether one of the digests is all that is left of somebody."""
    found = connection.execute(
        select(SUPPRESSION.c.since).where(SUPPRESSION.c.workspace == workspace, SUPPRESSION.c.digest.in_(digests))
    ).first()
    return found is not None


def listed(connection: Connection, *, workspace: int, digests: Collection[str], at: datetime) -> tuple[str, ...]:
    """The do-not-call lists that hold one of the digests."""
    rows = connection.execute(
        select(DNC_LIST.c.name)
        .join(DNC_ENTRY, DNC_ENTRY.c.list == DNC_LIST.c.id)
        .where(
            DNC_LIST.c.workspace == workspace,
            DNC_ENTRY.c.digest.in_(digests),
            or_(DNC_ENTRY.c.ends_at.is_(None), DNC_ENTRY.c.ends_at > to_micros(at)),
        )
        .distinct()
        .order_by(DNC_LIST.c.name)
    )
    return tuple(rows.scalars())


def lengthen(connection: Connection, *, listed: int, digests: Sequence[str], ends_at: int | None) -> None:
    """Numbers that stand on a list already stay until the later of both ends; without one: for good."""
    later = DNC_ENTRY.c.ends_at.is_not(None) if ends_at is None else DNC_ENTRY.c.ends_at < ends_at
    for start in range(0, len(digests), 400):
        part = digests[start : start + 400]
        here = (DNC_ENTRY.c.list == listed, DNC_ENTRY.c.digest.in_(part), later)
        connection.execute(update(DNC_ENTRY).where(*here).values(ends_at=ends_at))


def list_dates(connection: Connection, *, workspace: int) -> dict[str, datetime]:
    """When each do-not-call list was last brought up to date."""
    rows = connection.execute(select(DNC_LIST.c.name, DNC_LIST.c.as_of).where(DNC_LIST.c.workspace == workspace))
    return {row.name: from_micros(row.as_of) for row in rows}


def callers(connection: Connection, *, workspace: int) -> frozenset[str]:
    """The registered numbers to call from."""
    return frozenset(connection.execute(select(CALLER.c.number).where(CALLER.c.workspace == workspace)).scalars())


def overrides(connection: Connection, *, workspace: int) -> tuple[Override, ...]:
    """What the business decided about rules for itself, oldest first."""
    rows = connection.execute(select(OVERRIDE).where(OVERRIDE.c.workspace == workspace).order_by(OVERRIDE.c.id))
    return tuple(override_of(row) for row in rows)


def override_of(row: Any) -> Override:  # noqa: ANN401  a row of the table
    """As the book takes it."""
    return Override(
        rule=row.rule,
        country=row.country,
        parameters=orjson.loads(row.parameters),
        reason=row.reason,
        valid_from=None if row.valid_from is None else datetime.fromisoformat(row.valid_from).date(),
        valid_to=None if row.valid_to is None else datetime.fromisoformat(row.valid_to).date(),
    )


def reserve(
    connection: Connection,
    *,
    workspace: int,
    party: int,
    channel: str,
    purpose: str,
    at: datetime,
    ends_at: datetime,
) -> int:
    """Write a reservation down; its number."""
    result = connection.execute(
        insert(ATTEMPT)
        .values(
            workspace=workspace,
            party=party,
            channel=channel,
            purpose=purpose,
            at=to_micros(at),
            ends_at=to_micros(ends_at),
        )
        .returning(ATTEMPT.c.id)
    )
    number: int = result.scalar_one()
    return number


def use_up(connection: Connection, *, workspace: int, attempt: int, at: datetime) -> bool:
    """Mark a reservation as used; False if it was used, has ended or is not there."""
    result = connection.execute(
        update(ATTEMPT)
        .where(
            ATTEMPT.c.workspace == workspace,
            ATTEMPT.c.id == attempt,
            ATTEMPT.c.used_at.is_(None),
            ATTEMPT.c.ends_at > to_micros(at),
        )
        .values(used_at=to_micros(at), at=to_micros(at))
    )
    return result.rowcount == 1


def party_of_attempt(connection: Connection, *, workspace: int, attempt: int) -> int | None:
    """The node a reservation is for."""
    found: int | None = connection.execute(
        select(ATTEMPT.c.party).where(ATTEMPT.c.workspace == workspace, ATTEMPT.c.id == attempt)
    ).scalar()
    return found


def note_reference(connection: Connection, *, workspace: int, attempt: int, reference: str) -> None:
    """What the outside system calls the contact."""
    connection.execute(
        update(ATTEMPT).where(ATTEMPT.c.workspace == workspace, ATTEMPT.c.id == attempt).values(reference=reference)
    )


def add_refusal(
    connection: Connection, *, workspace: int, party: int, at: datetime, call: str | None, agent: str | None
) -> None:
    """Write a refusal down."""
    connection.execute(
        insert(REFUSAL).values(workspace=workspace, party=party, at=to_micros(at), call=call, agent=agent)
    )


def nodes_in_use(connection: Connection, *, workspace: int, nodes: Iterable[int]) -> set[int]:
    """Those of the nodes that attempts or refusals stand on."""
    wanted, found = sorted(nodes), set[int]()
    for start in range(0, len(wanted), 400):
        chunk: Sequence[int] = wanted[start : start + 400]
        for table in (ATTEMPT, REFUSAL):
            query = select(table.c.party).where(table.c.workspace == workspace, table.c.party.in_(chunk))
            found.update(connection.execute(query).scalars())
    return found


def any_digests(connection: Connection, *, workspace: int) -> bool:
    """Whether anybody was erased or listed at all."""
    return (
        connection.execute(select(SUPPRESSION.c.since).where(SUPPRESSION.c.workspace == workspace).limit(1)).first()
        is not None
        or connection.execute(select(DNC_LIST.c.id).where(DNC_LIST.c.workspace == workspace).limit(1)).first()
        is not None
    )


def marks_of(
    connection: Connection, *, workspace: int, digests: Sequence[str], at: datetime
) -> list[tuple[str, str | None]]:
    """(digest, name of the list that holds it, or None for somebody erased)."""
    given = "SELECT value FROM json_each(?)"
    if connection.dialect.name == "postgresql":
        given = "SELECT value FROM jsonb_array_elements_text(?::jsonb) AS value"
    asked = f"WITH asked(digest) AS MATERIALIZED ({given}) SELECT a.digest AS digest, "
    # SQLite keeps the order of a CROSS JOIN: from those asked about to the lists, however long these are.
    erased = select_all(
        connection,
        f"{asked} NULL AS name FROM asked a CROSS JOIN suppression s WHERE s.workspace = ? AND s.digest = a.digest",
        ("digest", "name"),
        (orjson.dumps(digests).decode(), workspace),
    )
    on_lists = select_all(
        connection,
        f"{asked} l.name AS name FROM asked a CROSS JOIN dnc_entry e CROSS JOIN dnc_list l WHERE e.digest = a.digest "
        "AND l.id = e.list AND l.workspace = ? AND (e.ends_at IS NULL OR e.ends_at > ?)",
        ("digest", "name"),
        (orjson.dumps(digests).decode(), workspace, to_micros(at)),
    )
    return [(digest, name) for digest, name in (*erased, *on_lists)]
