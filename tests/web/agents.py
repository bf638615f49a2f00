"""Agents with a seat in the sample business, and leads that go to them alone."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zlib import crc32

import httpx2

from web.served import PASSWORD, Served, post
from web.served import _entered as entered

_NUMBERS = count()


def hired(served: Served, worker: str, *, sales: bool = False) -> tuple[Served, str]:
    """Somebody with an agent code and a seat of their own skill, ready, to whom leads of that source go."""
    code = f"work-{worker}-{next(_NUMBERS)}"
    body = {"email": f"{code}@example.com", "name": "周工", "role": "agent", "agent": code}
    token = post(served, "users", body)["invitation"]
    put(served, "leads/seats", {"agent": code, "skills": [code], "capacity": 1000, "sales": sales})
    put(served, "leads/rules", {"name": code, "sources": [code], "skill": code})
    own = replace(served, cookie=entered(served.address, "invitation", {"token": token, "password": PASSWORD}))
    post(own, "desk/presence", {"state": "ready"})
    return own, code


def put(served: Served, path: str, body: object) -> dict[str, Any]:
    headers = {"Cookie": f"huasuan={served.cookie}", "Origin": served.address}
    answer = httpx2.put(f"{served.address}/api/v1/{path}", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def number_for(code: str, block: int, place: int) -> str:
    """The number of a lead of that agent, and of nobody else's."""
    return f"+86138{block}{crc32(code.encode()) % 100_000:05d}{place:02d}"


def leads_for(served: Served, code: str, *, agreed: bool, count: int) -> None:
    """Leads by the rule of that agent; who asked to be called back may be called at any hour."""
    at = datetime.now(UTC).isoformat()
    block = 1 if agreed else 2
    people = [(f"{code}-{block}-{n}", number_for(code, block, n)) for n in range(count)]
    if agreed:
        consents = [
            {"key": key, "at": at, "purpose": "callback", "given": True, "phone": phone, "evidence": "form"}
            for key, phone in people
        ]
        assert post(served, "facts/consent", consents)["refused"] == 0
    sent = [
        {
            "key": key,
            "created_at": at,
            "phone": phone,
            "name": f"客户 {key}",
            "source": code,
            "origin": "callback" if agreed else "file",
        }
        for key, phone in people
    ]
    assert post(served, "facts/lead", sent)["refused"] == 0


def given(served: Served, code: str) -> int:
    for _ in range(100):
        headers = {"Cookie": f"huasuan={served.cookie}"}
        answer = httpx2.get(
            f"{served.address}/api/v1/leads", params={"owner": code, "limit": 1000}, headers=headers, timeout=30
        )
        # Whoever is ready is also given what waits in the sample business.
        if found := [one for one in answer.json()["leads"] if (one["name"] or "").startswith(f"客户 {code}-")]:
            return int(found[0]["id"])
        time.sleep(0.1)
    raise AssertionError("the lead was not given")
