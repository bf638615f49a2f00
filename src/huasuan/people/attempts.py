"""Guessing passwords gets slower: failed attempts are counted for the account, the address and both together."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from huasuan.kernel.errors import TooOften
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people.digests import digest
from huasuan.people.rules import FREE_FAILURES, wait_seconds
from huasuan.people.tables import ATTEMPT

_FORGOTTEN_AFTER = timedelta(days=1)
_SECOND = 1_000_000


def begin_attempt(connection: Connection, *, email: str, address: str, moment: datetime | None = None) -> None:
    """Count an attempt as failed before it is made, so that many at once cannot slip through; accounts that do not
    exist are counted alike.

    Raises
    ------
    TooOften
        ``too_many_attempts``; then nothing is counted.
    """
    here = to_micros(moment or now())
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.last_at < here - to_micros_of(_FORGOTTEN_AFTER)))
    subjects = dict(_subjects(email, address))
    # In one order, so that two attempts never wait for each other crosswise.
    names = sorted(subjects)
    for name in names:
        _make_sure(connection, name, here)
    rows = {
        row.subject: row
        for row in connection.execute(
            select(ATTEMPT).where(ATTEMPT.c.subject.in_(names)).order_by(ATTEMPT.c.subject).with_for_update()
        )
    }
    longest = max((row.blocked_until for row in rows.values()), default=0)
    if longest > here:
        raise _too_often(-(-(longest - here) // _SECOND))
    for name, row in rows.items():
        failures = row.failures + 1
        wait = wait_seconds(failures, free=FREE_FAILURES[subjects[name]])
        connection.execute(
            update(ATTEMPT)
            .where(ATTEMPT.c.subject == name)
            .values(failures=failures, last_at=here, blocked_until=here + wait * _SECOND)
        )


def forgive(connection: Connection, *, email: str, address: str, entered: bool = True) -> None:
    """The attempt was right: the account starts afresh, the address gets this one attempt back.

    Without ``entered`` the password was right but a code is still to come: then only this attempt is taken back, else
    whoever has the password could guess codes for ever.
    """
    for name, scope in _subjects(email, address):
        if scope == "address" or not entered:
            connection.execute(
                update(ATTEMPT)
                .where(ATTEMPT.c.subject == name, ATTEMPT.c.failures > 0)
                .values(failures=ATTEMPT.c.failures - 1, blocked_until=0)
            )
        else:
            connection.execute(delete(ATTEMPT).where(ATTEMPT.c.subject == name))


def to_micros_of(span: timedelta) -> int:
    """A span in microseconds."""
    return span // timedelta(microseconds=1)


def _subjects(email: str, address: str) -> Iterable[tuple[str, str]]:
    yield digest(f"pair {email} {address}"), "pair"
    yield digest(f"account {email}"), "account"
    yield digest(f"address {address}"), "address"


def _make_sure(connection: Connection, subject: str, here: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"subject": subject, "failures": 0, "last_at": here, "blocked_until": 0}
    connection.execute(dialect.insert(ATTEMPT).values(row).on_conflict_do_nothing(index_elements=["subject"]))


def _too_often(seconds: int) -> TooOften:
    return TooOften(
        "too_many_attempts",
        Text(zh="尝试次数过多", en="too many attempts"),
        Text(zh=f"请在 {seconds} 秒后重试。", en=f"Try again in {seconds} seconds."),
        wait_seconds=seconds,
    )
