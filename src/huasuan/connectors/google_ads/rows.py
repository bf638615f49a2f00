"""Rows as Google Ads takes them: by click where one is known, else by call; and adjustments of the former."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from huasuan.connectors.published import limits_of
from huasuan.journeys import Conversion, Person, Row, Target, Unsendable, hashed, unsendable
from huasuan.kernel.money import is_currency, to_decimal
from huasuan.kernel.text import Text

CLICK, CALL, ADJUSTMENT = "uploadClickConversions", "uploadCallConversions", "uploadConversionAdjustments"
LIMITS = limits_of("google_ads")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CLICK_ID = re.compile(rf"[\w.~-]{{1,{LIMITS['click_id_letters']}}}", re.ASCII)
_CONSENT = {"granted": "GRANTED", "denied": "DENIED", "unknown": "UNSPECIFIED"}


def row_for(conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
    """The row to upload, or why Google would refuse it.

    A sale goes as a click conversion with its key as order id, because only those can be taken back; without a click
    it goes as a call conversion. User identifiers are sent only with consent.
    """
    if not 1 <= len(conversion.key) <= LIMITS["order_id_letters"]:
        return unsendable(conversion, "order_id", "订单号须为 1 到 64 个字符", "an order id has 1 to 64 characters")
    if not is_currency(conversion.currency):
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
        return _adjustment(conversion, target, now, by_click=bool(clicks))
    if conversion.junk_reason is not None:
        return unsendable(conversion, "junk", "垃圾来电不告知", "junk calls are not told")
    return _click(conversion, target, clicks, now) if clicks else _call(conversion, target)


def completed_row(row: Row, person: Person) -> Row | Unsendable:
    """With what the person agreed to; a call conversion is nothing without the caller."""
    consent = {
        "adUserData": _CONSENT[person.user_data],
        "adPersonalization": _CONSENT[person.personalization],
    }
    if row.method == ADJUSTMENT:
        return row
    if row.method == CLICK:
        # Braids are made so that nobody can be recognised; a person must not be added to them.
        told = "gclid" in row.payload and person.user_data == "granted" and person.may_leave
        people = _identifiers(person) if told else []
        return replace(
            row, payload=row.payload | {"consent": consent} | ({"userIdentifiers": people} if people else {})
        )
    if person.user_data != "granted":
        return Unsendable(
            key=row.key,
            code="no_consent",
            text=Text(
                zh="没有来电人对广告平台用途（ads）的同意，不发送其号码",
                en="the caller has not agreed to be told to ad platforms (purpose ads), so the number does not leave",
            ),
        )
    if not person.may_leave:
        return Unsendable(
            key=row.key,
            code="no_export",
            text=Text(
                zh="规则 R14 不允许号码出境：请登记来电人对出境（用途 abroad）的单独同意，"
                "或在“自有呼叫规则”中就 R14 写明法律依据",
                en="rule R14 keeps the number in its country: record the caller’s separate consent (purpose abroad), "
                "or an own rule for R14 with its legal basis",
            ),
        )
    if person.phone is None or not _E164.fullmatch(person.phone):
        return Unsendable(
            key=row.key,
            code="nothing_to_match",
            text=Text(zh="既无点击编号也无来电号码", en="neither a click id nor a caller is known"),
        )
    return replace(row, payload=row.payload | {"callerId": person.phone, "consent": consent})


def _clicks(conversion: Conversion) -> dict[str, str]:
    found = {"gclid": conversion.gclid, "gbraid": conversion.gbraid, "wbraid": conversion.wbraid}
    return {name: value for name, value in found.items() if value}


def _action(target: Target, name: str) -> str:
    return f"customers/{target.account['customer']}/conversionActions/{target.account[name]}"


def _click(conversion: Conversion, target: Target, clicks: dict[str, str], now: datetime) -> Row | Unsendable:
    clicked, longest = conversion.clicked_at, LIMITS.hours("click_hours")
    if clicked is not None and not clicked < conversion.happened_at:
        return unsendable(conversion, "before_click", "转化须晚于点击", "the conversion comes after the click")
    if clicked is not None and max(conversion.happened_at, now) - clicked > longest:
        return unsendable(conversion, "click_too_old", "点击早于 90 天前", "the click is older than 90 days")
    payload: dict[str, Any] = {
        **clicks,
        "conversionAction": _action(target, "click_action"),
        "conversionDateTime": _time(conversion.happened_at),
        "orderId": conversion.key,
        **_value(conversion),
    }
    return Row(
        method=CLICK,
        key=conversion.key,
        payload=payload,
        not_before=(clicked or conversion.happened_at) + LIMITS.hours("wait_hours"),
        not_after=(clicked or conversion.happened_at) + longest,
        person=conversion.person,
    )


def _call(conversion: Conversion, target: Target) -> Row | Unsendable:
    if conversion.person is None or conversion.called_at is None:
        return unsendable(
            conversion, "nothing_to_match", "既无点击编号也无来电号码", "neither a click id nor a caller is known"
        )
    if not target.account.get("call_action"):
        return unsendable(conversion, "no_call_action", "账户未填来电转化操作", "the account names no action for calls")
    if not conversion.called_at < conversion.happened_at:
        return unsendable(conversion, "before_call", "转化须晚于来电开始", "the conversion comes after the call began")
    payload = {
        "callStartDateTime": _time(conversion.called_at),
        "conversionAction": _action(target, "call_action"),
        "conversionDateTime": _time(conversion.happened_at),
        **_value(conversion),
    }
    return Row(
        method=CALL,
        key=conversion.key,
        payload=payload,
        not_before=conversion.called_at + LIMITS.hours("wait_hours"),
        not_after=conversion.called_at + LIMITS.hours("click_hours"),
        person=conversion.person,
    )


def _adjustment(conversion: Conversion, target: Target, now: datetime, *, by_click: bool) -> Row | Unsendable:
    """A retraction or restatement; the platform takes them of click conversions only."""
    if not by_click:
        return unsendable(
            conversion,
            "calls_cannot_be_adjusted",
            "Google 不接受撤回电话转化；仅更正我方报表",
            "Google takes back no call conversion; only our own reports are corrected",
        )
    changed, until = conversion.changed_at or now, conversion.happened_at + LIMITS.hours("adjust_until_hours")
    if max(changed, now) > until:
        return unsendable(conversion, "too_late", "已超过 54 天，不能再更正", "after 54 days it cannot be adjusted")
    if changed < conversion.happened_at:
        return unsendable(conversion, "before_sale", "更正须晚于转化", "an adjustment comes after the conversion")
    payload: dict[str, Any] = {
        "adjustmentType": "RETRACTION" if conversion.step == "retraction" else "RESTATEMENT",
        "conversionAction": _action(target, "click_action"),
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
    return Row(
        method=ADJUSTMENT,
        key=conversion.key,
        payload=payload,
        not_before=conversion.happened_at + LIMITS.hours("adjust_after_hours"),
        not_after=until,
    )


def _value(conversion: Conversion) -> dict[str, Any]:
    if conversion.value_minor is None:
        return {}
    amount: Decimal = to_decimal(conversion.value_minor, conversion.currency)
    return {"conversionValue": float(amount), "currencyCode": conversion.currency}


def _identifiers(person: Person) -> list[dict[str, str]]:
    found = []
    if person.phone and _E164.fullmatch(person.phone):
        found.append({"hashedPhoneNumber": hashed(person.phone)})
    if person.email:
        found.append({"hashedEmail": hashed(person.email)})
    return found[: LIMITS["identifiers"]]


def _time(moment: datetime) -> str:
    """``2026-07-01 10:00:00+08:00``: the zone is required."""
    return moment.isoformat(sep=" ", timespec="seconds")
