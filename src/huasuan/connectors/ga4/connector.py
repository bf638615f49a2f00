"""Call events as Google Analytics 4 takes them (Measurement Protocol)."""

import re
from datetime import datetime, timedelta
from typing import Any

from huasuan.journeys import Conversion, Row, Unsendable, unsendable
from huasuan.kernel.money import to_decimal

OLDEST = timedelta(hours=72)
EVENTS_A_REQUEST, PARAMETERS, LONGEST_NAME, LONGEST_VALUE, BODY_BYTES = 25, 25, 40, 100, 130_000
COLLECT = "mp/collect"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def row_of(conversion: Conversion, now: datetime) -> Row | Unsendable:
    """One event at hang-up, in the caller's own session.

    Older than 72 hours it would be counted today, so it is not sent; with a click it may go to Google Ads. GA4 takes
    nothing back: a return is its own event (``refund``) of the sale, by its transaction id.
    """
    moment = (
        conversion.changed_at if conversion.step != "conversion" and conversion.changed_at else conversion.happened_at
    )
    if not conversion.client_id or not conversion.session_id:
        return unsendable(
            conversion,
            "no_session",
            "缺少 client_id 或 session_id，会另成新会话",
            "without client_id and session_id it would begin a session of its own",
        )
    if max(len(conversion.client_id), len(conversion.session_id), len(conversion.key)) > LONGEST_VALUE:
        return unsendable(conversion, "too_long", "参数超过 100 个字符", "a parameter has more than 100 characters")
    if not now - OLDEST < moment <= now:
        return unsendable(
            conversion,
            "older_than_72_hours",
            "超过 72 小时，GA4 不再接受；可改由 Google Ads 离线导入",
            "older than 72 hours GA4 takes nothing; Google Ads may take it as an offline import",
        )
    if conversion.step != "conversion" and conversion.goal != "sale":
        return unsendable(conversion, "no_taking_back", "GA4 不能撤回通话事件", "GA4 takes back no call event")
    if not _CURRENCY.fullmatch(conversion.currency):
        return unsendable(conversion, "currency", "币种须为 ISO 4217 代码", "the currency is an ISO 4217 code")
    return Row(method=COLLECT, key=conversion.key, payload=_payload(conversion, moment))


def problems_of(payload: dict[str, Any]) -> list[str]:
    """What the published limits of the protocol say against a body; empty where it is right."""
    found = [] if payload.get("client_id") else ["client_id"]
    events = payload.get("events", [])
    if not 1 <= len(events) <= EVENTS_A_REQUEST:
        found.append("events")
    for event in events:
        params = event.get("params", {})
        if not _NAME.fullmatch(event.get("name", "")) or len(params) > PARAMETERS:
            found.append("event")
        for name, value in params.items():
            if not _NAME.fullmatch(name) or (isinstance(value, str) and len(value) > LONGEST_VALUE):
                found.append(name)
    return found


def _payload(conversion: Conversion, moment: datetime) -> dict[str, Any]:
    params: dict[str, Any] = {"session_id": conversion.session_id, "engagement_time_msec": 1}
    name: str = conversion.goal
    if conversion.goal == "sale":
        name = "purchase" if conversion.step == "conversion" else "refund"
        params["transaction_id"] = conversion.key
    else:
        params["call_key"] = conversion.key
    if conversion.value_minor is not None:
        params |= {
            "value": float(to_decimal(conversion.value_minor, conversion.currency)),
            "currency": conversion.currency,
        }
    consent = {"granted": "GRANTED", "denied": "DENIED"}
    said = {
        "ad_user_data": consent.get(conversion.consent_user_data),
        "ad_personalization": consent.get(conversion.consent_personalization),
    }
    return {
        "client_id": conversion.client_id,
        "timestamp_micros": int(moment.timestamp()) * 1_000_000 + moment.microsecond,
        "consent": {key: value for key, value in said.items() if value},
        "events": [{"name": name, "params": params}],
    }
