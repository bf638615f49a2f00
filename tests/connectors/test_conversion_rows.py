"""What ad platforms are told: every row is one their client takes, the rest is refused beforehand (S2-16, S2-46)."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.ads.googleads.v26.services.types import conversion_adjustment_upload_service as adjusting
from google.ads.googleads.v26.services.types import conversion_upload_service as uploading
from google.protobuf import json_format

from huasuan.connectors import baidu, ga4, google_ads
from huasuan.journeys import CallSaid, Conversion, Row, Unsendable, goals_of, hashed

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
ACCOUNT = google_ads.Account(
    click_action="customers/1/conversionActions/2", call_action="customers/1/conversionActions/3"
)
TYPES = {
    "uploadClickConversions": uploading.UploadClickConversionsRequest,
    "uploadCallConversions": uploading.UploadCallConversionsRequest,
    "uploadConversionAdjustments": adjusting.UploadConversionAdjustmentsRequest,
}
TRIES = 10_000


def some(chance: random.Random, place: int) -> Conversion:
    """A conversion as it may come: complete, bare, late, wrong."""
    happened = NOW - timedelta(minutes=chance.randint(-60, 100 * 1440))

    def maybe(*values: Any) -> Any:
        return chance.choice((None, *values))

    return Conversion(
        key=f"deal-{place}" * chance.choice((1, 1, 1, 9)),
        goal=chance.choice(("call", "unique_call", "target_call", "unique_target_call", "sale")),
        step=chance.choice(("conversion", "conversion", "retraction", "restatement")),
        happened_at=happened,
        changed_at=maybe(happened + timedelta(days=chance.randint(0, 70))),
        clicked_at=maybe(happened - timedelta(minutes=chance.randint(-10, 200_000))),
        called_at=maybe(happened - timedelta(minutes=chance.randint(-5, 90))),
        gclid=maybe("Cj0KCQjw-abc_DEF", "bad id\n"),
        gbraid=chance.choice((None, None, None, "0AAAA")),
        wbraid=chance.choice((None, None, None, "ClkK")),
        landing_url=maybe(
            "https://a.example/?bd_vid=77", "https://a.example/", f"https://a.example/?bd_vid={'9' * 1100}"
        ),
        client_id=maybe("12345.67890", "x" * 101),
        session_id=maybe("1720000000"),
        phone=maybe("+8613900139001", "13900139001"),
        email=maybe(" Ann@Example.com "),
        value_minor=maybe(chance.randint(0, 10_000_000)),
        currency=chance.choice(("CNY", "CNY", "USD", "JPY", "元")),
        consent_user_data=chance.choice(("granted", "denied", "unknown")),
        consent_personalization=chance.choice(("granted", "denied", "unknown")),
        junk_reason=maybe("spam"),
    )


def test_ten_thousand_conversions_are_accepted_or_refused_beforehand() -> None:
    chance = random.Random(7)
    conversions = [some(chance, place) for place in range(TRIES)]
    told = [google_ads.row_of(one, ACCOUNT, NOW) for one in conversions]
    rows = [row for row in told if isinstance(row, Row)]
    sent = 0
    for method, body in google_ads.requests(rows):
        # The platform's own type refuses unknown fields and wrong kinds of values.
        json_format.ParseDict(body | {"customerId": "1"}, TYPES[method].pb(TYPES[method]()))
        assert body["partialFailure"] is True
        (batch,) = [value for value in body.values() if isinstance(value, list)]
        assert len(batch) <= 2000
        sent += len(batch)
    assert sent == len(rows) > TRIES / 20
    assert {row.method for row in rows} == TYPES.keys()
    assert all(row.code and row.text.zh and row.text.en for row in told if isinstance(row, Unsendable))
    events = [row for row in (ga4.row_of(one, NOW) for one in conversions) if isinstance(row, Row)]
    assert events
    assert all(ga4.problems_of(row.payload) == [] for row in events)
    valid = [row for row in (baidu.row_of(one, NOW) for one in conversions) if isinstance(row, Row)]
    for method, body in baidu.requests(valid, "token"):
        assert len(body["conversionTypes"]) < 100
        assert all(len(row["logidUrl"]) <= 1024 and "bd_vid=" in row["logidUrl"] for row in body["conversionTypes"])
        assert all(
            ("invalidReason" in row) == (method == "uploadInvalidConvertData") for row in body["conversionTypes"]
        )


def a_sale(**more: Any) -> Conversion:
    given: dict[str, Any] = {
        "key": "d-1",
        "goal": "sale",
        "happened_at": NOW - timedelta(days=2),
        "gclid": "Cj0",
        "value_minor": 12345,
    }
    return Conversion(**(given | more))


def test_a_sale_goes_by_its_click_with_its_key_as_order_id() -> None:
    row = google_ads.row_of(a_sale(phone="+8613900139001", consent_user_data="granted"), ACCOUNT, NOW)
    assert isinstance(row, Row)
    assert row.payload == {
        "gclid": "Cj0",
        "conversionAction": ACCOUNT.click_action,
        "conversionDateTime": "2026-07-18 12:00:00+00:00",
        "orderId": "d-1",
        "conversionValue": 123.45,
        "currencyCode": "CNY",
        "consent": {"adUserData": "GRANTED", "adPersonalization": "UNSPECIFIED"},
        "userIdentifiers": [{"hashedPhoneNumber": hashed("+8613900139001")}],
    }
    without = google_ads.row_of(a_sale(phone="+8613900139001", consent_user_data="denied"), ACCOUNT, NOW)
    assert isinstance(without, Row)
    assert "userIdentifiers" not in without.payload


def test_a_cancelled_sale_is_taken_back_where_the_platform_allows() -> None:
    back = google_ads.row_of(a_sale(step="retraction", changed_at=NOW), ACCOUNT, NOW)
    assert isinstance(back, Row)
    assert (back.method, back.payload["adjustmentType"]) == ("uploadConversionAdjustments", "RETRACTION")
    assert back.not_before == NOW - timedelta(days=1)
    by_call = a_sale(step="retraction", gclid=None, phone="+8613900139001", called_at=NOW - timedelta(days=3))
    late = a_sale(step="retraction", happened_at=NOW - timedelta(days=55), changed_at=NOW)
    codes = [google_ads.row_of(one, ACCOUNT, NOW) for one in (by_call, late)]
    assert [one.code for one in codes if isinstance(one, Unsendable)] == ["calls_cannot_be_adjusted", "too_late"]
    invalid = baidu.row_of(
        a_sale(goal="target_call", step="retraction", landing_url="https://a.example/?bd_vid=1"), NOW
    )
    assert isinstance(invalid, Row)
    assert (invalid.method, invalid.payload["invalidReason"]) == ("uploadInvalidConvertData", "cancelled")


def test_what_is_older_than_72_hours_ga4_is_not_sent() -> None:
    young = a_sale(goal="target_call", client_id="1.2", session_id="3")
    assert isinstance(ga4.row_of(young, NOW), Row)
    old = ga4.row_of(a_sale(client_id="1.2", session_id="3", happened_at=NOW - timedelta(hours=73)), NOW)
    assert isinstance(old, Unsendable)
    assert old.code == "older_than_72_hours"


@pytest.mark.parametrize(
    ("excluded", "call_class", "unique", "unique_target"),
    list(itertools.product((False, True), ("target", "grey", "junk", None), (False, True), (False, True))),
)
def test_repeats_and_junk_are_never_target_goals(
    excluded: bool, call_class: Any, unique: bool, unique_target: bool
) -> None:
    goals = goals_of(
        CallSaid(excluded=excluded, call_class=call_class, is_unique=unique, is_unique_target=unique_target)
    )
    assert ("target_call" in goals) == (call_class == "target" and not excluded)
    assert ("unique_target_call" in goals) == (call_class == "target" and unique_target and not excluded)
    assert ("unique_call" in goals) == (unique and not excluded)
