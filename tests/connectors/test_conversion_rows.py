"""What ad platforms are told: every row is one the platform takes, the rest is refused beforehand (S2-16, S2-46)."""

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import orjson
import pytest
from google.ads.googleads.v26.services.types import conversion_adjustment_upload_service as adjusting
from google.ads.googleads.v26.services.types import conversion_upload_service as uploading
from google.protobuf import json_format

from connectors.published_shapes import check_request
from connectors.telling import NOW, some, someone, target_at
from huasuan.connectors.platforms import PLATFORMS
from huasuan.connectors.published import limits_of
from huasuan.journeys import NOBODY, CallSaid, Conversion, Person, Request, Row, Unsendable, goals_of, hashed

# `make soak` pours in 10,000 for every platform.
TRIES = int(os.environ.get("HUASUAN_CONVERSIONS", "600"))
TYPES = {
    "uploadClickConversions": uploading.UploadClickConversionsRequest,
    "uploadCallConversions": uploading.UploadCallConversionsRequest,
    "uploadConversionAdjustments": adjusting.UploadConversionAdjustmentsRequest,
}
AGREED = Person(phone="+8613900139001", user_data="granted", may_leave=True)


def google_request(request: Request, rows: list[Row]) -> None:
    """The platform's own type refuses unknown fields and wrong kinds of values."""
    body = orjson.loads(request.body)
    method = request.address.rpartition(":")[2]
    json_format.ParseDict(body | {"customerId": "1"}, TYPES[method].pb(TYPES[method]()))
    assert body["partialFailure"] is True
    assert request.headers["Authorization"] == "Bearer token"
    (batch,) = [value for value in body.values() if isinstance(value, list)]
    assert len(batch) == len(rows) <= 2000


CHECKS: Mapping[str, Callable[[Request, list[Row]], None]] = {"google_ads": google_request}


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_thousands_of_conversions_are_accepted_or_refused_beforehand(name: str) -> None:
    chance = random.Random(7)
    platform, target = PLATFORMS[name], target_at(name)
    rows: dict[str, list[Row]] = {}
    refused: Counter[str] = Counter()
    for place in range(TRIES):
        row = platform.row_of(some(chance, place), target, NOW)
        whole = platform.completed(row, someone(chance), target) if isinstance(row, Row) else row
        if isinstance(whole, Row):
            rows.setdefault(whole.method, []).append(whole)
        else:
            assert whole.code
            assert whole.text.zh
            assert whole.text.en
            refused[whole.code] += 1
    sent = 0
    for mine in rows.values():
        for begin in range(0, len(mine), platform.rows_a_request):
            batch = mine[begin : begin + platform.rows_a_request]
            request = platform.request(target, batch, "b-1", NOW, "token")
            CHECKS.get(name, lambda one, _rows: check_request(name, one))(request, batch)
            sent += len(batch)
    assert sent > TRIES / 40, refused
    assert len(refused) >= 3 or name == "webhook"
    if name == "google_ads":
        assert rows.keys() == TYPES.keys()


@pytest.mark.parametrize("name", sorted(set(PLATFORMS) - {"webhook"}))
def test_limits_stand_beside_their_source_and_date(name: str) -> None:
    limits = limits_of(name)
    assert limits.numbers
    assert all(source.startswith("http") for source in limits.sources)
    assert limits.read_on.year >= 2026
    for file in ("manifest.toml", "README.md"):
        assert files("huasuan.connectors").joinpath(name, file).is_file()


def a_sale(**more: Any) -> Conversion:
    given: dict[str, Any] = {
        "key": "d-1",
        "goal": "sale",
        "happened_at": NOW - timedelta(days=2),
        "gclid": "Cj0",
        "value_minor": 12345,
    }
    return Conversion(**(given | more))


def told(name: str, conversion: Conversion, person: Person = NOBODY, **account: str) -> Row | Unsendable:
    """The row as it would leave."""
    platform, target = PLATFORMS[name], target_at(name)
    target = replace(target, account={**target.account, **account})
    row = platform.row_of(conversion, target, NOW)
    return platform.completed(row, person, target) if isinstance(row, Row) else row


def row(name: str, conversion: Conversion, person: Person = NOBODY, **account: str) -> Row:
    found = told(name, conversion, person, **account)
    assert isinstance(found, Row), found
    return found


def code(name: str, conversion: Conversion, person: Person = NOBODY, **account: str) -> str:
    found = told(name, conversion, person, **account)
    assert isinstance(found, Unsendable), found
    return found.code


def test_a_sale_goes_to_google_by_its_click_with_its_key_as_order_id() -> None:
    assert row("google_ads", a_sale(person=1), AGREED).payload == {
        "gclid": "Cj0",
        "conversionAction": "customers/1234567890/conversionActions/2",
        "conversionDateTime": "2026-07-18 12:00:00+00:00",
        "orderId": "d-1",
        "conversionValue": 123.45,
        "currencyCode": "CNY",
        "consent": {"adUserData": "GRANTED", "adPersonalization": "UNSPECIFIED"},
        "userIdentifiers": [{"hashedPhoneNumber": hashed("+8613900139001")}],
    }
    here = replace(AGREED, may_leave=False)
    for silent in (replace(AGREED, user_data="denied"), replace(AGREED, user_data="unknown"), here, NOBODY):
        assert "userIdentifiers" not in row("google_ads", a_sale(person=1), silent).payload
    assert "userIdentifiers" not in row("google_ads", a_sale(gclid=None, wbraid="Clk", person=1), AGREED).payload


def test_a_call_conversion_names_its_caller_only_with_consent() -> None:
    by_call = a_sale(gclid=None, person=1, called_at=NOW - timedelta(days=3))
    assert row("google_ads", by_call, AGREED).payload["callerId"] == "+8613900139001"
    assert code("google_ads", by_call, replace(AGREED, user_data="denied")) == "no_consent"
    assert code("google_ads", by_call, replace(AGREED, user_data="unknown")) == "no_consent"
    assert code("google_ads", by_call, replace(AGREED, may_leave=False)) == "no_export"
    stated = row("google_ads", by_call, replace(AGREED, user_data="unknown"), people="stated")
    assert stated.payload["callerId"] == "+8613900139001"
    assert code("google_ads", by_call, replace(AGREED, user_data="denied"), people="stated") == "no_consent"
    assert code("google_ads", by_call, replace(AGREED, phone=None)) == "nothing_to_match"
    assert code("google_ads", replace(by_call, person=None)) == "nothing_to_match"


def test_a_cancelled_sale_is_taken_back_where_the_platform_allows() -> None:
    back = row("google_ads", a_sale(step="retraction", changed_at=NOW))
    assert (back.method, back.payload["adjustmentType"]) == ("uploadConversionAdjustments", "RETRACTION")
    assert back.not_before == NOW - timedelta(days=1)
    by_call = a_sale(step="retraction", gclid=None, person=1, called_at=NOW - timedelta(days=3))
    late = a_sale(step="retraction", happened_at=NOW - timedelta(days=55), changed_at=NOW)
    assert [code("google_ads", one) for one in (by_call, late)] == ["calls_cannot_be_adjusted", "too_late"]
    landed = {"landing_url": "https://a.example/?bd_vid=1"}
    invalid = row("baidu", a_sale(step="retraction", **landed))
    assert (invalid.method, invalid.payload["convertType"], invalid.payload["invalidReason"]) == (
        "uploadInvalidConvertData",
        49,
        "cancelled",
    )
    junk = row("baidu", a_sale(goal="call", junk_reason="junk call", **landed))
    assert (junk.method, junk.payload["convertType"]) == ("uploadInvalidConvertData", 30)
    valid = row("baidu", a_sale(**landed))
    assert (valid.method, valid.payload["newType"], valid.payload["convertValue"]) == ("uploadConvertData", 49, 12345)
    assert code("baidu", a_sale(step="restatement", **landed)) == "no_restatement"


def test_what_is_older_than_72_hours_ga4_is_not_sent_and_refunds_add_up() -> None:
    session = {"client_id": "1.2", "session_id": "3"}
    young = row("ga4", a_sale(goal="target_call", **session))
    assert young.not_after == NOW + timedelta(days=1)
    assert code("ga4", a_sale(happened_at=NOW - timedelta(hours=73), **session)) == "older_than_72_hours"
    assert code("ga4", a_sale(goal="call")) == "no_session"
    part = row("ga4", a_sale(step="restatement", value_minor=6000, told_minor=10000, changed_at=NOW, **session))
    (event,) = part.payload["events"]
    assert (event["name"], event["params"]["value"]) == ("refund", 40.0)
    rest = row("ga4", a_sale(step="retraction", value_minor=None, told_minor=6000, changed_at=NOW, **session))
    assert rest.payload["events"][0]["params"]["value"] == 60.0


@pytest.mark.parametrize(
    ("excluded", "call_class", "unique", "unique_target", "repeat"),
    list(itertools.product((False, True), ("target", "grey", "junk", None), *[(False, True)] * 3)),
)
def test_repeats_and_junk_are_never_target_goals(
    excluded: bool, call_class: Any, unique: bool, unique_target: bool, repeat: bool
) -> None:
    goals = goals_of(
        CallSaid(
            excluded=excluded, call_class=call_class, is_unique=unique, is_unique_target=unique_target, is_repeat=repeat
        )
    )
    assert ("target_call" in goals) == (call_class == "target" and not repeat and not excluded)
    assert ("unique_target_call" in goals) == (call_class == "target" and unique_target and not excluded)
    assert ("unique_call" in goals) == (unique and not excluded)
