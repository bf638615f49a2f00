"""Who called, looked up when a conversion is about to leave: the outbox itself keeps nobody's number."""

from datetime import datetime

from sqlalchemy import Connection, select

from huasuan.calls import KINDS as CALL_KINDS
from huasuan.consent import consents_of, may_leave
from huasuan.contacts import identities_of, nodes_beside
from huasuan.journeys.conversions import NOBODY, Consent, Person

ADS = "ads"
"""The purpose under which somebody agrees that ad platforms may be told of them (consent ledger)."""
_CALL = next(kind for kind in CALL_KINDS if kind.kind == "call").table


def caller_of(connection: Connection, *, workspace: int, call: int, to: str, at: datetime) -> Person:
    """The caller of a call, by the first version of it, with what the person said about ad platforms.

    ``to`` is where the platform keeps what it is told (``Platform.region``).

    Nobody where the number was withheld or the call was undone; of an erased person no number is left.
    """
    row = connection.execute(
        select(_CALL.c.party, _CALL.c.gone)
        .where(_CALL.c.workspace == workspace, (_CALL.c.first_seq == call) | (_CALL.c.seq == call))
        .order_by(_CALL.c.version.desc())
        .limit(1)
    ).first()
    if row is None or row.gone or row.party is None:
        return NOBODY
    nodes = nodes_beside(connection, workspace=workspace, node=row.party) | identities_of(
        connection, workspace=workspace, nodes=[row.party]
    )
    said: Consent = "unknown"
    entries = consents_of(connection, workspace=workspace, nodes=nodes)
    for entry in entries:
        if entry.purpose == ADS:
            over = entry.expires_at is not None and entry.expires_at <= at
            said = "denied" if not entry.given else "unknown" if over else "granted"
    kind, value = nodes[row.party]
    number = value if kind == "phone" else None
    emails = sorted(text for kind, text in nodes.values() if kind == "email")
    return Person(
        phone=number,
        email=emails[0] if emails else None,
        user_data=said,
        personalization=said,
        may_leave=may_leave(connection, workspace=workspace, number=number, to=to, entries=entries, at=at),
    )
