"""The first run: make the owner, bring a messy file, mend its columns, import it, see figures, take it back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from web.served import EMAIL, PASSWORD, start

# Written by a Chinese spreadsheet: GB18030, a title line's worth of odd names, and one broken row.
ROWS = """通话编号,呼叫方向,拨打时间,被叫号码,通话时长,员工
1,呼出,2026/11/2 09:15,13900000001,75,张三
2,呼出,2026/11/2 09:20,13900000002,0,张三
3,呼出,昨天上午,13900000003,40,李四
4,呼出,2026/11/3 10:05,13900000004,130,李四
"""


@pytest.fixture
def fresh(tmp_path: Path, package: Path) -> Any:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    process, address, token = start(home, package, sample=False)
    yield address, token
    process.terminate()
    process.wait(timeout=20)


def test_from_the_first_link_to_imported_calls_and_back(fresh: Any, open_page: Any, tmp_path: Path) -> None:
    address, token = fresh
    path = tmp_path / "通话.csv"
    path.write_bytes(ROWS.encode("gb18030"))
    page = open_page()
    page.goto(f"{address}/set-up?lang=zh#token={token}")
    page.get_by_label("姓名").fill("王一")
    page.get_by_label("邮箱").fill(EMAIL)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="创建并登录").click()
    page.locator(".tile-value").first.wait_for()
    assert "token" not in page.url, "the token is taken out of the address"

    page.get_by_role("link", name="导入").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="检查").click()
    result = page.locator("section[aria-label*='检查结果']")
    expect(result).to_contain_text("新增 3")
    expect(result).to_contain_text("昨天上午")
    page.get_by_role("button", name="导入", exact=True).click()
    done = page.locator("section[aria-label='导入完成']")
    expect(done).to_contain_text("新增 3")
    expect(done).to_contain_text("拒绝 1")
    with page.expect_download() as got:
        done.get_by_text("下载错误行").click()
    assert "昨天上午" in got.value.path().read_text(encoding="utf-8-sig")

    page.goto(f"{address}/explore?metrics=dials&by=none&period=all&lang=zh")
    expect(page.locator(".figures .figure").first).to_have_text("3")
    page.goto(f"{address}/import?lang=zh")
    page.get_by_role("button", name="撤销 1").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("alert").first).to_contain_text("已撤销 3 条")
    page.goto(f"{address}/explore?metrics=dials&by=none&period=all&lang=zh")
    expect(page.locator(".figures .figure").first).to_have_text("0")
    _leads_without_a_date(page, address, tmp_path)
    _an_agent_with_a_code(page, address)


def _leads_without_a_date(page: Page, address: str, tmp_path: Path) -> None:
    """A list that does not say when they came: one moment for all of them."""
    leads = tmp_path / "线索.csv"
    leads.write_text("线索编号,姓名,手机,地区\nL1,李雷,13900000011,上海\n", encoding="utf-8")
    page.goto(f"{address}/import?lang=zh")
    page.locator("input[type=file]").set_input_files(leads)
    page.get_by_label("文件内容").wait_for()
    page.get_by_label("文件内容").fill("线索")
    page.get_by_label("文件内容").press("Enter")
    page.get_by_label("创建时间", exact=True).fill("2026-11-20 09:30")
    page.get_by_role("button", name="检查", exact=True).click()
    expect(page.locator("section[aria-label*='检查结果']")).to_contain_text("新增 1")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("section[aria-label='导入完成']")).to_contain_text("新增 1")
    page.goto(f"{address}/explore?metrics=leads&by=none&period=all&lang=zh")
    expect(page.locator(".figures .figure").first).to_have_text("1")


def _an_agent_with_a_code(page: Page, address: str) -> None:
    """Whoever is to work at the desk needs a code; it is given with the invitation and can be changed."""
    page.goto(f"{address}/users?lang=zh")
    page.get_by_label("姓名").fill("李四")
    page.get_by_label("邮箱").fill("li4@shop.example")
    page.get_by_label("工号", exact=True).fill("W01")
    page.get_by_role("button", name="邀请").click()
    code = page.get_by_label("工号: 李四")
    expect(code).to_have_value("W01")
    code.fill("W02")
    code.press("Enter")
    page.reload()
    expect(page.get_by_label("工号: 李四")).to_have_value("W02")
