"""Return and acquisition cost under any model, and as known on a day, from the screen; all of it in the address."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from web.served import Served

TEXTS = {
    "zh": {"model": "归因模型", "as_of": "截至某日所知"},
    "en": {"model": "Model of attribution", "as_of": "As known on"},
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", ["by/channel", "roi", "explore"])
def test_a_model_and_a_day_are_asked_by(screen: str, language: str, served: Served, open_page: Any) -> None:
    text = TEXTS[language]
    page = open_page(served)
    metrics = "&metrics=revenue_net,romi" if screen == "explore" else ""
    page.goto(f"{served.address}/{screen}?lang={language}{metrics}")
    page.locator("tr.ant-table-row").first.wait_for()
    asked: list[dict[str, Any]] = []
    page.on("request", lambda request: asked.append(request.post_data_json) if request.url.endswith("/ask") else None)
    page.get_by_role("combobox", name=text["model"]).click()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("attribution=linear"))
    field = page.get_by_label(text["as_of"])
    field.fill("2036-01-01")
    field.press("Enter")
    page.wait_for_url(re.compile("as_of=2036-01-01"))
    page.wait_for_load_state("networkidle")
    page.locator("tr.ant-table-row").first.wait_for()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert {(body["attribution"], body["as_of"]) for body in asked[-1:]} == {("linear", "2036-01-01")}
