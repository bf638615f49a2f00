"""Forms on pages: what they ask, what is believed, the consent they leave, and what is refused (S3-31, S3-9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.people.visitors import found_owner, house
from huasuan import leads
from huasuan.app import wiring
from huasuan.app.worker.minder import Minder
from huasuan.kernel.time import now
from huasuan.leads import Seat
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

PAGE = "https://www.example.com"
CONSENT_ZH, CONSENT_EN = (
    "我同意贵司就我的咨询电话联系我，可随时撤回。",
    "You may call me about my enquiry, until I say no.",
)
FORM = {
    "name": "官网留言",
    "fields": ["name", "company", "interest"],
    "consent_zh": CONSENT_ZH,
    "consent_en": CONSENT_EN,
}
FIELDS = {"phone": "139 1234 5678", "name": "王女士", "company": "华算科技", "interest": "想要报价"}


@dataclass
class Town:
    """A service with one site, a form on it, and the owner who made both."""

    store: Store
    workspace: int
    owner: TestClient
    page: TestClient
    key: str
    site: int

    def send(self, *, origin: str = PAGE, fields: dict[str, str] | None = None, **said: object) -> tuple[int, str]:
        body = {"fields": fields or FIELDS, "agreed": True, "page": f"{PAGE}/a?utm_source=baidu&utm_medium=cpc", **said}
        headers = {"Origin": origin, "Content-Type": "text/plain"}
        answer = self.page.post(f"/api/v1/form/{self.key}", json=body, headers=headers)
        return answer.status_code, "" if answer.status_code == 200 else answer.json()["code"]

    def facts(self, kind: str) -> list[Any]:
        table = wiring.KINDS[kind].table
        with self.store.read() as connection:
            return list(
                connection.execute(select(table).where(table.c.workspace == self.workspace).order_by(table.c.seq))
            )


@pytest.fixture
def town(sqlite_template: Path, tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(tmp_path / "store.sqlite")
    with store.write() as connection:
        space = create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    with house(store, tmp_path) as here:
        owner = here.signed_in("owner@example.com")
        site = owner.post("/api/v1/tracking/sites", json={"name": "主站", "settings": {"origins": [PAGE]}}).json()["id"]
        kept = owner.put("/api/v1/leads/forms", json=FORM | {"site": site})
        assert kept.status_code == 200, kept.text
        yield Town(store, space.id, owner, here.browser(), kept.json()["key"], site)
    store.close()


def test_a_form_becomes_a_lead_that_may_be_called_with_the_words_agreed_to(town: Town) -> None:
    assert town.send(once="abc") == (200, "")
    (lead,) = town.facts("lead")
    assert (lead.name, lead.company, lead.interest, lead.origin) == ("王女士", "华算科技", "想要报价", "form")
    assert (lead.channel, lead.source) == ("paid_search", "baidu")
    (consent,) = town.facts("consent")
    assert (consent.purpose, consent.given, consent.text_version) == ("marketing", True, f"{town.key} v1 zh")
    assert consent.evidence.startswith(f"form 官网留言 v1; page {PAGE}/a; address ")
    with town.store.write() as connection:
        leads.keep_seat(connection, workspace=town.workspace, seat=Seat(agent="an"), at=now())
    Minder(town.store).look()
    with town.store.read() as connection:
        (case,) = leads.list_cases(connection, workspace=town.workspace)
        answer = leads.may_call(connection, workspace=town.workspace, case=case, agent="an", at=now())
    assert case.owner == "an"
    assert answer is not None
    assert "R01" not in {reason.rule for reason in answer.reasons}


def test_the_same_filling_in_sent_twice_is_one_lead(town: Town) -> None:
    assert [town.send(once="abc"), town.send(once="abc")] == [(200, ""), (200, "")]
    assert {one.source_key for one in town.facts("lead")} == {f"{town.key} abc"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"origin": "https://elsewhere.example"}, (403, "strange_page")),
        ({"origin": ""}, (403, "strange_page")),
        ({"agreed": False}, (400, "not_agreed")),
        ({"fields": {"name": "王"}}, (400, "not_a_phone")),
        ({"fields": FIELDS | {"name": "王" * 201}}, (400, "field_too_long")),
        ({"visitor": "<script>"}, (400, "bad_words")),
    ],
)
def test_what_is_refused_leaves_nothing(town: Town, said: dict[str, object], expected: tuple[int, str]) -> None:
    assert town.send(**said) == expected  # type: ignore[arg-type]
    assert town.facts("lead") == []


def test_what_a_program_fills_in_is_answered_like_any_other_and_forgotten(town: Town) -> None:
    assert town.send(fields=FIELDS | {"website": "https://spam.example"}) == (200, "")
    assert town.facts("lead") == []
    assert town.facts("consent") == []


def test_one_address_may_send_five_in_ten_minutes(town: Town) -> None:
    found = [town.send(fields=FIELDS | {"phone": f"1391234567{n}"}) for n in range(6)]
    assert found == [(200, "")] * 5 + [(429, "form_too_often")]
    assert len(town.facts("lead")) == 5


def test_only_pages_of_the_site_may_read_what_the_form_asks(town: Town) -> None:
    own = town.page.get(f"/api/v1/form/{town.key}?lang=en", headers={"Origin": PAGE})
    assert own.headers["access-control-allow-origin"] == PAGE
    assert own.json()["consent"] == CONSENT_EN
    assert [field["name"] for field in own.json()["fields"]] == ["phone", "name", "company", "interest"]
    strange = town.page.get(f"/api/v1/form/{town.key}", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in strange.headers
    refused = town.page.post(f"/api/v1/form/{town.key}", content=b"{}", headers={"Origin": PAGE})
    assert refused.status_code == 400
    assert refused.headers["access-control-allow-origin"] == PAGE


def test_a_plain_form_needs_no_script(town: Town) -> None:
    headers = {"Origin": PAGE, "Content-Type": "application/x-www-form-urlencoded", "Referer": f"{PAGE}/contact"}
    body = {**FIELDS, "agreed": "1", "website": ""}
    answer = town.page.post(f"/api/v1/form/{town.key}", data=body, headers=headers)
    assert answer.status_code == 200
    assert "已收到" in answer.text
    (lead,) = town.facts("lead")
    assert lead.name == "王女士"
    without = town.page.post(f"/api/v1/form/{town.key}", data=FIELDS, headers=headers)
    assert without.status_code == 400
    assert "请先勾选同意" in without.text
    assert "please tick" in without.text
    assert len(town.facts("lead")) == 1


def test_new_words_are_a_new_version_and_old_consents_keep_theirs(town: Town) -> None:
    town.send()
    words = CONSENT_ZH + "（第二版）"
    changed = FORM | {"site": town.site, "key": town.key, "consent_zh": words, "thanks_url": f"{PAGE}/thanks"}
    assert town.owner.put("/api/v1/leads/forms", json=changed).json() == {"key": town.key, "version": 2}
    town.send(fields=FIELDS | {"phone": "13912345679"})
    assert sorted(one.text_version for one in town.facts("consent")) == [f"{town.key} v1 zh", f"{town.key} v2 zh"]
    (row,) = town.owner.get("/api/v1/leads/forms").json()["forms"]
    assert (row["version"], row["consent_zh"]) == (2, words)
    assert f'data-huasuan-form="{town.key}"' in row["script"]
    headers = {"Origin": PAGE, "Content-Type": "application/x-www-form-urlencoded"}
    data = FIELDS | {"phone": "13912345680", "agreed": "1"}
    plain = town.page.post(f"/api/v1/form/{town.key}", data=data, headers=headers, follow_redirects=False)
    assert (plain.status_code, plain.headers["location"]) == (303, f"{PAGE}/thanks")


@pytest.mark.parametrize(("empty", "spoken"), [("consent_en", "zh"), ("consent_zh", "en")])
def test_a_form_of_one_language_speaks_it_on_every_page(town: Town, empty: str, spoken: str) -> None:
    """The consent names the language whose words were shown, whatever the page's own is."""
    kept = town.owner.put("/api/v1/leads/forms", json=FORM | {"site": town.site, "key": town.key, empty: ""})
    assert kept.status_code == 200, kept.text
    label, words = ("电话", CONSENT_ZH) if spoken == "zh" else ("Telephone", CONSENT_EN)
    for asked in ("zh", "en"):
        shown = town.page.get(f"/api/v1/form/{town.key}", params={"lang": asked}).json()
        assert (shown["language"], shown["consent"], shown["fields"][0]["label"]) == (spoken, words, label)
        assert town.send(language=asked) == (200, "")
    assert {one.text_version for one in town.facts("consent")} == {f"{town.key} v2 {spoken}"}
    (row,) = town.owner.get("/api/v1/leads/forms").json()["forms"]
    assert f"<label>{label} <input" in row["plain"]
    assert words in row["plain"]


def test_a_form_of_both_languages_speaks_the_one_of_the_page(town: Town) -> None:
    for asked, words in (("zh", CONSENT_ZH), ("en", CONSENT_EN)):
        shown = town.page.get(f"/api/v1/form/{town.key}", params={"lang": asked}).json()
        assert (shown["language"], shown["consent"]) == (asked, words)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"consent_zh": "", "consent_en": ""}, "bad_form"),
        ({"consent_en": "Agreed."}, "bad_form"),
        ({"thanks_url": "https://elsewhere.example/"}, "foreign_page"),
        ({"key": "none"}, "no_form_here"),
    ],
)
def test_a_form_that_cannot_be_is_refused(town: Town, change: dict[str, str], code: str) -> None:
    answer = town.owner.put("/api/v1/leads/forms", json=FORM | {"site": town.site} | change)
    assert answer.json()["code"] == code


def test_a_form_taken_out_of_use_is_gone(town: Town) -> None:
    town.owner.put("/api/v1/leads/forms", json=FORM | {"site": town.site, "key": town.key, "active": False})
    assert town.send() == (404, "no_form_here")
