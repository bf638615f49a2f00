"""Reading cases and seats, and writing down what was done with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, func, insert, or_, select, text

from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.desk_tables import CASE, CASE_PARTY, DESK_SETTINGS, SEAT, STEP, TO_TELL
from huasuan.leads.settings import DeskSettings, settings_from_json
from huasuan.leads.types import Case, Parts, Presence, Seat, Step, Traits
from huasuan.store import select_all

# Any number of our own: the first half of the lock on a workspace's cases.
_LOCK = 7_261_006
TRAITS = ("origin", "channel", "source", "campaign", "list", "supplier", "industry", "region", "interest")
OPEN = ("waiting", "owned", "pool", "handed", "blocked")


def hold_cases(connection: Connection, workspace: int) -> None:
    """Nobody else gives leads of this workspace until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock, :workspace)"), {"lock": _LOCK, "workspace": workspace % 2**31}
        )


def settings_of(connection: Connection, *, workspace: int) -> DeskSettings:
    """What the workspace decided about its leads."""
    kept = connection.execute(
        select(DESK_SETTINGS.c.content).where(DESK_SETTINGS.c.workspace == workspace)
    ).scalar_one_or_none()
    return settings_from_json(kept)


def case_of(connection: Connection, *, workspace: int, lead: int) -> Case:
    """One case.

    Raises
    ------
    NotFound
        ``no_lead_here``
    """
    row = connection.execute(select(CASE).where(CASE.c.workspace == workspace, CASE.c.id == lead)).first()
    if row is None:
        raise no_lead()
    return as_case(row)


def traits_of(row: Row[Any]) -> Traits:
    """What a row of the table of cases may be chosen by."""
    return Traits(**{name: getattr(row, name) for name in TRAITS}, score=row.score)


def no_lead() -> NotFound:
    """The same answer for a lead that does not exist and one that is not for the asker to see."""
    return NotFound("no_lead_here", Text(zh="没有这条线索", en="there is no such lead"))


def no_seat(agent: str) -> NotFound:
    """Leads are worked from a seat only."""
    return NotFound(
        "no_seat",
        Text(zh=f"工号 {agent} 没有坐席", en=f"there is no seat for {agent}"),
        Text(zh="请让主管在线索分配中添加坐席。", en="Ask a supervisor to add the seat."),
    )


def list_cases(
    connection: Connection,
    *,
    workspace: int,
    states: Sequence[str] = (),
    owner: str | None = None,
    pool: int | None = None,
    origin: str | None = None,
    before: tuple[float, int] | None = None,
    limit: int = 50,
) -> Sequence[Case]:
    """Cases, the most promising first; ``before`` continues after the (score, id) of the last one seen."""
    query = select(CASE).where(CASE.c.workspace == workspace)
    if states:
        query = query.where(CASE.c.state.in_(states))
    for column, wanted in ((CASE.c.owner, owner), (CASE.c.pool, pool), (CASE.c.origin, origin)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        score, lead = before
        query = query.where(or_(CASE.c.score < score, and_(CASE.c.score == score, CASE.c.id < lead)))
    rows = connection.execute(query.order_by(CASE.c.score.desc(), CASE.c.id.desc()).limit(limit))
    return [as_case(row) for row in rows]


def list_alike(connection: Connection, *, workspace: int, limit: int) -> Sequence[Case]:
    """Cases that are taken for the same person as another, or may be of the same company; the newest first."""
    rows = connection.execute(
        select(CASE)
        .where(
            CASE.c.workspace == workspace,
            or_(CASE.c.same_as.is_not(None), and_(CASE.c.similar_to.is_not(None), CASE.c.state.in_(OPEN))),
        )
        .order_by(CASE.c.id.desc())
        .limit(limit)
    )
    return [as_case(row) for row in rows]


def count_cases(connection: Connection, *, workspace: int) -> Mapping[str, int]:
    """How many cases are in which state."""
    rows = connection.execute(
        select(CASE.c.state, func.count().label("number")).where(CASE.c.workspace == workspace).group_by(CASE.c.state)
    )
    return {row.state: row.number for row in rows}


def cases_naming(connection: Connection, *, workspace: int, nodes: Collection[int]) -> Sequence[Case]:
    """Every case that names one of the nodes, whatever became of it, in their order."""
    named = select(CASE_PARTY.c.lead).where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.party.in_(nodes))
    rows = connection.execute(
        select(CASE)
        .where(CASE.c.workspace == workspace, or_(CASE.c.party.in_(nodes), CASE.c.id.in_(named)))
        .order_by(CASE.c.id)
    )
    return [as_case(row) for row in rows]


def steps_of(connection: Connection, *, workspace: int, lead: int) -> Sequence[Step]:
    """Everything done with a case, in its order."""
    rows = connection.execute(
        select(STEP).where(STEP.c.workspace == workspace, STEP.c.lead == lead).order_by(STEP.c.id)
    )
    return [
        Step(
            at=from_micros(row.at),
            kind=row.kind,
            agent=row.agent,
            other=row.other,
            delay_ms=row.delay_ms,
            detail=orjson.loads(row.detail),
        )
        for row in rows
    ]


def note(
    connection: Connection,
    *,
    workspace: int,
    lead: int,
    kind: str,
    at: datetime,
    agent: str | None = None,
    other: str | None = None,
    delay_ms: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down what was done with a case, in the transaction that does it."""
    connection.execute(
        insert(STEP).values(
            workspace=workspace,
            lead=lead,
            at=to_micros(at),
            kind=kind,
            agent=agent,
            other=other,
            delay_ms=delay_ms,
            detail=orjson.dumps(detail or {}).decode(),
        )
    )


def tell(connection: Connection, *, workspace: int, kind: str, record: Mapping[str, object]) -> None:
    """Have the facts told, once this transaction is through; ``record`` is what the intake takes, with its key."""
    connection.execute(insert(TO_TELL).values(workspace=workspace, kind=kind, record=orjson.dumps(record).decode()))


def seats_of(connection: Connection, *, workspace: int) -> list[Seat]:
    """Everybody who works leads, with how many they have in hand."""
    return [_seat(*row) for row in select_all(connection, _SEATS, (*_SEAT_COLUMNS, "held"), (workspace, workspace))]


_SEAT_COLUMNS = (
    "agent", "team", "sales", "skills", "regions", "industries", "capacity", "state", "pause", "since", "given_at",
    "active",
)  # fmt: skip
# Counted once for all: one count for each seat took 440 ms where PostgreSQL knew too little to choose the right index.
_SEATS = (
    f"SELECT {', '.join(f's.{name} AS {name}' for name in _SEAT_COLUMNS)}, coalesce(c.held, 0) AS held "
    "FROM lead_seat s LEFT JOIN (SELECT workspace, owner, count(*) AS held FROM lead_case WHERE workspace = ? AND "
    "state = 'owned' GROUP BY workspace, owner) c ON c.workspace = s.workspace AND c.owner = s.agent "
    "WHERE s.workspace = ? ORDER BY s.agent"
)


# Leads are given many times a second and few seats change in between: equal rows are the same seat.
@lru_cache(maxsize=8_192)
def _seat(  # noqa: PLR0917  the columns of a row
    agent: str,
    team: str | None,
    sales: bool,
    skills: str,
    regions: str,
    industries: str,
    capacity: int,
    state: Presence,
    pause: str | None,
    since: int,
    given_at: int,
    active: bool,
    held: int,
) -> Seat:
    return Seat(
        agent=agent,
        team=team,
        sales=bool(sales),
        skills=frozenset(orjson.loads(skills)),
        regions=frozenset(orjson.loads(regions)),
        industries=frozenset(orjson.loads(industries)),
        capacity=capacity,
        state=state,
        pause=pause,
        since=since,
        given_at=given_at,
        open_leads=held,
        active=bool(active),
    )


def team_of(connection: Connection, *, workspace: int, agent: str) -> str | None:
    """The team of an agent's seat."""
    return connection.execute(
        select(SEAT.c.team).where(SEAT.c.workspace == workspace, SEAT.c.agent == agent)
    ).scalar_one_or_none()


def by_source(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Keys of each source: indexes find a key of a fact only together with its source."""
    found: dict[str, list[str]] = {}
    for source, key in keys:
        found.setdefault(source, []).append(key)
    return found


def as_case(row: Row[Any]) -> Case:
    """A row of the table of cases."""
    return Case(
        id=row.id,
        source_system=row.source_system,
        source_key=row.source_key,
        party=row.party,
        created_at=from_micros(row.created_at),
        arrived_at=from_micros(row.arrived_at),
        traits=traits_of(row),
        parts=Parts(
            score=row.score,
            intent=row.intent,
            urgency=row.urgency,
            fit=row.fit,
            reasons=tuple((name, value, effect) for name, value, effect in orjson.loads(row.reasons)),
            model=row.model,
        ),
        state=row.state,
        why=row.why,
        owner=row.owner,
        team=row.team,
        pool=row.pool,
        given_at=moment(row.given_at),
        protected_until=moment(row.protected_until),
        touched_at=moment(row.touched_at),
        next_at=moment(row.next_at),
        attempts=row.attempts,
        same_as=row.same_as,
        similar_to=row.similar_to,
        handed_by=row.handed_by,
        decide_by=moment(row.decide_by),
    )


def moment(micros: int | None) -> datetime | None:
    """A time of the store, if there is one."""
    return None if micros is None else from_micros(micros)
