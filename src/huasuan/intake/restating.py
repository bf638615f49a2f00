"""Reports of advertising that are sent again: a later file replaces its days of each account and campaign.

A line that a later file still has is corrected under its key. One that it has no more (a keyword without spend, or
the same money told by keyword instead of by campaign) becomes a version of nothing, so that the sum of the days is the
sum of the file; what was known before is answered as known on the day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from huasuan.facts.costs import Cost
from huasuan.facts.shape import shape_of
from huasuan.intake.plans import Plan
from huasuan.intake.types import Item

Days = set[tuple[str | None, str | None, date]]
"""Account, campaign and day."""


def is_report(plan: Plan) -> bool:
    """Whether a file is such a report: costs with impressions or clicks."""
    return plan.kind.name == "cost" and not plan.mapping.fields.keys().isdisjoint(("impressions", "clicks"))


def days_of(costs: Iterable[Cost]) -> Days:
    """What the lines of a file cover."""
    return {(cost.supplier, cost.campaign, cost.service_from) for cost in costs}


def gone_lines(connection: Connection, plan: Plan, *, keys: set[str], days: Days, number: int) -> list[Item]:
    """Lines known from earlier files of the same source that the file replaces by nothing, as items of it."""
    if not days:
        return []
    found = []
    for row in _present(connection, plan, sorted(day for _, _, day in days)):
        cost = _cost(row)
        if row.source_key in keys or (cost.supplier, cost.campaign, cost.service_from) not in days:
            continue
        if cost.amount_minor is None or not (cost.amount_minor or cost.impressions or cost.clicks):
            continue
        nothing = replace(
            cost,
            amount_minor=0,
            impressions=None if cost.impressions is None else 0,
            clicks=None if cost.clicks is None else 0,
        )
        found.append(Item(number, row.source_key, nothing))
    return found


def _present(connection: Connection, plan: Plan, days: Sequence[date]) -> Sequence[Any]:
    """The present versions of the source's lines from the first to the last day that are reports."""
    table = plan.kind.kind.table
    mine = (
        table.c.workspace == plan.workspace.id,
        table.c.source_system == plan.source,
        table.c.service_from >= days[0].isoformat(),
        table.c.service_from <= days[-1].isoformat(),
    )
    last = select(table.c.source_key, func.max(table.c.version).label("version")).where(
        table.c.workspace == plan.workspace.id, table.c.source_system == plan.source
    )
    last_version = last.group_by(table.c.source_key).subquery()
    query = (
        select(table)
        .join(
            last_version,
            (table.c.source_key == last_version.c.source_key) & (table.c.version == last_version.c.version),
        )
        .where(*mine, table.c.gone.is_(False), table.c.impressions.is_not(None) | table.c.clicks.is_not(None))
        .order_by(table.c.seq)
    )
    return connection.execute(query).fetchall()


def _cost(row: Any) -> Cost:  # noqa: ANN401  a row of the ledger
    values: dict[str, Any] = {}
    for item in shape_of(Cost):
        value = getattr(row, item.name)
        if value is not None:
            values[item.name] = date.fromisoformat(value) if item.type is date else value
    return Cost(**values)
