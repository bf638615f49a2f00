"""What somebody imported is shown as what it is: no text of any record becomes an element or a script (XSS)."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from app.people.hostile import free_texts, records
from huasuan.intake import KINDS
from web.served import Served, set_up, start
from web.test_screens import SCREENS

PAYLOAD = (
    '"\'><img src=x onerror="window.pwned=\'FIELD\'"><svg onload="window.pwned=1"></svg><script>window.pwned=2</script>'
)
_INJECTED = (
    "() => window.pwned !== undefined || document.querySelector('img[src=x], svg[onload], script:not([src])') !== null"
)
_LOADED = "() => !document.querySelector('.ant-skeleton') && !document.querySelector('.chart:not([data-drawn])')"


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Any:
    home = tmp_path_factory.mktemp("poisoned") / "home"
    home.mkdir(mode=0o700)
    process, address, token = start(home, package, sample=False)
    served = Served(address=address, pid=process.pid, cookie=set_up(address, token))
    created = sum(_deliver(served, kind) for kind in KINDS)
    assert created > 0.6 * sum(len(free_texts(kind)) + 1 for kind in KINDS), "most fields took it"
    yield served
    process.terminate()
    process.wait(timeout=20)


def _deliver(served: Served, kind: str) -> int:
    body = json.dumps(list(records(kind, PAYLOAD))).encode()
    headers = {"Content-Type": "application/json", "Cookie": f"huasuan={served.cookie}", "Origin": served.address}
    request = urllib.request.Request(f"{served.address}/api/v1/facts/{kind}", data=body, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return int(json.loads(response.read())["created"])


def test_no_screen_runs_what_was_imported(poisoned: Served, open_page: Any) -> None:
    page = open_page(poisoned)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    shown = 0
    for path in [path for path in SCREENS.values() if "$" not in path]:
        page.goto(f"{poisoned.address}{path}")
        page.wait_for_selector(".page-head h1")
        page.wait_for_function(_LOADED)
        assert not page.evaluate(_INJECTED), path
        shown += "onerror" in page.locator("body").inner_text()
    assert shown >= 5, "it was there to be seen"


def test_neither_do_a_card_a_customer_and_the_facts_behind_a_figure(poisoned: Served, open_page: Any) -> None:
    page = open_page(poisoned)
    page.goto(f"{poisoned.address}/calls")
    page.locator("a[href^='/calls/']").first.wait_for()
    cards = [link.get_attribute("href") for link in page.locator("a[href^='/calls/']").all()]
    for card in cards[:12]:
        page.goto(f"{poisoned.address}{card}")
        page.wait_for_selector(".ant-descriptions")
        assert not page.evaluate(_INJECTED), card
    page.locator("a[href^='/customers/']").first.click()
    page.wait_for_url("**/customers/*")
    page.wait_for_function(_LOADED)
    assert not page.evaluate(_INJECTED)
    page.goto(f"{poisoned.address}/explore?metrics=dials,inbound_calls&by=channel&period=all")
    page.locator(".figures .figure").first.click()
    page.get_by_role("dialog").locator(".ant-table-row").first.wait_for()
    assert not page.evaluate(_INJECTED)
