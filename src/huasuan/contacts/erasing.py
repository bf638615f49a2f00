"""Taking a person's numbers, addresses and keys off the identity nodes; the nodes stay, so that figures do."""

from collections.abc import Mapping

from sqlalchemy import Connection, update

from huasuan.contacts.tables import PARTY
from huasuan.store import ERASED


def erase_nodes(connection: Connection, *, workspace: int, digests: Mapping[int, str]) -> None:
    """Put a keyed digest in the place of what stood at each node; province and city stay as they are."""
    for node, digest in digests.items():
        connection.execute(
            update(PARTY).where(PARTY.c.workspace == workspace, PARTY.c.id == node).values(value=f"{ERASED}:{digest}")
        )
