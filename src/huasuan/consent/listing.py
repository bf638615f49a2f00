"""How many of a list may be called at a moment: the gate's own rules over a whole list in a few statements.

The statements bring what is known of everybody at once, and people whose case is the same are decided once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from huasuan.consent import queries
from huasuan.consent.book import Book
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.rules import Case, meant, reasons
from huasuan.consent.types import Ask, ConsentEntry, Counted, Standing
from huasuan.contacts import country_of, zones_of
from huasuan.kernel.time import from_micros, to_micros

_REMEMBERED = timedelta(days=400)
_ADDRESSED = {"email": "email"}


@dataclass(slots=True, kw_only=True)
class _Person:
    """What is known of one person of the list, in microseconds."""

    consent: tuple[int, bool, int | None] | None = None
    opted_out: int | None = None
    refused: int | None = None
    attempts: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)


# country, zones, consent (given, holds, later than opt-out, later than refusal), opted out, refused, attempts, erased,
# lists: all that the rules can tell apart.
_Signature = tuple[object, ...]


def count_callable(connection: Connection, *, workspace: int, nodes: Iterable[int], ask: Ask, at: datetime) -> Counted:
    """How many of the numbers at these nodes the gate would let through at ``at``, and what forbids the others.

    ``ask`` says purpose, channel and the rest; its number is not looked at. Each number is one question, as if it were
    asked alone.
    """
    wanted = list(dict.fromkeys(nodes))
    numbers = _numbers(connection, workspace, wanted, _ADDRESSED.get(ask.channel, "phone"))
    people = _people(connection, workspace, {person for _, person in numbers}, ask, at)
    marks = _marked(connection, workspace, numbers, people, at)
    book = book_of(connection, workspace=workspace)
    common = _common(connection, workspace, at)
    decided: dict[_Signature, str] = {}
    tally: Counter[str] = Counter()
    for number, person in numbers:
        known, marked = people[person], marks.get(person, (False, ()))
        countries = _countries(ask.country or country_of(number), book)
        zones = (ask.zone,) if ask.zone is not None else zones_of(number)
        signature = (countries, zones, _consent_state(known, at), known.refused, tuple(known.attempts), marked)
        code = decided.get(signature)
        if code is None:
            standing = _standing(known, marked, common, ask.purpose)
            case = Case(ask=replace(ask, number=number), standing=standing, book=book, country="", zones=zones, at=at)
            code = decided[signature] = _gravest(case, countries)
        tally[code] += 1
    free = tally.pop("", 0)
    missing = len(wanted) - len(numbers)
    if missing:
        tally["no_number"] = missing
    return Counted(at=at, asked=len(wanted), callable=free, by_reason=dict(tally.most_common()))


def _gravest(case: Case, countries: Sequence[str]) -> str:
    for country in countries:
        found = reasons(replace(case, country=country))
        if found:
            return found[0].code
    return ""


def _countries(country: str | None, book: Book) -> tuple[str, ...]:
    return (country,) if country in book.countries else book.countries


def _consent_state(known: _Person, at: datetime) -> tuple[object, ...]:
    """All that rules ask of a consent: whether it was given, holds, and came after an opt-out or a refusal."""
    if known.consent is None:
        return (known.opted_out is not None,)
    given_at, given, expires = known.consent
    after_out = known.opted_out is None or given_at > known.opted_out
    after_refusal = known.refused is None or given_at > known.refused
    holds = expires is None or expires > to_micros(at)
    return (known.opted_out is not None, given, holds, after_out, after_refusal)


def _standing(known: _Person, marked: tuple[bool, tuple[str, ...]], common: Standing, purpose: str) -> Standing:
    consents: tuple[ConsentEntry, ...] = ()
    if known.consent is not None:
        given_at, given, expires = known.consent
        entry = ConsentEntry(
            at=from_micros(given_at),
            purpose=purpose,
            given=given,
            expires_at=None if expires is None else from_micros(expires),
        )
        consents = (entry,)
    return replace(
        common,
        consents=consents,
        opted_out_at=None if known.opted_out is None else from_micros(known.opted_out),
        refused_at=None if known.refused is None else from_micros(known.refused),
        attempts=tuple(from_micros(moment) for moment in sorted(known.attempts)),
        erased=marked[0],
        listed=marked[1],
    )


def _common(connection: Connection, workspace: int, at: datetime) -> Standing:
    dates = queries.list_dates(connection, workspace=workspace)
    return Standing(
        list_ages={name: (at - as_of).days for name, as_of in dates.items()},
        callers=queries.callers(connection, workspace=workspace),
    )


def _numbers(connection: Connection, workspace: int, nodes: Sequence[int], kind: str) -> list[tuple[str, int]]:
    """The number of each node with its person; of a node that is none, the first number of its person."""
    rows = _rows(
        connection,
        "SELECT a.node AS node, p.kind AS kind, p.value AS value, coalesce(p.contact, p.id) AS person FROM asked a "
        "JOIN party p ON p.id = a.node AND p.workspace = {workspace}",
        ("node", "kind", "value", "person"),
        nodes,
        workspace,
    )
    own = [(value, person) for _, of, value, person in rows if of == kind]
    others = sorted({person for _, of, _, person in rows if of != kind})
    if not others:
        return own
    first: dict[int, str] = {}
    for person, value in _rows(
        connection,
        "SELECT coalesce(p.contact, p.id) AS person, p.value AS value FROM asked a JOIN party p ON "
        f"(p.id = a.node OR p.contact = a.node) AND p.workspace = {{workspace}} AND p.kind = '{kind}' ORDER BY p.id",
        ("person", "value"),
        others,
        workspace,
    ):
        first.setdefault(person, value)
    return own + [(first[person], person) for _, of, _, person in rows if of != kind and person in first]


_MEMBERS = (
    "member AS (SELECT p.id AS node, a.node AS person, p.kind, p.value FROM asked a JOIN party p ON p.id = a.node "
    "WHERE p.workspace = {workspace} UNION ALL SELECT p.id, a.node, p.kind, p.value FROM asked a JOIN party p ON "
    "p.workspace = {workspace} AND p.contact = a.node)"
)
_PRESENT = (
    "SELECT m.person AS person, {columns} FROM member m JOIN fact_node n ON n.workspace = {{workspace}} AND "
    "n.node = m.node AND n.kind = '{kind}' JOIN fact_{kind} f ON f.workspace = n.workspace AND "
    "f.source_system = n.source_system AND f.source_key = n.source_key WHERE NOT f.gone AND NOT EXISTS (SELECT 1 FROM "
    "fact_{kind} g WHERE g.workspace = f.workspace AND g.source_system = f.source_system AND "
    "g.source_key = f.source_key AND g.version > f.version) AND (f.party = n.node OR {named})"
)
# Whether the fact's present version still names the node among others.
_NAMED = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(f.parties) AS named WHERE named.value = n.node)",
    "postgresql": "f.parties::jsonb @> to_jsonb(n.node)",
}


def _people(
    connection: Connection, workspace: int, persons: Iterable[int], ask: Ask, at: datetime
) -> dict[int, _Person]:
    found = {person: _Person() for person in persons}
    asked, until = list(found), to_micros(at)
    named = _NAMED[connection.dialect.name]
    said = 'f."at" AS said_at, f.purpose, f.given, f.channel, f.expires_at'
    consents = _PRESENT.format(kind="consent", named=named, columns=said)
    fits: dict[tuple[str, str | None], bool] = {}
    names = ("person", "said_at", "purpose", "given", "channel", "expires_at")
    for person, said_at, purpose, given, channel, expires in _rows(
        connection, consents, names, asked, workspace, members=True
    ):
        fit = fits.get((purpose, channel))
        if fit is None:
            fit = fits[purpose, channel] = _fits(purpose, channel, ask)
        known = found[person]
        if fit and said_at <= until and (known.consent is None or said_at >= known.consent[0]):
            known.consent = (said_at, bool(given), expires)
    opt_outs = _PRESENT.format(kind="opt_out", named=named, columns="f.received_at")
    for person, moment in _rows(connection, opt_outs, ("person", "received_at"), asked, workspace, members=True):
        known = found[person]
        if moment <= until:
            known.opted_out = max(moment, known.opted_out or moment)
    refusals = (
        'SELECT m.person AS person, max(r."at") AS said_at FROM member m JOIN refusal r ON r.workspace = {workspace} '
        f'AND r.party = m.node AND r."at" <= {until} GROUP BY m.person'
    )
    for person, moment in _rows(connection, refusals, ("person", "said_at"), asked, workspace, members=True):
        found[person].refused = moment
    attempts = (
        'SELECT m.person AS person, t."at" AS made_at FROM member m JOIN contact_attempt t ON '
        "t.workspace = {workspace} "
        f"AND t.party = m.node AND t.channel = '{ask.channel}' AND t.\"at\" > {to_micros(at - _REMEMBERED)} "
        f"AND (t.used_at IS NOT NULL OR t.ends_at > {until})"
    )
    for person, moment in _rows(connection, attempts, ("person", "made_at"), asked, workspace, members=True):
        found[person].attempts.append(moment)
    return found


def _fits(purpose: str, channel: str | None, ask: Ask) -> bool:
    for_what, by = meant(ConsentEntry(at=from_micros(0), purpose=purpose, given=True, channel=channel))
    return for_what == ask.purpose and by in (None, ask.channel)


def _marked(
    connection: Connection,
    workspace: int,
    numbers: Sequence[tuple[str, int]],
    people: Mapping[int, _Person],
    at: datetime,
) -> dict[int, tuple[bool, tuple[str, ...]]]:
    """Who was erased or stands on a list; nothing is reckoned where there is no list and nobody was erased."""
    secret = queries.secret_of(connection, workspace)
    if secret is None or not queries.any_digests(connection, workspace=workspace):
        return {}
    owner: dict[str, set[int]] = {}
    for person, kind, value in _rows(
        connection,
        "SELECT m.person AS person, m.kind AS kind, m.value AS value FROM member m WHERE m.kind IN ('phone', 'email')",
        ("person", "kind", "value"),
        list(people),
        workspace,
        members=True,
    ):
        owner.setdefault(keyed_digest(secret, kind, value), set()).add(person)
    found: dict[int, tuple[bool, tuple[str, ...]]] = {}
    for digest, name in queries.marks_of(connection, workspace=workspace, digests=list(owner), at=at):
        for person in owner[digest]:
            erased, lists = found.get(person, (False, ()))
            found[person] = (erased or name is None, lists if name is None else (*lists, name))
    return found


def _rows(
    connection: Connection,
    query: str,
    names: Sequence[str],
    nodes: Sequence[int],
    workspace: int,
    *,
    members: bool = False,
) -> list[list[Any]]:
    """The rows of a query over ``asked(node)``, and ``member`` if wanted; from SQLite as one JSON text."""
    postgres = connection.dialect.name == "postgresql"
    given = orjson.dumps(nodes).decode()
    source = (
        "SELECT CAST(v AS BIGINT) FROM jsonb_array_elements_text(%s::jsonb) AS v"
        if postgres
        else ("SELECT value FROM json_each(?)")
    )
    with_members = f", {_MEMBERS}" if members else ""
    whole = f"WITH asked(node) AS MATERIALIZED ({source}){with_members} ".replace("{workspace}", str(workspace))
    inner = query.replace("{{workspace}}", "{workspace}").replace("{workspace}", str(workspace))
    if postgres:
        return [list(row) for row in connection.exec_driver_sql(whole + inner, (given,))]
    # SQLite keeps the order of a CROSS JOIN: from the few that are asked about to what is known of each. Left to itself
    # it may begin with all facts and look through everybody for each.
    whole, inner = whole.replace(" JOIN ", " CROSS JOIN "), inner.replace(" JOIN ", " CROSS JOIN ")
    listed = ",".join(f'"{name}"' for name in names)
    statement = f"{whole} SELECT json_group_array(json_array({listed})) FROM ({inner})"
    found: list[list[Any]] = orjson.loads(connection.exec_driver_sql(statement, (given,)).scalar_one())
    return found
