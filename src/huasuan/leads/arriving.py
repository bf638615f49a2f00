"""Leads among the facts become cases, each exactly once, and are given at once (S3-31, S3-32).

What was followed and what came of it is one transaction: whoever is killed in the middle begins there again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, or_, select, update

from huasuan.consent import decided_by_people
from huasuan.contacts import members_of, persons_of
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import OPEN, TRAITS, by_source, hold_cases, note, settings_of
from huasuan.leads.coming_tables import WANTED
from huasuan.leads.desk_tables import CASE, CASE_PARTY, FOLLOWED, LIST_ORIGIN
from huasuan.leads.fairness import unseen
from huasuan.leads.giving import Waiting, give
from huasuan.leads.likeness import BLOCK, company_key, most_alike
from huasuan.leads.reaching import all_nodes, nodes_of_case
from huasuan.leads.settings import DeskSettings
from huasuan.leads.tables import LEAD
from huasuan.leads.types import Judged, Parts, Traits
from huasuan.store import Mark, insert_many, present, read_changes, select_many

CHUNK = 200
_COLUMNS = (
    "source_system", "source_key", "gone", "known_at", "party", "parties", "created_at", "company", "wanted_by",
    "agent", "team", "assigned_at", "duplicate", "batch", *TRAITS,
)  # fmt: skip
_CASE_COLUMNS = (
    "workspace", "source_system", "source_key", "party", "created_at", "arrived_at", *TRAITS, "company_key", "score",
    "intent", "urgency", "fit", "reasons", "model", "state", "why", "owner", "team", "given_at", "protected_until",
    "attempts", "same_as", "similar_to",
)  # fmt: skip
# A fact of a person's own contact that old is no duplicate but a new wish.
_SAME_WISH = timedelta(days=90)
_COMPANIES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A lead that becomes a case: what the fact says, and everybody it names."""

    key: tuple[str, str]
    traits: Traits
    nodes: tuple[int, ...]
    created_at: datetime
    arrived_at: datetime
    company: str
    wanted_by: date | None
    owner: str | None
    team: str | None
    given_at: int | None
    duplicate: bool
    batch: int


Judge = Callable[[Connection, Sequence[Arrival]], Judged]
"""Scores arrivals as of their arrival. It only reads, and may take its time: nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Leads as they were read and judged, before anything is written: from which mark, up to which.

    ``known`` are the cases some of them are already; ``new`` become cases, with their scores.
    """

    begin: Mark
    end: Mark
    rows: Mapping[tuple[str, str], Any]
    known: Mapping[tuple[str, str], int]
    new: Sequence[Arrival]
    judged: Judged | None
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """An arrival with its score; not ``seen``: a machine may not look at the person."""

    arrival: Arrival
    parts: Parts
    seen: bool

    @property
    def traits(self) -> Traits:
        said = replace(self.arrival.traits, score=self.parts.score)
        return said if self.seen else unseen(said)


def look_for_leads(
    connection: Connection, *, workspace: int, judge: Judge, at: datetime, limit: int = CHUNK
) -> Coming | None:
    """The leads that came and are no cases yet, scored; None if there are none. Nothing is written."""
    begin = _mark(connection, workspace)
    rows, end = read_changes(connection, LEAD.table, workspace=workspace, after=begin, columns=_COLUMNS, limit=limit)
    if not rows:
        return None
    latest = {(row.source_system, row.source_key): row for row in rows}
    known = _known(connection, workspace, list(latest))
    oldest = to_micros(at - timedelta(days=settings_of(connection, workspace=workspace).fresh_days))
    new = [
        _arrival(row) for key, row in latest.items() if key not in known and not row.gone and row.created_at >= oldest
    ]
    judged = judge(connection, new) if new else None
    return Coming(begin=begin, end=end, rows=latest, known=known, new=new, judged=judged, read=len(rows))


def follow_leads(connection: Connection, *, workspace: int, coming: Coming, at: datetime) -> bool:
    """Make cases of leads and give them; False if somebody else did in the meantime.

    The mark is read again under the lock. While it stands as it stood, the facts after it are those that were read:
    nothing is ever written before a place that was settled, and only who moves the mark makes cases.
    """
    hold_cases(connection, workspace)
    if _mark(connection, workspace) != coming.begin:
        return False
    _keep_mark(connection, workspace, coming.end, first=coming.begin == Mark())
    for key, lead in coming.known.items():
        _correct(connection, workspace, lead, coming.rows[key], at)
    gone = [lead for key, lead in coming.known.items() if coming.rows[key].gone]
    _free_duplicates(connection, workspace, gone, at)
    if coming.judged is not None:
        nodes = {node for one in coming.new for node in one.nodes}
        refused = decided_by_people(connection, workspace=workspace, nodes=nodes)
        new = [
            _Scored(arrival=one, parts=coming.judged.neutral, seen=False)
            if refused.intersection(one.nodes)
            else _Scored(arrival=one, parts=parts, seen=True)
            for one, parts in zip(coming.new, coming.judged.parts, strict=True)
        ]
        _open_cases(connection, workspace, new, settings_of(connection, workspace=workspace), at)
    return True


def _mark(connection: Connection, workspace: int) -> Mark:
    row = connection.execute(select(FOLLOWED).where(FOLLOWED.c.workspace == workspace)).first()
    return Mark() if row is None else Mark(txid=row.txid, seq=row.seq)


def _keep_mark(connection: Connection, workspace: int, mark: Mark, *, first: bool) -> None:
    reached = {"txid": mark.txid, "seq": mark.seq}
    if first:
        connection.execute(insert(FOLLOWED).values(workspace=workspace, **reached))
    else:
        connection.execute(update(FOLLOWED).where(FOLLOWED.c.workspace == workspace).values(**reached))


def _known(connection: Connection, workspace: int, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = {}
    for source, wanted in by_source(keys).items():
        here = (("workspace", workspace), ("source_system", source))
        rows = select_many(connection, "lead_case", ("source_key", "id"), where=here, key="source_key", keys=wanted)
        found.update({(source, key): lead for key, lead in rows})
    return found


def _arrival(row: Any) -> Arrival:  # noqa: ANN401  row of the facts
    return Arrival(
        key=(row.source_system, row.source_key),
        traits=Traits(**{name: getattr(row, name) for name in TRAITS}),
        nodes=_nodes(row),
        created_at=from_micros(row.created_at),
        arrived_at=from_micros(row.known_at),
        company=company_key(row.company) if row.company else "",
        wanted_by=date.fromisoformat(row.wanted_by) if row.wanted_by else None,
        owner=row.agent,
        team=row.team,
        given_at=row.assigned_at,
        duplicate=bool(row.duplicate),
        batch=row.batch,
    )


def _nodes(row: Any) -> tuple[int, ...]:  # noqa: ANN401  row of the facts
    nodes = orjson.loads(row.parties) if row.parties else () if row.party is None else (row.party,)
    return tuple(dict.fromkeys(nodes))


def _correct(connection: Connection, workspace: int, lead: int, row: Any, at: datetime) -> None:  # noqa: ANN401
    """What the fact says now; who works the lead stays, unless the fact is gone."""
    mine = (CASE.c.workspace == workspace, CASE.c.id == lead)
    if row.gone:
        connection.execute(update(CASE).where(*mine).values(state="closed", why="gone", owner=None, pool=None))
        note(connection, workspace=workspace, lead=lead, kind="closed", at=at, detail={"why": "gone"})
        return
    company = company_key(row.company) if row.company else None
    said = {name: getattr(row, name) for name in TRAITS}
    connection.execute(update(CASE).where(*mine).values(party=row.party, company_key=company, **said))
    nodes = _nodes(row)
    if nodes_of_case(connection, workspace=workspace, lead=lead) != list(nodes):
        connection.execute(delete(CASE_PARTY).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.lead == lead))
        _link(connection, workspace, [(node, lead) for node in nodes])
    _begin_again(connection, workspace, lead, row, ("closed", "gone"), at)


def _begin_again(  # noqa: PLR0917  one case, and what it is to begin from
    connection: Connection,
    workspace: int,
    lead: int,
    row: Any,  # noqa: ANN401
    standing: tuple[str, str],
    at: datetime,
) -> None:
    """A case that stands so is begun as if its lead came now: waiting, its agent's, blocked, or a duplicate."""
    mine = (CASE.c.workspace == workspace, CASE.c.id == lead, CASE.c.state == standing[0], CASE.c.why == standing[1])
    if connection.execute(select(CASE.c.id).where(*mine)).first() is None:
        return
    one = _arrival(row)
    same = _same_people(connection, workspace, [one], at)
    state, why, original = _beginning(one, same, _proven_lists(connection, workspace, [one]))
    held = state == "owned"
    until = at + timedelta(days=settings_of(connection, workspace=workspace).protect_days)
    connection.execute(
        update(CASE)
        .where(*mine)
        .values(
            state=state, why=why, same_as=original, owner=one.owner if held else None, team=one.team if held else None,
            given_at=to_micros(at) if held else None, protected_until=to_micros(until) if held else None, pool=None,
            touched_at=None, next_at=None, handed_by=None, decide_by=None,
        )
    )  # fmt: skip
    if (state, why) != standing:
        detail = {"why": f"was_{standing[1]}"} | ({"origin": one.traits.origin} if one.traits.origin else {})
        note(connection, workspace=workspace, lead=lead, kind="arrived", at=at, detail=detail)


def _free_duplicates(connection: Connection, workspace: int, gone: Sequence[int], at: datetime) -> None:
    """Duplicates of leads that are gone: the first of each person is worked now, and the others are its duplicates."""
    if not gone:
        return
    # Of leads that came together none is named as the original: whom they both name tells it.
    named = select(CASE_PARTY.c.party).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.lead.in_(gone))
    nodes = all_nodes(connection, workspace, list(connection.execute(named).scalars()))
    beside = select(CASE_PARTY.c.lead).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.party.in_(nodes))
    duplicates = connection.execute(
        select(CASE.c.id, CASE.c.source_system, CASE.c.source_key)
        .where(
            CASE.c.workspace == workspace,
            CASE.c.state == "duplicate",
            CASE.c.why == "same_person",
            or_(CASE.c.same_as.in_(gone), CASE.c.id.in_(beside)),
        )
        .order_by(CASE.c.id)
    ).fetchall()
    for one in duplicates:
        row = present(
            connection,
            LEAD.table,
            workspace=workspace,
            source=one.source_system,
            key=one.source_key,
            columns=_COLUMNS,
        )
        if not row.gone:
            _begin_again(connection, workspace, one.id, row, ("duplicate", "same_person"), at)


def _link(connection: Connection, workspace: int, links: Sequence[tuple[int, int]]) -> None:
    """Who a case names, as (node, case)."""
    rows = [(workspace, *link) for link in links]
    insert_many(connection, "lead_case_party", ("workspace", "party", "lead"), rows, unless="workspace, party, lead")


def _open_cases(
    connection: Connection, workspace: int, new: Sequence[_Scored], settings: DeskSettings, at: datetime
) -> None:
    arrivals = [one.arrival for one in new]
    same = _same_people(connection, workspace, arrivals, at)
    similar = _similar_companies(connection, workspace, arrivals)
    proven = _proven_lists(connection, workspace, arrivals)
    rows = []
    for one in new:
        state, why, original = _beginning(one.arrival, same, proven)
        beside = similar.get(one.arrival.key)
        rows.append(_case_row(workspace, one.arrival, one.parts, state, why, original, beside, settings, at))
    insert_many(connection, "lead_case", _CASE_COLUMNS, rows, unless="workspace, source_system, source_key")
    made = _known(connection, workspace, [one.key for one in arrivals])
    _link(connection, workspace, [(node, made[one.key]) for one in arrivals for node in one.nodes])
    _note_beginnings(connection, workspace, arrivals, rows, made, at)
    _due_as_wanted(connection, workspace, made)
    waiting = [
        Waiting(
            lead=made[one.arrival.key],
            traits=one.traits,
            arrived_at=one.arrival.arrived_at,
            similar_to=similar.get(one.arrival.key),
        )
        for one, row in zip(new, rows, strict=True)
        if row[_STATE] == "waiting"
    ]
    give(connection, workspace=workspace, waiting=waiting, settings=settings, at=at)


def _due_as_wanted(connection: Connection, workspace: int, made: Mapping[tuple[str, str], int]) -> None:
    """Who said when to be called is called then."""
    rows = connection.execute(select(WANTED).where(WANTED.c.workspace == workspace)).fetchall()
    for row in rows:
        lead = made.get((row.source_system, row.source_key))
        if lead is None:
            continue
        mine = (CASE.c.workspace == workspace, CASE.c.id == lead)
        connection.execute(update(CASE).where(*mine).values(next_at=row.due_at))
        key = (WANTED.c.source_system == row.source_system, WANTED.c.source_key == row.source_key)
        connection.execute(delete(WANTED).where(WANTED.c.workspace == workspace, *key))


_STATE, _WHY, _SAME = _CASE_COLUMNS.index("state"), _CASE_COLUMNS.index("why"), _CASE_COLUMNS.index("same_as")


def _beginning(
    one: Arrival, same: Mapping[tuple[str, str], int], proven: frozenset[str]
) -> tuple[str, str | None, int | None]:
    """State of a new case, why, and which it is a duplicate of."""
    if one.key in same or one.duplicate:
        return "duplicate", "same_person" if one.key in same else "said", same.get(one.key) or None
    # A bought list may be used only once it is known what its people agreed to (PIPL 23).
    if one.traits.supplier is not None and (one.traits.list or one.traits.supplier) not in proven:
        return "blocked", "no_provenance", None
    return ("owned" if one.owner else "waiting"), None, None


def _case_row(  # noqa: PLR0917  one row, column by column
    workspace: int,
    one: Arrival,
    parts: Parts,
    state: str,
    why: str | None,
    same: int | None,
    similar: int | None,
    settings: DeskSettings,
    at: datetime,
) -> tuple[object, ...]:
    mine = state == "owned"
    reasons = orjson.dumps(parts.reasons).decode()
    until = to_micros(at + timedelta(days=settings.protect_days)) if mine else None
    return (
        workspace, *one.key, one.nodes[0] if one.nodes else None, to_micros(one.created_at), to_micros(one.arrived_at),
        *(getattr(one.traits, name) for name in TRAITS), one.company or None, parts.score, parts.intent, parts.urgency,
        parts.fit, reasons, parts.model, state, why, one.owner if mine else None, one.team if mine else None,
        (one.given_at or to_micros(at)) if mine else None, until, 0, same, similar,
    )  # fmt: skip


def _same_people(
    connection: Connection, workspace: int, new: Sequence[Arrival], at: datetime
) -> dict[tuple[str, str], int]:
    """Which of the new leads are somebody's who has an open case already (0: of one among these).

    By person, not by number: who writes with their second number, known from elsewhere, is nobody new.
    """
    named = {node for one in new for node in one.nodes}
    persons = persons_of(connection, workspace=workspace, nodes=named)
    member = members_of(connection, workspace=workspace, persons=set(persons.values())) | persons
    here_only = (("workspace", workspace),)
    found = select_many(
        connection, "lead_case_party", ("party", "lead"), where=here_only, key="party", keys=sorted(member)
    )
    cases: dict[int, list[int]] = {}
    for node, lead in found:
        cases.setdefault(member[node], []).append(lead)
    fresh = _open_since(connection, workspace, sorted({lead for leads in cases.values() for lead in leads}), at)
    same: dict[tuple[str, str], int] = {}
    here: set[int] = set()
    for one in new:
        mine = {persons[node] for node in one.nodes}
        earlier = [lead for person in mine for lead in cases.get(person, ()) if lead in fresh]
        if earlier:
            same[one.key] = min(earlier)
        elif here.intersection(mine):
            same[one.key] = 0
        here.update(mine)
    return same


def _open_since(connection: Connection, workspace: int, leads: Sequence[int], at: datetime) -> set[int]:
    rows = select_many(
        connection, "lead_case", ("id", "state", "created_at"), where=(("workspace", workspace),), key="id", keys=leads
    )
    oldest = to_micros(at - _SAME_WISH)
    return {lead for lead, state, created in rows if state in OPEN and created >= oldest}


def _similar_companies(connection: Connection, workspace: int, new: Sequence[Arrival]) -> dict[tuple[str, str], int]:
    """The open case of what is probably the same company, by the first letters and then by likeness."""
    similar: dict[tuple[str, str], int] = {}
    for one in new:
        if not one.company:
            continue
        begin = one.company[:BLOCK]
        rows = connection.execute(
            select(CASE.c.id, CASE.c.company_key)
            .where(
                CASE.c.workspace == workspace,
                CASE.c.company_key >= begin,
                CASE.c.company_key < begin + "\U0010ffff",
                CASE.c.state.in_(OPEN),
            )
            .order_by(CASE.c.id.desc())
            .limit(_COMPANIES)
        )
        found = most_alike(one.company, {row.id: row.company_key for row in rows})
        if found is not None:
            similar[one.key] = found
    return similar


def _proven_lists(connection: Connection, workspace: int, new: Sequence[Arrival]) -> frozenset[str]:
    if all(one.traits.supplier is None for one in new):
        return frozenset()
    rows = connection.execute(select(LIST_ORIGIN.c.list).where(LIST_ORIGIN.c.workspace == workspace))
    return frozenset(rows.scalars())


def _note_beginnings(  # noqa: PLR0917  the parts of one moment
    connection: Connection,
    workspace: int,
    new: Sequence[Arrival],
    rows: Sequence[tuple[object, ...]],
    made: Mapping[tuple[str, str], int],
    at: datetime,
) -> None:
    for one, row in zip(new, rows, strict=True):
        state, lead, original = row[_STATE], made[one.key], row[_SAME]
        if state == "duplicate":
            note(connection, workspace=workspace, lead=lead, kind="duplicate", at=at, detail={"of": original})
            if isinstance(original, int):
                ask_again(connection, workspace=workspace, lead=original, at=at, origin=one.traits.origin)
        elif state == "blocked":
            note(connection, workspace=workspace, lead=lead, kind="blocked", at=at, detail={"why": row[_WHY]})
        elif state == "owned":
            note(
                connection,
                workspace=workspace,
                lead=lead,
                kind="assigned",
                at=at,
                agent=one.owner,
                detail={"by": "fact"},
            )


def ask_again(connection: Connection, *, workspace: int, lead: int, at: datetime, origin: str | None) -> None:
    """Somebody who asks twice wants it: their case is due now."""
    mine = (CASE.c.workspace == workspace, CASE.c.id == lead)
    connection.execute(update(CASE).where(*mine).values(next_at=to_micros(at), urgency=100))
    detail = {"again": True} | ({"origin": origin} if origin else {})
    note(connection, workspace=workspace, lead=lead, kind="arrived", at=at, detail=detail)
