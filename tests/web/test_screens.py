"""Every screen in Chinese and English, light and dark, wide and narrow: nothing fails, axe finds no barrier, a picture.

The pictures lie in ``tests/web/artifacts``; they are there to be looked at.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from web.served import Served

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests/web/artifacts"
_DEFINED = re.compile(r"screen\('(\w+)', '([^']+)'")
SCREENS = dict(_DEFINED.findall((ROOT / "web/src/app/screens.ts").read_text(encoding="utf-8")))
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# A text whose places were not filled; scripts of the desk name their fields so.
_UNFILLED = re.compile(r"\{(?!(?:name|company|interest)\})\w+\}")
_AXE = "() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
_LOADED = "() => !document.querySelector('.ant-skeleton') && !document.querySelector('.chart:not([data-drawn])')"


def test_every_screen_was_found() -> None:
    assert len(SCREENS) >= 20
    assert SCREENS["overview"] == "/"


@pytest.mark.parametrize("key", SCREENS)
def test_a_screen(key: str, served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}{_path_of(key, served, open_page)}?lang=zh&theme=light")
    _look(page, f"{key}-zh-light")
    # Injected by whoever drives the browser, so the policy of the page does not refuse it.
    page.evaluate(axe)
    assert _barriers(page) == []
    page.get_by_role("button", name="深色").click()
    _look(page, f"{key}-zh-dark")
    assert _barriers(page) == []
    page.get_by_role("button", name="浅色").click()
    page.get_by_role("button", name="English").click()
    _look(page, f"{key}-en")
    assert not _UNFILLED.search(page.locator("main").inner_text())
    assert not _CHINESE.search(page.locator(".page-head h1").inner_text()), "a Chinese title on an English page"
    page.get_by_role("button", name="中文").click()
    page.set_viewport_size({"width": 390, "height": 844})
    _look(page, f"{key}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "wider than a phone"


def _path_of(key: str, served: Served, open_page: Any) -> str:
    """Screens of one record are reached through one."""
    path = SCREENS[key]
    if "$" not in path:
        return path
    page = open_page(served)
    page.goto(f"{served.address}/calls")
    page.locator("a[href^='/calls/']").first.click()
    page.wait_for_selector("dl, .ant-descriptions")
    if key == "customer":
        page.locator("a[href^='/customers/']").first.click()
        page.wait_for_url("**/customers/*")
    return page.url.removeprefix(served.address).split("?", maxsplit=1)[0]


def _look(page: Page, name: str) -> None:
    page.wait_for_selector(".page-head h1")
    page.wait_for_function(_LOADED)
    page.wait_for_load_state("networkidle")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def _barriers(page: Page) -> list[str]:
    found = page.evaluate(_AXE)
    return [f"{one['id']}: {node['html'][:160]} {node['any'][:1]}" for one in found for node in one["nodes"][:3]]
