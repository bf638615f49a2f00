"""What people do with it, in a real browser: from a figure to its facts, sharing an address, being refused."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from web.served import EMAIL, PASSWORD, Served, invite

TEXTS = {
    "zh": {"overview": "总览", "behind": "背后的明细", "call": "通话", "count": r"共 (\d+) 条"},
    "en": {
        "overview": "Overview",
        "behind": "Behind",
        "call": "Call",
        "count": r"(\d+) facts",
        "heat": "Hour × weekday",
    },
}


TILE = ".tile-name[aria-label*='对话'], .tile-name[aria-label*='conversations']"


def _sign_in(page: Page, served: Served, language: str) -> None:
    page.goto(f"{served.address}/?lang={language}")
    page.wait_for_url("**/sign-in**")
    page.locator("input[type=email]").fill(EMAIL)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_selector(".tile-value")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_overview_to_a_figure_to_the_calls_behind_to_a_call(
    language: str, served: Served, open_page: Any
) -> None:
    text = TEXTS[language]
    page = open_page()
    _sign_in(page, served, language)
    expect(page.locator("h1")).to_have_text(text["overview"])
    tile = page.locator(
        ".tile", has=page.locator(".tile-name[aria-label*='对话' i], .tile-name[aria-label*='conversations' i]")
    )
    shown = int(re.sub(r"\D", "", tile.locator(".tile-value").inner_text()))
    tile.locator(".tile-value").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(text["behind"])
    drawer.locator("table tbody tr a").first.wait_for()
    counted = re.search(text["count"], drawer.inner_text())
    assert counted is not None
    assert int(counted[1]) == shown, "as many facts as the figure says"
    drawer.locator("table tbody tr a").first.click()
    page.wait_for_url("**/calls/*")
    expect(page.locator("h1")).to_contain_text(text["call"])
    page.locator(".ant-descriptions").first.wait_for()
    page.go_back()
    expect(page.get_by_role("dialog")).to_contain_text(text["behind"])


def test_an_address_shows_somebody_else_the_same(served: Served, open_page: Any) -> None:
    first = open_page(served)
    first.goto(f"{served.address}/heat?lang=en")
    first.locator(".heat td button").first.wait_for()
    first.get_by_role("combobox", name="Period").click()
    first.keyboard.press("ArrowUp")
    first.keyboard.press("Enter")
    first.wait_for_function("location.search.includes('from=')")
    first.get_by_text("Weekly average").click()
    first.wait_for_load_state("networkidle")
    table = first.locator(".heat").inner_text()
    second = open_page(served)
    second.goto(first.url if "lang=" in first.url else f"{first.url}&lang=en")
    second.locator(".heat td button").first.wait_for()
    assert second.locator(".heat").inner_text() == table


def test_language_and_theme_stay_and_the_filter_too(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/by/channel")
    page.locator(".name-link").first.click()
    page.wait_for_function("location.search.includes('where=channel')")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Channels")
    assert "where=channel" in page.url
    page.get_by_role("button", name="Dark").click()
    page.reload()
    page.locator("h1").wait_for()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("link", name="Agents").click()
    page.wait_for_url("**/by/agent**")
    assert "where=channel" in page.url, "the filter goes along"


def test_a_cell_of_the_heat_map_opens_as_many_calls_as_it_shows(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/heat?metric=inbound_calls&lang=zh")
    page.locator(".heat td button").first.wait_for()
    cells = page.locator(".heat td button").all_inner_texts()
    place = max(range(len(cells)), key=lambda number: int(cells[number]))
    page.locator(".heat td button").nth(place).click()
    drawer = page.get_by_role("dialog")
    drawer.locator("table tbody tr a").first.wait_for()
    assert f"共 {cells[place]} 条" in drawer.inner_text()
    with page.expect_download() as got:
        drawer.get_by_role("button", name="下载 CSV").click()
    lines = got.value.path().read_text(encoding="utf-8-sig").strip().splitlines()
    assert len(lines) == int(cells[place]) + 1


def test_the_facts_behind_a_quotient_are_two_sides_without_a_barrier(served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/roi?lang=en")
    page.get_by_role("button", name="Open the facts behind ROI").first.click()
    drawer = page.get_by_role("dialog")
    drawer.locator(".ant-table-row").first.wait_for()
    assert re.search(r"facts, ¥[\d,]+ in all", drawer.inner_text()), "money adds up to money"
    drawer.get_by_text(re.compile("^Denominator")).click()
    page.wait_for_function("location.search.includes('denominator')")
    drawer.locator(".ant-table-row").first.wait_for()
    expect(drawer).to_contain_text("Costs")
    # The hint of the figure that was pressed goes away with the pointer.
    page.mouse.move(700, 5)
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_the_keyboard_alone_goes_to_a_metric(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/?lang=en")
    page.locator(".tile-value").first.wait_for()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Type a screen")).to_be_focused()
    page.keyboard.type("missed_rate")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/explore\?.*metrics=missed_rate"))
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a screen").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_cannot_be_answered_says_why(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/explore?metrics=csat&by=none&lang=zh&from=2020-01-01&to=2020-02-01")
    figure = page.locator(".figures .figure").first
    figure.wait_for()
    assert figure.inner_text() == "—"
    assert "(" in (figure.get_attribute("aria-label") or ""), "an unknown figure names its reason"
    page.goto(f"{served.address}/?from=2026-13-45&lang=zh")
    expect(page.get_by_text("网址中的期间无法识别")).to_be_visible()
    page.goto(f"{served.address}/nowhere?lang=zh")
    expect(page.locator("h1")).to_have_text("没有这个页面")
    page.goto(f"{served.address}/by/channel?where=nosuch%3Dx&lang=zh")
    expect(page.get_by_role("alert")).to_contain_text("nosuch")


def test_a_reader_sees_no_more_than_he_may(served: Served, open_page: Any) -> None:
    invitation = invite(served, "compliance@example.com", "compliance")
    page = open_page()
    page.goto(f"{served.address}/invitation?lang=en#token={invitation}")
    page.locator("input[type=password]").fill("leser ohne geld 7")
    page.locator("button[type=submit]").click()
    page.locator(".tile-value").first.wait_for()
    assert "token" not in page.url
    links = page.locator("aside nav a").all_inner_texts()
    assert "Audit log" in links
    assert "Return on investment" not in links, "no costs without the right to see them"
    assert "Users" not in links
    page.goto(f"{served.address}/roi?lang=en")
    expect(page.get_by_role("alert").first).to_contain_text("costs")
    page.goto(f"{served.address}/calls?lang=en")
    page.locator("a[href^='/calls/']").first.click()
    expect(page.get_by_text("You may not see costs.")).to_be_visible()
