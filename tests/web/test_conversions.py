"""Accounts of platforms on the screen: added, edited, renewed, turned off; what was told of a call, and again."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from web.served import Served, post

TEXTS = {
    "zh": {
        "name": "名称",
        "address": "地址（https://…）",
        "goals": "告知的目标",
        "edit": "编辑",
        "off": "停用",
        "on": "启用",
        "keep": "保存",
        "minute": "每分钟最多请求数",
        "requests": "发送记录",
        "off_tag": "已停用",
    },
    "en": {
        "name": "Name",
        "address": "Address (https://…)",
        "goals": "Goals told",
        "edit": "Edit",
        "off": "Turn off",
        "on": "Turn on",
        "keep": "Keep",
        "minute": "Requests a minute, at most",
        "requests": "Requests",
        "off_tag": "off",
    },
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_account_is_added_changed_and_turned_off(language: str, served: Served, open_page: Any) -> None:
    text, name = TEXTS[language], f"crm-{language}"
    page = open_page(served)
    page.goto(f"{served.address}/conversions?lang={language}")
    page.get_by_label(text["name"], exact=True).fill(name)
    page.get_by_label(text["address"], exact=True).fill("https://crm.invalid/told")
    page.locator("input[type=password]").first.fill("k" * 16)
    page.get_by_label(text["goals"], exact=True).click()
    # Goals are found by their names in the API, whatever the language.
    page.keyboard.type("call")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator("button[type=submit]").click()
    row = page.get_by_role("row").filter(has_text=name).first
    expect(row).to_be_visible()

    page.get_by_role("button", name=f"{text['edit']}: {name}").click()
    page.wait_for_url(re.compile("edit="))
    minute = page.get_by_label(text["minute"], exact=True)
    expect(minute).to_have_value("60")
    minute.fill("90")
    page.get_by_role("button", name=text["keep"], exact=True).click()
    expect(page).not_to_have_url(re.compile("edit="))
    page.get_by_role("button", name=f"{text['edit']}: {name}").click()
    expect(page.get_by_label(text["minute"], exact=True)).to_have_value("90")

    moment = datetime.now(UTC).isoformat()
    call = {
        "key": f"told-{language}", "direction": "in", "ringing_at": moment, "ended_at": moment, "called": "4008001234",
        "caller": "13900139001", "result": "answered", "talk_seconds": 0,
    }  # fmt: skip
    assert post(served, "facts/call", [call])["refused"] == 0
    mine = page.get_by_role("row").filter(has_text=name)
    asked = mine.get_by_role("button", name=re.compile(f"{text['requests']}: "))
    page.goto(f"{served.address}/conversions?lang={language}&state=waiting")
    for _ in range(20):
        if asked.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    asked.first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr.ant-table-row").first).to_be_visible()
    page.keyboard.press("Escape")

    page.goto(f"{served.address}/conversions?lang={language}")
    page.get_by_role("button", name=f"{text['off']}: {name}").click()
    expect(page.get_by_role("button", name=f"{text['on']}: {name}")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=name).first).to_contain_text(text["off_tag"])
