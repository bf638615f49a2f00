"""Which search engine, social network or AI assistant a referring address belongs to.

Hosts are compared whole, never in part: ``not-linkedin.com`` is not LinkedIn (S0-20). The most specific entry wins:
host with path, exact host, host with a country in it; AI assistants come before search engines that list them too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import SplitResult, parse_qsl, unquote_to_bytes, urlsplit

import orjson

_LONGEST = 200
# A country as top-level domain, alone or behind what countries put before it.
_COUNTRY = re.compile(r"(?:(?:co|com|org|net|it|edu)\.)?[a-z]{2}|com")
_LANGUAGE = re.compile(r"[a-z]{2}")
_EXPRESSION = re.compile(r"/(.+)/")
_GOES_ON_WITH_APP = "android-app"
# Chinese hosts that the lists lack, as their services use them (looked up in November 2026).
_ADDED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "ai": {
        "Doubao": ("doubao.com",),
        "Kimi": ("kimi.com", "kimi.moonshot.cn"),
        "Yuanbao": ("yuanbao.tencent.com",),
        "Tongyi": ("tongyi.com", "tongyi.aliyun.com", "qianwen.com"),
    },
    "social": {
        "Zhihu": ("zhihu.com", "zhuanlan.zhihu.com"),
        "Xiaohongshu": ("xiaohongshu.com",),
        "Kuaishou": ("kuaishou.com", "v.kuaishou.com"),
        "Toutiao": ("toutiao.com",),
    },
    "search": {"Toutiao search": ("so.toutiao.com", "m.toutiao.com"), "Youdao": ("youdao.com",)},
}
_ADDED_PARAMS = {"Toutiao search": ("keyword",), "Youdao": ("q",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """Where somebody came from: ``medium`` is ai, search, social or referral; ``term`` what was searched for."""

    medium: str
    name: str
    term: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    medium: str
    name: str
    params: tuple[str, ...] = ()
    charsets: tuple[str, ...] = ()


def referrer_of(address: str) -> Referrer | None:
    """Who the referring address belongs to; None for none, or one that is no address."""
    try:
        split = urlsplit(address)
        host = (split.hostname or "").rstrip(".")
    except ValueError:
        return None
    if split.scheme == _GOES_ON_WITH_APP:
        return _of_app(host, split)
    if split.scheme not in ("http", "https") or not host:
        return None
    entry = next((found for key in _keys(host, split.path) if (found := _index().get(key))), None)
    if entry is None:
        return Referrer(medium="referral", name=host.removeprefix("www.")[:_LONGEST])
    return Referrer(medium=entry.medium, name=entry.name, term=_term(entry, split))


def is_search(name: str) -> bool:
    """Whether a source of that name is a search engine, whatever the case."""
    return name.casefold() in _names("search")


def is_social(name: str) -> bool:
    """Whether a source of that name is a social network."""
    return name.casefold() in _names("social")


def _of_app(host: str, split: SplitResult) -> Referrer:
    """``android-app://com.example/https/www.example.com``: the app, and perhaps the page it showed."""
    for key in (f"android-app//{host}{split.path}".rstrip("/"), host):
        if entry := _index().get(key):
            return Referrer(medium=entry.medium, name=entry.name)
    return Referrer(medium="referral", name=host[:_LONGEST])


def _keys(host: str, path: str) -> Iterator[str]:
    """How the address may stand in the lists, the most specific first."""
    plain = path.rstrip("/")
    hosts = [host, host.removeprefix("www.")] if host.startswith("www.") else [host, f"www.{host}"]
    hosts += [form for name in hosts for form in _with_country(name)]
    if plain:
        yield from (f"{name}{part}" for part in _beginnings(plain) for name in hosts)
    yield from hosts


def _beginnings(path: str) -> Iterator[str]:
    """A path and the paths it lies below."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _with_country(host: str) -> Iterator[str]:
    """The host with what may be a country taken out: ``google.{}`` of google.co.uk, ``{}.ask.com`` of de.ask.com."""
    labels = host.split(".")
    for size in (2, 1):
        if len(labels) > size and _COUNTRY.fullmatch(".".join(labels[-size:])):
            yield ".".join([*labels[:-size], "{}"])
    for place in (0, 1):
        if len(labels) > place + 2 and _LANGUAGE.fullmatch(labels[place]):
            yield ".".join([*labels[:place], "{}", *labels[place + 1 :]])


def _term(entry: _Entry, split: SplitResult) -> str | None:
    for param in entry.params:
        if expression := _EXPRESSION.fullmatch(param):
            whole = split.path + (f"?{split.query}" if split.query else "")
            found = re.search(expression[1].replace("\\/", "/"), whole)
            raw = found[1] if found else ""
        else:
            raw = next((value for name, value in _query(split.query) if name == param), "")
        if text := _decoded(raw, entry.charsets):
            return text
    return None


def _query(query: str) -> list[tuple[str, str]]:
    # Latin-1 keeps every byte as it came, so that the engine's own character set can be tried afterwards.
    try:
        return parse_qsl(query, encoding="latin-1", max_num_fields=100)
    except ValueError:
        return []


def _decoded(raw: str, charsets: Sequence[str]) -> str | None:
    try:
        data = unquote_to_bytes(raw) if "%" in raw else raw.encode("latin-1")
    except UnicodeEncodeError:
        return raw[:_LONGEST] or None
    for charset in ("utf-8", *charsets, "gb18030"):
        try:
            return data.decode(charset).strip()[:_LONGEST] or None
        except (UnicodeDecodeError, LookupError):
            continue
    return None


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(entry.name.casefold() for entry in _index().values() if entry.medium == kind)


@cache
def _index() -> Mapping[str, _Entry]:
    """Every pattern of the lists; what stands later gives way, so assistants are read first."""
    lists = orjson.loads((files("huasuan.numbers") / "referrers.json").read_bytes())
    index: dict[str, _Entry] = {}
    for kind in ("ai", "social"):
        for name, hosts in (*lists[kind].items(), *_ADDED[kind].items()):
            for host in hosts:
                index.setdefault(host.rstrip("/"), _Entry(medium=kind, name=name))
    for name, configurations in lists["search"].items():
        for one in configurations:
            entry = _Entry(
                medium="search", name=name, params=tuple(one["params"]), charsets=tuple(map(str.lower, one["charsets"]))
            )
            for host in one["urls"]:
                index.setdefault(host.rstrip("/"), entry)
    for name, hosts in _ADDED["search"].items():
        for host in hosts:
            index.setdefault(host, _Entry(medium="search", name=name, params=_ADDED_PARAMS[name]))
    return index
