"""Everything known at the desk: a chosen lead, the script, held back leads, tasks, callers, leads by hand, giving."""

from typing import Any

import httpx2
from playwright.sync_api import expect

from web.agents import given, leads_for, put
from web.served import Served


def test_a_lead_is_opened_scripted_answered_written_up_with_a_remark(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    for name in (f"一 {code}", f"二 {code}"):
        put(served, "leads/scripts", {"name": name, "opening": f"{name} {{name}}", "questions": []})
    leads_for(served, code, agreed=True, count=2)
    given(served, code)
    page = open_page(own)
    page.goto(f"{own.address}/claims?lang=zh")
    chosen = page.locator("[data-open]").filter(has_text=f"客户 {code}-1-1")
    lead = chosen.get_attribute("data-open")
    chosen.click()
    expect(page.locator(f"[data-lead='{lead}']")).to_be_visible()
    page.get_by_label("使用的话术").fill(f"二 {code}")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-script='二 {code}']")).to_be_visible()
    page.get_by_role("button", name="呼叫 (C)").click()
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "call")
    page.get_by_role("button", name="已接通 (A)").click()
    expect(page.get_by_role("button", name="已接通 (A)")).to_be_disabled()
    page.get_by_role("button", name="挂断 (H)").click()
    page.get_by_label("备注").fill("下周要报价")
    page.get_by_role("button", name="有意向，继续跟进 (2)").click()
    # The chosen lead is done with; the next best one comes.
    expect(page.locator("[data-lead]")).not_to_have_attribute("data-lead", str(lead))
    page.goto(f"{own.address}/desk?lang=zh&lead={lead}")
    expect(page.get_by_text("下周要报价")).to_be_visible()
    expect(page.get_by_text("interested")).to_be_visible()


def test_keys_pressed_faster_than_the_desk_answers_are_done_in_turn(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    leads_for(served, code, agreed=True, count=2)
    given(served, code)
    page = open_page(own)
    page.goto(f"{own.address}/desk?lang=zh")
    lead = page.locator("[data-lead]").get_attribute("data-lead")
    page.get_by_label("备注").fill("想要报价")
    page.locator("h1").click()
    for key in "ccah6":
        page.keyboard.press(key)
    expect(page.locator("[data-day='contacts']")).to_have_text("1")
    expect(page.locator("[data-lead]")).not_to_have_attribute("data-lead", str(lead))
    expect(page.get_by_label("备注")).to_have_value("")
    assert "想要报价" in str(_asked(served, f"leads/{lead}"))


def test_held_back_leads_and_tasks_that_are_due_are_told(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    leads_for(served, code, agreed=False, count=2)
    lead = given(served, code)
    page = open_page(own)
    for language, told in (("zh", "没有此人对该用途的同意记录"), ("en", "no consent of the person for this purpose")):
        page.goto(f"{own.address}/desk?lang={language}")
        expect(page.locator("[data-held]")).to_contain_text(told)
    page.goto(f"{own.address}/desk?lang=en&lead={lead}")
    expect(page.locator("[data-denied]")).to_contain_text("no consent of the person for this purpose")
    page.get_by_label("What to do").fill("send the offer")
    page.get_by_label("Due at").fill("2036-01-05 10:00:00")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add a task").click()
    page.get_by_label("Remark").fill("likes tea")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("likes tea")).to_be_visible()


def test_a_caller_nobody_knows_becomes_a_lead_and_is_handed_to_sales(served: Served, hire: Any, open_page: Any) -> None:
    own, code = hire()
    _, seller = hire(sales=True)
    phone = f"1397{sum(map(ord, code)) % 1000:03d}4321"
    page = open_page(own)
    page.goto(f"{own.address}/desk?lang=en")
    page.get_by_label("Caller’s number").fill(phone)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("No lead has this number.")).to_be_visible()
    page.get_by_role("button", name="New lead").click()
    form = page.locator(".entry-form")
    expect(form.get_by_label("Telephone")).to_have_value(phone)
    form.get_by_label("Name", exact=True).fill(f"客户 {code}-x")
    form.get_by_label("How they agreed to be called").fill("asked on the telephone")
    form.get_by_role("button", name="Add the lead").click()
    expect(page.get_by_text(f"Added: 客户 {code}-x")).to_be_visible()
    lead = given(served, code)
    page.goto(f"{own.address}/desk?lang=en")
    page.get_by_label("Caller’s number").fill(phone)
    page.get_by_role("button", name="Find").click()
    page.locator(f"[data-open='{lead}']").click()
    expect(page.locator(f"[data-lead='{lead}']")).to_contain_text(code)
    page.get_by_label("Hand over to", exact=True).fill(seller)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Hand over to sales").click()
    expect(page.locator("[data-lead]")).to_have_count(0)
    assert _owner(served, lead) == seller


def test_a_seat_is_changed_and_a_lead_given_to_another_by_a_manager(served: Served, hire: Any, open_page: Any) -> None:
    _, code = hire()
    _, other = hire()
    put(served, "leads/seats", {"agent": code, "team": "north", "industries": ["教育"]})
    page = open_page(served)
    page.goto(f"{served.address}/giving?lang=en")
    # The rule of that agent bears the same name, and its table may come first; the team stands in the seat's alone.
    page.get_by_role("row").filter(has_text="north").get_by_role("button", name=f"Change {code}", exact=True).click()
    capacity = page.get_by_label("Capacity").first
    expect(capacity).to_have_value("1000")
    # Room enough for what waits in the sample business besides.
    capacity.fill("999")
    expect(capacity).to_have_value("999")
    page.get_by_role("button", name="Keep the change").click()
    expect(page.get_by_role("button", name="Keep the change")).to_have_count(0)
    seats = _asked(served, "leads/seats")["seats"]
    seat = next(one for one in seats if one["agent"] == code)
    assert (seat["capacity"], seat["team"], seat["industries"], seat["skills"]) == (999, "north", ["教育"], [code])
    leads_for(served, code, agreed=True, count=1)
    lead = given(served, code)
    before = _asked(served, "leads/seats")["corrected"]
    page.goto(f"{served.address}/leads?lang=en")
    page.get_by_label("Owner", exact=True).fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"客户 {code}-").first.click()
    page.get_by_label("Agent", exact=True).fill(other)
    expect(page.locator(".ant-select-item-option").filter(has_text=other).first).to_be_attached()
    page.keyboard.press("Enter")
    page.get_by_label("Why", exact=True).fill("region")
    page.get_by_role("button", name="Give to another").click()
    expect(page.get_by_label("Why", exact=True)).to_have_value("")
    assert _asked(served, "leads/seats")["corrected"] == before + 1
    assert _owner(served, lead) == other


def _asked(served: Served, path: str) -> dict[str, Any]:
    answer = httpx2.get(
        f"{served.address}/api/v1/{path}", headers={"Cookie": f"huasuan={served.cookie}"}, timeout=30
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _owner(served: Served, lead: int) -> str:
    owner: str = _asked(served, f"leads/{lead}")["lead"]["owner"]
    return owner
