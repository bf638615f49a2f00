"""What people may demand about themselves (R13): to see, correct, restrict or delete, and when it is due."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from huasuan.consent import queries
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.tables import LEGAL_HOLD, RIGHTS_REQUEST
from huasuan.consent.terms import RightsTerms
from huasuan.contacts import country_of, resolve_parties
from huasuan.facts.marks import Identity
from huasuan.kernel.errors import Conflict, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.store import insert_many

Demand = Literal["see", "correct", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """One request. ``about`` is a keyed digest; ``status``: open or done; ``outcome`` tells what came of it."""

    id: int
    kind: str
    about: str
    status: str
    received_at: datetime
    due_at: datetime
    done_at: datetime | None
    done_by: str | None
    outcome: str


def digests_of(connection: Connection, *, workspace: int, identities: Mapping[int, Identity]) -> dict[int, str]:
    """The keyed digest of what stands at each node."""
    secret = queries.make_secret(connection, workspace)
    return {node: keyed_digest(secret, kind, value) for node, (kind, value) in identities.items()}


def digest_of(connection: Connection, *, workspace: int, identity: Identity) -> str:
    """The keyed digest of a number or address."""
    return keyed_digest(queries.make_secret(connection, workspace), *identity)


def open_request(
    connection: Connection, *, workspace: int, kind: Demand, identity: Identity, received_at: datetime | None = None
) -> int:
    """Write a request down; its number. It is due when the rule of the person's country says (R13)."""
    moment = received_at or now()
    book = book_of(connection, workspace=workspace)
    country = country_of(identity[1]) if identity[0] == "phone" else None
    countries = (country,) if country in book.countries else book.countries
    days = min(book.terms(RightsTerms, "R13", one, moment.date())[0].sla_days for one in countries)
    result = connection.execute(
        insert(RIGHTS_REQUEST)
        .values(
            workspace=workspace,
            kind=kind,
            about=digest_of(connection, workspace=workspace, identity=identity),
            status="open",
            received_at=to_micros(moment),
            due_at=to_micros(moment + timedelta(days=days)),
            outcome="",
        )
        .returning(RIGHTS_REQUEST.c.id)
    )
    number: int = result.scalar_one()
    return number


def close_request(connection: Connection, *, workspace: int, request: int, by: str, outcome: str) -> None:
    """A request is answered.

    Raises
    ------
    NotFound
        ``no_request``: not there, or answered already
    """
    result = connection.execute(
        update(RIGHTS_REQUEST)
        .where(
            RIGHTS_REQUEST.c.workspace == workspace, RIGHTS_REQUEST.c.id == request, RIGHTS_REQUEST.c.status == "open"
        )
        .values(status="done", done_at=to_micros(now()), done_by=by, outcome=outcome)
    )
    if not result.rowcount:
        raise NotFound("no_request", Text(zh=f"没有待处理的请求 {request}", en=f"there is no open request {request}"))


def requests_of(connection: Connection, *, workspace: int, limit: int = 200) -> list[RightsRequest]:
    """The requests of persons, newest first."""
    query = (
        select(RIGHTS_REQUEST)
        .where(RIGHTS_REQUEST.c.workspace == workspace)
        .order_by(RIGHTS_REQUEST.c.id.desc())
        .limit(limit)
    )
    return [_request(row) for row in connection.execute(query)]


def _request(row: Any) -> RightsRequest:  # noqa: ANN401  a row of the table
    return RightsRequest(
        id=row.id,
        kind=row.kind,
        about=row.about,
        status=row.status,
        received_at=from_micros(row.received_at),
        due_at=from_micros(row.due_at),
        done_at=None if row.done_at is None else from_micros(row.done_at),
        done_by=row.done_by,
        outcome=row.outcome,
    )


def suppress(connection: Connection, *, workspace: int, digests: Collection[str]) -> None:
    """Never again: whoever bears one of the digests is refused by the gate, though nobody knows any more who it is."""
    since = to_micros(now())
    rows = [(workspace, digest, since) for digest in dict.fromkeys(digests)]
    insert_many(connection, "suppression", ("workspace", "digest", "since"), rows, unless="workspace, digest")


def hold_person(connection: Connection, *, workspace: int, identity: Identity, reason: str) -> int:
    """Nothing of the person is deleted until the hold ends; its number."""
    # A node of its own, so that the number is known again in lines that never became facts.
    resolve_parties(connection, workspace=workspace, batch=0, identities=[identity])
    result = connection.execute(
        insert(LEGAL_HOLD)
        .values(
            workspace=workspace,
            about=digest_of(connection, workspace=workspace, identity=identity),
            reason=reason,
            since=to_micros(now()),
        )
        .returning(LEGAL_HOLD.c.id)
    )
    number: int = result.scalar_one()
    return number


def end_hold(connection: Connection, *, workspace: int, identity: Identity) -> int:
    """End every hold on the person; how many there were."""
    about = digest_of(connection, workspace=workspace, identity=identity)
    result = connection.execute(
        update(LEGAL_HOLD)
        .where(LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.about == about, LEGAL_HOLD.c.ended_at.is_(None))
        .values(ended_at=to_micros(now()))
    )
    return result.rowcount


def check_not_held(connection: Connection, *, workspace: int, digests: Collection[str]) -> None:
    """Refuse while a legal hold stands.

    Raises
    ------
    Conflict
        ``legal_hold``
    """
    held = connection.execute(
        select(LEGAL_HOLD.c.reason).where(
            LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.about.in_(digests), LEGAL_HOLD.c.ended_at.is_(None)
        )
    ).scalar()
    if held is not None:
        raise Conflict(
            "legal_hold",
            Text(zh=f"此人的资料因法律程序须保留：{held}", en=f"the person's data are under legal hold: {held}"),
            Text(zh="请在程序结束后解除保留，再删除。", en="End the hold when the matter is over, then delete."),
        )
