"""Which nodes are one person, kept in the store so that whoever asks about one number hears of all of them.

Customers and leads tie the nodes they name together; a person is what hangs together, named by the smallest node. The
warehouse works the same out for figures (metrics.derived.identity); here it is needed before every contact.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection, select

from huasuan.contacts.queries import known_parties
from huasuan.contacts.tables import FACT_NODE, PARTY
from huasuan.facts.marks import Identity
from huasuan.store import insert_many, select_many

# Any number of our own: the lock under which persons are tied together and apart.
_LOCK = 7_261_004
_COLUMNS = ("workspace", "node", "kind", "source_system", "source_key")


def nodes_of_bearer(connection: Connection, *, workspace: int, identity: Identity) -> dict[int, Identity]:
    """Every node of whoever bears a number or address, with what stands there; empty where nobody has named it."""
    node = known_parties(connection, workspace=workspace, identities=[identity]).get(identity)
    return {} if node is None else nodes_beside(connection, workspace=workspace, node=node)


def nodes_beside(connection: Connection, *, workspace: int, node: int) -> dict[int, Identity]:
    """Every node of the person a node belongs to, with what stands there."""
    contact: int | None = connection.execute(
        select(PARTY.c.contact).where(PARTY.c.workspace == workspace, PARTY.c.id == node)
    ).scalar()
    person = node if contact is None else contact
    rows = connection.execute(
        select(PARTY.c.id, PARTY.c.kind, PARTY.c.value).where(
            PARTY.c.workspace == workspace, (PARTY.c.id == person) | (PARTY.c.contact == person)
        )
    )
    return {row.id: (row.kind, row.value) for row in rows}


def facts_naming(connection: Connection, *, workspace: int, nodes: Collection[int], kind: str) -> list[tuple[str, str]]:
    """(source, key) of the facts of one kind that have named one of the nodes."""
    rows = connection.execute(
        select(FACT_NODE.c.source_system, FACT_NODE.c.source_key)
        .where(FACT_NODE.c.workspace == workspace, FACT_NODE.c.node.in_(nodes), FACT_NODE.c.kind == kind)
        .distinct()
    )
    return [(row.source_system, row.source_key) for row in rows]


def persons_of(connection: Connection, *, workspace: int, nodes: Collection[int]) -> dict[int, int]:
    """Of many nodes at once the node that names the person; itself where it is alone."""
    rows = select_many(
        connection, "party", ("id", "contact"), where=(("workspace", workspace),), key="id", keys=sorted(nodes)
    )
    found = {node: contact for node, contact in rows if contact is not None}
    return {node: found.get(node, node) for node in nodes}


def members_of(connection: Connection, *, workspace: int, persons: Collection[int]) -> dict[int, int]:
    """Every node of each of the persons, with the node that names the person."""
    here = (("workspace", workspace),)
    rows = select_many(connection, "party", ("id", "contact"), where=here, key="contact", keys=sorted(persons))
    return {person: person for person in persons} | {node: person for node, person in rows}  # noqa: C416


def first_named_by(connection: Connection, *, workspace: int, nodes: Collection[int]) -> dict[int, int]:
    """The batch that was the first to name each of the nodes."""
    here = (("workspace", workspace),)
    rows = select_many(connection, "party", ("id", "batch"), where=here, key="id", keys=sorted(nodes))
    return {row[0]: row[1] for row in rows}


def note_nodes(
    connection: Connection, *, workspace: int, kind: str, source: str, named: Mapping[str, Sequence[int]]
) -> None:
    """Remember which nodes the facts of these keys name."""
    rows = [(workspace, node, kind, source, key) for key, nodes in named.items() for node in dict.fromkeys(nodes)]
    insert_many(connection, "fact_node", _COLUMNS, rows, unless=", ".join(_COLUMNS))


def tie(connection: Connection, *, workspace: int, kind: str, source: str, named: Mapping[str, Sequence[int]]) -> None:
    """Work out anew who is one person after facts of these keys were written; ``named``: the nodes each names now.

    Facts that name one node, and always did, tie nothing.
    """
    before = select_many(
        connection,
        "fact_node",
        ("node",),
        where=(("workspace", workspace), ("kind", kind), ("source_system", source)),
        key="source_key",
        keys=sorted(named),
    )
    touched = {node for (node,) in before}
    several = {key: nodes for key, nodes in named.items() if len(set(nodes)) > 1}
    if not touched and not several:
        return
    _hold(connection, workspace)
    note_nodes(connection, workspace=workspace, kind=kind, source=source, named=several)
    touched.update(node for nodes in several.values() for node in nodes)
    _settle(connection, workspace, touched)


def _settle(connection: Connection, workspace: int, touched: set[int]) -> None:
    """Name every person anew that holds one of the nodes."""
    contacts = _contacts(connection, workspace, touched)
    contacts |= _members(connection, workspace, {contact or node for node, contact in contacts.items()})
    parents = {node: node for node in contacts}
    for nodes in _links(connection, workspace, contacts):
        for other in nodes[1:]:
            _join(parents, nodes[0], other)
    changed = []
    for node, contact in contacts.items():
        root = _root(parents, node)
        wanted = None if root == node else root
        if wanted != contact:
            changed.append((node, wanted))
    _write(connection, workspace, changed)


def _contacts(connection: Connection, workspace: int, nodes: Iterable[int]) -> dict[int, int | None]:
    rows = select_many(
        connection, "party", ("id", "contact"), where=(("workspace", workspace),), key="id", keys=sorted(nodes)
    )
    return {row[0]: row[1] for row in rows}


def _members(connection: Connection, workspace: int, persons: Iterable[int]) -> dict[int, int | None]:
    rows = select_many(
        connection, "party", ("id", "contact"), where=(("workspace", workspace),), key="contact", keys=sorted(persons)
    )
    found: dict[int, int | None] = {row[0]: row[1] for row in rows}
    return found | _contacts(connection, workspace, persons)


def _links(connection: Connection, workspace: int, nodes: Collection[int]) -> Iterable[Sequence[int]]:
    """The nodes that each present fact ties together, of the facts that have ever named one of these nodes."""
    facts: dict[tuple[str, str], set[str]] = {}
    for kind, source, key in select_many(
        connection,
        "fact_node",
        ("kind", "source_system", "source_key"),
        where=(("workspace", workspace),),
        key="node",
        keys=sorted(nodes),
    ):
        if kind in LINKING:
            facts.setdefault((kind, source), set()).add(key)
    for (kind, source), keys in sorted(facts.items()):
        newest: dict[str, tuple[int, bool, str | None]] = {}
        for key, version, gone, parties in select_many(
            connection,
            f"fact_{kind}",
            ("source_key", "version", "gone", "parties"),
            where=(("workspace", workspace), ("source_system", source)),
            key="source_key",
            keys=sorted(keys),
        ):
            if key not in newest or version > newest[key][0]:
                newest[key] = (version, bool(gone), parties)
        for _, gone, parties in newest.values():
            if not gone and parties is not None:
                named = [node for node in orjson.loads(parties) if node in nodes]
                if len(named) > 1:
                    yield named


LINKING = frozenset({"customer", "lead"})
"""Kinds of facts that say: all of these are one person."""


def _write(connection: Connection, workspace: int, changed: Sequence[tuple[int, int | None]]) -> None:
    if not changed:
        return
    given = orjson.dumps(changed).decode()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "UPDATE party SET contact = (v.pair->>1)::bigint FROM jsonb_array_elements(%s::jsonb) AS v(pair) "
            "WHERE party.workspace = %s AND party.id = (v.pair->>0)::bigint",
            (given, workspace),
        )
        return
    connection.exec_driver_sql(
        "UPDATE party SET contact = json_extract(v.value, '$[1]') FROM json_each(?) AS v "
        "WHERE party.workspace = ? AND party.id = json_extract(v.value, '$[0]')",
        (given, workspace),
    )


def _root(parents: dict[int, int], node: int) -> int:
    while (parent := parents[node]) != node:
        parents[node] = node = parents[parent]
    return node


def _join(parents: dict[int, int], one: int, other: int) -> None:
    """The smaller node names the person, so the name does not depend on the order of the facts."""
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first


def _hold(connection: Connection, workspace: int) -> None:
    """Two writers that tie one node must not both start from what was before; SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK, workspace % 2**31))
