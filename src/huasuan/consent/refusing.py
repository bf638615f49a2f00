"""How people say no: words in messages, links, and lists of numbers that must not be called."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from huasuan.consent import queries
from huasuan.consent.permits import keyed_digest, sign, verified
from huasuan.consent.tables import DNC_ENTRY, DNC_LIST
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.store import insert_many

_LINK = "opt-out"
# Whole messages that mean it; within a longer text only phrases that can mean nothing else.
_WORDS = frozenset(
    {
        "td",
        "t",
        "n",
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "stopp",
        "arret",
        "退订",
        "退",
    }
    | {"拒收", "取消", "取消订阅", "不要", "停止", "拒绝"}
)
_PHRASES = (
    "退订",
    "拒收",
    "别再发",
    "不要再发",
    "别再打",
    "不要再打",
    "unsubscribe",
    "stop calling",
    "stop texting",
    "do not call",
)
_NOISE = re.compile(r"[\s\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DncList:
    """A do-not-call list. ``as_of``: when it was last brought up to date."""

    name: str
    source: str
    as_of: datetime
    numbers: int


def is_opt_out(text: str) -> bool:
    """Whether a message means: no more (R03). Wide letters, case, blanks and signs make no difference.

    Examples
    --------
    >>> [is_opt_out(text) for text in ("ＴＤ", "Stop!", "请不要再打电话了", "我要订一个")]
    [True, True, True, False]
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOISE.sub("", plain) in _WORDS or any(phrase in plain for phrase in _PHRASES)


def opt_out_token(connection: Connection, *, workspace: int, number: str) -> str:
    """What a link carries: the number, signed, good for opting out and nothing else."""
    return sign(queries.make_secret(connection, workspace), _LINK, number.encode())


def read_opt_out_token(connection: Connection, *, workspace: int, token: str) -> str:
    """The number of a link.

    Raises
    ------
    InvalidInput
        ``bad_token``
    """
    return verified(queries.secret_of(connection, workspace) or b"", _LINK, token).decode()


def dnc_lists(connection: Connection, *, workspace: int) -> list[DncList]:
    """The do-not-call lists of a workspace, by name."""
    counted = select(func.count()).select_from(DNC_ENTRY).where(DNC_ENTRY.c.list == DNC_LIST.c.id).scalar_subquery()
    query = (
        select(DNC_LIST, counted.label("numbers")).where(DNC_LIST.c.workspace == workspace).order_by(DNC_LIST.c.name)
    )
    return [
        DncList(name=row.name, source=row.source, as_of=from_micros(row.as_of), numbers=row.numbers)
        for row in connection.execute(query)
    ]


def put_dnc_list(
    connection: Connection,
    *,
    workspace: int,
    name: str,
    source: str,
    as_of: datetime,
    numbers: Sequence[str],
    replace: bool = False,
) -> int:
    """Put numbers (E.164) on a list, or in the place of what stands on it; how many stand on it that were not there.

    Only keyed digests are kept: a list of those who want to be left alone must not become a list to call.
    """
    secret = queries.make_secret(connection, workspace)
    found = connection.execute(
        update(DNC_LIST)
        .where(DNC_LIST.c.workspace == workspace, DNC_LIST.c.name == name)
        .values(as_of=to_micros(as_of), source=source)
        .returning(DNC_LIST.c.id)
    ).scalar()
    if found is None:
        found = connection.execute(
            insert(DNC_LIST)
            .values(workspace=workspace, name=name, source=source, as_of=to_micros(as_of))
            .returning(DNC_LIST.c.id)
        ).scalar_one()
    if replace:
        connection.execute(delete(DNC_ENTRY).where(DNC_ENTRY.c.list == found))
    rows = [(found, keyed_digest(secret, "phone", number)) for number in dict.fromkeys(numbers)]
    return insert_many(connection, "dnc_entry", ("list", "digest"), rows, unless="list, digest")


def remove_dnc_list(connection: Connection, *, workspace: int, name: str) -> None:
    """Take a list away.

    Raises
    ------
    NotFound
        ``no_list``
    """
    found = connection.execute(
        delete(DNC_LIST).where(DNC_LIST.c.workspace == workspace, DNC_LIST.c.name == name).returning(DNC_LIST.c.id)
    ).scalar()
    if found is None:
        raise NotFound("no_list", Text(zh=f"没有名单 {name}", en=f"there is no list {name}"))
    connection.execute(delete(DNC_ENTRY).where(DNC_ENTRY.c.list == found))
