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
    # What was made is shown without a press, before the site of the sample business.
    check = page.get_by_role("region", name="Installation check: Shop front")
    expect(check).to_contain_text("the site has no pool")
    expect(check).to_contain_text("/v1/track.js")
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "sites-made-en.png", full_page=True)

    page.goto(f"{served.address}/tracking/pools?lang=en")
    make = page.get_by_role("region", name="Make a pool")
    expect(page.get_by_role("region", name=re.compile("Size: "))).to_contain_text("Visits that wanted one")
    _no_barriers(page, axe)
    site = make.get_by_label("Site")
    for key in ("ArrowDown", "Enter"):
        site.press(key)
    expect(make).to_contain_text("Shop front")
    make.get_by_label("name").fill("Front pool")
    make.get_by_label("Stands in place of").fill("400-800-1234")
    make.get_by_role("button", name="Make a pool").click()
    page.get_by_role("button", name="Front pool", exact=True).click()
    expect(page.get_by_role("region", name=re.compile("Size: Front pool"))).to_contain_text("no visits yet")
    change = page.get_by_role("region", name="Change Front pool")
    change.get_by_label("name").fill("Side pool")
    change.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Remove Side pool").click()
    page.screenshot(path=ARTIFACTS / "numberPools-change-en.png", full_page=True)
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("button", name="Remove Side pool")).to_have_count(0)
    page.goto(f"{served.address}/tracking/sites?lang=en")
    page.get_by_role("button", name="Remove Shop front").click()
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("button", name="Remove Shop front")).to_have_count(0)


def test_numbers_are_added_changed_and_taken_out_of_use(served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/tracking/numbers?lang=en")
    add = page.get_by_role("region", name="Add numbers")
    add.get_by_label("Numbers, one a line").fill("021-62007701\nfront desk\n021-62007702")
    add.get_by_label("channel").fill("radio")
    add.get_by_role("button", name="Add numbers").click()
    expect(add).to_contain_text("2 numbers added")
    expect(add).to_contain_text("Line 2, front desk: not a telephone number")
    expect(add.get_by_label("Numbers, one a line")).to_have_value("front desk")
    row = page.get_by_role("row", name=re.compile("021-62007701"))
    expect(row).to_contain_text("Radio")
    row.get_by_role("button", name=re.compile("Change")).click()
    change = page.get_by_role("region", name="Change 021-62007701")
    _no_barriers(page, axe)
    change.get_by_label("Label").fill("Radio evening")
    change.get_by_label("creative").fill("spot 3")
    change.get_by_label("Price a month").fill("30")
    change.get_by_label("Last day").fill("2030-12-31")
    page.screenshot(path=ARTIFACTS / "ourNumbers-change-en.png", full_page=True)
    change.get_by_role("button", name="Save the change").click()
    expect(change).to_have_count(0)
    expect(row).to_contain_text("Radio evening")
    expect(row).to_contain_text("spot 3")
    row.get_by_role("button", name=re.compile("Take out of use")).click()
    page.get_by_role("button", name="OK").click()
    expect(row.get_by_role("button")).to_have_count(0)
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "ourNumbers-made-en.png", full_page=True)


def test_a_report_gets_other_metrics_cuts_and_sections_and_keeps_them(served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/call-reports?report=lines&lang=en&theme=light")
    expect(page.get_by_role("region", name="By number")).to_be_visible()
    page.get_by_role("button", name="Edit the report").click()
    editor = page.get_by_role("region", name="Edit the report")
    _no_barriers(page, axe)
    # The six stay: what is changed is saved under a name of one's own.
    editor.get_by_role("button", name="Take this section out").nth(1).click()
    editor.get_by_role("button", name="Add a section").click()
    last = editor.get_by_role("listitem").last
    last.get_by_label("Title").fill("Weekdays at a glance")
    last.get_by_label("Cuts").click()
    page.keyboard.type("weekday")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    editor.get_by_label("Name of my report").fill("Ours")
    page.screenshot(path=ARTIFACTS / "callReports-editor-en.png", full_page=True)
    editor.get_by_role("button", name="Save as my report").click()
    expect(page.get_by_role("region", name="Weekdays at a glance")).to_be_visible()
    expect(page).to_have_url(re.compile("report=own-"))
    expect(page.get_by_role("region", name="By who answered")).to_have_count(0)

    page.get_by_role("button", name="Edit the report").click()
    editor = page.get_by_role("region", name="Edit the report")
    last = editor.get_by_role("listitem").last
    last.get_by_label("Metrics").click()
    page.keyboard.type("missed_rate")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    editor.get_by_role("button", name="Save changes").click()
    expect(editor).to_have_count(0)
    section = page.get_by_role("region", name="Weekdays at a glance")
    expect(section.get_by_role("columnheader", name=re.compile("missed"))).to_be_visible()
    page.reload()
    expect(section.get_by_role("columnheader", name=re.compile("missed"))).to_be_visible()
    page.get_by_role("button", name="Delete this report").click()
    expect(page.get_by_role("region", name="Weekdays at a glance")).to_have_count(0)


def test_advice_leads_to_where_it_is_acted_upon(served: Served, open_page: Any, axe: str) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/call-reports?report=missed&lang=en&theme=light")
    hours = page.get_by_role("region", name=re.compile("Hours: calls"))
    hours.get_by_text("Weekday × hour").click(timeout=60_000)
    expect(hours.get_by_role("columnheader")).to_have_count(8)
    expect(hours.locator("td strong").first).to_contain_text("%")
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "callReports-week-en.png", full_page=True)
    steps = page.get_by_role("region", name=re.compile("next", re.IGNORECASE))
    expect(steps.get_by_role("link", name=re.compile("Move the ads")).first).to_be_visible()
    expect(steps.get_by_role("link", name=re.compile("Staff the peak")).first).to_be_visible()
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "callReports-advice-en.png", full_page=True)
    steps.get_by_role("link", name=re.compile("See these calls: Nobody called back")).click()
    expect(page).to_have_url(re.compile(r"/calls\?.*waiting=1"))
    expect(page.locator("a[href^='/calls/']").first).to_be_visible()


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
    page.goto(f"{served.address}/calls?where=direction=in;channel=baidu&lang=en&theme=light")
    page.locator("a[href^='/calls/']").first.click()
    why = page.get_by_role("region", name="Why this source?")
    expect(why).to_contain_text(re.compile("channel|source"))
    tag = page.get_by_role("region", name="What the call was worth")
    tag.get_by_role("button", name="grey", exact=False).click()
    _no_barriers(page, axe)
    page.screenshot(path=ARTIFACTS / "card-why-en.png", full_page=True)


_SETTLED = """() => Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
  .map((one) => one.finished.catch(() => undefined)))"""


def _no_barriers(page: Page, axe: str) -> None:
    # A button under the pointer is on its way to another colour.
    page.mouse.move(0, 0)
    page.evaluate(_SETTLED)
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == []
