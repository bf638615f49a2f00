"""Whom a case is about, by which number, and what the gate says of calling it."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from huasuan.consent import CALLBACK, MARKETING, Answer, Ask, explain
from huasuan.contacts import identities_of
from huasuan.leads.desk_tables import CASE_PARTY, LIST_ORIGIN, STEP
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


def number_of(connection: Connection, *, workspace: int, case: Case) -> str | None:
    """The number of a case, if it has one."""
    nodes = nodes_of_case(connection, workspace=workspace, lead=case.id)
    found = identities_of(connection, workspace=workspace, nodes=nodes)
    named = (found[node] for node in nodes if node in found)
    return next((value for kind, value in named if kind == "phone"), None)


def may_call(connection: Connection, *, workspace: int, case: Case, agent: str, at: datetime) -> Answer | None:
    """What the gate would say, without reserving anything; None for a lead without a number."""
    ask = ask_of(connection, workspace, case, agent)
    return None if ask is None else explain(connection, workspace=workspace, ask=ask, at=at)


def said_no(connection: Connection, *, workspace: int, number: str, at: datetime) -> bool:
    """Whether whose number it is does not want to be contacted: whoever types it into a form takes nothing back."""
    answer = explain(connection, workspace=workspace, ask=Ask(number=number, purpose=CALLBACK), at=at)
    return any(reason.code in _NO for reason in answer.reasons)


_NO = frozenset({"opted_out", "erased", "refused", "listed", "consent_withdrawn"})


def ask_of(connection: Connection, workspace: int, case: Case, agent: str) -> Ask | None:
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
        purpose=CALLBACK if _wants_to_be_called(connection, workspace, case) else MARKETING,
        bought_list=case.traits.supplier is not None,
        list_proof=proof,
        agent=agent,
        campaign=case.traits.campaign,
        list=case.traits.list,
        lead=case.source_key,
    )


def _wants_to_be_called(connection: Connection, workspace: int, case: Case) -> bool:
    """Whether the person asked for a call: with this lead, or again since anybody called."""
    if case.traits.origin == "callback":
        return True
    last = connection.execute(
        select(STEP.c.kind, STEP.c.detail)
        .where(STEP.c.workspace == workspace, STEP.c.lead == case.id, STEP.c.kind.in_(("called", "arrived")))
        .order_by(STEP.c.id.desc())
        .limit(1)
    ).first()
    return last is not None and last.kind == "arrived" and orjson.loads(last.detail).get("origin") == "callback"
