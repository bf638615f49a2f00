"""The log of the gate: each line binds the one before, so that nothing in it can be changed unseen (R22)."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, insert, select

from huasuan.consent.queries import secret_of
from huasuan.consent.tables import GATE_LOG

_START = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One decision, as it was written. It names a person by node alone."""

    number: int
    entry: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """What reading the whole log of a workspace found; ``broken_at`` is the first line that does not fit."""

    workspace: int
    lines: int
    broken_at: int | None


def append(connection: Connection, *, workspace: int, secret: bytes, entry: Mapping[str, object]) -> int:
    """Add a line; its number. The caller holds the gate, so that two lines never follow the same one."""
    last = connection.execute(
        select(GATE_LOG.c.number, GATE_LOG.c.digest)
        .where(GATE_LOG.c.workspace == workspace)
        .order_by(GATE_LOG.c.number.desc())
        .limit(1)
    ).first()
    number = 1 if last is None else last.number + 1
    text = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()
    digest = _digest(secret, _START if last is None else last.digest, number, text)
    connection.execute(insert(GATE_LOG).values(workspace=workspace, number=number, entry=text, digest=digest))
    return number


def read_log(connection: Connection, *, workspace: int, before: int | None = None, limit: int = 100) -> list[LogLine]:
    """The latest decisions, newest first."""
    query = (
        select(GATE_LOG.c.number, GATE_LOG.c.entry)
        .where(GATE_LOG.c.workspace == workspace)
        .order_by(GATE_LOG.c.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(GATE_LOG.c.number < before)
    return [LogLine(number=row.number, entry=orjson.loads(row.entry)) for row in connection.execute(query)]


def check_chains(connection: Connection) -> Iterator[ChainCheck]:
    """Read every log through."""
    for workspace in list(connection.execute(select(GATE_LOG.c.workspace).distinct()).scalars()):
        yield _check(connection, workspace)


def _check(connection: Connection, workspace: int) -> ChainCheck:
    secret = secret_of(connection, workspace) or b""
    digest, expected = _START, 0
    rows = connection.execute(
        select(GATE_LOG.c.number, GATE_LOG.c.entry, GATE_LOG.c.digest)
        .where(GATE_LOG.c.workspace == workspace)
        .order_by(GATE_LOG.c.number)
    )
    for row in rows:
        expected += 1
        digest = _digest(secret, digest, expected, row.entry)
        if row.number != expected or not hmac.compare_digest(digest, row.digest):
            return ChainCheck(workspace=workspace, lines=expected, broken_at=expected)
    return ChainCheck(workspace=workspace, lines=expected, broken_at=None)


def _digest(secret: bytes, before: str, number: int, entry: str) -> str:
    return hmac.new(secret, f"{before}\n{number}\n{entry}".encode(), "sha256").hexdigest()
