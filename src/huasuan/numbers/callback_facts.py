"""What the door is told of requests to be called back: the consent in them, the lead they become, how they went."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from huasuan.consent import CALLBACK
from huasuan.kernel.time import from_micros
from huasuan.numbers.tables import CALLBACK_WANTED

_COPIED = ("channel", "source", "medium", "campaign", "keyword", "creative")
_SIDES = frozenset({"staff", "customer"})
# The wording of the form beside its own notice; a change of the words is another version.
TEXT_VERSION = "callback-form-1"


def untold_callbacks(connection: Connection, *, limit: int) -> Sequence[Row[Any]]:
    """Requests of which the door does not have the present state, the oldest first."""
    query = (
        select(CALLBACK_WANTED)
        .where(CALLBACK_WANTED.c.delivered < CALLBACK_WANTED.c.revision)
        .order_by(CALLBACK_WANTED.c.id)
        .limit(limit)
    )
    return connection.execute(query).fetchall()


def consent_in(row: Row[Any]) -> Mapping[str, object] | None:
    """Whoever asks to be called agrees to that call; typing the number of somebody who said no takes nothing back."""
    if row.blocked is not None:
        return None
    about = orjson.loads(row.about)
    return {
        "key": row.key,
        "at": from_micros(row.requested_at),
        "purpose": CALLBACK,
        "given": True,
        "phone": row.number,
        "channel": "call",
        "text_version": TEXT_VERSION,
        "evidence": f"{about.get('site_name')} {about.get('landing_page') or ''} {row.form}".strip(),
    }


def lead_of(row: Row[Any]) -> Mapping[str, object] | None:
    """The lead a request becomes."""
    if row.blocked is not None:
        return None
    said = {"key": row.key, "created_at": from_micros(row.requested_at), "phone": row.number, "origin": "callback"}
    return said | _from_visit(row, (*_COPIED, "region"))


def request_of(row: Row[Any]) -> Mapping[str, object]:
    """The request with both legs, as far as they are known."""
    said = {
        "key": row.key,
        "requested_at": from_micros(row.requested_at),
        "due_at": from_micros(row.due_at),
        "dialled_at": None if row.dialled_at is None else from_micros(row.dialled_at),
        "joined_at": None if row.joined_at is None else from_micros(row.joined_at),
        "failed_side": row.failed if row.failed in _SIDES else None,
        "in_hours": bool(row.in_hours),
        "blocked": row.blocked,
        "phone": row.number,
        "agent": row.agent,
        "call": row.call,
        "lead": None if row.blocked is not None else row.key,
    }
    return {name: value for name, value in said.items() if value is not None} | _from_visit(row, _COPIED)


def _from_visit(row: Row[Any], names: Sequence[str]) -> dict[str, object]:
    about = orjson.loads(row.about)
    return {name: about[name] for name in (*names, "visitor") if about.get(name)}
