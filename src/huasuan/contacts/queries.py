"""Finding and making identity nodes."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import Connection, delete, select

from huasuan.contacts.place import NOWHERE, place_of, zone_of
from huasuan.contacts.tables import FACT_NODE, PARTY
from huasuan.store import Identity, insert_many, select_many

_CHUNK = 400
_PAGE = 5_000
# Any number of our own: the first half of the lock on a workspace's nodes.
_LOCK = 7_261_002
_COLUMNS = ("workspace", "kind", "value", "province", "city", "zone", "batch")
_UNIQUE = "workspace, kind, value"


def resolve_parties(
    connection: Connection, *, workspace: int, batch: int, identities: Iterable[Identity]
) -> dict[Identity, int]:
    """The node id of every identity, making the ones nobody has named before."""
    _hold_nodes(connection, workspace, alone=False)
    wanted = list(dict.fromkeys(identities))
    found = _find(connection, workspace, wanted)
    missing = sorted(identity for identity in wanted if identity not in found)
    if missing:
        found |= _make(connection, workspace, batch, missing)
    return found


def known_parties(connection: Connection, *, workspace: int, identities: Iterable[Identity]) -> dict[Identity, int]:
    """The node id of every identity that somebody has named before."""
    return _find(connection, workspace, list(dict.fromkeys(identities)))


def parties_made_by(connection: Connection, *, workspace: int, batch: int) -> set[int]:
    """The nodes a batch was the first to name."""
    rows = connection.execute(select(PARTY.c.id).where(PARTY.c.workspace == workspace, PARTY.c.batch == batch))
    return set(rows.scalars())


def remove_parties(connection: Connection, *, workspace: int, nodes: Collection[int]) -> None:
    """Forget nodes that no fact refers to; call ``alone_with_parties`` before finding out which."""
    wanted = sorted(nodes)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        connection.execute(delete(FACT_NODE).where(FACT_NODE.c.workspace == workspace, FACT_NODE.c.node.in_(chunk)))
        connection.execute(delete(PARTY).where(PARTY.c.workspace == workspace, PARTY.c.id.in_(chunk)))


def alone_with_parties(connection: Connection, *, workspace: int) -> None:
    """Until this transaction ends nobody else refers to a node or makes one."""
    _hold_nodes(connection, workspace, alone=True)


def hold_parties(connection: Connection, *, workspace: int) -> None:
    """Until this transaction ends no node is removed and nobody is erased; others may refer to nodes as well."""
    _hold_nodes(connection, workspace, alone=False)


def _hold_nodes(connection: Connection, workspace: int, *, alone: bool) -> None:
    """On PostgreSQL, writers of facts share a lock that the removal of nodes takes alone; SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        connection.exec_driver_sql(f"SELECT {function}(%s, %s)", (_LOCK, workspace % 2**31))


def _find(connection: Connection, workspace: int, wanted: Sequence[Identity]) -> dict[Identity, int]:
    found: dict[Identity, int] = {}
    by_kind: dict[str, list[str]] = {}
    for kind, value in wanted:
        by_kind.setdefault(kind, []).append(value)
    for kind, values in by_kind.items():
        rows = select_many(
            connection,
            "party",
            ("value", "id"),
            where=(("workspace", workspace), ("kind", kind)),
            key="value",
            keys=values,
        )
        found.update({(kind, value): node for value, node in rows})
    return found


def _make(connection: Connection, workspace: int, batch: int, missing: Sequence[Identity]) -> dict[Identity, int]:
    """New nodes, and their ids. ``missing`` is in order: two writers naming the same new numbers must not wait for each
    other crosswise."""
    rows = []
    for kind, value in missing:
        place = place_of(value) if kind == "phone" else NOWHERE
        rings_in = zone_of(value) if kind == "phone" else None
        rows.append((workspace, kind, value, place.province, place.city, rings_in, batch))
    if connection.dialect.name == "postgresql":
        insert_many(connection, "party", _COLUMNS, rows, unless=_UNIQUE)
        return _find(connection, workspace, missing)
    # The one writer of SQLite numbers its nodes itself, which spares looking for them again.
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'party'").scalar() or 0
    nodes = range(last + 1, last + 1 + len(rows))
    numbered = [(node, *row) for node, row in zip(nodes, rows, strict=True)]
    insert_many(connection, "party", ("id", *_COLUMNS), numbered, unless=_UNIQUE)
    return dict(zip(missing, nodes, strict=True))


def identities_of(connection: Connection, *, workspace: int, nodes: Collection[int]) -> dict[int, Identity]:
    """What stands at the nodes: numbers, addresses and keys of people, in full."""
    rows = select_many(
        connection,
        "party",
        ("id", "kind", "value"),
        where=(("workspace", workspace),),
        key="id",
        keys=sorted(nodes),
    )
    return {node: (kind, value) for node, kind, value in rows}


def number_pages(connection: Connection, *, workspace: int) -> Iterator[dict[int, Identity]]:
    """All numbers and addresses, a few thousand nodes at a time."""
    after = 0
    while True:
        query = (
            select(PARTY.c.id, PARTY.c.kind, PARTY.c.value)
            .where(PARTY.c.workspace == workspace, PARTY.c.id > after, PARTY.c.kind.in_(("phone", "email")))
            .order_by(PARTY.c.id)
            .limit(_PAGE)
        )
        page = {row.id: (row.kind, row.value) for row in connection.execute(query)}
        if not page:
            return
        yield page
        after = max(page)


def persons_after(connection: Connection, *, workspace: int, after: int, limit: int) -> dict[int, list[int]]:
    """The next persons by number with all their nodes."""
    named = (PARTY.c.workspace == workspace, PARTY.c.contact.is_(None), PARTY.c.id > after)
    first = connection.execute(select(PARTY.c.id).where(*named).order_by(PARTY.c.id).limit(limit)).scalars().all()
    found = {person: [person] for person in first}
    for person, node in select_many(
        connection, "party", ("contact", "id"), where=(("workspace", workspace),), key="contact", keys=sorted(found)
    ):
        if node != person:
            found[person].append(node)
    return found
