"""Whether the snippet works on the pages of a site: what came in lately, and what to do where nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, func, select

from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.numbers import queries
from huasuan.numbers.rules import is_own_page
from huasuan.numbers.tables import LEASE_LOG, VISIT_LOG
from huasuan.numbers.turned_away import turned_away
from huasuan.numbers.types import Pool, Site

_DAY = timedelta(days=1)
# Above it a pool loses more than the sizing screen aims at by default.
_FULL_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that keeps calls of a site from being tracked, and the remedy. ``error``: nothing can work so."""

    code: str
    grave: Literal["error", "warning"]
    text: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came from the pages of a site: ever, and within the last day. ``numbers``: of its pools, lent now."""

    last_visit: datetime | None
    visits: int
    leases: int
    overflow: int
    numbers: int


def heard_from(connection: Connection, *, site: Site) -> Heard:
    """What the log says of a site now."""
    since = to_micros(now() - _DAY)
    pools = _pools_of(connection, site)
    mine = {pool.id for pool in pools}
    last = connection.execute(select(func.max(VISIT_LOG.c.seen_at)).where(VISIT_LOG.c.site == site.id)).scalar_one()
    visits = select(func.count()).where(VISIT_LOG.c.site == site.id, VISIT_LOG.c.started_at >= since)
    leases = connection.execute(
        select(LEASE_LOG.c.overflow).where(LEASE_LOG.c.pool.in_(mine), LEASE_LOG.c.leased_at >= since)
    ).fetchall()
    ours, at = queries.numbers(connection, workspace=site.workspace), now()
    return Heard(
        last_visit=None if last is None else from_micros(last),
        visits=connection.execute(visits).scalar_one(),
        leases=len(leases),
        overflow=sum(1 for row in leases if row.overflow),
        numbers=sum(1 for one in ours if one.pool in mine and one.is_ours(at) and one.valid_from <= at),
    )


def faults(connection: Connection, *, site: Site, heard: Heard) -> list[Fault]:
    """What is wrong with the installation of a site, as far as its settings and its pages of the last day tell."""
    found = faults_of(site, _pools_of(connection, site), heard)
    # One that was allowed meanwhile is no fault any more.
    strangers = [
        origin for origin in turned_away(connection, site=site.id) if not is_own_page(origin, site.settings.origins)
    ]
    return [_turned_away(strangers), *found] if strangers else found


def _turned_away(origins: Sequence[str]) -> Fault:
    named = ", ".join(origins)
    return Fault(
        code="origins_rejected",
        grave="warning",
        text=Text(zh=f"有页面的来源不在允许之列：{named}", en=f"pages of origins that are not allowed asked: {named}"),
        remedy=Text(
            zh="若是您的网站，请加入允许的来源；否则是别人用了您的代码片段，他们只会看到溢出号码。",
            en="Add those that are yours to the allowed origins; others use your snippet and see the overflow number.",
        ),
    )


def faults_of(site: Site, pools: Sequence[Pool], heard: Heard) -> list[Fault]:
    """The decision of ``faults``: settings, pools and what was heard are all it needs."""
    found = []
    if not pools:
        found.append(_NO_POOL)
    elif not heard.numbers:
        found.append(_NO_NUMBERS)
    if heard.last_visit is None:
        found.append(_NEVER_HEARD)
    elif not heard.visits:
        found.append(_SILENT)
    if heard.leases and heard.overflow > _FULL_SHARE * heard.leases:
        found.append(_FULL)
    if not site.settings.overflow:
        found.append(_NO_OVERFLOW)
    if any(origin.startswith("http://") for origin in site.settings.origins):
        found.append(_NOT_SECURE)
    return found


def _pools_of(connection: Connection, site: Site) -> list[Pool]:
    return [pool for pool in queries.pools(connection, workspace=site.workspace) if pool.site == site.id]


_NO_POOL = Fault(
    code="no_pool",
    grave="error",
    text=Text(zh="该网站没有号码池", en="the site has no pool"),
    remedy=Text(
        zh="在下方新建号码池，填写页面上原来的号码。",
        en="Make a pool below and give the number that the pages name.",
    ),
)
_NO_NUMBERS = Fault(
    code="no_numbers",
    grave="error",
    text=Text(zh="号码池里没有可用号码", en="the pools hold no number that can be lent"),
    remedy=Text(zh="在“号码”中向号码池添加号码。", en="Add numbers of kind pool on the numbers screen."),
)
_NEVER_HEARD = Fault(
    code="never_heard",
    grave="error",
    text=Text(zh="从未收到该网站页面的请求", en="no page of the site has ever asked"),
    remedy=Text(
        zh="请把代码片段粘贴到每个页面，打开页面后看浏览器控制台：CSP 须允许 script-src 与 connect-src；"
        "页面地址须在允许来源之中；若设为须同意，同意后要调用 huasuan.consent()。",
        en="Paste the snippet into every page, open one and look at the browser's console: CSP must allow "
        "script-src and connect-src, the page's origin must be one of those allowed, and where consent is "
        "required the page must call huasuan.consent().",
    ),
)
_SILENT = Fault(
    code="silent",
    grave="warning",
    text=Text(zh="最近 24 小时没有新访问", en="no visit began within the last 24 hours"),
    remedy=Text(
        zh="若网站仍有访客，代码片段可能在改版时丢失，或被新的 CSP、同意横幅拦住。",
        en="If the site has visitors, the snippet was lost in a change of the pages, or a new CSP or consent "
        "banner stops it.",
    ),
)
_FULL = Fault(
    code="pool_full",
    grave="warning",
    text=Text(zh="号码不够：超过 2% 的访问看到的是溢出号码", en="over 2% of visits saw the overflow number"),
    remedy=Text(zh="在“号码池”中查看应加多少。", en="See on the screen of number pools how many to add."),
)
_NO_OVERFLOW = Fault(
    code="no_overflow",
    grave="warning",
    text=Text(zh="没有溢出号码", en="there is no overflow number"),
    remedy=Text(
        zh="号码池满时页面保留原号码，这些来电无法与直接来电区分；请设置溢出号码。",
        en="When a pool is full the pages keep their own number and such calls look like any other; "
        "set an overflow number.",
    ),
)
_NOT_SECURE = Fault(
    code="not_secure",
    grave="warning",
    text=Text(zh="允许来源中有 http:// 地址", en="an allowed origin begins with http://"),
    remedy=Text(zh="请改用 https，途中的人可改写号码。", en="Use https: whoever is in between can change the number."),
)
