"""Which channel, source and campaign a visit comes from: what its address says, else who referred it (S2-48).

In this order: utm parameters, click identifiers of the ad platforms, the lists of referrers, another site, nothing. A
click identifier tells a paid visit also where utm names a source alone, or a medium nobody knows (``utm_medium=pc``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from huasuan.numbers.referrers import is_search, is_social, referrer_of

CLICKS = ("gclid", "gbraid", "wbraid", "bd_vid", "qhclickid", "clickid", "msclkid", "fbclid", "qz_gdt", "yclid")
# Whose click it was; a visit with fbclid alone may also come from a post nobody paid for.
_CLICKED = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "bd_vid": ("baidu", "cpc"),
    "qhclickid": ("360", "cpc"),
    "clickid": ("oceanengine", "cpc"),
    "msclkid": ("bing", "cpc"),
    "qz_gdt": ("tencent", "cpc"),
    "yclid": ("yandex", "cpc"),
    "fbclid": ("facebook", "social"),
}
_PAID = frozenset({"cpc", "ppc", "sem", "paid", "paidsearch", "paid_search", "paid-search", "cpa", "ocpc"})
_PAID_SOCIAL = frozenset({"paidsocial", "paid_social", "paid-social", "cpm_social", "feed"})
_MEDIA = {
    "organic": "organic_search", "seo": "organic_search", "social": "social", "email": "email", "e-mail": "email",
    "newsletter": "email", "sms": "sms", "display": "display", "banner": "display", "cpm": "display", "video": "video",
    "affiliate": "affiliate", "referral": "referral", "offline": "offline", "qr": "offline", "wechat": "social",
    "ai": "ai",
}  # fmt: skip
_PAID_SOURCES = frozenset({"oceanengine", "douyin", "tencent", "gdt", "kuaishou", "weibo", "xiaohongshu", "toutiao"})
# Affiliate networks call theirs ``clickid`` too, so beside another source it proves nothing.
_SHARED_CLICK = "clickid"
_ITS_SOURCES = frozenset(
    {"oceanengine", "bytedance", "douyin", "toutiao", "jrtt", "xigua", "巨量引擎", "巨量", "抖音", "今日头条", "头条"}
)
_FROM = {"search": ("organic_search", "organic"), "social": ("social", "social"), "ai": ("ai", "ai")}
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a visit came from. ``clicks``: click identifiers by their parameter's name."""

    channel: str
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    landing_page: str | None = None
    referrer: str | None = None
    clicks: Mapping[str, str] = field(default_factory=dict)


def source_of(page: str, referrer: str, *, own: Sequence[str] = ()) -> Source:
    """The source of a visit from the address it landed on and the referring one; ``own`` are the site's origins."""
    query = _query(page)
    clicks = {name: query[name] for name in CLICKS if name in query}
    host = _host(referrer)
    came = None if host == _host(page) or any(_is_of(host, origin) for origin in own) else referrer_of(referrer)
    source, medium = query.get("utm_source"), query.get("utm_medium")
    clicked = _clicked(clicks, source)
    if source is None and medium is None and clicked is not None:
        source, medium = clicked
    term = query.get("utm_term") or query.get("keyword") or query.get("e_keyword")
    channel: str
    if source is not None or medium is not None:
        channel = channel_of(source, medium)
        if clicked is not None and clicked[1] == "cpc" and _leaves_open(channel, medium):
            source, medium = source or clicked[0], medium or clicked[1]
            channel = channel_of(*clicked)
    elif came is None:
        channel = "direct"
    elif came.medium == "referral":
        channel, source, medium = "referral", came.name, "referral"
    else:
        channel, medium = _FROM[came.medium]
        source, term = came.name, term or came.term
    return Source(
        channel=channel,
        source=source,
        medium=medium,
        campaign=query.get("utm_campaign"),
        ad_group=query.get("utm_adgroup") or query.get("adgroup"),
        keyword=term,
        creative=query.get("utm_content"),
        landing_page=_without_query(page),
        # What a search engine sends along may name a person; the lists have read the term already.
        referrer=_without_query(referrer),
        clicks=clicks,
    )


def _clicked(clicks: Mapping[str, str], source: str | None) -> tuple[str, str] | None:
    """Whose click it was and of what kind; None without a click identifier."""
    for name in CLICKS:
        if name in clicks and (name != _SHARED_CLICK or source is None or source.casefold() in _ITS_SOURCES):
            return _CLICKED[name]
    return None


def _leaves_open(channel: str, medium: str | None) -> bool:
    """Whether utm does not say clearly how the visit came, so that a paid click decides.

    "social" beside such a click is the advertisement of a social network.
    """
    return not medium or channel in ("other", "social")


def channel_of(source: str | None, medium: str | None) -> str:
    """The channel of a stated source and medium, by whole words."""
    name, kind = (source or "").strip().casefold(), (medium or "").strip().casefold()
    if kind in _PAID_SOCIAL:
        return "paid_social"
    if kind in _PAID:
        paid_here = name in _PAID_SOURCES or is_social(name)
        return "paid_social" if paid_here else "paid_search"
    if kind in _MEDIA:
        return _MEDIA[kind]
    # Facebook has a search of its own, but it is a social network first.
    if not kind and is_social(name):
        return "social"
    return "organic_search" if not kind and is_search(name) else "other"


def _query(page: str) -> dict[str, str]:
    """The parameters of an address, the first of each name, shortened; those behind # as well."""
    try:
        split = urlsplit(page)
        parts = [split.query, split.fragment.partition("?")[2]]
        pairs = [pair for part in parts for pair in parse_qsl(part, max_num_fields=100)]
    except ValueError:
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        if text := _printed(value):
            found.setdefault(name.lower(), text)
    return found


def _printed(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST]


def _host(address: str) -> str | None:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _is_of(host: str | None, origin: str) -> bool:
    """Whether a host is that of an origin; ``https://*.example.com`` names example.com and all below."""
    own = _host(origin.replace("://*.", "://"))
    if host is None or own is None:
        return False
    return host == own or ("://*." in origin and host.endswith(f".{own}"))


def _without_query(address: str) -> str | None:
    try:
        split = urlsplit(address)
        if not split.scheme or not split.hostname:
            return None
        port = f":{split.port}" if split.port else ""
    except ValueError:
        return None
    return _printed(f"{split.scheme}://{split.hostname}{port}{split.path}") or None
