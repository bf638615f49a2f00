"""The outbox: what is found is kept once, claimed by one sender, and noted as sent, refused or to be tried again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import uuid4

import orjson
from sqlalchemy import Connection, and_, case, func, insert, select, update

from huasuan.journeys.conversions import Conversion, Goal, Row, Step, Unsendable
from huasuan.journeys.outbox_tables import ATTEMPT, OUT, TARGET
from huasuan.journeys.platforms import Platform, Refused, Target
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros

State = Literal["waiting", "sending", "sent", "failed", "unsendable", "dropped"]
_OPEN = ("waiting", "sending")
_CHUNK = 400
_TAKEN_DEAD = timedelta(minutes=2)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=6)
MOST_ATTEMPTS = 20
_LONGEST_TOLD = 500
_DROPPED = Text(zh="发送前已取消，无需告知", en="taken back before it was sent: there is nothing to tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one request, and its number: the same in every attempt. ``attempt`` counts from 1."""

    number: str
    target: int
    attempt: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the outbox as it is shown; ``why`` says what hinders it."""

    id: int
    target: str
    name: str
    goal: Goal
    step: Step
    happened_at: datetime
    value_minor: int | None
    currency: str
    state: State
    why: Text | None
    code: str | None
    attempts: int
    next_at: datetime | None
    sent_at: datetime | None


def targets_of(connection: Connection, *, workspace: int | None = None) -> Sequence[tuple[int, Target]]:
    """Targets by name, each with its workspace."""
    query = select(TARGET).order_by(TARGET.c.workspace, TARGET.c.name)
    if workspace is not None:
        query = query.where(TARGET.c.workspace == workspace)
    return [(row.workspace, _target(row)) for row in connection.execute(query)]


def keep_target(connection: Connection, *, workspace: int, target: Target) -> int:
    """Make a target (``id`` 0) or change one; an empty secret leaves the one there is. Its number.

    Raises
    ------
    InvalidInput
        ``bad_target``
    NotFound
        ``no_target_here``
    """
    taken = select(TARGET.c.id).where(
        TARGET.c.workspace == workspace, TARGET.c.name == target.name.strip(), TARGET.c.id != target.id
    )
    right = target.name.strip() and target.goals and set(target.goals) <= set(get_args(Goal)) and target.per_minute > 0
    if not right or connection.execute(taken).first() is not None:
        raise InvalidInput(
            "bad_target",
            Text(
                zh="目标需要不重复的名称和至少一个转化目标", en="a target needs a name of its own and one goal at least"
            ),
        )
    said: dict[str, Any] = {
        "name": target.name.strip(),
        "platform": target.platform,
        "address": target.address,
        "goals": ",".join(target.goals),
        "since": to_micros(target.since),
        "per_minute": target.per_minute,
        "active": target.active,
    }
    if target.secret or not target.id:
        said["secret"] = target.secret
    if not target.id:
        made = insert(TARGET).values(workspace=workspace, paused_until=0, **said).returning(TARGET.c.id)
        return int(connection.execute(made).scalar_one())
    mine = (TARGET.c.workspace == workspace, TARGET.c.id == target.id)
    if connection.execute(update(TARGET).where(*mine).values(**said)).rowcount != 1:
        raise NotFound("no_target_here", Text(zh="没有这个目标", en="there is no such target"))
    return target.id


def queue(
    connection: Connection,
    *,
    workspace: int,
    target: Target,
    platform: Platform,
    found: Iterable[Conversion],
    at: datetime,
) -> int:
    """Keep what is new among ``found``; how much. What came back is told only of sales that were told."""
    wanted = [one for one in found if one.goal in target.goals and one.happened_at >= target.since]
    known: dict[str, str] = {}
    names = [_name(one) for one in wanted]
    for begin in range(0, len(names), _CHUNK):
        rows = connection.execute(
            select(OUT.c.name, OUT.c.state).where(
                OUT.c.workspace == workspace, OUT.c.target == target.id, OUT.c.name.in_(names[begin : begin + _CHUNK])
            )
        )
        known |= {row.name: row.state for row in rows}
    new = []
    for name, one in zip(names, wanted, strict=True):
        if name in known:
            continue
        if one.step != "conversion" and known.get(one.key) != "sent":
            # A sale neither sent nor on its way needs no taking back; one on its way is looked at again.
            if one.step == "retraction" and known.get(one.key, "new") in {"waiting", "new"}:
                _drop(connection, workspace, target.id, one.key)
            continue
        new.append(_kept(workspace, target.id, name, one, platform.row_of(one, at), at))
        known[name] = "new"
    for begin in range(0, len(new), _CHUNK):
        connection.execute(insert(OUT), new[begin : begin + _CHUNK])
    # The same round may have found a sale and its end: it was kept after the look above.
    for one in wanted:
        if one.step == "retraction" and known.get(one.key) == "new":
            _drop(connection, workspace, target.id, one.key)
    return len(new)


def claim(connection: Connection, *, target: Target, platform: Platform, at: datetime) -> Batch | None:
    """The next request that is due, for this caller alone; None: nothing is, or the target wants peace.

    A request that was begun and never noted is claimed again as it was, with the same number.
    """
    moment = to_micros(at)
    if (
        not target.active
        or (target.paused_until is not None and target.paused_until > at)
        or _busy(connection, target, at)
    ):
        return None
    is_due = and_(OUT.c.target == target.id, OUT.c.state.in_(_OPEN), OUT.c.next_at <= moment)
    first = connection.execute(select(OUT).where(is_due).order_by(OUT.c.next_at, OUT.c.id).limit(1)).first()
    if first is None:
        return None
    number = first.batch or str(uuid4())
    if first.batch is None:
        fresh = (
            select(OUT.c.id)
            .where(is_due, OUT.c.batch.is_(None), OUT.c.method == first.method)
            .order_by(OUT.c.next_at, OUT.c.id)
            .limit(platform.rows_a_request)
        )
        mine = and_(is_due, OUT.c.batch.is_(None), OUT.c.id.in_(fresh.scalar_subquery()))
    else:
        mine = and_(is_due, OUT.c.batch == number)
    taken = connection.execute(
        update(OUT)
        .where(mine)
        .values(state="sending", batch=number, attempts=OUT.c.attempts + 1, next_at=to_micros(at + _TAKEN_DEAD))
    )
    if not taken.rowcount:
        return None
    rows = connection.execute(
        select(OUT).where(OUT.c.batch == number, OUT.c.state == "sending").order_by(OUT.c.id)
    ).fetchall()
    return Batch(
        number=number,
        target=target.id,
        attempt=max(row.attempts for row in rows),
        rows=tuple(Row(method=row.method, key=row.name, payload=orjson.loads(row.payload)) for row in rows),
    )


def note_taken(connection: Connection, *, batch: Batch, refused: Mapping[str, Refused], at: datetime) -> None:
    """The request came through: its rows are sent, but for those refused."""
    mine = and_(OUT.c.batch == batch.number, OUT.c.state == "sending")
    for key, why in refused.items():
        again = why.again and batch.attempt < MOST_ATTEMPTS
        connection.execute(
            update(OUT)
            .where(mine, OUT.c.name == key)
            .values(
                state="waiting" if again else "failed",
                batch=None,
                next_at=to_micros(at + wait_after(batch.attempt)),
                **_why(why.code, why.text),
            )
        )
    connection.execute(update(OUT).where(mine).values(state="sent", sent_at=to_micros(at), code=None, zh=None, en=None))


def note_missed(
    connection: Connection, *, batch: Batch, code: str, text: Text, until: datetime, for_good: bool, pause: bool
) -> None:
    """The request did not come through: the same rows are tried again at ``until``, or given up.

    pause: the whole target is left alone until then.
    """
    given_up = for_good or batch.attempt >= MOST_ATTEMPTS
    mine = and_(OUT.c.batch == batch.number, OUT.c.state == "sending")
    state = {"state": "failed", "batch": None} if given_up else {"state": "waiting"}
    connection.execute(update(OUT).where(mine).values(next_at=to_micros(until), **state, **_why(code, text)))
    if pause:
        connection.execute(update(TARGET).where(TARGET.c.id == batch.target).values(paused_until=to_micros(until)))


def log_attempt(
    connection: Connection, *, workspace: int, batch: Batch, at: datetime, status: int | None, told: str
) -> None:
    """One request in the log, before its outcome is noted."""
    connection.execute(
        insert(ATTEMPT).values(
            workspace=workspace, target=batch.target, batch=batch.number, at=to_micros(at), rows=len(batch.rows),
            status=status, told=told[:_LONGEST_TOLD],
        )
    )  # fmt: skip


def wait_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts: 10 s, twice as long each time, six hours at most."""
    return min(_FIRST_WAIT * (1 << min(attempt - 1, 20)), _LONGEST_WAIT)


def send_again(connection: Connection, *, workspace: int, line: int, at: datetime) -> None:
    """A line that failed is due once more, with all its attempts before it.

    Raises
    ------
    NotFound
        ``no_failed_line``
    """
    done = connection.execute(
        update(OUT)
        .where(OUT.c.workspace == workspace, OUT.c.id == line, OUT.c.state == "failed")
        .values(state="waiting", batch=None, attempts=0, next_at=to_micros(at))
    )
    if done.rowcount != 1:
        raise NotFound(
            "no_failed_line", Text(zh="只有失败的记录可以重发", en="only a line that failed can be sent again")
        )


def lines_of(connection: Connection, *, workspace: int, state: State | None = None, limit: int = 200) -> Sequence[Told]:
    """The newest lines of the outbox, those that failed first."""
    troubled = case((OUT.c.state == "failed", 0), else_=1)
    query = select(OUT, TARGET.c.name.label("told")).join(TARGET, TARGET.c.id == OUT.c.target)
    query = query.where(OUT.c.workspace == workspace).order_by(troubled, OUT.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(OUT.c.state == state)
    return [
        Told(
            id=row.id,
            target=row.told,
            name=row.name,
            goal=row.goal,
            step=row.step,
            happened_at=from_micros(row.happened_at),
            value_minor=row.value_minor,
            currency=row.currency,
            state=row.state,
            why=None if row.en is None else Text(zh=row.zh, en=row.en),
            code=row.code,
            attempts=row.attempts,
            next_at=from_micros(row.next_at) if row.state in _OPEN else None,
            sent_at=None if row.sent_at is None else from_micros(row.sent_at),
        )
        for row in connection.execute(query)
    ]


def _name(one: Conversion) -> str:
    if one.step == "restatement":
        return f"{one.key}/restatement/{one.value_minor}"
    return one.key if one.step == "conversion" else f"{one.key}/{one.step}"


def _kept(  # noqa: PLR0917  one line
    workspace: int, target: int, name: str, one: Conversion, row: Row | Unsendable, at: datetime
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "workspace": workspace,
        "target": target,
        "name": name,
        "goal": one.goal,
        "step": one.step,
        "happened_at": to_micros(one.happened_at),
        "value_minor": one.value_minor,
        "currency": one.currency,
        "attempts": 0,
        "found_at": to_micros(at),
        "next_at": to_micros(at),
        "method": None,
        "payload": None,
        "code": None,
        "zh": None,
        "en": None,
    }
    if isinstance(row, Unsendable):
        return line | {"state": "unsendable"} | _why(row.code, row.text)
    due_at = at if row.not_before is None else max(at, row.not_before)
    told = {"method": row.method, "payload": orjson.dumps(row.payload).decode(), "next_at": to_micros(due_at)}
    return line | {"state": "waiting"} | told


def _drop(connection: Connection, workspace: int, target: int, name: str) -> None:
    """A sale taken back before it was sent; one that may have left already is left to the sender."""
    connection.execute(
        update(OUT)
        .where(
            OUT.c.workspace == workspace,
            OUT.c.target == target,
            OUT.c.name == name,
            OUT.c.state == "waiting",
            OUT.c.batch.is_(None),
        )
        .values(state="dropped", **_why("taken_back", _DROPPED))
    )


def _busy(connection: Connection, target: Target, at: datetime) -> bool:
    """Whether the last minute had as many requests as the target may have."""
    since = to_micros(at - timedelta(minutes=1))
    count = select(func.count()).where(ATTEMPT.c.target == target.id, ATTEMPT.c.at > since)
    return int(connection.execute(count).scalar_one()) >= target.per_minute


def _why(code: str, text: Text) -> dict[str, str]:
    return {"code": code, "zh": text.zh, "en": text.en}


def _target(row: Any) -> Target:  # noqa: ANN401  a row of the store
    return Target(
        id=row.id,
        name=row.name,
        platform=row.platform,
        address=row.address,
        secret=row.secret,
        goals=tuple(row.goals.split(",")),
        since=from_micros(row.since),
        per_minute=row.per_minute,
        active=row.active,
        paused_until=from_micros(row.paused_until) if row.paused_until else None,
    )
