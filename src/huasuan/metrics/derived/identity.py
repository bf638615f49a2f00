"""Which identity nodes are one contact: connected components over what present customers and leads name."""

from collections.abc import Iterable

import pyarrow as pa

from huasuan.warehouse import Cursor, first_row

LINKING = ("customer", "lead")


def prepare_identity(writer: Cursor) -> None:
    """``link``: who names which node; ``contact_of``: the contact of each node that is not its own."""
    writer.execute("CREATE TABLE IF NOT EXISTS link (kind VARCHAR, fact_id BIGINT, party BIGINT)")
    writer.execute("CREATE TABLE IF NOT EXISTS contact_of (party BIGINT, contact_id BIGINT)")


def resolve_all(writer: Cursor) -> None:
    """Work every component out anew."""
    writer.execute("DELETE FROM link")
    for kind in LINKING:
        writer.execute(f"INSERT INTO link {_links_of(kind, 'TRUE')}")
    writer.execute("DELETE FROM contact_of")
    _insert_components(writer, writer.execute("SELECT kind, fact_id, party FROM link").fetchall())


def resolve_touched(writer: Cursor, staged: Iterable[str]) -> bool:
    """Work out the components that the staged customers and leads touch; old and new contacts become touched.

    Whether any node was tied or untied.
    """
    kinds = [kind for kind in LINKING if kind in staged]
    if not kinds:
        return False
    mine = " OR ".join(f"(kind = '{kind}' AND fact_id IN (SELECT fact_id FROM stage_{kind}))" for kind in kinds)
    present = " UNION ALL ".join(_links_of(kind, f"fact_id IN (SELECT fact_id FROM stage_{kind})") for kind in kinds)
    row = first_row(
        writer,
        f"CREATE OR REPLACE TEMP TABLE affected AS SELECT party FROM link WHERE {mine} "
        f"UNION ALL SELECT party FROM ({present})",
    )
    if row is None or not row[0]:
        return False
    writer.execute(f"DELETE FROM link WHERE {mine}")
    writer.execute(f"INSERT INTO link {present}")
    _widen(writer)
    links = writer.execute(
        "SELECT kind, fact_id, party FROM link WHERE (kind, fact_id) IN "
        "(SELECT (kind, fact_id) FROM link WHERE party IN (SELECT party FROM affected))"
    ).fetchall()
    writer.execute("DELETE FROM contact_of WHERE party IN (SELECT party FROM affected)")
    _insert_components(writer, links)
    writer.execute(
        "INSERT INTO touched SELECT DISTINCT coalesce(c.contact_id, a.party) FROM affected a "
        "LEFT JOIN contact_of c USING (party)"
    )
    return True


def _links_of(kind: str, where: str) -> str:
    """Only a fact that names two nodes or more ties anything together."""
    return (
        f"SELECT '{kind}' AS kind, fact_id, unnest(from_json(parties, '[\"BIGINT\"]')) AS party FROM fact_{kind} "
        f"WHERE parties LIKE '%,%' AND ({where})"
    )


def _widen(writer: Cursor) -> None:
    """All nodes of the contacts concerned, and those contacts themselves as touched."""
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE affected_contact AS SELECT DISTINCT coalesce(c.contact_id, a.party) AS "
        "contact_id "
        "FROM affected a LEFT JOIN contact_of c USING (party)"
    )
    writer.execute("INSERT INTO touched SELECT contact_id FROM affected_contact")
    writer.execute(
        "INSERT INTO affected SELECT party FROM contact_of WHERE contact_id IN (SELECT contact_id FROM "
        "affected_contact) "
        "UNION ALL SELECT contact_id FROM affected_contact"
    )


def _insert_components(writer: Cursor, links: Iterable[tuple[str, int, int]]) -> None:
    parents: dict[int, int] = {}

    def root(node: int) -> int:
        while (parent := parents.setdefault(node, node)) != node:
            parents[node] = node = parents[parent]
        return node

    first: dict[tuple[str, int], int] = {}
    for kind, fact_id, party in links:
        other = first.setdefault((kind, fact_id), party)
        one, two = root(other), root(party)
        # The smallest node names the contact, so the name does not depend on the order of the links.
        parents[max(one, two)] = min(one, two)
    pairs = [(node, root(node)) for node in list(parents)]
    pairs = [(node, contact) for node, contact in pairs if node != contact]
    if pairs:
        nodes, contacts = zip(*pairs, strict=True)
        writer.register("components", pa.table({"party": pa.array(nodes), "contact_id": pa.array(contacts)}))
        writer.execute("INSERT INTO contact_of SELECT party, contact_id FROM components")
        writer.unregister("components")
