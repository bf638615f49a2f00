"""Making sites, pools and numbers, and taking numbers out of use."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from huasuan.facts.numbers import NumberKind
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.numbers import queries
from huasuan.numbers.clock import HoldClock
from huasuan.numbers.rules import STORAGES, check_callback, check_origins, check_pool, core_of, digits_of
from huasuan.numbers.telling import keep_quiet
from huasuan.numbers.types import Number, NumberAbout, Pool, Site, SiteSettings

_KEY_BYTES, _SECRET_BYTES = 9, 24


def create_site(connection: Connection, *, workspace: int, name: str, settings: SiteSettings) -> Site:
    """A site with a public key of its own for the snippet.

    Raises
    ------
    InvalidInput
        ``bad_storage``, ``bad_origin``
    Conflict
        ``site_exists``: another one has that name
    """
    _check_name(connection, workspace=workspace, name=name)
    settings = _checked(settings)
    key, secret = secrets.token_urlsafe(_KEY_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    values = {"workspace": workspace, "name": name, "key": key, "secret": secret}
    number = queries.insert_site(connection, values=values, settings=settings)
    return Site(id=number, workspace=workspace, name=name, key=key, secret=secret, settings=settings, created_at=now())


def change_site(connection: Connection, *, workspace: int, site: int, name: str, settings: SiteSettings) -> None:
    """Replace the name of a site and what is decided for it; running services follow within seconds.

    Raises
    ------
    InvalidInput
        ``swaps_itself``: the overflow number is lent to visitors, ``bad_storage``, ``bad_origin``
    NotFound
        ``no_site``
    Conflict
        ``site_exists``: another one has that name
    """
    site_of(connection, workspace=workspace, site=site)
    _check_name(connection, workspace=workspace, name=name, but=site)
    check_apart([settings.overflow], lent_of(connection, workspace=workspace, site=site))
    queries.change_site(connection, site=site, name=name, settings=_checked(settings))


def create_pool(
    connection: Connection,
    *,
    workspace: int,
    site: int,
    name: str,
    replaces: str,
    hold_seconds: int = 150,
    quiet_seconds: int = 600,
) -> Pool:
    """An empty pool whose numbers will stand in place of ``replaces`` on the pages of a site.

    Raises
    ------
    InvalidInput
        ``bad_hold``, ``bad_quiet``, ``bad_number``, ``swaps_itself``: the pages' number is lent to visitors
    NotFound
        ``no_site``
    Conflict
        ``replaced_already``
    """
    check_pool(hold_seconds=hold_seconds, quiet_seconds=quiet_seconds, replaces=replaces)
    site_of(connection, workspace=workspace, site=site)
    check_replaces(connection, workspace=workspace, site=site, replaces=replaces)
    check_apart([replaces], lent_of(connection, workspace=workspace, site=site))
    pool = Pool(
        id=0,
        workspace=workspace,
        site=site,
        name=name,
        replaces=replaces,
        hold_seconds=hold_seconds,
        quiet_seconds=quiet_seconds,
    )
    values = {
        "workspace": workspace,
        "site": site,
        "name": name,
        "replaces": replaces,
        "hold_seconds": hold_seconds,
        "quiet_seconds": quiet_seconds,
    }
    return replace(pool, id=queries.insert_pool(connection, values=values))


def add_number(
    connection: Connection,
    *,
    workspace: int,
    number: str,
    kind: NumberKind,
    extension: str = "",
    pool: int | None = None,
    about: NumberAbout | None = None,
    valid_from: datetime | None = None,
) -> Number:
    """A number of ours from ``valid_from`` on; one of a pool is lent to visitors from then on.

    Raises
    ------
    InvalidInput
        ``pool_missing``, ``extension_missing``, ``swaps_itself``
    NotFound
        ``no_pool``
    Conflict
        ``number_taken``
    """
    since = valid_from or now()
    check_kind(kind=kind, extension=extension, pool=pool)
    if pool is not None:
        check_apart(_shown_to_all(connection, workspace=workspace, pool=pool), [number])
    if queries.is_taken(connection, workspace=workspace, number=number, extension=extension, moment=to_micros(since)):
        raise _taken(number)
    values = {
        "workspace": workspace,
        "number": number,
        "extension": extension,
        "kind": kind,
        "pool": pool,
        "valid_from": to_micros(since),
        "valid_until": None,
    }
    described = about or NumberAbout()
    lent_until = queries.lent_until(connection, workspace=workspace, number=number)
    found = queries.insert_number(connection, values=values, about=described)
    if kind == "pool":
        held_until = _held_until(connection, since)
        free = {"held_until": held_until, "quiet_until": 0, "visitor": "", "lease": 0}
        queries.insert_slots(connection, [{"number": found, "pool": pool, "shown": number, **free}])
        if lent_until is not None:
            # Whoever saw it before it was taken out may still call it.
            keep_quiet(connection, workspace=workspace, called={number: lent_until})
    return Number(
        id=found,
        workspace=workspace,
        number=number,
        extension=extension,
        kind=kind,
        pool=pool,
        about=described,
        valid_from=since,
        valid_until=None,
    )


def _taken(number: str) -> Conflict:
    return Conflict(
        "number_taken",
        Text(zh=f"号码已在使用：{number}", en=f"the number is in use already: {number}"),
        Text(zh="请先停用原记录。", en="Take the earlier entry out of use first."),
    )


def _held_until(connection: Connection, since: datetime) -> int:
    """Until it is ours a number is held, by nobody."""
    ahead = to_micros(since) - to_micros(now())
    return HoldClock.of(connection).now() + ahead if ahead > 0 else 0


def retire_number(connection: Connection, *, workspace: int, number: int) -> None:
    """A number is ours no longer: nobody is shown it from now on.

    Raises
    ------
    NotFound
        ``no_number``
    """
    if not queries.end_number(connection, workspace=workspace, number=number, moment=to_micros(now())):
        raise _no("number", Text(zh="没有这个号码", en="there is no such number"))
    queries.remove_slot(connection, number=number)


def site_of(connection: Connection, *, workspace: int, site: int) -> Site:
    """The site of that number.

    Raises
    ------
    NotFound
        ``no_site``
    """
    found = next((one for one in queries.sites(connection, workspace=workspace) if one.id == site), None)
    if found is None:
        raise _no("site", Text(zh="没有这个网站", en="there is no such site"))
    return found


def pool_of(connection: Connection, *, workspace: int, pool: int) -> Pool:
    """The pool of that number.

    Raises
    ------
    NotFound
        ``no_pool``
    """
    found = next((one for one in queries.pools(connection, workspace=workspace) if one.id == pool), None)
    if found is None:
        raise _no("pool", Text(zh="没有这个号码池", en="there is no such pool"))
    return found


def check_kind(*, kind: NumberKind, extension: str, pool: int | None) -> None:
    """Refuse a kind of number without what it needs, or with what it cannot have.

    Raises
    ------
    InvalidInput
        ``pool_missing``, ``extension_missing``
    """
    if (kind == "pool") != (pool is not None):
        raise InvalidInput(
            "pool_missing",
            Text(zh="号码池号码须指明号码池，其他号码不可", en="a number of a pool names it, another number does not"),
        )
    if (kind == "extension") != bool(extension):
        raise InvalidInput(
            "extension_missing",
            Text(zh="分机号码须填写分机码，其他号码不可", en="an extension number has a code, another number has none"),
        )


def _shown_to_all(connection: Connection, *, workspace: int, pool: int) -> list[str]:
    """The numbers that everybody sees on the pages of a pool's site."""
    mine = site_of(connection, workspace=workspace, site=pool_of(connection, workspace=workspace, pool=pool).site)
    pools = pools_of(connection, workspace=workspace, site=mine.id)
    return [*(one.replaces for one in pools), mine.settings.overflow]


def check_replaces(connection: Connection, *, workspace: int, site: int, replaces: str, but: int | None = None) -> None:
    """Refuse a second pool of a site for the same number; ``but``: the pool that is changed.

    Raises
    ------
    Conflict
        ``replaced_already``
    """
    others = [one for one in pools_of(connection, workspace=workspace, site=site) if one.id != but]
    if any(digits_of(one.replaces) == digits_of(replaces) for one in others):
        raise Conflict(
            "replaced_already",
            Text(zh="该网站已有号码池替换此号码", en="another pool of the site stands in place of this number"),
            Text(zh="请把号码加入该号码池。", en="Add the numbers to that pool."),
        )


def pools_of(connection: Connection, *, workspace: int, site: int) -> list[Pool]:
    """The pools of a site."""
    return [one for one in queries.pools(connection, workspace=workspace) if one.site == site]


def lent_of(connection: Connection, *, workspace: int, site: int) -> list[str]:
    """The numbers that visitors of a site are, or will be, lent."""
    pools = {one.id for one in pools_of(connection, workspace=workspace, site=site)}
    mine = queries.numbers(connection, workspace=workspace)
    return [one.number for one in mine if one.pool in pools and one.is_ours(now())]


def check_apart(shown_to_all: Sequence[str], lent: Sequence[str]) -> None:
    """A number that everybody sees, a page's own or the overflow number, is lent to nobody: it tells no visitor."""
    seen = {core_of(number) for number in shown_to_all if number}
    wrong = next((number for number in lent if core_of(number) in seen), None)
    if wrong is not None:
        raise InvalidInput(
            "swaps_itself",
            Text(
                zh=f"页面号码或溢出号码不能同时是追踪号码：{wrong}",
                en=f"a page's own number or the overflow number cannot be lent: {wrong}",
            ),
            Text(zh="请换一个号码。", en="Take another number."),
        )


def _check_name(connection: Connection, *, workspace: int, name: str, but: int | None = None) -> None:
    """Refuse a name that another site has: where one is chosen they could not be told apart."""
    others = [one for one in queries.sites(connection, workspace=workspace) if one.id != but]
    if any(one.name.casefold() == name.casefold() for one in others):
        raise Conflict(
            "site_exists",
            Text(zh=f"已有同名网站：{name}", en=f"there is a site of this name: {name}"),
            Text(zh="请换一个名称，或更改已有的网站。", en="Take another name, or change the site there is."),
        )


def _checked(settings: SiteSettings) -> SiteSettings:
    if settings.storage not in STORAGES:
        raise InvalidInput(
            "bad_storage",
            Text(zh=f"不支持的存储方式：{settings.storage}", en=f"no way to keep it: {settings.storage}"),
            Text(zh="session、local 或 none。", en="session, local or none."),
        )
    check_callback(settings)
    return replace(settings, origins=check_origins(settings.origins))


def _no(what: str, text: Text) -> NotFound:
    return NotFound(f"no_{what}", text)
