"""Reports of advertising that are sent again: a later file replaces its days of each campaign.

A line that a later file still has is corrected under its key. One that it has no more (a keyword without spend, or
the same money told by keyword instead of by campaign) becomes a version of nothing, so that the sum of the days is the
sum of the file; what was known before is answered as known on the day. A campaign is one of a platform (channel and
source) and an account: platforms share names, and files may come under one name, so neither replaces the other's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from huasuan.facts.costs import Cost
from huasuan.facts.shape import shape_of
from huasuan.intake.files.error_rows import REMARKS
from huasuan.intake.plans import Plan
from huasuan.intake.types import Item
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Days = set[tuple[str | None, str | None, str | None, str | None, date]]
"""Channel, source, account, campaign and day."""


def is_report(plan: Plan) -> bool:
    """Whether a file is such a report: costs with impressions or clicks."""
    return plan.kind.name == "cost" and not plan.mapping.fields.keys().isdisjoint(("impressions", "clicks"))


def is_whole(plan: Plan) -> bool:
    """Whether the file is all that a platform says of its days, and not the mended rows of an earlier one."""
    return is_report(plan) and set(REMARKS).isdisjoint(plan.table.columns)


def check_once(key: str, seen: set[str]) -> None:
    """A line of a report stands in the file once: a second one would pass for its correction, and its money be lost.

    Raises
    ------
    InvalidInput
        ``line_twice``
    """
    if key in seen:
        raise InvalidInput(
            "line_twice",
            Text(
                zh="文件中已有同一行（日期、账户、计划、关键词、设备、地域等都相同）",
                en="the file has this line already: same day, account, campaign, keyword, device, region",
            ),
            Text(
                zh="若两行因其他列而不同（如网络、时段），请在平台导出时去掉该细分，或先合计。",
                en="If another column tells them apart (network, hour), export without that segment or sum them first.",
            ),
        )
    seen.add(key)


def days_of(costs: Iterable[Cost]) -> Days:
    """What the lines of a file cover."""
    return {_day_of(cost) for cost in costs}


def _day_of(cost: Cost) -> tuple[str | None, str | None, str | None, str | None, date]:
    return cost.channel, cost.source, cost.supplier, cost.campaign, cost.service_from


def gone_lines(connection: Connection, plan: Plan, *, keys: set[str], days: Days, number: int) -> list[Item]:
    """Lines known from earlier files of the same source that the file replaces by nothing, as items of it."""
    if not days:
        return []
    found = []
    for row in _present(connection, plan, sorted(day for *_, day in days)):
        cost = _cost(row)
        if row.source_key in keys or _day_of(cost) not in days:
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
