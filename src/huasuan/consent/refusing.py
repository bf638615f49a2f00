"""How people say no: words in messages, links, and lists of numbers that must not be called."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from huasuan.consent import queries
from huasuan.consent.book import Book
from huasuan.consent.gate import book_of
from huasuan.consent.permits import keyed_digest, sign, verified
from huasuan.consent.tables import DNC_ENTRY, DNC_LIST
from huasuan.consent.terms import RegistryTerms
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.store import insert_many

_LINK = "opt-out"
# Today begins earlier in some zones than here, and clocks differ.
_AHEAD = timedelta(hours=15)
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
    """A do-not-call list. ``as_of``: when it was last brought up to date; ``max_age_days``: how old it may be where a
    rule demands it (R16), the strictest of today's; ``ending``: how many of its numbers end some day."""

    name: str
    source: str
    as_of: datetime
    numbers: int
    ending: int = 0
    max_age_days: int | None = None
    too_old: bool = False


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


def dnc_lists(connection: Connection, *, workspace: int, at: datetime | None = None) -> list[DncList]:
    """The do-not-call lists of a workspace, by name."""
    moment = at or now()
    held = (
        DNC_ENTRY.c.list == DNC_LIST.c.id,
        or_(DNC_ENTRY.c.ends_at.is_(None), DNC_ENTRY.c.ends_at > to_micros(moment)),
    )
    counted = select(func.count()).select_from(DNC_ENTRY).where(*held)
    query = (
        select(
            DNC_LIST,
            counted.scalar_subquery().label("numbers"),
            counted.where(DNC_ENTRY.c.ends_at.is_not(None)).scalar_subquery().label("ending"),
        )
        .where(DNC_LIST.c.workspace == workspace)
        .order_by(DNC_LIST.c.name)
    )
    demanded = _demanded(book_of(connection, workspace=workspace), moment.date())
    return [_list(row, demanded.get(row.name), moment) for row in connection.execute(query)]


def _list(row: Any, most: int | None, at: datetime) -> DncList:  # noqa: ANN401  a row of the query
    as_of = from_micros(row.as_of)
    return DncList(
        name=row.name,
        source=row.source,
        as_of=as_of,
        numbers=row.numbers,
        ending=row.ending,
        max_age_days=most,
        too_old=most is not None and (at - as_of).days > most,
    )


def _demanded(book: Book, day: date) -> dict[str, int]:
    """The registries some country demands on a day, with the fewest days they may be old."""
    found: dict[str, int] = {}
    for country in book.countries:
        terms, _ = book.terms(RegistryTerms, "R16", country, day)
        for registry in terms.registries:
            found[registry.name] = min(registry.max_age_days, found.get(registry.name, registry.max_age_days))
    return found


def put_dnc_list(
    connection: Connection,
    *,
    workspace: int,
    name: str,
    source: str,
    as_of: datetime | None,
    numbers: Sequence[str],
    replace: bool = False,
    ends_at: datetime | None = None,
) -> int:
    """Put numbers (E.164) on a list, or in the place of what stands on it; how many stand on it that were not there.

    Only keyed digests are kept: a list of those who want to be left alone must not become a list to call. What is
    added makes no list older; a number that stands there already stays until the later of its ends.

    as_of: the date of what is brought; for a list of our own without one: now. ends_at: when these numbers may be
    called again; None: never.

    Raises
    ------
    InvalidInput
        ``no_list_date``: a registry without its date or source; ``list_date_ahead``; ``list_ended``
    """
    moment = now()
    _check_list(connection, workspace, name, source, as_of, ends_at, moment)
    stated = to_micros(as_of or moment)
    secret = queries.make_secret(connection, workspace)
    found = connection.execute(
        update(DNC_LIST)
        .where(DNC_LIST.c.workspace == workspace, DNC_LIST.c.name == name)
        .values(
            as_of=stated if replace else case((DNC_LIST.c.as_of > stated, DNC_LIST.c.as_of), else_=stated),
            source=source or DNC_LIST.c.source,
        )
        .returning(DNC_LIST.c.id)
    ).scalar()
    if found is None:
        found = connection.execute(
            insert(DNC_LIST)
            .values(workspace=workspace, name=name, source=source, as_of=stated)
            .returning(DNC_LIST.c.id)
        ).scalar_one()
    if replace:
        connection.execute(delete(DNC_ENTRY).where(DNC_ENTRY.c.list == found))
    ends = None if ends_at is None else to_micros(ends_at)
    digests = [keyed_digest(secret, "phone", number) for number in dict.fromkeys(numbers)]
    if not replace:
        queries.lengthen(connection, listed=found, digests=digests, ends_at=ends)
    rows = [(found, digest, ends) for digest in digests]
    return insert_many(connection, "dnc_entry", ("list", "digest", "ends_at"), rows, unless="list, digest")


def _check_list(  # noqa: PLR0917  what is said of a list
    connection: Connection,
    workspace: int,
    name: str,
    source: str,
    as_of: datetime | None,
    ends_at: datetime | None,
    at: datetime,
) -> None:
    registries = book_of(connection, workspace=workspace).registries
    if name in registries and (as_of is None or not source.strip()):
        raise InvalidInput(
            "no_list_date",
            Text(zh=f"登记名单 {name} 缺少数据日期或来源", en=f"the registry {name} comes without its date or source"),
            Text(zh="请写明该名单截至何时、从何处取得。", en="Say as of when the list is and where it was obtained."),
        )
    if as_of is not None and as_of > at + _AHEAD:
        raise InvalidInput(
            "list_date_ahead",
            Text(zh="名单的数据日期在将来", en="the list is dated in the future"),
            Text(zh="请填写取得名单的日期。", en="Give the day on which the list was obtained."),
        )
    if ends_at is not None and ends_at <= at:
        raise InvalidInput(
            "list_ended",
            Text(zh="失效日期已过", en="the numbers would end before they begin"),
            Text(zh="请填写以后的日期，或留空。", en="Give a day to come, or none."),
        )


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
