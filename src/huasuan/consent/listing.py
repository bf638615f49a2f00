"""How many of a list may be called at a moment: the gate's own rules over a whole list in a few statements.

The statements bring what is known of everybody at once, and people whose case is the same are decided once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from huasuan.consent import queries
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest
from huasuan.consent.rules import Case, meant, reasons
from huasuan.consent.types import CALLBACK, Ask, ConsentEntry, Counted, Standing
from huasuan.contacts import country_of, zones_of
from huasuan.kernel.time import from_micros, to_micros

_REMEMBERED = timedelta(days=400)
_ADDRESSED = {"email": "email"}
_UNMARKED: tuple[bool, tuple[str, ...]] = (False, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """What is known of one person of the list, in microseconds."""

    consent: tuple[int, bool, int | None] | None
    opted_out: int | None
    refused: int | None
    attempts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """What is known of everybody, kind by kind: of a hundred thousand people an object each would cost a second."""

    consents: dict[int, tuple[int, bool, int | None]]
    opted_out: dict[int, int]
    refused: dict[int, int]
    attempts: dict[int, tuple[int, ...]]

    def person(self, person: int) -> _Person:
        return _Person(
            consent=self.consents.get(person),
            opted_out=self.opted_out.get(person),
            refused=self.refused.get(person),
            attempts=self.attempts.get(person, ()),
        )


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
    persons = list(dict.fromkeys(person for _, person in numbers))
    people = _people(connection, workspace, persons, ask, at)
    marks = _marked(connection, workspace, persons, at)
    book = book_of(connection, workspace=workspace)
    published, until = frozenset(book.countries), to_micros(at)
    common = _common(connection, workspace, at)
    decided: dict[_Signature, str] = {}
    tally: Counter[str] = Counter()
    for number, person in numbers:
        consent, refused = people.consents.get(person), people.refused.get(person)
        state = _consent_state(consent, people.opted_out.get(person), refused, until)
        # How long a wish to be called back holds is counted from its own moment.
        state += (consent[0],) if consent is not None and ask.purpose == CALLBACK else ()
        marked = marks.get(person, _UNMARKED)
        country = ask.country or country_of(number)
        countries = (country,) if country in published else book.countries
        zones = (ask.zone,) if ask.zone is not None else zones_of(number)
        signature = (countries, zones, state, refused, people.attempts.get(person, ()), marked)
        code = decided.get(signature)
        if code is None:
            standing = _standing(people.person(person), marked, common, ask.purpose)
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


def _consent_state(
    consent: tuple[int, bool, int | None] | None, opted_out: int | None, refused: int | None, at: int
) -> tuple[object, ...]:
    """All that rules ask of a consent: whether it was given, holds, and came after an opt-out or a refusal."""
    if consent is None:
        return (opted_out is not None,)
    given_at, given, expires = consent
    after_out = opted_out is None or given_at > opted_out
    after_refusal = refused is None or given_at > refused
    holds = expires is None or expires > at
    return (opted_out is not None, given, holds, after_out, after_refusal)


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
    rows = _listed(
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


def _people(connection: Connection, workspace: int, asked: Sequence[int], ask: Ask, at: datetime) -> _People:
    found = _People(consents={}, opted_out={}, refused={}, attempts={})
    until = to_micros(at)
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
        before = found.consents.get(person)
        if fit and said_at <= until and (before is None or said_at >= before[0]):
            found.consents[person] = (said_at, bool(given), expires)
    opt_outs = _PRESENT.format(kind="opt_out", named=named, columns="f.received_at")
    for person, moment in _rows(connection, opt_outs, ("person", "received_at"), asked, workspace, members=True):
        if moment <= until:
            found.opted_out[person] = max(moment, found.opted_out.get(person, moment))
    refusals = (
        'SELECT m.person AS person, max(r."at") AS said_at FROM member m JOIN refusal r ON r.workspace = {workspace} '
        f'AND r.party = m.node AND r."at" <= {until} GROUP BY m.person'
    )
    for person, moment in _rows(connection, refusals, ("person", "said_at"), asked, workspace, members=True):
        found.refused[person] = moment
    attempts = (
        'SELECT m.person AS person, t."at" AS made_at FROM member m JOIN contact_attempt t ON '
        "t.workspace = {workspace} "
        f"AND t.party = m.node AND t.channel = '{ask.channel}' AND t.\"at\" > {to_micros(at - _REMEMBERED)} "
        f"AND (t.used_at IS NOT NULL OR t.ends_at > {until})"
    )
    for person, moment in _rows(connection, attempts, ("person", "made_at"), asked, workspace, members=True):
        found.attempts[person] = (*found.attempts.get(person, ()), moment)
    return found


def _fits(purpose: str, channel: str | None, ask: Ask) -> bool:
    for_what, by = meant(ConsentEntry(at=from_micros(0), purpose=purpose, given=True, channel=channel))
    return for_what == ask.purpose and by in (None, ask.channel)


def _marked(
    connection: Connection, workspace: int, persons: Sequence[int], at: datetime
) -> dict[int, tuple[bool, tuple[str, ...]]]:
    """Who was erased or stands on a list; nothing is reckoned where there is no list and nobody was erased."""
    secret = queries.secret_of(connection, workspace)
    if secret is None or not queries.any_digests(connection, workspace=workspace):
        return {}
    owner: dict[str, tuple[int, ...]] = {}
    for person, kind, value in _rows(
        connection,
        "SELECT m.person AS person, m.kind AS kind, m.value AS value FROM member m WHERE m.kind IN ('phone', 'email')",
        ("person", "kind", "value"),
        persons,
        workspace,
        members=True,
    ):
        digest = keyed_digest(secret, kind, value)
        owner[digest] = (*owner.get(digest, ()), person)
    found: dict[int, tuple[bool, tuple[str, ...]]] = {}
    for digest, name in queries.marks_of(connection, workspace=workspace, digests=list(owner), at=at):
        for person in owner[digest]:
            erased, lists = found.get(person, _UNMARKED)
            found[person] = (erased or name is None, lists if name is None else (*lists, name))
    return found


def _listed(
    connection: Connection, query: str, names: Sequence[str], nodes: Sequence[int], workspace: int
) -> list[Sequence[Any]]:
    return list(_rows(connection, query, names, nodes, workspace))


def _rows(
    connection: Connection,
    query: str,
    names: Sequence[str],
    nodes: Sequence[int],
    workspace: int,
    *,
    members: bool = False,
) -> Iterator[Sequence[Any]]:
    """The rows of a query over ``asked(node)``, and ``member`` if wanted; from SQLite column by column as JSON.

    A hundred thousand small lists would keep the collector of garbage busy for longer than everything else takes.
    """
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
        return iter(connection.exec_driver_sql(whole + inner, (given,)).fetchall())
    # SQLite keeps the order of a CROSS JOIN: from the few that are asked about to what is known of each. Left to itself
    # it may begin with all facts and look through everybody for each.
    whole, inner = whole.replace(" JOIN ", " CROSS JOIN "), inner.replace(" JOIN ", " CROSS JOIN ")
    listed = ",".join(f'json_group_array("{name}")' for name in names)
    columns = connection.exec_driver_sql(f"{whole} SELECT {listed} FROM ({inner})", (given,)).one()
    return zip(*(orjson.loads(column) for column in columns), strict=True)
