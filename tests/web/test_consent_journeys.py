"""A blocked contact says why in both languages; a request to be deleted, from the form to nothing left."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from web.served import Served

NUMBER, OTHER = "13912345678", "13887650001"


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
    customer = [
        {"key": "to-be-deleted", "name": "欧阳某甲", "phones": [NUMBER]},
        {"key": "to-stay", "name": "上官某乙", "phones": [OTHER]},
    ]
    sent = page.request.post(f"{served.address}/api/v1/facts/customer", data=customer, headers=headers)
    assert sent.ok, sent.text()
    page.get_by_label("Number or e-mail", exact=True).fill(NUMBER)
    page.get_by_role("button", name="Write down").click()
    row = page.locator("tbody tr.ant-table-row").first
    expect(row).to_contain_text("delete")
    # What stands in the form above is of no account: another number there, or here, deletes nobody.
    page.get_by_label("Number or e-mail", exact=True).fill(OTHER)
    for number, said in ((OTHER, "not about the person of that number"), (NUMBER, "Deleted: 1 facts, 1 raw lines")):
        row.get_by_role("button", name="delete").click()
        box = page.locator(".ant-popconfirm:visible")
        expect(box.get_by_role("button", name="OK")).to_be_disabled()
        box.get_by_label("Number or address of request").fill(number)
        box.get_by_role("button", name="OK").click()
        expect(page.get_by_role("alert")).to_contain_text(said, timeout=60_000)
    expect(page.get_by_role("alert")).to_contain_text("Neither number nor name")
    expect(row).to_contain_text("done")
    page.goto(f"{served.address}/consent?lang=en")
    page.get_by_label("Number", exact=True).first.fill(NUMBER)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("everything deleted")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", {"who": "号码或邮箱", "kind": "请求", "write": "登记", "look": "查看资料", "close": "了结",
                "person": "此人的号码或邮箱", "reason": "保留理由", "hold": "因法律程序保留", "held": "已保留",
                "release": "解除保留", "released": "已解除保留", "download": "下载全部", "done": "已完成",
                "leads": "线索"}),
        ("en", {"who": "Number or e-mail", "kind": "Request", "write": "Write down", "look": "Show what is known",
                "close": "Close", "person": "Their number or e-mail", "reason": "Reason to keep",
                "hold": "Hold for a lawsuit", "held": "Held", "release": "Release", "released": "Released",
                "download": "Download all", "done": "done", "leads": "Leads"}),
    ],
)  # fmt: skip
def test_a_person_sees_what_is_known_and_the_request_is_closed(
    served: Served, open_page: Any, *, language: str, words: dict[str, str]
) -> None:
    """By e-mail address alone; held during a lawsuit and released (R13)."""
    page, address = open_page(served), f"wang.{language}@example.com"
    headers = {"Origin": served.address}
    lead = [{"key": f"mail-{language}", "created_at": "2026-09-01T10:00:00+08:00", "email": address, "name": "王某"}]
    assert page.request.post(f"{served.address}/api/v1/facts/lead", data=lead, headers=headers).ok
    page.goto(f"{served.address}/persons?lang={language}")
    page.get_by_label(words["who"], exact=True).fill(address)
    page.get_by_label(words["kind"], exact=True).click()
    for key in ("ArrowUp", "ArrowUp", "Enter"):  # from "delete" to "see"
        page.keyboard.press(key)
    page.get_by_role("button", name=words["write"], exact=True).click()
    row = page.locator("tbody tr.ant-table-row", has=page.get_by_role("button", name=words["look"])).last
    row.get_by_role("button", name=words["look"]).click()
    box = page.locator(".ant-popconfirm:visible")
    box.get_by_role("textbox").fill(address)
    box.locator(".ant-btn-primary").click()
    expect(page.locator("[data-known]")).to_contain_text(f"{words['leads']}: 1")
    with page.expect_download() as download:
        page.get_by_role("button", name=words["download"]).click()
    assert address in download.value.path().read_text(encoding="utf-8")
    number = row.locator("td").first.inner_text()
    # The box of the first answer is gone before the second one's comes.
    expect(page.locator(".ant-popconfirm:visible")).to_have_count(0)
    row.get_by_role("button", name=words["close"]).click()
    box = page.locator(".ant-popconfirm:visible")
    box.get_by_role("textbox").fill(f"handed over {language}")
    box.locator(".ant-btn-primary").click()
    closed = page.locator("tbody tr.ant-table-row", has_text=f"handed over {language}")
    expect(closed).to_contain_text(words["done"])
    assert closed.locator("td").first.inner_text() == number
    page.get_by_label(words["person"], exact=True).fill(address)
    expect(page.get_by_role("button", name=words["hold"])).to_be_disabled()
    page.get_by_label(words["reason"], exact=True).fill("case 7")
    page.get_by_role("button", name=words["hold"]).click()
    expect(page.get_by_role("alert")).to_contain_text(words["held"])
    page.get_by_role("button", name=words["release"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["released"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", {"who": "号码或邮箱", "show": "查询", "unknown": "没有此人的记录", "evidence": "证据", "record": "登记",
                "given": "同意", "withdraw": "登记撤回", "taken": "撤回", "refuse": "拒绝自动化决策",
                "refused": "此人拒绝自动化决策", "allow": "允许自动化决策", "allowed": "评分与分配可使用"}),
        ("en", {"who": "Number or e-mail", "show": "Show", "unknown": "Nothing is known", "evidence": "Evidence",
                "record": "Record", "given": "agreed", "withdraw": "Withdraw", "taken": "withdrawn",
                "refuse": "Refuse automated decisions", "refused": "Automated decisions are refused",
                "allow": "Allow automated decisions", "allowed": "Scores and assignment may look"}),
    ],
)  # fmt: skip
def test_consent_is_written_down_and_taken_back(
    served: Served, open_page: Any, *, language: str, words: dict[str, str]
) -> None:
    """With its evidence; decisions by machine are refused and allowed by a button (S3-23, R11)."""
    page = open_page(served)
    page.goto(f"{served.address}/consent/ledger?lang={language}")
    page.get_by_label(words["who"], exact=True).fill("139 8888 000" + {"zh": "1", "en": "2"}[language])
    page.get_by_role("button", name=words["show"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["unknown"])
    page.get_by_label(words["evidence"], exact=True).fill("form 7")
    page.get_by_role("button", name=words["record"], exact=True).click()
    rows = page.locator("tbody tr.ant-table-row")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("form 7")
    expect(rows.first.locator(".ant-tag")).to_have_text(words["given"])
    rows.first.get_by_role("button", name=words["withdraw"]).click()
    expect(rows).to_have_count(2)
    expect(rows.first.locator(".ant-tag")).to_have_text(words["taken"])
    for button, told in ((words["refuse"], words["refused"]), (words["allow"], words["allowed"])):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("[data-machine]")).to_contain_text(told)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", {"list": "名单", "count": "计算", "answer": "2 人中可呼 0 人", "why": "没有此人对该用途的同意记录: 2"}),
        ("en", {"list": "List", "count": "Count", "answer": "0 of 2 may be called",
                "why": "no consent of the person for this purpose: 2"}),
    ],
)  # fmt: skip
def test_how_many_of_a_list_may_be_called_tomorrow(
    served: Served, open_page: Any, *, language: str, words: dict[str, str]
) -> None:
    page, name = open_page(served), f"autumn {language}"
    leads = [
        {"key": f"{name} {n}", "created_at": "2026-09-01T10:00:00+08:00", "list": name, "phone": f"1377777000{n}"}
        for n in range(2)
    ]
    sent = page.request.post(f"{served.address}/api/v1/facts/lead", data=leads, headers={"Origin": served.address})
    assert sent.ok, sent.text()
    page.goto(f"{served.address}/consent?lang={language}")
    page.get_by_label(words["list"], exact=True).fill(name)
    page.get_by_role("button", name=words["count"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["answer"])
    expect(page.locator("[data-counted]")).to_have_text(words["why"])


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
    # The hours have fields of their own: the afternoon goes, and the rest opens and ends at midnight.
    windows = page.get_by_role("group", name="windows", exact=True)
    windows.get_by_role("button", name=re.compile("windows 2$")).click()
    for clock in (0, 1):
        windows.locator("input[type=time]").nth(clock).fill("00:00")
    page.get_by_label(words["reason"], exact=True).fill(f"night clinic {language}")
    page.get_by_role("button", name=words["add"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["refused"])
    page.get_by_label(words["basis"], exact=True).fill("Art. 7")
    page.get_by_role("button", name=words["add"], exact=True).click()
    # The other language decides beside this one.
    row = page.locator("tbody tr.ant-table-row", has_text=f"night clinic {language} [Art. 7]").first
    expect(row).to_contain_text('windows=["1-5 00:00-24:00"]')
    expect(row.locator(".ant-tag")).to_have_text("windows")
    row.get_by_role("button", name=words["end"]).click()
    page.locator(".ant-popconfirm .ant-btn-primary").click()
    expect(row.get_by_role("button", name=words["end"])).to_have_count(0)
