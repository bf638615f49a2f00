"""Conversions as Baidu takes them (OCPC): valid ones by landing address, and invalid ones told to the bidder."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

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
    Unsendable,
    json_of,
    missed_by_status,
    refused_text,
    unreadable,
    unsendable,
)
from huasuan.kernel.text import Text

LIMITS = limits_of("baidu")
VALID, INVALID = "uploadConvertData", "uploadInvalidConvertData"
_LISTS = {VALID: "conversionTypes", INVALID: "invalidConversionTypes"}
_CALL = str(LIMITS["call"])
_USUAL: Mapping[Goal, str] = {
    "call": _CALL, "unique_call": _CALL, "target_call": _CALL, "unique_target_call": _CALL,
}  # fmt: skip
_PLACE = re.compile(r"\[(\d+)\]")
_FINE, _FAILS = 0, 4


class Baidu(PlainPlatform):
    """Whether a row sent twice counts once is documented nowhere, so nothing is repeated by itself."""

    name: str = "baidu"
    title: Text = Text(zh="百度 OCPC 转化回传", en="Baidu OCPC conversions")
    takes_back: Text = Text(
        zh="垃圾来电、不再达成的目标与取消、退货的成交作为无效转化回传；不能更正金额，不能恢复",
        en="junk calls, goals no longer reached and sales taken back, as invalid conversions, for good; "
        "no part of a value",
    )
    address: str = "https://ocpc.baidu.com/ocpcapi/api"
    fields: tuple[AccountField, ...] = (
        AccountField(name="token", text=Text(zh="API 接口 token", en="API token"), secret=True),
        *goal_fields(Text(zh="转化类型编码", en="conversion type number"), r"\d{1,4}"),
    )
    rows_a_request: int = LIMITS["rows_a_request"]
    knows_repeats: bool = False
    counts_junk: bool = False
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """A valid conversion; a junk call or a cancelled sale is told as an invalid one, with its reason."""
        url = conversion.landing_url or ""
        if not _vid(url):
            return unsendable(conversion, "no_bd_vid", "着陆页地址中没有 bd_vid", "the landing address has no bd_vid")
        if len(url) > LIMITS["url_letters"]:
            return unsendable(
                conversion, "url_too_long", "着陆页地址超过 1024 个字符", "the landing address has over 1024 characters"
            )
        if conversion.again:
            return unsendable(
                conversion,
                "no_way_back",
                "已作为无效转化告知百度，百度没有恢复的办法",
                "Baidu was told that it is invalid, and has no way back from that",
            )
        if conversion.happened_at > now:
            return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
        if conversion.step == "restatement":
            return unsendable(
                conversion,
                "no_restatement",
                "百度不接受更正金额",
                "Baidu takes no restated value; only a whole sale back",
            )
        kind = named_goal(target, conversion.goal, _USUAL)
        if kind is None:
            return unsendable(
                conversion,
                "no_kind",
                "账户没有为此目标设定转化类型",
                "the account has no kind of conversion for this goal",
            )
        moment = int(conversion.happened_at.timestamp())
        payload: dict[str, Any] = {"logidUrl": url, "convertTime": moment}
        if conversion.step == "conversion" and conversion.junk_reason is None:
            payload["newType"] = int(kind)
            if conversion.value_minor is not None and conversion.currency == "CNY":
                payload["convertValue"] = conversion.value_minor
            return Row(method=VALID, key=conversion.key, payload=payload)
        payload |= {
            "convertType": int(kind),
            "confidence": LIMITS["sure"],
            "invalidReason": conversion.junk_reason or ("cancelled" if conversion.goal == "sale" else "not counted"),
        }
        return Row(method=INVALID, key=conversion.key, payload=payload)

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """Fewer than 100 rows of one method."""
        method = rows[0].method
        body = {"token": target.secrets.get("token", ""), _LISTS[method]: [row.payload for row in rows]}
        return Request(
            address=f"{target.address or self.address}/{method}",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(body),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """Status 0: all taken; 4: the server failed; anything else: the errors name rows, or the whole is refused."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        header = (json_of(reply) or {}).get("header")
        if not isinstance(header, dict) or "status" not in header:
            return unreadable()
        if header["status"] == _FINE:
            return {}
        if header["status"] == _FAILS:
            return Missed(
                code="baidu_4",
                text=Text(zh="百度服务端异常，稍后重试", en="Baidu's server fails; tried again"),
                pause=True,
            )
        found: dict[str, Refused] = {}
        for error in header.get("errors") or []:
            place = _PLACE.search(str(error.get("position", ""))) if isinstance(error, dict) else None
            if place is not None and int(place[1]) < len(rows):
                found[rows[int(place[1])].key] = Refused(
                    code=f"baidu_{error.get('code', header['status'])}", text=refused_text(error.get("message", ""))
                )
        return found or Missed(
            code=f"baidu_{header['status']}", text=refused_text(header.get("desc", header["status"])), for_good=True
        )


def _vid(url: str) -> str | None:
    try:
        return parse_qs(urlsplit(url).query).get("bd_vid", [None])[0]
    except ValueError:
        return None


BAIDU: Final = Baidu()
