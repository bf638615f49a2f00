"""What is known of the person of a lead in hand: calls, deals, customer records; of nobody else (S3-39)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from huasuan import leads
from huasuan.app.exporting import nodes_of
from huasuan.app.http.shapes_of_desk import CallOfPerson, CustomerShown, DealShown
from huasuan.app.wiring import KINDS
from huasuan.contacts import facts_naming, nodes_of_bearer
from huasuan.kernel.time import from_micros, now
from huasuan.store import present

_CALLS, _DEALS, _CUSTOMERS = 10, 10, 5
# A fact that was corrected has several rows, a deal several facts.
_ROWS_EACH = 10
_NEWEST_CALLS = 200_000
_HALF_A_YEAR = timedelta(days=180)
Key = tuple[str, str]
"""A fact by its source and its key there."""


def calls_with(connection: Connection, workspace: int, lead: int) -> list[CallOfPerson]:
    """The last calls with the person of a lead, by any of their numbers, over half a year."""
    nodes = _nodes(connection, workspace, lead)
    keys = _named(connection, workspace, nodes, "call", _CALLS * _ROWS_EACH)
    found = (_call(key, row) for (_, key), row in _standing(connection, workspace, nodes, "call", keys))
    since = now() - _HALF_A_YEAR
    return list(islice((call for call in found if call.at is None or call.at >= since), _CALLS))


def _call(key: str, row: Any) -> CallOfPerson:  # noqa: ANN401  row of the facts
    moment = row.dialed_at or row.ringing_at or row.ended_at
    return CallOfPerson(
        key=key, at=None if moment is None else from_micros(moment), direction=row.direction, result=row.result,
        own_number=row.own_number, agent=row.agent, disposition=row.disposition, talk_seconds=row.talk_seconds,
    )  # fmt: skip


def deals_with(connection: Connection, workspace: int, lead: int) -> list[DealShown]:
    """The deals of the person of a lead, each by its latest event."""
    nodes = _nodes(connection, workspace, lead)
    keys = _named(connection, workspace, nodes, "deal_event", _DEALS * _ROWS_EACH)
    rows = list(_standing(connection, workspace, nodes, "deal_event", keys))
    found: dict[Key, DealShown] = {}
    for (source, _), row in sorted(rows, key=lambda one: (one[1].at, one[1].seq), reverse=True):
        shown = DealShown(
            deal=row.deal, at=from_micros(row.at), kind=row.kind, stage=row.stage, amount_minor=row.amount_minor,
            currency=row.currency,
        )  # fmt: skip
        found.setdefault((source, row.deal), shown)
    return list(found.values())[:_DEALS]


def customers_with(connection: Connection, workspace: int, number: str) -> list[CustomerShown]:
    """The customers that have the number, or another of the same person; with or without a lead."""
    nodes = set(nodes_of_bearer(connection, workspace=workspace, identity=("phone", number)))
    # Who names one number only ties nothing and stands in the records alone.
    alone = _named(connection, workspace, nodes, "customer", _CUSTOMERS * _ROWS_EACH)
    tied = facts_naming(connection, workspace=workspace, nodes=nodes, kind="customer")
    keys = dict.fromkeys([*tied, *alone])
    found = (
        CustomerShown(key=key, name=row.name, company=row.company, segment=row.segment, city=row.city)
        for (_, key), row in _standing(connection, workspace, nodes, "customer", keys)
    )
    return list(islice(found, _CUSTOMERS))


def _nodes(connection: Connection, workspace: int, lead: int) -> set[int]:
    """Every number and address of the person of a lead."""
    named = leads.nodes_of_case(connection, workspace=workspace, lead=lead)
    return leads.all_nodes(connection, workspace, named)


def _named(connection: Connection, workspace: int, nodes: Collection[int], kind: str, limit: int) -> list[Key]:
    """The facts of a kind that name or named one of the nodes, the newest first.

    Calls are looked through instead of found: an index by person would cost every call that comes in a tenth more.
    """
    table = KINDS[kind].table
    if kind == "call":
        newest_calls = (
            select(table.c.seq, table.c.party, table.c.source_system, table.c.source_key)
            .where(table.c.workspace == workspace)
            .order_by(table.c.txid.desc(), table.c.seq.desc())
            .limit(_NEWEST_CALLS)
            .subquery()
        )
        found = select(newest_calls).where(newest_calls.c.party.in_(nodes)).order_by(newest_calls.c.seq.desc())
        calls = connection.execute(found.limit(limit))
        return list(dict.fromkeys((row.source_system, row.source_key) for row in calls))
    rows = [
        row
        for node in nodes  # each by itself: so the index has its newest rows in order
        for row in connection.execute(
            select(table.c.seq, table.c.source_system, table.c.source_key)
            .where(table.c.workspace == workspace, table.c.party == node)
            .order_by(table.c.seq.desc())
            .limit(limit)
        )
    ]
    newest = sorted(rows, key=lambda row: row.seq, reverse=True)
    return list(dict.fromkeys((row.source_system, row.source_key) for row in newest))


def _standing(
    connection: Connection, workspace: int, nodes: Collection[int], kind: str, keys: Iterable[Key]
) -> Iterator[tuple[Key, Any]]:
    """The facts as they stand now; not those that were taken back, or name somebody else since."""
    table = KINDS[kind].table
    columns = ("seq", "gone", "party", "parties", *KINDS[kind].columns)
    for source, key in keys:
        row = present(connection, table, workspace=workspace, source=source, key=key, columns=columns)
        if row is not None and not row.gone and not set(nodes).isdisjoint(nodes_of(row.party, row.parties)):
            yield (source, key), row
