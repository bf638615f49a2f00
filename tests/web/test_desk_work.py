"""Besides calling: a blocked lead tells why, meetings and quality, handovers, the public pool, a form on a page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from web.agents import given, leads_for, number_for, put
from web.served import Served, post


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ("不能呼叫", "没有此人对该用途的同意记录")),
        ("en", ("This call may not be made", "no consent of the person for this purpose")),
    ],
)
def test_a_blocked_lead_says_why_on_the_page(
    served: Served, hire: Any, open_page: Any, *, language: str, told: tuple[str, str]
) -> None:
    own, code = hire()
    leads_for(served, code, agreed=True, count=1)
    lead = given(served, code)
    page = open_page(own)
    page.goto(f"{own.address}/desk?lang={language}")
    expect(page.locator(f"[data-lead='{lead}']")).to_be_visible()
    # The person takes the consent back while the lead stands on the screen: the gate knows, the page does not yet.
    withdrawn = {
        "key": f"{code}-back",
        "at": datetime.now(UTC).isoformat(),
        "purpose": "callback",
        "given": False,
        "phone": number_for(code, 1, 0),
    }
    assert post(served, "facts/consent", [withdrawn])["refused"] == 0
    page.keyboard.press("c")
    alert = page.get_by_role("alert").filter(has_text=told[0])
    expect(alert).to_contain_text(told[0])
    expect(alert.locator("li").first).to_be_visible()
    expect(page.locator("a[href^='tel:']")).to_have_count(0)
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "ready")


def test_meeting_and_quality_are_noted_beside_the_call(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    leads_for(served, code, agreed=True, count=1)
    given(served, code)
    page = open_page(own)
    page.goto(f"{own.address}/desk?lang=en")
    expect(page.locator("[data-proposal]")).to_contain_text("Next time proposed")
    page.get_by_label("Budget").fill("80")
    page.get_by_label("Need").fill("60")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("40 % known")).to_be_visible()
    page.get_by_label("Time of the meeting").fill("2036-01-05 10:00:00")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Book a meeting").click()
    meeting = page.locator("[data-meeting]")
    expect(meeting).to_be_visible()
    meeting.get_by_role("button", name="Held").click()
    expect(meeting).to_contain_text("held")
    page.get_by_label("Reason of the complaint").fill("called too often")
    page.get_by_role("button", name="Write the complaint down").click()
    expect(page.get_by_role("status").filter(has_text="Written down.")).to_be_visible()


def test_sales_reject_a_handover_with_the_reason(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    sales, seller = hire(sales=True)
    leads_for(served, code, agreed=True, count=1)
    lead = given(served, code)
    post(own, f"desk/leads/{lead}/hand-over", {"to": seller})
    page = open_page(sales)
    page.goto(f"{sales.address}/handovers?lang=zh")
    row = page.locator("tbody tr.ant-table-row").filter(has_text=code).first
    expect(row).to_contain_text("剩余 14 天")
    row.get_by_label("拒绝原因").fill("预算不足")
    row.get_by_role("button", name="拒绝").click()
    expect(page.get_by_text("预算不足")).to_be_visible()
    assert given(served, code) == lead


def test_a_lead_is_given_back_and_claimed_again(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    put(served, "leads/pools", {"name": f"公海 {code}", "claims_a_day": 1})
    leads_for(served, code, agreed=True, count=1)
    lead = given(served, code)
    page = open_page(own)
    page.goto(f"{own.address}/claims?lang=zh")
    mine = page.locator(f"[data-lead='{lead}']")
    mine.get_by_label("释放原因").fill("不在本地区")
    mine.get_by_role("button", name="释放").click()
    page.get_by_role("button", name=f"领取 {lead}").click()
    expect(mine.get_by_label("释放原因")).to_be_visible()
    expect(mine).to_contain_text("保护至")
