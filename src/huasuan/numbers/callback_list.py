"""The requests to be called back as a list of what is due, and what came of each (S2-13).

Who dials asks the gate; what it forbids for a while is put off until it allows it, what it forbids for good is blocked
with the reason. A call of the exchange to the number tells by itself whether the person was reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, select, update

from huasuan.consent import CALLBACK, Answer, Ask, ask_gate
from huasuan.contacts import known_parties
from huasuan.kernel.errors import Conflict, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.numbers.tables import CALLBACK_WANTED

CallbackState = Literal["requested", "scheduled", "due", "dialled", "reached", "missed", "withdrawn", "blocked"]
Outcome = Literal["reached", "customer", "staff", "withdrawn"]
CALLBACK_STATES: Sequence[CallbackState] = (
    "due", "dialled", "scheduled", "requested", "reached", "missed", "withdrawn", "blocked",
)  # fmt: skip
# A call of the exchange so long after the arranged time still answers it.
_ANSWERS = timedelta(days=2)
# A dial nobody told the end of may be begun anew.
_STALE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request as it stands. ``failed``: which side was not reached; ``blocked``: the code of what forbids it."""

    id: int
    site: str
    number: str
    state: CallbackState
    requested_at: datetime
    due_at: datetime
    in_hours: bool
    dialled_at: datetime | None
    joined_at: datetime | None
    attempts: int
    agent: str | None
    failed: str | None
    blocked: str | None
    language: str
    source: Mapping[str, str]


def callbacks(connection: Connection, *, workspace: int, at: datetime, limit: int = 500) -> list[Callback]:
    """What is open first, the longest due on top; then what is over, the newest first."""
    over = CALLBACK_WANTED.c.joined_at.is_not(None) | CALLBACK_WANTED.c.failed.is_not(None)
    over |= CALLBACK_WANTED.c.blocked.is_not(None)
    mine = select(CALLBACK_WANTED).where(CALLBACK_WANTED.c.workspace == workspace)
    waiting = mine.where(~over).order_by(CALLBACK_WANTED.c.due_at, CALLBACK_WANTED.c.id).limit(limit)
    found = [callback_of(row, at) for row in connection.execute(waiting)]
    ended = mine.where(over).order_by(CALLBACK_WANTED.c.id.desc()).limit(max(1, limit - len(found)))
    return found + [callback_of(row, at) for row in connection.execute(ended)]


def callback_of(row: Row[Any], at: datetime) -> Callback:
    """A row as a request, its state at a moment."""
    about = orjson.loads(row.about)
    return Callback(
        id=row.id,
        site=str(about.get("site_name") or ""),
        number=row.number,
        state=_state(row, to_micros(at)),
        requested_at=from_micros(row.requested_at),
        due_at=from_micros(row.due_at),
        in_hours=bool(row.in_hours),
        dialled_at=None if row.dialled_at is None else from_micros(row.dialled_at),
        joined_at=None if row.joined_at is None else from_micros(row.joined_at),
        attempts=row.attempts,
        agent=row.agent,
        failed=row.failed,
        blocked=row.blocked,
        language=str(about.get("language") or "zh"),
        source={name: str(about[name]) for name in ("channel", "source", "campaign", "keyword") if about.get(name)},
    )


def _state(row: Row[Any], moment: int) -> CallbackState:
    if row.blocked is not None:
        return "blocked"
    if row.joined_at is not None:
        return "reached"
    if row.failed is not None:
        return "withdrawn" if row.failed == "withdrawn" else "missed"
    if row.dialled_at is not None:
        return "dialled"
    if row.due_at > moment:
        return "scheduled"
    # Taken, but the lead and the consent are not among the facts yet: for a second or two.
    return "due" if row.delivered else "requested"


def begin_callback(connection: Connection, *, workspace: int, callback: int, agent: str | None, at: datetime) -> Answer:
    """Ask the gate for leave to call; with it the call is begun, of two who reach for it one gets it.

    Raises
    ------
    NotFound
        ``no_callback``
    Conflict
        ``callback_taken``, ``callback_over``
    """
    row = _row(connection, workspace, callback)
    if row.joined_at is not None or row.failed == "withdrawn" or row.blocked is not None:
        raise _over()
    if row.dialled_at is not None and row.failed is None and row.dialled_at > to_micros(at - _STALE):
        raise Conflict(
            "callback_taken",
            Text(zh=f"{row.agent or '同事'} 正在回拨", en=f"{row.agent or 'a colleague'} is calling already"),
            Text(zh="请先填写那次回拨的结果。", en="Say first what came of that call."),
        )
    ask = Ask(number=row.number, purpose=CALLBACK, agent=agent, lead=row.key)
    answer = ask_gate(connection, workspace=workspace, ask=ask, at=at)
    if answer.allowed:
        changed = {"dialled_at": to_micros(at), "agent": agent, "failed": None, "attempts": row.attempts + 1}
        _change(connection, row, changed)
    elif answer.next_at is not None:
        _change(connection, row, {"due_at": to_micros(answer.next_at)})
    else:
        _change(connection, row, {"blocked": answer.reasons[0].code})
    return answer


def end_callback(connection: Connection, *, workspace: int, callback: int, outcome: Outcome, at: datetime) -> None:
    """What came of a call, as whoever made it says; ``withdrawn``: it is not wanted any more, called or not.

    Raises
    ------
    NotFound
        ``no_callback``
    Conflict
        ``callback_over``, ``not_dialled``
    """
    row = _row(connection, workspace, callback)
    if row.joined_at is not None or row.blocked is not None:
        raise _over()
    if row.dialled_at is None and outcome != "withdrawn":
        raise Conflict("not_dialled", Text(zh="还没有回拨", en="nobody has called yet"))
    reached = outcome == "reached"
    _change(connection, row, {"joined_at": to_micros(at)} if reached else {"failed": outcome})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A call to a person (``party``: the node of its number) that began at ``at``; ``joined_at``: they answered."""

    key: str
    party: int
    at: datetime
    joined_at: datetime | None
    agent: str | None


def follow_calls(connection: Connection, *, workspace: int, calls: Sequence[Dialled], at: datetime) -> int:
    """What calls of the exchange say of requests that are open: reached, or not answered; how many changed."""
    waiting = _waiting(connection, workspace, at)
    if not waiting:
        return 0
    numbers = [("phone", row.number) for row in waiting]
    nodes = known_parties(connection, workspace=workspace, identities=numbers)
    by_party = {nodes[identity]: row for identity, row in zip(numbers, waiting, strict=True) if identity in nodes}
    changed = 0
    for call in sorted(calls, key=lambda one: one.at):
        row = by_party.get(call.party)
        if row is None or to_micros(call.at) < row.requested_at or (row.call == call.key and call.joined_at is None):
            continue
        _change(connection, row, _as_called(row, call))
        changed += 1
        if call.joined_at is not None:
            del by_party[call.party]
    return changed


def _waiting(connection: Connection, workspace: int, at: datetime) -> Sequence[Row[Any]]:
    """Requests of the last days that reached nobody yet, so that the latest of a number comes last."""
    query = select(CALLBACK_WANTED).where(
        CALLBACK_WANTED.c.workspace == workspace,
        CALLBACK_WANTED.c.due_at >= to_micros(at - _ANSWERS),
        CALLBACK_WANTED.c.joined_at.is_(None),
        CALLBACK_WANTED.c.blocked.is_(None),
    )
    return connection.execute(query.order_by(CALLBACK_WANTED.c.id)).fetchall()


def _as_called(row: Row[Any], call: Dialled) -> Mapping[str, object]:
    joined = None if call.joined_at is None else to_micros(call.joined_at)
    return {
        "dialled_at": to_micros(call.at),
        "joined_at": joined,
        "failed": "customer" if joined is None else None,
        "agent": call.agent or row.agent,
        "call": call.key,
        # What an agent began here is the same attempt.
        "attempts": max(1, row.attempts) if row.call is None else row.attempts + 1,
    }


def _row(connection: Connection, workspace: int, callback: int) -> Row[Any]:
    mine = (CALLBACK_WANTED.c.workspace == workspace) & (CALLBACK_WANTED.c.id == callback)
    query = select(CALLBACK_WANTED).where(mine)
    # SQLite has one writer anyway.
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        raise NotFound("no_callback", Text(zh="没有这个回拨请求", en="there is no such request"))
    return row


def _change(connection: Connection, row: Row[Any], said: Mapping[str, object]) -> None:
    anew = {**said, "revision": CALLBACK_WANTED.c.revision + 1}
    connection.execute(update(CALLBACK_WANTED).where(CALLBACK_WANTED.c.id == row.id).values(anew))


def _over() -> Conflict:
    return Conflict("callback_over", Text(zh="该回拨请求已结束", en="the request is over"))
