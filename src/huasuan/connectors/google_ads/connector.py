"""Conversions as Google Ads takes them (REST, OAuth with a refresh token, a developer token)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import orjson

from huasuan.connectors.google_ads.replies import read_reply
from huasuan.connectors.google_ads.rows import ADJUSTMENT, CALL, CLICK, LIMITS, completed_row, row_for
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
    Token,
    Unsendable,
    json_of,
    missed_by_status,
    unreadable,
)
from huasuan.kernel.text import Text

_TOKENS = "https://oauth2.googleapis.com/token"
_FIELDS = {CLICK: "conversions", CALL: "conversions", ADJUSTMENT: "conversionAdjustments"}
_SHUT = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


class GoogleAds:
    """A row sent twice is known by its order id or its call and refused as already there, which counts as sent."""

    name: str = "google_ads"
    title: Text = Text(zh="Google Ads 离线转化", en="Google Ads offline conversions")
    takes_back: Text = Text(
        zh="按点击上传的转化：24 小时后至 54 天内可撤回或更正金额；按来电上传的不能",
        en="conversions by click, 24 hours to 54 days after, wholly or in part; never those by call",
    )
    address: str = "https://googleads.googleapis.com"
    fields: tuple[AccountField, ...] = (
        AccountField(
            name="customer", text=Text(zh="客户编号（10 位数字）", en="customer id, 10 digits"), pattern=r"\d{10}"
        ),
        AccountField(
            name="manager",
            text=Text(zh="经理账户编号（可空）", en="manager account id, if any"),
            pattern=r"\d{10}",
            required=False,
        ),
        AccountField(
            name="click_action", text=Text(zh="点击转化操作编号", en="id of the action for clicks"), pattern=r"\d{1,20}"
        ),
        AccountField(
            name="call_action",
            text=Text(zh="来电转化操作编号（可空）", en="id of the action for calls, if any"),
            pattern=r"\d{1,20}",
            required=False,
        ),
        AccountField(
            name="people",
            text=Text(
                zh="没有逐人同意记录时：ledger 不发送号码，stated 表示已另行取得同意",
                en="without a person's consent in the ledger: ledger sends no number, stated says it was got elsewhere",
            ),
            pattern="ledger|stated",
            required=False,
        ),
        AccountField(name="developer_token", text=Text(zh="开发者令牌", en="developer token"), secret=True),
        AccountField(name="client_id", text=Text(zh="OAuth 客户端编号", en="OAuth client id"), secret=True),
        AccountField(name="client_secret", text=Text(zh="OAuth 客户端密钥", en="OAuth client secret"), secret=True),
        AccountField(name="refresh_token", text=Text(zh="OAuth 刷新令牌", en="OAuth refresh token"), secret=True),
    )
    rows_a_request: int = LIMITS["rows_a_request"]
    knows_repeats: bool = True
    counts_junk: bool = False
    region: str = "US"

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """By click where one is known, else by call; see ``rows``."""
        return row_for(conversion, target, now)

    def completed(self, row: Row, person: Person, target: Target) -> Row | Unsendable:
        """With the caller, as far as the person agreed to it."""
        if target.account.get("people") == "stated" and person.user_data == "unknown":
            person = replace(person, user_data="granted")
        return completed_row(row, person)

    def entry(self, target: Target) -> Request | None:
        """An access token for the refresh token."""
        wanted = ("client_id", "client_secret", "refresh_token")
        form = {name: target.secrets.get(name, "") for name in wanted} | {"grant_type": "refresh_token"}
        return Request(
            address=f"{target.address}/token" if target.address else _TOKENS,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )

    def token_of(self, reply: Reply, now: datetime) -> Token | Missed:
        """It holds for about an hour."""
        said = json_of(reply) or {}
        missed = missed_by_status(reply)
        if said.get("error") in _SHUT:
            return Missed(
                code="entry_refused",
                text=Text(
                    zh=f"Google 不接受 OAuth 凭据（{said['error']}），请重新授权并填写刷新令牌",
                    en=f"Google does not accept the OAuth secrets ({said['error']}); grant access anew",
                ),
                for_good=True,
                stale=True,
            )
        if missed is not None:
            return missed
        text, seconds = said.get("access_token"), said.get("expires_in")
        if not isinstance(text, str) or not isinstance(seconds, int):
            return unreadable()
        return Token(text=text, until=now + timedelta(seconds=seconds))

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """One POST; a faulty row must not hold back the others."""
        method, customer = rows[0].method, target.account["customer"]
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "developer-token": target.secrets.get("developer_token", ""),
        }
        if manager := target.account.get("manager"):
            headers["login-customer-id"] = manager
        body = {_FIELDS[method]: [row.payload for row in rows], "partialFailure": True}
        base = target.address or self.address
        return Request(
            address=f"{base}/v{LIMITS['api_version']}/customers/{customer}:{method}",
            headers=headers,
            body=orjson.dumps(body),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """Partial failures row by row."""
        return read_reply(reply, rows)


GOOGLE_ADS: Final = GoogleAds()
