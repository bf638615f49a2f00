"""Where a visit comes from: 100 % of the lists, whole words only, click identifiers before referrers (S0-20, S2-48)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huasuan.numbers import Source, referrer_of, source_of

LISTS = Path(__file__).parents[1] / "data/referrers"


def _read(name: str) -> dict[str, list[object]]:
    return {str(key): value for key, value in yaml.safe_load((LISTS / name).read_text(encoding="utf-8")).items()}


def _addresses(pattern: str) -> Iterator[str]:
    if pattern.startswith("android-app//"):
        yield pattern.replace("android-app//", "android-app://")
        return
    if pattern.count(".") >= 1 and pattern.startswith("com.") and "/" not in pattern:
        yield f"android-app://{pattern}"
        return
    if "{}" not in pattern:
        yield f"https://{pattern}"
        return
    last = pattern.partition("/")[0].endswith("{}")
    for country in ("de", "cn", "co.uk", "com.hk") if last else ("de", "fr"):
        yield "https://" + pattern.replace("{}", country)


def _expected() -> Iterator[tuple[str, str, str]]:
    assistants = _read("AIAssistants.yml")
    taken = {host for hosts in assistants.values() for host in hosts}
    for name, hosts in assistants.items():
        yield from ((address, "ai", name) for host in hosts for address in _addresses(str(host)))
    for name, hosts in _read("Socials.yml").items():
        yield from ((address, "social", name) for host in hosts for address in _addresses(str(host)))
    for name, configurations in _read("SearchEngines.yml").items():
        for one in configurations:
            for host in one["urls"]:  # type: ignore[index]
                if host not in taken:
                    yield from ((address, "search", name) for address in _addresses(host))


def test_every_pattern_of_the_lists_is_told_by_its_name() -> None:
    wrong = []
    expected = list(_expected())
    for address, medium, name in expected:
        found = referrer_of(address)
        if found is None or (found.medium, found.name) != (medium, name):
            wrong.append((address, medium, name, found))
    assert len(expected) > 950
    assert wrong == []


@pytest.mark.parametrize(
    "address",
    [
        "https://not-linkedin.com/",
        "https://linkedin.com.example.org/",
        "https://mygoogle.de/",
        "https://google.evil.example/",
        "https://baidu.com.cn.example.com/",
        "https://example.com/?from=google.com",
        "https://xx.com/i/grok",
    ],
)
def test_a_host_that_only_contains_a_name_is_another_site(address: str) -> None:
    found = referrer_of(address)
    assert found is not None
    assert found.medium == "referral"


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    referrer_of(text)
    referrer_of(f"https://{text}")
    source_of(f"https://a.example/?{text}", text)


def test_search_terms_in_the_engines_own_characters() -> None:
    gb = "".join(f"%{byte:02X}" for byte in "刹车盘".encode("gb18030"))
    for address in ("https://www.baidu.com/s?wd=%E5%88%B9%E8%BD%A6%E7%9B%98", f"https://www.sogou.com/web?query={gb}"):
        found = referrer_of(address)
        assert found is not None
        assert found.term == "刹车盘"


PAGE = "https://shop.example/brakes"


@pytest.mark.parametrize(
    ("query", "referrer", "channel", "source", "medium"),
    [
        ("?utm_source=baidu&utm_medium=cpc&utm_campaign=c&utm_term=k", "", "paid_search", "baidu", "cpc"),
        ("?gclid=1", "https://www.google.com/", "paid_search", "google", "cpc"),
        ("?gbraid=1", "", "paid_search", "google", "cpc"),
        ("?wbraid=1", "", "paid_search", "google", "cpc"),
        ("?bd_vid=1", "https://www.baidu.com/", "paid_search", "baidu", "cpc"),
        ("?qhclickid=1", "", "paid_search", "360", "cpc"),
        ("?clickid=1", "", "paid_social", "oceanengine", "cpc"),
        ("?msclkid=1", "", "paid_search", "bing", "cpc"),
        ("?fbclid=1", "https://l.facebook.com/", "social", "facebook", "social"),
        ("?qz_gdt=1", "", "paid_social", "tencent", "cpc"),
        ("", "https://www.baidu.com/link?url=x", "organic_search", "Baidu", "organic"),
        ("", "https://chat.deepseek.com/", "ai", "Deepseek", "ai"),
        ("", "https://weibo.com/u/1", "social", "Weibo", "social"),
        ("", "https://www.xiaohongshu.com/explore", "social", "Xiaohongshu", "social"),
        ("", "https://blog.example.org/post", "referral", "blog.example.org", "referral"),
        ("", "https://www.shop.example/other", "direct", None, None),
        ("", "", "direct", None, None),
    ],
)
def test_where_a_visit_comes_from(
    query: str, referrer: str, channel: str, source: str | None, medium: str | None
) -> None:
    found = source_of(PAGE + query, referrer)
    assert (found.channel, found.source, found.medium) == (channel, source, medium)


@pytest.mark.parametrize(
    ("query", "channel", "source", "medium"),
    [
        ("?utm_source=baidu&bd_vid=1", "paid_search", "baidu", "cpc"),
        ("?utm_medium=pc&bd_vid=1", "paid_search", "baidu", "pc"),
        ("?utm_source=baidu&utm_medium=pc&bd_vid=1&utm_term=k", "paid_search", "baidu", "pc"),
        ("?utm_source=brand&utm_medium=mobile&gclid=1", "paid_search", "brand", "mobile"),
        ("?utm_source=douyin&clickid=1", "paid_social", "douyin", "cpc"),
        ("?utm_source=weixin&utm_medium=social&qz_gdt=1", "paid_social", "weixin", "social"),
        # utm says clearly what it was.
        ("?utm_source=letter&utm_medium=email&gclid=1", "email", "letter", "email"),
        ("?utm_source=google&utm_medium=display&gclid=1", "display", "google", "display"),
        ("?utm_source=baidu&utm_medium=organic&bd_vid=1", "organic_search", "baidu", "organic"),
        ("?utm_source=partner&utm_medium=affiliate&clickid=1", "affiliate", "partner", "affiliate"),
        # No click of an advertisement, or nobody knows whose.
        ("?utm_source=partner&clickid=1", "other", "partner", None),
        ("?utm_source=facebook&fbclid=1", "social", "facebook", None),
        ("?utm_source=baidu", "organic_search", "baidu", None),
    ],
)
def test_a_paid_click_is_paid_whatever_utm_leaves_open(
    query: str, channel: str, source: str, medium: str | None
) -> None:
    found = source_of(PAGE + query, "https://www.baidu.com/link?url=x")
    assert (found.channel, found.source, found.medium) == (channel, source, medium)


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        ("https://m.shop.example/a", "direct"),
        ("https://a.b.shop.example:8443/", "direct"),
        ("https://shop.example/", "direct"),
        ("https://shop2.example/", "direct"),
        ("https://m.shop2.example/", "referral"),
        ("https://othershop.example/", "referral"),
        ("https://shop.example.org/", "referral"),
    ],
)
def test_a_hop_between_hosts_of_the_site_is_no_referral(referrer: str, channel: str) -> None:
    own = ("https://*.shop.example", "https://www.shop2.example")
    assert source_of("https://www.shop.example/pay", referrer, own=own).channel == channel


def test_what_is_kept_names_no_person() -> None:
    found = source_of(f"{PAGE}?email=wang%40example.com&gclid=abc#x", "https://m.example/inbox?user=wang")
    assert found == Source(
        channel="paid_search",
        source="google",
        medium="cpc",
        landing_page=PAGE,
        referrer="https://m.example/inbox",
        clicks={"gclid": "abc"},
    )
