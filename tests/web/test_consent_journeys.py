"""A blocked contact says why in both languages; a request to be deleted, from the form to nothing left."""

from typing import Any

import pytest
from playwright.sync_api import expect

from web.served import Served

NUMBER = "13912345678"


@pytest.mark.parametrize(
    ("language", "button", "reason", "verdict"),
    [
        ("zh", "查明", "没有此人对该用途的同意记录", "不可联系"),
        ("en", "Check", "no consent of the person for this purpose", "may not be contacted"),
    ],
)
def test_a_blocked_contact_says_why(
    served: Served, open_page: Any, *, language: str, button: str, reason: str, verdict: str
) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/consent?lang={language}")
    page.get_by_label("号码" if language == "zh" else "Number", exact=True).first.fill("139 9999 0001")
    page.get_by_role("button", name=button, exact=True).click()
    answer = page.get_by_role("alert")
    expect(answer).to_contain_text(reason)
    expect(answer).to_contain_text("+86139****0001")
    expect(answer).to_contain_text(verdict)
    expect(answer).to_contain_text("R01 v2 CN")


def test_a_request_to_be_deleted_from_beginning_to_end(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/persons?lang=en")
    headers = {"Origin": served.address}
    customer = [{"key": "to-be-deleted", "name": "欧阳某甲", "phones": [NUMBER]}]
    sent = page.request.post(f"{served.address}/api/v1/facts/customer", data=customer, headers=headers)
    assert sent.ok, sent.text()
    page.get_by_label("Number", exact=True).fill(NUMBER)
    page.get_by_role("button", name="Write down").click()
    row = page.locator("tbody tr.ant-table-row").first
    expect(row).to_contain_text("delete")
    row.get_by_role("button").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="OK").click()
    expect(page.get_by_role("alert")).to_contain_text("Deleted: 1 facts, 1 raw lines", timeout=60_000)
    expect(page.get_by_role("alert")).to_contain_text("Neither number nor name")
    expect(row).to_contain_text("done")
    page.goto(f"{served.address}/consent?lang=en")
    page.get_by_label("Number", exact=True).first.fill(NUMBER)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("everything deleted")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", {"add": "作出决定", "rule": "规则", "country": "国家", "reason": "理由", "basis": "法律依据",
                "end": "终止", "refused": "比公布的规则宽松"}),
        ("en", {"add": "Decide", "rule": "Rule", "country": "Country", "reason": "Reason", "basis": "Legal basis",
                "end": "End", "refused": "looser than the published rule"}),
    ],
)  # fmt: skip
def test_a_business_decides_about_a_calling_rule_itself(
    served: Served, open_page: Any, *, language: str, words: dict[str, str]
) -> None:
    """Looser only with a legal basis; ended, the published rule holds again (R05)."""
    page = open_page(served)
    page.goto(f"{served.address}/calling-rules/own?lang={language}")
    for name, wanted in ((words["rule"], "R05"), (words["country"], "FR")):
        page.get_by_role("combobox", name=name).fill(wanted)
        page.keyboard.press("Enter")
    page.get_by_label("windows", exact=True).fill('["00:00-24:00"]')
    page.get_by_label(words["reason"], exact=True).fill("night clinic")
    page.get_by_role("button", name=words["add"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["refused"])
    page.get_by_label(words["basis"], exact=True).fill("Art. 7")
    page.get_by_role("button", name=words["add"], exact=True).click()
    row = page.locator("tbody tr.ant-table-row").first
    expect(row).to_contain_text('windows=["00:00-24:00"]')
    expect(row).to_contain_text("night clinic [Art. 7]")
    expect(row.locator(".ant-tag")).to_have_text("windows")
    row.get_by_role("button", name=words["end"]).click()
    page.locator(".ant-popconfirm .ant-btn-primary").click()
    expect(row.get_by_role("button", name=words["end"])).to_have_count(0)
