"""The snippet on other people's pages, in a real browser: every way a number is written, and everything left alone."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from huasuan.numbers import SiteSettings, add_number, create_pool, create_site
from huasuan.people import workspaces
from huasuan.store import Store
from web.served import start
from web.sites import Pages, another_site

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src/huasuan/app/http/static/v1/track.js.gz"
MOST_BYTES = 4096
# A browser that says it has no screen is taken for a robot.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
HOTLINE, BRANCH = "400-800-1234", "010-62345678"
_SHIFTS = """() => { window.shift = 0; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.shift += one.value;
}).observe({ type: 'layout-shift', buffered: true }); }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A site, its service and its tag."""

    pages: Pages
    service: str
    key: str
    store: Store

    def tag(self, **data: str) -> str:
        said = "".join(f' data-{name}="{value}"' for name, value in data.items())
        return f'<script async src="{self.service}/v1/track.js" data-site="{self.key}"{said}></script>'


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Tracked]:
    home = tmp_path_factory.mktemp("tracked")
    home.chmod(0o700)
    process, address, _token = start(home, package, sample=False)
    with another_site() as pages:
        store = Store.at(home / "store.sqlite")
        with store.write() as connection:
            workspace = workspaces(connection)[0].id
            settings = SiteSettings(origins=(pages.origin,), overflow="+862100000000", new_visits=1000)
            site = create_site(connection, workspace=workspace, name="shop", settings=settings)
            for name, replaces, base in (("hotline", HOTLINE, "4009990"), ("branch", BRANCH, "+861069990")):
                pool = create_pool(connection, workspace=workspace, site=site.id, name=name, replaces=replaces)
                for number in range(100, 160):
                    add_number(connection, workspace=workspace, number=f"{base}{number}", kind="pool", pool=pool.id)
        yield Tracked(pages=pages, service=address, key=site.key, store=store)
        store.close()
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=20)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A browser of its own for each test; whatever it complains of fails the test."""
    context = browser.new_context(locale="zh-CN", user_agent=AGENT)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.add_init_script(f"({_SHIFTS})()")
    yield page
    assert complaints == []
    assert page.evaluate("window.shift ?? 0") == 0
    context.close()


def _swapped(page: Page, selector: str = "#n") -> str:
    expect(page.locator(selector)).to_contain_text("999", timeout=10_000)
    return page.locator(selector).inner_text()


def test_the_snippet_is_small() -> None:
    assert BUILT.exists(), "run make .venv/.web"
    assert BUILT.stat().st_size <= MOST_BYTES


WAYS = {
    "plain": ("4008001234", r"4009990\d{3}"),
    "dashes": ("400-800-1234", r"400-999-0\d{3}"),
    "blanks": ("400 800 1234", r"400 999 0\d{3}"),
    "dots": ("400.800.1234", r"400.999.0\d{3}"),
    "in words": ("请拨打4008001234，全天", r"请拨打4009990\d{3}，全天"),
    "country": ("+86 400 800 1234", r"\+86 400 999 0\d{3}"),
    "area": ("010-62345678", r"010-69990\d{3}"),
    "brackets": ("(010) 6234 5678", r"\(010\) 6999 0\d{3}"),
    "wide brackets": ("（010）62345678", r"（010）69990\d{3}"),
    "abroad": ("+86 10 6234 5678", r"\+86 10 6999 0\d{3}"),
    "abroad plain": ("+861062345678", r"\+861069990\d{3}"),
    "zeros": ("0086-10-62345678", r"0086-10-69990\d{3}"),
    "dash between blanks": ("010 - 6234 5678", r"010 - 6999 0\d{3}"),
    "brackets and dash": ("（010） - 62345678", r"（010） - 69990\d{3}"),
    "wide dashes": ("400－800－1234", r"400－999－0\d{3}"),
    "wide digits": ("电话０１０－６２３４５６７８转１", r"电话０１０－６９９９０[０-９]{3}转１"),
    "two": ("010-62345678/400-800-1234", r"010-69990\d{3}/400-999-0\d{3}"),
}
LEFT = (
    "订单 4008001234567",
    "NO4008001234",
    "20264008001234",
    "4008001234-5678",
    "ID_4008001234",
    "1010-62345678",
    "¥400.80",
    "订单 ４００８００１２３４５６７",
    "4008001234－5678",
    "2026-08-01 12:34",
)


def test_every_way_a_number_is_written_and_order_numbers_left_alone(tracked: Tracked, visitor: Page) -> None:
    ways = "".join(f"<p class=way>{text}</p>" for text, _ in WAYS.values())
    left = "".join(f"<p class=left>{text}</p>" for text in LEFT)
    links = (
        '<a id=t1 href="tel:4008001234">打</a><a id=t2 href="tel:+86-10-6234-5678">打</a>'
        '<a id=t3 href="tel:4008001234,8001">打</a><a id=t4 href="tel:4008001234567">打</a>'
        '<a id=t5 href="/order/4008001234">单</a>'
    )
    kept = (
        "<textarea id=k1>4008001234</textarea><input id=k2 value=4008001234>"
        "<p id=k3 data-huasuan-skip>4008001234 <a href='tel:4008001234'>x</a></p>"
        "<p id=k4 contenteditable>4008001234</p>"
        '<script id=k5 type="application/ld+json">{"telephone": "4008001234"}</script>'
    )
    visitor.goto(tracked.pages.put("/static", f"<p id=n>{HOTLINE}</p>{ways}{left}{links}{kept}", tag=tracked.tag()))
    _swapped(visitor)
    texts = visitor.locator(".way").all_inner_texts()
    for (name, (_, wanted)), text in zip(WAYS.items(), texts, strict=True):
        assert re.fullmatch(wanted, text), (name, text)
    assert tuple(visitor.locator(".left").all_inner_texts()) == LEFT
    hrefs = [visitor.locator(f"#t{number}").get_attribute("href") or "" for number in range(1, 6)]
    assert re.fullmatch(r"tel:4009990\d{3}", hrefs[0])
    assert re.fullmatch(r"tel:\+861069990\d{3}", hrefs[1])
    assert re.fullmatch(r"tel:4009990\d{3},8001", hrefs[2])
    assert hrefs[3:] == ["tel:4008001234567", "/order/4008001234"]
    assert visitor.locator("#k1").input_value() == visitor.locator("#k2").input_value() == "4008001234"
    assert visitor.locator("#k3 a").get_attribute("href") == "tel:4008001234"
    for number in (3, 4, 5):
        assert "4008001234" in (visitor.locator(f"#k{number}").text_content() or "")


def test_late_content_routes_and_a_page_that_writes_the_number_back(tracked: Tracked, visitor: Page) -> None:
    visitor.goto(tracked.pages.put("/app", f"<p id=n>{HOTLINE}</p><main></main>", tag=tracked.tag()))
    first = _swapped(visitor)
    visitor.evaluate(
        "history.pushState({}, '', '/app/contact');"
        "document.querySelector('main').innerHTML ="
        "'<p id=late>400-800-1234</p><a id=tel href=\"tel:4008001234\">x</a>'"
    )
    assert _swapped(visitor, "#late") == first
    expect(visitor.locator("#tel")).to_have_attribute("href", "tel:" + first.replace("-", ""))
    visitor.evaluate(
        "window.writes = 0; new MutationObserver((list) => window.writes += list.length)"
        ".observe(document.querySelector('#late'), { characterData: true, subtree: true });"
        "document.querySelector('#late').firstChild.data = '400-800-1234'"
    )
    assert _swapped(visitor, "#late") == first
    visitor.wait_for_timeout(200)
    assert visitor.evaluate("window.writes") == 2


def test_the_next_page_shows_the_number_at_once_and_another_visitor_another(
    tracked: Tracked, visitor: Page, browser: Browser
) -> None:
    address = tracked.pages.put("/one", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag())
    visitor.goto(address)
    first = _swapped(visitor)

    def slow(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    visitor.route("**/api/v1/track", slow)
    visitor.goto(tracked.pages.put("/two", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag()))
    expect(visitor.locator("#n")).to_have_text(first, timeout=900)
    visitor.unroute_all(behavior="wait")
    with browser.new_context(user_agent=AGENT) as other:
        page = other.new_page()
        page.goto(address)
        assert _swapped(page) != first


def test_a_strict_policy_is_enough(tracked: Tracked, visitor: Page) -> None:
    policy = f"default-src 'self'; script-src {tracked.service}; connect-src {tracked.service}"
    visitor.goto(tracked.pages.put("/csp", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag(), policy=policy))
    _swapped(visitor)


def test_a_slow_or_dead_service_leaves_the_page_as_it_is(tracked: Tracked, visitor: Page) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/api/v1/track"
    visitor.goto(tracked.pages.put("/dead", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag(api=dead)))
    visitor.wait_for_timeout(500)
    assert visitor.locator("#n").inner_text() == HOTLINE
    visitor.route("**/api/v1/track", lambda route: route.fulfill(status=503))
    visitor.goto(tracked.pages.put("/broken", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag()))
    visitor.wait_for_timeout(300)
    assert visitor.locator("#n").inner_text() == HOTLINE
    visitor.unroute_all()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/api/v1/track"
        visitor.goto(tracked.pages.put("/slow", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag(api=api)))
        visitor.wait_for_timeout(3500)
        assert visitor.locator("#n").inner_text() == HOTLINE


def _all(page: Page) -> dict[str, str | None]:
    return {
        "text": page.locator("#n").inner_text(),
        "brackets": page.locator("#b").inner_text(),
        "copy": page.locator("#copy").inner_text(),
        "link": page.locator("#t").get_attribute("href"),
    }


LENT = f"<p id=n>{HOTLINE}</p><p id=b>（010） 6234-5678</p><a id=t href='tel:+86-400-800-1234'>x</a><p id=copy>?</p>"
OWN = {"text": HOTLINE, "brackets": "（010） 6234-5678", "copy": HOTLINE, "link": "tel:+86-400-800-1234"}
_COPY = "document.querySelector('#copy').textContent = document.querySelector('#n').textContent"


def test_a_service_that_stays_down_past_the_hold_gives_the_page_its_own_number_back(
    tracked: Tracked, visitor: Page
) -> None:
    visitor.clock.install()
    visitor.goto(tracked.pages.put("/down", LENT, tag=tracked.tag()))
    lent = _swapped(visitor)
    visitor.evaluate(_COPY)
    _swapped(visitor, "#copy")
    visitor.route("**/api/v1/track", lambda route: route.abort())
    visitor.clock.run_for(120_000)
    assert visitor.locator("#n").inner_text() == lent
    visitor.clock.run_for(31_000)
    expect(visitor.locator("#n")).to_have_text(HOTLINE)
    assert _all(visitor) == OWN
    visitor.unroute_all()
    visitor.clock.run_for(16_000)
    _swapped(visitor)
    assert re.fullmatch(r"tel:\+864009990\d{3}", str(_all(visitor)["link"]))


def test_a_number_lent_to_somebody_else_meanwhile_is_shown_no_longer(
    tracked: Tracked, visitor: Page, browser: Browser
) -> None:
    """The tab was hidden longer than the hold, the pool is full, and the site has no overflow number."""
    with tracked.store.write() as connection:
        workspace = workspaces(connection)[0].id
        settings = SiteSettings(origins=(tracked.pages.origin,), new_visits=1000)
        site = create_site(connection, workspace=workspace, name="small", settings=settings)
        pool = create_pool(connection, workspace=workspace, site=site.id, name="one", replaces=HOTLINE)
        add_number(connection, workspace=workspace, number="4009991777", kind="pool", pool=pool.id)
    one = replace(tracked, key=site.key)
    address = one.pages.put("/small", LENT, tag=one.tag(storage="none"))
    until = time.monotonic() + 20
    while True:
        # Running services hear of a new site within seconds.
        visitor.goto(address)
        visitor.wait_for_timeout(300)
        if "999" in visitor.locator("#n").inner_text() or time.monotonic() > until:
            break
    assert visitor.locator("#n").inner_text() == "400-999-1777"
    visitor.evaluate(_COPY)
    with tracked.store.write() as connection:
        # As if nothing had been heard of the page for longer than the hold.
        connection.exec_driver_sql(f"UPDATE lease_slot SET held_until = 0 WHERE pool = {pool.id}")
        connection.exec_driver_sql(f"UPDATE lease_log SET held_until = 0 WHERE pool = {pool.id}")
    with browser.new_context(user_agent=AGENT) as other:
        page = other.new_page()
        page.goto(address)
        assert _swapped(page) == "400-999-1777"
        visitor.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(visitor.locator("#n")).to_have_text(HOTLINE)
        assert _all(visitor) == OWN


def test_without_consent_nothing_is_asked_or_kept(tracked: Tracked, visitor: Page) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url) if "/track" in request.url else None)
    tag = tracked.tag(consent="required", storage="none")
    visitor.goto(tracked.pages.put("/consent", f"<p id=n>{HOTLINE}</p>", tag=tag))
    visitor.wait_for_timeout(500)
    assert [url for url in asked if url.endswith("/api/v1/track")] == []
    assert visitor.locator("#n").inner_text() == HOTLINE
    visitor.evaluate("window.huasuan.consent()")
    _swapped(visitor)
    assert visitor.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_without_scripts_the_page_keeps_its_number(tracked: Tracked, browser: Browser) -> None:
    address = tracked.pages.put("/plain", f"<p id=n>{HOTLINE}</p>", tag=tracked.tag())
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator("#n").inner_text() == HOTLINE
