"""The answers of the gate as records of the kind ``decision``, read from its log behind the gate's back (S3-9, S3-23).

The gate itself writes nothing more for them: its log is in order and never changes, so a mark is enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, exists, func, select

from huasuan.consent.tables import CONSENT_KEY, DECISION, GATE_LOG, GATE_TOLD
from huasuan.contacts import hold_parties, identities_of
from huasuan.kernel.time import from_micros
from huasuan.store import ERASED, insert_many

DECISIONS = DECISION.kind
_VERDICTS = {"allow": "allow", "deny": "block"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Lines of the log that figures do not know of yet: as records, how many lines were read, the last one's number."""

    records: Sequence[Mapping[str, object]]
    read: int
    last: int


def workspaces_with_untold(connection: Connection) -> list[int]:
    """The workspaces whose gate answered since its answers were last told."""
    # Whoever has a gate has a secret; asked for each workspace alone, so that the log is not read through.
    reached = func.coalesce(GATE_TOLD.c.number, 0)
    later = exists().where(GATE_LOG.c.workspace == CONSENT_KEY.c.workspace, GATE_LOG.c.number > reached)
    query = (
        select(CONSENT_KEY.c.workspace)
        .outerjoin(GATE_TOLD, GATE_TOLD.c.workspace == CONSENT_KEY.c.workspace)
        .where(later)
        .order_by(CONSENT_KEY.c.workspace)
    )
    return list(connection.execute(query).scalars())


def hold_decisions(connection: Connection, *, workspace: int) -> None:
    """Until this transaction ends nobody else tells this workspace's answers, and nobody is erased.

    Else a number read here could be written again after its owner was erased.
    """
    hold_parties(connection, workspace=workspace)
    insert_many(connection, "gate_told", ("workspace", "number"), [(workspace, 0)], unless="workspace")
    connection.execute(select(GATE_TOLD.c.number).where(GATE_TOLD.c.workspace == workspace).with_for_update())


def untold_decisions(connection: Connection, *, workspace: int, limit: int) -> Told:
    """The next answers about calls, oldest first; call ``hold_decisions`` before.

    A line that says a permit was used is no answer, and messages have figures of their own.
    """
    after = connection.execute(select(GATE_TOLD.c.number).where(GATE_TOLD.c.workspace == workspace)).scalar() or 0
    query = (
        select(GATE_LOG.c.number, GATE_LOG.c.entry)
        .where(GATE_LOG.c.workspace == workspace, GATE_LOG.c.number > after)
        .order_by(GATE_LOG.c.number)
        .limit(limit)
    )
    lines = [(row.number, orjson.loads(row.entry)) for row in connection.execute(query)]
    calls = [(number, entry) for number, entry in lines if entry["step"] == "ask" and entry["channel"] == "call"]
    known = identities_of(connection, workspace=workspace, nodes={entry["party"] for _, entry in calls})
    numbers = {node: value for node, (kind, value) in known.items() if kind == "phone"}
    records = [_record(number, entry, numbers.get(entry["party"])) for number, entry in calls]
    return Told(records=records, read=len(lines), last=lines[-1][0] if lines else after)


def mark_decisions_told(connection: Connection, *, workspace: int, told: Told) -> None:
    """Figures know of these lines, as soon as this transaction ends."""
    connection.execute(GATE_TOLD.update().where(GATE_TOLD.c.workspace == workspace).values(number=told.last))


def _record(number: int, entry: Mapping[str, Any], phone: str | None) -> dict[str, object]:
    said: dict[str, object] = {
        "key": str(number),
        "decided_at": from_micros(entry["at"]).isoformat(),
        "verdict": _VERDICTS[entry["verdict"]],
        # Several reasons of one rule are one rule that forbade it.
        "rules": list(dict.fromkeys(rule.split(".", 1)[0] for rule in entry["rules"])) or None,
        "phone": None if phone is None or phone.startswith(f"{ERASED}:") else phone,
        "agent": entry["agent"],
        "campaign": entry["campaign"],
        "list": entry["list"],
        "caller_number": entry["caller"],
        "voice": "human" if entry["voice"] == "human" else "bot",
    }
    return {name: value for name, value in said.items() if value is not None}
