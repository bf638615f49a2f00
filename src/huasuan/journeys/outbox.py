"""The outbox: lines are claimed by one sender, and noted as sent, refused or to be tried again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from sqlalchemy import ColumnElement, Connection, and_, case, false, func, insert, or_, select, update

from huasuan.journeys.conversions import Goal, Row, Step, Unsendable
from huasuan.journeys.differences import State
from huasuan.journeys.outbox_tables import ATTEMPT, OUT, TARGET, TRIED
from huasuan.journeys.platforms import Missed, Platform, Refused, Target
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros

_OPEN = ("waiting", "sending")
_TAKEN_DEAD = timedelta(minutes=2)
_FIRST_WAIT, _LONGEST_WAIT, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=6), timedelta(days=1)
MOST_ATTEMPTS = 20
_LONGEST_TOLD = 500
_NO_ANSWER = "no_answer"
_TOO_LATE = Text(
    zh="等待期间已超过平台接受的期限", en="while it waited, the time in which the platform takes it ran out"
)
_UNCERTAIN = Text(
    zh="已发出但不知是否收到；平台不识别重复，因此不自动重发。请在平台核对后重发或记为已发",
    en="it was sent but nobody knows whether it arrived; the platform counts repetitions twice, so it is not repeated "
    "by itself. Look there, then send again or note it as sent",
)


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
    account: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request: how many rows it had, and what came back; ``status`` None: nothing did."""

    at: datetime
    rows: int
    status: int | None
    told: str


def claim(connection: Connection, *, target: Target, platform: Platform, at: datetime) -> Batch | None:
    """The next request that is due, for this caller alone; None: nothing is, or the target wants peace.

    A request that was begun and never noted is claimed again as it was, with the same number; where the platform
    would count it twice, its lines become uncertain instead.
    """
    moment = to_micros(at)
    if not target.active or (target.paused_until is not None and target.paused_until > at):
        return None
    _end_of_time(connection, target, moment)
    if not platform.knows_repeats:
        _doubt(connection, OUT.c.target == target.id, OUT.c.state == "sending", OUT.c.next_at <= moment)
    if _busy(connection, target, at):
        return None
    is_due = _due_of(target, moment)
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
        rows=tuple(
            Row(method=row.method, key=row.name, payload=orjson.loads(row.payload), person=row.person) for row in rows
        ),
    )


def is_due(connection: Connection, *, target: Target, at: datetime) -> bool:
    """Whether there is anything to send to it."""
    return connection.execute(select(OUT.c.id).where(_due_of(target, to_micros(at))).limit(1)).first() is not None


def note_unsendable(connection: Connection, *, batch: Batch, found: Iterable[Unsendable]) -> None:
    """Lines of a request that turned out not to be sendable when it was made."""
    for one in found:
        connection.execute(
            update(OUT)
            .where(OUT.c.batch == batch.number, OUT.c.name == one.key)
            .values(state=_unless_sent("unsendable"), batch=None, **why_of(one.code, one.text))
        )


def note_taken(connection: Connection, *, batch: Batch, refused: Mapping[str, Refused], at: datetime) -> None:
    """The request came through: its rows are sent, but for those refused."""
    mine = and_(OUT.c.batch == batch.number, OUT.c.state == "sending")
    for key, why in refused.items():
        goes_on = OUT.c.attempts < MOST_ATTEMPTS if why.again else false()
        connection.execute(
            update(OUT)
            .where(mine, OUT.c.name == key)
            .values(
                state=case((goes_on, "waiting"), else_=_unless_sent("failed")),
                batch=None,
                next_at=to_micros(at + wait_after(batch.attempt)),
                **why_of(why.code, why.text),
            )
        )
    connection.execute(update(OUT).where(mine).values(state="sent", sent_at=to_micros(at), code=None, zh=None, en=None))


def note_missed(connection: Connection, *, batch: Batch, missed: Missed, at: datetime, knows_repeats: bool) -> None:
    """The request did not come through: the same rows are tried again later, given up, or left to somebody's look."""
    wait = wait_after(batch.attempt)
    if missed.after_seconds is not None:
        wait = min(max(wait, timedelta(seconds=missed.after_seconds)), _LONGEST_PAUSE)
    mine = and_(OUT.c.batch == batch.number, OUT.c.state == "sending")
    if missed.unknown and not knows_repeats:
        _doubt(connection, mine)
    else:
        # Rows of one request may have tried differently often.
        over = mine if missed.for_good else and_(mine, OUT.c.attempts >= MOST_ATTEMPTS)
        said = {"next_at": to_micros(at + wait), **why_of(missed.code, missed.text)}
        connection.execute(update(OUT).where(over).values(state=_unless_sent("failed"), batch=None, **said))
        connection.execute(update(OUT).where(mine).values(state="waiting", **said))
    if missed.pause:
        connection.execute(update(TARGET).where(TARGET.c.id == batch.target).values(paused_until=to_micros(at + wait)))


def log_attempt(
    connection: Connection, *, workspace: int, batch: Batch, at: datetime, status: int | None, told: str
) -> None:
    """One request in the log with the lines that went with it, before its outcome is noted."""
    query = select(OUT.c.id).where(OUT.c.batch == batch.number, OUT.c.state == "sending")
    lines = connection.execute(query).scalars().all()
    said = {
        "workspace": workspace, "target": batch.target, "batch": batch.number, "at": to_micros(at),
        "rows": len(lines), "status": status, "told": told[:_LONGEST_TOLD].replace("\0", ""),
    }  # fmt: skip
    attempt = connection.execute(insert(ATTEMPT).values(**said).returning(ATTEMPT.c.id)).scalar_one()
    if lines:
        connection.execute(insert(TRIED), [{"line": line, "attempt": attempt} for line in lines])


def attempts_of(connection: Connection, *, workspace: int, line: int, limit: int = 100) -> Sequence[Attempt]:
    """The requests a line went with, the newest first.

    Raises
    ------
    NotFound
        ``no_such_line``
    """
    mine = select(OUT.c.id).where(OUT.c.workspace == workspace, OUT.c.id == line)
    if connection.execute(mine).first() is None:
        raise NotFound("no_such_line", Text(zh="没有这条记录", en="there is no such line"))
    query = (
        select(ATTEMPT)
        .join(TRIED, TRIED.c.attempt == ATTEMPT.c.id)
        .where(TRIED.c.line == line, ATTEMPT.c.workspace == workspace)
        .order_by(ATTEMPT.c.id.desc())
        .limit(limit)
    )
    return [
        Attempt(at=from_micros(row.at), rows=row.rows, status=row.status, told=row.told)
        for row in connection.execute(query)
    ]


def hindered_by_people(
    connection: Connection, *, target: Target, at: datetime, limit: int, before: int | None = None
) -> Sequence[tuple[int, Row]]:
    """Lines that could not leave for what is known of the person, the newest first, while the platform takes them.

    before: only those older than this line.
    """
    in_time = or_(OUT.c.last_at.is_(None), OUT.c.last_at >= to_micros(at))
    query = (
        select(OUT)
        .where(OUT.c.target == target.id, OUT.c.state == "unsendable", OUT.c.payload.is_not(None))
        .where(OUT.c.person.is_not(None), in_time)
        .order_by(OUT.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(OUT.c.id < before)
    return [
        (row.id, Row(method=row.method, key=row.name, payload=orjson.loads(row.payload), person=row.person))
        for row in connection.execute(query)
    ]


def free(connection: Connection, *, lines: Iterable[int], at: datetime) -> None:
    """Lines that could not leave and now can are due."""
    for line in lines:
        mine = (OUT.c.id == line, OUT.c.state == "unsendable")
        connection.execute(update(OUT).where(*mine).values(state="waiting", attempts=0, next_at=to_micros(at)))


def wait_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts: 10 s, twice as long each time, six hours at most."""
    return min(_FIRST_WAIT * (1 << min(attempt - 1, 20)), _LONGEST_WAIT)


def send_again(
    connection: Connection, *, workspace: int, at: datetime, line: int | None = None, target: int | None = None
) -> int:
    """Lines that failed, or whose end is not known, are due once more, from their first attempt on; how many.

    line: that one, and it must be such a line. target: all of that target that failed; uncertain ones are left, since
    each wants a look.

    Raises
    ------
    NotFound
        ``no_failed_line``, ``no_target_here``
    """
    mine = select(TARGET.c.id).where(TARGET.c.workspace == workspace, TARGET.c.id == target)
    if target is not None and connection.execute(mine).first() is None:
        raise NotFound("no_target_here", Text(zh="没有这个目标", en="there is no such target"))
    states = ("failed",) if line is None else ("failed", "uncertain")
    wanted = [OUT.c.workspace == workspace, OUT.c.state.in_(states)]
    wanted += [OUT.c.id == line] if line is not None else []
    wanted += [OUT.c.target == target] if target is not None else []
    done = connection.execute(
        update(OUT).where(*wanted).values(state="waiting", batch=None, attempts=0, next_at=to_micros(at))
    )
    if line is not None and done.rowcount != 1:
        raise NotFound(
            "no_failed_line",
            Text(zh="只有失败或不确定的记录可以重发", en="only a line that failed or is uncertain can be sent again"),
        )
    return done.rowcount


def take_as_sent(connection: Connection, *, workspace: int, line: int, at: datetime) -> None:
    """Somebody has looked: an uncertain line did arrive.

    Raises
    ------
    NotFound
        ``no_uncertain_line``
    """
    done = connection.execute(
        update(OUT)
        .where(OUT.c.workspace == workspace, OUT.c.id == line, OUT.c.state == "uncertain")
        .values(state="sent", sent_at=to_micros(at), batch=None, code=None, zh=None, en=None)
    )
    if done.rowcount != 1:
        raise NotFound(
            "no_uncertain_line",
            Text(zh="只有不确定的记录可以记为已发", en="only a line that is uncertain can be noted as sent"),
        )


def counts_of(connection: Connection, *, workspace: int) -> Mapping[int, Mapping[State, int]]:
    """How many lines of each target are in each state."""
    rows = connection.execute(
        select(OUT.c.target, OUT.c.state, func.count())
        .where(OUT.c.workspace == workspace)
        .group_by(OUT.c.target, OUT.c.state)
    )
    found: dict[int, dict[State, int]] = {}
    for target, state, count in rows:
        found.setdefault(target, {})[state] = count
    return found


def lines_of(
    connection: Connection,
    *,
    workspace: int,
    state: State | None = None,
    target: int | None = None,
    limit: int = 200,
    offset: int = 0,
) -> Sequence[Told]:
    """The newest lines of the outbox, those that want somebody first; ``offset``: so many are left out."""
    troubled = case((OUT.c.state.in_(("failed", "uncertain")), 0), else_=1)
    query = select(OUT, TARGET.c.name.label("told")).join(TARGET, TARGET.c.id == OUT.c.target)
    query = query.where(OUT.c.workspace == workspace).order_by(troubled, OUT.c.id.desc()).limit(limit).offset(offset)
    if state is not None:
        query = query.where(OUT.c.state == state)
    if target is not None:
        query = query.where(OUT.c.target == target)
    return [
        Told(
            id=row.id,
            target=row.told,
            account=row.target,
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


def _unless_sent(state: State) -> ColumnElement[str]:
    """The state of a line that comes to nothing; one that was only repeated stays sent."""
    return case((OUT.c.sent_at.is_not(None), "sent"), else_=state)


def _due_of(target: Target, moment: int) -> ColumnElement[bool]:
    return and_(OUT.c.target == target.id, OUT.c.state.in_(_OPEN), OUT.c.next_at <= moment)


def _end_of_time(connection: Connection, target: Target, moment: int) -> None:
    """Lines that waited too long; one that may have arrived all the same is left to somebody's look."""
    over = and_(OUT.c.target == target.id, OUT.c.state == "waiting", OUT.c.last_at < moment)
    _doubt(connection, over, OUT.c.code == _NO_ANSWER)
    connection.execute(
        update(OUT).where(over).values(state=_unless_sent("unsendable"), batch=None, **why_of("too_late", _TOO_LATE))
    )


def _doubt(connection: Connection, *which: ColumnElement[bool]) -> None:
    connection.execute(update(OUT).where(*which).values(state="uncertain", **why_of("uncertain", _UNCERTAIN)))


def _busy(connection: Connection, target: Target, at: datetime) -> bool:
    """Whether the last minute had as many requests as the target may have."""
    since = to_micros(at - timedelta(minutes=1))
    count = select(func.count()).where(ATTEMPT.c.target == target.id, ATTEMPT.c.at > since)
    return int(connection.execute(count).scalar_one()) >= target.per_minute


def why_of(code: str, text: Text) -> dict[str, str]:
    """What hinders a line, as its columns."""
    return {"code": code, "zh": text.zh, "en": text.en}
