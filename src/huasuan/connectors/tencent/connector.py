"""User actions as Tencent Ads takes them (Marketing API v3.0): by click id, with our key to recognise repetitions."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from huasuan.connectors.plain import PlainPlatform, goal_fields, named_goal
from huasuan.connectors.published import limits_of
from huasuan.journeys import (
    AccountField,
    Conversion,
    Goal,
    Missed,
    Refused,
    Reply,
    Request,
    Row,
    Target,
    Token,
    Unsendable,
    json_of,
    missed_by_status,
    refused_text,
    unreadable,
    unsendable,
)
from huasuan.kernel.text import Text

LIMITS = limits_of("tencent")
_METHOD = "user_actions/add"
_USUAL: Mapping[Goal, str] = {
    "call": "PHONE_CONNECTED", "unique_call": "PHONE_CONNECTED", "target_call": "CONFIRM_EFFECTIVE_LEADS",
    "unique_target_call": "CONFIRM_EFFECTIVE_LEADS", "sale": "PURCHASE",
}  # fmt: skip
_OUTER = re.compile(r"[A-Za-z0-9_]+")
_CLICK = re.compile(r"[\x21-\x7e]+")
# Codes of the authorisation itself stand between these (return codes of the Marketing API).
_AUTHORISATION = range(11_000, 12_000)


class TencentAds(PlainPlatform):
    """An action sent twice is known by ``outer_action_id``."""

    name: str = "tencent"
    title: Text = Text(zh="腾讯广告用户行为上报", en="Tencent Ads user actions")
    takes_back: Text = Text(zh="不支持撤回或更正", en="nothing")
    address: str = "https://api.e.qq.com"
    fields: tuple[AccountField, ...] = (
        AccountField(name="account_id", text=Text(zh="推广账户 id", en="account id"), pattern=r"\d{1,19}"),
        AccountField(
            name="user_action_set_id", text=Text(zh="用户行为源 id", en="user action set id"), pattern=r"\d{1,19}"
        ),
        AccountField(name="client_id", text=Text(zh="应用 id", en="application id"), pattern=r"\d{1,19}"),
        AccountField(name="client_secret", text=Text(zh="应用密钥", en="application secret"), secret=True),
        AccountField(name="refresh_token", text=Text(zh="刷新令牌", en="refresh token"), secret=True),
        *goal_fields(Text(zh="行为类型", en="action type"), r"[A-Z_]{1,60}"),
    )
    rows_a_request: int = LIMITS["rows_a_request"]
    knows_repeats: bool = True
    counts_junk: bool = False
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """One action of the click."""
        click, url = conversion.qz_gdt or "", conversion.landing_url or ""
        if not click:
            return unsendable(conversion, "no_click_id", "没有腾讯广告的 qz_gdt", "there is no qz_gdt of Tencent Ads")
        if len(click) > LIMITS["click_id_letters"] or not _CLICK.fullmatch(click):
            return unsendable(conversion, "click_id", "点击编号格式不对", "the click id is malformed")
        if not 1 <= len(url) <= LIMITS["url_letters"]:
            return unsendable(
                conversion, "url", "着陆页地址须为 1 到 2048 个字符", "the landing address has 1 to 2048 characters"
            )
        outer = conversion.key.replace("-", "_")
        if len(outer) > LIMITS["outer_id_letters"] or not _OUTER.fullmatch(outer):
            return unsendable(conversion, "outer_id", "行为编号格式不对", "the id of the action is malformed")
        if conversion.step != "conversion":
            return unsendable(
                conversion, "no_taking_back", "腾讯广告不接受撤回或更正", "Tencent Ads takes nothing back"
            )
        if conversion.junk_reason is not None:
            return unsendable(conversion, "junk", "垃圾来电不告知", "junk calls are not told")
        if conversion.happened_at > now:
            return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
        payload: dict[str, Any] = {
            "outer_action_id": outer,
            "action_time": int(conversion.happened_at.timestamp()),
            "action_type": named_goal(target, conversion.goal, _USUAL),
            "trace": {"click_id": click},
            "url": url,
        }
        return Row(method=_METHOD, key=conversion.key, payload=payload)

    def entry(self, target: Target) -> Request | None:
        """An access token for the refresh token."""
        asked = {
            "client_id": target.account.get("client_id", ""),
            "client_secret": target.secrets.get("client_secret", ""),
            "grant_type": "refresh_token",
            "refresh_token": target.secrets.get("refresh_token", ""),
        }
        base = target.address or self.address
        return Request(address=f"{base}/oauth/token?{urlencode(asked)}", headers={}, body=b"", verb="GET")

    def token_of(self, reply: Reply, now: datetime) -> Token | Missed:
        """It holds for a day."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        said = json_of(reply) or {}
        data = said.get("data")
        if said.get("code") != 0 or not isinstance(data, dict):
            return Missed(
                code="entry_refused",
                text=Text(
                    zh=f"腾讯广告不接受授权（{said.get('message_cn') or said.get('code')}），请重新授权",
                    en=f"Tencent Ads does not grant access ({said.get('message') or said.get('code')}); authorise anew",
                ),
                for_good=True,
                stale=True,
            )
        text, seconds = data.get("access_token"), data.get("access_token_expires_in")
        if not isinstance(text, str) or not isinstance(seconds, int):
            return unreadable()
        return Token(text=text, until=now + timedelta(seconds=seconds))

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """The same nonce never stands in two requests: it carries the moment."""
        nonce = f"{batch.replace('-', '')[:16]}{int(now.timestamp() * 1000):016d}"
        asked = {
            "access_token": token,
            "timestamp": str(int(now.timestamp())),
            "nonce": nonce[: LIMITS["nonce_letters"]],
        }
        body = {
            "account_id": int(target.account["account_id"]),
            "user_action_set_id": int(target.account["user_action_set_id"]),
            "actions": [row.payload for row in rows],
        }
        return Request(
            address=f"{target.address or self.address}/v3.0/{_METHOD}?{urlencode(asked)}",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(body),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """Code 0: taken; a code of the authorisation: a new token is wanted; others refuse."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        said = json_of(reply)
        if said is None or not isinstance(said.get("code"), int):
            return unreadable()
        code, words = said["code"], refused_text(said.get("message_cn") or said.get("message") or said["code"])
        if code == 0:
            return {}
        if code in _AUTHORISATION:
            return Missed(code=f"tencent_{code}", text=words, pause=True, stale=True)
        return {row.key: Refused(code=f"tencent_{code}", text=words) for row in rows}


TENCENT: Final = TencentAds()
