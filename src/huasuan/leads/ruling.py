"""The rules by which leads are given, and the seats they are given to: reading and changing them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.cases import note
from huasuan.leads.desk_tables import CASE, DESK_SETTINGS, LIST_ORIGIN, POOL, RULE, SEAT
from huasuan.leads.presence import leave
from huasuan.leads.settings import DeskSettings
from huasuan.leads.types import ListOrigin, Rule, Seat

_MOST_RULES = 200
_KEPT_APART = frozenset({"id", "name", "version", "place", "active"})
_LONGEST = 100


def rules_of(connection: Connection, *, workspace: int, active: bool = False) -> Sequence[Rule]:
    """The rules in their order; only those in force if ``active``."""
    query = select(RULE).where(RULE.c.workspace == workspace).order_by(RULE.c.place, RULE.c.id)
    if active:
        query = query.where(RULE.c.active.is_(True))
    found = []
    for row in connection.execute(query):
        said: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in orjson.loads(row.content).items()
        }
        found.append(Rule(id=row.id, name=row.name, version=row.version, place=row.place, active=row.active, **said))
    return found


def keep_rule(connection: Connection, *, workspace: int, rule: Rule) -> int:
    """Make a rule (``id`` 0) or change one, which is then its next version; its number.

    Raises
    ------
    InvalidInput
        ``bad_rule``, ``no_such_pool``, ``too_many_rules``
    NotFound
        ``no_rule_here``
    """
    if not rule.name.strip() or len(rule.name) > _LONGEST or not 0 <= rule.least_score <= 1:
        raise InvalidInput(
            "bad_rule",
            Text(zh="规则需要名称，最低评分为 0 到 1", en="a rule needs a name, and its least score lies in 0 to 1"),
        )
    open_pool = (POOL.c.workspace == workspace, POOL.c.id == rule.pool, POOL.c.active.is_(True))
    if rule.pool is not None and connection.execute(select(POOL.c.id).where(*open_pool)).first() is None:
        raise InvalidInput(
            "no_such_pool",
            Text(zh=f"没有启用的公海 {rule.pool}", en=f"there is no pool {rule.pool} in use"),
            Text(zh="请选择一个启用的公海。", en="Choose a pool that is in use."),
        )
    content = orjson.dumps(
        {field.name: value for field in fields(rule) if field.name not in _KEPT_APART
         and (value := getattr(rule, field.name)) is not None}
    ).decode()  # fmt: skip
    said = {"name": rule.name.strip(), "place": rule.place, "active": rule.active, "content": content}
    if rule.id:
        changed = connection.execute(
            update(RULE)
            .where(RULE.c.workspace == workspace, RULE.c.id == rule.id)
            .values(**said, version=RULE.c.version + 1)
        )
        if changed.rowcount != 1:
            raise _no_rule()
        return rule.id
    number = connection.execute(select(func.count()).where(RULE.c.workspace == workspace)).scalar_one()
    if number >= _MOST_RULES:
        raise InvalidInput("too_many_rules", Text(zh=f"最多 {_MOST_RULES} 条规则", en=f"{_MOST_RULES} rules at most"))
    made = connection.execute(insert(RULE).values(workspace=workspace, version=1, **said).returning(RULE.c.id))
    return int(made.scalar_one())


def remove_rule(connection: Connection, *, workspace: int, rule: int) -> None:
    """Take a rule away; what was given by it stays explained.

    Raises
    ------
    NotFound
        ``no_rule_here``
    """
    gone = connection.execute(delete(RULE).where(RULE.c.workspace == workspace, RULE.c.id == rule))
    if gone.rowcount != 1:
        raise _no_rule()


def _no_rule() -> NotFound:
    return NotFound("no_rule_here", Text(zh="没有这条规则", en="there is no such rule"))


def keep_seat(
    connection: Connection, *, workspace: int, seat: Seat, at: datetime, only: Collection[str] | None = None
) -> None:
    """Make or change an agent's seat; whether they are there is theirs to say. Taken out, it gives its leads back.

    ``only``: of a seat that there is, what is not named here stays as it was.

    Raises
    ------
    InvalidInput
        ``bad_seat``
    """
    if not seat.agent.strip() or not 0 <= seat.capacity <= 10_000:
        raise InvalidInput(
            "bad_seat",
            Text(zh="坐席需要工号，容量为 0 到 10000", en="a seat needs its agent, and a capacity from 0 to 10,000"),
        )
    said = {
        "team": seat.team,
        "sales": seat.sales,
        "skills": _listed(seat.skills),
        "regions": _listed(seat.regions),
        "industries": _listed(seat.industries),
        "capacity": seat.capacity,
        "active": seat.active,
    }
    mine = (SEAT.c.workspace == workspace, SEAT.c.agent == seat.agent)
    changed = said if only is None else {name: value for name, value in said.items() if name in only}
    # Naming nothing still has to find out whether the seat is there.
    changed = changed or {"agent": seat.agent}
    if connection.execute(update(SEAT).where(*mine).values(**changed)).rowcount == 0:
        connection.execute(
            insert(SEAT).values(
                workspace=workspace,
                agent=seat.agent,
                state=seat.state,
                pause=seat.pause,
                since=to_micros(at),
                seen_at=to_micros(at),
                given_at=0,
                **said,
            )
        )
    elif changed.get("active") is False:
        leave(connection, workspace=workspace, agent=seat.agent, at=at)


def _listed(names: frozenset[str]) -> str:
    return orjson.dumps(sorted(names)).decode()


def keep_settings(connection: Connection, *, workspace: int, settings: DeskSettings) -> None:
    """What the workspace decides about its leads from now on."""
    content = settings.to_json()
    mine = DESK_SETTINGS.c.workspace == workspace
    if connection.execute(update(DESK_SETTINGS).where(mine).values(content=content)).rowcount == 0:
        connection.execute(insert(DESK_SETTINGS).values(workspace=workspace, content=content))


def list_origins(connection: Connection, *, workspace: int) -> Sequence[ListOrigin]:
    """Which lists are proven, by name."""
    rows = connection.execute(
        select(LIST_ORIGIN).where(LIST_ORIGIN.c.workspace == workspace).order_by(LIST_ORIGIN.c.list)
    )
    return [
        ListOrigin(
            list=row.list, supplier=row.supplier, collected=row.collected, consent=row.consent, evidence=row.evidence
        )
        for row in rows
    ]


def record_list_origin(connection: Connection, *, workspace: int, origin: ListOrigin, by: str, at: datetime) -> None:
    """State where a list comes from. Nothing may be left open: the handler has to prove it (PIPL 69).

    Raises
    ------
    InvalidInput
        ``origin_incomplete``
    """
    empty = [name for name, value in asdict(origin).items() if not value.strip()]
    if empty:
        raise InvalidInput(
            "origin_incomplete",
            Text(zh=f"来源说明缺少：{'、'.join(empty)}", en=f"the origin lacks: {', '.join(empty)}"),
            Text(
                zh="请写明供应方、收集方式、单独同意的内容与证据所在。",
                en="State supplier, how it was collected, what people agreed to, and where the proof lies.",
            ),
        )
    mine = (LIST_ORIGIN.c.workspace == workspace, LIST_ORIGIN.c.list == origin.list)
    said = {**asdict(replace(origin)), "recorded_by": by, "recorded_at": to_micros(at)}
    if connection.execute(update(LIST_ORIGIN).where(*mine).values(**said)).rowcount == 0:
        connection.execute(insert(LIST_ORIGIN).values(workspace=workspace, **said))
    _unblock(connection, workspace, origin.list, at)


def _unblock(connection: Connection, workspace: int, name: str, at: datetime) -> None:
    """What waited for the proof of its list may be given now."""
    blocked = (
        CASE.c.workspace == workspace,
        CASE.c.state == "blocked",
        CASE.c.why == "no_provenance",
        func.coalesce(CASE.c.list, CASE.c.supplier) == name,
    )
    freed = connection.execute(update(CASE).where(*blocked).values(state="waiting", why=None).returning(CASE.c.id))
    for (lead,) in freed.fetchall():
        note(connection, workspace=workspace, lead=lead, kind="unblocked", at=at, detail={"list": name})
