"""The file of a customer: who it is, and everything that happened, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huasuan.warehouse import Cursor

_LONGEST = 500
# By kind: the star table, its moment, the number of the fact, and what to tell of it.
_TOLD: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "call": (
        "call",
        "started_at",
        "fact_id",
        ("direction", "result", "call_class", "agent", "talk_seconds", "disposition", "channel", "campaign"),
    ),
    "lead": ("lead", "created_at", "fact_id", ("channel", "campaign", "stage", "agent")),
    "touch": ("touch", "at", "fact_id", ("kind", "channel", "campaign", "keyword")),
    "deal": (
        # A deal is one thing that happened, however many products it is about; so is what came back of it.
        "(SELECT deal_id, contact_id, min(won_at) AS won_at, string_agg(DISTINCT product, '、' ORDER BY product) AS "
        "product, sum(value_minor)::BIGINT AS value_minor, sum(returned_minor)::BIGINT AS returned_minor, "
        "sum(cancelled_minor)::BIGINT AS cancelled_minor, any_value(new_or_existing) AS new_or_existing FROM sale "
        "GROUP BY deal_id, contact_id)",
        "won_at",
        "deal_id",
        ("product", "value_minor", "returned_minor", "cancelled_minor", "new_or_existing"),
    ),
    "return": (
        "(SELECT event, contact_id, back_day, back_kind, reason, string_agg(DISTINCT product, '、' ORDER BY product) "
        "AS product, sum(value_minor)::BIGINT AS value_minor FROM sale_back "
        "GROUP BY event, contact_id, back_day, back_kind, reason)",
        "back_day",
        "event",
        ("back_kind", "reason", "product", "value_minor"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened. ``number`` is the number of its fact, of a deal the hash of its key; money is minor."""

    kind: str
    at: datetime
    number: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a customer.

    parties: the nodes whose numbers and addresses are the customer's. Money in minor units, ``net`` as revenue_net.
    """

    contact: int
    parties: Sequence[int]
    said: Mapping[str, Any]
    calls: int
    talk_seconds: int
    first_call_at: datetime | None
    last_call_at: datetime | None
    deals: int
    net: int


def happened(reader: Cursor, contact: int, *, limit: int = _LONGEST) -> list[Happened]:
    """Everything the contact's facts tell, newest first."""
    found: list[Happened] = []
    for kind, (star, moment, number, told) in _TOLD.items():
        names = ", ".join(f'"{name}"' for name in told)
        rows = reader.execute(
            f'SELECT CAST("{moment}" AS TIMESTAMP), {number}, {names} FROM {star} WHERE contact_id = {contact} '
            f'AND "{moment}" IS NOT NULL ORDER BY 1 DESC, 2 DESC LIMIT {limit}'
        ).fetchall()
        found += [Happened(kind=kind, at=at, number=id_, said=_some(told, said)) for at, id_, *said in rows]
    return sorted(found, key=lambda one: (one.at, one.kind, one.number), reverse=True)[:limit]


def known_of(reader: Cursor, contact: int) -> Known:
    """What is known of a contact, and its sums."""
    columns = ("industry", "segment", "age_band", "province", "city", "number_province", "number_city")
    said = reader.execute(f"SELECT {', '.join(columns)} FROM contact WHERE contact_id = {contact}").fetchall()
    parties = reader.execute(f"SELECT party FROM contact_of WHERE contact_id = {contact}").fetchall()
    ((calls, talk, first, last),) = reader.execute(
        "SELECT count(*), coalesce(sum(talk_seconds), 0)::BIGINT, min(started_at), max(started_at) FROM call "
        f"WHERE contact_id = {contact} AND NOT excluded"
    ).fetchall()
    ((deals, sold),) = reader.execute(
        "SELECT count(DISTINCT deal_id), coalesce(sum(value_minor) - sum(tax_minor), 0)::BIGINT FROM sale "
        f"WHERE contact_id = {contact}"
    ).fetchall()
    ((back,),) = reader.execute(
        f"SELECT coalesce(sum(value_minor) - sum(tax_minor), 0)::BIGINT FROM sale_back WHERE contact_id = {contact}"
    ).fetchall()
    return Known(
        contact=contact,
        parties=sorted({contact, *(party for (party,) in parties)}),
        said=_some(columns, said[0] if said else ()),
        calls=calls,
        talk_seconds=talk,
        first_call_at=first,
        last_call_at=last,
        deals=deals,
        net=sold - back,
    )


def _some(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=False) if value is not None}
