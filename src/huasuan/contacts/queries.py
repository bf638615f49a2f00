"""Finding and making identity nodes."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from huasuan.contacts.place import NOWHERE, place_of
from huasuan.store import Identity

_CHUNK = 400


def resolve_parties(
    connection: Connection, *, workspace: int, batch: int, identities: Iterable[Identity]
) -> dict[Identity, int]:
    """The node id of every identity, making the ones nobody has named before."""
    wanted = list(dict.fromkeys(identities))
    found = _find(connection, workspace, wanted)
    missing = [identity for identity in wanted if identity not in found]
    if missing:
        _insert(connection, workspace, batch, missing)
        found |= _find(connection, workspace, missing)
    return found


def _find(connection: Connection, workspace: int, wanted: Sequence[Identity]) -> dict[Identity, int]:
    found: dict[Identity, int] = {}
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    by_kind: dict[str, list[str]] = {}
    for kind, value in wanted:
        by_kind.setdefault(kind, []).append(value)
    for kind, values in by_kind.items():
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            marks = ",".join([mark] * len(chunk))
            rows = connection.exec_driver_sql(
                f"SELECT value, id FROM party WHERE workspace = {mark} AND kind = {mark} AND value IN ({marks})",
                (workspace, kind, *chunk),
            )
            found.update({(kind, value): node for value, node in rows})
    return found


def _insert(connection: Connection, workspace: int, batch: int, missing: Sequence[Identity]) -> None:
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    marks = ",".join([mark] * 6)
    rows = []
    for kind, value in missing:
        place = place_of(value) if kind == "phone" else NOWHERE
        rows.append((workspace, kind, value, place.province, place.city, batch))
    connection.exec_driver_sql(
        "INSERT INTO party (workspace, kind, value, province, city, batch) "
        f"VALUES ({marks}) ON CONFLICT (workspace, kind, value) DO NOTHING",
        rows,
    )
