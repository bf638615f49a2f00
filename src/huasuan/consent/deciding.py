"""Whose scores and assignments a machine may decide by what it knows of them (R11; PIPL 24)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from huasuan.consent.tables import CONSENT
from huasuan.consent.types import AUTOMATED_DECISIONS
from huasuan.contacts import members_of, persons_of
from huasuan.store import select_many

_COLUMNS = ("source_key", "version", "gone", "purpose", "given", "at", "party", "parties")
Word = tuple[int, bool]
"""When somebody said something about decisions by a machine, and whether they allowed them."""


def may_decide_by_machine(connection: Connection, *, workspace: int, node: int) -> bool:
    """Whether scores and assignment may use what is known of a person (R11); without it they stay neutral."""
    return not decided_by_people(connection, workspace=workspace, nodes=[node])


def decided_by_people(connection: Connection, *, workspace: int, nodes: Collection[int]) -> frozenset[int]:
    """Of many nodes those whose persons a machine may not decide about (R11), in four statements at most."""
    if not nodes:
        return frozenset()
    persons = persons_of(connection, workspace=workspace, nodes=nodes)
    owner = members_of(connection, workspace=workspace, persons=set(persons.values()))
    latest: dict[int, Word] = {}
    for named, word in _words(connection, workspace, owner):
        for person in {owner[node] for node in named if node in owner}:
            latest[person] = max(latest.get(person, word), word)
    return frozenset(node for node, person in persons.items() if person in latest and not latest[person][1])


def _words(connection: Connection, workspace: int, nodes: Mapping[int, int]) -> Iterable[tuple[list[int], Word]]:
    """The present words about decisions by a machine of anybody at the nodes, with the nodes each names."""
    here = (("workspace", workspace), ("kind", CONSENT.kind))
    keys: dict[str, set[str]] = {}
    for source, key in select_many(
        connection, "fact_node", ("source_system", "source_key"), where=here, key="node", keys=sorted(nodes)
    ):
        keys.setdefault(source, set()).add(key)
    for source, wanted in keys.items():
        newest: dict[str, Sequence[Any]] = {}
        whose = (("workspace", workspace), ("source_system", source))
        for key, *said in select_many(
            connection, CONSENT.table.name, _COLUMNS, where=whose, key="source_key", keys=sorted(wanted)
        ):
            if key not in newest or said[0] > newest[key][0]:
                newest[key] = said
        for _, gone, purpose, given, at, party, parties in newest.values():
            if not gone and purpose == AUTOMATED_DECISIONS:
                named = [party] if parties is None else orjson.loads(parties)
                yield named, (at, bool(given))
