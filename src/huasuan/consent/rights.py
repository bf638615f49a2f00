"""What people may demand about themselves (R13): to see, correct, restrict or delete, and when it is due."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, case, insert, select, update

from huasuan.consent import queries
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.tables import ATTEMPT, LEGAL_HOLD, REFUSAL, RIGHTS_REQUEST
from huasuan.consent.terms import RightsTerms
from huasuan.contacts import country_of, nodes_of_bearer, resolve_parties
from huasuan.facts.marks import Identity
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
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
    overdue: bool
    done_at: datetime | None
    done_by: str | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One hold that stands: nothing of the person is deleted. ``about`` is a keyed digest."""

    id: int
    about: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAttempt:
    """One time the gate let the person be contacted; ``used``: whether it was dialled or sent."""

    at: datetime
    channel: str
    purpose: str
    used: bool
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRefusal:
    """One time the person said no in a talk."""

    at: datetime
    call: str | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonContacts:
    """What the gate keeps of one person; ``lists``: the do-not-call lists that hold them."""

    attempts: tuple[PersonAttempt, ...]
    refusals: tuple[PersonRefusal, ...]
    lists: tuple[str, ...]


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


def check_answers(
    connection: Connection, *, workspace: int, request: int, kind: Demand | None, digests: Collection[str]
) -> None:
    """Refuse to answer one person's request with what is known of another, or to delete who only wants to see.

    kind: what must have been asked for; None: whatever it was. digests: of all numbers and addresses of the person who
    is shown or deleted.

    Raises
    ------
    NotFound
        ``no_request``: not there, or answered already
    InvalidInput
        ``other_person``, ``other_request``
    """
    row = connection.execute(
        select(RIGHTS_REQUEST.c.kind, RIGHTS_REQUEST.c.about).where(
            RIGHTS_REQUEST.c.workspace == workspace, RIGHTS_REQUEST.c.id == request, RIGHTS_REQUEST.c.status == "open"
        )
    ).first()
    if row is None:
        raise _no_request(request)
    if row.about not in digests:
        raise InvalidInput(
            "other_person",
            Text(
                zh=f"请求 {request} 不是该号码的人提出的",
                en=f"request {request} is not about the person of that number",
            ),
            Text(zh="请输入提出该请求的人的号码。", en="Enter the number of the person whose request it is."),
        )
    if kind not in {None, row.kind}:
        raise InvalidInput(
            "other_request",
            Text(zh=f"请求 {request} 要求的不是这件事", en=f"request {request} asks for something else"),
            Text(zh="请选择此人要求此事的请求。", en="Choose the request in which the person asks for it."),
        )


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
        raise _no_request(request)


def _no_request(request: int) -> NotFound:
    return NotFound("no_request", Text(zh=f"没有待处理的请求 {request}", en=f"there is no open request {request}"))


def requests_of(connection: Connection, *, workspace: int, limit: int = 200) -> list[RightsRequest]:
    """The requests of persons: the open ones first, by the day they are due; then those done, the newest first."""
    opened = RIGHTS_REQUEST.c.status == "open"
    query = (
        select(RIGHTS_REQUEST)
        .where(RIGHTS_REQUEST.c.workspace == workspace)
        .order_by(case((opened, 0), else_=1), case((opened, RIGHTS_REQUEST.c.due_at)), RIGHTS_REQUEST.c.id.desc())
        .limit(limit)
    )
    moment = now()
    return [_request(row, moment) for row in connection.execute(query)]


def _request(row: Any, at: datetime) -> RightsRequest:  # noqa: ANN401  a row of the table
    due_at = from_micros(row.due_at)
    return RightsRequest(
        id=row.id,
        kind=row.kind,
        about=row.about,
        status=row.status,
        received_at=from_micros(row.received_at),
        due_at=due_at,
        overdue=row.status == "open" and due_at < at,
        done_at=None if row.done_at is None else from_micros(row.done_at),
        done_by=row.done_by,
        outcome=row.outcome,
    )


def contacts_with(
    connection: Connection, *, workspace: int, nodes: Collection[int], digests: Collection[str]
) -> PersonContacts:
    """What the gate keeps of a person besides the facts, the oldest first."""
    attempts = select(ATTEMPT).where(ATTEMPT.c.workspace == workspace, ATTEMPT.c.party.in_(nodes))
    refusals = select(REFUSAL).where(REFUSAL.c.workspace == workspace, REFUSAL.c.party.in_(nodes))
    return PersonContacts(
        attempts=tuple(
            PersonAttempt(
                at=from_micros(row.at),
                channel=row.channel,
                purpose=row.purpose,
                used=row.used_at is not None,
                reference=row.reference,
            )
            for row in connection.execute(attempts.order_by(ATTEMPT.c.at, ATTEMPT.c.id))
        ),
        refusals=tuple(
            PersonRefusal(at=from_micros(row.at), call=row.call, agent=row.agent)
            for row in connection.execute(refusals.order_by(REFUSAL.c.at, REFUSAL.c.id))
        ),
        lists=queries.listed(connection, workspace=workspace, digests=digests, at=now()),
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


def holds_of(connection: Connection, *, workspace: int) -> list[LegalHold]:
    """The holds that stand, the newest first."""
    rows = connection.execute(
        select(LEGAL_HOLD)
        .where(LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.ended_at.is_(None))
        .order_by(LEGAL_HOLD.c.id.desc())
    )
    return [LegalHold(id=row.id, about=row.about, reason=row.reason, since=from_micros(row.since)) for row in rows]


def end_hold(connection: Connection, *, workspace: int, hold: int) -> None:
    """End one hold; others on the same person stand.

    Raises
    ------
    NotFound
        ``no_hold``: not there, or ended already
    """
    if not _end_holds(connection, workspace, LEGAL_HOLD.c.id == hold):
        raise NotFound(
            "no_hold",
            Text(zh=f"没有生效的保留 {hold}", en=f"no hold {hold} stands"),
            Text(zh="请查看保留列表。", en="Look at the list of holds."),
        )


def release_person(connection: Connection, *, workspace: int, identity: Identity) -> int:
    """End every hold on any number or address of the person; how many there were.

    Raises
    ------
    NotFound
        ``no_hold``
    """
    bearers = nodes_of_bearer(connection, workspace=workspace, identity=identity)
    about = {digest_of(connection, workspace=workspace, identity=identity)}
    about.update(digests_of(connection, workspace=workspace, identities=bearers).values())
    ended = _end_holds(connection, workspace, LEGAL_HOLD.c.about.in_(about))
    if not ended:
        raise NotFound(
            "no_hold",
            Text(zh="此人的资料未被保留", en="no hold stands on that person"),
            Text(zh="请检查号码或邮箱。", en="Check the number or address."),
        )
    return ended


def _end_holds(connection: Connection, workspace: int, which: ColumnElement[bool]) -> int:
    standing = (LEGAL_HOLD.c.workspace == workspace, LEGAL_HOLD.c.ended_at.is_(None), which)
    return connection.execute(update(LEGAL_HOLD).where(*standing).values(ended_at=to_micros(now()))).rowcount


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
