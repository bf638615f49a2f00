"""Everything known of a person, as they may demand to see it (R13)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from huasuan.consent import check_answers, contacts_with, digests_of
from huasuan.contacts import nodes_of_bearer
from huasuan.facts.marks import Identity
from huasuan.intake import known_texts
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.leads import cases_naming, remarks_about, steps_of, tasks_about


def see_person(
    connection: Connection, *, workspace: int, identity: Identity, request: int | None = None
) -> dict[str, Any]:
    """Everything known of a person, to be handed over: facts, cases with scores, steps, remarks and tasks, attempts,
    refusals, lists.

    Raises
    ------
    NotFound
        ``no_person``, ``no_request``
    InvalidInput
        ``other_person``: the request is not this person's
    """
    nodes = nodes_of_person(connection, workspace=workspace, identity=identity)
    digests = list(digests_of(connection, workspace=workspace, identities=nodes).values())
    if request is not None:
        check_answers(connection, workspace=workspace, request=request, kind=None, digests=digests)
    contacts = contacts_with(connection, workspace=workspace, nodes=nodes, digests=digests)
    return {
        "known_by": [{"kind": kind, "value": value} for kind, value in nodes.values()],
        "facts": known_texts(connection, workspace=workspace, nodes=nodes),
        "cases": [
            asdict(case) | _worked(connection, workspace, case.id)
            for case in cases_naming(connection, workspace=workspace, nodes=nodes)
        ],
        "attempts": [asdict(one) for one in contacts.attempts],
        "refusals": [asdict(one) for one in contacts.refusals],
        "lists": list(contacts.lists),
    }


def _worked(connection: Connection, workspace: int, lead: int) -> dict[str, list[dict[str, Any]]]:
    """What was done with a case, what was written of it, and what was or is to be done."""
    steps = steps_of(connection, workspace=workspace, lead=lead)
    remarks = remarks_about(connection, workspace=workspace, lead=lead)
    tasks = tasks_about(connection, workspace=workspace, lead=lead)
    return {
        "steps": [asdict(one) for one in steps],
        "remarks": [asdict(one) for one in remarks],
        "tasks": [asdict(one) for one in tasks],
    }


def nodes_of_person(connection: Connection, *, workspace: int, identity: Identity) -> dict[int, Identity]:
    """Everything a person is known by.

    Raises
    ------
    NotFound
        ``no_person``
    """
    nodes = nodes_of_bearer(connection, workspace=workspace, identity=identity)
    if not nodes:
        raise NotFound(
            "no_person",
            Text(zh="没有此人的任何资料", en="nothing is known of that person"),
            Text(zh="请检查号码或邮箱。", en="Check the number or address."),
        )
    return nodes
