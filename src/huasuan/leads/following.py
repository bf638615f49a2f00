"""When a lead is called again if nothing is agreed: by the plan, then by the sales cycle (S0-37, S1-12, S3-18)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from huasuan.leads.again import best_hour, by_cycle, hours_answered, next_time
from huasuan.leads.cases import settings_of
from huasuan.leads.desk_tables import TALK
from huasuan.leads.results import results_of
from huasuan.leads.types import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """When to call a lead again if nothing else is agreed: ``at`` (None: not again), and why.

    hour: the local hour at which people answer best; answered of dialled in it over the last 90 days.
    talk: after which talk it would be, from 1.
    cycle_days: the sales cycle by which the time is told, the plan being through; None while the plan tells it.
    """

    at: datetime | None
    hour: int
    answered: int
    dialled: int
    talk: int
    cycle_days: float | None


def propose(
    connection: Connection,
    *,
    workspace: int,
    case: Case,
    zone: ZoneInfo,
    at: datetime,
    cycle: timedelta | None,
    coming: int = 0,
) -> Proposal:
    """When to call a lead after its last talk: +1, +3, +7 days, at the hour at which people answer best.

    cycle: how long after the first contact deals are won on average, if known; it tells the time once the plan is
    through. coming: talks that are still to be had before.
    """
    results = results_of(connection, workspace=workspace)
    answering = frozenset(one.code for one in results if "human_answered" in one.flags)
    contacts = [one.code for one in results if "customer_contact" in one.flags]
    talks = (
        coming
        + connection.execute(
            select(func.count()).where(
                TALK.c.workspace == workspace, TALK.c.lead == case.id, TALK.c.result.in_(contacts)
            )
        ).scalar_one()
    )
    hours = hours_answered(connection, workspace=workspace, answering=answering, zone=zone, at=at)
    hour = best_hour(hours)
    answered, dialled = hours.get(hour, (0, 0))
    days = settings_of(connection, workspace=workspace).follow_days
    when = next_time(at, talks=talks, days=days, zone=zone, hour=hour)
    told = None
    if when is None and cycle is not None:
        when = by_cycle(at, since=case.created_at, cycle=cycle, zone=zone, hour=hour)
        told = cycle / timedelta(days=1)
    return Proposal(at=when, hour=hour, answered=answered, dialled=dialled, talk=talks, cycle_days=told)
