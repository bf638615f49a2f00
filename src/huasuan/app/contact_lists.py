"""Who stands on a list: the leads and list records that name it."""

from sqlalchemy import Connection, select

from huasuan.app import wiring

_KINDS = ("lead", "list_record")


def nodes_of_list(connection: Connection, *, workspace: int, name: str) -> list[int]:
    """The identity nodes of everybody on a list, as the present leads and list records have it."""
    found: set[int] = set()
    for kind in _KINDS:
        table = wiring.KINDS[kind].table
        one, later = table.alias("one"), table.alias("later")
        corrected = (
            select(later.c.seq)
            .where(
                later.c.workspace == one.c.workspace,
                later.c.source_system == one.c.source_system,
                later.c.source_key == one.c.source_key,
                later.c.version > one.c.version,
            )
            .exists()
        )
        query = select(one.c.party).where(
            one.c.workspace == workspace, one.c.list == name, ~one.c.gone, one.c.party.is_not(None), ~corrected
        )
        found.update(connection.execute(query).scalars())
    return sorted(found)
