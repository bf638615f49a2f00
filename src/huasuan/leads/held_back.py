"""Leads in hand that nobody may call now: how many, for which reasons, and from when they may be called (S3-34)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, func, select

from huasuan.consent import Answer
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.cases import moment
from huasuan.leads.desk_tables import CASE


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Why an agent's leads are not offered now.

    planned: nothing forbids them, their time is later. held: the gate forbids them; ``reasons`` counts why as (code,
    text, leads), the most frequent first, a lead with two reasons in both. next_at: the earliest of all.
    """

    planned: int
    held: int
    reasons: Sequence[tuple[str, Text, int]]
    next_at: datetime | None


def why_held(answer: Answer) -> str:
    """The reasons of a denial as they are kept with a case."""
    return orjson.dumps([[one.code, one.text.zh, one.text.en] for one in answer.reasons]).decode()


def held_back(connection: Connection, *, workspace: int, agent: str, at: datetime) -> HeldBack:
    """What of an agent's leads in hand waits, counted by the reasons found when each was last looked at."""
    rows = connection.execute(
        select(CASE.c.held, func.count().label("number"), func.min(CASE.c.next_at).label("next_at"))
        .where(
            CASE.c.workspace == workspace,
            CASE.c.owner == agent,
            CASE.c.state == "owned",
            CASE.c.next_at > to_micros(at),
        )
        .group_by(CASE.c.held)
    ).fetchall()
    counts: Counter[str] = Counter()
    texts: dict[str, Text] = {}
    for row in rows:
        for code, zh, en in orjson.loads(row.held) if row.held else ():
            counts[code] += row.number
            texts.setdefault(code, Text(zh=zh, en=en))
    return HeldBack(
        planned=sum(row.number for row in rows if not row.held),
        held=sum(row.number for row in rows if row.held),
        reasons=[(code, texts[code], number) for code, number in counts.most_common()],
        next_at=moment(min((row.next_at for row in rows), default=None)),
    )
