"""What each room keeps of people, said where its tables are, and how it is taken out of the files for good (S3-9)."""

import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, text, update

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.store.backup import sqlite_path
from huasuan.store.engine import BUSY_SECONDS, Store
from huasuan.store.tables import METADATA

ERASED = "erased"
_TOKEN_BYTES = 6
_PERSONAL = "personal"
_CHUNK = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A table outside the facts, and its columns that may name or reach a person.

    node: the column that says whom a row is about, by identity node; its rows lose ``columns`` whole. Without one, or
    beside it, texts that hold what the person is known by lose just that.
    """

    table: str
    columns: tuple[str, ...] = ()
    node: str | None = None


def holds_personal(table: Table, *columns: str, node: str | None = None) -> None:
    """Declare what a table keeps of people; without columns: nothing. Every table that is no fact declares itself."""
    declared: dict[str, Personal] = METADATA.info.setdefault(_PERSONAL, {})
    declared[table.name] = Personal(table=table.name, columns=columns, node=node)


def declared_personal() -> dict[str, Personal]:
    """What every room declared, by table."""
    return dict(METADATA.info.get(_PERSONAL, {}))


def stand_ins(texts: Iterable[str]) -> dict[str, str]:
    """What stands in the place of each text: another one each time, so that no two keys become one."""
    return {text: f"{ERASED}-{secrets.token_hex(_TOKEN_BYTES)}" for text in texts}


def erase_declared(
    connection: Connection, *, workspace: int, nodes: Collection[int], texts: Mapping[str, str]
) -> dict[str, int]:
    """Take a person out of every declared table, each text with what stands there then; how many rows were changed."""
    changed: dict[str, int] = {}
    for declared in declared_personal().values():
        count = _erase_table(connection, declared, workspace=workspace, nodes=sorted(nodes), texts=texts)
        if count:
            changed[declared.table] = count
    return changed


def _erase_table(
    connection: Connection, declared: Personal, *, workspace: int, nodes: Sequence[int], texts: Mapping[str, str]
) -> int:
    table = METADATA.tables[declared.table]
    if not declared.columns:
        return 0
    mine = table.c.workspace == workspace if "workspace" in table.c else text("1 = 1")
    count = 0
    if declared.node is not None:
        for start in range(0, len(nodes), _CHUNK):
            about = table.c[declared.node].in_(nodes[start : start + _CHUNK])
            emptied = {name: "" if not table.c[name].nullable else None for name in declared.columns}
            count += connection.execute(update(table).where(mine, about).values(emptied)).rowcount
    for said, instead in texts.items():
        for name in declared.columns:
            holds = table.c[name].contains(said, autoescape=True)
            replaced = {name: func.replace(table.c[name], said, instead)}
            count += connection.execute(update(table).where(mine, holds).values(replaced)).rowcount
    return count


def scrub(store: Store) -> None:
    """Write the store's file anew, so that nothing taken out of it is left in free pages or the write-ahead log.

    Takes about as long as copying the file; nobody else writes meanwhile. On PostgreSQL dead rows are freed for reuse;
    what its pages still hold until then is its administrator's matter (``VACUUM FULL``).

    Raises
    ------
    Broken
        ``store_busy``: somebody reads without end; try again.
    """
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return
    with closing(sqlite3.connect(sqlite_path(store), timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Broken(
            "store_busy",
            Text(zh="数据库正被读取，日志尚未清除", en="the store is being read; its log could not be emptied yet"),
            Text(zh="请稍后再试。", en="Try again in a moment."),
        )
