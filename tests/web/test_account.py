"""The own account in a real browser: password, second factor, other devices, language and look that go along."""

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from web.served import PASSWORD, Served, colleague

NEW = "ein anderes Wort 19"


@pytest.fixture
def person(served: Served, request: pytest.FixtureRequest) -> Any:
    """Somebody of their own, whose password may be changed."""
    email = f"{request.node.name}@example.com".replace("test_", "")[:60]
    return email, Served(address=served.address, pid=served.pid, cookie=colleague(served, email, "analyst"))


def test_a_new_password_ends_the_other_devices(person: Any, open_page: Any) -> None:
    email, mine = person
    elsewhere = open_page()
    elsewhere.goto(f"{mine.address}/sign-in?lang=en")
    elsewhere.get_by_label("E-mail").fill(email)
    elsewhere.get_by_label("Password").fill(PASSWORD)
    elsewhere.get_by_role("button", name="Sign in").click()
    elsewhere.wait_for_selector(".tile-value")

    page = open_page(mine)
    page.goto(f"{mine.address}/account?lang=en")
    sessions = page.locator("section[aria-label='Where you are signed in']")
    expect(sessions.locator("tbody tr.ant-table-row")).to_have_count(2)
    expect(sessions).to_contain_text("Chrome/")
    form = page.locator("section[aria-label='Change the password']")
    form.get_by_label("Present password").fill("wrong in any case")
    form.get_by_label("New password (at").fill(NEW)
    form.get_by_label("The new password again").fill(NEW)
    form.get_by_role("button", name="Change it").click()
    expect(form.get_by_role("alert")).to_contain_text("the password is wrong")
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_role("button", name="Change it").click()
    expect(form.get_by_role("status")).to_contain_text("The password is changed")
    elsewhere.reload()
    elsewhere.wait_for_url("**/sign-in**")


def test_the_second_factor_goes_on_and_off(person: Any, open_page: Any) -> None:
    _, mine = person
    page = open_page(mine)
    page.goto(f"{mine.address}/account?lang=zh")
    panel = page.locator("section[aria-label='两步验证']")
    panel.get_by_label("当前密码").fill(PASSWORD)
    panel.get_by_role("button", name="开始启用").click()
    secret = panel.locator("p code").inner_text()
    expect(panel.locator("canvas")).to_be_visible()
    panel.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    panel.get_by_role("button", name="启用", exact=True).click()
    expect(panel.locator(".codes")).to_have_text(re.compile(r"\S+  \S+"))
    expect(panel).to_contain_text("已启用")
    panel.get_by_label("当前密码").fill(PASSWORD)
    panel.get_by_role("button", name="停用两步验证").click()
    expect(panel).to_contain_text("未启用")


def test_language_and_look_are_found_again_on_another_device(person: Any, open_page: Any) -> None:
    _, mine = person
    page = open_page(mine)
    page.goto(f"{mine.address}/account")
    page.get_by_text("English", exact=True).last.click()
    expect(page.locator("h1")).to_have_text("My account")
    with page.expect_response("**/api/v1/me"):
        page.get_by_title("Dark").last.click()
    page.wait_for_load_state("networkidle")
    other = open_page(mine)
    other.goto(f"{mine.address}/account")
    expect(other.locator("h1")).to_have_text("My account")
    other.wait_for_function("document.documentElement.dataset.theme === 'dark'")


def test_an_owner_shuts_somebody_out_and_lets_them_in_again(served: Served, person: Any, open_page: Any) -> None:
    email, mine = person
    name = email.partition("@")[0]
    page = open_page(served)
    page.goto(f"{served.address}/users?lang=en")
    page.get_by_role("button", name=f"Disable {name}").click()
    page.get_by_role("button", name="OK", exact=True).click()
    page.get_by_role("button", name=f"Enable {name}").wait_for()
    theirs = open_page(mine)
    theirs.goto(f"{mine.address}/?lang=en")
    theirs.wait_for_url("**/sign-in**")
    page.get_by_role("button", name=f"Enable {name}").click()
    page.get_by_role("button", name=f"Disable {name}").wait_for()
