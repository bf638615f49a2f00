"""What people write beside the figures, in a real browser: a view, a note, a comment, tags, and news that arrives."""

import re
from typing import Any

from playwright.sync_api import expect

from web.served import Served, post


def test_a_view_is_saved_found_again_and_deleted(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/calls?lang=en&columns=status,agent&where=direction=in")
    page.locator("tr.ant-table-row").first.wait_for()
    page.get_by_role("button", name="Views and link").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Name").fill("inbound by agent")
    drawer.get_by_role("button", name="Save the view").click()
    drawer.get_by_role("link", name="inbound by agent").wait_for()
    page.goto(f"{served.address}/roi?lang=en")
    page.get_by_role("button", name="Views and link").click()
    page.get_by_role("link", name="inbound by agent").click()
    page.wait_for_url(re.compile(r"/calls\?.*columns=status"))
    assert "direction" in page.url
    page.get_by_role("button", name="Views and link").click()
    page.get_by_role("button", name="Delete the view inbound by agent").click()
    expect(page.get_by_role("link", name="inbound by agent")).to_have_count(0)


def test_a_note_stands_below_the_trend_and_a_comment_on_its_call(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/?lang=en")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_label("Note", exact=True).fill("a campaign began <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    note = page.get_by_role("list", name="Notes")
    expect(note).to_contain_text("a campaign began <b>")
    note.get_by_role("button", name="Delete the note").first.click()
    page.get_by_role("button", name="OK", exact=True).click()
    expect(note).to_have_count(0)
    page.goto(f"{served.address}/calls?lang=en")
    page.locator("a[href^='/calls/']").first.click()
    page.get_by_role("textbox", name=re.compile("^Comment")).fill("call back on Monday")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator("section[aria-label='Comments']")).to_contain_text("call back on Monday")


def test_many_calls_are_tagged_at_once_and_untagged(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/calls?lang=en&where=direction=in;call_class=target")
    boxes = page.locator("tr.ant-table-row .ant-checkbox-input")
    boxes.first.wait_for()
    number = page.locator("tr.ant-table-row a[href^='/calls/']").first.get_attribute("href")
    boxes.nth(0).check()
    boxes.nth(1).check()
    bar = page.get_by_role("group", name="Tag the chosen calls")
    expect(bar).to_contain_text("2 chosen")
    bar.get_by_role("button", name="junk").click()
    expect(bar).to_contain_text("0 chosen")
    page.goto(f"{served.address}{number}")
    expect(page.locator("section[aria-label='The call']")).to_contain_text("junk")
    for one in (number,):
        found = int(re.search(r"/calls/(\d+)", one or "")[1])  # type: ignore[index]
        post(served, f"calls/{found}/tag", {})


def test_an_open_page_learns_that_newer_facts_are_there(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/explore?metrics=dials&by=none&period=all&lang=en")
    figure = page.locator(".figures .figure").first
    figure.wait_for()
    page.wait_for_timeout(1_000)
    before = int(figure.inner_text().replace(",", ""))
    call = {
        "key": f"live-{served.pid}",
        "direction": "out",
        "dialed_at": "2026-11-20T02:00:00Z",
        "called": "13900000009",
    }
    post(served, "facts/call", [call])
    # The reader may be in the middle of a row: the page says so and waits.
    button = page.get_by_role("button", name=re.compile("Newer data"))
    button.wait_for()
    assert int(figure.inner_text().replace(",", "")) == before
    button.click()
    expect(figure).to_have_text(f"{before + 1:,}")
    expect(page.get_by_role("button", name=re.compile("Data is live"))).to_be_visible()
