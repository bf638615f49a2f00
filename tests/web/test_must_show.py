"""The journeys a business makes, in Chinese and English: the first figure, sharing it, a return, a refusal."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from web.served import EMAIL, PASSWORD, Served, colleague, start

# As a Chinese spreadsheet writes them (GB18030), with one day nobody can read, and as an English system does.
FILES = {
    "zh": (
        ("通话.csv", "通话编号,呼叫方向,拨打时间,被叫号码,通话时长,员工\n"
                     "1,呼出,2026/11/2 09:15,13900000001,75,张三\n"
                     "2,呼出,2026/11/2 09:20,13900000002,0,张三\n"
                     "3,呼出,昨天上午,13900000003,40,李四\n"),
        ("费用.csv", "费用类型,金额,开始日期,结束日期\n话费,200,2026-11-01,2026-11-30\n"),
        ("订单.csv", "订单号,成交时间,金额,手机号,来源通话\nD1,2026-11-03 10:00,1000,13900000001,1\n"),
    ),
    "en": (
        ("calls.csv", "key,direction,dialed_at,called,talk_seconds,agent\n"
                      "1,out,2026-11-02 09:15,13900000001,75,A1\n"
                      "2,out,2026-11-02 09:20,13900000002,0,A1\n"
                      "3,out,yesterday,13900000003,40,A2\n"),
        ("costs.csv", "cost_kind,amount,service_from,service_to\ncall_charges,200,2026-11-01,2026-11-30\n"),
        ("orders.csv", "deal,won_at,amount,phone,origin_call\nD1,2026-11-03 10:00,1000,13900000001,1\n"),
    ),
}  # fmt: skip
MENDED = {"zh": "2026/11/2 10:40", "en": "2026-11-02 10:40"}
BROKEN = {"zh": "昨天上午", "en": "yesterday"}
KINDS = (("call", {"zh": "通话", "en": "Calls"}), ("cost", {"zh": "费用", "en": "Costs"}))
SAY = {
    "zh": {
        "name": "姓名", "email": "邮箱", "password": "密码", "make": "创建并登录", "check": "检查", "import": "导入",
        "new": "新增 {}", "refused": "拒绝 {}", "errors": "下载错误行", "return": "录入退货", "amount": "退回金额",
        "reason": "理由", "record": "录入", "undo": "撤销", "copy": "当前页面的链接", "done": "导入完成",
        "checked": "检查结果", "views": "视图与链接", "part": "部分退货",
    },
    "en": {
        "name": "Name", "email": "E-mail", "password": "Password", "make": "Make it and sign in", "check": "Check",
        "import": "Import", "new": "{} new", "refused": "{} refused", "errors": "Download the refused rows",
        "return": "Enter a return", "amount": "Value given back", "reason": "reason", "record": "Record it",
        "undo": "Take it back", "copy": "Link to this page", "done": "Imported", "checked": "What would happen",
        "views": "Views and link", "part": "partly returned",
    },
}  # fmt: skip
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def fresh(tmp_path: Path, package: Path) -> Any:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    process, address, token = start(home, package, sample=False)
    yield address, token
    process.terminate()
    process.wait(timeout=20)


def _bring(page: Page, address: str, path: Path, language: str) -> Any:
    """Import a file as it is recognised; the panel that says what came of it."""
    say = SAY[language]
    page.goto(f"{address}/import?lang={language}")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=say["check"], exact=True).click()
    page.locator(f"section[aria-label*='{say['checked']}']").wait_for()
    page.get_by_role("button", name=say["import"], exact=True).click()
    done = page.locator(f"section[aria-label='{say['done']}']")
    done.wait_for()
    return done


@LANGUAGES
def test_from_the_first_link_over_mended_errors_to_the_first_return_on_investment(
    language: str, fresh: Any, open_page: Any, tmp_path: Path
) -> None:
    address, token = fresh
    say = SAY[language]
    paths = []
    for name, text in FILES[language]:
        paths.append(tmp_path / name)
        paths[-1].write_bytes(text.encode("gb18030" if language == "zh" else "utf-8"))
    page = open_page()
    page.goto(f"{address}/set-up?lang={language}#token={token}")
    page.get_by_label(say["name"]).fill("王一")
    page.get_by_label(say["email"]).fill(EMAIL)
    page.get_by_label(re.compile(f"^{say['password']}")).fill(PASSWORD)
    page.get_by_role("button", name=say["make"]).click()
    page.locator(".tile-value").first.wait_for()
    # Where nothing is there yet the overview shows the way.
    page.locator("a[href^='/start']").last.wait_for()

    done = _bring(page, address, paths[0], language)
    expect(done).to_contain_text(say["new"].format(2))
    expect(done).to_contain_text(BROKEN[language])
    with page.expect_download() as got:
        done.get_by_text(say["errors"]).click()
    refused = got.value.path().read_text(encoding="utf-8-sig")
    mended = tmp_path / f"mended-{paths[0].name}"
    mended.write_text(refused.replace(BROKEN[language], MENDED[language]), encoding="utf-8-sig")
    expect(_bring(page, address, mended, language)).to_contain_text(say["new"].format(1))
    for path in paths[1:]:
        expect(_bring(page, address, path, language)).to_contain_text(say["refused"].format(0))

    page.goto(f"{address}/explore?metrics=dials,total_cost,revenue_net,roi&by=none&period=all&lang={language}")
    figures = page.locator(".figures .figure")
    figures.nth(3).wait_for()
    # 1,000 of revenue for 200 of cost: (1000 - 200) / 200 = 400 %.
    assert [figures.nth(place).inner_text() for place in range(4)] == ["3", "¥200", "¥1,000", "400%"]


@LANGUAGES
def test_two_periods_are_compared_and_a_link_shows_somebody_else_the_same(
    language: str, served: Served, open_page: Any
) -> None:
    say = SAY[language]
    page = open_page(served)
    page.goto(f"{served.address}/by/channel?lang={language}")
    page.locator(".figures .figure").first.wait_for()
    page.locator(".change").first.wait_for()
    page.get_by_role("button", name=say["views"]).click()
    link = page.get_by_label(say["copy"]).input_value()
    assert "from=" in link, "the period stands in it as days"
    page.keyboard.press("Escape")
    page.wait_for_load_state("networkidle")
    mine = page.locator(".figures tbody").inner_text()

    other = colleague(served, f"second-{language}-{served.pid}@example.com", "analyst")
    theirs = open_page(Served(address=served.address, pid=served.pid, cookie=other))
    theirs.goto(f"{link}&lang={language}")
    theirs.locator(".change").first.wait_for()
    assert theirs.locator(".figures tbody").inner_text() == mine


@pytest.mark.usefixtures("alone")
@LANGUAGES
def test_a_return_is_recorded_and_every_figure_follows(language: str, served: Served, open_page: Any) -> None:
    say = SAY[language]
    page = open_page(served)

    def figures() -> list[str]:
        page.goto(f"{served.address}/?period=all&lang={language}")
        page.locator(".tile-value").nth(9).wait_for()
        page.wait_for_load_state("networkidle")
        return [one.inner_text() for one in page.locator(".tile-value").all()]

    # A service that has just started still tells the rents of its numbers.
    before, again = figures(), figures()
    for _ in range(20):
        if again == before:
            break
        before, again = again, figures()
    assert again == before, "the figures never stand still"
    page.goto(f"{served.address}/deals?lang={language}&status=won&period=all")
    rows = page.locator("tr.ant-table-row", has=page.get_by_role("button", name=say["return"]))
    rows.first.wait_for()
    # A deal large enough for the return to be seen in rounded figures.
    row = rows.filter(has_text=re.compile(r"¥1\d,\d{3}")).first
    deal = row.locator("a").first.inner_text()
    row.get_by_role("button", name=say["return"]).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label(say["amount"]).fill("5000")
    drawer.get_by_label(say["reason"]).fill("<script>alert(1)</script>")
    drawer.get_by_role("button", name=say["record"]).click()
    told = page.get_by_role("status").filter(has=page.get_by_role("button", name=say["undo"]))
    told.wait_for()
    page.goto(f"{served.address}/deals?lang={language}&status=part_returned&period=all")
    row = page.locator("tr.ant-table-row", has_text=deal).first
    expect(row).to_contain_text("¥5,000")
    expect(row).to_contain_text(say["part"])

    after = figures()
    changed = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    # Net revenue, return on investment and margin; what calls cost and how many deals were won stay.
    assert changed == [1, 2, 3], (before, after)

    page.goto(f"{served.address}/import?lang={language}")
    page.get_by_role("button", name=re.compile(f"^{'撤销' if language == 'zh' else 'Take back|Undo'}")).first.click()
    with page.expect_response(lambda one: one.url.split("?")[0].endswith("/undo")) as undone:
        page.locator(".ant-popconfirm .ant-btn-primary, .ant-popover .ant-btn-primary").first.click()
    assert undone.value.ok
    page.get_by_role("alert").first.wait_for()
    assert figures() == before, "taken back, everything reads as before"


@LANGUAGES
def test_a_reader_is_refused_what_he_may_not_do(language: str, served: Served, open_page: Any) -> None:
    say = SAY[language]
    cookie = colleague(served, f"reader-{language}-{served.pid}@example.com", "read_only")
    page = open_page(Served(address=served.address, pid=served.pid, cookie=cookie))
    page.goto(f"{served.address}/deals?lang={language}")
    page.locator("tr.ant-table-row").first.wait_for()
    expect(page.get_by_role("button", name=say["return"])).to_have_count(0)
    links = page.locator("aside nav a").evaluate_all("all => all.map(one => new URL(one.href).pathname)")
    assert {"/import", "/users", "/keys", "/audit", "/exports"}.isdisjoint(links)
    # Whoever types the address is told why, not shown a blank page.
    for path in ("/users", "/keys", "/audit"):
        page.goto(f"{served.address}{path}?lang={language}")
        expect(page.get_by_role("alert").first).to_contain_text("没有权限" if language == "zh" else "without the right")
    status = page.evaluate(
        "() => fetch('/api/v1/returns', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: "
        "JSON.stringify({key: 'return-9', deal: 'D1', kind: 'returned', day: '2026-07-01'})}).then(one => one.status)"
    )
    assert status == 403
