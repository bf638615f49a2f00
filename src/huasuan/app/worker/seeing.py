"""Everything known of a person, as they may demand to see it (R13)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from huasuan.consent import check_answers, contacts_with, digests_of
from huasuan.contacts import known_parties, nodes_of, person_of
from huasuan.facts.marks import Identity
from huasuan.intake import known_texts
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.leads import cases_naming, steps_of


def see_person(
    connection: Connection, *, workspace: int, identity: Identity, request: int | None = None
) -> dict[str, Any]:
    """Everything known of a person, to be handed over: facts, cases with scores and steps, attempts, refusals, lists.

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
            asdict(case) | {"steps": [asdict(step) for step in steps_of(connection, workspace=workspace, lead=case.id)]}
            for case in cases_naming(connection, workspace=workspace, nodes=nodes)
        ],
        "attempts": [asdict(one) for one in contacts.attempts],
        "refusals": [asdict(one) for one in contacts.refusals],
        "lists": list(contacts.lists),
    }


def nodes_of_person(connection: Connection, *, workspace: int, identity: Identity) -> dict[int, Identity]:
    """Everything a person is known by.

    Raises
    ------
    NotFound
        ``no_person``
    """
    node = known_parties(connection, workspace=workspace, identities=[identity]).get(identity)
    if node is None:
        raise NotFound(
            "no_person",
            Text(zh="没有此人的任何资料", en="nothing is known of that person"),
            Text(zh="请检查号码或邮箱。", en="Check the number or address."),
        )
    person = person_of(connection, workspace=workspace, node=node)
    return nodes_of(connection, workspace=workspace, person=person)
