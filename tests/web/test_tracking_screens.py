"""From an empty list to numbers that are lent, and call rules that say what they would change, in a real browser."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from web.served import Served
from web.test_screens import ARTIFACTS


def test_a_site_a_pool_and_its_numbers_are_made_and_the_check_says_what_is_missing(
    served: Served, open_page: Any, axe: str
) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/tracking/sites?lang=en&theme=light")
    make = page.get_by_role("region", name="Make a site")
    make.get_by_label("name").fill("Shop front")
    make.get_by_label("Allowed origins").fill("https://shop.example")
    make.get_by_role("button", name="Make a site").click()
    check = page.get_by_role("region", name=re.compile("Installation check"))
    expect(check).to_contain_text("the site has no pool")
    expect(check).to_contain_text("/v1/track.js")
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "sites-made-en.png", full_page=True)

    page.goto(f"{served.address}/tracking/pools?lang=en")
    make = page.get_by_role("region", name="Make a pool")
    make.get_by_label("name").fill("Front pool")
    make.get_by_label("Stands in place of").fill("400-800-1234")
    make.get_by_role("button", name="Make a pool").click()
    expect(page.get_by_role("region", name=re.compile("Size: Front pool"))).to_contain_text("no visits yet")
    _no_barriers(page, axe)

    page.goto(f"{served.address}/tracking/numbers?lang=en")
    add = page.get_by_role("region", name="Add numbers")
    add.get_by_label("Numbers, one a line").fill("021-62007701\n021-62007702")
    add.get_by_label("channel").fill("radio")
    add.get_by_role("button", name="Add numbers").click()
    expect(add).to_contain_text("2 numbers added")
    row = page.get_by_role("row", name=re.compile("021-62007701"))
    expect(row).to_contain_text("radio")
    row.get_by_role("button", name=re.compile("Take out of use")).click()
    page.get_by_role("button", name="OK").click()
    expect(row.get_by_role("button")).to_have_count(0)
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "ourNumbers-made-en.png", full_page=True)


def test_other_call_rules_say_how_many_calls_would_change_before_they_are_saved(
    served: Served, open_page: Any, axe: str
) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/call-rules?lang=en&theme=light")
    page.locator("#rule-target_seconds").fill("300")
    page.get_by_role("button", name="Try on all calls").click()
    expect(page.get_by_role("region", name=re.compile(r"[1-9][\d,]* calls change"))).to_be_visible()
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "callRules-tried-en.png", full_page=True)
    page.locator("#rule-target_seconds").fill("soon")
    page.get_by_role("button", name="Try on all calls").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_an_inbound_call_says_why_it_has_its_source_and_takes_a_tag(served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/calls?where=direction:in&lang=en&theme=light")
    page.locator("a[href^='/calls/']").first.click()
    expect(page.get_by_role("region", name="Why this source?")).to_contain_text(re.compile("channel|source"))
    tag = page.get_by_role("region", name="What the call was worth")
    tag.get_by_role("button", name="grey", exact=False).click()
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "card-why-en.png", full_page=True)


def _no_barriers(page: Page, axe: str) -> None:
    # A button under the pointer is on its way to another colour.
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == []
