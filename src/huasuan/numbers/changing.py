"""Changing numbers and pools, and taking pools and sites out of use (S0-19, S3-5).

A number keeps its record when it is changed, so its rent goes on. What it tracks is changed for all its calls; for
another channel from a day on it ends on that day and is added anew.
"""

from datetime import datetime

from sqlalchemy import Connection

from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.numbers import queries
from huasuan.numbers.rules import check_pool
from huasuan.numbers.service import check_apart, check_replaces, lent_of, pool_of, pools_of, site_of
from huasuan.numbers.types import NumberAbout


def change_number(
    connection: Connection, *, workspace: int, number: int, about: NumberAbout, valid_until: datetime | None
) -> None:
    """Replace what is known of a number, and until when it is ours; a moment that is past ends it at once.

    Raises
    ------
    NotFound
        ``no_number``
    InvalidInput
        ``bad_validity``: it would end before it began
    Conflict
        ``number_over``: it is ours no longer, ``number_taken``: it would meet a later record of the same number
    """
    row = queries.number_row(connection, workspace=workspace, number=number)
    if row is None:
        raise NotFound("no_number", Text(zh="没有这个号码", en="there is no such number"))
    moment = to_micros(now())
    if row.valid_until is not None and row.valid_until <= moment:
        raise Conflict(
            "number_over",
            Text(zh="该号码已停用，不能再修改", en="the number is out of use and cannot be changed"),
            Text(zh="如仍在使用，请重新添加。", en="Add it anew if it is still yours."),
        )
    until = None if valid_until is None else to_micros(valid_until)
    if until is not None and until <= row.valid_from:
        began = from_micros(row.valid_from).isoformat(timespec="seconds")
        raise InvalidInput(
            "bad_validity",
            Text(zh=f"停用时间早于启用时间（{began}）", en=f"it would end before it began ({began})"),
            Text(zh="请填写更晚的时间。", en="Give a later moment."),
        )
    if queries.is_followed(connection, row=row, until=until):
        raise Conflict(
            "number_taken",
            Text(zh=f"同一号码另有较晚的记录：{row.number}", en=f"a later record of the number exists: {row.number}"),
            Text(zh="请把停用时间设在那之前。", en="Let this one end before that begins."),
        )
    queries.change_number(connection, number=number, about=about, valid_until=until)
    if until is not None and until <= moment:
        queries.remove_slot(connection, number=number)


def change_pool(
    connection: Connection,
    *,
    workspace: int,
    pool: int,
    name: str,
    replaces: str,
    hold_seconds: int,
    quiet_seconds: int,
) -> None:
    """Replace what is decided for a pool; running services follow within seconds, its numbers stay lent.

    Raises
    ------
    InvalidInput
        ``bad_hold``, ``bad_quiet``, ``bad_number``, ``swaps_itself``
    NotFound
        ``no_pool``
    Conflict
        ``replaced_already``
    """
    check_pool(hold_seconds=hold_seconds, quiet_seconds=quiet_seconds, replaces=replaces)
    mine = pool_of(connection, workspace=workspace, pool=pool)
    check_replaces(connection, workspace=workspace, site=mine.site, replaces=replaces, but=pool)
    check_apart([replaces], lent_of(connection, workspace=workspace, site=mine.site))
    values = {"name": name, "replaces": replaces, "hold_seconds": hold_seconds, "quiet_seconds": quiet_seconds}
    queries.change_pool(connection, pool=pool, values=values)


def remove_pool(connection: Connection, *, workspace: int, pool: int) -> int:
    """Take a pool out of use, and its numbers with it; how many they were. Calls before stay what they were.

    Raises
    ------
    NotFound
        ``no_pool``
    """
    pool_of(connection, workspace=workspace, pool=pool)
    moment = to_micros(now())
    ended = queries.numbers_in_use(connection, pool=pool, moment=moment)
    for number in ended:
        queries.end_number(connection, workspace=workspace, number=number, moment=moment)
        queries.remove_slot(connection, number=number)
    queries.close_pool(connection, pool=pool, moment=moment)
    return len(ended)


def remove_site(connection: Connection, *, workspace: int, site: int) -> None:
    """Take a site out of use with its pools and their numbers: its pages keep the number they name.

    Raises
    ------
    NotFound
        ``no_site``
    """
    site_of(connection, workspace=workspace, site=site)
    for pool in pools_of(connection, workspace=workspace, site=site):
        remove_pool(connection, workspace=workspace, pool=pool.id)
    queries.close_site(connection, site=site, moment=to_micros(now()))


def end_due(connection: Connection) -> int:
    """Numbers whose last moment has come are lent to nobody from now on; how many there were."""
    due = queries.slots_over(connection, moment=to_micros(now()))
    for number in due:
        queries.remove_slot(connection, number=number)
    return len(due)
