"""Conversions as Google Ads takes them: by click where one is known, else by call; and adjustments of the former."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from huasuan.connectors.google_ads import limits
from huasuan.journeys import Conversion, Row, Unsendable, hashed, unsendable
from huasuan.kernel.money import to_decimal

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLICK_ID = re.compile(r"[\w.~-]{1,512}")
_CONSENT = {"granted": "GRANTED", "denied": "DENIED", "unknown": "UNSPECIFIED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account's conversion actions as resource names: one for clicks, one for calls."""

    click_action: str
    call_action: str


def row_of(conversion: Conversion, account: Account, now: datetime) -> Row | Unsendable:
    """The row to upload, or why Google would refuse it.

    A sale goes as a click conversion with its key as order id, because only those can be taken back; without a click
    it goes as a call conversion. User identifiers are sent only with consent.
    """
    if not 1 <= len(conversion.key) <= limits.LONGEST_ORDER_ID:
        return unsendable(conversion, "order_id", "订单号须为 1 到 64 个字符", "an order id has 1 to 64 characters")
    if not _CURRENCY.fullmatch(conversion.currency):
        return unsendable(conversion, "currency", "币种须为 ISO 4217 代码", "the currency is an ISO 4217 code")
    if conversion.happened_at > now:
        return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
    clicks = _clicks(conversion)
    if len(clicks) > 1:
        return unsendable(
            conversion, "click_ids", "gclid、gbraid、wbraid 只能有一个", "only one of gclid, gbraid and wbraid"
        )
    if any(not _CLICK_ID.fullmatch(value) for value in clicks.values()):
        return unsendable(conversion, "click_id", "点击编号格式不对", "the click id is malformed")
    if conversion.step != "conversion":
        return _adjustment(conversion, account, now, by_click=bool(clicks))
    return _click(conversion, account, clicks) if clicks else _call(conversion, account)


def requests(rows: Sequence[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests of at most 2,000 rows of one method; a faulty row must not hold back the others."""
    named = {limits.CLICK: "conversions", limits.CALL: "conversions", limits.ADJUSTMENT: "conversionAdjustments"}
    for method, field in named.items():
        mine = [row.payload for row in rows if row.method == method]
        for begin in range(0, len(mine), limits.ROWS_A_REQUEST):
            yield method, {field: mine[begin : begin + limits.ROWS_A_REQUEST], "partialFailure": True}


def _clicks(conversion: Conversion) -> dict[str, str]:
    found = {"gclid": conversion.gclid, "gbraid": conversion.gbraid, "wbraid": conversion.wbraid}
    return {name: value for name, value in found.items() if value}


def _click(conversion: Conversion, account: Account, clicks: dict[str, str]) -> Row | Unsendable:
    clicked = conversion.clicked_at
    if clicked is not None and not clicked < conversion.happened_at:
        return unsendable(conversion, "before_click", "转化须晚于点击", "the conversion comes after the click")
    if clicked is not None and conversion.happened_at - clicked > limits.LONGEST_CLICK_AGE:
        return unsendable(conversion, "click_too_old", "点击早于 90 天前", "the click is older than 90 days")
    payload: dict[str, Any] = {
        **clicks,
        "conversionAction": account.click_action,
        "conversionDateTime": _time(conversion.happened_at),
        "orderId": conversion.key,
        **_value(conversion),
        "consent": _consent(conversion),
    }
    # Braids are made so that nobody can be recognised; a person must not be added to them.
    if "gclid" in clicks and (people := _identifiers(conversion)):
        payload["userIdentifiers"] = people
    wait = (clicked or conversion.happened_at) + limits.WAIT
    return Row(method=limits.CLICK, key=conversion.key, payload=payload, not_before=wait)


def _call(conversion: Conversion, account: Account) -> Row | Unsendable:
    if not conversion.phone or conversion.called_at is None:
        return unsendable(
            conversion, "nothing_to_match", "既无点击编号也无来电号码", "neither a click id nor a caller is known"
        )
    if not _E164.fullmatch(conversion.phone):
        return unsendable(conversion, "not_e164", "号码须为 +国家码 格式", "the number is not in E.164")
    if not conversion.called_at < conversion.happened_at:
        return unsendable(conversion, "before_call", "转化须晚于来电开始", "the conversion comes after the call began")
    if conversion.consent_user_data == "denied":
        return unsendable(conversion, "no_consent", "客户不同意发送其数据", "the person did not consent to it")
    payload = {
        "callerId": conversion.phone,
        "callStartDateTime": _time(conversion.called_at),
        "conversionAction": account.call_action,
        "conversionDateTime": _time(conversion.happened_at),
        **_value(conversion),
        "consent": _consent(conversion),
    }
    wait = conversion.called_at + limits.WAIT
    return Row(method=limits.CALL, key=conversion.key, payload=payload, not_before=wait)


def _adjustment(conversion: Conversion, account: Account, now: datetime, *, by_click: bool) -> Row | Unsendable:
    """A retraction or restatement; the platform takes them of click conversions only."""
    if not by_click:
        return unsendable(
            conversion,
            "calls_cannot_be_adjusted",
            "Google 不接受撤回电话转化；仅更正我方报表",
            "Google takes back no call conversion; only our own reports are corrected",
        )
    changed = conversion.changed_at or now
    if changed - conversion.happened_at > limits.ADJUST_UNTIL:
        return unsendable(conversion, "too_late", "已超过 54 天，不能再更正", "after 54 days it cannot be adjusted")
    payload: dict[str, Any] = {
        "adjustmentType": "RETRACTION" if conversion.step == "retraction" else "RESTATEMENT",
        "conversionAction": account.click_action,
        "orderId": conversion.key,
        "adjustmentDateTime": _time(changed),
    }
    if conversion.step == "restatement":
        if conversion.value_minor is None:
            return unsendable(conversion, "no_value", "更正须给出新金额", "a restatement needs the new value")
        worth = _value(conversion)
        payload["restatementValue"] = {
            "adjustedValue": worth["conversionValue"],
            "currencyCode": worth["currencyCode"],
        }
    wait = conversion.happened_at + limits.ADJUST_AFTER
    return Row(method=limits.ADJUSTMENT, key=conversion.key, payload=payload, not_before=wait)


def _value(conversion: Conversion) -> dict[str, Any]:
    if conversion.value_minor is None:
        return {}
    amount: Decimal = to_decimal(conversion.value_minor, conversion.currency)
    return {"conversionValue": float(amount), "currencyCode": conversion.currency}


def _identifiers(conversion: Conversion) -> list[dict[str, str]]:
    if conversion.consent_user_data != "granted":
        return []
    found = []
    if conversion.phone and _E164.fullmatch(conversion.phone):
        found.append({"hashedPhoneNumber": hashed(conversion.phone)})
    if conversion.email:
        found.append({"hashedEmail": hashed(conversion.email)})
    return found[: limits.MOST_IDENTIFIERS]


def _consent(conversion: Conversion) -> dict[str, str]:
    return {
        "adUserData": _CONSENT[conversion.consent_user_data],
        "adPersonalization": _CONSENT[conversion.consent_personalization],
    }


def _time(moment: datetime) -> str:
    """``2026-07-01 10:00:00+08:00``: the zone is required."""
    return moment.isoformat(sep=" ", timespec="seconds")
