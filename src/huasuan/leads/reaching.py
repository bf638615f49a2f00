"""Whom a case is about, by which number, and what the gate says of calling it."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from huasuan.consent import CALLBACK, MARKETING, Answer, Ask, callback_until, desk_caller, explain
from huasuan.contacts import identities_of, members_of, persons_of
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.desk_tables import CASE_PARTY, LIST_ORIGIN, STEP, TALK, TASK
from huasuan.leads.results import results_of
from huasuan.leads.tables import LEAD
from huasuan.leads.types import Case, Person
from huasuan.store import present


def person_of_case(connection: Connection, *, workspace: int, case: Case) -> Person:
    """Who a case is about: name and company as the fact has them now, and the number."""
    said = ("name", "company")
    row = present(
        connection, LEAD.table, workspace=workspace, source=case.source_system, key=case.source_key, columns=said
    )
    return Person(
        name=None if row is None else row.name,
        company=None if row is None else row.company,
        number=number_of(connection, workspace=workspace, case=case),
    )


def nodes_of_case(connection: Connection, *, workspace: int, lead: int) -> list[int]:
    """The nodes a case names, in the order the fact names them: numbers, addresses, visitors."""
    rows = connection.execute(
        select(CASE_PARTY.c.party)
        .where(CASE_PARTY.c.workspace == workspace, CASE_PARTY.c.lead == lead)
        .order_by(CASE_PARTY.c.id)
    )
    return list(rows.scalars())


def all_nodes(connection: Connection, workspace: int, nodes: Sequence[int]) -> set[int]:
    """Every number and address of the person: another number of somebody known is no stranger's."""
    persons = set(persons_of(connection, workspace=workspace, nodes=nodes).values())
    return set(nodes) | set(members_of(connection, workspace=workspace, persons=persons))


def number_of(connection: Connection, *, workspace: int, case: Case) -> str | None:
    """The number of a case, if it has one."""
    nodes = nodes_of_case(connection, workspace=workspace, lead=case.id)
    found = identities_of(connection, workspace=workspace, nodes=nodes)
    named = (found[node] for node in nodes if node in found)
    return next((value for kind, value in named if kind == "phone"), None)


def may_call(connection: Connection, *, workspace: int, case: Case, agent: str, at: datetime) -> Answer | None:
    """What the gate would say, without reserving anything; None for a lead without a number."""
    ask = ask_of(connection, workspace, case, agent, at)
    return None if ask is None else explain(connection, workspace=workspace, ask=ask, at=at)


def said_no(connection: Connection, *, workspace: int, number: str, at: datetime) -> bool:
    """Whether whose number it is does not want to be contacted: whoever types it into a form takes nothing back."""
    answer = explain(connection, workspace=workspace, ask=Ask(number=number, purpose=CALLBACK), at=at)
    return any(reason.code in _NO for reason in answer.reasons)


_NO = frozenset({"opted_out", "erased", "refused", "listed", "consent_withdrawn"})


def ask_of(connection: Connection, workspace: int, case: Case, agent: str, at: datetime) -> Ask | None:
    """What the gate is asked about a case; None without a number."""
    number = number_of(connection, workspace=workspace, case=case)
    if number is None:
        return None
    proof = None
    if case.traits.supplier is not None:
        proof = connection.execute(
            select(LIST_ORIGIN.c.evidence).where(
                LIST_ORIGIN.c.workspace == workspace,
                LIST_ORIGIN.c.list == (case.traits.list or case.traits.supplier),
            )
        ).scalar_one_or_none()
    return Ask(
        number=number,
        purpose=CALLBACK if _wants_to_be_called(connection, workspace, case, number, at) else MARKETING,
        bought_list=case.traits.supplier is not None,
        list_proof=proof,
        caller_number=desk_caller(connection, workspace=workspace),
        agent=agent,
        campaign=case.traits.campaign,
        list=case.traits.list,
        lead=case.source_key,
    )


def _wants_to_be_called(connection: Connection, workspace: int, case: Case, number: str, at: datetime) -> bool:
    """Whether this is the call the person asked for: not talked with since they did, and no longer ago than R01 allows.

    What follows such a talk is our wish, not theirs, and is asked like any other call.
    """
    asked = _wished(connection, workspace, case, at)
    if asked is None:
        return False
    since, counted_from = asked
    if at >= callback_until(connection, workspace=workspace, number=number, asked_at=counted_from):
        return False
    return not _talked_since(connection, workspace, case.id, since)


def _wished(connection: Connection, workspace: int, case: Case, at: datetime) -> tuple[datetime, datetime] | None:
    """When a call was last asked for, and from when its time counts: with the lead, again, or agreed in a talk."""
    found = [(case.created_at, case.created_at)] if case.traits.origin == "callback" else []
    came = (STEP.c.workspace == workspace, STEP.c.lead == case.id, STEP.c.kind == "arrived")
    for row in connection.execute(
        select(STEP.c.at, STEP.c.detail).where(*came).order_by(STEP.c.id.desc()).limit(_LAST)
    ):
        if orjson.loads(row.detail).get("origin") == "callback":
            found.append((from_micros(row.at), from_micros(row.at)))
            break
    agreed = connection.execute(
        select(TASK.c.made_at, TASK.c.due_at)
        .where(
            TASK.c.workspace == workspace,
            TASK.c.lead == case.id,
            TASK.c.kind == "call",
            TASK.c.why == "agreed",
            # Earlier than agreed is not what was agreed.
            TASK.c.due_at <= to_micros(at),
        )
        .order_by(TASK.c.id.desc())
        .limit(1)
    ).first()
    if agreed is not None:
        found.append((from_micros(agreed.made_at), from_micros(agreed.due_at)))
    return max(found, default=None)


def _talked_since(connection: Connection, workspace: int, lead: int, since: datetime) -> bool:
    """Whether somebody spoke with the person about the case later than ``since``, at the desk or by the widget."""
    reached = [one.code for one in results_of(connection, workspace=workspace) if "customer_contact" in one.flags]
    talk = connection.execute(
        select(TALK.c.id).where(
            TALK.c.workspace == workspace,
            TALK.c.lead == lead,
            TALK.c.result.in_(reached),
            TALK.c.submitted_at > to_micros(since),
        )
    ).first()
    if talk is not None:
        return True
    calls = (STEP.c.workspace == workspace, STEP.c.lead == lead, STEP.c.kind == "called", STEP.c.at > to_micros(since))
    return any(
        orjson.loads(one).get("joined") for one in connection.execute(select(STEP.c.detail).where(*calls)).scalars()
    )


# Who asks for a call asks more than once, not a hundred times.
_LAST = 50
