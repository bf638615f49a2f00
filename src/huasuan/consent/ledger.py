"""The ledger of one person: what they agreed to or took back, by what evidence, and what else the gate heeds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from huasuan.consent import queries
from huasuan.consent.deciding import may_decide_by_machine
from huasuan.consent.permits import keyed_digest
from huasuan.contacts import nodes_of_bearer
from huasuan.facts.marks import Identity
from huasuan.kernel.time import from_micros, now


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One consent or withdrawal as it stands now; ``evidence`` and ``proof`` may name the person."""

    at: datetime
    purpose: str
    channel: str | None
    given: bool
    expires_at: datetime | None
    evidence: str | None
    proof: str | None
    text_version: str | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All of one person, the newest first. ``by_machine``: whether scores and assignment may look at them (R11)."""

    known: bool
    lines: tuple[LedgerLine, ...] = ()
    opted_out_at: datetime | None = None
    refused_at: datetime | None = None
    erased: bool = False
    lists: tuple[str, ...] = ()
    by_machine: bool = True


def ledger_of(connection: Connection, *, workspace: int, identity: Identity) -> Ledger:
    """The ledger of whoever bears a number or address; all their numbers and addresses count."""
    moment = now()
    nodes = nodes_of_bearer(connection, workspace=workspace, identity=identity)
    secret = queries.secret_of(connection, workspace) or b""
    digests = [keyed_digest(secret, *one) for one in dict.fromkeys((identity, *nodes.values()))]
    erased = queries.suppressed(connection, workspace=workspace, digests=digests)
    lists = queries.listed(connection, workspace=workspace, digests=digests, at=moment)
    if not nodes:
        return Ledger(known=False, erased=erased, lists=lists)
    about: Collection[int] = nodes.keys()
    lines = [
        LedgerLine(
            at=from_micros(row["at"]),
            purpose=row["purpose"],
            channel=row["channel"],
            given=bool(row["given"]),
            expires_at=None if row["expires_at"] is None else from_micros(row["expires_at"]),
            evidence=row["evidence"],
            proof=row["proof"],
            text_version=row["text_version"],
            source=row["source_system"],
        )
        for row in queries.consent_rows(connection, workspace=workspace, nodes=about)
    ]
    return Ledger(
        known=True,
        lines=tuple(sorted(lines, key=lambda line: line.at, reverse=True)),
        opted_out_at=queries.opted_out_at(connection, workspace=workspace, nodes=about, at=moment),
        refused_at=queries.refused_at(connection, workspace=workspace, nodes=about, at=moment),
        erased=erased,
        lists=lists,
        by_machine=may_decide_by_machine(connection, workspace=workspace, node=min(nodes)),
    )
