"""Many calls are tagged in one request, in a real browser."""

import re
from typing import Any

from playwright.sync_api import Request, expect

from web.served import Served


def test_all_calls_of_a_page_are_tagged_in_one_request(served: Served, open_page: Any) -> None:
    page = open_page(served)
    page.goto(f"{served.address}/calls?lang=en&where=direction%3Din")
    page.wait_for_selector("table tbody tr a")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if "/tag" in request.url else None)
    bar = page.get_by_role("group", name="Tag the chosen calls")
    bar.get_by_role("button", name="Choose all").click()
    chosen = re.search(r"(\d+) chosen", bar.get_by_role("status").inner_text())
    assert chosen is not None
    for word in ("Target", "Take tags back"):
        bar.get_by_role("button", name="Choose all").click()
        bar.get_by_role("button", name=re.compile(word, re.IGNORECASE)).click()
        expect(bar.get_by_role("status")).to_contain_text("0 chosen", timeout=30_000)
    assert [request.url.split("/api/v1")[1] for request in sent] == ["/calls/tags"] * 2
    # The reason goes with the word, and calls are put aside with theirs.
    bar.get_by_role("button", name="Choose all").click()
    bar.get_by_label("Why it is not to count").fill("a drill")
    bar.get_by_role("button", name="Exclude").click()
    expect(bar.get_by_role("status")).to_contain_text("0 chosen", timeout=30_000)
    put_aside = sent[2].post_data_json
    assert (put_aside["excluded"], put_aside["call_class"]) == ("a drill", None)
    bar.get_by_role("button", name="Choose all").click()
    bar.get_by_role("button", name="Take tags back").click()
    expect(bar.get_by_role("status")).to_contain_text("0 chosen", timeout=30_000)
    told = sent[0].post_data_json
    assert len(told["calls"]) == int(chosen[1]) > 50
