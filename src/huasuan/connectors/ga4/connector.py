"""Call events as Google Analytics 4 takes them (Measurement Protocol)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from huasuan.connectors.plain import PlainPlatform
from huasuan.connectors.published import limits_of
from huasuan.journeys import (
    AccountField,
    Conversion,
    Missed,
    Person,
    Refused,
    Reply,
    Request,
    Row,
    Target,
    Unsendable,
    missed_by_status,
    unsendable,
)
from huasuan.kernel.money import is_currency, to_decimal
from huasuan.kernel.text import Text

LIMITS = limits_of("ga4")
_COLLECT = "mp/collect"
_CONSENT = {"granted": "GRANTED", "denied": "DENIED"}


class GoogleAnalytics(PlainPlatform):
    """It answers every request alike and counts what is sent twice twice, so nothing is repeated by itself."""

    name: str = "ga4"
    title: Text = Text(zh="Google Analytics 4 事件", en="Google Analytics 4 events")
    takes_back: Text = Text(
        zh="成交以 refund 事件冲减（72 小时内），不能调高；通话事件不能撤回",
        en="a sale by a refund event, within 72 hours, and never raised; never an event of a call",
    )
    address: str = "https://www.google-analytics.com"
    fields: tuple[AccountField, ...] = (
        AccountField(
            name="measurement_id", text=Text(zh="衡量 ID（G-…）", en="measurement id, G-…"), pattern=r"G-[A-Z0-9]{4,20}"
        ),
        AccountField(name="api_secret", text=Text(zh="API 密钥", en="API secret"), secret=True),
    )
    # Events of one request belong to one browser.
    rows_a_request: int = 1
    knows_repeats: bool = False
    counts_junk: bool = True
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """One event at hang-up, in the caller's own session.

        Older than 72 hours it would be counted today, so it is not sent; with a click it may go to Google Ads. GA4
        takes nothing back: a return is its own event (``refund``) of the sale, by its transaction id. Nothing raises
        a purchase: a second one of the same sale would count as two.
        """
        returned = conversion.step != "conversion"
        changed = conversion.changed_at if returned or conversion.again else None
        moment = changed or conversion.happened_at
        if not conversion.client_id or not conversion.session_id:
            return unsendable(
                conversion,
                "no_session",
                "缺少 client_id 或 session_id，会另成新会话",
                "without client_id and session_id it would begin a session of its own",
            )
        if max(len(conversion.client_id), len(conversion.session_id), len(conversion.key)) > LIMITS["value_letters"]:
            return unsendable(conversion, "too_long", "参数超过 100 个字符", "a parameter has more than 100 characters")
        oldest = LIMITS.hours("oldest_hours")
        if not now - oldest < moment <= now:
            return unsendable(
                conversion,
                "older_than_72_hours",
                "超过 72 小时，GA4 不再接受；有点击编号的可由 Google Ads 离线导入",
                "older than 72 hours GA4 takes nothing; with a click id Google Ads may take it as an offline import",
            )
        if returned and conversion.goal != "sale":
            return unsendable(conversion, "no_taking_back", "GA4 不能撤回通话事件", "GA4 takes back no call event")
        if returned and conversion.told_minor is None:
            return unsendable(
                conversion,
                "other_value",
                "原先告知的币种不同，无法冲减",
                "it was told in another currency, or without a value",
            )
        if returned and (conversion.told_minor or 0) < (conversion.value_minor or 0):
            return unsendable(
                conversion, "no_raising", "GA4 不能调高已告知的成交额", "GA4 raises no purchase that it was told"
            )
        if not is_currency(conversion.currency):
            return unsendable(conversion, "currency", "币种须为 ISO 4217 代码", "the currency is an ISO 4217 code")
        return Row(
            method=_COLLECT,
            key=conversion.key,
            payload=_payload(conversion, moment),
            not_after=moment + oldest,
            person=conversion.person,
        )

    def completed(self, row: Row, person: Person, target: Target) -> Row | Unsendable:
        """With what the person said about ads, which names nobody."""
        said = {
            "ad_user_data": _CONSENT.get(person.user_data),
            "ad_personalization": _CONSENT.get(person.personalization),
        }
        consent = {key: value for key, value in said.items() if value}
        return row if not consent else Row(method=row.method, key=row.key, payload=row.payload | {"consent": consent})

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """One event."""
        account = {
            "measurement_id": target.account["measurement_id"],
            "api_secret": target.secrets.get("api_secret", ""),
        }
        return Request(
            address=f"{target.address or self.address}/{_COLLECT}?{urlencode(account)}",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(rows[0].payload),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """Whatever came through is taken, says the platform."""
        return missed_by_status(reply) or {}


def _payload(conversion: Conversion, moment: datetime) -> dict[str, Any]:
    params: dict[str, Any] = {"session_id": conversion.session_id, "engagement_time_msec": 1}
    name: str = conversion.goal
    if conversion.goal == "sale":
        name = "purchase" if conversion.step == "conversion" else "refund"
        params["transaction_id"] = conversion.key
    else:
        params["call_key"] = conversion.key
    value = conversion.value_minor
    if name == "refund":
        # What came back since the last thing told, for refunds of one purchase add up.
        value = None if conversion.told_minor is None else conversion.told_minor - (conversion.value_minor or 0)
    if value is not None:
        params |= {"value": float(to_decimal(value, conversion.currency)), "currency": conversion.currency}
    return {
        "client_id": conversion.client_id,
        "timestamp_micros": int(moment.timestamp()) * 1_000_000 + moment.microsecond,
        "events": [{"name": name, "params": params}],
    }


GA4: Final = GoogleAnalytics()
