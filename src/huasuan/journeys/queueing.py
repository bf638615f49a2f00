"""What the outbox still has to say: conversions and corrections become lines, each once (ADR 0039)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from huasuan.journeys.conversions import Conversion, Row, Unsendable
from huasuan.journeys.differences import Difference, Line, changed_when, difference
from huasuan.journeys.outbox import send_again, why_of
from huasuan.journeys.outbox_tables import OUT
from huasuan.journeys.platforms import Platform, Target
from huasuan.journeys.targets import targets_of
from huasuan.kernel.errors import Conflict
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros

_CHUNK = 400
_MOMENTS = ("happened_at", "changed_at", "clicked_at", "called_at")
_TAKEN_BACK = Text(zh="发送前已取消，无需告知", en="taken back before it was sent: there is nothing to tell")
_OUT_OF_TIME = Text(zh="已超过平台接受的期限", en="the time in which the platform takes it has run out")
_COUNTS_TWICE = Text(
    zh="平台不识别重复，重发会重复计数", en="the platform does not know repetitions; sent again it would count twice"
)
_TOLD_OTHERWISE = Text(
    zh="此后已有新的记录，重发旧的会覆盖它", en="a later line says how it stands; the old one would contradict it"
)
# Goals that no seconds of talk decide.
_OF_ANY_CALL = ("call", "unique_call")
_TALK_UNKNOWN = Text(
    zh="来电已接听，但既无结束时间也无通话时长，无法判断是否达标；补上其一或为来电打标签后会自动重判",
    en="the call was answered, but neither its end nor its seconds of talk are known, so nobody can tell what it was "
    "worth; give either, or tag the call, and it is judged again",
)
_OUTDATED = Text(
    zh="未送达前情况又有变化，以最新的一条为准",
    en="it changed before the platform had it; a later line says how it stands",
)


def told_since(connection: Connection, *, workspace: int, target: Target, since: datetime) -> Sequence[str]:
    """The conversions from ``since`` on of which a target was told, or is to be told."""
    return connection.execute(_things(workspace, target, since).distinct()).scalars().all()


def queue(
    connection: Connection,
    *,
    workspace: int,
    target: Target,
    platform: Platform,
    found: Iterable[Conversion],
    since: datetime,
    at: datetime,
) -> int:
    """Keep what is still to be told; how many lines.

    found: how every conversion from ``since`` on stands now. What was told since then and is not among them stands no
    more. So whatever changed, and why ever, one comparison finds what is due.
    """
    now = {one.key: _as_judged(one, platform) for one in found if one.goal in target.goals}
    lines = _lines(connection, workspace, target, since, list(now))
    due: dict[str, Difference] = {}
    for thing in dict.fromkeys([*now, *lines]):
        one, mine = now.get(thing), lines.get(thing, ())
        if one is None or mine or target.told_from(one.goal) <= one.happened_at:
            due[thing] = difference(one, mine)
    said = _said(connection, [one.told.id for one in due.values() if one.step and one.told])
    new = []
    judged: dict[int, tuple[Conversion, Row | Unsendable]] = {}
    for thing, what in due.items():
        one = now.get(thing)
        # What lies ahead of the clock is found again once it has happened; kept now, it would be unsendable for ever.
        if one is not None and (one.happened_at > at or (what.told and one.changed_at and one.changed_at > at)):
            continue
        if what.hindered is not None:
            word = _word(one, said[what.told.id] if what.told else None, what, at)
            judged[what.hindered.id] = word, _row_of(word, platform, target, at)
        elif _dropped(connection, what) and what.step is not None:
            told = said[what.told.id] if what.told else None
            word = _word(one, told, what, at)
            number = len(lines.get(thing, ())) + 1
            name = thing if number == 1 else f"{thing}/{number}"
            row = _row_of(word, platform, target, at)
            new.append(_kept(workspace, target.id, thing, word, row, at) | {"name": name})
    for begin in range(0, len(new), _CHUNK):
        connection.execute(insert(OUT), new[begin : begin + _CHUNK])
    return len(new) + _judge(connection, judged, at)


def _judge(connection: Connection, judged: Mapping[int, tuple[Conversion, Row | Unsendable]], at: datetime) -> int:
    """Lines that could not be sent, judged by the facts and the account as they are now; how many can be.

    One with a row was hindered on its way out, by what the person said or by time: only another row goes its way anew.
    """
    keys, freed = sorted(judged), 0
    columns = (OUT.c.id, OUT.c.method, OUT.c.payload, OUT.c.code)
    for begin in range(0, len(keys), _CHUNK):
        for line in connection.execute(select(*columns).where(OUT.c.id.in_(keys[begin : begin + _CHUNK]))).all():
            word, row = judged[line.id]
            if isinstance(row, Unsendable):
                if line.payload is None and row.code != line.code:
                    connection.execute(update(OUT).where(OUT.c.id == line.id).values(**why_of(row.code, row.text)))
                continue
            over = row.not_after is not None and row.not_after < at
            same = (row.method, orjson.dumps(row.payload).decode()) == (line.method, line.payload)
            if over or (line.payload is not None and (same or word.step != "conversion" or word.again)):
                continue
            freed += _free(connection, line.id, word, row, at)
    return freed


def _free(connection: Connection, line: int, word: Conversion, row: Row, at: datetime) -> int:
    """A line that could not be sent is due with its new row."""
    kept = _kept(0, 0, "", word, row, at)
    said = {name: kept[name] for name in kept if name not in {"workspace", "target", "thing", "goal", "found_at"}}
    mine = (OUT.c.id == line, OUT.c.state == "unsendable")
    return connection.execute(update(OUT).where(*mine).values(batch=None, **said)).rowcount


def try_again(
    connection: Connection, *, workspace: int, line: int, known: Mapping[str, Platform], at: datetime
) -> None:
    """Somebody wants a line sent: one that failed or is uncertain, one that could not be sent and perhaps can be now,
    or one that was sent, once more, where the platform knows repetitions.

    Raises
    ------
    NotFound
        ``no_failed_line``
    Conflict
        ``still_unsendable`` with what hinders it; ``counts_twice``; ``told_otherwise``
    """
    found = connection.execute(select(OUT).where(OUT.c.workspace == workspace, OUT.c.id == line)).one_or_none()
    if found is None or found.state not in {"unsendable", "sent"}:
        send_again(connection, workspace=workspace, line=line, at=at)
        return
    target = next(one for _, one in targets_of(connection, workspace=workspace) if one.id == found.target)
    platform = known[target.platform]
    if found.last_at is not None and found.last_at < to_micros(at):
        raise Conflict("still_unsendable", _OUT_OF_TIME)
    if found.state == "sent":
        later = select(OUT.c.id).where(OUT.c.target == target.id, OUT.c.thing == found.thing, OUT.c.id > line).limit(1)
        if not platform.knows_repeats:
            raise Conflict("counts_twice", _COUNTS_TWICE)
        if connection.execute(later).first() is not None:
            raise Conflict("told_otherwise", _TOLD_OTHERWISE)
    elif found.payload is None:
        word = _conversion(found.said)
        row = _row_of(word, platform, target, at)
        if isinstance(row, Unsendable):
            raise Conflict("still_unsendable", row.text)
        _free(connection, line, word, row, at)
        return
    again = {"state": "waiting", "batch": None, "attempts": 0, "next_at": to_micros(at), "code": None}
    connection.execute(update(OUT).where(OUT.c.id == line, OUT.c.state == found.state).values(**again))


def _as_judged(one: Conversion, platform: Platform) -> Conversion:
    """A junk call is a call like any where calls are counted; whoever bids for calls is not to bid for junk."""
    if not platform.counts_junk:
        return one
    return replace(one, junk_reason=None, unsure=one.unsure and one.goal not in _OF_ANY_CALL)


def _row_of(word: Conversion, platform: Platform, target: Target, at: datetime) -> Row | Unsendable:
    """The platform's row; no platform is told of a goal of which nobody knows whether it was reached."""
    if word.unsure and word.step == "conversion":
        return Unsendable(key=word.key, code="talk_unknown", text=_TALK_UNKNOWN)
    return platform.row_of(word, target, at)


def _word(one: Conversion | None, told: Conversion | None, what: Difference, at: datetime) -> Conversion:
    """What the platform is told. A correction is about the conversion as it was told, whatever is known of it now."""
    if what.step == "conversion" and one is not None:
        if told is None or not what.again:
            return one
        # It is a new one to the platform, which knows the old one by its key, and by click and second.
        return replace(
            one,
            key=f"{one.key}-{what.again + 1}",
            again=what.again,
            happened_at=one.happened_at + timedelta(seconds=what.again),
            changed_at=at,
        )
    if told is None or what.step is None:
        raise AssertionError(what)
    restated = one if what.step == "restatement" else None
    same = restated is None or restated.currency == told.currency
    return replace(
        told,
        step=what.step,
        value_minor=restated.value_minor if restated else None,
        currency=restated.currency if restated else told.currency,
        told_minor=told.value_minor if same else None,
        changed_at=changed_when(one, told, at),
        junk_reason=one.junk_reason if one else None,
    )


def _things(workspace: int, target: Target, since: datetime) -> Any:  # noqa: ANN401  a select
    return select(OUT.c.thing).where(
        OUT.c.workspace == workspace,
        OUT.c.target == target.id,
        OUT.c.goal.in_(target.goals),
        OUT.c.happened_at >= to_micros(since),
    )


def _lines(
    connection: Connection, workspace: int, target: Target, since: datetime, keys: Sequence[str]
) -> Mapping[str, Sequence[Line]]:
    """All lines of what was told since then, and of what stands now."""
    found: dict[str, list[Line]] = {}
    columns = (
        OUT.c.id,
        OUT.c.thing,
        OUT.c.state,
        OUT.c.step,
        OUT.c.value_minor,
        OUT.c.currency,
        OUT.c.junk,
        OUT.c.batch,
        OUT.c.sent_at,
    )

    def read(which: Any) -> None:  # noqa: ANN401  a select or keys
        mine = (OUT.c.workspace == workspace, OUT.c.target == target.id, OUT.c.thing.in_(which))
        for row in connection.execute(select(*columns).where(*mine).order_by(OUT.c.id)):
            found.setdefault(row.thing, []).append(
                Line(
                    id=row.id, state=row.state, step=row.step, value_minor=row.value_minor, currency=row.currency,
                    junk=row.junk, bound=(row.batch is not None or row.sent_at is not None) and row.state != "sent",
                )
            )  # fmt: skip

    read(_things(workspace, target, since))
    others = [key for key in keys if key not in found]
    for begin in range(0, len(others), _CHUNK):
        read(others[begin : begin + _CHUNK])
    return found


def _said(connection: Connection, lines: Sequence[int]) -> Mapping[int, Conversion]:
    found: dict[int, Conversion] = {}
    for begin in range(0, len(lines), _CHUNK):
        rows = connection.execute(select(OUT.c.id, OUT.c.said).where(OUT.c.id.in_(lines[begin : begin + _CHUNK])))
        found |= {row.id: _conversion(row.said) for row in rows}
    return found


def _text(one: Conversion) -> str:
    named = {part.name: getattr(one, part.name) for part in fields(one)}
    return orjson.dumps({name: value for name, value in named.items() if value is not None}).decode()


def _conversion(text: str) -> Conversion:
    said = orjson.loads(text)
    return Conversion(**said | {name: datetime.fromisoformat(said[name]) for name in _MOMENTS if name in said})


def _kept(  # noqa: PLR0917  one line
    workspace: int, target: int, thing: str, one: Conversion, row: Row | Unsendable, at: datetime
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "workspace": workspace,
        "target": target,
        "thing": thing,
        "goal": one.goal,
        "step": one.step,
        "said": _text(one),
        "junk": one.junk_reason is not None,
        "happened_at": to_micros(one.happened_at),
        "value_minor": one.value_minor,
        "currency": one.currency,
        "attempts": 0,
        "found_at": to_micros(at),
        "next_at": to_micros(at),
        "last_at": None,
        "person": None,
        "method": None,
        "payload": None,
        "code": None,
        "zh": None,
        "en": None,
    }
    if isinstance(row, Unsendable):
        return line | {"state": "unsendable"} | why_of(row.code, row.text)
    due_at = at if row.not_before is None else max(at, row.not_before)
    return line | {
        "state": "waiting",
        "method": row.method,
        "payload": orjson.dumps(row.payload).decode(),
        "next_at": to_micros(due_at),
        "last_at": None if row.not_after is None else to_micros(row.not_after),
        "person": row.person,
    }


def _dropped(connection: Connection, what: Difference) -> bool:
    """Whether a line that says what is not so any more could be dropped; one a sender has taken is looked at again."""
    if what.over is None:
        return True
    why = why_of("taken_back", _TAKEN_BACK) if what.step is None else why_of("outdated", _OUTDATED)
    mine = (OUT.c.id == what.over.id, OUT.c.state == what.over.state, OUT.c.batch.is_(None))
    return connection.execute(update(OUT).where(*mine).values(state="dropped", **why)).rowcount == 1
