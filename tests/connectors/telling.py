"""Accounts at every platform for tests, conversions as they may come, and the platforms' published shapes."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from huasuan.journeys import Conversion, Person, Target

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
EVERY_GOAL = ("call", "unique_call", "target_call", "unique_target_call", "sale")
ACCOUNTS: Mapping[str, tuple[dict[str, str], dict[str, str]]] = {
    "google_ads": (
        {"customer": "1234567890", "click_action": "2", "call_action": "3"},
        {"developer_token": "dev", "client_id": "app", "client_secret": "hush", "refresh_token": "again"},
    ),
    "ga4": ({"measurement_id": "G-ABCD1234"}, {"api_secret": "hush"}),
    "baidu": ({"sale_as": "49"}, {"token": "hush"}),
    "webhook": ({}, {"secret": "k" * 16}),
    "oceanengine": ({}, {}),
    "tencent": (
        {"account_id": "77", "user_action_set_id": "88", "client_id": "99"},
        {"client_secret": "hush", "refresh_token": "again"},
    ),
    "yandex": ({"counter": "110783019", "call_as": "call", "sale_as": "order_confirmed"}, {"token": "hush"}),
}


def target_at(platform: str, *, address: str = "", **more: Any) -> Target:
    """An account of the platform that is told everything."""
    account, secrets = ACCOUNTS[platform]
    said: dict[str, Any] = {
        "name": platform, "platform": platform, "address": address, "account": account, "secrets": secrets,
        "goals": EVERY_GOAL, "since": NOW - timedelta(days=400),
    } | more  # fmt: skip
    return Target(**said)


def some(chance: random.Random, place: int) -> Conversion:
    """A conversion as it may come: complete, bare, late, wrong."""
    happened = NOW - timedelta(minutes=chance.choice((chance.randint(-60, 4000), chance.randint(0, 100 * 1440))))

    def maybe(*values: Any) -> Any:
        return chance.choice((None, *values))

    return Conversion(
        key=f"deal-{place}" * chance.choice((1, 1, 1, 9)),
        goal=chance.choice(EVERY_GOAL),
        step=chance.choice(("conversion", "conversion", "retraction", "restatement")),
        happened_at=happened,
        changed_at=maybe(happened + timedelta(days=chance.randint(0, 70)), NOW),
        clicked_at=maybe(happened - timedelta(minutes=chance.randint(-10, 200_000))),
        called_at=maybe(happened - timedelta(minutes=chance.randint(-5, 90))),
        gclid=maybe("Cj0KCQjw-abc_DEF", "bad id\n", "名"),
        gbraid=chance.choice((None, None, None, "0AAAA")),
        wbraid=chance.choice((None, None, None, "ClkK")),
        clickid=maybe("EP7Z_2k", "x" * 3000),
        qz_gdt=maybe("wx0abc", "x" * 65),
        yclid=maybe("1772125921407675467", 'a,"b"\n'),
        ym_client=maybe("1772217754100347291", "no number"),
        landing_url=maybe(
            "https://a.example/?bd_vid=77",
            "https://a.example/",
            f"https://a.example/?bd_vid={'9' * 1100}",
            "https://[broken/?bd_vid=1",
        ),
        client_id=maybe("12345.67890", "98765.43210", "x" * 101),
        session_id=maybe("1720000000", "1720000001"),
        person=maybe(place, place, place),
        value_minor=maybe(chance.randint(0, 10_000_000), 10**15),
        told_minor=maybe(10_000_000, chance.randint(0, 10_000_000), 10_000_000),
        currency=chance.choice(("CNY", "CNY", "USD", "JPY", "元")),
        junk_reason=maybe("junk call"),
        talk_seconds=maybe(0, 75, 100_000),
        missed=chance.random() < 0.2,
    )


def someone(chance: random.Random) -> Person:
    """A caller as the store knows one."""
    return Person(
        phone=chance.choice((None, "+8613900139001", "+8613900139001", "+8613900139001", "13900139001", "[erased]")),
        email=chance.choice((None, " Ann@Example.com ")),
        user_data=chance.choice(("granted", "granted", "denied", "unknown")),
        personalization=chance.choice(("granted", "denied", "unknown")),
        may_leave=chance.random() < 0.8,
    )
