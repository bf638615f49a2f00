"""What is known of the person of a lead in hand: calls, deals, customer records; of nobody else (S3-39)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from huasuan import leads
from huasuan.app.http.shapes_of_desk import CallOfPerson, CustomerShown, DealShown
from huasuan.app.wiring import KINDS
from huasuan.contacts import facts_naming, known_parties
from huasuan.kernel.time import from_micros, now
from huasuan.store import present

# Without an index by person a bounded look back is what a click may cost.
_LOOK_BACK_ROWS, _CALLS, _DEALS, _CUSTOMERS = 200_000, 10, 10, 5
_HALF_A_YEAR = timedelta(days=180)


def calls_with(connection: Any, workspace: int, lead: int) -> list[CallOfPerson]:  # noqa: ANN401
    """The last calls with the person of a lead, by any of their numbers, over half a year."""
    found: dict[tuple[str, str], CallOfPerson] = {}
    for row in _newest(connection, workspace, lead, "call", _CALLS * 4):
        moment = row.dialed_at or row.ringing_at or row.ended_at
        if row.gone or (moment is not None and from_micros(moment) < now() - _HALF_A_YEAR):
            continue
        shown = CallOfPerson(
            key=row.source_key, at=None if moment is None else from_micros(moment), direction=row.direction,
            result=row.result, own_number=row.own_number, agent=row.agent, disposition=row.disposition,
            talk_seconds=row.talk_seconds,
        )  # fmt: skip
        found.setdefault((row.source_system, row.source_key), shown)
    return list(found.values())[:_CALLS]


def deals_with(connection: Any, workspace: int, lead: int) -> list[DealShown]:  # noqa: ANN401
    """The deals of the person of a lead, each by its latest event."""
    found: dict[tuple[str, str], DealShown] = {}
    rows = [row for row in _newest(connection, workspace, lead, "deal_event", _DEALS * 10) if not row.gone]
    for row in sorted(rows, key=lambda one: (one.at, one.seq), reverse=True):
        shown = DealShown(
            deal=row.deal, at=from_micros(row.at), kind=row.kind, stage=row.stage, amount_minor=row.amount_minor,
            currency=row.currency,
        )  # fmt: skip
        found.setdefault((row.source_system, row.deal), shown)
    return list(found.values())[:_DEALS]


def customers_with(connection: Any, workspace: int, number: str) -> list[CustomerShown]:  # noqa: ANN401
    """The customers that have the number, or another of the same person; with or without a lead."""
    node = known_parties(connection, workspace=workspace, identities=[("phone", number)]).get(("phone", number))
    if node is None:
        return []
    nodes = leads.all_nodes(connection, workspace, [node])
    table = KINDS["customer"].table
    columns = ("gone", "name", "company", "segment", "city")
    # Who names one number only ties nothing and stands in the records alone.
    alone = [(row.source_system, row.source_key) for row in _named(connection, workspace, nodes, "customer", _DEALS)]
    tied = facts_naming(connection, workspace=workspace, nodes=nodes, kind="customer")
    found = []
    for source, key in list(dict.fromkeys([*tied, *alone]))[:_CUSTOMERS]:
        row = present(connection, table, workspace=workspace, source=source, key=key, columns=columns)
        if row is not None and not row.gone:
            found.append(CustomerShown(key=key, name=row.name, company=row.company, segment=row.segment, city=row.city))
    return found


def _newest(connection: Any, workspace: int, lead: int, kind: str, limit: int) -> Any:  # noqa: ANN401
    """The newest facts of a kind about the person of a lead, by every number and address of theirs."""
    named = leads.nodes_of_case(connection, workspace=workspace, lead=lead)
    return _named(connection, workspace, leads.all_nodes(connection, workspace, named), kind, limit)


def _named(connection: Any, workspace: int, nodes: set[int], kind: str, limit: int) -> Any:  # noqa: ANN401
    table = KINDS[kind].table
    last = connection.execute(select(table.c.seq).order_by(table.c.seq.desc()).limit(1)).scalar() or 0
    return connection.execute(
        select(table)
        .where(table.c.seq > last - _LOOK_BACK_ROWS, table.c.workspace == workspace, table.c.party.in_(sorted(nodes)))
        .order_by(table.c.seq.desc())
        .limit(limit)
    ).fetchall()
