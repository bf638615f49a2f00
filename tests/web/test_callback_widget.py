"""The button for callbacks on other people's pages, in a real browser: it helps, or it is not there (S2-13)."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from huasuan.kernel.time import now
from huasuan.numbers import Callback, SiteSettings, add_number, callbacks, create_pool, create_site
from huasuan.people import workspaces
from huasuan.store import Store
from web.served import start
from web.sites import Pages, another_site

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src/huasuan/app/http/static/v1/callback.js.gz"
MOST_BYTES = 4096
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
HOTLINE, INSTEAD = "400-800-1234", "021-00000000"
_SHIFTS = """() => { window.shift = 0; new PerformanceObserver((list) => {
  // As it is counted everywhere: what answers a press within half a second is no shift.
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: 'layout-shift', buffered: true }); }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """A site that offers callbacks, its service and its store."""

    pages: Pages
    service: str
    key: str
    store: Store

    def tag(self, **data: str) -> str:
        said = "".join(f' data-{name}="{value}"' for name, value in data.items())
        return f'<script async src="{self.service}/v1/callback.js" data-site="{self.key}"{said}></script>'

    def page(self, path: str, *, tag: str | None = None, policy: str = "") -> str:
        return self.pages.put(path, f"<p id=n>{HOTLINE}</p>", tag=self.tag() if tag is None else tag, policy=policy)

    def asked(self) -> list[Callback]:
        with self.store.read() as connection:
            return callbacks(connection, workspace=workspaces(connection)[0].id, at=now())


@pytest.fixture(scope="module")
def offering(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Offering]:
    home = tmp_path_factory.mktemp("offering")
    home.chmod(0o700)
    process, address, _token = start(home, package, sample=False)
    with another_site() as pages:
        store = Store.at(home / "store.sqlite")
        with store.write() as connection:
            workspace = workspaces(connection)[0].id
            settings = SiteSettings(
                origins=(pages.origin,),
                overflow="+862100000000",
                callback=True,
                privacy=f"{pages.origin}/privacy",
                callback_notice="周末由值班同事回电。",
            )
            site = create_site(connection, workspace=workspace, name="shop", settings=settings)
            pool = create_pool(connection, workspace=workspace, site=site.id, name="p", replaces=HOTLINE)
            add_number(connection, workspace=workspace, number="4009990001", kind="pool", pool=pool.id)
        yield Offering(pages=pages, service=address, key=site.key, store=store)
        store.close()
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=20)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A browser of its own for each test; whatever it complains of, or a page that moves, fails the test."""
    context = browser.new_context(locale="zh-CN", user_agent=AGENT, timezone_id="Asia/Shanghai")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.add_init_script(f"({_SHIFTS})()")
    yield page
    assert complaints == []
    assert page.evaluate("window.shift ?? 0") == 0
    context.close()


def _opened(page: Page, name: str = "给我回电") -> Any:
    page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


def test_the_script_is_small() -> None:
    assert BUILT.exists(), "run make .venv/.web"
    assert BUILT.stat().st_size <= MOST_BYTES


def test_somebody_leaves_a_number_under_a_strict_policy_and_is_told_when(offering: Offering, visitor: Page) -> None:
    policy = f"default-src 'self'; script-src {offering.service}; connect-src {offering.service}"
    visitor.goto(offering.page("/strict", policy=policy))
    box = _opened(visitor)
    expect(box.get_by_label("您的电话")).to_be_focused()
    expect(box).to_contain_text("周末由值班同事回电。")
    assert box.get_by_role("link", name="隐私说明").get_attribute("href") == f"{offering.pages.origin}/privacy"
    width = visitor.get_by_role("dialog").bounding_box()
    assert width is not None
    assert width["width"] > 200, "its styles are there"
    box.get_by_role("button", name="请给我回电").click()
    expect(box.get_by_role("status")).to_have_text("请填写完整的电话号码。")
    assert offering.asked() == []
    box.get_by_label("您的电话").fill("139 0013 9001")
    time.sleep(1)  # nobody types so quickly as a script
    box.get_by_role("button", name="请给我回电").click()
    expect(box.get_by_role("status")).to_contain_text("我们马上打给您")
    expect(box.get_by_role("link", name=INSTEAD)).to_be_visible()
    (asked,) = offering.asked()
    assert (asked.number, asked.language, asked.in_hours) == ("+8613900139001", "zh", True)
    visitor.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(visitor.get_by_role("button", name="给我回电", exact=True)).to_be_focused()


def test_in_english_for_a_time_of_ones_own_and_with_the_visit(offering: Offering, visitor: Page) -> None:
    both = offering.tag(lang="en") + (
        f'<script async src="{offering.service}/v1/track.js" data-site="{offering.key}"></script>'
    )
    visitor.goto(offering.page("/english", tag=both) + "?utm_source=baidu&utm_medium=cpc&utm_term=tyres")
    expect(visitor.locator("#n")).to_contain_text("999")
    box = _opened(visitor, "Call me back")
    box.get_by_label("Your number").fill("13900139002")
    box.get_by_label("When").select_option(index=6)
    time.sleep(1)
    box.get_by_role("button", name="Call me", exact=True).click()
    expect(box.get_by_role("status")).to_contain_text("we call you on")
    asked = next(one for one in offering.asked() if one.number == "+8613900139002")
    assert (asked.state, asked.language, asked.source["keyword"]) == ("scheduled", "en", "tyres")


def test_a_slow_dead_or_broken_service_leaves_a_page_without_a_button(offering: Offering, visitor: Page) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/api/v1/callback"
    with visitor.expect_event("requestfailed"):
        visitor.goto(offering.page("/dead", tag=offering.tag(api=dead)))
    visitor.route("**/api/v1/callback", lambda route: route.fulfill(status=503, body="{}"))
    with visitor.expect_event(
        "requestfinished", lambda request: "callback" in request.url and request.method == "POST"
    ):
        visitor.goto(offering.page("/broken"))
    assert visitor.locator("#huasuan-callback").count() == 0
    visitor.unroute_all()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/api/v1/callback"
        with visitor.expect_event("requestfailed", timeout=10_000):
            visitor.goto(offering.page("/silent", tag=offering.tag(api=api)))
    assert visitor.locator("#huasuan-callback").count() == 0
    assert visitor.locator("#n").inner_text() == HOTLINE


def test_a_service_that_dies_while_the_form_is_filled_in_names_the_number_and_lets_one_try_again(
    offering: Offering, visitor: Page
) -> None:
    visitor.goto(offering.page("/dies"))
    box = _opened(visitor)
    box.get_by_label("您的电话").fill("13900139003")
    visitor.route("**/api/v1/callback", lambda route: route.abort())
    box.get_by_role("button", name="请给我回电").click()
    expect(box.get_by_role("status")).to_contain_text("请直接拨打")
    expect(box.get_by_role("link", name=INSTEAD)).to_have_attribute("href", "tel:+862100000000")
    visitor.unroute_all()
    time.sleep(1)
    box.get_by_role("button", name="请给我回电").click()
    expect(box.get_by_role("status")).to_contain_text("我们马上打给您")


def test_without_consent_nothing_is_asked_and_with_it_of_either_script_it_is(offering: Offering, visitor: Page) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    tag = offering.tag(consent="required") + (
        f'<script async src="{offering.service}/v1/track.js" data-site="{offering.key}" '
        'data-consent="required" data-storage="none"></script>'
    )
    visitor.goto(offering.page("/consent", tag=tag), wait_until="networkidle")
    assert asked == []
    visitor.evaluate("window.huasuan.consent()")
    expect(visitor.get_by_role("button", name="给我回电", exact=True)).to_be_visible()
    assert visitor.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_who_is_not_believed_sees_the_number_and_a_site_that_offers_none_no_button(
    offering: Offering, visitor: Page
) -> None:
    def limited(route: Route) -> None:
        route.fulfill(
            json={"c": ["02100000000", "+862100000000", INSTEAD]}, headers={"Access-Control-Allow-Origin": "*"}
        )

    visitor.route("**/api/v1/callback", limited)
    visitor.goto(offering.page("/limited"))
    box = _opened(visitor)
    expect(box.get_by_role("link", name=INSTEAD)).to_be_visible()
    expect(box.get_by_label("您的电话")).to_have_count(0)
    visitor.unroute_all()
    visitor.route("**/api/v1/callback", lambda route: route.fulfill(json={"off": True}))
    visitor.goto(offering.page("/off"), wait_until="networkidle")
    assert visitor.locator("#huasuan-callback").count() == 0


def test_nothing_bars_anybody_and_the_page_around_keeps_its_look(offering: Offering, visitor: Page, axe: str) -> None:
    visitor.goto(offering.page("/barriers"))
    visitor.add_style_tag(content="button { display: none !important } * { color: red }")
    box = _opened(visitor)
    assert box.get_by_label("您的电话").evaluate("(one) => getComputedStyle(one).color") == "rgb(31, 39, 51)"
    visitor.evaluate(axe)
    found = visitor.evaluate("axe.run('#huasuan-callback').then((found) => found.violations.map((one) => one.id))")
    assert found == []
    folder = ROOT / "tests/web/artifacts"
    folder.mkdir(exist_ok=True)
    visitor.screenshot(path=folder / "callback-widget.png")
