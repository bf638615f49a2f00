"""The gate: asked before every outbound contact, in the transaction that reserves it.

Whoever wants to dial or send asks here. The answer and the reservation are one write, so two diallers that ask at the
same moment cannot both be let through. A permit is used up by ``place_call`` and ``send_message``, which look once
more: an opt-out between the answer and the dial still holds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from huasuan.consent import chain, queries
from huasuan.consent.book import Book, published
from huasuan.consent.permits import keyed_digest, make_permit, read_permit
from huasuan.consent.rules import Case, cautions, earliest, reasons
from huasuan.consent.terms import ConsentTerms
from huasuan.consent.types import Answer, Ask, Reason, Standing
from huasuan.contacts import (
    country_of,
    known_parties,
    nodes_beside,
    resolve_parties,
    zones_of,
)
from huasuan.facts.marks import Identity
from huasuan.kernel.errors import Conflict
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros, zone
from huasuan.seams import Messenger, Permit, Placed, Telephony
from huasuan.store import Store

# Long enough for a dialler to dial, too short to hoard permits.
PERMIT_SECONDS = 60
# Nodes that the gate was the first to name belong to no delivery.
_NO_BATCH = 0
# What may come up between the answer and the dial; hours and counts held when the permit was made, a minute ago.
_AT_THE_LAST_MOMENT = frozenset({"opted_out", "erased", "consent_withdrawn", "listed", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the gate works with for one contact."""

    book: Book
    standing: Standing
    countries: tuple[str, ...]
    zones: tuple[str, ...]


def ask_gate(connection: Connection, *, workspace: int, ask: Ask, at: datetime | None = None) -> Answer:
    """May this contact be made now? If so it is reserved and the answer carries the permit.

    Call it in a transaction of ``store.write()`` that commits before anything is dialled. Every decision is logged.

    Raises
    ------
    InvalidInput
        ``unknown_zone``
    """
    queries.hold_gate(connection, workspace)
    # Not before the lock: what was said while this one waited was said before.
    moment = at or now()
    secret = queries.make_secret(connection, workspace)
    identity = identity_of(ask)
    node = resolve_parties(connection, workspace=workspace, batch=_NO_BATCH, identities=[identity])[identity]
    known = _known(connection, workspace=workspace, ask=ask, node=node, at=moment, secret=secret)
    found = _reasons(ask, known, moment)
    if found:
        entry = chain.append(
            connection,
            workspace=workspace,
            secret=secret,
            entry=_entry("ask", ask, known, node=node, at=moment, found=found, attempt=None),
        )
        return _denial(ask, known, moment, found, entry=entry)
    ends_at = moment + timedelta(seconds=PERMIT_SECONDS)
    attempt = queries.reserve(
        connection,
        workspace=workspace,
        party=node,
        channel=ask.channel,
        purpose=ask.purpose,
        at=moment,
        ends_at=ends_at,
    )
    entry = chain.append(
        connection,
        workspace=workspace,
        secret=secret,
        entry=_entry("ask", ask, known, node=node, at=moment, found=(), attempt=attempt),
    )
    permit = make_permit(secret, workspace=workspace, attempt=attempt, ask=ask, ends_at=ends_at)
    return Answer(verdict="allow", at=moment, cautions=_cautions(ask, known, moment), permit=permit, entry=entry)


def explain(connection: Connection, *, workspace: int, ask: Ask, at: datetime | None = None) -> Answer:
    """What the gate would answer at a moment, with every reason; nothing is reserved, logged or permitted."""
    moment = at or now()
    secret = queries.secret_of(connection, workspace) or b""
    identity = identity_of(ask)
    node = known_parties(connection, workspace=workspace, identities=[identity]).get(identity)
    known = _known(connection, workspace=workspace, ask=ask, node=node, at=moment, secret=secret)
    found = _reasons(ask, known, moment)
    if found:
        return _denial(ask, known, moment, found, entry=None)
    return Answer(verdict="allow", at=moment, cautions=_cautions(ask, known, moment))


def use_permit(connection: Connection, permit: Permit, *, at: datetime | None = None) -> None:
    """Use a permit up: once, before it ends, and only if nothing new forbids the contact.

    Raises
    ------
    Conflict
        ``permit_used``, ``permit_withdrawn``
    """
    workspace = permit.workspace
    queries.hold_gate(connection, workspace)
    moment = at or now()
    secret = queries.make_secret(connection, workspace)
    genuine = read_permit(secret, permit.token) == permit
    node = queries.party_of_attempt(connection, workspace=workspace, attempt=permit.attempt)
    if not genuine or node is None:
        raise _used()
    ask = Ask(number=permit.number, channel=permit.channel, purpose=permit.purpose, contract=permit.contract)
    known = _known(connection, workspace=workspace, ask=ask, node=node, at=moment, secret=secret)
    new = [reason for reason in _reasons(ask, known, moment) if reason.code in _AT_THE_LAST_MOMENT]
    if new:
        raise _withdrawn(new[0].text)
    if not queries.use_up(connection, workspace=workspace, attempt=permit.attempt, at=moment):
        raise _used()
    chain.append(
        connection,
        workspace=workspace,
        secret=secret,
        entry=_entry("use", ask, known, node=node, at=moment, found=(), attempt=permit.attempt),
    )


def place_call(store: Store, telephony: Telephony, permit: Permit) -> Placed:
    """Dial a permitted call: the permit is used up, durably, before anything rings.

    Raises
    ------
    Conflict
        ``permit_used``, ``permit_withdrawn``
    """
    with store.write() as connection:
        use_permit(connection, permit)
    placed = telephony.dial(permit)
    with store.write() as connection:
        queries.note_reference(
            connection, workspace=permit.workspace, attempt=permit.attempt, reference=placed.reference
        )
    return placed


def send_message(store: Store, messenger: Messenger, permit: Permit, text: str) -> Placed:
    """Send a permitted message: the permit is used up, durably, before anything leaves.

    Raises
    ------
    Conflict
        ``permit_used``, ``permit_withdrawn``
    """
    with store.write() as connection:
        use_permit(connection, permit)
    placed = messenger.send(permit, text)
    with store.write() as connection:
        queries.note_reference(
            connection, workspace=permit.workspace, attempt=permit.attempt, reference=placed.reference
        )
    return placed


def permit_of(connection: Connection, *, workspace: int, token: str) -> Permit:
    """The permit that left the program as a token, for whoever dials elsewhere.

    Raises
    ------
    InvalidInput
        ``bad_token``
    """
    return read_permit(queries.secret_of(connection, workspace) or b"", token)


def record_refusal(
    connection: Connection,
    *,
    workspace: int,
    number: str,
    at: datetime | None = None,
    call: str | None = None,
    agent: str | None = None,
) -> None:
    """Somebody said no in a talk: nobody asks again for as long as the rule R04 says."""
    identity = ("phone", number)
    node = resolve_parties(connection, workspace=workspace, batch=_NO_BATCH, identities=[identity])[identity]
    queries.add_refusal(connection, workspace=workspace, party=node, at=at or now(), call=call, agent=agent)


def book_of(connection: Connection, *, workspace: int) -> Book:
    """The calling rules with the business's own decisions on top."""
    own = queries.overrides(connection, workspace=workspace)
    return published().with_overrides(own) if own else published()


def callback_until(connection: Connection, *, workspace: int, number: str, asked_at: datetime) -> datetime:
    """Until when a wish to be called back holds, by the strictest rule of the number's countries (R01)."""
    book = book_of(connection, workspace=workspace)
    countries, day = countries_of(Ask(number=number), book), asked_at.date()
    days = min(book.terms(ConsentTerms, "R01", country, day)[0].callback_days for country in countries)
    return asked_at + timedelta(days=days)


def identity_of(ask: Ask) -> Identity:
    """What the person is known by."""
    return ("email" if ask.channel == "email" else "phone", ask.number)


def countries_of(ask: Ask, book: Book) -> tuple[str, ...]:
    """The countries whose rules hold: that of the number, or all where it is not known or not in the book."""
    country = ask.country or (country_of(ask.number) if ask.channel != "email" else None)
    return (country,) if country in book.countries else book.countries


def _known(
    connection: Connection, *, workspace: int, ask: Ask, node: int | None, at: datetime, secret: bytes
) -> _Known:
    book = book_of(connection, workspace=workspace)
    if ask.zone is not None:
        zone(ask.zone)
    zones = (ask.zone,) if ask.zone is not None else zones_of(ask.number)
    return _Known(
        book=book,
        standing=_standing(connection, workspace=workspace, ask=ask, node=node, at=at, secret=secret),
        countries=countries_of(ask, book),
        zones=zones,
    )


def _standing(
    connection: Connection, *, workspace: int, ask: Ask, node: int | None, at: datetime, secret: bytes
) -> Standing:
    nodes: Mapping[int, Identity] = {}
    if node is not None:
        nodes = nodes_beside(connection, workspace=workspace, node=node)
    digests = _digests(secret, (identity_of(ask), *nodes.values()))
    about: Collection[int] = nodes.keys()
    dates = queries.list_dates(connection, workspace=workspace)
    return Standing(
        consents=queries.consents(connection, workspace=workspace, nodes=about),
        opted_out_at=queries.opted_out_at(connection, workspace=workspace, nodes=about, at=at),
        erased=queries.suppressed(connection, workspace=workspace, digests=digests),
        refused_at=queries.refused_at(connection, workspace=workspace, nodes=about, at=at),
        attempts=queries.attempts(connection, workspace=workspace, nodes=about, channel=ask.channel, at=at),
        listed=queries.listed(connection, workspace=workspace, digests=digests, at=at) if dates else (),
        list_ages={name: (at - as_of).days for name, as_of in dates.items()},
        callers=queries.callers(connection, workspace=workspace),
    )


def _digests(secret: bytes, identities: Collection[Identity]) -> list[str]:
    return [
        keyed_digest(secret, kind, value) for kind, value in dict.fromkeys(identities) if kind in {"phone", "email"}
    ]


def _cases(ask: Ask, known: _Known, at: datetime) -> list[Case]:
    return [
        Case(ask=ask, standing=known.standing, book=known.book, country=country, zones=known.zones, at=at)
        for country in known.countries
    ]


def _reasons(ask: Ask, known: _Known, at: datetime) -> tuple[Reason, ...]:
    """The strictest wins: what any of the countries forbids is forbidden; each reason is named once."""
    found: dict[str, Reason] = {}
    for case in _cases(ask, known, at):
        for reason in reasons(case):
            before = found.get(reason.code)
            if before is None or _later(reason, before):
                found[reason.code] = reason
    return tuple(found.values())


def _later(one: Reason, other: Reason) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)


def _cautions(ask: Ask, known: _Known, at: datetime) -> tuple[Text, ...]:
    return tuple(dict.fromkeys(text for case in _cases(ask, known, at) for text in cautions(case)))


def _denial(ask: Ask, known: _Known, at: datetime, found: tuple[Reason, ...], *, entry: int | None) -> Answer:
    return Answer(
        verdict="deny",
        at=at,
        reasons=found,
        next_at=earliest(lambda moment: _reasons(ask, known, moment), at),
        entry=entry,
    )


def _entry(
    step: str, ask: Ask, known: _Known, *, node: int, at: datetime, found: tuple[Reason, ...], attempt: int | None
) -> dict[str, object]:
    return {
        "step": step,
        "at": to_micros(at),
        "party": node,
        "channel": ask.channel,
        "purpose": ask.purpose,
        "voice": ask.voice,
        "agent": ask.agent,
        # A number that is not registered as ours might be anybody's, and the log can never be erased.
        "caller": ask.caller_number if ask.caller_number in known.standing.callers else None,
        "campaign": ask.campaign,
        "list": ask.list,
        "attempt": attempt,
        "verdict": "deny" if found else "allow",
        "rules": [f"{reason.rule}.{reason.version} {reason.code}" for reason in found],
    }


def _used() -> Conflict:
    return Conflict(
        "permit_used",
        Text(zh="该许可已使用或已过期", en="the permit was used already or has ended"),
        Text(zh="请再次询问闸口。", en="Ask the gate again."),
    )


def _withdrawn(text: Text) -> Conflict:
    return Conflict(
        "permit_withdrawn",
        Text(zh=f"许可已失效：{text.zh}", en=f"the permit holds no more: {text.en}"),
        Text(zh="请不要联系此人。", en="Do not contact the person."),
    )
