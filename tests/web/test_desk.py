"""An agent works twenty leads with the keyboard only; the gate's refusal is told in both languages (S3-34, S3-38)."""

import re
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import expect

from web.agents import given, leads_for, put
from web.served import PASSWORD, Served, post
from web.served import _entered as entered

_LEADS = 20
_NUMBERS = count()


@pytest.fixture
def agent(served: Served, worker_id: str) -> tuple[Served, str]:
    """Somebody with an agent code and a seat in the sample business."""
    code = f"kbd-{worker_id}-{next(_NUMBERS)}"
    body = {"email": f"{code}@example.com", "name": "李键", "role": "agent", "agent": code}
    token = post(served, "users", body)["invitation"]
    put(served, "leads/seats", {"agent": code, "skills": [code], "capacity": 1000})
    put(served, "leads/rules", {"name": code, "sources": [code], "skill": code})
    put(served, "leads/scripts", {"name": f"开场 {code}", "opening": "您好 {name}", "questions": ["预算多少？"]})
    cookie = entered(served.address, "invitation", {"token": token, "password": PASSWORD})
    return replace(served, cookie=cookie), code


def test_twenty_leads_by_the_keyboard_alone(served: Served, agent: tuple[Served, str], open_page: Any) -> None:
    own, code = agent
    page = open_page(own)
    page.goto(f"{own.address}/desk?lang=zh")
    expect(page.locator("[data-state]")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "ready")
    leads_for(served, code, agreed=True, count=_LEADS)
    worked = []
    for place in range(_LEADS):
        shown = page.locator("[data-lead]")
        expect(shown).to_be_visible()
        worked.append(shown.get_attribute("data-lead"))
        page.keyboard.press("c")
        expect(page.locator("[data-state]")).to_have_attribute("data-state", "call")
        expect(page.locator("a[href^='tel:']")).to_be_visible()
        page.keyboard.press("h")
        expect(page.locator("[data-state]")).to_have_attribute("data-state", "wrap")
        page.keyboard.press("6")
        expect(page.locator("[data-day='contacts']")).to_have_text(str(place + 1))
    assert len(set(worked)) == _LEADS
    expect(page.get_by_text("现在没有可以呼叫的线索。")).to_be_visible()


def test_a_blocked_lead_says_why_in_both_languages(served: Served, agent: tuple[Served, str]) -> None:
    own, code = agent
    post(own, "desk/presence", {"state": "ready"})
    leads_for(served, code, agreed=False, count=1)
    lead = given(served, code)
    answer = post(own, f"desk/leads/{lead}/call", {})
    assert answer["allowed"] is False
    assert answer["call"] is None
    assert all(re.search("[一-鿿]", reason["zh"]) and reason["en"] for reason in answer["reasons"])
